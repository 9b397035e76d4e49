"""A listing as it comes in, whole, from a form, a file or the demo; and what is wrong with it (pure).

The content of a version (`product_versions.content`) is a draft as plain values, so that two versions can be compared.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.catalogue import attributes, codes
from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.faults import Fault
from marketplace.catalogue.models import Supply
from marketplace.catalogue.prices import HIGHEST_MICRO, lead_time_faults, tier_faults
from marketplace.catalogue.quantities import QuantityRule, rule_faults
from marketplace.catalogue.videos import video_faults
from marketplace.catalogue.visibility import visibility_faults
from marketplace.catalogue.wording import RELATIONS
from marketplace.core import i18n
from marketplace.core.i18n import lazy
from marketplace.core.records import record

TITLE_LIMIT = 300
DESCRIPTION_LIMIT = 10_000
KEYWORDS_LIMIT = 1_000
"""Letters of all keywords in one field, with what parts them."""
CODE_LIMIT = 300
CODES_LIMIT = 5_000
"""Letters of all further codes in one field: a thing that is sold in many packs has hundreds."""
PACK_LIMIT = 40
NAME_LIMIT = 60
SUBSTITUTE_LIMIT = 12
PART_LIMIT = 60
BIGGEST_PART = 10**9
LONGEST_MM = 100_000
HS_CODE = re.compile(r"[0-9]{4,10}")
HS_CODE_WORDS = lazy("Write 4 to 10 digits, such as 73181558.")
NOTHING_TO_CREDIT = lazy("Write the price of a sample: without one nothing can be credited.")
ONE_OF = lazy("%(word)s is none of %(words)s.")
LIFECYCLES = ("active", "not_for_new_designs", "last_time_buy", "end_of_life")
UNITS: dict[str, tuple[str, int]] = {
    "pc": ("pc", 1),
    "pair": ("pair", 1),
    "set": ("set", 1),
    "box": ("box", 1),
    "bag": ("bag", 1),
    "roll": ("roll", 1),
    "sheet": ("sheet", 1),
    "m": ("mm", 1_000),
    "kg": ("g", 1_000),
    "l": ("ml", 1_000),
}
"""Unit that people use → (base unit, base units in it)."""
PRICED_FOR = (1, 100, 1_000)
"""Display units that a price can be for."""
TOLD_WITH = {
    "increment": {"unit"},
    "minimum": {"increment", "unit"},
    "maximum": {"minimum", "increment", "unit"},
    "tiers": {"price", "minimum", "increment", "maximum", "unit"},
    "lead_time": {"unit"},
    "back_order_on": {"supply"},
    "length": {"dims_mm"},
    "width": {"dims_mm"},
    "height": {"dims_mm"},
}
"""A field → those without which its rules cannot be told."""
_SUFFIXES = {"zh-Hans": "_zh"}
_NAME = re.compile(r"(?P<variant>variants-\d+-)?(?P<group>[^-]+).*")


@record
class VariantDraft:
    """The sellable unit as it should be. Quantities in base units; `tiers` and `lead_time` as in `prices.py`."""

    sku: str
    tiers: tuple[tuple[int, int], ...] = ()
    id: UUID | None = None
    label: str | None = None
    brand: str | None = None
    mpn: str | None = None
    gtin: str | None = None
    codes: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    unit: str = "pc"
    display_unit: str = "pc"
    display_factor: int = 1
    pack: str | None = None
    pack_quantity: int | None = None
    minimum_quantity: int = 1
    increment: int = 1
    maximum_quantity: int | None = None
    price_per: int = 1
    supply: Supply = Supply.STOCK
    lead_time: tuple[tuple[int | None, int | None, int | None], ...] = ()
    capacity_month: int | None = None
    sample: Mapping[str, Any] | None = None
    weight_g: Decimal | None = None
    dims_mm: tuple[float, ...] | None = None
    hs_code: str | None = None
    origin: str | None = None
    lifecycle: str = "active"
    last_time_buy_on: date | None = None
    substitutes: tuple[tuple[str, str], ...] = ()
    """(SKU of the same vendor, relation)"""
    mix_group: str | None = None
    back_order_on: date | None = None
    parts: tuple[tuple[str, int], ...] = ()
    """Of a kit: (SKU of the same vendor, base units of it in one kit)"""

    @property
    def rule(self) -> QuantityRule:
        """What may be ordered."""
        return QuantityRule(self.minimum_quantity, self.increment, self.maximum_quantity)


@record
class ProductDraft:
    """One vendor's listing as it should be; texts by language, attributes in stored form."""

    category_id: UUID
    title: Mapping[str, str]
    variants: tuple[VariantDraft, ...]
    description: Mapping[str, str] = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    visibility: tuple[str, ...] = ("all",)
    drawing: str | None = None
    videos: tuple[str, ...] = ()

    @property
    def all_attributes(self) -> list[Mapping[str, Any]]:
        """The attributes of the listing, and of each of its variants."""
        return [self.attributes, *[variant.attributes for variant in self.variants]]

    @property
    def codes_used(self) -> set[str]:
        """The attributes that the listing or one of its variants has."""
        return set[str]().union(*self.all_attributes)


