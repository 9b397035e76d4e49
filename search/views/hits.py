"""What stands in one hit: price at my quantity, supply, vendor. Everything is read from the database, for the shown rows only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from marketplace.catalogue.models import Supply
from marketplace.core import i18n
from marketplace.core.money import line_total_minor
from marketplace.core.web import page_url
from marketplace.pricing import queries as pricing
from marketplace.pricing.queries import Rate
from marketplace.pricing.tiers import next_tier, tier_at
from reviews import queries as reviews
from reviews.scores import NO_SCORE, Score
from search.queries import ShownVariant
from search.views.reader import Reader
from vendors.facts import VendorFacts


@dataclass(frozen=True, slots=True)
class Offer:
    """The public price of a variant at a quantity. `micro` is per `price_per` base units in `currency`, the vendor's own.

    `about_micro` is an indication in the platform's currency, None where it is the vendor's or has no rate. Below the minimum the
    price is that of the minimum, and the total is None.
    """

    micro: int
    currency: str
    price_per: int
    display_factor: int
    display_unit: str
    quantity: int
    total_minor: int | None
    about_micro: int | None
    about_total_minor: int | None
    about_currency: str
    next_from: int | None
    next_micro: int | None
    """In the currency of the large figure above it: the reader's where there is an indication."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A hit as the page shows it."""

    variant_id: UUID
    title: Mapping[str, Any]
    label: str | None
    sku: str
    url: str | None
    drawing: str | None
    vendor: VendorFacts
    vendor_url: str | None
    offer: Offer | None
    lead_days: tuple[int, int] | None
    stock: str | None
    is_made_to_order: bool
    minimum: int
    increment: int
    score: Score
    certificate: tuple[str, date | None] | None


def hits_of(shown: Sequence[ShownVariant], reader: Reader) -> list[Hit]:
    """Hits in their order. Two statements for scores and one for rates, whatever their number."""
    scores = reviews.score_of_products(list({found.line.product_id for found in shown})) if shown else {}
    rates = pricing.rates() if shown else {}
    return [_hit(found, reader, rates, scores.get(found.line.product_id, NO_SCORE)) for found in shown]


def _hit(found: ShownVariant, reader: Reader, rates: Mapping[str, Rate], score: Score) -> Hit:
    line, vendor = found.line, found.vendor
    quantity = reader.base_quantity(line.rule.minimum, line.display_factor)
    return Hit(
        variant_id=line.variant_id,
        title=line.title,
        label=line.label if line.label and line.label not in i18n.text(dict(line.title)) else None,
        sku=line.sku,
        url=page_url("catalogue.show_product", slug=line.product_slug, variant=line.sku),
        drawing=line.drawing,
        vendor=vendor,
        vendor_url=page_url("vendors.show_shop", slug=vendor.slug),
        offer=offer_of(found, quantity, reader, rates),
        lead_days=line.lead_days(quantity),
        stock=stock_words(found),
        is_made_to_order=line.supply is Supply.MADE_TO_ORDER,
        minimum=line.rule.minimum,
        increment=line.rule.increment,
        score=score,
        certificate=next(iter(vendor.certificates), None),
    )


def offer_of(found: ShownVariant, quantity: int, reader: Reader, rates: Mapping[str, Rate]) -> Offer | None:
    """The price of a variant at a quantity of base units; None when the vendor states none."""
    line, currency = found.line, found.vendor.currency
    tier = tier_at(line.tiers, quantity)
    if tier is None:
        return None
    micro = tier[1]
    can_be_bought = quantity >= line.rule.minimum
    total = line_total_minor(quantity, micro, price_per=line.price_per, currency=currency) if can_be_bought else None
    about_micro = pricing.indicative_micro(micro, currency, to=reader.currency, known=rates) if currency != reader.currency else None
    about = pricing.indicative(total, currency, to=reader.currency, known=rates) if total is not None else None
    following = next_tier(line.tiers, quantity)
    next_micro = following[1] if following else None
    if next_micro is not None and about_micro is not None:
        next_micro = pricing.indicative_micro(next_micro, currency, to=reader.currency, known=rates)
    return Offer(
        micro=micro,
        currency=currency,
        price_per=line.price_per,
        display_factor=line.display_factor,
        display_unit=line.display_unit,
        quantity=quantity,
        total_minor=total,
        about_micro=about_micro,
        about_total_minor=about.amount_minor if about else None,
        about_currency=reader.currency,
        next_from=following[0] if following else None,
        next_micro=next_micro,
    )


def stock_words(found: ShownVariant) -> str | None:
    """What the vendor lets readers know of its stock; None for goods made to order."""
    line, display = found.line, found.vendor.stock_display
    if line.available is None:
        return None
    if display == "hidden":
        return i18n.gettext("Stock not shown")
    if line.available <= 0:
        return i18n.gettext("Out of stock")
    if display == "exact":
        return i18n.gettext(
            "%(quantity)s in stock", quantity=i18n.quantity(line.available, line.display_unit, display_factor=line.display_factor)
        )
    return i18n.gettext("In stock")
