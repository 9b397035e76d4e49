"""Up to six variants side by side, at my quantity and to my place. Works by links and a form alone; unknown is shown as unknown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from flask import render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import attributes
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.quantities import to_shown
from marketplace.core import i18n, policy
from marketplace.core.i18n import gettext
from marketplace.core.web import current_viewer, page_url, public
from marketplace.pricing import queries as pricing
from marketplace.pricing.basket import Basket
from reviews import queries as reviews
from reviews.scores import NO_SCORE
from search import queries
from search.queries import ShownVariant
from search.schemas import CompareInput
from search.views.blueprint import bp
from search.views.hits import Offer, offer_of, stock_words
from search.views.reader import Reader, reader


@dataclass(frozen=True, slots=True)
class Cell:
    """What one column says in one row; `text` None is unknown. `key` is what it is compared by."""

    text: str | None
    note: str | None = None
    key: object = None
    is_number: bool = False
    is_best: bool = False
    level: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A fact of every column."""

    title: str
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        """Whether the columns do not all say the same."""
        return len({cell.text for cell in self.cells}) > 1


@dataclass(frozen=True, slots=True)
class Column:
    """One of the compared variants, with what its rows are made from."""

    found: ShownVariant
    quantity: int
    offer: Offer | None
    basket: Basket
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
    def can_be_ordered(self) -> bool:
        """Whether nothing of its own stands in the way."""
        return self.offer is not None and not self.basket.problems


@bp.get("/compare")
@public
def compare() -> str:
    """Side by side. What is not visible to the reader, or is gone, is left out and said."""
    asked, who, viewer = CompareInput.read(request.args), reader(), current_viewer()
    limit = policy.current().compare_limit
    kept = asked.kept[:limit]
    columns = [_column(found, who) for found in queries.shown_variants(kept, keys=who.keys)]
    groups = _groups(columns, who) if columns else []
    if asked.differ:
        groups = [(title, [row for row in rows if row.differs]) for title, rows in groups]
    return render_template(
        "search/compare.html",
        columns=columns,
        groups=[(title, rows) for title, rows in groups if rows],
        reader=who,
        asked=asked,
        limit=limit,
        gone=len(kept) - len(columns),
        too_many=len(asked.kept) - len(kept),
        search_url=page_url("search.results"),
        add_url=page_url("carts.add_line") if viewer and viewer.can(Permission.CART_EDIT) else None,
    )


def _column(found: ShownVariant, who: Reader) -> Column:
    line = found.line
    quantity = line.rule.nearest_up(who.base_quantity(line.rule.minimum, line.display_factor))
    # Each on its own: freight of one vendor's goods must not be mixed with that of another column.
    basket = pricing.price_lines([(line.variant_id, quantity)], buyer_id=who.company_id, ship_to=who.ship_to)
    return Column(
        found,
        quantity,
        offer_of(found, quantity, who, pricing.rates()),
        basket,
        page_url("catalogue.show_product", slug=line.product_slug, variant=line.sku),
        page_url("vendors.show_shop", slug=found.vendor.slug),
    )


def _groups(columns: Sequence[Column], who: Reader) -> list[tuple[str, list[Row]]]:
    currency = {column.found.vendor.currency for column in columns}
    cost = gettext("Cost, %(currency)s", currency=next(iter(currency))) if len(currency) == 1 else gettext("Cost")
    return [
        (cost, _cost(columns, who)),
        (gettext("Supply"), _supply(columns)),
        (gettext("Attributes"), _attributes(columns)),
        (gettext("Vendor"), _vendor(columns)),
    ]


def _row(title: str, columns: Sequence[Column], cell: Callable[[Column], Cell]) -> Row:
    return Row(title, tuple(cell(column) for column in columns))


def _with_best(row: Row, *, highest: bool = False) -> Row:
    """Mark the best of a row: only where every key is known and they differ."""
    keys = [cell.key for cell in row.cells]
    known = [key for key in keys if isinstance(key, int | float)]
    if len(known) < 2 or len(known) < len(keys) or len(set(known)) == 1:
        return row
    best = max(known) if highest else min(known)
    return Row(
        row.title,
        tuple(replace(cell, is_best=cell.key == best) for cell in row.cells),
    )