def content_of(draft: ProductDraft, currency: str, ids: Sequence[UUID | None] | None = None) -> dict[str, Any]:
    """The listing as plain values: what a version keeps. `ids` are those of the variants, where the draft does not hold them; variants
    without an id are not placed yet and have none.
    """
    return content_beside_attributes(draft, currency, ids) | {"attributes": dict(draft.attributes)}


def content_beside_attributes(draft: ProductDraft, currency: str, ids: Sequence[UUID | None] | None = None) -> dict[str, Any]:
    """`content_of` for who has the attributes written already."""
    return {
        "category_id": str(draft.category_id),
        "title": dict(draft.title),
        "description": dict(draft.description),
        "keywords": list(draft.keywords),
        "visibility": list(draft.visibility),
        "drawing": draft.drawing,
        "videos": list(draft.videos),
        "currency": currency,
        "variants": [
            _variant_content(variant, key) for variant, key in zip(draft.variants, ids or [v.id for v in draft.variants], strict=True)
        ],
    }


def _variant_content(variant: VariantDraft, key: UUID | None) -> dict[str, Any]:
    # In the order in which the server keeps keys, by length and then by letters: sorting thirty of them is a hundredth of an import.
    return {
        "id": str(key) if key else None,
        "mpn": variant.mpn,
        "sku": variant.sku,
        "gtin": variant.gtin,
        "pack": variant.pack,
        "unit": variant.unit,
        "brand": variant.brand,
        "codes": list(variant.codes),
        "label": variant.label,
        "parts": list(map(list, variant.parts)),
        "tiers": list(map(list, variant.tiers)),
        "origin": variant.origin,
        "sample": dict(variant.sample) if variant.sample is not None else None,
        "supply": variant.supply.value,
        "dims_mm": list(variant.dims_mm) if variant.dims_mm is not None else None,
        "hs_code": variant.hs_code,
        "weight_g": i18n.ungrouped(variant.weight_g) if variant.weight_g is not None else None,
        "increment": variant.increment,
        "lead_time": list(map(list, variant.lead_time)),
        "lifecycle": variant.lifecycle,
        "mix_group": variant.mix_group,
        "price_per": variant.price_per,
        "attributes": dict(variant.attributes),
        "substitutes": list(map(list, variant.substitutes)),
        "display_unit": variant.display_unit,
        "back_order_on": variant.back_order_on.isoformat() if variant.back_order_on else None,
        "pack_quantity": variant.pack_quantity,
        "capacity_month": variant.capacity_month,
        "display_factor": variant.display_factor,
        "last_time_buy_on": variant.last_time_buy_on.isoformat() if variant.last_time_buy_on else None,
        "maximum_quantity": variant.maximum_quantity,
        "minimum_quantity": variant.minimum_quantity,
    }


def draft_of(content: Mapping[str, Any]) -> ProductDraft:
    """The draft that a version's content was made from."""
    return ProductDraft(
        category_id=UUID(content["category_id"]),
        title=content["title"],
        description=content["description"],
        keywords=tuple(content["keywords"]),
        attributes=content["attributes"],
        visibility=tuple(content["visibility"]),
        drawing=content["drawing"],
        videos=tuple(content.get("videos", ())),
        variants=tuple(_variant_of(variant) for variant in content["variants"]),
    )


