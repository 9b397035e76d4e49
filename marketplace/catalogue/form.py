"""Between the product form and a draft (pure): what is typed in display units and major units, and what is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.catalogue import prices, quantities
from marketplace.catalogue.drafts import NOTHING_TO_CREDIT, PRICED_FOR, UNITS, ProductDraft, VariantDraft
from marketplace.catalogue.faults import Fault
from marketplace.catalogue.quantities import NotWhole, to_shown
from marketplace.catalogue.schemas import ProductInput
from marketplace.catalogue.visibility import named
from marketplace.core.forms import one_line
from marketplace.core.i18n import lazy, ungrouped

NOT_WHOLE = lazy("This is not a whole number of the smallest unit.")


def draft_from(
    data: ProductInput, attributes: Mapping[str, Any], before: ProductDraft | None, *, factors: Mapping[str, int]
) -> tuple[ProductDraft, list[Fault]]:
    """The listing that the form describes. What the form does not show is kept from `before`, and so are the other variants.

    `data.variant_id` names the variant that the form edits; None adds one. `factors`: SKU of a kit's part → base units in its display
    unit. Faults are quantities that are not whole numbers of base units.
    """
    old = before or ProductDraft(category_id=data.category_id, title={}, variants=())
    edited = next((v for v in old.variants if v.id == data.variant_id and v.id is not None), None)
    variant, faults = _variant_from(data, edited or VariantDraft(sku=data.sku), factors)
    if edited and edited.display_unit != data.unit:
        # Its stock and its orders count in the old unit.
        faults.append(Fault("unit", lazy("The unit of a saved product stays. Add a variant for the other unit.")))
    others = [v for v in old.variants if v is not edited]
    shared, own, others = _shared(attributes, old.attributes, others)
    variant = replace(variant, attributes=own)
    by_id = {id(v): o for v, o in zip((v for v in old.variants if v is not edited), others, strict=True)}
    kept = [variant if v is edited else by_id[id(v)] for v in old.variants]
    draft = ProductDraft(
        category_id=data.category_id,
        title=_texts(data.title_en, data.title_zh),
        description=_texts(data.description_en, data.description_zh),
        keywords=_listed(data.keywords, ","),
        attributes=shared,
        visibility=_visibility(data),
        drawing=old.drawing,
        videos=_listed(data.videos, "\n"),
        variants=tuple(kept if edited else [*kept, variant]),
    )
    return draft, faults


def _shared(
    typed: Mapping[str, Any], shared: Mapping[str, Any], others: list[VariantDraft]
) -> tuple[dict[str, Any], dict[str, Any], list[VariantDraft]]:
    """(the product's attributes, this variant's own, the other variants) when one variant's form is saved.

    Alone, a variant has none of its own. Beside others, what differs from the product's value becomes its own; what is emptied stays
    with the others that had it.
    """
    if not others:
        return dict(typed), {}, others
    own = {code: value for code, value in typed.items() if shared.get(code) != value}
    emptied = {code: value for code, value in shared.items() if code not in typed}
    kept = {code: value for code, value in shared.items() if code not in emptied}
    return kept, own, [replace(other, attributes={**emptied, **other.attributes}) for other in others]


def _listed(text: str, mark: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(mark) if part.strip()))


def _visibility(data: ProductInput) -> tuple[str, ...]:
    if data.visibility != "named":
        return (data.visibility,)
    named = [f"country:{code}" for code in data.countries]
    named += [f"company:{company_id}" for company_id in data.companies] + [f"segment:{segment_id}" for segment_id in data.segments]
    return tuple(dict.fromkeys(named))


def _texts(en: str, zh: str) -> dict[str, str]:
    return {language: text for language, text in (("en", en), ("zh-Hans", zh)) if text}


def _variant_from(data: ProductInput, old: VariantDraft, factors: Mapping[str, int]) -> tuple[VariantDraft, list[Fault]]:
    unit, factor = UNITS[data.unit]
    faults: list[Fault] = []

    def base(field: str, shown: Decimal | None, per_unit: int = factor) -> int | None:
        if shown is None:
            return None
        try:
            return quantities.to_base(shown, per_unit)
        except NotWhole:
            faults.append(Fault(field, NOT_WHOLE))
            return None

    tiers = [(base(f"tiers-{n}-from_quantity", tier.from_quantity), prices.micro(tier.price)) for n, tier in enumerate(data.tiers)]
    bands = [(base(f"lead_time-{n}-up_to", band.up_to), band.days_from, band.days_to) for n, band in enumerate(data.lead_time)]
    weight = data.weight if data.weight is None or data.weight_unit == "g" else data.weight * 1_000
    sides = (data.length, data.width, data.height)
    if data.sample == "1" and data.sample_credited == "1" and data.sample_price is None:
        faults.append(Fault("sample_price", NOTHING_TO_CREDIT))
    sample = {"price_micro": prices.micro(data.sample_price or Decimal(0)), "credited": data.sample_credited == "1"}
    variant = replace(
        old,
        sku=data.sku,
        label=data.label or None,
        brand=one_line(data.brand) or None,
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
        tiers=_readable(tiers),
        supply=data.supply,
        lead_time=tuple(bands),
        capacity_month=base("capacity_month", data.capacity_month),
        weight_g=None if weight is None else weight / factor,
        dims_mm=None if sides == (None, None, None) else tuple(float(side or 0) for side in sides),
        origin=data.origin,
        hs_code=data.hs_code,
        codes=_listed(data.codes, ","),
        mix_group=data.mix_group or None,
        back_order_on=data.back_order_on,
        sample=sample if data.sample == "1" else None,
        lifecycle=data.lifecycle,
        last_time_buy_on=data.last_time_buy_on,
        substitutes=tuple((row.sku, row.relation) for row in data.substitutes),
        parts=tuple((row.sku, base(f"parts-{n}-quantity", row.quantity, factors.get(row.sku, 1)) or 0) for n, row in enumerate(data.parts)),
    )
    return variant, faults


def _readable(tiers: Sequence[tuple[int | None, int]]) -> tuple[tuple[int, int], ...]:
    """The tiers before the first one whose quantity is no quantity: what is said of them by their numbers stays true."""
    read: list[tuple[int, int]] = []
    for start, price in tiers:
        if start is None:
            break
        read.append((start, price))
    return tuple(read)


def initial(
    draft: ProductDraft, variant: VariantDraft | None, version: int, *, proposal_id: UUID | None, factors: Mapping[str, int]
) -> dict[str, Any]:
    """What stands in the form of a saved listing; `variant` None is a further variant, which starts with the others' unit."""
    values: dict[str, Any] = {
        "version": version,
        "proposal": str(proposal_id) if proposal_id else "",
        "title_en": draft.title.get("en", ""),
        "title_zh": draft.title.get("zh-Hans", ""),
        "category_id": str(draft.category_id),
        "description_en": draft.description.get("en", ""),
        "description_zh": draft.description.get("zh-Hans", ""),
        "keywords": ", ".join(draft.keywords),
        "videos": "\n".join(draft.videos),
        "visibility": draft.visibility[0] if draft.visibility in (("all",), ("registered",)) else "named",
        "countries": named(draft.visibility, "country"),
        "companies": named(draft.visibility, "company"),
        "segments": named(draft.visibility, "segment"),
    }
    shown = variant or _further(draft.variants[0])
    attributes = {**draft.attributes, **shown.attributes}
    for code, stored in attributes.items():
        value = stored.get("written", stored["v"])
        values[f"attr-{code}"] = {True: "1", False: "0"}.get(value, value) if isinstance(value, bool) else value
        values[f"attr-{code}-unit"] = stored.get("unit") or ""
    return values | _variant_initial(shown, factors)


