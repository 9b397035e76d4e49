"""Vectors of the catalogue's texts, kept as new as the index by a thread of the indexer. Needs the extra `semantic`."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Event, Thread, get_native_id
from typing import Any
from uuid import UUID

import click
import structlog
from flask import Flask, current_app
from sqlalchemy.exc import OperationalError

from marketplace.core import changes
from marketplace.core.db import transaction
from search import copies, queries, services
from search.queries import VariantText
from search.semantic.encoder import Encoder, text_of
from search.semantic.vectors import digest

log = structlog.get_logger()
PAGE = 1_000
CHUNK = 64
LIMIT = 200_000
"""Variants up to which meaning is told: a query is compared with every vector, which takes some 30 ms for so many."""
COPIED_EVERY = 4_000
"""New vectors after which the copy is renewed although more are to come."""
LOOK_SECONDS = 5.0
QUIET_SECONDS = 2.0
"""How long nothing has waited to be indexed before more are made: an import's indexer catches up with it again and again."""
NICENESS = 19
"""Of the thread that makes them (nice(2)): it takes what all others leave, also imports, which stand back themselves."""


class Keeper:
    """Makes the vectors that are missing or whose text has changed, forgets those of variants that are gone, and renews the copy."""

    def __init__(self, folder: Path, stopping: Event, *, threads: int = 1) -> None:
        self._folder, self._stopping = folder, stopping
        self._encoder = Encoder(threads)
        self._busy_until = 0.0

    def catch_up(self, report: Callable[[int, int], None] | None = None) -> tuple[int, int]:
        """Walk through all listed variants once; returns (variants with a vector, vectors made). `report`: variants seen, and all."""
        with copies.alone(self._folder / "lock"):
            with transaction():
                total, old = queries.count_listed(), queries.vector_digests()
            if total > LIMIT:
                log.warning("too_many_variants_for_meanings", limit=LIMIT)
                return 0, 0
            kept: set[UUID] = set()
            seen = made = copied = 0
            for page in self._pages():
                texts = {row.variant_id: text for row in page if (text := words_of(row))}
                kept |= texts.keys()
                fresh = {i: (mark, text) for i, text in texts.items() if old.get(i) != (mark := digest(text))}
                made += self._make(fresh)
                seen += len(page)
                if report and made:
                    report(seen, total)
                if made - copied >= COPIED_EVERY:
                    copied = made
                    copies.renew(self._folder)
            if not self._stopping.is_set():
                with transaction():
                    services.forget_vectors(old.keys() - kept)
            copies.renew(self._folder)
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

    def _make(self, fresh: Mapping[UUID, tuple[bytes, str]]) -> int:
        """Encode in small chunks, and wait while the indexer has work: being found soon matters more than being understood."""
        variants: dict[bytes, list[UUID]] = {}
        for variant_id, (mark, _) in fresh.items():
            variants.setdefault(mark, []).append(variant_id)
        texts = dict(fresh.values())
        marks = list(texts)
        made = 0
        for start in range(0, len(marks), CHUNK):
            while self._is_busy() and not self._stopping.wait(0.5):
                pass
            if self._stopping.is_set():
                break
            chunk = marks[start : start + CHUNK]
            vectors = self._encoder.encode([texts[mark] for mark in chunk]).astype("<f4")
            rows = {i: (mark, vector.tobytes()) for mark, vector in zip(chunk, vectors, strict=True) for i in variants[mark]}
            with transaction():
                services.keep_vectors(rows)
            made += len(rows)
        return made

    def _is_busy(self) -> bool:
        now = time.monotonic()
        with transaction():
            if changes.waiting():
                self._busy_until = now + QUIET_SECONDS
        return now < self._busy_until


def words_of(row: VariantText) -> str:
    """The text that is encoded: English, else any language but Chinese, which the encoder does not understand."""
    return text_of(_plain(row.title), _plain(row.description)) if _plain(row.title) else ""


def _plain(texts: dict[str, str]) -> str:
    return texts.get("en") or next((text for language, text in texts.items() if not language.startswith("zh")), "")


def start_keeper(app: Flask, stopping: Event) -> Thread | None:
    """Keep vectors beside the indexer until it stops; None where there is nothing to do it with."""
    folder = copies.folder_of(app.config["SETTINGS"])
    if folder is None:
        return None
    thread = Thread(target=_keep, args=(app, folder, stopping), name="keep-meanings", daemon=True)
    thread.start()
    return thread


def _keep(app: Flask, folder: Path, stopping: Event) -> None:
    if sys.platform == "linux":  # where threads have a niceness of their own, which those that the encoder begins inherit
        os.setpriority(os.PRIO_PROCESS, get_native_id(), NICENESS)
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
    folder = copies.folder_of(current_app.config["SETTINGS"])
    if folder is None:
        raise click.ClickException(
            "the packages of the extra `semantic` are not installed, or the folder for the copy is not ours (see above)"
        )
    variants, made = Keeper(folder, Event(), threads=2).catch_up(tell)
    click.echo(json.dumps({"variants": variants, "made": made}))


def tell(done: int, total: int) -> None:
    """Progress, where it does not mix with what a command answers."""
    click.echo(f"{done:,} of {total:,}", err=True)
