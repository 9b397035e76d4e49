"""`backup` and `restore` on the stand-in application: what they refuse, and that the archive has no gap. The real world: test_restore.py."""

import contextlib
import os
import shutil
import signal
import sqlite3
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from marketplace.supervisor.archive import PIECE_BYTES, Archive, Base, Mirror
from marketplace.supervisor.backup import KEPT, forget, newest_before
from marketplace.supervisor.home import Home
from marketplace.supervisor.postgres import Postgres, running
from marketplace.supervisor.restore import first_missing, moment_of, ours
from tests.supervisor.stand_in import Site, wait_for


def act(site: Site, number: int) -> datetime:
    """Something is written that can be told from other things; returns a moment after it, and before the next."""
    with psycopg.connect(site.running()["environment"]["MIGRATION_DATABASE_URL"].replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS acts (number int)")
        connection.execute("INSERT INTO acts VALUES (%s)", (number,))
    (site.home / "files" / "company").mkdir(exist_ok=True)
    (site.home / "files" / "company" / f"act-{number}").write_text(f"act {number}")
    moment = datetime.now(UTC)
    time.sleep(0.01)
    return moment


def running_log(site: Site) -> psycopg.Connection:
    """The superuser's connection to a running world's server."""
    return Postgres(site.home / "postgres", site.home / "logs" / "postgres.log").connect()


def acts_in(home: Path) -> list[int]:
    """What a resting world holds."""
    with running(home, durable=True) as postgres, postgres.connect("millgate") as connection:
        return [row[0] for row in connection.execute("SELECT number FROM acts ORDER BY 1").fetchall()]


def beside(site: Site) -> Site:
    """Another data folder, with the same code and archives."""
    other = Site(site.code, site.home.parent / "restored", {"MARKETPLACE_BACKUPS": str(site.home / "backups")})
    site.started = other.started = []
    return other


def archived_files(site: Site) -> set[str]:
    return {path.name for path in (site.home / "backups").glob("*/files/company/*")}


@pytest.mark.usefixtures("was_up")
def test_the_archive_of_a_running_world_has_no_gap_over_kills_and_restarts(site: Site) -> None:
    first = site.up()
    act(site, 1)

    taken = site.run("backup")

    assert taken.returncode == 0, taken.stderr
    assert "Any moment from" in taken.stdout
    assert site.calls()[-1].startswith("recovery note-backup --ended-at 20")
    wait_for(lambda: site.state("archive") == "running")
    after_two = act(site, 2)
    os.kill(site.processes()["archive"]["pid"], signal.SIGKILL)
    act(site, 3)
    wait_for(lambda: site.processes()["archive"]["restarts"] == 1 and site.state("archive") == "running")
    os.kill(site.processes()["postgres"]["pid"], signal.SIGKILL)
    wait_for(lambda: site.processes()["postgres"]["restarts"] == 1)
    wait_for(lambda: site.run("run", "who").stdout == "millgate_jobs\n")
    act(site, 4)
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=30)
    second = site.up()
    act(site, 5)
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=30)
    assert archived_files(site) == {f"act-{number}" for number in range(1, 6)}
    shutil.rmtree(site.home / "postgres")  # the disk is lost

    other = beside(site)
    to_the_end = other.run("restore")
    assert to_the_end.returncode == 0, to_the_end.stderr
    assert acts_in(other.home) == [1, 2, 3, 4, 5]
    assert (other.home / "secrets.json").read_text() == (site.home / "secrets.json").read_text()
    assert other.run("reset", "--yes").returncode == 0
    to_a_moment = other.run("restore", "--to", after_two.isoformat())
    assert to_a_moment.returncode == 0, to_a_moment.stderr
    assert acts_in(other.home) == [1, 2]
    assert (other.home / "files" / "company" / "act-2").read_text() == "act 2"

    # It is a world like any other, with an archive of its own.
    assert Archive.of(Home(other.home)) is None
    assert other.run("backup").returncode == 0
    assert len(list((site.home / "backups").iterdir())) == 2
    other.up()
    assert "millgate_app@" in other.page()


@pytest.mark.usefixtures("was_up")
def test_a_world_that_is_stopped_while_nothing_follows_it_brings_the_rest_to_its_archive_first(site: Site) -> None:
    first = site.up()
    act(site, 1)
    assert site.run("backup").returncode == 0
    wait_for(lambda: site.state("archive") == "running")
    os.kill(site.processes()["archive"]["pid"], signal.SIGKILL)
    act(site, 2)
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=60)

    other = beside(site)
    assert other.run("restore").returncode == 0

    assert acts_in(other.home) == [1, 2]


