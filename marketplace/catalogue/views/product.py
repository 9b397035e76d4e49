"""The public page of a product: at my quantity, to my place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import Permission
from marketplace.catalogue import attributes, queries
from marketplace.catalogue.prices import saved_share
from marketplace.catalogue.quantities import QuantityRule, to_shown
from marketplace.catalogue.queries import ProductPage, VariantView
from marketplace.catalogue.views.around import around
from marketplace.catalogue.views.blueprint import bp
from marketplace.catalogue.views.reader import base_quantity, company_of, currency_of, keys_of_reader, ship_to_of, wanted_quantity
from marketplace.catalogue.views.seen_version import show_version
from marketplace.catalogue.wording import LIFECYCLES, PACKS, UNIT_WORDS
from marketplace.core import clock, i18n
from marketplace.core.audit import Viewer
from marketplace.core.money import line_total_minor
from marketplace.core.web import current_viewer, public
from marketplace.orders import queries as orders
from marketplace.pricing import queries as pricing
from marketplace.pricing.basket import PricedLine, VendorPart
from marketplace.pricing.tax import tax_words
from reviews import queries as reviews
from reviews.scores import NO_SCORE
from vendors import queries as vendors


@dataclass(frozen=True, slots=True)
class TierRow:
    """A line of the price table; `about_micro` is an indication in the reader's currency."""

    from_quantity: int
    micro: int
    about_micro: int | None
    saved: float | None
    is_mine: bool


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A line of the lead-time table."""

    first: int
    last: int | None
    days: tuple[int, int] | None
    arrives_on: date | None
    is_mine: bool


@dataclass(frozen=True, slots=True)
class OtherRow:
    """Another variant, or the same item from another vendor, at my quantity (`quantity` is what it is sold in, rounded up)."""

    url: str
    title: str
    sku: str
    vendor: Any
    by_gtin: bool
    line: PricedLine
    about_micro: int | None
    total_minor: int | None


@bp.get("/products/<slug>")
@public
def show_product(slug: str) -> str | Response:
    """A product. Old words in the address lead to the present ones."""
    viewer = current_viewer()
    if request.args.get("version"):
        return show_version(slug, request.args["version"], viewer)
    ship_to = ship_to_of(viewer)
    keys = keys_of_reader(viewer)
    page = queries.product_page(slug, keys=keys)
    if slug != page.slug:
        query = request.query_string.decode("latin-1")
        return redirect(url_for("catalogue.show_product", slug=page.slug) + (f"?{query}" if query else ""), 301)
    variant = _chosen(page)
    facts = queries.variants_for_lines([v.id for v in page.variants])
    mine = facts[variant.id]
    quantity, shown_quantity, quantity_fault = wanted_quantity(mine.rule.minimum, mine.display_factor)
    buyer_id = company_of(viewer)
    known = frozenset(orders.vendors_ordered_from(buyer_id)) if buyer_id else frozenset()
    landed = pricing.land_lines([(variant.id, quantity)], buyer_id=buyer_id, ship_to=ship_to, known_vendors=known, variants=facts)
    part = landed.basket.parts[0]
    siblings = queries.same_items(variant.item_id, vendor_id=page.vendor_id, gtin=variant.gtin, keys=keys)
    sellers = vendors.facts_of([page.vendor_id, *(sibling.vendor_id for sibling in siblings)])
    currency = currency_of(viewer)
    known_rates = pricing.rates()
    locations = _locations(viewer)
    rows = _tier_rows(part.lines[0], part.currency, currency, known_rates)
    shown_reviews = reviews.reviews_of_product(page.id)
    return render_template(
        "catalogue/show_product.html",
        product=page,
        variant=variant,
        facts=mine,
        vendor=sellers[page.vendor_id],
        part=part,
        line=part.lines[0],
        quantity_field=shown_quantity,
        quantity_fault=quantity_fault,
        nearest=_nearest(mine.rule, quantity, mine.display_factor),
        tiers=rows,
        shown_per=max(1, mine.price_per // mine.display_factor),
        leads=_lead_rows(part, mine),
        about=_about(part, currency, known_rates),
        landed=landed.parts[0],
        why=pricing.why_line(part.lines[0], reader_currency=currency, known=known_rates, reduction=pricing.reduction_of(mine, quantity)),
        step=_step(part.lines[0], part.currency),
        tax=tax_words(part.lines[0].tax_reason, part.lines[0].tax_rate_bp),
        stock=_stock_words(part.lines[0], sellers[page.vendor_id].stock_display),
        specifications=[(d, None if v is None else attributes.shown(d, v)) for d, v in page.specifications(variant)],
        variants=_variant_rows(page, facts, shown_quantity, buyer_id, ship_to),
        others=_sibling_rows(siblings, sellers, shown_quantity, viewer, ship_to),
        ship_to=ship_to,
        ship_to_name=locations.get(ship_to) or i18n.country(ship_to),
        addresses=[(code, f"{name}, {code}") for code, name in locations.items()],
        lifecycle=i18n.gettext(LIFECYCLES.get(variant.lifecycle, "")),
        pack=i18n.gettext(PACKS.get(variant.pack or "", variant.pack or "")),
        unit=i18n.gettext(UNIT_WORDS.get(mine.display_unit, mine.display_unit)),
        sample_words=_sample_words(variant, part.currency),
        can_buy=viewer is not None and viewer.can(Permission.CART_EDIT),
        reader_currency=currency,
        score=reviews.score_of_products([page.id])[page.id] if shown_reviews else NO_SCORE,
        reviews=shown_reviews,
        **around(page, variant, mine, viewer=viewer, keys=keys, quantity=quantity),
    )


def _chosen(page: ProductPage) -> VariantView:
    sku = request.args.get("variant")
    return next((variant for variant in page.variants if variant.sku == sku), page.variants[0])


def _locations(viewer: Viewer | None) -> dict[str, str]:
    """Country → name of the company's first address there."""
    found: dict[str, str] = {}
    for location in accounts.locations(viewer.company_id) if viewer else ():
        found.setdefault(location.country, location.name)
    return found


