"""The public page of a product: at my quantity, to my place."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import Permission
from marketplace.carts import queries as carts
from marketplace.catalogue import queries
from marketplace.catalogue.queries import LineVariant, ProductPage, VariantView
from marketplace.catalogue.views import offer, rivals, rows
from marketplace.catalogue.views.around import around
from marketplace.catalogue.views.blueprint import bp
from marketplace.catalogue.views.reader import company_of, currency_of, found_by, keys_of_reader, ship_to_of, wanted_quantity
from marketplace.catalogue.views.seen_version import show_version
from marketplace.catalogue.wording import LIFECYCLES, PACKS, UNIT_WORDS
from marketplace.core import i18n
from marketplace.core.acting import Page
from marketplace.core.audit import Viewer
from marketplace.core.links import url_for
from marketplace.core.web import current_viewer, public
from marketplace.orders import queries as orders
from marketplace.pricing import queries as pricing
from marketplace.pricing.basket import VendorPart
from marketplace.pricing.tax import tax_words
from reviews import queries as reviews
from reviews.scores import NO_SCORE
from vendors import queries as vendors


@bp.get("/products/<slug>")
@public
def show_product(slug: str) -> Page:
    """A product. Old words in the address lead to the present ones."""
    viewer = current_viewer()
    if request.args.get("version"):
        return show_version(slug, request.args["version"], viewer)
    ship_to = ship_to_of(viewer)
    keys = keys_of_reader(viewer, ship_to=ship_to)
    page = queries.product_page(slug, keys=keys)
    if slug != page.slug:
        query = request.query_string.decode("latin-1")
        return redirect(url_for("catalogue.show_product", slug=page.slug) + (f"?{query}" if query else ""), 301)
    return render_template("catalogue/show_product.html", **_parts(page, viewer, ship_to, keys))


def _parts(page: ProductPage, viewer: Viewer | None, ship_to: str, keys: frozenset[str]) -> dict[str, Any]:
    """What the page is made of: the listing, the offer at my quantity and place, who else sells it, what buyers said."""
    variant = _chosen(page)
    facts, mine = page.lines, page.lines[variant.id]
    wanted = wanted_quantity(mine.rule.minimum, mine.display_factor)
    buyer_id = company_of(viewer)
    siblings = queries.same_items(variant, vendor_id=page.vendor_id, keys=keys)
    sellers = vendors.facts_of([page.vendor_id, *(sibling.vendor_id for sibling in siblings)])
    offered = _offer(variant, facts, wanted.base, viewer=viewer, ship_to=ship_to, display=sellers[page.vendor_id].stock_display)
    return {
        "product": page,
        "variant": variant,
        "facts": mine,
        "vendor": sellers[page.vendor_id],
        "wanted": wanted,
        "nearest": offer.nearest(mine.rule, wanted.base, mine.display_factor),
        "attribute_rows": rows.attribute_rows(page.specifications(variant)),
        "found_by": found_by(),
        "variants": rivals.variant_rows(page, facts, wanted.sent, buyer_id, ship_to),
        "others": rivals.sibling_rows(siblings, sellers, wanted.sent, viewer, ship_to),
        "lifecycle": i18n.gettext(LIFECYCLES.get(variant.lifecycle, "")),
        "pack": i18n.gettext(PACKS.get(variant.pack or "", variant.pack or "")),
        "unit": i18n.gettext(UNIT_WORDS.get(mine.display_unit, mine.display_unit)),
        **offered,
        **_cart(offered["part"], offered["why"], mine, viewer, ship_to),
        **_place(viewer, ship_to),
        **_reviews(mine),
        **around(page, variant, mine, viewer=viewer, keys=keys, quantity=wanted.base),
    }


def _offer(
    variant: VariantView,
    facts: Mapping[UUID, LineVariant],
    quantity: int,
    *,
    viewer: Viewer | None,
    ship_to: str,
    display: str,
) -> dict[str, Any]:
    """What it costs me, why, and when it is there. `display` is how the vendor shows its stock."""
    mine, buyer_id, currency = facts[variant.id], company_of(viewer), currency_of(viewer)
    known = frozenset(orders.vendors_ordered_from(buyer_id)) if buyer_id else frozenset()
    landed = pricing.land_lines([(variant.id, quantity)], buyer_id=buyer_id, ship_to=ship_to, known_vendors=known, variants=facts)
    part = landed.basket.parts[0]
    line, rates = part.lines[0], pricing.rates()
    return {
        "part": part,
        "line": line,
        "landed": landed.parts[0],
        "reader_currency": currency,
        "tiers": offer.tier_rows(line, part.currency, currency, rates),
        "shown_per": max(1, mine.price_per // mine.display_factor),
        "leads": offer.lead_rows(part, mine, shows_stock=display == "exact"),
        "about": offer.about(part, currency, rates),
        "why": pricing.why_line(line, reader_currency=currency, known=rates, reduction=pricing.reduction_of(mine, quantity)),
        "tax": tax_words(line.tax_reason, line.tax_rate_bp),
        "stock": offer.stock_words(line, display),
        "sample_words": offer.sample_words(variant, part.currency),
    }


def _cart(part: VendorPart, why: pricing.WhyPrice, goods: LineVariant, viewer: Viewer | None, ship_to: str) -> dict[str, Any]:
    """Whether the reader may buy, the currency of the cart where goods in this one cannot join it, and the next tier, for which the cart counts."""
    if viewer is None or not viewer.can(Permission.CART_EDIT):
        return {"can_buy": False, "cart_currency": None, "step": offer.next_step(part.lines[0], part.currency)}
    beside = carts.beside_cart(goods, part.currency, company_id=viewer.company_id, person_id=viewer.person_id, ship_to=ship_to)
    held = 0 if beside.other_currency else beside.held
    return {
        "can_buy": True,
        "cart_currency": beside.other_currency,
        "step": offer.next_step(part.lines[0], part.currency, held=held),
        # The explanation is of these goods by themselves: it says nothing of a tier that it would reckon without the cart.
        "why": replace(why, next_step=None) if held else why,
    }


def _place(viewer: Viewer | None, ship_to: str) -> dict[str, Any]:
    locations = _locations(viewer)
    return {
        "ship_to": ship_to,
        "ship_to_name": locations.get(ship_to) or i18n.country(ship_to),
        "addresses": [(code, f"{name}, {code}") for code, name in locations.items()],
    }


def _reviews(line: LineVariant) -> dict[str, Any]:
    if not line.is_reviewed:
        return {"reviews": (), "score": NO_SCORE}
    product_id = line.product_id
    return {"reviews": reviews.reviews_of_product(product_id), "score": reviews.score_of_products([product_id])[product_id]}


def _chosen(page: ProductPage) -> VariantView:
    sku = request.args.get("variant")
    return next((variant for variant in page.variants if variant.sku == sku), page.variants[0])


def _locations(viewer: Viewer | None) -> dict[str, str]:
    """Country → name of the company's first address there."""
    found: dict[str, str] = {}
    for location in accounts.locations(viewer.company_id) if viewer else ():
        found.setdefault(location.country, location.name)
    return found
