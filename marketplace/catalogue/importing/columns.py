"""A vendor's rows as a listing, one row one SKU (pure). Rows of one product stand together and say the same in `product`.

Needed: `sku`, `title` (or `title_en`, `title_zh`), `category` (its slug) and a price: `price`, or `tiers` as `1000:0.0498; 5000:0.0421`.
Quantities and prices are in the unit named by `unit` (pc, m, kg …), prices for `price_per` (1, 100 or 1000) of them; `lead_time` is
`20000:18-22; *:32` (`*:?` where the days are not stated), attributes are `attr_<code>` with `attr_<code>_unit`. Lists are parted by
`;`, pairs written `SKU:relation` and `SKU:quantity`; wherever a list or an object is meant, it may also be written as JSON. The other
columns are in `COLUMNS`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic_core import PydanticCustomError

from marketplace.catalogue import attributes, prices
from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.drafts import PRICED_FOR, UNITS, ProductDraft, VariantDraft, faults_of, told_beside
from marketplace.catalogue.faults import Fault
from marketplace.catalogue.importing import words
from marketplace.catalogue.listings import Listing
from marketplace.catalogue.models import ProductState, Supply
from marketplace.catalogue.prices import LONGEST_DAYS
from marketplace.catalogue.quantities import NotWhole, to_base
from marketplace.core.forms import NOT_NEGATIVE, TOO_LARGE, TOO_MANY_DECIMALS, decimal_number
from marketplace.core.i18n import lazy

OF_PRODUCT = (
    "product", "title", "title_en", "title_zh", "category", "description", "description_en", "description_zh", "keywords", "videos",
    "visibility", "drawing", "attributes",
)  # fmt: skip
OF_VARIANT = (
    "sku", "label", "brand", "mpn", "gtin", "codes", "unit", "minimum", "increment", "maximum", "pack", "pack_quantity", "currency",
    "price_per", "price", "tiers", "supply", "lead_time", "capacity_month", "stock", "weight_g", "dims_mm", "origin", "hs_code",
    "lifecycle", "last_time_buy_on", "back_order_on", "sample_price", "sample_credited", "substitutes", "mix_group", "parts",
    "variant_attributes",
)  # fmt: skip
COLUMNS = frozenset((*OF_PRODUCT, *OF_VARIANT))
NUMBERS = frozenset(
    ["minimum", "increment", "maximum", "pack_quantity", "price", "tiers", "lead_time", "capacity_month", "stock", "weight_g", "dims_mm",
     "sample_price"]
)  # fmt: skip
"""Columns in which a comma can be a decimal one."""
ATTRIBUTE = "attr_"
UNIT_SUFFIX = "_unit"
YOUR_CURRENCY = lazy("You sell in %(currency)s.")
NO_NUMBER = lazy("%(value)s is no number; write it as 1250.50.")
REFUSED_NUMBERS = {
    NOT_NEGATIVE: lazy("%(value)s must not be negative."),
    TOO_MANY_DECIMALS: lazy("%(value)s has too many decimals: at most 6."),
    TOO_LARGE: lazy("%(value)s is too large."),
}
"""What a form says of a number → how it is said of a cell that holds several."""
_BETWEEN = re.compile(r":|(?<=[\d*?])\s*[–-]")
"""What parts a quantity from its price or its days; a dash before a number that begins with it is its sign."""
LEAD_TIMES = lazy("Write lead times as 20000:18-22; *:32.")


class RowRefused(Exception):
    """A row that is no listing; the faults say why."""

    def __init__(self, *faults: Fault, skus: Sequence[str] = ()) -> None:
        super().__init__(" ".join(fault.words() for fault in faults))
        self.faults = faults
        self.skus = skus
        """Of the product's variants, by which faults of the further ones are told apart."""


@dataclass(slots=True)
class Context:
    """What every row of a file needs: whose it is, the categories by address and name, and the definitions by their codes."""

    vendor_id: UUID
    currency: str
    categories: Mapping[str, UUID]
    definitions: Mapping[str, Definition]
    faults: list[Fault] = field(default_factory=list)


