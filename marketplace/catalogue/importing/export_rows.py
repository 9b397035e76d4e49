"""A listing as rows of a file, so that reading them back gives the same listing (pure). The columns are those of `columns.py`."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from marketplace.catalogue import prices
from marketplace.catalogue.importing.cells import ATTRIBUTE, UNIT_SUFFIX
from marketplace.catalogue.importing.columns import OF_PRODUCT, OF_VARIANT
from marketplace.catalogue.quantities import to_shown
from marketplace.core.i18n import ungrouped
from marketplace.core.sheets import FORMULA_STARTS

LEFT_OUT = ("title", "description", "price")
"""Columns that a file may have, but that say less than others."""
HEADS = tuple(name for name in (*OF_PRODUCT, *OF_VARIANT) if name not in LEFT_OUT)
_PLAIN = re.compile(r"[-]?\d{1,15}(\.\d{1,9})?")


def rows_of(content: Mapping[str, Any], *, product: str, category: str, stock: Mapping[str, int] | None = None) -> list[dict[str, Any]]:
    """One row for each variant; `attributes` and `variant_attributes` are objects, all else is text. Empty cells are left out.

    `product` is the listing's code, `category` the slug of its category, `stock` what lies in the default place by SKU, in base units.
    """
    shared = {
        "product": product,
        "title_en": content["title"].get("en"),
        "title_zh": content["title"].get("zh-Hans"),
        "category": category,
        "description_en": content["description"].get("en"),
        "description_zh": content["description"].get("zh-Hans"),
        "keywords": _listed(content["keywords"]),
        "videos": _listed(content.get("videos", ())),
        "visibility": _listed(content["visibility"]),
        "drawing": content["drawing"],
        "attributes": _sent(content["attributes"]),
        "currency": content["currency"],
    }
    rows = [shared | _variant(variant, (stock or {}).get(variant["sku"])) for variant in content["variants"]]
    return [{name: value for name, value in row.items() if value not in (None, "", {})} for row in rows]


def _variant(v: Mapping[str, Any], stock: int | None) -> dict[str, Any]:
    factor = v["display_factor"]

    def shown(quantity: int | None) -> str | None:
        return None if quantity is None else to_shown(quantity, factor)

    sample = v["sample"]
    credited = None if sample is None or "credited" not in sample else "yes" if sample["credited"] else "no"
    return {
        **{name: v[name] for name in ("sku", "label", "brand", "mpn", "gtin", "pack", "supply", "origin", "hs_code", "lifecycle")},
        **{name: v.get(name) for name in ("last_time_buy_on", "mix_group", "back_order_on")},
        "codes": _listed(v["codes"]),
        "unit": v["display_unit"],
        "minimum": shown(v["minimum_quantity"]),
        "increment": shown(v["increment"]),
        "maximum": shown(v["maximum_quantity"]),
        "pack_quantity": shown(v["pack_quantity"]),
        "price_per": str(v["price_per"] // factor),
        "tiers": "; ".join(f"{shown(start)}:{prices.written(price)}" for start, price in v["tiers"]),
        "lead_time": "; ".join(_band(shown(up_to), first, last) for up_to, first, last in v["lead_time"]),
        "capacity_month": shown(v["capacity_month"]),
        "stock": shown(stock),
        "weight_g": None if v["weight_g"] is None else ungrouped(Decimal(v["weight_g"]) * factor),
        "dims_mm": " x ".join(ungrouped(Decimal(repr(side))) for side in v["dims_mm"] or ()),
        "sample_price": None if sample is None else prices.written(sample["price_micro"]),
        "sample_credited": credited,
        "substitutes": _pairs(v.get("substitutes", ())),
        "parts": _pairs(v.get("parts", ())),
        "variant_attributes": _sent(v["attributes"]),
    }


def _band(up_to: str | None, first: int | None, last: int | None) -> str:
    days = "?" if first is None else f"{first}-{'' if last is None else last}" if last != first else str(first)
    return f"{up_to or '*'}:{days}"


def _listed(parts: Iterable[str]) -> str:
    parts = list(parts)
    is_plain = not any(re.search(r"[;,]", part) or part != part.strip() for part in parts) and not (parts and parts[0][:1] in ("[", "{"))
    return "; ".join(parts) if is_plain else json.dumps(parts, ensure_ascii=False)


def _pairs(pairs: Iterable[Sequence[Any]]) -> str:
    pairs = [list(pair) for pair in pairs]
    is_plain = not any(re.search(r"[;:]", str(cell)) for pair in pairs for cell in pair) and not (pairs and pairs[0][0][:1] in ("[", "{"))
    return "; ".join(f"{first}:{second}" for first, second in pairs) if is_plain else json.dumps(pairs, ensure_ascii=False)


def _sent(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as they were written: {code: {"v", "unit"}}."""
    return {code: {"v": value.get("written", value["v"]), "unit": value.get("unit")} for code, value in stored.items()}


def flat(row: Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    """The cells of a row under `columns`; attributes without a column of their own stand in `attributes` as JSON."""
    cells: dict[str, str] = {name: _cell(value) for name, value in row.items() if not isinstance(value, dict)}
    rest: dict[str, Any] = {}
    with_column = set(columns)
    for code, sent in row.get("attributes", {}).items():
        written = _scalar(sent["v"])
        if ATTRIBUTE + code in with_column and (isinstance(sent["v"], (str, bool)) or _PLAIN.fullmatch(written)):
            cells[ATTRIBUTE + code] = _cell(written)
            cells[ATTRIBUTE + code + UNIT_SUFFIX] = sent["unit"] or ""
        else:
            rest[code] = sent
    for name, value in (("attributes", rest), ("variant_attributes", row.get("variant_attributes"))):
        if value:
            cells[name] = json.dumps(value, ensure_ascii=False)
    return [cells.get(name, "") for name in columns]


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ungrouped(Decimal(repr(value))) if isinstance(value, float) else str(value)


def _cell(value: object) -> str:
    """Text whose own first apostrophe is not taken for the one that keeps a formula from running."""
    text = _scalar(value)
    return "'" + text if text[:1] == "'" and text[1:2] in (*FORMULA_STARTS, "'") else text


def unquoted(cell: str) -> str:
    """A cell without the apostrophe that keeps a formula from running."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in (*FORMULA_STARTS, "'") else cell
