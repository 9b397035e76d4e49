"""The archive of a world: base backups, the database's log as it is written, the files, the secrets. And the process that keeps it.

`python -m marketplace.supervisor.archive HOME SOCKETS` follows a running world, once `backup` has begun an archive: the log by
`pg_receivewal` (each piece on disk before it is acknowledged), new files and the payment simulator's store every two seconds. What a lost
disk costs is what these two seconds brought, if the archive lies on another one: `MARKETPLACE_BACKUPS` names its folder.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from marketplace.supervisor.home import Home, read_json, write_json
from marketplace.supervisor.postgres import PORT, SUPERUSER, Postgres, binaries
from marketplace.supervisor.processes import launched

SLOT = "millgate_archive"
"""Its server keeps the log that the archive has not got yet, also over restarts."""
TICK_S = 2.0
SETTLED_NS = 1_000_000_000
"""A folder that changed within the last second is read once more: another file may have come with the same time of change."""
PIECE_BYTES = 16 * 1024 * 1024
SMALL = ("secrets.json", "logins.txt")
NAMED = "%Y%m%dT%H%M%S%fZ"


def chosen_folder(home: Home) -> Path:
    """Where archives lie: `MARKETPLACE_BACKUPS`, else `backups/` in the data folder, which a reset leaves alone."""
    return Path(os.environ.get("MARKETPLACE_BACKUPS") or home.folder / "backups").absolute()


def say_instant(moment: datetime) -> str:
    """An instant as it is typed and shown here: UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat(sep=" ", timespec="microseconds")


@dataclass(frozen=True)
class Base:
    """One base backup, good for any moment from its end on."""

    folder: Path

    @property
    def ended_at(self) -> datetime:
        """When it was complete."""
        return datetime.strptime(self.folder.name, NAMED).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Archive:
    """The archive of one world, from its first backup on. A world that was restored begins another one."""

    folder: Path

    @classmethod
    def of(cls, home: Home) -> "Archive | None":
        """The archive that this world writes, None before its first backup."""
        named = read_json(home.folder / "archive.json").get("folder")
        return cls(Path(named)) if named and Path(named).is_dir() else None

    @classmethod
    def begin(cls, home: Home) -> "Archive":
        """Make an archive for this world and remember it there."""
        archive = cls(chosen_folder(home) / datetime.now(UTC).strftime(NAMED))
        for folder in (archive.wal, archive.bases, archive.files):
            folder.mkdir(mode=0o700, parents=True)
        archive.folder.parent.chmod(0o700)
        write_json(home.folder / "archive.json", {"folder": str(archive.folder)})
        return archive

    @property
    def wal(self) -> Path:
        """The log, in pieces of 16 MB; the one being written ends in `.partial`."""
        return self.folder / "wal"

    @property
    def bases(self) -> Path:
        """The base backups, named by their end."""
        return self.folder / "base"

    @property
    def files(self) -> Path:
        """The object store. Nothing is ever deleted here: a file without a row is rubbish, a row without its file is a loss."""
        return self.folder / "files"

    @property
    def simulator(self) -> Path:
        """The payment simulator's store as it was last. It stands for the provider, who does not go back in time with us."""
        return self.folder / "simulator.sqlite"

    def pieces(self) -> list[Path]:
        """The log. The receiver fills a new piece with zeros before it writes: one that was cut off there holds nothing and is none."""
        return [piece for piece in self.wal.iterdir() if piece.suffix != ".partial" or piece.stat().st_size == PIECE_BYTES]

    def complete(self) -> list[Base]:
        """The base backups that came to their end, oldest first."""
        return [Base(folder) for folder in sorted(self.bases.iterdir()) if not folder.name.startswith(".")] if self.bases.is_dir() else []


