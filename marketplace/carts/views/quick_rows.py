"""The rows of a quick order: what was written, which goods it means, what they cost the reader, and what is wrong."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from marketplace.carts import queries as carts
from marketplace.carts.ordering import Refusal, priced_beside
from marketplace.carts.pasting import Figure, PastedRow, Reading, read_quantity, readings
from marketplace.carts.quantities import QuantityProblem, check_quantity, in_base_units
from marketplace.carts.wording import quantity_message
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.queries import LineVariant
from marketplace.core import i18n
from marketplace.core.audit import Viewer
from marketplace.core.i18n import gettext
from marketplace.core.ids import parse_id
from marketplace.pricing import queries as pricing
from marketplace.pricing.basket import PricedLine, Problem
from search import index, looking_up, queries
from search.errors import SearchUnavailable
from search.queries import ShownVariant


@dataclass(frozen=True, slots=True)
class Written:
    """A row as it stands in the form: `variant_id` is the chosen one of several."""

    text: str
    quantity: str = ""
    variant_id: UUID | None = None
    read: tuple[Reading, ...] = ()
    """How the pasted line was read while its cells still stood apart."""

    @property
    def ways(self) -> tuple[Reading, ...]:
        """How the text may be read. A quantity of its own leaves the text to the code."""
        if self.quantity.strip():
            figure = read_quantity(self.quantity)
            return (Reading(self.text, figure), *(Reading(each.code, figure) for each in readings(self.text)))
        return self.read or readings(self.text)


@dataclass(frozen=True, slots=True)
class QuickRow:
    """A row of the result. `base` None: it cannot go into the cart or a list as it is; `problem` says why."""

    code: str
    quantity: str
    options: tuple[ShownVariant, ...] = ()
    chosen: ShownVariant | None = None
    base: int | None = None
    priced: PricedLine | None = None
    problem: str | None = None
    is_minimum: bool = False
    """No quantity was written, so the least that is sold stands there."""
    is_apart: bool = False
    """Only the cart's currency stands in the way: a list takes it all the same."""
    read_as: str | None = None
    """How a quantity was read that could mean another one too."""

    @property
    def is_ready(self) -> bool:
        """Whether it can be ordered as it stands."""
        return self.base is not None and self.problem is None

    @property
    def kind(self) -> str:
        """`ready`, `apart` (in another currency), `lost` (no goods found), `choose` (one of several) or `mend`."""
        if self.is_ready or self.is_apart:
            return "apart" if self.is_apart else "ready"
        if not self.options:
            return "lost"
        return "mend" if self.chosen else "choose"

    @property
    def shown_quantity(self) -> Decimal:
        """The quantity in shown units; only of a ready row."""
        if self.base is None or self.chosen is None:
            raise ValueError("a row that is not ready")
        return Decimal(self.base) / self.chosen.line.display_factor


@dataclass(frozen=True, slots=True)
class QuickOrder:
    """All rows, and whether the index answered; without it only SKUs in exactly their own spelling are found."""

    rows: tuple[QuickRow, ...]
    is_search_down: bool

    @property
    def ready(self) -> tuple[QuickRow, ...]:
        """Rows that can be ordered."""
        return tuple(row for row in self.rows if row.is_ready)

    def places(self, kind: str) -> list[tuple[int, QuickRow]]:
        """(number on the page, row) of the rows of a kind, or that could be read in two ways (`read`)."""
        return [(n, row) for n, row in enumerate(self.rows) if (row.read_as is not None if kind == "read" else row.kind == kind)]

    @property
    def currency(self) -> str:
        """The currency of everything that can be ordered; empty where nothing can."""
        return next((row.priced.currency for row in self.ready if row.priced), "")

    @property
    def goods_minor(self) -> int:
        """What everything that can be ordered costs, without freight and tax. Rows of the same goods are priced together."""
        return sum({row.priced.variant_id: row.priced.goods_minor for row in self.ready if row.priced}.values())

    def held_back(self) -> "QuickOrder":
        """The same where nothing may go on as it was read in one of two ways before the buyer has seen in which."""

        def held(row: QuickRow) -> QuickRow:
            return row if row.read_as is None else replace(row, problem=row.problem or row.read_as, is_apart=False, read_as=None)

        return replace(self, rows=tuple(map(held, self.rows)))

    @property
    def for_list(self) -> tuple[QuickRow, ...]:
        """Rows that a list takes: those that can be ordered, now or apart."""
        return tuple(row for row in self.rows if row.is_ready or row.is_apart)

    def wanted(self, rows: Sequence[QuickRow]) -> dict[UUID, Decimal]:
        """Shown units by variant; two rows of the same goods are added up."""
        wanted: dict[UUID, Decimal] = {}
        for row in rows:
            if row.chosen is not None:
                wanted[row.chosen.line.variant_id] = wanted.get(row.chosen.line.variant_id, Decimal(0)) + row.shown_quantity
        return wanted

    def without(self, sent: Sequence[QuickRow], refused: Mapping[UUID, str]) -> "QuickOrder":
        """The rows that stay: those that were not among the `sent`, and those of them that were refused (variant → why)."""
        gone, left = {id(row) for row in sent}, []
        for row in self.rows:
            why = refused.get(row.chosen.line.variant_id) if id(row) in gone and row.chosen else None
            if id(row) not in gone or why is not None:
                left.append(row if why is None else replace(row, problem=why))
        return QuickOrder(tuple(left), self.is_search_down)