def _nearest(rule: QuantityRule, quantity: int, display_factor: int) -> list[tuple[int, str]]:
    """The quantities that can be ordered next to this one: (base units, as it stands in an address)."""
    if rule.problem(quantity) is None:
        return []
    near = {rule.nearest_down(quantity), rule.nearest_up(quantity)} - {None}
    return [(n, to_shown(n, display_factor)) for n in sorted(n for n in near if n is not None)]


def _tier_rows(line: PricedLine, currency: str, reader_currency: str, rates: Mapping[str, pricing.Rate]) -> list[TierRow]:
    rows = []
    for position, (start, micro) in enumerate(line.tiers):
        below = line.tiers[position + 1][0] if position + 1 < len(line.tiers) else None
        about = pricing.indicative_micro(micro, currency, to=reader_currency, known=rates) if currency != reader_currency else None
        is_mine = start <= line.quantity and (below is None or line.quantity < below)
        rows.append(TierRow(start, micro, about, saved_share(micro, line.tiers[0][1]), is_mine))
    return rows


def _lead_rows(part: VendorPart, facts: queries.LineVariant) -> list[LeadRow]:
    """The bands; one that begins above what is there already waits for what the vendor expects."""
    line = part.lines[0]
    transit = part.freight["days"] if part.freight else None
    rows, first = [], line.minimum_quantity
    for up_to, _days_from, _days_to in facts.lead_time:
        is_mine = max(first, line.minimum_quantity) <= line.quantity and (up_to is None or line.quantity <= up_to)
        days = line.lead_days if is_mine else facts.lead_days(first)
        arrives = clock.now().date() + timedelta(days=days[1] + transit[1]) if days and transit else None
        rows.append(LeadRow(first, up_to, days, arrives, is_mine))
        first = (up_to or 0) + 1
    return rows


def _about(part: VendorPart, currency: str, rates: Mapping[str, pricing.Rate]) -> dict[str, pricing.Indication] | None:
    """The sums of the panel in the reader's currency; None when it is the vendor's, or without a rate."""
    sums = {"goods": part.goods_minor, "freight": part.freight_minor, "tax": part.tax_minor, "total": part.total_minor}
    found = {name: pricing.indicative(minor, part.currency, to=currency, known=rates) for name, minor in sums.items()}
    shown = {name: indication for name, indication in found.items() if indication is not None}
    return shown if len(shown) == len(sums) else None


