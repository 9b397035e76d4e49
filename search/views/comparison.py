"""What stands side by side (columns of goods and of vendors) and in which rows. Unknown is a value of its own, never an empty cell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from marketplace.carts.ordering import stopped
from marketplace.catalogue import attributes
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.documents import KINDS
from marketplace.catalogue.quantities import to_shown
from marketplace.core import i18n
from marketplace.core.i18n import gettext
from marketplace.core.web import page_url
from marketplace.orders import queries as orders
from marketplace.pricing import queries as pricing
from marketplace.pricing.basket import Basket, PricedLine, VendorPart
from marketplace.pricing.landed import Landed, Share
from marketplace.pricing.resolution import Source
from reviews import queries as reviews
from reviews.scores import NO_SCORE
from search import queries
from search.queries import ShownVariant
from search.views.cells import Cell, Row, days_words, with_best
from search.views.hits import stock_words
from search.views.landed import rate_between, unit_cost, unit_price_words
from search.views.reader import Reader
from search.views.vendor_rows import rating_cell, score_row, vendor_rows


@dataclass(frozen=True, slots=True)
class Column:
    """One of the compared variants, with what its rows are made from: priced and landed alone, without the other columns."""

    found: ShownVariant
    quantity: int
    basket: Basket
    landed: Landed
    url: str | None
    vendor_url: str | None

    @property
    def variant_id(self) -> UUID:
        """Its id."""
        return self.found.line.variant_id

    @property
    def quantity_field(self) -> str:
        """The quantity as a form sends it, in display units."""
        return to_shown(self.quantity, self.found.line.display_factor)

    @property
    def part(self) -> VendorPart:
        """What its vendor would deliver."""
        return self.basket.parts[0]

    @property
    def line(self) -> PricedLine:
        """The line at the reader's own price."""
        return self.part.lines[0]

    @property
    def has_price(self) -> bool:
        """Whether the vendor states a price for this quantity."""
        return not any(problem.code == "no_price" for problem in self.basket.problems)

    @property
    def can_be_added(self) -> bool:
        """Whether it can go into the cart; a vendor's minimum or freight still to be asked for is the checkout's matter."""
        return not stopped(self.basket)


def columns_of(offers: Sequence[ShownVariant], who: Reader) -> list[Column]:
    """Offers at the reader's quantity and price."""
    known = frozenset(orders.vendors_ordered_from(who.company_id)) if who.company_id else frozenset()
    return [_column(found, who, known) for found in offers]


def _column(found: ShownVariant, who: Reader, known: frozenset[UUID]) -> Column:
    line = found.line
    quantity = line.rule.nearest_up(who.base_quantity(line.rule.minimum, line.display_factor))
    # Each on its own: freight of one vendor's goods must not be mixed with that of another column.
    wanted = [(line.variant_id, quantity)]
    landed = pricing.land_lines(wanted, buyer_id=who.company_id, ship_to=who.ship_to, known_vendors=known)
    return Column(
        found,
        quantity,
        landed.basket,
        landed.parts[0],
        page_url("catalogue.show_product", slug=line.product_slug, variant=line.sku),
        page_url("vendors.show_shop", slug=found.vendor.slug),
    )


def groups_of(columns: Sequence[Column], who: Reader) -> list[tuple[str, list[Row]]]:
    """(title, rows) of the whole comparison."""
    currency = {column.part.currency for column in columns}
    vendors = [column.found.vendor for column in columns]
    cost = gettext("Cost, %(currency)s", currency=next(iter(currency))) if len(currency) == 1 else gettext("Cost")
    return [
        (cost, _cost(columns, who)),
        (gettext("Supply"), _supply(columns)),
        (gettext("Product"), [*_attributes(columns), _documents(columns, who), _rating(columns)]),
        (gettext("Vendor"), [_shop(columns), *vendor_rows(vendors), score_row(vendors)]),
    ]


def _row(title: str, columns: Sequence[Column], cell: Callable[[Column], Cell]) -> Row:
    return Row(title, tuple(cell(column) for column in columns))


