"""Commands of the catalogue: `catalogue import FILE`."""

import csv
import gc
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

import click
from flask import current_app
from sqlalchemy.exc import DataError

from marketplace.catalogue import queries, services
from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.importing import columns, operator, rules
from marketplace.catalogue.importing.columns import RowRefused
from marketplace.catalogue.importing.files import Row, Unreadable, read_rows
from marketplace.catalogue.listings import Listing, Refused
from marketplace.catalogue.services.imports import CHUNK
from marketplace.core.audit import Actor
from marketplace.core.db import transaction
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.sheets import neutral
from payments import calls
from vendors import queries as vendors
from vendors.services.suppliers import admit_suppliers

SAID_EVERY = 5_000
UNHOLDABLE = lazy("This row holds a value that cannot be stored.")
Say = Callable[[Refused], None]


@click.group("catalogue")
def group() -> None:
    """The catalogue."""


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--vendor", "slug", help="The shop whose listings these are; they wait for the desk's check.")
@click.option("--operator", "is_operator", is_flag=True, help="The operator's own file: a vendor per supplier, live at once.")
@click.option("--errors", type=click.Path(dir_okay=False, path_type=Path), help="Write refused rows to this CSV file.")
def import_file(file: Path, slug: str | None, errors: Path | None, *, is_operator: bool) -> None:
    """Import listings from CSV or JSON lines, plain or gzipped. Repeatable by SKU; a bad row never stops the good ones."""
    if is_operator == bool(slug):
        raise click.UsageError("give either --vendor SLUG or --operator")
    try:
        with _reported(errors) as say:
            summary = import_for_vendor(file, slug, say) if slug else import_for_operator(file, say)
    except Unreadable as fault:
        raise click.ClickException(str(fault)) from fault
    except NotFound as fault:
        raise click.ClickException(f"there is no shop {slug}") from fault
    click.echo(json.dumps(summary))


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
        self.say(Refused(line, sku, reason))

    def chunks(self, path: Path) -> Iterator[list[Row]]:
        """The readable rows of the file, up to 1,000 at a time."""
        # A quarter of the time would else go into looking through everything that was imported at the start of the process.
        gc.freeze()
        rows = read_rows(path)
        while chunk := list(islice(rows, CHUNK)):
            if (self.rows + len(chunk)) // SAID_EVERY > self.rows // SAID_EVERY:
                click.echo(f"{self.rows + len(chunk)} rows", err=True)
            self.rows += len(chunk)
            for row in chunk:
                if row.values is None:
                    self.refuse(row.line, "", row.fault)
            yield [row for row in chunk if row.values is not None]

    def listings(self, rows: Iterable[Row], make: Callable[[Row], Listing]) -> list[Listing]:
        """The rows that are listings; the others are refused with their reason."""
        made = []
        for row in rows:
            try:
                made.append(make(row))
            except RowRefused as refused:
                sku = row.values.get("sku") or row.values.get("id") if row.values else ""
                self.refuse(row.line, str(sku or "")[:100], str(refused))
        return made

    def take(self, listings: list[Listing]) -> None:
        """Import a chunk, in a transaction of its own. A value that the database cannot hold costs its row, not the chunk."""
        if not listings:
            return
        try:
            with transaction():
                result = services.import_products(listings, actor=self.actor, source=self.source, known=self.known)
        except DataError:
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


def import_for_vendor(file: Path, slug: str, say: Say) -> dict[str, Any]:
    """Import a vendor's file. Returns the summary; `say` hears of each refused row. Raises: Unreadable, NotFound."""
    vendor = vendors.vendor_by_slug(slug)
    run = Run(file.name, Actor(company_id=vendor.id, name="import"), say)
    categories = {leaf.slug: leaf.id for _, leaves in queries.leaf_categories() for leaf in leaves}
    context = columns.Context(vendor.id, vendor.currency, categories, run.known)
    for rows in run.chunks(file):
        used = {code for row in rows for code in columns.codes_in(row.values or {})}
        run.known.update(queries.definitions_by_code(used - set(run.known)))
        run.take(run.listings(rows, lambda row: columns.listing_of(row.line, row.values or {}, context)))
    return run.summary()


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
    for rows in run.chunks(file):
        _admit(rows, suppliers, run)
        _define(rows, run)

        def listing(row: Row) -> Listing:
            values = row.values or {}
            vendor_id = suppliers[operator.supplier_of(values)]
            return operator.listing_of(row.line, values, vendor_id=vendor_id, categories=categories)

        run.take(run.listings(rows, listing))
    with transaction():
        services.link_attributes([category_id for slug, category_id in categories.items() if slug != rules.ROOT])
    return run, list(suppliers.values())


def _admit(rows: Iterable[Row], suppliers: dict[str, UUID], run: Run) -> None:
    """Make the vendors that the chunk needs and nobody has made yet."""
    names = set()
    for row in rows:
        try:
            names.add(operator.supplier_of(row.values or {}))
        except RowRefused:
            continue  # said when the row itself is read
    if names - set(suppliers):
        with transaction():
            suppliers |= admit_suppliers(names - set(suppliers), currency=operator.CURRENCY, actor=run.actor)


def _define(rows: Iterable[Row], run: Run) -> None:
    """Make the attribute definitions that the chunk needs and nobody has made yet."""
    columns_here = {name for row in rows for name in row.values or ()} - run.columns
    new = operator.definitions_for(columns_here)
    if new:
        with transaction():
            services.define_attributes(new.values())
    run.known |= new
    run.columns |= columns_here