class Mirror:
    """Copies what is new in a world's files to its archive."""

    def __init__(self, home: Home, archive: Archive, *, has_files: bool = True) -> None:
        self.home = home
        self.archive = archive
        self.has_files = has_files
        self._seen: dict[Path, tuple[int, list[Path]]] = {}
        self._stood: tuple[float, ...] = ()

    def tick(self) -> None:
        """Bring the copies up to date. One process at a time: `backup` does it, too, beside the one that follows the world."""
        with (self.archive.folder / ".mirror").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self.has_files:
                self._folder(self.home.files)
            self._simulator()
            for name in SMALL:
                if (self.home.folder / name).exists():
                    copy(self.home.folder / name, self.archive.folder / name)

    def _folder(self, folder: Path) -> None:
        changed = folder.stat().st_mtime_ns
        seen, below = self._seen.get(folder, (0, []))
        if seen != changed:
            below = []
            for entry in os.scandir(folder):
                if entry.is_dir(follow_symlinks=False):
                    below.append(Path(entry.path))
                elif "#" not in entry.name:  # the store writes beside and renames
                    copy(Path(entry.path), self.archive.files / Path(entry.path).relative_to(self.home.files))
            if time.time_ns() - changed > SETTLED_NS:
                self._seen[folder] = changed, below
        for other in below:
            self._folder(other)

    def _simulator(self) -> None:
        store = self.home.folder / "simulator" / "simulator.sqlite"
        parts = [path for path in (store, store.with_name(store.name + "-wal")) if path.exists()]
        stands = tuple(path.stat().st_mtime for path in parts)
        if not parts or stands == self._stood:
            return
        unfinished = self.archive.simulator.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        # By the library, since the file alone may lack what was written last.
        with contextlib.closing(sqlite3.connect(store)) as source, contextlib.closing(sqlite3.connect(unfinished)) as target:
            source.backup(target)
        unfinished.replace(self.archive.simulator)
        self._stood = stands


def copy(source: Path, target: Path) -> None:
    """Copy a file that is not there yet, whole or not at all; one that went away meanwhile is none."""
    with contextlib.suppress(FileNotFoundError):
        stood = source.stat()
        if target.exists() and (target.stat().st_size, target.stat().st_mtime_ns) == (stood.st_size, stood.st_mtime_ns):
            return
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = target.with_name(f".{target.name}.new")
        shutil.copy2(source, unfinished)
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
        unfinished.replace(target)


def receive(archive: Archive, sockets: str, held: int) -> subprocess.Popen[bytes]:
    """Start the receiver of the database's log; it ends when its server goes away. `held` is the lock that it keeps as long as it lives."""
    for piece in {*archive.wal.glob("*.partial")} - {*archive.pieces()}:
        piece.unlink()  # the receiver would refuse to go on with it, for ever
    argv = (
        str(binaries() / "pg_receivewal"), "-D", str(archive.wal), "-h", sockets, "-p", str(PORT), "-U", SUPERUSER, "-S", SLOT,
        "--synchronous", "--status-interval=1", "--no-password", "--no-loop",
    )  # fmt: skip
    return subprocess.Popen(launched(argv, signal.SIGINT), pass_fds=(held,))


def wait_for_log(postgres: Postgres, timeout_s: float, is_kept: Callable[[], bool] = lambda: True) -> bool:
    """Wait until the archive has the log up to now; False when time is up, or when nobody can bring it any more."""
    deadline = time.monotonic() + timeout_s
    with postgres.connect() as connection:
        row = connection.execute("SELECT pg_current_wal_flush_lsn()::text").fetchone()
        while is_kept() and time.monotonic() < deadline:
            slot = connection.execute(
                "SELECT active AND restart_lsn >= CAST(%s AS pg_lsn), wal_status = 'lost' FROM pg_replication_slots WHERE slot_name = %s",
                (row[0] if row else "0/0", SLOT),
            ).fetchone()
            if not slot or slot[1]:
                return False
            if slot[0]:
                return True
            time.sleep(0.1)
    return False


def main(folder: str, sockets: str) -> int:
    """Keep the archive until SIGTERM; return the exit code."""
    home = Home(Path(folder))
    archive = Archive.of(home)
    if archive is None:
        sys.exit(f"{folder} has no archive; `dev.py backup` begins one")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    mirror = Mirror(home, archive, has_files=not os.environ.get("OBJECT_STORE_URL", "file:").startswith("s3:"))
    # The receiver of a killed keeper may still be at its end: until then its pieces are its own.
    with (archive.folder / ".receiver").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        receiver = receive(archive, sockets, lock.fileno())
        while not stop.wait(TICK_S):
            try:
                mirror.tick()
            except (OSError, sqlite3.Error) as error:  # a full disk, a store that is locked: tried again, and said
                print(json.dumps({"event": "not_archived", "error": str(error)}), flush=True)
            if receiver.poll() is not None:  # its server went away, or was not there yet
                receiver = receive(archive, sockets, lock.fileno())
        receiver.send_signal(signal.SIGINT)
        receiver.wait(10)
    mirror.tick()
    return 0


def wal_start(label: str) -> str:
    """The first piece of the log that a base backup needs, from its label."""
    line = next(line for line in label.splitlines() if line.startswith("START WAL LOCATION"))
    return line.rpartition("(file ")[2].rstrip(")")


def described(archive: Archive) -> dict[str, Any]:
    """What `status` says of an archive."""
    bases = archive.complete()
    return {"folder": str(archive.folder), "backups": len(bases), "last": say_instant(bases[-1].ended_at) if bases else None}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
