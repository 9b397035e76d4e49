"""Why a price is what it is: every source that was looked at, which one counts, and what would make it less."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import column, func, select

from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import ProductVersion
from marketplace.catalogue.queries import LineVariant
from marketplace.core import clock
from marketplace.core.audit import Viewer
from marketplace.core.db import db
from marketplace.core.money import divide_half_up
from marketplace.pricing.basket import PricedLine
from marketplace.pricing.history import DAYS, Reduction, last_reduction
from marketplace.pricing.queries.baskets import price_lines
from marketplace.pricing.queries.rates import Rate, indicative_micro, rates
from marketplace.pricing.resolution import ListPrice, Source, in_order, resolve, source_words
from marketplace.pricing.tiers import Tiers, next_tier, tier_at
from vendors import queries as vendors

MOST_VERSIONS = 50
"""A listing that changes more often than this within a month names the lowest price of its last fifty versions."""
NO_RATES: Mapping[str, Rate] = {}


@dataclass(frozen=True, slots=True)
class WhyStep:
    """One source: its price at the quantity, or from which quantity on it would count. `name` None: it has none for this reader."""

    source: Source
    name: str | None
    currency: str
    unit_price_micro: int | None
    from_quantity: int
    valid_until: date | None
    is_used: bool

    @property
    def words(self) -> str:
        """What the source is, in the reader's language."""
        return source_words(self.source.value)


@dataclass(frozen=True, slots=True)
class WhyPrice:
    """A price explained. Prices are micro for `price_per` base units; `next_step` is (from quantity, price) of the next cheaper tier.

    `quantity` is what the tier goes by. `about_micro` is the price in the reader's currency by `rate`, an indication; None where it is
    the same or no rate is on file.
    """

    quantity: int
    display_unit: str
    display_factor: int
    price_per: int
    currency: str
    unit_price_micro: int
    steps: tuple[WhyStep, ...]
    next_step: tuple[int, int] | None
    reduction: Reduction | None
    about_micro: int | None
    rate: Rate | None
    reader_currency: str

    @property
    def used(self) -> WhyStep:
        """The source that counts."""
        return next(step for step in self.steps if step.is_used)

    @property
    def is_own(self) -> bool:
        """Whether the reader pays another price than everybody."""
        return self.used.source is not Source.PUBLIC_TIER


def why_price(variant_id: UUID, quantity: int, viewer: Viewer | None, *, ship_to: str, location_id: UUID | None = None) -> WhyPrice | None:
    """Why a reader pays what they pay for a quantity of base units; None where they see no such thing, or it has no price.

    A page that has priced its lines already asks `why_line` instead, which reads nothing.
    """
    buyer_id = viewer.company_id if viewer else None
    basket = price_lines([(variant_id, quantity)], buyer_id=buyer_id, ship_to=ship_to, location_id=location_id)
    line = next(iter(basket.lines), None)
    hidden = {"not_visible", "product_not_live"}
    if (
        line is None
        or any(problem.code in hidden for problem in line.problems)
        or not vendors.facts_of([line.vendor_id])[line.vendor_id].is_seen
    ):
        return None
    known = rates() if viewer and viewer.currency != line.currency else NO_RATES
    variant = catalogue.variants_for_lines([variant_id])[variant_id]
    return why_line(line, reader_currency=viewer.currency if viewer else None, known=known, reduction=reduction_of(variant, quantity))


def why_line(
    line: PricedLine,
    *,
    reader_currency: str | None = None,
    known: Mapping[str, Rate] = NO_RATES,
    reduction: Reduction | None = None,
) -> WhyPrice | None:
    """A priced line explained for its own buyer, from what it holds; None without a price. `known` are the day's `rates()`."""
    return _explained(
        line.list_prices,
        line.public_tiers,
        line.public_currency,
        line.counted_quantity,
        measure=(line.display_unit, line.display_factor, line.price_per),
        reader_currency=reader_currency,
        known=known,
        reduction=reduction,
        names_are_shown=False,
    )


