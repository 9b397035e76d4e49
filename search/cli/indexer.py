"""The `indexer` process: drains the changes into the index, the only writer of the embedded one."""

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from select import select
from uuid import UUID

import click
import psycopg
import structlog
from flask import Flask, current_app
from sqlalchemy.exc import OperationalError

from marketplace.core import changes
from marketplace.core.changes import Marked
from marketplace.core.db import outside, transaction
from marketplace.core.errors import Unavailable
from marketplace.core.meanwhile import Early, meanwhile
from marketplace.core.memory import keep_what_stands, no_cycles
from search import queries, services
from search.cli.encoding import start_keeper
from search.documents import Document, IndexRow, variant_document, variant_documents
from search.engines.port import Engine
from search.index import engine
from search.night import CHECK, check_index
from search.rebuilding import Standing

log = structlog.get_logger()
BATCH = 1_000
BACKLOG = 4 * BATCH
"""Things in one commit of the index, at most: more would keep a single change waiting for too long behind an import."""
BULK = 100
"""Things in one commit from which on it is an import that is followed."""
PAUSE_SECONDS = 0.2
"""From one commit of the index to the next, at least, but behind an import: its next chunk is as much as a commit is worth."""
GATHER_SECONDS = 1.0
"""How long one commit waits for more behind an import: small ones cost as much as large ones, and leave segments that have to be merged."""
QUIET_SECONDS = 0.5
"""How long at most when nothing more has come."""
LOOK_SECONDS = 0.1
SWEEP_SECONDS = 1.0
DEFINITIONS_SECONDS = 60.0
LAST_CHUNK_SECONDS = 10.0
"""Names and choices of attributes may be so old in documents; a changed definition marks its products."""
PRODUCT = "product"


class DatabaseTruth:
    """What the database says, for a rebuild; its definitions are read once."""

    def __init__(self) -> None:
        self._known = queries.Known()

    def standings(self) -> dict[UUID, Standing]:
        """Every variant that was ever indexed."""
        found = queries.standings()
        outside()
        return found

    def documents(self, ids: list[UUID]) -> list[Document]:
        """Documents as they are now; while they are read nobody gives these variants another version."""
        with transaction():
            rows = queries.products_for_index(services.hold_versions(ids), self._known)
        return variant_documents(rows)


class Indexer:
    """Takes marks, raises versions, writes documents, settles marks; a kill between any two of these costs a repeat, nothing more."""

    def __init__(self, target: Engine) -> None:
        self._target = target
        self._known = queries.Known()
        self._since = time.monotonic()

    def drain(self, wait: Callable[[float], bool | None] = time.sleep) -> int:
        """Index what is marked; returns how many things. Raises: SearchUnavailable, and then nothing is settled.

        Few things become visible at once. Behind an import several batches become one commit of the index, while more of them come;
        `wait` is told for how many seconds, and answers True where there is no time left for that.
        """
        with no_cycles():
            # What was read and written is gone when this returns, before the search for cycles would walk through it.
            marked = self._index(wait)
        if marked:
            with transaction():
                changes.settle(marked)
        return len(marked)

    def _index(self, wait: Callable[[float], bool | None]) -> list[Marked]:
        """Write what is marked into the index; returns the marks, which still stand."""
        marked = self._fresh([])
        if marked:
            self._target.put(self._documents(marked, wait))
        if any(mark.kind == CHECK for mark in marked):
            check_index(self._target)
        return marked

    def _documents(self, marked: list[Marked], wait: Callable[[float], bool | None]) -> Iterator[Document]:
        """The documents of what is marked, and of what else comes meanwhile, which is put to `marked`: the index takes the first ones
        while the next are marked.
        """
        began = last = time.monotonic()
        fresh, documents = marked[:], Early[Document](iter(()), BATCH)
        while True:
            if fresh:
                # The documents before are made while the server reads: they are worth as much of a processor as all that it does for them.
                with meanwhile(documents.step), transaction():
                    rows = self._rows(fresh)
                yield from documents
                documents = Early(map(variant_document, rows), BATCH)
                last = time.monotonic()
            # Part of a batch is the end of an import, or a few single changes.
            if not BATCH <= len(marked) < BACKLOG or 0 < len(fresh) < BATCH:
                break
            if not fresh:
                yield from documents
                now = time.monotonic()
                if now - began >= GATHER_SECONDS or now - last >= QUIET_SECONDS or wait(LOOK_SECONDS):
                    break
            with meanwhile(documents.step):
                fresh = self._fresh(marked)
            marked += fresh
        yield from documents

    @staticmethod
    def _fresh(marked: list[Marked]) -> list[Marked]:
        """The oldest marks behind those in hand, which stay until the index has them. A number that was drawn early and comes late is
        the next drain's, which begins with the oldest.
        """
        with transaction():
            return changes.read_marked(BATCH, after=marked[-1].number if marked else 0)

    def drain_singly(self) -> int:
        """Index marked things one by one, so that one that cannot be indexed stops no other. It stays marked and is logged."""
        with transaction():
            marked = changes.read_marked(BATCH)
        done = 0
        for mark in marked:
            try:
                with transaction():
                    rows = self._rows([mark])
                self._target.put(variant_documents(rows))
                if mark.kind == CHECK:
                    check_index(self._target)
            except Unavailable:
                raise
            except Exception:
                log.exception("not_indexed", kind=mark.kind, subject_id=str(mark.subject_id))
                continue
            with transaction():
                changes.settle([mark])
            done += 1
        return done

    def _rows(self, marked: Iterable[Marked]) -> list[IndexRow]:
        if time.monotonic() - self._since > DEFINITIONS_SECONDS:
            self._known, self._since = queries.Known(), time.monotonic()
        product_ids = [mark.subject_id for mark in marked if mark.kind == PRODUCT]
        if not product_ids:
            return []
        return queries.products_for_index(services.raise_versions(queries.with_kits(product_ids)), self._known)


