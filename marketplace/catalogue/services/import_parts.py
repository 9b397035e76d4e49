"""A part of a vendor's file into the catalogue: rows become listings, what is not said stays as it is, what is reviewed is proposed.

Portal and command share it. A row that is refused stops no other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from marketplace.catalogue import codes, review
from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.drafts import content_of, draft_of, faults_of, over_faults
from marketplace.catalogue.errors import EditedMeanwhile, ProductIncomplete, ProductRefused, SKUTaken
from marketplace.catalogue.faults import Fault
from marketplace.catalogue.importing import columns, words
from marketplace.catalogue.importing.cells import ATTRIBUTE, UNIT_SUFFIX, substitutes_of
from marketplace.catalogue.importing.columns import OF_PRODUCT, Context, RowRefused
from marketplace.catalogue.importing.export_rows import rows_of
from marketplace.catalogue.importing.files import Row
from marketplace.catalogue.importing.mapping import Applier, ColumnMapping
from marketplace.catalogue.importing.reasons import said
from marketplace.catalogue.listings import Listing, Refused
from marketplace.catalogue.models import ProductState
from marketplace.catalogue.queries.categories import definitions_by_code
from marketplace.catalogue.queries.faults import NO_SKU, own_skus, variant_field
from marketplace.catalogue.queries.imports import KnownListing, category_addresses, category_slugs, known_listings
from marketplace.catalogue.services.imports import CHUNK, UNHOLDABLE_ERRORS, import_products
from marketplace.catalogue.services.products import edit_product
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.i18n import gettext, lazy

ON_SALE = (ProductState.LIVE, ProductState.PAUSED)
VARIANT_LIMIT = 500
UNHOLDABLE = lazy("This row holds a value that cannot be stored.")
TOO_MANY_ROWS = lazy("A product has at most %(limit)s rows.")
TWICE = lazy("This SKU stands further up in this file.")
MEANWHILE = lazy("Somebody has changed this product at the same moment. Send the row again.")
NEVER_EMPTY = frozenset({"title", "title_en", "category", "price", "tiers"})
_PRICES, _TITLES = ("price", "tiers"), {"title": "title_en", "description": "description_en"}


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that was not taken, as it stands in the file."""

    line: int
    sku: str
    reason: str
    cells: Mapping[str, Any]


@dataclass(slots=True)
class Taken:
    """What became of a part: numbers of products, and the rows that were not taken."""

    made: int = 0
    changed: int = 0
    unchanged: int = 0
    faults: list[RowFault] = field(default_factory=list)
    proposed: set[int] = field(default_factory=set)
    """Lines of what waits for the platform now: changed, though the listing stands as it is."""


@dataclass(slots=True)
class Reading:
    """What stays between the parts of one file: whose it is, what its columns mean, and the definitions met so far."""

    vendor_id: UUID
    currency: str
    source: str
    mapping: ColumnMapping
    is_text: bool
    known: dict[str, Definition] = field(default_factory=dict)
    slugs: dict[UUID, str] = field(default_factory=dict)
    addresses: dict[str, UUID] = field(default_factory=dict)
    skus: set[str] = field(default_factory=set)
    """Of the rows behind us: one that comes again further down would else count as new in every dry run."""
    ahead: frozenset[str] = frozenset()
    """Of the whole file, where its rows name substitutes: one may stand further down."""

    def begin(self) -> None:
        """Read what every part needs, in the transaction of the caller."""
        self.slugs, self.addresses = category_slugs(), category_addresses()

    @property
    def heads(self) -> dict[str, str]:
        """Column → its head in the file."""
        return {column: head for head, column in self.mapping.columns.items() if column}

    @property
    def file_skus(self) -> set[str] | frozenset[str]:
        """Every SKU of the file, as far as it is known."""
        return self.skus | self.ahead

    @property
    def names_others(self) -> bool:
        """Whether a column of the file names other SKUs as substitutes."""
        return "substitutes" in self.mapping.columns.values()

    def look_ahead(self, rows: Iterable[Row]) -> None:
        """Note the SKUs of the whole file."""
        head = self._head_of("sku")
        self.ahead = frozenset(_sku({"sku": (row.values or {}).get(head)}) for row in rows)

    def _head_of(self, column: str) -> str:
        return next((head for head, one in self.mapping.columns.items() if one == column), column)

    @property
    def applier(self) -> Applier:
        """What turns a row of the file into a row of columns."""
        return Applier(self.mapping, self.known, self.is_text)

    def pass_over(self, rows: Iterable[Row]) -> None:
        """Rows that an earlier worker has done."""
        head = self._head_of("sku")
        self.skus.update(_sku({"sku": (row.values or {}).get(head)}) for row in rows)

    def parts(self, rows: Iterable[Row]) -> Iterator[list[Row]]:
        """About a thousand rows at a time; the rows of one product, which stand together, are never parted."""
        head = self._head_of("product")
        part: list[Row] = []
        last: object = None
        for row in rows:
            product = (row.values or {}).get(head) or None
            if len(part) >= CHUNK and (product is None or product != last):
                yield part
                part = []
            part.append(row)
            last = product
        if part:
            yield part