def _sum(minor: int | None, currency: str, who: Reader, note: str | None = None) -> Cell:
    """A sum in the reader's currency where there is a rate, with the vendor's own below; None is unknown."""
    if minor is None:
        return Cell(None, note, is_number=True)
    own = i18n.money(minor, currency)
    about = pricing.indicative(minor, currency, to=who.currency)
    if about is None:
        return Cell(own, note, key=minor if currency == who.currency else None, is_number=True)
    return Cell(f"≈ {i18n.money(about.amount_minor, who.currency)}", own, key=about.amount_minor, is_number=True)


def _cost(columns: Sequence[Column], who: Reader) -> list[Row]:
    rates, is_told = pricing.rates(), not are_alike(columns)
    return [
        _row(gettext("At quantity"), columns, _quantity),
        _row(gettext("Unit price"), columns, lambda column: _unit_price(column, who, rates)),
        _row(gettext("Goods"), columns, _goods),
        _row(gettext("Freight to %(place)s", place=i18n.country(who.ship_to)), columns, _freight),
        _row(gettext("Tax"), columns, _tax),
        _best_of_alike(_row(gettext("Total"), columns, lambda column: _total(column, who)), columns),
        _row(gettext("Duty, estimated"), columns, lambda column: _share(column, column.landed.duty)),
        _row(gettext("Tax that you do not get back"), columns, lambda column: _share(column, column.landed.tax)),
        _best_of_alike(_row(gettext("Landed cost"), columns, lambda column: _landed(column, who)), columns),
        _best_of_units(
            _row(gettext("Landed cost of one"), columns, lambda column: _landed_each(column, who, rates, is_told=is_told)), columns
        ),
        _row(gettext("Price at next tier"), columns, lambda column: _next_tier(column, who, rates)),
    ]


def are_alike(columns: Sequence[Column]) -> bool:
    """Whether all are of the same quantity; a vendor's minimum can make one larger than what was asked for."""
    return len({(column.quantity, column.found.line.display_unit, column.found.line.display_factor) for column in columns}) <= 1


def _best_of_alike(row: Row, columns: Sequence[Column]) -> Row:
    """The best sum is marked only where all are of the same quantity: 100 pieces cost less than 2,000, and are no better offer."""
    return with_best(row) if are_alike(columns) else row


def _best_of_units(row: Row, columns: Sequence[Column]) -> Row:
    """The best price is marked only where all are sold in the same unit: a metre and a piece have no order."""
    return with_best(row) if len({(c.found.line.display_unit, c.found.line.display_factor) for c in columns}) == 1 else row


def _quantity_words(column: Column) -> str:
    line = column.found.line
    return i18n.quantity(column.quantity, line.display_unit, display_factor=line.display_factor)


def _quantity(column: Column) -> Cell:
    return Cell(_quantity_words(column), is_number=True)


def _unit_price(column: Column, who: Reader, rates: Mapping[str, pricing.Rate]) -> Cell:
    line = column.line
    if not column.has_price:
        return Cell(None, is_number=True)
    unit = i18n.unit_name(line.display_unit, plural=False)

    def words(micro: int, currency: str) -> str:
        price = i18n.unit_price(micro, line.price_per, currency, display_factor=line.display_factor)
        return gettext("%(price)s %(currency)s per %(unit)s", price=price, currency=currency, unit=unit)

    own = words(line.unit_price_micro, line.currency)
    note = gettext("your price") if line.price_source != Source.PUBLIC_TIER else None
    about = _about(line.unit_price_micro, line.currency, who, rates)
    if about is None:
        return Cell(own, note, is_number=True)
    return Cell(f"≈ {words(about, who.currency)}", own if note is None else f"{own}, {note}", is_number=True)


def _about(micro: int, currency: str, who: Reader, rates: Mapping[str, pricing.Rate]) -> int | None:
    """A price in the reader's currency; None where it is that of the price, or there is no rate."""
    return None if currency == who.currency else pricing.indicative_micro(micro, currency, to=who.currency, known=rates)