def why_for_vendor(variant: LineVariant, prices: Sequence[ListPrice], quantity: int) -> WhyPrice | None:
    """A price of one of the vendor's own lists explained to the vendor, who also reads the names of its groups."""
    return _explained(
        prices,
        variant.tiers,
        variant.currency,
        quantity,
        measure=(variant.display_unit, variant.display_factor, variant.price_per),
        reader_currency=None,
        known=NO_RATES,
        reduction=None,
        names_are_shown=True,
    )


def _explained(
    prices: Sequence[ListPrice],
    public: Tiers,
    public_currency: str,
    quantity: int,
    *,
    measure: tuple[str, int, int],
    reader_currency: str | None,
    known: Mapping[str, Rate],
    reduction: Reduction | None,
    names_are_shown: bool,
) -> WhyPrice | None:
    resolved = resolve(prices, public, public_currency, quantity)
    tier = tier_at(resolved.tiers, quantity)
    if tier is None:
        return None
    unit, factor, price_per = measure
    wanted = reader_currency or resolved.currency
    is_foreign = wanted != resolved.currency
    return WhyPrice(
        quantity=quantity,
        display_unit=unit,
        display_factor=factor,
        price_per=price_per,
        currency=resolved.currency,
        unit_price_micro=tier[1],
        steps=_steps(prices, tier_at(public, quantity), public_currency, quantity, resolved.price, names_are_shown=names_are_shown),
        next_step=next_tier(resolved.tiers, quantity),
        reduction=reduction if resolved.source is Source.PUBLIC_TIER else None,
        about_micro=indicative_micro(tier[1], resolved.currency, to=wanted, known=known) if is_foreign else None,
        rate=known.get(resolved.currency) if is_foreign else None,
        reader_currency=wanted,
    )


def _steps(
    found: Sequence[ListPrice],
    public: tuple[int, int] | None,
    public_currency: str,
    quantity: int,
    used: ListPrice | None,
    *,
    names_are_shown: bool,
) -> tuple[WhyStep, ...]:
    """What counts at the quantity, the strongest first; then the public price; then what begins with a larger quantity."""
    counting = in_order(found, quantity)
    later = [price for price in found if price not in counting and price.tiers]
    steps = [_step(price, quantity, is_used=price is used, named=names_are_shown) for price in counting]
    if public is not None:
        steps.append(WhyStep(Source.PUBLIC_TIER, None, public_currency, public[1], public[0], None, is_used=used is None))
    return (*steps, *(_step(price, quantity, is_used=price is used, named=names_are_shown) for price in later))


def _step(price: ListPrice, quantity: int, *, is_used: bool, named: bool) -> WhyStep:
    is_begun = price.tiers[0][0] <= quantity
    tier = tier_at(price.tiers, quantity)
    return WhyStep(
        price.source,
        price.name if named else price.shown_name,
        price.currency,
        tier[1] if tier and is_begun else None,
        tier[0] if tier and is_begun else price.tiers[0][0],
        price.valid_until,
        is_used,
    )


def reduction_of(variant: LineVariant, quantity: int) -> Reduction | None:
    """Whether the public price of a quantity was lowered lately; read from the versions of the listing (decisions.md 3).

    No statement where the listing is as it began, one short one where it has not changed within 30 days.
    """
    if variant.product_version == 1:
        return None
    now = clock.now()
    lately = select(ProductVersion.version).where(
        ProductVersion.product_id == variant.product_id, ProductVersion.version > 1, ProductVersion.made_at >= now - DAYS
    )
    if db.session.scalar(lately.limit(1)) is None:
        return None
    own = func.jsonb_array_elements(ProductVersion.content["variants"]).table_valued(
        column("value", ProductVersion.content.type), name="own"
    )
    rows = db.session.execute(
        select(ProductVersion.made_at, own.c.value, ProductVersion.content["currency"].astext)
        .join(own, own.c.value["id"].astext == str(variant.variant_id))
        .where(ProductVersion.product_id == variant.product_id)
        .order_by(ProductVersion.version.desc())
        .limit(MOST_VERSIONS)
    ).all()
    history: list[tuple[datetime, int]] = []
    for made_at, content, currency in reversed(rows):
        tier = tier_at([(start, micro) for start, micro in content["tiers"]], quantity)
        if tier and currency == variant.currency:
            history.append((made_at, divide_half_up(tier[1] * variant.price_per, content["price_per"])))
    return last_reduction(history, now)
