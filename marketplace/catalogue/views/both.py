"""Two states of a listing side by side, when somebody else saved while the form was open."""

from collections.abc import Mapping
from typing import Any

from marketplace.catalogue.prices import written
from marketplace.catalogue.services.products import flat
from marketplace.catalogue.wording import FIELDS
from marketplace.core import i18n
from marketplace.core.i18n import gettext

NAMES = {
    "title": "title_en",
    "description": "description_en",
    "minimum_quantity": "minimum",
    "maximum_quantity": "maximum",
    "hs_code": "hs_code",
    "weight_g": "weight",
    "display_unit": "unit",
}
HIDDEN = frozenset({"id", "unit", "display_factor", "currency"})


def both_versions(saved: Mapping[str, Any], typed: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(field, as saved now, as typed) of what differs, in words."""
    first, second = flat(dict(saved)), flat(dict(typed))
    rows = []
    for name in dict.fromkeys([*first, *second]):
        sku, _, field = name.rpartition(".")
        if field in HIDDEN or first.get(name) == second.get(name):
            continue
        label = gettext(FIELDS[NAMES.get(field, field)]) if NAMES.get(field, field) in FIELDS else field
        rows.append((f"{label}, {sku}" if sku else label, _words(field, first.get(name)), _words(field, second.get(name))))
    return rows


def _words(field: str, value: Any) -> str:
    if value in (None, "", [], {}):
        return "–"
    if field == "tiers":
        return "; ".join(f"{i18n.number(start)}: {written(price)}" for start, price in value)
    if field in ("title", "description"):
        return i18n.text(value)
    if field == "attributes":
        return ", ".join(f"{code} {entry['v']}" for code, entry in value.items())
    if field == "lead_time":
        return "; ".join(f"{up_to or '…'}: {first}–{last}" for up_to, first, last in value)
    return ", ".join(str(v) for v in value) if isinstance(value, list) else str(value)