def _variant_of(content: Mapping[str, Any]) -> VariantDraft:
    values = dict(content)
    return VariantDraft(
        **values
        | {
            "id": UUID(values["id"]) if values["id"] else None,
            "codes": tuple(values["codes"]),
            "tiers": tuple((start, price) for start, price in values["tiers"]),
            "lead_time": tuple((up_to, first, last) for up_to, first, last in values["lead_time"]),
            "supply": Supply(values["supply"]),
            "weight_g": Decimal(values["weight_g"]) if values["weight_g"] is not None else None,
            "dims_mm": tuple(values["dims_mm"]) if values["dims_mm"] is not None else None,
            "last_time_buy_on": _day(values.get("last_time_buy_on")),
            "back_order_on": _day(values.get("back_order_on")),
            "substitutes": tuple((sku, relation) for sku, relation in values.get("substitutes", ())),
            "parts": tuple((sku, quantity) for sku, quantity in values.get("parts", ())),
        }
    )


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def faults_of(draft: ProductDraft, known: Mapping[str, Definition]) -> list[Fault]:
    """What may not be saved, not even as a draft. Fields of the nth variant (n > 0) carry `variants-<n>-` before them.

    `known` holds the definition of each attribute code; a code that it lacks is a fault.
    """
    faults = []
    if not any(map(str.strip, draft.title.values())):
        faults.append(Fault("title_en", lazy("Fill this in.")))
    faults += _length_faults(
        *[("title" + _SUFFIXES.get(lang, "_en"), text, TITLE_LIMIT) for lang, text in draft.title.items()],
        *[("description" + _SUFFIXES.get(lang, "_en"), text, DESCRIPTION_LIMIT) for lang, text in draft.description.items()],
        ("keywords", ", ".join(draft.keywords), KEYWORDS_LIMIT),
    )
    faults += attributes.stored_faults(known, draft.attributes)
    faults += video_faults(draft.videos)
    faults += visibility_faults(draft.visibility)
    if not draft.variants:
        faults.append(Fault("sku", lazy("Fill this in.")))
    seen: set[str] = set()
    for position, variant in enumerate(draft.variants):
        own = _variant_faults(variant, known)
        if variant.sku in seen:
            own.append(Fault("sku", lazy("This SKU stands twice.")))
        seen.add(variant.sku)
        if position:
            own = [Fault(f"variants-{position}-{fault.field}", fault.text, fault.values) for fault in own]
        faults += own
    return faults


def over_faults(back_order_on: date | None, last_time_buy_on: date | None, before: VariantDraft | None, today: date) -> list[Fault]:
    """A day that is newly written lies ahead; one that has passed since it was saved stands in the way of no other change."""
    days = {"back_order_on": back_order_on, "last_time_buy_on": last_time_buy_on}
    return [
        Fault(name, lazy("This day is over. Write a later one."))
        for name, day in days.items()
        if day is not None and day < today and day != getattr(before, name, None)
    ]


def told_beside(faults: Iterable[Fault], unread: Collection[str]) -> list[Fault]:
    """Of the rules' faults, those that stand whatever was meant by the fields that could not be read.

    The others would speak of a number that nobody wrote. `unread`: fields of the form or columns of a file.
    """
    told = []
    for fault in faults:
        found = _NAME.fullmatch(fault.field)
        variant, group = (found["variant"] or "", found["group"]) if found else ("", fault.field)
        needed = {group, *TOLD_WITH.get(group, ())}
        if fault.field not in unread and not any(variant + name in unread for name in needed):
            told.append(fault)
    return told


def _variant_faults(variant: VariantDraft, known: Mapping[str, Definition]) -> list[Fault]:
    faults = []
    if not variant.sku.strip():
        faults.append(Fault("sku", lazy("Fill this in.")))
    faults += _length_faults(
        ("sku", variant.sku, CODE_LIMIT),
        ("mpn", variant.mpn, CODE_LIMIT),
        ("brand", variant.brand, CODE_LIMIT),
        ("label", variant.label, CODE_LIMIT),
        ("codes", ", ".join(variant.codes), CODES_LIMIT),
        ("pack", variant.pack, PACK_LIMIT),
    )
    if variant.gtin is not None and codes.gtin(variant.gtin) is None:
        faults.append(Fault("gtin", lazy("This is no GTIN: 8, 12, 13 or 14 digits, the last of which checks the others.")))
    if variant.lifecycle not in LIFECYCLES:
        faults.append(Fault("lifecycle", ONE_OF, {"word": variant.lifecycle, "words": ", ".join(LIFECYCLES)}))
    if variant.price_per < 1 or variant.display_factor < 1:
        faults.append(Fault("price_per", lazy("Choose one of the list.")))
    if variant.weight_g is not None and not 0 <= variant.weight_g < 10**9:
        faults.append(Fault("weight", lazy("This number is too large.")))
    if variant.origin is not None and not _is_country(variant.origin):
        faults.append(Fault("origin", lazy("Write the two letters of a country, such as DE.")))
    if variant.hs_code is not None and not HS_CODE.fullmatch(variant.hs_code):
        faults.append(Fault("hs_code", HS_CODE_WORDS))
    faults += _sale_faults(variant)
    rule = variant.rule
    faults += rule_faults(rule, unit=variant.display_unit, display_factor=variant.display_factor)
    faults += tier_faults(variant.tiers, rule, display_factor=variant.display_factor)
    faults += lead_time_faults(variant.lead_time)
    faults += attributes.stored_faults(known, variant.attributes)
    return faults