def _step(line: PricedLine, currency: str) -> dict[str, Any] | None:
    """What the next tier would change: how many more, its price, what the goods then cost more or less, each unit's saving."""
    if line.next_tier is None or line.problems:
        return None
    start, micro = line.next_tier
    then = line_total_minor(start, micro, price_per=line.price_per, currency=currency)
    return {
        "more": start - line.quantity,
        "micro": micro,
        "more_minor": then - line.goods_minor if then >= line.goods_minor else None,
        "less_minor": line.goods_minor - then,
        "saved": saved_share(micro, line.unit_price_micro),
    }


def _sample_words(variant: VariantView, currency: str) -> str:
    """What a sample costs, to the currency's decimals; a free one is said."""
    if variant.sample is None:
        return i18n.gettext("Not offered")
    minor = line_total_minor(1, variant.sample["price_micro"], price_per=1, currency=currency)
    return i18n.money(minor, currency) if minor else i18n.gettext("free")


def _stock_words(line: PricedLine, display: str) -> str | None:
    """What the vendor lets readers know of its stock; None for goods made to order."""
    if line.available is None:
        return None
    if display == "hidden":
        return i18n.gettext("Not shown by the vendor")
    if line.available <= 0:
        return i18n.gettext("Out of stock")
    if display == "exact":
        return i18n.quantity(line.available, line.display_unit, display_factor=line.display_factor)
    least = 10 ** (len(str(max(1, line.available // line.display_factor))) - 1)
    return i18n.gettext("at least %(quantity)s", quantity=i18n.quantity(least, line.display_unit))


def _variant_rows(
    page: ProductPage, facts: Mapping[UUID, queries.LineVariant], shown_quantity: str, buyer_id: UUID | None, ship_to: str
) -> list[OtherRow]:
    if len(page.variants) < 2:
        return []
    wanted = [(v.id, facts[v.id].rule.nearest_up(base_quantity(shown_quantity, v.display_factor, 1))) for v in page.variants]
    lines = {line.variant_id: line for line in pricing.price_lines(wanted, buyer_id=buyer_id, ship_to=ship_to, variants=facts).lines}
    return [
        OtherRow(
            url=url_for("catalogue.show_product", slug=page.slug, variant=v.sku),
            title=v.label or v.sku,
            sku=v.sku,
            vendor=None,
            by_gtin=False,
            line=lines[v.id],
            about_micro=None,
            total_minor=None,
        )
        for v in page.variants
    ]


def _sibling_rows(
    siblings: list[queries.Sibling], sellers: Mapping[UUID, Any], shown_quantity: str, viewer: Viewer | None, ship_to: str
) -> list[OtherRow]:
    one_each = {sibling.vendor_id: sibling for sibling in reversed(siblings)}
    if not one_each:
        return []
    facts = queries.variants_for_lines(sibling.variant_id for sibling in one_each.values())
    wanted = [(v.variant_id, v.rule.nearest_up(base_quantity(shown_quantity, v.display_factor, v.rule.minimum))) for v in facts.values()]
    parts = pricing.price_lines(wanted, buyer_id=company_of(viewer), ship_to=ship_to, variants=facts).parts
    rates = pricing.rates()
    rows = []
    for part in parts:
        sibling, line = one_each[part.vendor_id], part.lines[0]
        currency = currency_of(viewer)
        about = pricing.indicative_micro(line.unit_price_micro, part.currency, to=currency, known=rates)
        rows.append(
            OtherRow(
                url=url_for("catalogue.show_product", slug=sibling.slug, variant=sibling.sku),
                title=i18n.text(dict(sibling.title)),
                sku=sibling.sku,
                vendor=sellers[part.vendor_id],
                by_gtin=sibling.by_gtin,
                line=line,
                about_micro=about if part.currency != currency else None,
                total_minor=part.total_minor if part.freight is not None else None,
            )
        )
    return rows
