"""A vendor's row as a listing, one row one SKU (pure).

Needed: `sku`, `title` (or `title_en`, `title_zh`), `category` (its slug) and a price: `price`, or `tiers` as `1000:0.0498; 5000:0.0421`.
Quantities and prices are in the unit named by `unit` (pc, m, kg …), prices for `price_per` (1, 100 or 1000) of them; `lead_time` is
`20000:18-22; *:32`, attributes are `attr_<code>` with `attr_<code>_unit`. In JSON, tiers and lead times may be lists of lists, and
`attributes` an object. The other columns are in `COLUMNS`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.catalogue import attributes, prices
from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.drafts import PRICED_FOR, UNITS, ProductDraft, VariantDraft
from marketplace.catalogue.faults import Fault
from marketplace.catalogue.listings import Listing
from marketplace.catalogue.models import ProductState, Supply
from marketplace.catalogue.quantities import NotWhole, to_base
from marketplace.core.forms import decimal_number
from marketplace.core.i18n import lazy

COLUMNS = frozenset(
    [
        "sku",
        "title",
        "title_en",
        "title_zh",
        "category",
        "description",
        "description_en",
        "description_zh",
        "keywords",
        "brand",
        "mpn",
        "gtin",
        "codes",
        "label",
        "unit",
        "minimum",
        "increment",
        "maximum",
        "pack",
        "pack_quantity",
        "price_per",
        "currency",
        "price",
        "tiers",
        "supply",
        "lead_time",
        "capacity_month",
        "stock",
        "weight_g",
        "origin",
        "hs_code",
        "visibility",
        "drawing",
        "lifecycle",
        "attributes",
    ]
)
ATTRIBUTE = "attr_"
UNIT_SUFFIX = "_unit"


class RowRefused(Exception):
    """A row that is no listing; the text says why."""


@dataclass(slots=True)
class Context:
    """What every row of a file needs: whose it is, and the categories and definitions by their codes."""

    vendor_id: UUID
    currency: str
    categories: Mapping[str, UUID]
    definitions: Mapping[str, Definition]
    faults: list[Fault] = field(default_factory=list)


def unknown_columns(names: Mapping[str, Any]) -> list[str]:
    """Columns that mean nothing here; a typo would else lose its values without a word."""
    return sorted(name for name in names if name not in COLUMNS and not name.startswith(ATTRIBUTE))


def listing_of(line: int, row: Mapping[str, Any], context: Context) -> Listing:
    """The listing that a row describes, submitted for the platform's check. Raises: RowRefused."""
    context.faults = []
    unknown = unknown_columns(row)
    if unknown:
        raise RowRefused(Fault("", lazy("There is no column %(name)s."), {"name": ", ".join(unknown[:5])}).words())
    category_id = context.categories.get(_text(row, "category"))
    if category_id is None:
        context.faults.append(
            Fault("category", lazy("There is no category %(name)s for products."), {"name": _text(row, "category") or "–"})
        )
    currency = _text(row, "currency")
    if currency and currency != context.currency:
        context.faults.append(Fault("currency", lazy("You sell in %(currency)s."), {"currency": context.currency}))
    variant = _variant(row, context)
    sent = _attributes(row)
    values, faults = attributes.read_values((context.definitions[c] for c in sent if c in context.definitions), sent)
    context.faults += faults
    stock = _quantity(row, "stock", variant.display_factor, context)
    if context.faults:
        raise RowRefused(" ".join(_named(fault) for fault in context.faults))
    draft = ProductDraft(
        category_id=category_id or UUID(int=0),
        title=_texts(row, "title"),
        description=_texts(row, "description"),
        keywords=tuple(_list(row, "keywords")),
        attributes=values,
        visibility=(_text(row, "visibility") or "all",),
        drawing=_text(row, "drawing") or None,
        variants=(variant,),
    )
    return Listing(
        line=line,
        vendor_id=context.vendor_id,
        currency=context.currency,
        draft=draft,
        state=ProductState.CHECKING,
        stock={variant.sku: stock} if stock is not None else {},
    )


def codes_in(row: Mapping[str, Any]) -> set[str]:
    """The attribute codes that a row speaks of."""
    return set(_attributes(row))


def _named(fault: Fault) -> str:
    return f"{fault.field}: {fault.words()}"


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None or isinstance(value, (dict, list)) else str(value).strip()


def _texts(row: Mapping[str, Any], name: str) -> dict[str, str]:
    value = row.get(name)
    if isinstance(value, dict):
        return {str(k): str(v).strip() for k, v in value.items() if str(v).strip()}
    en, zh = _text(row, f"{name}_en") or _text(row, name), _text(row, f"{name}_zh")
    return {language: text for language, text in (("en", en), ("zh-Hans", zh)) if text}


def _list(row: Mapping[str, Any], name: str) -> list[str]:
    value = row.get(name)
    parts = [str(part) for part in value] if isinstance(value, list) else re.split(r"[;,]", _text(row, name))
    return [part.strip() for part in parts if part.strip()]


def _attributes(row: Mapping[str, Any]) -> dict[str, object]:
    found: dict[str, object] = dict(row["attributes"]) if isinstance(row.get("attributes"), dict) else {}
    for name, value in row.items():
        if name.startswith(ATTRIBUTE) and not name.endswith(UNIT_SUFFIX) and value not in (None, ""):
            found[name.removeprefix(ATTRIBUTE)] = {"v": value, "unit": row.get(name + UNIT_SUFFIX) or None}
    return found


