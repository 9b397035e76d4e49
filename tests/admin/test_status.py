"""System status: when the regular duties were last done, whether they are late, and the look at the whole world."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.permissions import Role
from marketplace.admin.queries import duties as standings
from marketplace.admin.queries.duties import State
from marketplace.core import changes, clock, duties, files
from marketplace.core.db import db, transaction
from marketplace.core.duties import Duty
from payments import gateway
from payments.services import record_ledger_check
from search import night
from search.index import engine
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_operator
from tests.factories.catalogue import make_product
from tests.factories.payments import control
from tests.factories.vendors import make_vendor
from tests.payments.conftest import Shop, provider, shop
from tests.search.conftest import index_now

__all__ = ["index_now", "provider", "shop"]  # fixtures of the rooms
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c636060600000000400015c0d0a2d0000000049454e44ae426082"
)


def standing(name: str) -> standings.Standing:
    return next(each for each in standings.standings() if each.name == name)


def note_backup(app: Flask, ended_at: str) -> Any:
    return app.test_cli_runner().invoke(args=["recovery", "note-backup", "--ended-at", ended_at, "--size-bytes", "4900000"])


def check(app: Flask) -> tuple[int, dict[str, Any]]:
    """The exit code of a look at the world, and what it found."""
    answer = app.test_cli_runner().invoke(args=["recovery", "check"])
    return answer.exit_code, json.loads(answer.stdout)


def test_a_new_world_has_done_nothing_yet(app: Flask) -> None:
    assert {each.name: each.state for each in standings.standings()} == dict.fromkeys(("index", "backup", "books"), State.NEVER)


def test_a_backup_is_late_after_twenty_six_hours_from_its_end(app: Flask) -> None:
    ended_at = clock.now() - timedelta(hours=20)
    assert note_backup(app, ended_at.isoformat()).exit_code == 0

    assert (standing("backup").state, standing("backup").at) == (State.WELL, ended_at)
    with clock.at(ended_at + timedelta(hours=26, minutes=1)):
        assert standing("backup").state is State.LATE


@pytest.mark.parametrize("ended_at", ["2026-01-01T02:00:00", "2999-01-01T02:00:00+00:00", "yesterday"])
def test_a_backup_without_a_zone_or_of_tomorrow_is_not_noted(app: Flask, ended_at: str) -> None:
    assert note_backup(app, ended_at).exit_code == 2
    assert duties.last(Duty.BACKUP) is None


def test_the_night_that_found_something_says_so_until_one_finds_nothing(index_now: Callable[..., int]) -> None:
    vendor = make_vendor()
    index_now(make_product(vendor))
    forgotten = make_product(vendor)
    night.check_index(engine())
    assert (standing("index").state, standing("index").figures["drift"]) == (State.FOUND, 1)

    index_now(forgotten)
    night.check_index(engine())

    assert (standing("index").state, standing("index").figures) == (State.WELL, {"documents": 2, "drift": 0, "waiting": 0})


def test_books_that_differ_from_the_provider_are_a_finding(app: Flask) -> None:
    record_ledger_check([], {"EUR": 5})

    assert (standing("books").state, standing("books").figures) == (State.FOUND, {"violations": 0, "differences": 1})


def test_without_a_slot_and_an_archive_command_nothing_is_archived(app: Flask) -> None:
    assert standings.archiving() is None


def test_the_desk_shows_every_duty_with_its_time_and_whether_it_is_late(app: Flask, client: FlaskClient) -> None:
    company, person = make_operator((Role.PLATFORM_SUPPORT,))
    log_in(client, person, company)
    note_backup(app, (clock.now() - timedelta(hours=30)).isoformat())
    with transaction():
        changes.mark("product", [make_product(make_vendor()).id])

    page = client.get("/desk/status").get_data(as_text=True)

    for words in (
        "Index compared with the database",
        "Backup",
        "Daily close of the books",
        "Late",
        "Not done yet",
    ):
        assert words in page
    assert "4,900,000 bytes" in page
    assert "a lost disk costs everything since the last backup" in page


def test_the_status_page_costs_a_fixed_number_of_statements(app: Flask, client: FlaskClient) -> None:
    company, person = make_operator((Role.PLATFORM_SUPPORT,))
    log_in(client, person, company)
    for _ in range(3):
        note_backup(app, clock.now().isoformat())

    with count_queries() as statements:
        assert client.get("/desk/status").status_code == 200

    assert len(statements) <= 24, statements


def test_everybody_reads_whether_the_provider_answers_and_it_is_asked_twice_a_minute_at_most(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []

    def answer(said: str | None) -> None:
        def why() -> str | None:
            asked.append(said)
            return said

        monkeypatch.setattr(gateway, "why_not_ready", why)

    def page_after(seconds: int) -> str:
        with clock.at(begin + timedelta(seconds=seconds)):
            return client.get("/status").get_data(as_text=True)

    client.application.extensions.pop("provider_answers", None)  # of another test
    begin = clock.now()
    answer("the provider does not answer")
    first, again = page_after(0), page_after(20)
    answer(None)
    well = page_after(40)

    for text in (first, again):
        assert "Something does not work as it should at the moment." in text
        assert re.search(r"Payments</th><td><span[^>]*>Disturbed", text)
        assert "does not answer" not in text
    assert re.search(r"Payments</th><td><span[^>]*>Works", well)
    assert asked == ["the provider does not answer", None]


def test_the_command_says_the_same_in_lines(app: Flask, index_now: Callable[..., int]) -> None:
    note_backup(app, (clock.now() - timedelta(hours=30)).isoformat())
    index_now(make_product(make_vendor()))
    night.check_index(engine())

    lines = app.test_cli_runner().invoke(args=["recovery", "status", "--lag-limit", "0"]).stdout.splitlines()

    assert lines[0].startswith("index:     well, 20")
    assert "(0 min ago): documents 1, drift 0, waiting 0" in lines[0]
    assert lines[1].startswith("backup:    late, 20")
    assert "(30 h ago): bytes 4,900,000" in lines[1]
    assert lines[2] == "books:     not done yet"
    assert lines[3].startswith("log:       none")
    assert lines[4] == "lag:       MORE THAN 0 s"


def test_a_whole_world_passes_the_look_and_a_line_is_kept(shop: Shop, index_now: Callable[..., int]) -> None:
    shop.funded()
    index_now(make_product(make_vendor()))
    stored = keep_file()

    code, found = check(shop.app)

    assert (code, found["faults"]) == (0, [])
    assert found["files"] == {"files": 1, "wrong": 0}
    assert (found["provider"]["differences"], found["provider"]["waiting"]) == ({"EUR": 0}, 0)
    assert found["index"]["differ"] == 0
    assert standing("recovery").state is State.WELL
    assert files.read(stored) == PNG


def test_what_the_provider_moved_meanwhile_waits_and_is_no_fault_until_nothing_explains_it(
    shop: Shop, index_now: Callable[..., int]
) -> None:
    shop.funded()
    index_now(make_product(make_vendor()))
    control(shop.provider, "outcome", {"adjust": 5_000, "currency": "eur"})

    code, found = check(shop.app)
    shop.work()
    later, afterwards = check(shop.app)

    assert (code, found["provider"]["new"], found["provider"]["waiting"], found["provider"]["differences"]) == (0, 1, 1, {"EUR": 5_000})
    assert later == 1
    assert afterwards["faults"][-1].startswith("1 movements at the provider belong to nothing here")
    assert standing("recovery").state is State.FOUND


def test_files_that_are_gone_or_changed_and_an_index_that_drifted_are_faults(shop: Shop, index_now: Callable[..., int]) -> None:
    product = make_product(make_vendor())
    index_now(product)
    gone, changed, good = keep_file(), keep_file(), keep_file()
    folder = Path(shop.app.config["OBJECT_STORE_URL"].removeprefix("file://"))
    (folder / str(gone.company_id) / str(gone.id)).unlink()
    (folder / str(changed.company_id) / str(changed.id)).write_bytes(b"something else")
    engine().rebuild().publish()

    code, found = check(shop.app)

    assert code == 1
    assert found["files"] == {"files": 3, "wrong": 2}
    assert any("2 of 3 files are missing or changed" in fault for fault in found["faults"])
    assert not any(str(good.id) in fault for fault in found["faults"])
    assert "1 documents of the index differ from the database" in found["faults"]


def keep_file() -> files.StoredFile:
    """A file of a company, as a page keeps it."""
    with transaction():
        stored = files.record(make_company().id, "a.png", PNG)
    files.store(stored, PNG)
    db.session.commit()
    return stored