def unknown_columns(names: Mapping[str, Any]) -> list[str]:
    """Columns that mean nothing here; a typo would else lose its values without a word."""
    return sorted(name for name in names if name not in COLUMNS and not name.startswith(ATTRIBUTE))


def listing_of(rows: Sequence[tuple[int, Mapping[str, Any]]], context: Context) -> Listing:
    """The listing that the rows of a product describe, submitted for the platform's check. Raises: RowRefused.

    The first row speaks for the product; a later one may repeat it or leave it out. An attribute in which rows differ is the variants'.
    """
    context.faults = []
    line, first = rows[0]
    for _, row in rows:
        unknown = unknown_columns(row)
        if unknown:
            raise RowRefused(Fault("", lazy("There is no column %(name)s."), {"name": ", ".join(unknown[:5])}))
    category_id = _category(first, context)
    for _, row in rows[1:]:
        for name in OF_PRODUCT:
            if name != "attributes" and row.get(name) not in (None, "", first.get(name)):
                context.faults.append(
                    Fault(name, lazy("The rows of one product differ here; line %(line)s says otherwise."), {"line": line})
                )
    sent = [_attributes(row) for _, row in rows]
    own = {code for other in sent[1:] for code in {*sent[0], *other} if code in other and other[code] != sent[0].get(code)}
    values = _read({code: value for code, value in sent[0].items() if code not in own}, context)
    variants, stock = [], {}
    for place, ((_, row), attributes_here) in enumerate(zip(rows, sent, strict=True)):
        others = len(context.faults)
        variant_attributes = _object(row, "variant_attributes") | {c: v for c, v in attributes_here.items() if c in own}
        variant = _variant(row, _read(variant_attributes, context), context)
        variants.append(variant)
        counted = _quantity(row, "stock", variant.display_factor, context)
        if counted is not None:
            stock[variant.sku] = counted
        if place:
            context.faults[others:] = [replace(fault, field=f"variants-{place}-{fault.field}") for fault in context.faults[others:]]
    draft = ProductDraft(
        category_id=category_id or UUID(int=0),
        title=_texts(first, "title"),
        description=_texts(first, "description"),
        keywords=tuple(_list(first, "keywords")),
        attributes=values,
        visibility=tuple(_list(first, "visibility")) or ("all",),
        drawing=_text(first, "drawing") or None,
        videos=tuple(_list(first, "videos")),
        variants=tuple(variants),
    )
    if context.faults:
        rules = told_beside(faults_of(draft, context.definitions), {fault.field for fault in context.faults})
        raise RowRefused(*context.faults, *rules, skus=[_text(row, "sku") for _, row in rows])
    return Listing(line=line, vendor_id=context.vendor_id, currency=context.currency, draft=draft, state=ProductState.CHECKING, stock=stock)


def _read(sent: Mapping[str, object], context: Context) -> dict[str, Any]:
    values, faults = attributes.read_values((context.definitions[c] for c in sent if c in context.definitions), sent)
    context.faults += faults
    return values


def codes_in(row: Mapping[str, Any]) -> set[str]:
    """The attribute codes that a row speaks of."""
    return {*_attributes(row), *_object(row, "variant_attributes")}


def _category(row: Mapping[str, Any], context: Context) -> UUID | None:
    """The category that a row names by its address, by its name in any language, or by the way that leads to it."""
    named = _text(row, "category")
    found = next((context.categories[name] for name in words.categories(named) if name in context.categories), None)
    if not named:
        context.faults.append(Fault("category", lazy("Fill this in.")))
    elif found is None:
        context.faults.append(Fault("category", lazy("There is no category %(name)s for products."), {"name": named[:80]}))
    return found


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
    value = _json(row, name)
    parts = [str(part) for part in value] if isinstance(value, list) else re.split(r"[;,]", _text(row, name))
    return [part.strip() for part in parts if part.strip()]