@dataclass(slots=True)
class _Group:
    """The rows of one product."""

    known: KnownListing | None
    rows: list[tuple[int, dict[str, Any], Mapping[str, Any]]] = field(default_factory=list)
    """(line, values by column, cells as they stand in the file)"""

    def faults(self, reason: str, sku: str = "") -> list[RowFault]:
        """One for each row, so that the file of errors holds the whole product; of a later variant only its own."""
        named = [row for row in self.rows[1:] if sku and _sku(row[1]) == sku]
        return [RowFault(line, _sku(values), reason, cells) for line, values, cells in named or self.rows]


def take_part(rows: Sequence[Row], reading: Reading, *, actor: Actor) -> Taken:
    """Import a part of a file. The caller's transaction keeps it or, in a dry run, takes it back."""
    taken = Taken()
    groups: list[_Group] = []
    for group in _groups(rows, reading, taken):
        if len(group.rows) > VARIANT_LIMIT:
            taken.faults += group.faults(gettext(TOO_MANY_ROWS, limit=VARIANT_LIMIT))
        else:
            groups.append(group)
    context = Context(reading.vendor_id, reading.currency, reading.addresses, reading.known, decimal=reading.mapping.decimal)
    by_line: dict[int, _Group] = {}
    listings: list[Listing] = []
    named = _named_skus(groups, reading)
    for group in groups:
        try:
            listing = columns.listing_of(_complete(group, reading), context)
            _check_new_words(listing, group, named, reading.known)
            if group.known is not None and group.known.state in ON_SALE:
                listing = _reviewed(listing, group.known, actor, taken)
        except RowRefused as refused:
            taken.faults += group.faults(said(refused.faults, reading.heads, refused.skus))
        else:
            by_line[listing.line] = group
            listings.append(listing)
    for start in range(0, len(listings), CHUNK):
        _take(listings[start : start + CHUNK], reading, actor, taken, by_line)
    taken.faults.sort(key=lambda fault: fault.line)
    return taken


def _groups(rows: Sequence[Row], reading: Reading, taken: Taken) -> list[_Group]:
    """The readable rows by product: those that name one, those whose SKUs are variants of one, and each of the others by itself."""
    codes = {code for row in rows for code in columns.codes_in(reading.applier.apply(row.values or {}))}
    reading.known.update(definitions_by_code(codes - set(reading.known)))
    applier = reading.applier  # only now, because the definitions say in which columns numbers stand
    readable = []
    for row in rows:
        values = applier.apply(row.values or {})
        if row.values is None:
            taken.faults.append(RowFault(row.line, "", row.fault, {}))
        elif _sku(values) in reading.skus:
            taken.faults.append(RowFault(row.line, _sku(values), gettext(TWICE), row.values))
        else:
            readable.append((row.line, values, row.values))
    reading.skus.update(sku for _, values, _ in readable if (sku := _sku(values)))
    known = known_listings(reading.vendor_id, {_sku(values) for _, values, _ in readable})
    stored = {code for listing in known.values() for code in draft_of(listing.content).codes_used}
    reading.known.update(definitions_by_code(stored - set(reading.known)))
    groups: dict[object, _Group] = {}
    for line, values, cells in readable:
        listing = known.get(_sku(values))
        named = str(values.get("product") or "").strip()
        key = listing.code if listing is not None else named or line
        groups.setdefault(key, _Group(listing)).rows.append((line, values, cells))
    return list(groups.values())