@pytest.mark.usefixtures("was_up")
def test_a_restore_over_a_gap_in_the_log_says_so(site: Site) -> None:
    first = site.up()
    act(site, 1)
    assert site.run("backup").returncode == 0
    before = act(site, 2)
    act(site, 3)
    for number in (4, 5):
        with running_log(site) as connection:
            connection.execute("SELECT pg_switch_wal()")
        act(site, number)
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=60)
    archive = Archive.of(Home(site.home))
    assert archive is not None
    lost = sorted(archive.pieces())[-2]
    lost.unlink()

    other = beside(site)
    to_the_end = other.run("restore")
    assert to_the_end.returncode == 1
    assert f"it lacks {lost.name} of the log" in to_the_end.stderr
    assert acts_in(other.home) == [1, 2, 3]
    assert other.run("reset", "--yes").returncode == 0
    to_a_moment_before_it = other.run("restore", "--to", before.isoformat())
    assert to_a_moment_before_it.returncode == 0, to_a_moment_before_it.stderr
    assert acts_in(other.home) == [1, 2]


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (["0000000100000000000000FF", "000000010000000100000000"], None),
        (["0000000100000000000000FF", "000000010000000100000001"], "000000010000000100000000"),
        (["000000010000000100000000"], "0000000100000000000000FF"),
        (["00000002000000000000FFFF", "archive_status"], None),
    ],
)
def test_a_missing_piece_of_the_log_is_named_across_the_turn_of_the_count(names: list[str], missing: str | None) -> None:
    assert first_missing("0000000100000000000000FF", names) == missing


@pytest.mark.usefixtures("was_up")
def test_a_piece_of_the_log_that_was_cut_off_while_it_was_made_stops_nothing(site: Site) -> None:
    first = site.up()
    assert site.run("backup").returncode == 0
    wait_for(lambda: site.state("archive") == "running")
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=30)
    archive = Archive.of(Home(site.home))
    assert archive is not None
    [made] = archive.wal.glob("*.partial")
    os.truncate(made, PIECE_BYTES - 1)
    assert made not in archive.pieces()

    site.up()

    wait_for(lambda: made in archive.pieces())
    assert (site.state("archive"), site.processes()["archive"]["restarts"]) == ("running", 0)


def test_two_processes_that_mirror_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    home = Home(tmp_path / "world")
    store = home.folder / "simulator" / "simulator.sqlite"
    store.parent.mkdir(parents=True)
    archive = Archive(tmp_path / "archive")
    archive.folder.mkdir()
    with contextlib.closing(sqlite3.connect(store)) as connection:
        connection.execute("CREATE TABLE acts (what BLOB)")
        connection.execute("INSERT INTO acts VALUES (zeroblob(4000000))")
        connection.commit()

    with ThreadPoolExecutor(8) as pool:
        ticks = [pool.submit(Mirror(home, archive, has_files=False).tick) for _ in range(24)]

    assert [tick.exception() for tick in ticks] == [None] * 24
    with contextlib.closing(sqlite3.connect(archive.simulator)) as copied:
        assert copied.execute("SELECT sum(length(what)) FROM acts").fetchone() == (4000000,)


def test_a_world_is_never_written_over(site: Site) -> None:
    site.run("backup")

    refused = site.run("restore")

    assert refused.returncode == 1
    assert f"{site.home} holds a world (postgres, simulator, valkey, secrets.json, archive.json)" in refused.stderr


@pytest.mark.usefixtures("was_up")
def test_a_running_world_is_never_written_over(site: Site) -> None:
    site.up()

    assert site.run("restore").returncode == 1
    assert "millgate_app@" in site.page()


@pytest.mark.usefixtures("was_up")
def test_a_moment_before_the_first_backup_is_refused_and_so_is_no_moment(site: Site) -> None:
    too_early = datetime.now(UTC).isoformat()
    assert site.run("backup").returncode == 0
    other = beside(site)

    early, never = other.run("restore", "--to", too_early), other.run("restore", "--to", "last Tuesday")

    assert early.returncode == 1
    assert "No backup in" in early.stderr
    assert never.returncode == 2
    assert "'last Tuesday' is no time; write it as 2026-11-26 14:05:30 (UTC)" in never.stderr
    assert not (other.home / "postgres").exists()


