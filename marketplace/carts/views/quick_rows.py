"""The rows of a quick order: what was written, which goods it means, what they cost the reader, and what is wrong."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from marketplace.carts.ordering import Refusal, stopped
from marketplace.carts.pasting import PastedRow, Reading, read_quantity, readings
from marketplace.carts.quantities import QuantityProblem, check_quantity, in_base_units
from marketplace.carts.wording import quantity_message
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.queries import LineVariant
from marketplace.core import i18n
from marketplace.core.audit import Viewer
from marketplace.core.i18n import gettext
from marketplace.core.ids import parse_id
from marketplace.pricing import queries as pricing
from marketplace.pricing.basket import PricedLine
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
            number = read_quantity(self.quantity)
            return (Reading(self.text, number), *(Reading(each.code, number) for each in readings(self.text)))
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

    @property
    def is_ready(self) -> bool:
        """Whether it can be ordered as it stands."""
        return self.base is not None and self.problem is None

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

    def wanted(self) -> dict[UUID, Decimal]:
        """Shown units by variant; two rows of the same goods are added up."""
        wanted: dict[UUID, Decimal] = {}
        for row in self.ready:
            if row.chosen is not None:
                wanted[row.chosen.line.variant_id] = wanted.get(row.chosen.line.variant_id, Decimal(0)) + row.shown_quantity
        return wanted

    def without_added(self, refused: Mapping[UUID, str]) -> "QuickOrder":
        """The rows that did not go into the cart: those that were not ready, and those that it refused (variant → why)."""
        left = []
        for row in self.rows:
            why = refused.get(row.chosen.line.variant_id) if row.is_ready and row.chosen else None
            if not row.is_ready or why is not None:
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
    bearers, is_down = _bearers({form for each in forms.values() for form in each}, forms, keys)
    seen = {found.line.variant_id: found for found in queries.shown_variants(_ids(bearers), keys=keys)}
    rows = [_found(row, forms, bearers, seen) for row in written]
    return QuickOrder(tuple(_priced(rows, viewer=viewer, ship_to=ship_to)), is_down)


def _ids(bearers: Mapping[str, Sequence[UUID]]) -> list[UUID]:
    return list(dict.fromkeys(variant_id for each in bearers.values() for variant_id in each))


def _bearers(wanted: set[str], written: Iterable[str], keys: frozenset[str]) -> tuple[dict[str, list[UUID]], bool]:
    """Normal form → variants; and whether the index was away."""
    if not wanted:
        return {}, False
    try:
        plan = looking_up.plan_for(wanted, visibility=keys, vendors=queries.seen_vendors().ids)
        return looking_up.bearers(queries.codes_of(hit.variant_id for hit in index.find(plan).hits)), False
    except SearchUnavailable:
        return looking_up.bearers(queries.codes_of(queries.variants_with_skus(written))), True


def _found(
    row: Written, forms: Mapping[str, Sequence[str]], bearers: Mapping[str, Sequence[UUID]], seen: Mapping[UUID, ShownVariant]
) -> QuickRow:
    """The first reading whose code is known; where none is, the row as it was written."""
    ways = row.ways
    for way in ways:
        ids = dict.fromkeys(variant_id for form in forms.get(way.code, ()) for variant_id in bearers.get(form, ()))
        options = tuple(seen[variant_id] for variant_id in ids if variant_id in seen)
        if options:
            return _chosen(row, way, options)
    likeliest = ways[0] if ways else Reading(row.text, None)
    quantity = row.quantity or (_field(likeliest.quantity) if likeliest.quantity is not None else "")
    text = row.text if row.quantity else likeliest.code
    return QuickRow(text, quantity, problem=gettext("No goods that are open to you bear this code. Correct it, or search for the goods."))


def _chosen(row: Written, way: Reading, options: tuple[ShownVariant, ...]) -> QuickRow:
    chosen = options[0] if len(options) == 1 else next((each for each in options if each.line.variant_id == row.variant_id), None)
    quantity = row.quantity or (_field(way.quantity) if way.quantity is not None else "")
    found = QuickRow(way.code, quantity, options, chosen)
    if chosen is None:
        return replace(found, problem=gettext("Several goods bear this code: choose one."))
    if not quantity and way.is_unclear:
        # The whole line stays, so that it is not taken for one without a quantity when it is read again.
        return replace(found, code=row.text, problem=gettext("It is not clear how much you want: write the quantity."))
    if not quantity:
        base = chosen.line.rule.minimum
        return replace(found, quantity=_field(Decimal(base) / chosen.line.display_factor), base=base, is_minimum=True)
    if way.quantity is None:
        return replace(found, problem=gettext("Write a number, such as 12.50."))
    if way.quantity <= 0:
        return replace(found, problem=gettext("Write a quantity above zero."))
    return _counted(found, way.quantity, chosen.line)


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
        if row.chosen is not None:
            variant_id, base = row.chosen.line.variant_id, row.base or row.chosen.line.rule.minimum
            totals[variant_id] = totals.get(variant_id, 0) + base if row.base else totals.get(variant_id, base)
    basket = pricing.price_lines(list(totals.items()), buyer_id=viewer.company_id, ship_to=ship_to)
    currencies = {line.variant_id: part.currency for part in basket.parts for line in part.lines}
    leading = _leading_currency(rows, currencies)
    if leading and leading != basket.currency:
        # The first line gives a cart its currency: one odd row on top of a list must not refuse all others.
        totals = dict(sorted(totals.items(), key=lambda line: currencies.get(line[0]) != leading))
        basket = pricing.price_lines(list(totals.items()), buyer_id=viewer.company_id, ship_to=ship_to)
    prices, refused = {line.variant_id: line for line in basket.lines}, stopped(basket)
    if refused:
        # What cannot be ordered is not shipped: a million pieces too many must not take the day of arrival from the others.
        kept = [(variant_id, base) for variant_id, base in totals.items() if variant_id not in refused]
        rest = pricing.price_lines(kept, buyer_id=viewer.company_id, ship_to=ship_to)
        prices |= {line.variant_id: line for line in rest.lines}
    return [_with_price(row, prices, refused) for row in rows]


def _leading_currency(rows: Sequence[QuickRow], currencies: Mapping[UUID, str]) -> str | None:
    """The currency in which most of the ready rows can be ordered, of equals the first; None where no row is ready."""
    ready = [
        currencies[row.chosen.line.variant_id] for row in rows if row.is_ready and row.chosen and row.chosen.line.variant_id in currencies
    ]
    return Counter(ready).most_common(1)[0][0] if ready else None


def _with_price(row: QuickRow, prices: Mapping[UUID, PricedLine], refused: Mapping[UUID, Refusal]) -> QuickRow:
    if row.chosen is None:
        return row
    variant_id = row.chosen.line.variant_id
    why = refused.get(variant_id)
    problem = row.problem or (refusal_words(why, row.chosen.line) if why is not None else None)
    return replace(row, priced=prices.get(variant_id), problem=problem)


def refusal_words(why: Refusal, line: LineVariant) -> str:
    """Why goods do not go into a cart, with what would be right."""
    if isinstance(why, QuantityProblem):
        return quantity_message(why, line.rule, display_unit=line.display_unit, display_factor=line.display_factor)
    return why.text


def _field(number: Decimal) -> str:
    return f"{number.normalize():,f}"


def option_words(found: ShownVariant) -> str:
    """A variant among several that bear a code: vendor, SKU, what it is."""
    return gettext("%(vendor)s, %(sku)s, %(title)s", vendor=found.vendor.name, sku=found.line.sku, title=i18n.text(found.line.title))