def _sku(values: Mapping[str, Any]) -> str:
    sku = values.get("sku")
    return "" if sku is None or isinstance(sku, (dict, list)) else str(sku).strip()[:300]


def _complete(group: _Group, reading: Reading) -> list[tuple[int, dict[str, Any]]]:
    """The rows with what they do not say: columns that the file lacks keep their values, and so do variants."""
    if group.known is None:
        named = {"category": reading.mapping.category} if reading.mapping.category else {}
        return [(line, values if values.get("category") else values | named) for line, values, _ in group.rows]
    content = group.known.content
    stored = {
        row["sku"]: row for row in rows_of(content, product=group.known.code, category=reading.slugs.get(UUID(content["category_id"]), ""))
    }
    shared = {name: value for name, value in next(iter(stored.values())).items() if name in OF_PRODUCT}
    said = {_sku(values) for _, values, _ in group.rows}
    line, values, _ = group.rows[0]
    for _, sent, _ in group.rows:
        _check_priced_for(stored.get(_sku(sent), {}), sent)
    first = _over(shared | stored.get(_sku(values), {}), values)
    rows = [(line, first)]
    rows += [(line, _over(stored.get(_sku(values), shared), values)) for line, values, _ in group.rows[1:]]
    # Only what is a variant's own: the product's values are the file's.
    others = [{name: value for name, value in row.items() if name not in OF_PRODUCT} for sku, row in stored.items() if sku not in said]
    rows += [(line, other) for other in others]
    order = {sku: place for place, sku in enumerate(stored)}
    return _ordered(rows, order)


def _ordered(rows: list[tuple[int, dict[str, Any]]], order: Mapping[str, int]) -> list[tuple[int, dict[str, Any]]]:
    """The variants in the order that they have; the first row speaks for the product, so its values move with the place."""
    shared = {name: value for name, value in rows[0][1].items() if name in OF_PRODUCT or name.startswith(ATTRIBUTE)}
    line = rows[0][0]
    placed = sorted(rows, key=lambda row: order.get(_sku(row[1]), len(order)))
    first = placed[0][1]
    if placed[0] is rows[0]:
        return placed
    return [(line, shared | {name: value for name, value in first.items() if value not in (None, "")}), *placed[1:]]


def _named_skus(groups: Sequence[_Group], reading: Reading) -> set[str]:
    """Of the SKUs that the rows name as substitutes, those that the vendor has, or sends in the same file."""
    sent = {sku for group in groups for _, values, _ in group.rows for sku, _ in substitutes_of(values)}
    return own_skus(reading.vendor_id, sent) | (sent & reading.file_skus) if sent else sent


def _check_new_words(listing: Listing, group: _Group, named: set[str], known: Mapping[str, Definition]) -> None:
    """What a row newly says about days and other SKUs is as the form takes it; what stands already is left alone. Raises: RowRefused."""
    before = {variant.sku: variant for variant in draft_of(group.known.content).variants} if group.known else {}
    today = clock.now().date()
    faults = []
    for position, variant in enumerate(listing.draft.variants):
        old = before.get(variant.sku)
        kept = dict(old.substitutes) if old else {}
        unknown = [sku for sku, _ in variant.substitutes if sku not in named and sku not in kept]
        own = over_faults(variant.back_order_on, variant.last_time_buy_on, old, today)
        own += [Fault("substitutes", NO_SKU, {"sku": sku}) for sku in unknown]
        faults += [replace(fault, field=variant_field(position, fault.field)) for fault in own]
    if faults:  # with the rules that it breaks, so that it is corrected once
        rules = faults_of(listing.draft, known)
        raise RowRefused(*rules, *faults, skus=[variant.sku for variant in listing.draft.variants])


PRICED_FOR = lazy("This is priced per %(per)s. Say in a column “price_per” for how many the price of the file is.")


