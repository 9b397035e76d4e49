"""`backup`: a base backup of the world into its archive, on a running world or a resting one.

The first one begins the archive; from then on every `up` and `run` keeps it (archive.py), so that `restore` reaches any moment after it.
"""

import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from datetime import UTC, datetime
from pathlib import Path

from marketplace.supervisor import environment
from marketplace.supervisor.archive import NAMED, SLOT, Archive, Base, Mirror, say_instant, wait_for_log, wal_start
from marketplace.supervisor.environment import External
from marketplace.supervisor.home import ROOT, Home, locked, write_json
from marketplace.supervisor.postgres import PORT, SUPERUSER, Postgres, binaries
from marketplace.supervisor.processes import StartFailed
from marketplace.supervisor.units import Interrupted, Signals, Units, end_left_overs
from marketplace.supervisor.world import SERVICES, World

KEPT = 7
CAUGHT_UP_S = 60.0


def backup() -> int:
    """Take a base backup; exit code 0 when it is complete and the log is followed. Raises StartFailed."""
    if External.found().database:
        print("DATABASE_URL names a server that is not ours: back it up there (docs/operations.md, Backup).", file=sys.stderr)
        return 1
    home = Home()
    home.make()
    while not home.try_lock():
        running = home.running()
        if running.get("kind") == "up" and running.get("ready"):
            return of_running(home, int(running["pid"]), running["environment"])
        time.sleep(0.2)
    with locked(home):
        return of_resting(home)


def of_running(home: Home, supervisor: int, variables: dict[str, str]) -> int:
    """Back up a world whose pages go on; its supervisor is told of a new archive."""
    postgres = Postgres(home.folder / "postgres", home.logs / "postgres.log")
    archive = prepare(home, postgres)
    os.kill(supervisor, signal.SIGUSR1)
    return conclude(home, archive, postgres, environment.inherited() | variables)


def of_resting(home: Home) -> int:
    """Start the services for the time of a backup."""
    signals = Signals()
    units = Units(lambda: None)
    try:
        end_left_overs(home.folder)
        write_json(home.running_file, {"kind": "run", "pid": os.getpid(), "ready": False, "processes": {}})
        world = World.of(home)
        if world.postgres is None:
            return 1
        world.start_services(units)
        if Archive.of(home) is None:
            prepare(home, world.postgres)
            world.follow(units)
        archive = prepare(home, world.postgres)
        return conclude(home, archive, world.postgres, environment.inherited() | world.variables)
    except Interrupted as reason:
        print(reason, file=sys.stderr)
        return 130
    finally:
        signals.stopping = True
        units.stop(SERVICES)


def prepare(home: Home, postgres: Postgres) -> Archive:
    """The archive of this world, and the slot by which its server keeps the log for it."""
    archive = Archive.of(home) or Archive.begin(home)
    with postgres.connect() as connection:
        lost = connection.execute("SELECT wal_status = 'lost' FROM pg_replication_slots WHERE slot_name = %s", (SLOT,)).fetchone()
        if lost and lost[0]:  # it was away for longer than the server keeps its log: from this backup on there is no gap again
            connection.execute("SELECT pg_drop_replication_slot(%s)", (SLOT,))
        if not lost or lost[0]:
            connection.execute("SELECT pg_create_physical_replication_slot(%s, true)", (SLOT,))
    return archive


def conclude(home: Home, archive: Archive, postgres: Postgres, variables: dict[str, str]) -> int:
    """Take the backup, wait until the log behind it is in the archive, tell the application, forget the oldest."""
    began = time.monotonic()
    base = take(archive, postgres)
    Mirror(home, archive).tick()
    if not wait_for_log(postgres, CAUGHT_UP_S):
        raise StartFailed("the backup is complete, but nothing follows the database's log into the archive; see logs/archive.log")
    dropped = forget(archive)
    size = sum(path.stat().st_size for path in base.folder.iterdir())
    command = ("-m", "marketplace", "recovery", "note-backup", "--ended-at", base.ended_at.isoformat(), "--size-bytes", str(size))
    noted = subprocess.run([sys.executable, *command], env=variables, cwd=ROOT, check=False, stdout=sys.stderr).returncode
    print(f"Backed up to {base.folder} in {time.monotonic() - began:.1f} s ({size / 1e6:.1f} MB; {dropped} older ones dropped).")
    print(f"Any moment from {say_instant(base.ended_at)} on can be restored into an empty MARKETPLACE_HOME:")
    print(f'  MARKETPLACE_HOME=FOLDER python3 dev.py restore --from {archive.folder.parent} --to "{say_instant(datetime.now(UTC))}"')
    if noted:
        print("The backup is good, but the application could not note it for its status page.", file=sys.stderr)
    return noted


def take(archive: Archive, postgres: Postgres) -> Base:
    """A base backup with checksums of every file and the log that it needs by itself. Raises StartFailed."""
    unfinished = archive.bases / ".unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    argv = (
        str(binaries() / "pg_basebackup"), "-D", str(unfinished), "-h", str(postgres.sockets), "-p", str(PORT), "-U", SUPERUSER,
        "--format=tar", "--wal-method=stream", "--checkpoint=fast", "--compress=client-gzip:1", "--no-password", "--label=millgate",
    )  # fmt: skip
    answer = subprocess.run(argv, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise StartFailed(f"pg_basebackup ended with {answer.returncode}:\n{answer.stderr}")
    base = Base(archive.bases / datetime.now(UTC).strftime(NAMED))
    unfinished.rename(base.folder)
    return base


def forget(archive: Archive) -> int:
    """Drop all but the newest backups, and the log that only they needed; return how many went."""
    bases = archive.complete()
    for base in bases[:-KEPT]:
        shutil.rmtree(base.folder)
    first = needed_from(bases[-KEPT:][0])
    for piece in archive.wal.iterdir():
        if piece.suffix != ".history" and piece.name[8:24] < first[8:24]:
            piece.unlink()
    return len(bases[:-KEPT])


def needed_from(base: Base) -> str:
    """The name of the first piece of the log that a base backup needs."""
    with tarfile.open(base.folder / "base.tar.gz") as content:
        label = content.extractfile("backup_label")
        if label is None:
            raise StartFailed(f"{base.folder} has no label")
        return wal_start(label.read().decode())


def newest_before(folder: Path, moment: datetime | None) -> tuple[Archive, Base] | None:
    """The newest base backup complete at a moment, among the archives of a folder (or of one archive); None when there is none."""
    archives = [Archive(folder)] if (folder / "base").is_dir() else [Archive(path) for path in sorted(folder.iterdir()) if path.is_dir()]
    for archive in reversed(archives):
        good = [base for base in archive.complete() if moment is None or base.ended_at <= moment]
        if good:
            return archive, good[-1]
    return None
