"""Two states of a listing side by side, in words: for the desk, and for whoever wants to know what a version changed."""

from collections.abc import Mapping
from typing import Any

from marketplace.catalogue import attributes
from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.prices import written
from marketplace.catalogue.wording import FIELDS, LIFECYCLES, PACKS, RELATIONS, SUPPLIES
from marketplace.core import i18n
from marketplace.core.i18n import gettext

NAMES = {
    "minimum_quantity": "minimum",
    "maximum_quantity": "maximum",
    "weight_g": "weight",
    "dims_mm": "length",
    "display_unit": "unit",
}
HIDDEN = frozenset({"id", "unit", "display_factor", "currency", "drawing"})
QUANTITIES = ("minimum_quantity", "increment", "maximum_quantity", "pack_quantity", "capacity_month")
NOTHING = "–"

Row = tuple[str, str, str]
"""(field, what stands, what is wanted), in words"""


def differences_in_words(
    stands: Mapping[str, Any], wanted: Mapping[str, Any], *, known: Mapping[str, Definition], names: Mapping[str, str]
) -> list[Row]:
    """Every field that differs. `names`: id of a category → its name. Variants are told apart by their ids."""
    first, second = _flat(stands), _flat(wanted)
    factors = {key: v["display_factor"] for c in (stands, wanted) for key, v in _variants(c).items()}
    units = {key: v["display_unit"] for c in (stands, wanted) for key, v in _variants(c).items()}
    skus = {key: v["sku"] for c in (stands, wanted) for key, v in _variants(c).items()}
    rows = []
    for key in dict.fromkeys([*first, *second]):
        variant, field = key
        before, after = first.get(key), second.get(key)
        if field in HIDDEN or before == after:
            continue
        words = _Words(known, names, factors.get(variant, 1), units.get(variant, "pc"))
        label = words.label(field)
        rows.append((f"{label}, {skus[variant]}" if variant else label, words.value(field, before), words.value(field, after)))
    return rows


def _variants(content: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {variant["id"] or variant["sku"]: variant for variant in content["variants"]}


def _flat(content: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    """(variant or nothing, field) → value; texts by language and attributes one by one."""
    out: dict[tuple[str, str], Any] = {}
    for variant, fields in (("", {n: v for n, v in content.items() if n != "variants"}), *_variants(content).items()):
        for name, value in fields.items():
            if name in ("title", "description", "attributes"):
                out |= {(variant, f"{name}.{part}"): one for part, one in value.items()}
            else:
                out[variant, name] = value
    return out


class _Words:
    """How the values of one listing or variant are written."""

    def __init__(self, known: Mapping[str, Definition], names: Mapping[str, str], factor: int, unit: str) -> None:
        self.known = known
        self.names = names
        self.factor = factor
        self.unit = unit

    def label(self, field: str) -> str:
        """A field's label."""
        name, _, part = field.partition(".")
        if name == "attributes":
            return i18n.text(dict(self.known[part].name)) if part in self.known else part
        if name in ("title", "description"):
            return gettext(FIELDS[f"{name}_{'zh' if part == 'zh-Hans' else part}"]) if part in ("en", "zh-Hans") else f"{name} {part}"
        name = NAMES.get(name, name)
        return gettext(FIELDS[name]) if name in FIELDS else name

    def value(self, field: str, value: Any) -> str:
        """A field's value; a dash for none."""
        if value in (None, "", [], {}):
            return NOTHING
        name, _, part = field.partition(".")
        if name == "attributes":
            return attributes.shown(self.known[part], value) if part in self.known else str(value.get("v"))
        if name in QUANTITIES:
            return self.quantity(value)
        writers = {
            "tiers": lambda: "; ".join(f"{self.quantity(start)}: {written(price)}" for start, price in value),
            "lead_time": lambda: "; ".join(f"{self.quantity(up_to) if up_to else '…'}: {_days(a, b)}" for up_to, a, b in value),
            "parts": lambda: ", ".join(f"{quantity} × {sku}" for sku, quantity in value),
            "substitutes": lambda: ", ".join(f"{sku} ({gettext(RELATIONS.get(relation, relation))})" for sku, relation in value),
            "category_id": lambda: self.names.get(value, value),
            "lifecycle": lambda: gettext(LIFECYCLES.get(value, value)),
            "pack": lambda: gettext(PACKS.get(value, value)),
            "supply": lambda: gettext(SUPPLIES.get(value, value)),
            "dims_mm": lambda: " × ".join(i18n.number(side) for side in value) + f"{i18n.NBSP}mm",
            "weight_g": lambda: f"{value}{i18n.NBSP}g",
            "sample": lambda: written(value["price_micro"]),
            "origin": lambda: i18n.country(value),
        }
        if name in writers:
            return writers[name]()
        return ", ".join(str(v) for v in value) if isinstance(value, list) else str(value)

    def quantity(self, value: int) -> str:
        """A quantity in the variant's display unit."""
        return i18n.quantity(value, self.unit, display_factor=self.factor)


def _days(first: int | None, last: int | None) -> str:
    return NOTHING if first is None else f"{first}–{last}" if last is not None else str(first)