def from_pasted(rows: Iterable[PastedRow]) -> list[Written]:
    """Pasted lines as rows of the form."""
    return [Written(row.text, read=row.readings) for row in rows]


def chosen_id(text: str) -> UUID | None:
    """The variant that a select names; None for nothing or nonsense."""
    return parse_id(text) if text else None


def resolve(written: Sequence[Written], *, viewer: Viewer, ship_to: str) -> QuickOrder:
    """Find the goods of every row and price them together at the reader's own price: a few statements for any number of rows."""
    keys = catalogue.keys_of(viewer.company_id, ship_to) | pricing.segment_keys(viewer.company_id)
    forms = looking_up.forms_of(way.code for row in written for way in row.ways)
    codes, is_down = _codes({form for each in forms.values() for form in each}, forms, keys)
    bearers, pointed = looking_up.bearers(codes), looking_up.by_points(codes)
    seen = {found.line.variant_id: found for found in queries.shown_variants(_ids(bearers), keys=keys)}
    rows = [_found(row, forms, bearers, pointed, seen) for row in written]
    return QuickOrder(tuple(_priced(rows, viewer=viewer, ship_to=ship_to)), is_down)


def _ids(bearers: Mapping[str, Sequence[UUID]]) -> list[UUID]:
    return list(dict.fromkeys(variant_id for each in bearers.values() for variant_id in each))


def _codes(wanted: set[str], written: Iterable[str], keys: frozenset[str]) -> tuple[Mapping[UUID, Iterable[str]], bool]:
    """The codes of every variant that bears a wanted form; and whether the index was away."""
    if not wanted:
        return {}, False
    try:
        plan = looking_up.plan_for(wanted, visibility=keys, vendors=queries.seen_vendors().ids)
        return queries.codes_of(hit.variant_id for hit in index.find(plan).hits), False
    except SearchUnavailable:
        return queries.codes_of(queries.variants_with_skus(written)), True


def _found(
    row: Written,
    forms: Mapping[str, Sequence[str]],
    bearers: Mapping[str, Sequence[UUID]],
    pointed: Mapping[str, Collection[UUID]],
    seen: Mapping[UUID, ShownVariant],
) -> QuickRow:
    """The first reading whose code is known; where none is, the row as it was written.

    Of several goods that bear a code in any spelling, the only one that bears it with these points between its figures is meant.
    """
    ways = row.ways
    for way in ways:
        ids = dict.fromkeys(variant_id for form in forms.get(way.code, ()) for variant_id in bearers.get(form, ()))
        options = tuple(seen[variant_id] for variant_id in ids if variant_id in seen)
        if options:
            same = pointed.get(looking_up.pointed(way.code), ()) if looking_up.tells_points(way.code) else ()
            meant = tuple(each for each in options if each.line.variant_id in same)
            return _chosen(row, way, meant if len(meant) == 1 else options)
    likeliest = ways[0] if ways else Reading(row.text, None)
    quantity = row.quantity or _written(likeliest.figure)
    text = row.text if row.quantity else likeliest.code
    return QuickRow(text, quantity, problem=gettext("No goods that are open to you bear this code. Correct it, or search for the goods."))


