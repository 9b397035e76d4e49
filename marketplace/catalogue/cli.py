"""Commands of the catalogue: `catalogue import FILE`, `catalogue export FILE`."""

import csv
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice, repeat
from pathlib import Path
from time import perf_counter
from typing import Any, Generic, TypeVar
from uuid import UUID

import click
from flask import current_app

from marketplace.catalogue import services
from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.exporting import FORMATS, write_catalogue
from marketplace.catalogue.faults import Fault
from marketplace.catalogue.importing import operator, rules
from marketplace.catalogue.importing.ahead import Steps, ahead
from marketplace.catalogue.importing.columns import RowRefused
from marketplace.catalogue.importing.files import Opened, Row, Unreadable, open_file, read_rows
from marketplace.catalogue.importing.mapping import LEFT, LOOKED_AT, ColumnMapping, fingerprint, guess, guess_decimal, plain, samples
from marketplace.catalogue.listings import Listing, Refused
from marketplace.catalogue.queries import imports
from marketplace.catalogue.services.import_parts import UNHOLDABLE, Reading, take_part
from marketplace.catalogue.services.imports import CHUNK, UNHOLDABLE_ERRORS
from marketplace.core.audit import Actor
from marketplace.core.db import transaction
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext
from marketplace.core.memory import large_pieces
from marketplace.core.sheets import neutral
from payments import calls
from vendors import queries as vendors
from vendors.services.suppliers import admit_suppliers

SAID_EVERY = 5_000
FIRST_CHUNKS = (100, 250, 500)
"""Rows of the first chunks: the smaller the first is, the sooner the indexer begins beside the import."""
NICENESS = 15
"""Of an import's process (nice(2)): 0 is that of all others, and 19 takes only what they leave."""
Say = Callable[[Refused], None]
T = TypeVar("T")


@click.group("catalogue")
def group() -> None:
    """The catalogue."""


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--vendor", "slug", help="The shop whose listings these are; they wait for the desk's check.")
@click.option("--operator", "is_operator", is_flag=True, help="The operator's own file: a vendor per supplier, live at once.")
@click.option("--errors", type=click.Path(dir_okay=False, path_type=Path), help="Write refused rows to this CSV file.")
def import_file(file: Path, slug: str | None, errors: Path | None, *, is_operator: bool) -> None:
    """Import listings from CSV, XLSX or JSON lines. Repeatable by SKU; a bad row never stops the good ones."""
    if is_operator == bool(slug):
        raise click.UsageError("give either --vendor SLUG or --operator")
    stand_back()
    try:
        with _reported(errors) as say:
            summary = import_for_vendor(file, slug, say) if slug else import_for_operator(file, say)
    except Unreadable as fault:
        raise click.ClickException(str(fault)) from fault
    except NotFound as fault:
        raise click.ClickException(f"there is no shop {slug}") from fault
    click.echo(json.dumps(summary))


def stand_back() -> None:
    """Let pages come first, and the indexer, which would else fall behind and have the end to itself: both are done sooner."""
    os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))


@contextmanager
def _reported(path: Path | None) -> Iterator[Say]:
    """Where refused rows go: a CSV file with a reason column, else stderr."""
    if path is None:
        yield lambda row: click.echo(f"line {row.line}: {row.sku + ': ' if row.sku else ''}{row.reason}", err=True)
        return
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["line", "sku", "reason"])
        yield lambda row: writer.writerow([row.line, neutral(row.sku), neutral(row.reason)])