def _variant(row: Mapping[str, Any], context: Context) -> VariantDraft:
    shown_unit = _text(row, "unit") or "pc"
    if shown_unit not in UNITS:
        context.faults.append(Fault("unit", lazy("The unit is one of %(units)s."), {"units": ", ".join(UNITS)}))
    unit, factor = UNITS.get(shown_unit, ("pc", 1))
    supply = _text(row, "supply") or Supply.STOCK
    if supply not in set(Supply):
        context.faults.append(Fault("supply", lazy("Write stock or made_to_order.")))
    per = _text(row, "price_per") or "1"
    if per not in {str(n) for n in PRICED_FOR}:
        context.faults.append(Fault("price_per", lazy("Write 1, 100 or 1000.")))
    increment = _quantity(row, "increment", factor, context) or 1
    minimum = _quantity(row, "minimum", factor, context) or increment
    weight = _number(row, "weight_g", context)
    return VariantDraft(
        sku=_text(row, "sku"),
        label=_text(row, "label") or None,
        brand=_text(row, "brand") or None,
        mpn=_text(row, "mpn") or None,
        gtin=_text(row, "gtin") or None,
        codes=tuple(_list(row, "codes")),
        unit=unit,
        display_unit=shown_unit if shown_unit in UNITS else "pc",
        display_factor=factor,
        pack=_text(row, "pack") or None,
        pack_quantity=_quantity(row, "pack_quantity", factor, context),
        minimum_quantity=minimum,
        increment=increment,
        maximum_quantity=_quantity(row, "maximum", factor, context),
        price_per=int(per) * factor if per.isdigit() and int(per) in PRICED_FOR else factor,
        tiers=_tiers(row, minimum, factor, context),
        supply=Supply(supply) if supply in set(Supply) else Supply.STOCK,
        lead_time=_lead_time(row, factor, context),
        capacity_month=_quantity(row, "capacity_month", factor, context),
        weight_g=None if weight is None else weight / factor,
        origin=_text(row, "origin").upper() or None,
        hs_code=re.sub(r"[ .]", "", _text(row, "hs_code")) or None,
        lifecycle=_text(row, "lifecycle") or "active",
    )


def _number(row: Mapping[str, Any], name: str, context: Context) -> Decimal | None:
    text = _text(row, name)
    return _decimal(text, name, context) if text else None


def _decimal(text: str, name: str, context: Context) -> Decimal | None:
    try:
        number = decimal_number(text)
    except ValueError:
        number = None
    if not isinstance(number, Decimal):
        context.faults.append(Fault(name, lazy("%(value)s is no number; write it as 1250.50."), {"value": text[:40]}))
        return None
    return number


def _quantity(row: Mapping[str, Any], name: str, factor: int, context: Context) -> int | None:
    number = _number(row, name, context)
    return None if number is None else _base(number, name, factor, context)


def _base(number: Decimal, name: str, factor: int, context: Context) -> int | None:
    try:
        return to_base(number, factor)
    except NotWhole:
        context.faults.append(Fault(name, lazy("This is not a whole number of the smallest unit.")))
        return None


def _pairs(row: Mapping[str, Any], name: str, width: int) -> list[list[str]]:
    """`1000:0.05; 5000:0.042` or [[1000, 0.05], …] as lists of text."""
    value = row.get(name)
    if isinstance(value, list):
        return [["" if cell is None else str(cell) for cell in part][:width] for part in value if isinstance(part, list)]
    return [re.split(r"[:–-]", part.strip(), maxsplit=width - 1) for part in _text(row, name).split(";") if part.strip()]


def _tiers(row: Mapping[str, Any], minimum: int, factor: int, context: Context) -> tuple[tuple[int, int], ...]:
    single = _number(row, "price", context)
    if single is not None:
        return ((minimum, prices.micro(single)),)
    tiers = []
    for pair in _pairs(row, "tiers", 2):
        if len(pair) != 2:
            context.faults.append(Fault("tiers", lazy("Write tiers as 1000:0.0498; 5000:0.0421.")))
            continue
        start, price = _decimal(pair[0].strip(), "tiers", context), _decimal(pair[1].strip(), "tiers", context)
        quantity = None if start is None else _base(start, "tiers", factor, context)
        if quantity is not None and price is not None:
            tiers.append((quantity, prices.micro(price)))
    return tuple(tiers)


def _lead_time(row: Mapping[str, Any], factor: int, context: Context) -> tuple[tuple[int | None, int | None, int | None], ...]:
    bands = []
    for parts in _pairs(row, "lead_time", 3):
        cells = [part.strip() for part in parts]
        if len(cells) == 1:  # one number of days for every quantity
            cells = ["*", cells[0]]
        up_to = None if cells[0] in ("*", "") else _decimal(cells[0], "lead_time", context)
        days = [_decimal(cell, "lead_time", context) for cell in cells[1:] if cell]
        if not days or any(day is None or day != day.to_integral_value() for day in days):
            context.faults.append(Fault("lead_time", lazy("Write lead times as 20000:18-22; *:32.")))
            continue
        whole = [int(day) for day in days if day is not None]
        quantity = None if up_to is None else _base(up_to, "lead_time", factor, context)
        bands.append((quantity, whole[0], whole[-1]))
    return tuple(bands)