def test_unpacked_files_belong_to_whoever_restores() -> None:
    of_another = tarfile.TarInfo("postgresql.conf")
    of_another.uid, of_another.gid, of_another.uname, of_another.gname = 4711, 4712, "postgres", "daemon"

    [taken] = ours([of_another])

    assert (taken.name, taken.uid, taken.gid, taken.uname, taken.gname) == ("postgresql.conf", os.geteuid(), os.getegid(), "", "")


@pytest.mark.usefixtures("was_up")
def test_a_damaged_backup_is_refused_before_anything_is_unpacked(site: Site) -> None:
    site.run("backup")
    [content] = (site.home / "backups").glob("*/base/*/base.tar.gz")
    damaged = bytearray(content.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    content.write_bytes(damaged)
    other = beside(site)

    refused = other.run("restore")

    assert refused.returncode == 1
    assert "is damaged; an older backup may serve" in refused.stderr
    assert not (other.home / "postgres" / "PG_VERSION").exists()


@pytest.mark.usefixtures("was_up")
def test_a_reset_keeps_the_archives(site: Site) -> None:
    site.run("backup")

    assert site.run("reset", "--yes").returncode == 0

    assert list((site.home / "backups").glob("*/base/*/base.tar.gz"))
    assert site.run("restore").returncode == 0


def test_a_database_of_somebody_else_is_left_to_its_own_tools(site: Site) -> None:
    named = dict.fromkeys(("DATABASE_URL", "MIGRATION_DATABASE_URL", "JOBS_DATABASE_URL"), "postgresql+psycopg://app@db/millgate")

    assert site.run("backup", **named).returncode == 1
    assert site.run("restore", **named).returncode == 1


@pytest.mark.usefixtures("was_up")
def test_the_newest_backups_are_kept_with_the_log_since_the_oldest_of_them(site: Site) -> None:
    assert site.run("backup").returncode == 0
    archive = Archive.of(Home(site.home))
    assert archive is not None
    [real] = archive.complete()
    for days in range(1, KEPT + 2):
        shutil.copytree(real.folder, archive.bases / (real.ended_at + timedelta(days=days)).strftime("%Y%m%dT%H%M%S%fZ"))
    old = archive.wal / "000000010000000000000001"
    old.touch()

    assert forget(archive) == 2

    assert len(archive.complete()) == KEPT
    assert not old.exists()
    assert any(archive.wal.glob("*.partial"))


def test_the_archive_for_a_moment_is_the_newest_that_had_a_backup_by_then(tmp_path: Path) -> None:
    for name, ends in (("20260101T000000000000Z", ("20260102", "20260103")), ("20260110T000000000000Z", ("20260110", "20260111"))):
        for end in ends:
            (tmp_path / name / "base" / f"{end}T000000000000Z").mkdir(parents=True)
        (tmp_path / name / "base" / ".unfinished").mkdir()

    def chosen(day: str) -> str | None:
        found = newest_before(tmp_path, moment_of(f"2026-01-{day} 12:00"))
        return found[1].folder.name[:8] if found else None

    assert [chosen(day) for day in ("01", "02", "09", "10", "12")] == [None, "20260102", "20260103", "20260110", "20260111"]
    newest = newest_before(tmp_path, None)
    assert newest is not None
    assert newest[1] == Base(tmp_path / "20260110T000000000000Z" / "base" / "20260111T000000000000Z")


@pytest.mark.parametrize(("typed", "meant"), [("2026-11-26 14:05:30", "14:05:30+00:00"), ("2026-11-26T14:05:30+02:00", "14:05:30+02:00")])
def test_a_moment_is_utc_unless_it_names_its_zone(typed: str, meant: str) -> None:
    assert moment_of(typed).isoformat().endswith(meant)


@pytest.mark.usefixtures("was_up")
def test_a_log_that_was_dropped_by_the_server_begins_anew_with_the_next_backup(site: Site) -> None:
    assert site.run("backup").returncode == 0
    with running(site.home, durable=True) as postgres, postgres.connect() as connection:
        connection.execute("SELECT pg_drop_replication_slot('millgate_archive')")

    assert site.run("backup").returncode == 0

    with running(site.home, durable=True) as postgres:
        assert slots(postgres) == 1


def slots(postgres: Postgres) -> int:
    with postgres.connect() as connection:
        return len(connection.execute("SELECT 1 FROM pg_replication_slots").fetchall())