@dataclass(slots=True)
class Run:
    """One file on its way in, a chunk at a time: only counts and definitions stay between the chunks."""

    source: str
    actor: Actor
    say: Say
    known: dict[str, Definition] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)
    """Columns of an operator's file whose definitions are there."""
    rows: int = 0
    made: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    started: float = field(default_factory=perf_counter)

    def refuse(self, line: int, sku: str, reason: str) -> None:
        """Note a row that is not taken."""
        self.refused += 1
        self.say(Refused(line, sku, reason.replace("\n", " ")))

    def count(self, rows: int) -> None:
        """So many more rows are read."""
        if (self.rows + rows) // SAID_EVERY > self.rows // SAID_EVERY:
            click.echo(f"{self.rows + rows} rows", err=True)
        self.rows += rows

    def chunks(self, path: Path, make: Callable[[Mapping[str, Any]], T]) -> Iterator[list[tuple[Row, T]]]:
        """The rows of the file, up to 1,000 at a time, each with what `make` makes of it; bad ones are refused with their reason.

        A chunk is read and made while the server writes the one before, so `make` must not ask the database. It raises RowRefused.
        """
        with large_pieces():
            for piece in ahead(_pieces(path, make)):
                self.count(piece.rows)
                for row in piece.refused:
                    self.refuse(row.line, row.sku, row.reason)
                yield piece.made

    def take(self, listings: list[Listing]) -> None:
        """Import a chunk, in a transaction of its own. A value that the database cannot hold costs its row, not the chunk."""
        if not listings:
            return
        try:
            with transaction():
                result = services.import_products(listings, actor=self.actor, source=self.source, known=self.known)
        except UNHOLDABLE_ERRORS:
            if len(listings) == 1:
                self.refuse(listings[0].line, listings[0].sku, gettext(UNHOLDABLE))
                return
            middle = len(listings) // 2
            self.take(listings[:middle])
            self.take(listings[middle:])
            return
        self.made += result.made
        self.changed += result.changed
        self.unchanged += result.unchanged
        for row in result.refused:
            self.refuse(row.line, row.sku, row.reason)

    def summary(self) -> dict[str, Any]:
        """What the command prints."""
        return {
            "rows": self.rows,
            "made": self.made,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "refused": self.refused,
            "seconds": round(perf_counter() - self.started, 2),
        }


@dataclass(frozen=True, slots=True)
class _Piece(Generic[T]):
    """A chunk as it was read."""

    rows: int
    made: list[tuple[Row, T]]
    refused: list[Refused]


def _pieces(path: Path, make: Callable[[Mapping[str, Any]], T]) -> Steps[_Piece[T]]:
    """The pieces of a file, with None after each of its rows."""
    rows, sizes = read_rows(path), chain(FIRST_CHUNKS, repeat(CHUNK))
    for size in sizes:
        made, refused = [], []
        for row in islice(rows, size):
            try:
                if row.values is None:
                    raise RowRefused(Fault("", row.fault))
                made.append((row, make(row.values)))
            except RowRefused as fault:
                refused.append(_refused(row, str(fault)))
            yield None
        if not made and not refused:
            return
        yield _Piece(len(made) + len(refused), made, refused)


def _refused(row: Row, reason: str) -> Refused:
    values = row.values or {}
    return Refused(row.line, str(values.get("sku") or values.get("id") or "")[:100], reason)


def import_for_vendor(file: Path, slug: str, say: Say) -> dict[str, Any]:
    """Import a vendor's file as the portal does, with the columns that the vendor named for this heading, else with a guess.

    Returns the summary; `say` hears of each refused row. A column that nobody knows refuses its rows. Raises: Unreadable, NotFound.
    """
    vendor = vendors.vendor_by_slug(slug)
    run = Run(file.name, Actor(company_id=vendor.id, name="import"), say)
    with large_pieces(), open_file(file) as opened:
        ahead_of_all = list(islice(opened.rows, LOOKED_AT))
        mapping = _mapping_for(vendor.id, opened, [row.values for row in ahead_of_all if row.values is not None])
        reading = Reading(vendor.id, vendor.currency, file.name, mapping, is_text=opened.format != "jsonl", known=run.known)
        reading.begin()
        if reading.names_others:
            with open_file(file) as again:
                reading.look_ahead(again.rows)
        for part in reading.parts(chain(ahead_of_all, opened.rows)):
            run.count(len(part))
            with transaction():
                taken = take_part(part, reading, actor=run.actor)
            run.made += taken.made
            run.changed += taken.changed
            run.unchanged += taken.unchanged
            for fault in taken.faults:
                run.refuse(fault.line, fault.sku, fault.reason)
    return run.summary()