def _goods(column: Column) -> Cell:
    return Cell(i18n.money(column.part.goods_minor, column.part.currency) if column.has_price else None, is_number=True)


def _freight(column: Column) -> Cell:
    return Cell(i18n.money(column.part.freight_minor, column.part.currency) if column.part.freight else None, is_number=True)


def _is_taxed(column: Column) -> bool:
    """Whether price, freight and tax of an offer are all known."""
    return column.has_price and column.part.is_whole


def _tax(column: Column) -> Cell:
    return Cell(i18n.money(column.part.tax_minor, column.part.currency) if _is_taxed(column) else None, is_number=True)


def _total(column: Column, who: Reader) -> Cell:
    return _sum(column.part.total_minor if _is_taxed(column) else None, column.part.currency, who)


def _share(column: Column, part: Share) -> Cell:
    minor = part.amount_minor if column.has_price else None
    return Cell(None if minor is None else i18n.money(minor, column.landed.currency), part.text, is_number=True)


def _landed(column: Column, who: Reader) -> Cell:
    found = column.landed
    minor = found.total_minor if column.has_price else None
    is_open = column.has_price and minor is None
    least = gettext("at least %(sum)s", sum=i18n.money(found.known_minor, found.currency)) if is_open else None
    return _sum(minor, found.currency, who, least)


def _landed_each(column: Column, who: Reader, rates: Mapping[str, pricing.Rate], *, is_told: bool) -> Cell:
    """What one shown unit costs with everything, at the quantity that would be bought of it, which is said where quantities differ."""
    line, found = column.found.line, column.landed
    cost = unit_cost(column.line, found, column.quantity) if column.has_price else None
    if cost is None:
        return Cell(None, is_number=True)
    rate = rate_between(found.currency, who.currency, rates)
    amount, currency = (cost, found.currency) if rate is None else (cost * rate, who.currency)
    price, unit = unit_price_words(amount), i18n.unit_name(line.display_unit, plural=False)
    said = gettext("%(price)s %(currency)s per %(unit)s", price=price, currency=currency, unit=unit)
    note = gettext("when you buy %(quantity)s", quantity=_quantity_words(column)) if is_told else None
    key = None if rate is None else float(round(amount, 4))
    return Cell(said if currency == found.currency else f"≈ {said}", note, key=key, is_number=True)


def _next_tier(column: Column, who: Reader, rates: Mapping[str, pricing.Rate]) -> Cell:
    """What more would cost, in the reader's currency where there is a rate, with the vendor's own below."""
    line = column.line
    if not column.has_price:
        return Cell(None, is_number=True)
    if line.next_tier is None:  # the price of this quantity is the last one
        return Cell(None, is_number=True, cannot_be=True)
    start, micro = line.next_tier
    more = i18n.quantity(start, line.display_unit, display_factor=line.display_factor)

    def words(micro: int, currency: str) -> str:
        return f"{i18n.unit_price(micro, line.price_per, currency, display_factor=line.display_factor)}{i18n.NBSP}{currency}"

    own, about = words(micro, line.currency), _about(micro, line.currency, who, rates)
    said = own if about is None else f"≈ {words(about, who.currency)}"
    return Cell(gettext("%(price)s from %(quantity)s", price=said, quantity=more), None if about is None else own, is_number=True)