def _cost(columns: Sequence[Column], who: Reader) -> list[Row]:
    def quantity(column: Column) -> Cell:
        line = column.found.line
        return Cell(i18n.quantity(column.quantity, line.display_unit, display_factor=line.display_factor), is_number=True)

    def unit_price(column: Column) -> Cell:
        offer = column.offer
        if offer is None:
            return Cell(None, is_number=True)
        own = i18n.unit_price(offer.micro, offer.price_per, offer.currency, display_factor=offer.display_factor)
        own = gettext(
            "%(price)s %(currency)s per %(unit)s", price=own, currency=offer.currency, unit=i18n.unit_name(offer.display_unit, plural=False)
        )
        if offer.about_micro is None:
            return Cell(own, is_number=True)
        about = i18n.unit_price(offer.about_micro, offer.price_per, who.currency, display_factor=offer.display_factor)
        return Cell(f"≈ {about} {who.currency}", own, is_number=True)

    def goods(column: Column) -> Cell:
        part = column.basket.parts[0]
        return Cell(i18n.money(part.goods_minor, part.currency) if column.offer else None, is_number=True)

    def freight(column: Column) -> Cell:
        part = column.basket.parts[0]
        return Cell(i18n.money(part.freight_minor, part.currency) if part.freight else None, is_number=True)

    def tax(column: Column) -> Cell:
        part = column.basket.parts[0]
        known = column.offer and part.freight and not part.lines[0].tax_reason.startswith("unknown")
        return Cell(i18n.money(part.tax_minor, part.currency) if known else None, is_number=True)

    def total(column: Column) -> Cell:
        part = column.basket.parts[0]
        if not column.offer or part.freight is None or part.lines[0].tax_reason.startswith("unknown"):
            return Cell(None, is_number=True)
        about = pricing.indicative(part.total_minor, part.currency, to=who.currency)
        own = i18n.money(part.total_minor, part.currency)
        if about is None:
            key = part.total_minor if part.currency == who.currency else None
            return Cell(own, key=key, is_number=True)
        return Cell(f"≈ {i18n.money(about.amount_minor, who.currency)}", own, key=about.amount_minor, is_number=True)

    def following(column: Column) -> Cell:
        offer = column.offer
        if offer is None or offer.next_micro is None or offer.next_from is None:
            return Cell("–", is_number=True)
        price = i18n.unit_price(offer.next_micro, offer.price_per, offer.currency, display_factor=offer.display_factor)
        start = i18n.quantity(offer.next_from, offer.display_unit, display_factor=offer.display_factor)
        return Cell(gettext("%(price)s from %(quantity)s", price=price, quantity=start), is_number=True)

    place = i18n.country(who.ship_to)
    return [
        _row(gettext("At quantity"), columns, quantity),
        _row(gettext("Unit price"), columns, unit_price),
        _row(gettext("Goods"), columns, goods),
        _row(gettext("Freight to %(place)s", place=place), columns, freight),
        _row(gettext("Tax"), columns, tax),
        _with_best(_row(gettext("Total"), columns, total)),
        _row(gettext("Price at next tier"), columns, following),
    ]


def _supply(columns: Sequence[Column]) -> list[Row]:
    def arrives(column: Column) -> Cell:
        day: date | None = column.basket.parts[0].lines[0].arrives_on
        return Cell(i18n.day(day) if day else None, key=day.toordinal() if day else None)

    def lead(column: Column) -> Cell:
        days = column.found.line.lead_days(column.quantity)
        return Cell(days_words(days))

    def stock(column: Column) -> Cell:
        return Cell(stock_words(column.found) or gettext("Made to order"))

    def minimum(column: Column) -> Cell:
        line = column.found.line
        written = i18n.quantity(line.rule.minimum, line.display_unit, display_factor=line.display_factor)
        step = i18n.quantity(line.rule.increment, line.display_unit, display_factor=line.display_factor)
        return Cell(gettext("%(minimum)s, in steps of %(step)s", minimum=written, step=step) if line.rule.increment > 1 else written)

    def refusal(column: Column) -> Cell:
        problems = column.basket.problems
        return Cell("; ".join(problem.text for problem in problems) if problems else gettext("Yes"))

    return [
        _with_best(_row(gettext("Arrives by"), columns, arrives)),
        _row(gettext("Lead time"), columns, lead),
        _row(gettext("Stock"), columns, stock),
        _row(gettext("Minimum order"), columns, minimum),
        _row(gettext("Can be ordered now"), columns, refusal),
    ]


def days_words(days: tuple[int, int] | None) -> str | None:
    """`2 to 4 days`, `5 days`; None where the vendor does not say."""
    if days is None:
        return None
    if days[0] == days[1]:
        return i18n.ngettext("%(num)s day", "%(num)s days", days[1])
    return gettext("%(from)s to %(to)s days", **{"from": i18n.number(days[0]), "to": i18n.number(days[1])})


def _attributes(columns: Sequence[Column]) -> list[Row]:
    values = queries.attributes_of([column.variant_id for column in columns])
    codes = list(dict.fromkeys(code for column in columns for code in values.get(column.variant_id, {})))
    known = catalogue.definitions_by_code(codes)
    order = [d.code for category in dict.fromkeys(c.found.line.category_id for c in columns) for d in catalogue.asked_by_category(category)]
    codes.sort(key=lambda code: (order.index(code) if code in order else len(order), code))
    return [
        _row(
            i18n.text(dict(known[code].name)),
            columns,
            lambda column, code=code: _attribute_cell(known[code], values.get(column.variant_id, {}).get(code)),  # type: ignore[misc]
        )
        for code in codes
        if code in known
    ]


def _attribute_cell(definition: Definition, stored: Mapping[str, Any] | None) -> Cell:
    return Cell(None if stored is None else attributes.shown(definition, stored))


def _vendor(columns: Sequence[Column]) -> list[Row]:
    scores = reviews.score_of_products([column.found.line.product_id for column in columns])

    def level(column: Column) -> Cell:
        return Cell(str(column.found.vendor.level), level=column.found.vendor.level)

    def country(column: Column) -> Cell:
        return Cell(i18n.country(column.found.vendor.country))

    def certificates(column: Column) -> Cell:
        valid = column.found.vendor.certificates
        words = [gettext("%(scheme)s until %(day)s", scheme=s, day=i18n.day(until)) if until else s for s, until in valid]
        return Cell("; ".join(words) if words else gettext("None valid"))

    def rating(column: Column) -> Cell:
        score = scores.get(column.found.line.product_id, NO_SCORE)
        if score.value is None:
            return Cell(None, gettext("too few reviews, n %(n)s", n=i18n.number(score.n)), is_number=True)
        return Cell(i18n.number(round(score.value, 1)), gettext("of 5, n %(n)s", n=i18n.number(score.n)), key=score.value, is_number=True)

    def shop(column: Column) -> Cell:
        return Cell(column.found.vendor.name, url=column.vendor_url)

    return [
        _row(gettext("Shop"), columns, shop),
        _row(gettext("Level"), columns, level),
        _row(gettext("Country"), columns, country),
        _row(gettext("Certificates valid today"), columns, certificates),
        _with_best(_row(gettext("Rating"), columns, rating), highest=True),
    ]
