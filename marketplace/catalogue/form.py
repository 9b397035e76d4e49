"""Between the product form and a draft (pure): what is typed in display units and major units, and what is stored."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from marketplace.catalogue import prices, quantities
from marketplace.catalogue.drafts import PRICED_FOR, UNITS, ProductDraft, VariantDraft
from marketplace.catalogue.faults import Fault
from marketplace.catalogue.quantities import NotWhole, to_shown
from marketplace.catalogue.schemas import ProductInput
from marketplace.core.i18n import lazy

NOT_WHOLE = lazy("This is not a whole number of the smallest unit.")


def draft_from(data: ProductInput, attributes: Mapping[str, Any], before: ProductDraft | None) -> tuple[ProductDraft, list[Fault]]:
    """The listing that the form describes. What the form does not show is kept from `before`, and so are the other variants.

    `data.variant_id` names the variant that the form edits; None adds one. Attributes go to the variant where it has its own value of
    them, else to the product. Faults are quantities that are not whole numbers of base units.
    """
    old = before or ProductDraft(category_id=data.category_id, title={}, variants=())
    edited = next((v for v in old.variants if v.id == data.variant_id and v.id is not None), None)
    variant, faults = _variant_from(data, edited or VariantDraft(sku=data.sku))
    if edited and edited.display_unit != data.unit:
        # Its stock and its orders count in the old unit.
        faults.append(Fault("unit", lazy("The unit of a saved product stays. Add a variant for the other unit.")))
    own = set(edited.attributes) if edited else set()
    variant = replace(variant, attributes={code: value for code, value in attributes.items() if code in own})
    variants = tuple(variant if v is edited else v for v in old.variants) if edited else (*old.variants, variant)
    draft = ProductDraft(
        category_id=data.category_id,
        title=_texts(data.title_en, data.title_zh),
        description=_texts(data.description_en, data.description_zh),
        keywords=tuple(dict.fromkeys(word.strip() for word in data.keywords.split(",") if word.strip())),
        attributes={code: value for code, value in attributes.items() if code not in own},
        visibility=old.visibility if data.visibility == "kept" else (data.visibility,),
        drawing=old.drawing,
        variants=variants,
    )
    return draft, faults


def _texts(en: str, zh: str) -> dict[str, str]:
    return {language: text for language, text in (("en", en), ("zh-Hans", zh)) if text}


def _variant_from(data: ProductInput, old: VariantDraft) -> tuple[VariantDraft, list[Fault]]:
    unit, factor = UNITS[data.unit]
    faults: list[Fault] = []

    def base(field: str, shown: Decimal | None) -> int | None:
        if shown is None:
            return None
        try:
            return quantities.to_base(shown, factor)
        except NotWhole:
            faults.append(Fault(field, NOT_WHOLE))
            return None

    tiers = [(base(f"tiers-{n}-from_quantity", tier.from_quantity), prices.micro(tier.price)) for n, tier in enumerate(data.tiers)]
    bands = [(base(f"lead_time-{n}-up_to", band.up_to), band.days_from, band.days_to) for n, band in enumerate(data.lead_time)]
    weight = data.weight if data.weight is None or data.weight_unit == "g" else data.weight * 1_000
    variant = replace(
        old,
        sku=data.sku,
        label=data.label or None,
        brand=data.brand or None,
        mpn=data.mpn or None,
        gtin=data.gtin or None,
        unit=unit,
        display_unit=data.unit,
        display_factor=factor,
        pack=data.pack or None,
        pack_quantity=base("pack_quantity", data.pack_quantity),
        minimum_quantity=base("minimum", data.minimum) or 0,
        increment=base("increment", data.increment) or 0,
        maximum_quantity=base("maximum", data.maximum),
        price_per=int(data.price_per) * factor,
        tiers=tuple((start, price) for start, price in tiers if start is not None),
        supply=data.supply,
        lead_time=tuple(bands),
        capacity_month=base("capacity_month", data.capacity_month),
        weight_g=None if weight is None else weight / factor,
        origin=data.origin,
        hs_code=data.hs_code,
    )
    return variant, faults


def initial(draft: ProductDraft, variant: VariantDraft | None, version: int) -> dict[str, Any]:
    """What stands in the form of a saved listing; `variant` None is a further variant, which starts with the others' unit."""
    values: dict[str, Any] = {
        "version": version,
        "title_en": draft.title.get("en", ""),
        "title_zh": draft.title.get("zh-Hans", ""),
        "category_id": str(draft.category_id),
        "description_en": draft.description.get("en", ""),
        "description_zh": draft.description.get("zh-Hans", ""),
        "keywords": ", ".join(draft.keywords),
        "visibility": draft.visibility[0] if draft.visibility in (("all",), ("registered",)) else "kept",
    }
    shown = variant or replace(draft.variants[0], sku="", tiers=(), gtin=None, mpn=None, label=None, id=None, attributes={})
    attributes = {**draft.attributes, **shown.attributes}
    for code, stored in attributes.items():
        value = stored.get("written", stored["v"])
        values[f"attr-{code}"] = {True: "1", False: "0"}.get(value, value) if isinstance(value, bool) else value
        values[f"attr-{code}-unit"] = stored.get("unit") or ""
    return values | _variant_initial(shown)


def _variant_initial(variant: VariantDraft) -> dict[str, Any]:
    factor = variant.display_factor

    def shown(quantity: int | None) -> str:
        return "" if quantity is None else to_shown(quantity, factor)

    weight = None if variant.weight_g is None else variant.weight_g * factor
    priced_for = variant.price_per // factor
    values: dict[str, Any] = {
        "variant_id": str(variant.id) if variant.id else "",
        "sku": variant.sku,
        "label": variant.label or "",
        "brand": variant.brand or "",
        "mpn": variant.mpn or "",
        "gtin": variant.gtin or "",
        "unit": variant.display_unit,
        "minimum": shown(variant.minimum_quantity),
        "increment": shown(variant.increment),
        "maximum": shown(variant.maximum_quantity),
        "pack": variant.pack or "",
        "pack_quantity": shown(variant.pack_quantity),
        "supply": variant.supply.value,
        "capacity_month": shown(variant.capacity_month),
        "price_per": str(priced_for) if priced_for in PRICED_FOR else "1",
        "weight": "" if weight is None else f"{weight.normalize():f}",
        "weight_unit": "g",
        "origin": variant.origin or "",
        "hs_code": variant.hs_code or "",
    }
    for n, (start, price) in enumerate(variant.tiers):
        values |= {f"tiers-{n}-from_quantity": shown(start), f"tiers-{n}-price": prices.written(price)}
    for n, (up_to, days_from, days_to) in enumerate(variant.lead_time):
        days = {f"lead_time-{n}-days_from": days_from, f"lead_time-{n}-days_to": days_to}
        values |= {f"lead_time-{n}-up_to": shown(up_to)} | {name: "" if d is None else str(d) for name, d in days.items()}
    return values
