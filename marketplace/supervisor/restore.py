"""`restore`: a world as it was at a moment, from its archive into an empty data folder."""

import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from marketplace.supervisor.archive import SMALL, Archive, Base, chosen_folder, say_instant, wal_start
from marketplace.supervisor.backup import newest_before
from marketplace.supervisor.environment import External
from marketplace.supervisor.home import Home, locked, write_json
from marketplace.supervisor.launch import NOBODY
from marketplace.supervisor.postgres import Postgres, binaries
from marketplace.supervisor.processes import Child, StartFailed, log_end
from marketplace.supervisor.rootless import outside_folder
from marketplace.supervisor.units import Interrupted, Signals, Units, end_left_overs
from marketplace.supervisor.world import SERVICES, World

REPLAY_S = 900.0
"""How long the log may take to be played: what robustness.md allows for a lost disk."""
FETCHED = "fetched_wal"
"""Below the database's folder, where its server may read whoever it runs as."""
NOT_REACHED = "recovery ended before configured recovery target was reached"
HELD = ("postgres", "simulator", "valkey", "secrets.json", "archive.json")


def moment_of(text: str) -> datetime:
    """Read a moment as a person types it; without a zone it is UTC. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def restore(source: str | None, moment: datetime | None) -> int:
    """Restore the newest state at or before a moment (all there is without one); exit code 0 when every check passes."""
    if External.found().database:
        print("DATABASE_URL names a server that is not ours: restore it there (docs/operations.md, Backup).", file=sys.stderr)
        return 1
    home = Home()
    if holds := held(home):
        print(
            f"{home.folder} holds a world ({', '.join(holds)}); restore into an empty MARKETPLACE_HOME, or `reset` this one.",
            file=sys.stderr,
        )
        return 1
    folder = Path(source).absolute() if source else chosen_folder(home)
    found = newest_before(folder, moment) if folder.is_dir() else None
    if found is None:
        print(f"No backup in {folder} was complete {f'at {say_instant(moment)}' if moment else 'yet'}.", file=sys.stderr)
        return 1
    home.make()
    if not home.try_lock():
        print(f"Something runs in {home.folder}.", file=sys.stderr)
        return 1
    with locked(home):
        return at_work(home, *found, moment)


def held(home: Home) -> list[str]:
    """What of a world is in the data folder already."""
    found = [name for name in HELD if (home.folder / name).exists()]
    found += [folder.name for folder in (home.files, home.mail, home.search) if folder.is_dir() and any(folder.iterdir())]
    return found + (
        ["a database in " + str(outside_folder(home.folder / "postgres"))] if outside_folder(home.folder / "postgres").exists() else []
    )


def at_work(home: Home, archive: Archive, base: Base, moment: datetime | None) -> int:
    """Put everything back, then have the application build its index anew and look at itself."""
    signals = Signals()
    units = Units(lambda: None)
    began = time.monotonic()
    try:
        end_left_overs(home.folder)
        write_json(home.running_file, {"kind": "run", "pid": os.getpid(), "ready": False, "processes": {}})
        print(f"From {base.folder}")
        gap = database(home, archive, base, moment)
        files(home, archive)
        print(f"[{time.monotonic() - began:5.1f} s] rows, files and secrets are back; building the search index")
        world = World.of(home)
        world.start_services(units)
        if not world.schema_is_current():
            world.migrate()
        world.step("rebuild", "search", "rebuild")
        write_json(home.folder / "steps.json", {"companies": True, "history": True, world.index_step: True})
        try:
            world.step("check", "recovery", "check")
        except StartFailed as fault:
            print(f"Restored, but the look at it found faults (`dev.py run recovery check` repeats it):\n{fault}", file=sys.stderr)
            return 1
        print(log_end(home.logs / "check.log", 1))
        if gap:
            print(f"Restored, but only to where the archive has a gap: it lacks {gap} of the log, and so all later acts.", file=sys.stderr)
            return 1
        print(f"[{time.monotonic() - began:5.1f} s] restored. `dev.py up` starts it; `dev.py backup` begins its own archive.")
    except Interrupted as reason:
        print(f"{reason}: the data folder is half restored; `dev.py reset` empties it.", file=sys.stderr)
        return 130
    finally:
        signals.stopping = True
        units.stop(SERVICES)
    return 0


def database(home: Home, archive: Archive, base: Base, moment: datetime | None) -> str | None:
    """Check the backup's checksums, unpack it, play the log up to the moment, say which was the last act. Raises StartFailed.

    Returns the piece of the log that stood in the way, None when everything up to the moment is back.
    """
    checked = subprocess.run(
        [binaries() / "pg_verifybackup", "--quiet", "--no-parse-wal", base.folder], capture_output=True, text=True, check=False
    )
    if checked.returncode:
        raise StartFailed(f"{base.folder} is damaged; an older backup may serve (--from, --to):\n{checked.stdout}{checked.stderr}")
    postgres = Postgres(home.folder / "postgres", home.logs / "postgres.log")
    data = postgres.folder_for_data()
    gap = unpack(archive, base, data)
    try:
        if not play(postgres, data, moment):
            if not gap:
                print("Nothing was written after the last act in the archive: restored to its end.")
            play(postgres, data, None)
        elif moment:
            gap = None
        with postgres.connect() as connection:
            row = connection.execute("SELECT pg_last_xact_replay_timestamp()").fetchone()
        last = row[0] if row and row[0] else base.ended_at
        print(f"Restored to {say_instant(moment) if moment else 'the end of the archive'}; the last act is of {say_instant(last)}.")
        # A checkpoint of the new life: from here on nothing of the archive is needed.
        with postgres.connect() as connection:
            connection.execute("CHECKPOINT")
    finally:
        postgres.stop()
    shutil.rmtree(data / FETCHED)
    settings(data, {})
    return gap


def unpack(archive: Archive, base: Base, data: Path) -> str | None:
    """Lay the backup out, and beside it the log of the archive that it may need; return the first piece missing between others."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, folder in (("base.tar.gz", data), ("pg_wal.tar.gz", data / "pg_wal")):
        with tarfile.open(base.folder / name) as content:
            # Python before 3.11.4 has no filters; the checksums of the backup have been compared already.
            content.extraction_filter = getattr(tarfile, "data_filter", None)
            content.extractall(folder, ours(content))  # noqa: S202 - with the filter above
    first = wal_start((data / "backup_label").read_text(encoding="utf-8"))
    fetched = data / FETCHED
    fetched.mkdir(mode=0o700)
    for piece in archive.pieces():
        if piece.suffix == ".history" or piece.name[8:24] >= first[8:24]:
            shutil.copy2(piece, fetched / piece.name.removesuffix(".partial"))
    if data.parent.stat().st_uid == NOBODY:
        for entry in (data, *data.rglob("*")):
            os.chown(entry, NOBODY, NOBODY)
    data.chmod(0o700)
    return first_missing(first, [path.name for folder in (fetched, data / "pg_wal") for path in folder.iterdir()])