def _chosen(row: Written, way: Reading, options: tuple[ShownVariant, ...]) -> QuickRow:
    chosen = options[0] if len(options) == 1 else next((each for each in options if each.line.variant_id == row.variant_id), None)
    quantity = row.quantity or _written(way.figure)
    found = QuickRow(way.code, quantity, options, chosen)
    if chosen is None:
        return replace(found, problem=gettext("Several goods bear this code: choose one."))
    if not quantity and way.is_unclear:
        # The whole line stays, so that it is not taken for one without a quantity when it is read again.
        return replace(found, code=row.text, problem=gettext("It is not clear how much you want: write the quantity."))
    if not quantity:
        base = chosen.line.rule.minimum
        return replace(found, quantity=i18n.in_field(Decimal(base) / chosen.line.display_factor), base=base, is_minimum=True)
    if way.figure is None:
        return replace(found, problem=gettext("Write a number, such as 12.50."))
    if way.figure.number <= 0:
        return replace(found, problem=gettext("Write a quantity above zero."))
    return _counted(*_understood(found, way.figure, chosen.line), chosen.line)


def _understood(found: QuickRow, figure: Figure, line: LineVariant) -> tuple[QuickRow, Decimal]:
    """What a figure means for these goods. Where it could mean another quantity too, the row says how it was read, and its field shows it.

    Goods that are counted go by the thousand, those that are measured by the signs of every form. A comma before three figures is a
    thousand in both, so it is told only where a part would be usual.
    """
    is_counted = line.display_factor == 1
    number = figure.of_counted if is_counted else figure.number
    if figure.other is None or (is_counted and number == figure.number):
        return found, number
    other = figure.number if is_counted else figure.other

    def shown(each: Decimal) -> str:
        return f"{i18n.number(each)} {i18n.unit_name(line.display_unit)}"

    said = gettext(
        "“%(written)s” is read as %(number)s, not %(other)s.", written=figure.written, number=shown(number), other=i18n.number(other)
    )
    return replace(found, quantity=i18n.in_field(number), read_as=said), number


def _counted(found: QuickRow, number: Decimal, line: LineVariant) -> QuickRow:
    base = in_base_units(number, display_factor=line.display_factor)
    problem = base if isinstance(base, QuantityProblem) else check_quantity(base, line.rule, display_factor=line.display_factor)
    if problem is not None:
        return replace(
            found, problem=quantity_message(problem, line.rule, display_unit=line.display_unit, display_factor=line.display_factor)
        )
    return replace(found, base=int(number * line.display_factor))


def _priced(rows: Sequence[QuickRow], *, viewer: Viewer, ship_to: str) -> list[QuickRow]:
    totals: dict[UUID, int] = {}
    for row in rows:
        if row.chosen is not None and row.base:
            totals[row.chosen.line.variant_id] = totals.get(row.chosen.line.variant_id, 0) + row.base
    for row in rows:  # what is not ready shows what its minimum costs
        if row.chosen is not None:
            totals.setdefault(row.chosen.line.variant_id, row.chosen.line.rule.minimum)
    ready = [row.chosen.line.variant_id for row in rows if row.is_ready and row.chosen]
    first = carts.find_first_line(viewer.company_id, viewer.person_id)
    prices, refused = priced_beside(first, list(totals.items()), ready=ready, buyer_id=viewer.company_id, ship_to=ship_to)
    return [_with_price(row, prices, refused) for row in rows]


def _with_price(row: QuickRow, prices: Mapping[UUID, PricedLine], refused: Mapping[UUID, Refusal]) -> QuickRow:
    if row.chosen is None:
        return row
    variant_id = row.chosen.line.variant_id
    why = refused.get(variant_id)
    problem = row.problem or (refusal_words(why, row.chosen.line) if why is not None else None)
    is_apart = isinstance(why, Problem) and why.code == "other_currency" and row.is_ready
    return replace(row, priced=prices.get(variant_id), problem=problem, is_apart=is_apart)


def refusal_words(why: Refusal, line: LineVariant) -> str:
    """Why goods do not go into a cart, with what would be right."""
    if isinstance(why, QuantityProblem):
        return quantity_message(why, line.rule, display_unit=line.display_unit, display_factor=line.display_factor)
    if why.code == "other_currency":  # in many rows at once, so shorter than in a cart
        return gettext(
            "Sold in %(currency)s. One order is in one currency, here %(cart)s.", currency=why.facts["currency"], cart=why.facts["cart"]
        )
    return why.text


def _written(figure: Figure | None) -> str:
    """A quantity before its goods are known: it stays as written where it can be read in two ways."""
    return "" if figure is None else figure.written or i18n.in_field(figure.number)


def option_words(found: ShownVariant) -> str:
    """A variant among several that bear a code: vendor, SKU, what it is."""
    return gettext("%(vendor)s, %(sku)s, %(title)s", vendor=found.vendor.name, sku=found.line.sku, title=i18n.text(found.line.title))
