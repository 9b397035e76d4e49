"""A row of the operator's own import as a listing (pure; decisions.md 31)."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from marketplace.catalogue import codes
from marketplace.catalogue.attributes import BOOLEAN, LARGEST, NUMBER, TEXT, TEXT_LIMIT, Definition
from marketplace.catalogue.drafts import ProductDraft, VariantDraft
from marketplace.catalogue.faults import Fault
from marketplace.catalogue.importing.columns import RowRefused
from marketplace.catalogue.importing.rules import category_for
from marketplace.catalogue.listings import Listing
from marketplace.catalogue.models import AttributeKind, ProductState
from marketplace.core.i18n import lazy

CURRENCY = "EUR"
STOCK = 1_000
LEAD_DAYS = 2
NEEDED = ("id", "name", "title", "supplier")
KINDS = {"t": TEXT, "n": NUMBER, "b": BOOLEAN}
PREFIX = "op_"
"""Before the codes of definitions made on the way, so that they never meet those of the platform's own table."""
MICRO_PER_MINOR = 10_000
_FLAGS: tuple[Mapping[str, Any], Mapping[str, Any]] = ({"v": False}, {"v": True})
MISSING = lazy("%(name)s is missing.")
NO_PRICE = lazy("The price is no whole number of cents.")


def supplier_of(row: Mapping[str, Any]) -> str:
    """Who makes it, and so whose listing it becomes. Raises: RowRefused."""
    for name in NEEDED:
        value = row.get(name)
        if not isinstance(value, str) or not value.strip():
            raise RowRefused(Fault("", MISSING, {"name": name}))
    return str(row["supplier"]).strip()


def draft_of(row: Mapping[str, Any], categories: Mapping[str, UUID]) -> ProductDraft:
    """What a row says, with its supplier as the brand of its variant. Raises: RowRefused."""
    supplier = supplier_of(row)
    price = row.get("price")
    if isinstance(price, bool) or not isinstance(price, int) or not 0 <= price < 10**11:
        raise RowRefused(Fault("", NO_PRICE))
    title = " ".join(row["title"].split())
    kinds = f"{row.get('attr_t_product_type') or ''} {row.get('attr_t_type') or ''}"
    eans = row.get("ean")
    written = [str(ean) for ean in (eans if isinstance(eans, list) else [eans]) if ean]
    gtin = next(filter(None, map(codes.gtin, written)), None)
    others = [code for ean in written if (code := ean.strip()) != gtin] if isinstance(eans, list) else []
    description = row.get("short_description")
    variant = VariantDraft(
        sku=row["id"].strip(),
        brand=supplier,
        mpn=row["name"].strip(),
        gtin=gtin,
        codes=tuple(dict.fromkeys(others)),
        tiers=((1, price * MICRO_PER_MINOR),),
        lead_time=((None, LEAD_DAYS, LEAD_DAYS),),
    )
    return ProductDraft(
        category_id=categories[category_for(title, kinds)],
        title={"en": title},
        description={"en": description.strip()} if isinstance(description, str) and description.strip() else {},
        attributes=_attributes(row),
        variants=(variant,),
    )


def listing_of(line: int, draft: ProductDraft, vendor_id: UUID) -> Listing:
    """The listing of a draft whose supplier is known; live at once."""
    return Listing(
        line=line,
        vendor_id=vendor_id,
        currency=CURRENCY,
        state=ProductState.LIVE,
        draft=draft,
        opening_stock={draft.variants[0].sku: STOCK},
    )


def maker_of(draft: ProductDraft) -> str:
    """Whose listing a draft of this file becomes."""
    return draft.variants[0].brand or ""


INITIALISM = re.compile(
    r"\b(ac|adf|awg|bios|cd|cpu|dc|dimm|dvd|dvi|ean|ecc|gpu|gtin|hdd|hdmi|iec|ieee|iso|ip|kvm|lan|lcd|led|mtbf|nas|nfc|oem|osd|pci|pdu|poe|raid|ram|rj|"
    r"rom|sata|sim|ssd|tdp|tft|tv|upc|ups|usb|vesa|vga|wlan)\b",
    re.IGNORECASE,
)
"""Words that columns write small and everybody else in capitals."""


def definitions_for(columns: Iterable[str]) -> dict[str, Definition]:
    """The definitions of attribute columns by code: text, number without unit, or yes and no."""
    return {key[0]: Definition(key[0], key[1], {"en": name_of(name)}) for name in columns if (key := attribute_of(name)) is not None}


@lru_cache(maxsize=16_384)
def attribute_of(column: str) -> tuple[str, AttributeKind] | None:
    """(code, kind) of a column `attr_t_…`, `attr_n_…` or `attr_b_…`; None for another column."""
    if len(column) > 7 and column.startswith("attr_") and column[5] in KINDS and column[6] == "_":
        return PREFIX + column[5:], KINDS[column[5]]
    return None


def name_of(column: str) -> str:
    """`attr_n_thermal_design_power__tdp_` is called `Thermal design power (TDP)`; `operating_temperature__t_t_` says only that it is a range."""
    bare = re.sub(r"__([a-z])_\1_(?=_|$)", "", column[7:])
    words = re.sub(r"__(.+?)_(?=_|$)", r" (\1)", bare).replace("_", " ").strip()
    return INITIALISM.sub(lambda found: found[0].upper(), " ".join(words.split()).capitalize()) or column


def _attributes(row: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column, value in row.items():
        key = attribute_of(column)
        if key is None:
            continue
        code, kind = key
        if kind is TEXT:
            entry = _text(value.strip()[:TEXT_LIMIT]) if isinstance(value, str) else None
        elif kind is BOOLEAN:
            entry = _FLAGS[value] if isinstance(value, bool) else None
        else:
            entry = _number(value) if isinstance(value, (float, int)) and not isinstance(value, bool) else None
        if entry is not None:
            values[code] = entry
    return values


@lru_cache(maxsize=16_384)
def _text(value: str) -> Mapping[str, Any] | None:
    """The stored form: most values stand in many rows, and one form for all of them is nearer at hand than one for each."""
    return {"v": value} if value else None


@lru_cache(maxsize=16_384)
def _number(value: float) -> Mapping[str, Any] | None:
    if not -LARGEST < value < LARGEST:
        return None
    return {"v": int(value) if value == int(value) else value}