def _mapping_for(vendor_id: UUID, opened: Opened, rows: Sequence[Mapping[str, Any]]) -> ColumnMapping:
    """What the vendor said last time about this heading, else a guess from it and the first rows."""
    kept = imports.remembered_mapping(vendor_id, fingerprint(opened.heads)) or {}
    guessed = guess(opened.heads, imports.all_definitions())
    decimal = guess_decimal(guessed, samples(opened.heads, rows)) if opened.format != "jsonl" else "."
    # What nobody can name keeps its name, and is refused by it; the columns of an error file say nothing about the product.
    columns_here = {head: column or ("" if plain(head) in LEFT else head) for head, column in guessed.items()}
    columns = {**columns_here, **kept.get("columns", {})}
    return ColumnMapping(columns, kept.get("decimal", decimal), opened.encoding, kept.get("category", ""))


@group.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--vendor", "slug", required=True, help="The shop whose catalogue it is.")
def export_file(file: Path, slug: str) -> None:
    """Export a vendor's whole catalogue, whatever its state; the name's ending says as what: .csv, .xlsx or .jsonl."""
    kind = file.suffix.removeprefix(".").lower()
    if kind not in FORMATS:
        raise click.UsageError("the file has to end with .csv, .xlsx or .jsonl")
    try:
        vendor = vendors.any_vendor_by_slug(slug)  # what it owns is its own, also while its shop is shut
    except NotFound as fault:
        raise click.ClickException(f"there is no shop {slug}") from fault
    write_catalogue(kind, vendor.id, file)
    click.echo(json.dumps({"products": imports.count_exported(vendor.id), "bytes": file.stat().st_size}))


def import_for_operator(file: Path, say: Say) -> dict[str, Any]:
    """Import the operator's own file, and open the payout accounts of its vendors at the payment simulator (decisions.md 31).

    With the real provider each vendor opens its own. Raises: Unreadable.
    """
    run, vendor_ids = import_rows_for_operator(file, say)
    summary = run.summary() | {"vendors": len(vendor_ids)}
    if current_app.config["SIMULATED_PAYMENTS"]:
        summary["payout_accounts"] = calls.open_operator_payout_accounts(vendor_ids)
    return summary


def import_rows_for_operator(file: Path, say: Say) -> tuple[Run, list[UUID]]:
    """The rows alone: vendors, categories and attribute definitions are made on the way; also returns the vendors. Raises: Unreadable."""
    run = Run(file.name, Actor(name="operator import"), say)
    with transaction():
        categories = services.load_categories(rules.category_table())
    suppliers: dict[str, UUID] = {}
    for rows in run.chunks(file, lambda values: operator.draft_of(values, categories)):
        _admit({operator.maker_of(draft) for _, draft in rows} - set(suppliers), suppliers, run)
        _define(set[str]().union(*[row.values or () for row, _ in rows]) - run.columns, run)
        run.take([operator.listing_of(row.line, draft, suppliers[operator.maker_of(draft)]) for row, draft in rows])
    with transaction():
        services.link_attributes([category_id for slug, category_id in categories.items() if slug != rules.ROOT])
    return run, list(suppliers.values())


def _admit(names: set[str], suppliers: dict[str, UUID], run: Run) -> None:
    """Make the vendors that the chunk needs and nobody has made yet."""
    if names:
        with transaction():
            suppliers |= admit_suppliers(names, currency=operator.CURRENCY, actor=run.actor)


def _define(names: set[str], run: Run) -> None:
    """Make the attribute definitions for columns that nobody has met yet."""
    new = operator.definitions_for(names)
    if new:
        with transaction():
            services.define_attributes(new.values())
    run.known |= new
    run.columns |= names