def ours(members: Iterable[tarfile.TarInfo]) -> Iterator[tarfile.TarInfo]:
    """The same files as this process's own: without a filter, root would give each to whom it belonged where the backup was taken."""
    for member in members:
        member.uid, member.gid, member.uname, member.gname = os.geteuid(), os.getegid(), "", ""
        yield member


def first_missing(first: str, names: list[str]) -> str | None:
    """The first piece of the log, from `first` on, that is missing before a later one of its timeline. A name counts in 16 MB by 256."""

    def number(name: str) -> int:
        return int(name[8:16], 16) * 256 + int(name[16:24], 16)

    there = {number(name) for name in names if len(name) == len(first) and name[:8] == first[:8]}
    missing = next((one for one in range(number(first), max(there, default=0)) if one not in there), None)
    return None if missing is None else f"{first[:8]}{missing // 256:08X}{missing % 256:08X}"


def play(postgres: Postgres, data: Path, moment: datetime | None) -> bool:
    """Start the server and let it play the log; False when the log ends before the moment. Raises StartFailed."""
    # By relative names, since the command is read by a shell: the server runs in its data folder.
    wanted = {"restore_command": f'cp "{FETCHED}/%f" "%p"', "recovery_target_action": "promote", "recovery_target_timeline": "current"}
    if moment:
        wanted["recovery_target_time"] = say_instant(moment)
    settings(data, wanted)
    (data / "recovery.signal").touch()
    if data.parent.stat().st_uid == NOBODY:
        os.chown(data / "recovery.signal", NOBODY, NOBODY)
    child = postgres.launch()
    try:
        child.wait_until(lambda: is_played(postgres, child), REPLAY_S)
    except StartFailed:
        if NOT_REACHED in log_end(child.command.log, 40) and moment:
            return False
        raise
    return True


def is_played(postgres: Postgres, child: Child) -> bool:
    """Whether the server has come to the moment and takes writes."""
    if not child.is_running:
        return False
    try:
        with postgres.connect() as connection:
            row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
    except psycopg.Error:
        return False
    return row is not None and row[0] is False


def settings(data: Path, wanted: dict[str, str]) -> None:
    """Write the server's own settings; none when the restore is over."""
    lines = [f"{name} = '{value}'\n" for name, value in wanted.items()]
    (data / "postgresql.auto.conf").write_text("".join(lines), encoding="utf-8")


def files(home: Home, archive: Archive) -> None:
    """Put files, secrets and the provider's stand-in back. Files of acts after the moment come too: without a row nobody sees them."""
    shutil.copytree(archive.files, home.files, dirs_exist_ok=True)
    for name in SMALL:
        if (archive.folder / name).exists():
            shutil.copy2(archive.folder / name, home.folder / name)
    if archive.simulator.exists():
        (home.folder / "simulator").mkdir(mode=0o700, exist_ok=True)
        shutil.copy2(archive.simulator, home.folder / "simulator" / archive.simulator.name)