def _check_priced_for(stored: Mapping[str, Any], sent: Mapping[str, Any]) -> None:
    """A bare price of goods that are priced per 100 could be a hundred times too low or too high, so it is never guessed.

    Raises: RowRefused.
    """
    per = str(stored.get("price_per") or "1")
    if per != "1" and not sent.get("price_per") and any(sent.get(name) for name in _PRICES):
        raise RowRefused(Fault("price", PRICED_FOR, {"per": per}))


def _over(stored: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """A stored row with the file's values over it. A listing always has a title, a category and a price: empty cells there say nothing."""
    sent = {name: value for name, value in sent.items() if name not in NEVER_EMPTY or value not in (None, "", [])}
    row = dict(stored)
    if any(name in sent for name in _PRICES):
        row.pop("tiers", None)
    known = row.get("gtin")
    if known and codes.gtin_key(words.gtin(str(sent.get("gtin")))) == codes.gtin_key(known):
        sent["gtin"] = known  # the same number with another number of zeros before it
    for name, other in _TITLES.items():
        if name in sent:
            row.pop(other, None)
    said = {name.removeprefix(ATTRIBUTE) for name in sent if name.startswith(ATTRIBUTE) and not name.endswith(UNIT_SUFFIX)}
    for name in ("attributes", "variant_attributes"):
        row[name] = {code: kept for code, kept in row.get(name, {}).items() if code not in said}
    return row | sent


def _reviewed(listing: Listing, known: KnownListing, actor: Actor, taken: Taken) -> Listing:
    """Of a listing on sale, what the platform looks at first becomes a proposal; returns the rest, which is true at once.

    Raises: RowRefused. Source: review.py
    """
    ids = {variant["sku"]: UUID(variant["id"]) for variant in known.content["variants"]}
    draft = replace(listing.draft, variants=tuple(replace(v, id=ids.get(v.sku)) for v in listing.draft.variants))
    wanted = content_of(draft, known.content["currency"])
    if wanted == known.content:
        return listing
    now_live = review.at_once(known.content, wanted)
    if review.with_proposal(now_live, wanted) == now_live:
        return listing
    if known.proposal is None or _nameless(known.proposal) != _nameless(wanted):
        try:
            with db.session.begin_nested():
                edit_product(known.product_id, draft, version=known.version, actor=actor, proposal_id=known.proposal_id)
        except (ProductRefused, ProductIncomplete) as refused:
            raise RowRefused(*refused.faults, skus=[variant.sku for variant in draft.variants]) from refused
        except (EditedMeanwhile, SKUTaken) as refused:
            raise RowRefused(Fault("", MEANWHILE)) from refused
        # The bulk will find it as it should be.
        taken.proposed.add(listing.line)
    return replace(listing, draft=draft_of(now_live))


def _nameless(content: Mapping[str, Any]) -> dict[str, Any]:
    """A content without the ids of variants: one that is proposed has an id, one in a file has none."""
    return {**content, "variants": [{**variant, "id": None} for variant in content["variants"]]}


def _take(listings: Sequence[Listing], reading: Reading, actor: Actor, taken: Taken, by_line: Mapping[int, _Group]) -> None:
    """Give a chunk to the bulk. A value that the database cannot hold costs its rows, not the chunk."""
    if not listings:
        return
    try:
        with db.session.begin_nested():
            result = import_products(listings, actor=actor, source=reading.source, known=reading.known, heads=reading.heads)
    except UNHOLDABLE_ERRORS:
        if len(listings) == 1:
            taken.faults += by_line[listings[0].line].faults(gettext(UNHOLDABLE))
            return
        middle = len(listings) // 2
        _take(listings[:middle], reading, actor, taken, by_line)
        _take(listings[middle:], reading, actor, taken, by_line)
        return
    taken.made += result.made
    proposed = len(result.same & taken.proposed)
    taken.changed += result.changed + proposed
    taken.unchanged += result.unchanged - proposed
    for row in result.refused:
        taken.faults += _faults_of(row, by_line)


def _faults_of(row: Refused, by_line: Mapping[int, _Group]) -> list[RowFault]:
    return by_line[row.line].faults(row.reason, row.sku)