def _json(row: Mapping[str, Any], name: str) -> Any:
    """The value of a cell: as JSON where it is written so, else as it is."""
    value = row.get(name)
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _object(row: Mapping[str, Any], name: str) -> dict[str, object]:
    value = _json(row, name)
    return dict(value) if isinstance(value, dict) else {}


def _attributes(row: Mapping[str, Any]) -> dict[str, object]:
    found = _object(row, "attributes")
    for name, value in row.items():
        if name.startswith(ATTRIBUTE) and not name.endswith(UNIT_SUFFIX) and value not in (None, ""):
            found[name.removeprefix(ATTRIBUTE)] = {"v": value, "unit": row.get(name + UNIT_SUFFIX) or None}
    return found


def _variant(row: Mapping[str, Any], own: Mapping[str, Any], context: Context) -> VariantDraft:
    currency = _text(row, "currency")
    if currency and currency != context.currency:
        context.faults.append(Fault("currency", YOUR_CURRENCY, {"currency": context.currency}))
    shown_unit = words.unit(_text(row, "unit")) or "pc"
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
    weight = _weight(row, context)
    return VariantDraft(
        sku=_text(row, "sku"),
        label=_text(row, "label") or None,
        brand=_text(row, "brand") or None,
        mpn=_text(row, "mpn") or None,
        gtin=words.gtin(_text(row, "gtin")) or None,
        codes=tuple(_list(row, "codes")),
        attributes=own,
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
        sample=_sample(row, context),
        weight_g=None if weight is None else weight / factor,
        dims_mm=_sides(row, context),
        origin=_text(row, "origin").upper() or None,
        hs_code=re.sub(r"[ .]", "", _text(row, "hs_code")) or None,
        lifecycle=_text(row, "lifecycle") or "active",
        last_time_buy_on=_day(row, "last_time_buy_on", context),
        substitutes=tuple(_named_pairs(row, "substitutes", context)),
        mix_group=_text(row, "mix_group") or None,
        back_order_on=_day(row, "back_order_on", context),
        parts=tuple((sku, int(quantity)) for sku, quantity in _named_pairs(row, "parts", context) if _is_count(quantity, context)),
    )


def _sample(row: Mapping[str, Any], context: Context) -> dict[str, Any] | None:
    text = _text(row, "sample_price")
    price = _price(text, "sample_price", context) if text else None
    if price is None:
        return None
    credited = _text(row, "sample_credited").casefold()
    return {"price_micro": prices.micro(price)} | ({"credited": credited in attributes.YES} if credited else {})


def _sides(row: Mapping[str, Any], context: Context) -> tuple[float, ...] | None:
    value = _json(row, "dims_mm")
    parts = [str(part) for part in value] if isinstance(value, list) else re.split(r"[x×*;]", _text(row, "dims_mm"))
    sides = [_decimal(part.strip(), "dims_mm", context) for part in parts if part.strip()]
    return tuple(float(side) for side in sides if side is not None) or None


