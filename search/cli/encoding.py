"""Vectors of the catalogue's texts, kept as new as the index by a thread of the indexer. Needs the extra `semantic`."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID

import click
import structlog
from flask import Flask, current_app
from sqlalchemy.exc import OperationalError

from marketplace.core import changes
from marketplace.core.db import transaction
from search import queries
from search.queries import VariantText
from search.semantic.encoder import Encoder, text_of
from search.semantic.packages import is_available
from search.semantic.vectors import FOLDER, digest, read, write

log = structlog.get_logger()
PAGE = 1_000
CHUNK = 64
LIMIT = 200_000
"""Variants up to which meaning is told: a query is compared with every vector, which takes some 30 ms for so many."""
SAVED_EVERY = 4_000
"""New vectors after which a set is written although more are to come."""
LOOK_SECONDS = 5.0


class Keeper:
    """Makes the vectors that are missing or whose text has changed, and forgets those of variants that are gone."""

    def __init__(self, folder: Path, stopping: Event, *, threads: int = 1) -> None:
        self._folder, self._stopping = folder, stopping
        self._encoder = Encoder(threads)

    def catch_up(self) -> tuple[int, int]:
        """Walk through all listed variants once; returns (variants with a vector, vectors made)."""
        with self._alone():
            known = read(self._folder)
            old = {key: (known.digests[place], known.vectors[place]) for key, place in known.places.items()} if known else {}
            kept: dict[bytes, tuple[bytes, Any]] = {}
            made = saved = 0
            for page in self._pages():
                fresh = []
                for row in page:
                    text = words_of(row)
                    mark = digest(text)
                    before = old.get(row.variant_id.bytes)
                    if before and before[0] == mark:
                        kept[row.variant_id.bytes] = before
                    elif text:
                        fresh.append((row.variant_id.bytes, mark, text))
                made += self._make(fresh, kept)
                if len(kept) > LIMIT:
                    log.warning("too_many_variants_for_meanings", limit=LIMIT)
                    return 0, 0
                if made - saved >= SAVED_EVERY:
                    saved = made
                    write(self._folder, old | kept)
            if not self._stopping.is_set() and (made or len(kept) != len(old)):
                write(self._folder, kept)
            elif made > saved:
                write(self._folder, old | kept)
            return len(kept), made

    def _pages(self) -> Iterator[list[VariantText]]:
        last: UUID | None = None
        while not self._stopping.is_set():
            with transaction():
                page = queries.texts_after(last, PAGE)
            if not page:
                return
            yield page
            last = page[-1].variant_id

    def _make(self, fresh: list[tuple[bytes, bytes, str]], kept: dict[bytes, tuple[bytes, Any]]) -> int:
        """Encode in small chunks, and wait while the indexer has work: being found soon matters more than being understood."""
        texts = {mark: text for _, mark, text in fresh}
        marks = list(texts)
        vectors: dict[bytes, Any] = {}
        for start in range(0, len(marks), CHUNK):
            while self._is_busy() and not self._stopping.wait(0.5):
                pass
            if self._stopping.is_set():
                break
            chunk = marks[start : start + CHUNK]
            vectors.update(zip(chunk, self._encoder.encode([texts[mark] for mark in chunk]), strict=True))
        done = {key: (mark, vectors[mark]) for key, mark, _ in fresh if mark in vectors}
        kept.update(done)
        return len(done)

    @staticmethod
    def _is_busy() -> bool:
        with transaction():
            return changes.waiting() > 0

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def words_of(row: VariantText) -> str:
    """The text that is encoded: English, else any language but Chinese, which the encoder does not understand."""
    return text_of(_plain(row.title), _plain(row.description)) if _plain(row.title) else ""


def _plain(texts: dict[str, str]) -> str:
    return texts.get("en") or next((text for language, text in texts.items() if not language.startswith("zh")), "")


def folder_of(app: Flask) -> Path | None:
    """Where vectors lie; None without the packages or without a folder that web processes share with the indexer."""
    path = app.config["SETTINGS"].search_path
    return Path(path) / FOLDER if path is not None and is_available() else None


def start_keeper(app: Flask, stopping: Event) -> Thread | None:
    """Keep vectors beside the indexer until it stops; None where there is nothing to do it with."""
    folder = folder_of(app)
    if folder is None:
        return None
    thread = Thread(target=_keep, args=(app, folder, stopping), name="keep-meanings", daemon=True)
    thread.start()
    return thread


def _keep(app: Flask, folder: Path, stopping: Event) -> None:
    keeper = Keeper(folder, stopping)
    seen: tuple[Any, ...] | None = None
    while not stopping.is_set():
        try:
            with app.app_context():
                with transaction():
                    state = queries.index_state()
                if state != seen:
                    keeper.catch_up()
                    seen = state
        except (OperationalError, OSError) as error:
            log.warning("meanings_not_kept", error=type(error).__name__)
        stopping.wait(LOOK_SECONDS)


@click.command("encode")
def encode() -> None:
    """Make the vectors of all listed goods now, instead of waiting for the indexer. About eight minutes of one core for 20,000."""
    folder = folder_of(current_app._get_current_object())  # type: ignore[attr-defined] # noqa: SLF001 - proxies have no class
    if folder is None:
        raise click.ClickException("the packages of the extra `semantic` are not installed, or SEARCH_PATH is not set")
    variants, made = Keeper(folder, Event(), threads=2).catch_up()
    click.echo(json.dumps({"variants": variants, "made": made}))