class IndexerProcess:
    """The loop around it: woken by NOTIFY, sweeping every second; survives the database and the index being away."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.stopping = threading.Event()

    def run(self, database_url: str) -> None:
        """Until SIGTERM."""
        connection: psycopg.Connection | None = None
        with self._app.app_context():
            worker = Indexer(engine())
        rested = 0.0
        while not self.stopping.is_set():
            try:
                if connection is None or connection.closed:
                    connection = psycopg.connect(database_url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)
                    connection.execute(f"LISTEN {changes.CHANNEL}")
                is_bulk = self._drain(worker, connection) >= BULK
                rested = time.monotonic() + (0.0 if is_bulk else PAUSE_SECONDS)
                if heard(connection, SWEEP_SECONDS):
                    # A burst of acts becomes one commit of the index; a single one waits for nothing.
                    self.stopping.wait(max(0.0, rested - time.monotonic()))
            except (psycopg.Error, OperationalError, OSError) as error:
                log.warning("database_down", error=type(error).__name__)
                connection = None
                self.stopping.wait(SWEEP_SECONDS)
            except Unavailable as error:
                log.warning("index_down", error=type(error).__name__)
                self.stopping.wait(SWEEP_SECONDS)
        if connection is not None:
            connection.close()
        with self._app.app_context():
            engine().close()

    def _drain(self, worker: Indexer, connection: psycopg.Connection) -> int:
        """Until less than a batch waits; returns how many things were indexed."""

        def wait(seconds: float) -> bool:
            heard(connection, seconds)
            return self.stopping.is_set()

        done = 0
        while not self.stopping.is_set():
            with self._app.app_context():
                try:
                    last = worker.drain(wait)
                except (Unavailable, OperationalError, psycopg.Error, OSError):
                    raise
                except Exception:
                    log.exception("batch_not_indexed")
                    last = worker.drain_singly()
            done += last
            if last < BATCH:
                break
        return done


def heard(connection: psycopg.Connection, seconds: float) -> bool:
    """Whether something is marked within so many seconds; whoever waits goes on at once when it is."""
    came = bool(select([connection.fileno()], [], [], seconds)[0])
    if came:
        for _ in connection.notifies(timeout=0):
            pass
    return came


def run_indexer(app: Flask, database_url: str) -> None:
    """The `indexer` process."""
    keep_what_stands()
    process = IndexerProcess(app)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: process.stopping.set())
    keeper = start_keeper(app, process.stopping)
    process.run(database_url)
    if keeper:
        keeper.join(LAST_CHUNK_SECONDS)  # a thread that computes while the interpreter goes takes the process down by an abort


@click.command("indexer")
def indexer() -> None:
    """Run the process that keeps the index as new as the database."""
    app = current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001 - the process opens contexts of its own
    run_indexer(app, app.config["SETTINGS"].jobs_database_url)