def _length_faults(*texts: tuple[str, str | None, int]) -> list[Fault]:
    """Of (field, text, limit), those that the form has no room for: a listing that came in by a file could never be saved there."""
    return [
        Fault(name, lazy("This is too long: at most %(max_length)s characters."), {"max_length": i18n.number(limit)})
        for name, text, limit in texts
        if text is not None and len(text) > limit
    ]


def _is_country(code: str) -> bool:
    return len(code) == 2 and i18n.country(code) != code


def _wrong_side(sides: tuple[float, ...]) -> str | None:
    """The first side that is missing or no size: `length`, `width` or `height`."""
    for position, name in enumerate(("length", "width", "height")):
        if position >= len(sides) or not 0 < sides[position] <= LONGEST_MM:
            return name
    return None if len(sides) == 3 else "length"


def _sale_faults(variant: VariantDraft) -> list[Fault]:
    """Samples, back-orders, the end of its life, mix groups, and the parts of a kit."""
    faults = []
    if variant.sample is not None and not 0 <= variant.sample["price_micro"] <= HIGHEST_MICRO:
        faults.append(Fault("sample_price", lazy("This price is too high.")))
    if variant.back_order_on is not None and variant.supply is Supply.MADE_TO_ORDER and not variant.parts:
        faults.append(Fault("back_order_on", lazy("Only goods from stock are back-ordered: what is made to order has a lead time.")))
    if variant.lifecycle == "last_time_buy" and variant.last_time_buy_on is None:
        faults.append(Fault("last_time_buy_on", lazy("Write the last day on which it can be ordered.")))
    faults += _length_faults(("mix_group", variant.mix_group, NAME_LIMIT))
    if variant.dims_mm is not None and (wrong := _wrong_side(variant.dims_mm)):
        faults.append(Fault(wrong, lazy("Write all three sides, each more than 0.")))
    for name, rows, limit in (("substitutes", variant.substitutes, SUBSTITUTE_LIMIT), ("parts", variant.parts, PART_LIMIT)):
        if len(rows) > limit:
            faults.append(Fault(name, lazy("These are too many: at most %(max_length)s."), {"max_length": limit}))
        seen: set[str] = set()
        for position, (sku, word) in enumerate(rows):
            if name == "substitutes" and word not in RELATIONS:
                faults.append(Fault(f"{name}-{position}-relation", ONE_OF, {"word": word, "words": ", ".join(RELATIONS)}))
            if sku == variant.sku:
                faults.append(Fault(f"{name}-{position}-sku", lazy("This is the variant itself.")))
            if sku in seen:
                faults.append(Fault(f"{name}-{position}-sku", lazy("This SKU stands twice.")))
            seen.add(sku)
    for position, (_, quantity) in enumerate(variant.parts):
        if not 1 <= quantity <= BIGGEST_PART:
            faults.append(Fault(f"parts-{position}-quantity", lazy("Write how many are in one kit.")))
    return faults


def missing_of(draft: ProductDraft, asked: Iterable[Definition]) -> list[Fault]:
    """What must still come before the listing can be submitted: the attributes that its category requires, and a price."""
    required = [definition for definition in asked if definition.is_required]
    faults: dict[str, Fault] = {}
    for position, variant in enumerate(draft.variants):
        if required:
            for fault in attributes.missing(required, {**draft.attributes, **variant.attributes}):
                faults.setdefault(fault.field, fault)
        if not variant.tiers:
            name = f"variants-{position}-tiers" if position else "tiers"
            faults[name] = Fault(name, lazy("%(sku)s needs a price."), {"sku": variant.sku})
    return list(faults.values())