def _further(first: VariantDraft) -> VariantDraft:
    """What a further variant starts with: the first one's unit, rules and way of supply, but nothing that is its own."""
    own: dict[str, Any] = {"sku": "", "tiers": (), "gtin": None, "mpn": None, "label": None, "id": None, "attributes": {}, "codes": ()}
    return replace(first, **own, parts=(), substitutes=(), lifecycle="active", last_time_buy_on=None, back_order_on=None)


def _variant_initial(variant: VariantDraft, factors: Mapping[str, int]) -> dict[str, Any]:
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
        "weight": "" if weight is None else ungrouped(weight),
        "weight_unit": "g",
        "origin": variant.origin or "",
        "hs_code": variant.hs_code or "",
        "codes": ", ".join(variant.codes),
        "mix_group": variant.mix_group or "",
        "back_order_on": variant.back_order_on.isoformat() if variant.back_order_on else "",
        "sample": "1" if variant.sample is not None else "0",
        "sample_price": prices.written(variant.sample["price_micro"]) if variant.sample is not None else "",
        "sample_credited": "1" if variant.sample is not None and variant.sample.get("credited") else "0",
        "lifecycle": variant.lifecycle,
        "last_time_buy_on": variant.last_time_buy_on.isoformat() if variant.last_time_buy_on else "",
    }
    for name, side in zip(("length", "width", "height"), variant.dims_mm or ("", "", ""), strict=True):
        values[name] = ungrouped(Decimal(str(side))) if side != "" else ""
    for n, (sku, relation) in enumerate(variant.substitutes):
        values |= {f"substitutes-{n}-sku": sku, f"substitutes-{n}-relation": relation}
    for n, (sku, quantity) in enumerate(variant.parts):
        values |= {f"parts-{n}-sku": sku, f"parts-{n}-quantity": to_shown(quantity, factors.get(sku, 1))}
    for n, (start, price) in enumerate(variant.tiers):
        values |= {f"tiers-{n}-from_quantity": shown(start), f"tiers-{n}-price": prices.written(price)}
    for n, (up_to, days_from, days_to) in enumerate(variant.lead_time):
        days = {f"lead_time-{n}-days_from": days_from, f"lead_time-{n}-days_to": days_to}
        values |= {f"lead_time-{n}-up_to": shown(up_to)} | {name: "" if d is None else str(d) for name, d in days.items()}
    return values
