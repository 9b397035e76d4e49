"""Pure: a listing of the demo world as the catalogue's bulk service takes it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.catalogue.attributes import Definition, read_value
from marketplace.catalogue.drafts import ProductDraft, VariantDraft
from marketplace.catalogue.listings import Listing
from marketplace.catalogue.models import ProductState, Supply
from marketplace.catalogue.videos import is_known
from marketplace.demo.world import Calendar, Row, by_language

PUBLISHED = frozenset({ProductState.LIVE, ProductState.PAUSED})


def visibility_of(row: Row, company_ids: Mapping[str, UUID]) -> tuple[str, ...]:
    """Who may see a listing, as keywords (decisions.md 23)."""
    kind = row["kind"]
    if kind == "companies":
        return tuple(f"company:{company_ids[key]}" for key in row["companies"])
    if kind == "countries":
        return tuple(f"country:{code}" for code in row["countries"])
    return {"everyone": ("all",), "registered": ("registered",)}[kind]


def listing_of(
    row: Row,
    line: int,
    *,
    category_ids: Mapping[str, UUID],
    company_ids: Mapping[str, UUID],
    definitions: Mapping[str, Definition],
    calendar: Calendar,
) -> Listing:
    """One line of `products.jsonl`. A price there is per ONE base unit; ours is per `price_per` of them (demo README)."""
    variants = tuple(_variant(variant, row, definitions, calendar) for variant in row["variants"])
    published = row.get("published_day") if row["state"] in PUBLISHED else None  # the others have been seen by nobody yet
    return Listing(
        line=line,
        vendor_id=company_ids[row["vendor"]],
        currency=row["currency"],
        draft=ProductDraft(
            category_id=category_ids[row["category"]],
            title=by_language(row["title"]),
            description=by_language(row["description"]),
            keywords=tuple(row["keywords"]),
            attributes=_attributes(row["attributes"], definitions),
            visibility=visibility_of(row["visibility"], company_ids),
            drawing=row["drawing"],
            # The films of the demo lie at a host of its own making: a link to it would lead nowhere.
            videos=tuple(link for link in (row.get("video"),) if link and is_known(link)),
            variants=variants,
        ),
        state=ProductState(row["state"]),
        reasons=tuple(row["refusal"] or ()),
        opening_stock={variant["sku"]: variant["stock"] for variant in row["variants"] if variant["supply"] == "stock"},
        published_at=calendar.instant(published) if published is not None else None,
    )


def _attributes(values: Mapping[str, Any], definitions: Mapping[str, Definition]) -> dict[str, Any]:
    return {code: read_value(definitions[code], value) for code, value in values.items()}


def _variant(row: Row, product: Row, definitions: Mapping[str, Definition], calendar: Calendar) -> VariantDraft:
    price_per = row["price_shown_per"] * row["display_factor"]
    return VariantDraft(
        sku=row["sku"],
        label=row["label"],
        brand=row["brand"],
        mpn=row["mpn"],
        gtin=row["gtin"],
        attributes=_attributes(row["attributes"], definitions),
        unit=row["unit"],
        display_unit=row["display_unit"],
        display_factor=row["display_factor"],
        pack=row["pack"],
        pack_quantity=row["pack_qty"],
        minimum_quantity=row["moq"],
        increment=row["increment"],
        maximum_quantity=row["maximum"],
        price_per=price_per,
        tiers=tuple((start, micro * price_per) for start, micro in row["tiers"]),
        supply=Supply(row["supply"]),
        lead_time=tuple((up_to, first, last) for up_to, first, last in row["lead_time"]),
        capacity_month=row["capacity_month"],
        sample=row["sample"],
        weight_g=Decimal(str(row["weight_g"])) if row["weight_g"] is not None else None,
        dims_mm=tuple(row["dims_mm"]) if row["dims_mm"] else None,
        hs_code=row["hs"],
        origin=row["origin"],
        lifecycle=row["status"],
        last_time_buy_on=calendar.day(row["last_time_buy_day"]) if row.get("last_time_buy_day") is not None else None,
        substitutes=tuple((other["sku"], other["relation"]) for other in row.get("substitutes") or ()),
        mix_group=product.get("mix_group"),
        parts=tuple((part["sku"], part["quantity"]) for part in row.get("components") or ()),
    )
