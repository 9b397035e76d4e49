"""Backup and restore as people do it: trade, back up, trade on, lose everything, come back to the moment between."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from marketplace.supervisor.postgres import DATABASE, Postgres, running
from tests.browser.trades import fill_cart, pay, place_order
from tests.prove.kills import GOODS
from tests.prove.kills import Database as Rows
from tests.visitor import Visitor
from tests.world import ROOT, World, running_world, wait_until

REST_SECONDS = 120
BUYER = "m.lindqvist@halden.example"
GROWN = {"audit_events", "provider_movements", "jobs"}
"""Tables to which the restore itself adds rows: that it looked, what the provider has moved since, and the jobs that explain it."""


@dataclass
class Trade:
    """One buyer in one world."""

    world: World
    visitor: Visitor
    rows: Rows

    @classmethod
    def in_world(cls, world: World) -> "Trade":
        """Sign in."""
        visitor = Visitor(world.url)
        visitor.log_in(BUYER, world.password)
        return cls(world, visitor, Rows(world))

    def order_and_pay(self) -> str:
        """An order that is paid, with everything behind it done; returns its number."""
        fill_cart(self.visitor, *GOODS[0])
        number = pay(self.visitor, place_order(self.visitor))
        query = (
            "SELECT count(*) FROM holds h JOIN payments p ON p.id = h.payment_id JOIN purchases u ON u.id = p.purchase_id "
            "WHERE u.number = %s AND h.state = 'funded'"
        )
        wait_until(lambda: self.rows.number(query, number) > 0, REST_SECONDS, "the money is held")
        wait_until(self.rows.is_at_rest, REST_SECONDS, "all jobs done and all changes indexed")
        return number


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two data folders and a folder for the archive, near the root: sockets have short paths."""
    return tmp_path_factory.mktemp("restore")


def supervisor(home: Path, *command: str, archive: Path) -> subprocess.CompletedProcess[str]:
    """Run one of `dev.py`'s commands on a data folder."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_URL") and not name.startswith("STRIPE_")}
    variables = kept | {"MARKETPLACE_HOME": str(home), "MARKETPLACE_BACKUPS": str(archive), "PORT": "18990"}
    return subprocess.run(
        [sys.executable, "-m", "marketplace.supervisor", *command],
        env=variables, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip


def snapshot(home: Path) -> tuple[datetime, dict[str, set[str]]]:
    """The database's clock, and every row of every table as it was then."""
    with Postgres(home / "postgres", home / "unused.log").connect(DATABASE) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        moment = connection.execute("SELECT clock_timestamp()").fetchone()
        names = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()]
        rows = {name: texts(connection, name) for name in names}
        connection.execute("COMMIT")
    assert moment is not None
    return moment[0], rows


def texts(connection: psycopg.Connection, table: str) -> set[str]:
    """The rows of a table."""
    query = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table))
    return {row[0] for row in connection.execute(query).fetchall()}


def test_a_lost_world_comes_back_as_it_was_at_a_moment_between_two_acts(home: Path) -> None:
    first, second, archive = home / "a", home / "b", home / "backups"
    with running_world(first, with_history=False) as world:
        trade = Trade.in_world(world)
        before = trade.order_and_pay()
        taken = supervisor(first, "backup", archive=archive)
        assert taken.returncode == 0, taken.stderr
        said = supervisor(first, "run", "recovery", "status", archive=archive).stdout
        assert "backup:    well, 20" in said
        assert "log:       goes on, " in said
        between = trade.order_and_pay()
        moment, rows = snapshot(first)
        trade.order_and_pay()
        [status] = [process["state"] for name, process in world.running()["processes"].items() if name == "archive"]
        assert status == "running"
    assert supervisor(first, "restore", archive=archive).returncode == 1, "a world is never written over"

    restored = supervisor(second, "restore", "--to", moment.isoformat(), archive=archive)

    assert restored.returncode == 0, restored.stdout + restored.stderr
    found = json.loads(next(line for line in restored.stdout.splitlines() if line.startswith("{")))
    assert found["faults"] == []
    assert found["provider"]["new"] == found["provider"]["waiting"] == 1, "the payment made after the moment"
    assert (found["index"]["differ"], found["files"]["wrong"], found["ledger"]["violations"]) == (0, 0, 0)
    assert found["index"]["documents"] > 1_000
    with running(second, durable=True):
        _, now = snapshot(second)
    for name, then in rows.items():
        assert then <= now[name] if name in GROWN else then == now[name], name
    assert len(now["provider_movements"]) == len(rows["provider_movements"]) + 1
    with running_world(second, with_history=False) as world:
        # It starts, and is the world of that moment.
        assert {path.name for path in (second / "files").rglob("*")} >= {path.name for path in (first / "files").rglob("*")}
        again = Trade.in_world(world)
        assert {number for number, _ in again.rows.rows("SELECT number, state FROM purchases")} == {before, between}
        assert between in again.visitor.get("/orders").text
        # What the provider was told after the moment is named for a person, and nothing else is wrong.
        wait_until(again.rows.is_at_rest, REST_SECONDS, "the movement is explained, or put aside")
        look = supervisor(second, "run", "recovery", "check", archive=archive)
        assert look.returncode == 1
        faults = json.loads(look.stdout)["faults"]
        assert any(fault.startswith("1 movements at the provider belong to nothing here") for fault in faults)
        assert len(faults) == 2