def _day(row: Mapping[str, Any], name: str, context: Context) -> date | None:
    text = _text(row, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        context.faults.append(Fault(name, lazy("Write a day, such as 2026-12-28.")))
        return None


def _named_pairs(row: Mapping[str, Any], name: str, context: Context) -> list[tuple[str, str]]:
    """`SKU:word; SKU:word` or [[SKU, word], …]."""
    value = _json(row, name)
    if isinstance(value, list):
        pairs = [[str(cell).strip() for cell in pair] for pair in value if isinstance(pair, list)]
    else:
        pairs = [[cell.strip() for cell in part.rsplit(":", 1)] for part in _text(row, name).split(";") if part.strip()]
    if any(len(pair) != 2 or not all(pair) for pair in pairs):
        context.faults.append(Fault(name, lazy("Write pairs as SKU:value; SKU:value.")))
        return []
    return [(pair[0], pair[1]) for pair in pairs]


def _is_count(text: str, context: Context) -> bool:
    if text.isascii() and text.isdigit() and len(text) <= 10:
        return True
    context.faults.append(Fault("parts", lazy("Write how many are in one kit.")))
    return False


def _number(row: Mapping[str, Any], name: str, context: Context) -> Decimal | None:
    text = _text(row, name)
    return _decimal(text, name, context) if text else None


def _decimal(text: str, name: str, context: Context) -> Decimal | None:
    try:
        return Decimal(str(decimal_number(text)))
    except PydanticCustomError as refused:
        said = REFUSED_NUMBERS.get(str((refused.context or {}).get("message")), NO_NUMBER)
        context.faults.append(Fault(name, said, {"value": text[:40]}))
        return None


def _read_decimal(text: str) -> Decimal | None:
    try:
        return Decimal(str(decimal_number(text)))
    except PydanticCustomError:
        return None


def _price(text: str, name: str, context: Context) -> Decimal | None:
    """A price, also with the vendor's own currency before or behind it."""
    number, currency = words.price(text)
    if currency not in ("", context.currency):
        context.faults.append(Fault(name, YOUR_CURRENCY, {"currency": context.currency}))
        return None
    return _decimal(number, name, context)


def _weight(row: Mapping[str, Any], context: Context) -> Decimal | None:
    text = _text(row, "weight_g")
    # Grams of a part that was weighed in pounds have more decimals than a price.
    return Decimal(text) if re.fullmatch(r"[0-9]{1,12}\.[0-9]{7,18}", text) else _number(row, "weight_g", context)


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
    value = _json(row, name)
    if isinstance(value, list):
        return [["" if cell is None else str(cell) for cell in part][:width] for part in value if isinstance(part, list)]
    return [_BETWEEN.split(part.strip(), maxsplit=width - 1) for part in _text(row, name).split(";") if part.strip()]


def _tiers(row: Mapping[str, Any], minimum: int, factor: int, context: Context) -> tuple[tuple[int, int], ...]:
    text = _text(row, "price")
    single = _price(text, "price", context) if text else None
    tiers = []
    for pair in _pairs(row, "tiers", 2):
        if len(pair) != 2:
            context.faults.append(Fault("tiers", lazy("Write tiers as 1000:0.0498; 5000:0.0421.")))
            continue
        start, price = _decimal(pair[0].strip(), "tiers", context), _price(pair[1].strip(), "tiers", context)
        quantity = None if start is None else _base(start, "tiers", factor, context)
        if quantity is not None and price is not None:
            tiers.append((quantity, prices.micro(price)))
    if single is None:
        return tuple(tiers)
    own = (minimum, prices.micro(single))
    if tiers and tiers[0][0] <= minimum and tiers[0] != own:
        context.faults.append(Fault("price", lazy("The prices by quantity begin with another price.")))
    # A price beside prices by quantity is the one below the first of them.
    return (own, *(tier for tier in tiers if tier != own))


def _lead_time(row: Mapping[str, Any], factor: int, context: Context) -> tuple[tuple[int | None, int | None, int | None], ...]:
    bands: list[tuple[int | None, int | None, int | None]] = []
    for parts in _pairs(row, "lead_time", 3):
        cells = [part.strip() for part in parts]
        if len(cells) == 1:  # one number of days for every quantity
            cells = ["*", *cells]
        if cells[0] not in ("*", "") and _read_decimal(cells[0]) is None:
            context.faults.append(Fault("lead_time", LEAD_TIMES))
            continue
        up_to = None if cells[0] in ("*", "") else _read_decimal(cells[0])
        if cells[1:] == ["?"]:  # the vendor does not say
            bands.append((None if up_to is None else _base(up_to, "lead_time", factor, context), None, None))
            continue
        days = [_read_decimal(cell) for cell in cells[1:] if cell]
        if not days or any(day is None or day != day.to_integral_value() or day > LONGEST_DAYS for day in days):
            context.faults.append(Fault("lead_time", LEAD_TIMES))
            continue
        whole = [int(day) for day in days if day is not None]
        quantity = None if up_to is None else _base(up_to, "lead_time", factor, context)
        last = None if len(cells) == 3 and not cells[2] else whole[-1]
        bands.append((quantity, whole[0], last))
    return tuple(bands)
