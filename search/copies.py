"""This machine's copy of the catalogue's vectors: the table is the truth, files are what processes read and share.

With the embedded index everything runs on one machine, where the indexer renews the copy. With a search server web processes and
workers may stand elsewhere: each renews the copy of its machine in a thread, one of them at a time.
"""

import fcntl
import os
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import structlog
from flask import Flask
from sqlalchemy.exc import OperationalError

from marketplace.config import Settings
from marketplace.core.db import transaction
from search import queries
from search.semantic.packages import is_available, numpy
from search.semantic.vectors import FOLDER, NEW, read, write

log = structlog.get_logger()
PAGE = 1_000
LOOK_SECONDS = 10.0


def folder_of(settings: Settings) -> Path | None:
    """Where the copy lies: in `SEARCH_PATH`, else in a folder of our own among the machine's passing files, made if need be.

    None, and words alone answer, without the extra `semantic` and where that folder is not ours alone, which is logged: in a folder for
    everybody anyone can make one under our name, and what lies in it would be read as ours.
    """
    if not is_available():
        return None
    if settings.search_path:
        return Path(settings.search_path) / FOLDER
    world = blake2b(settings.database_url.rpartition("@")[2].encode(), digest_size=8).hexdigest()
    own = Path(tempfile.gettempdir()) / f"millgate-{os.geteuid()}-{world}"
    with suppress(FileExistsError):
        own.mkdir(mode=0o700)
    if not _is_ours_alone(own):
        log.error("meanings_folder_not_ours", folder=str(own))
        return None
    return own / FOLDER


def _is_ours_alone(folder: Path) -> bool:
    found = folder.lstat()  # a link to a folder of ours would be somebody else's choice
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o077


def renew(folder: Path, *, waits: bool = True) -> None:
    """Make the copy as new as the table; what it has already is not read again. Without `waits` another process may be at it."""
    with alone(folder / "copy.lock", waits=waits) as is_mine:
        if not is_mine:
            return
        with transaction():
            state = queries.vector_state()
        known = read(folder)
        if state == (known.state if known else NEW):
            return
        with transaction():
            marks = queries.vector_digests()
        rows: dict[bytes, tuple[bytes, Any]] = {}
        missing = []
        for variant_id, mark in marks.items():
            place = known.places.get(variant_id.bytes) if known else None
            if known and place is not None and known.digests[place] == mark:
                rows[variant_id.bytes] = mark, known.vectors[place]
            else:
                missing.append(variant_id)
        for start in range(0, len(missing), PAGE):
            with transaction():
                found = queries.vectors_of(missing[start : start + PAGE])
            rows.update((variant_id.bytes, (mark, numpy.frombuffer(vector, dtype="<f4"))) for variant_id, mark, vector in found)
        write(folder, rows, state)


@contextmanager
def alone(path: Path, *, waits: bool = True) -> Iterator[bool]:
    """Whether no other process of this machine has the lock; with `waits` it is waited for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def start(app: Flask, folder: Path) -> None:
    """Keep the copy of this machine new as long as the process lives."""
    threading.Thread(target=_keep_new, args=(app, folder), name="copy-meanings", daemon=True).start()


def _keep_new(app: Flask, folder: Path) -> None:
    pause = threading.Event()
    while True:
        try:
            with app.app_context():
                renew(folder, waits=False)
        except (OperationalError, OSError) as error:
            log.warning("meanings_not_copied", error=type(error).__name__)
        pause.wait(LOOK_SECONDS)
