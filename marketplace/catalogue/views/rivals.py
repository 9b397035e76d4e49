"""The rows beside the offer of a product page: its other variants, and the same item from other vendors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marketplace.catalogue import queries
from marketplace.catalogue.queries import ProductPage
from marketplace.catalogue.views.reader import base_quantity, company_of, currency_of, found_by
from marketplace.core import i18n
from marketplace.core.audit import Viewer
from marketplace.core.links import url_for
from marketplace.pricing import queries as pricing
from marketplace.pricing.basket import PricedLine


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


def variant_rows(
    page: ProductPage, facts: Mapping[UUID, queries.LineVariant], shown_quantity: str, buyer_id: UUID | None, ship_to: str
) -> list[OtherRow]:
    """Every variant of a listing that has several, each at my quantity."""
    if len(page.variants) < 2:
        return []
    wanted = [(v.id, facts[v.id].rule.nearest_up(base_quantity(shown_quantity, v.display_factor, 1))) for v in page.variants]
    lines = {line.variant_id: line for line in pricing.price_each(wanted, buyer_id=buyer_id, ship_to=ship_to, variants=facts)}
    return [
        OtherRow(
            url=url_for("catalogue.show_product", slug=page.slug, variant=v.sku, **found_by()),
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


def sibling_rows(
    siblings: list[queries.Sibling], sellers: Mapping[UUID, Any], shown_quantity: str, viewer: Viewer | None, ship_to: str
) -> list[OtherRow]:
    """The same item from other vendors, one offer each, at my quantity."""
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
                total_minor=part.total_minor if part.is_whole else None,
            )
        )
    return rows