def _supply(columns: Sequence[Column]) -> list[Row]:
    def arrives(column: Column) -> Cell:
        day: date | None = column.basket.parts[0].lines[0].arrives_on
        return Cell(i18n.day(day) if day else None, key=day.toordinal() if day else None)

    def lead(column: Column) -> Cell:
        line = column.found.line
        return Cell(gettext("Not enough in stock") if line.is_short(column.quantity) else days_words(line.lead_days(column.quantity)))

    def stock(column: Column) -> Cell:
        return Cell(stock_words(column.found) or gettext("Made to order"))

    def minimum(column: Column) -> Cell:
        line = column.found.line
        written = i18n.quantity(line.rule.minimum, line.display_unit, display_factor=line.display_factor)
        step = i18n.quantity(line.rule.increment, line.display_unit, display_factor=line.display_factor)
        return Cell(gettext("%(minimum)s, in steps of %(step)s", minimum=written, step=step) if line.rule.increment > 1 else written)

    def refusal(column: Column) -> Cell:
        problems = column.basket.problems
        return Cell(" ".join(problem.text for problem in problems) if problems else gettext("Yes"))

    return [
        with_best(_row(gettext("Arrives by"), columns, arrives)),
        _row(gettext("Lead time"), columns, lead),
        _row(gettext("Stock"), columns, stock),
        _row(gettext("Minimum order"), columns, minimum),
        _row(gettext("Can be ordered now"), columns, refusal),
    ]


def _attributes(columns: Sequence[Column]) -> list[Row]:
    values = queries.attributes_of([column.variant_id for column in columns])
    codes = list(dict.fromkeys(code for column in columns for code in values.get(column.variant_id, {})))
    known = catalogue.definitions_by_code(codes)
    of_category = {category: catalogue.asked_by_category(category) for category in dict.fromkeys(c.found.line.category_id for c in columns)}
    asked = [d for definitions in of_category.values() for d in definitions]
    codes_of = {category: {d.code for d in definitions} for category, definitions in of_category.items()}
    order = [d.code for d in asked]
    # What the desk leaves out of comparisons, unless another of the categories compares by it.
    left_out = {d.code for d in asked if not d.is_comparable} - {d.code for d in asked if d.is_comparable}
    codes = sorted((c for c in codes if c not in left_out), key=lambda code: (order.index(code) if code in order else len(order), code))
    return [
        _row(
            i18n.text(dict(known[code].name)),
            columns,
            lambda column, code=code: _attribute_cell(  # type: ignore[misc]
                known[code], values.get(column.variant_id, {}).get(code), is_asked=code in codes_of[column.found.line.category_id]
            ),
        )
        for code in codes
        if code in known
    ]


def _attribute_cell(definition: Definition, stored: Mapping[str, Any] | None, *, is_asked: bool) -> Cell:
    """A value; without one, what the category asks for is unknown, and what it does not know cannot be."""
    if stored is not None:
        return Cell(attributes.shown(definition, stored))
    return Cell(None, cannot_be=not is_asked)


def _documents(columns: Sequence[Column], who: Reader) -> Row:
    """Which kinds of documents there are, and which of those that another column has are missing."""
    kinds = [
        {document.kind for document in catalogue.documents_of(line.product_id, vendor_id=line.vendor_id, company_id=who.company_id)}
        for line in (column.found.line for column in columns)
    ]
    known = [kind for kind in KINDS if any(kind in own for own in kinds)]

    def words(wanted: Sequence[str]) -> str:
        return gettext("; ").join(gettext(KINDS[kind]) for kind in wanted)

    def cell(own: set[str]) -> Cell:
        here, missing = [kind for kind in known if kind in own], [kind for kind in known if kind not in own]
        return Cell(words(here) if here else gettext("None"), gettext("missing: %(kinds)s", kinds=words(missing)) if missing else None)

    return Row(gettext("Documents"), tuple(cell(own) for own in kinds))


def _shop(columns: Sequence[Column]) -> Row:
    return Row(gettext("Shop"), tuple(Cell(column.found.vendor.name, url=column.vendor_url) for column in columns))


def _rating(columns: Sequence[Column]) -> Row:
    """The rating of each product; the vendor's, over all its goods, stands with what is said of the vendor."""
    scores = reviews.score_of_products([column.found.line.product_id for column in columns if column.found.line.is_reviewed])
    return with_best(
        Row(gettext("Rating"), tuple(rating_cell(scores.get(column.found.line.product_id, NO_SCORE)) for column in columns)), highest=True
    )
