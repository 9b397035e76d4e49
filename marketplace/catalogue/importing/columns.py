"""A vendor's rows as a listing, one row one SKU (pure). Rows of one product stand together and say the same in `product`.

Needed: `sku`, `title` (or `title_en`, `title_zh`), `category` (its slug) and a price: `price`, or `tiers` as `1000:0.0498; 5000:0.0421`.
Quantities and prices are in the unit named by `unit` (pc, m, kg …), prices for `price_per` (1, 100 or 1000) of them; `lead_time` is
`20000:18-22; *:32` (`*:?` where the days are not stated), attributes are `attr_<code>` with `attr_<code>_unit`. Lists are parted by
`;`, pairs written `SKU:relation` and `SKU:quantity`; wherever a list or an object is meant, it may also be written as JSON. The other
columns are in `COLUMNS`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, overload
from uuid import UUID

from pydantic_core import PydanticCustomError

from marketplace.catalogue import attributes, prices
from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.drafts import NOTHING_TO_CREDIT, PRICED_FOR, UNITS, ProductDraft, VariantDraft, faults_of, told_beside
from marketplace.catalogue.faults import Fault
from marketplace.catalogue.importing import cells, words
from marketplace.catalogue.importing.cells import ATTRIBUTE
from marketplace.catalogue.listings import Listing
from marketplace.catalogue.models import ProductState, Supply
from marketplace.catalogue.prices import LONGEST_DAYS
from marketplace.catalogue.quantities import NotWhole, to_base
from marketplace.core.forms import NOT_NEGATIVE, TOO_LARGE, TOO_MANY_DECIMALS, decimal_number, one_line
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
YOUR_CURRENCY = lazy("You sell in %(currency)s.")
NO_NUMBER = lazy("%(value)s is no number; write it as 1250.50.")
WITH_COMMA = {
    NO_NUMBER: lazy("%(value)s is no number; write it as 1250,50."),
    lazy("Write a number, such as 12.50."): lazy("Write a number, such as 12,50."),
    lazy("Write tiers as 1000:0.0498; 5000:0.0421."): lazy("Write tiers as 1000:0,0498; 5000:0,0421."),
}
"""How it is said of a file whose numbers have a decimal comma."""
REFUSED_NUMBERS = {
    NOT_NEGATIVE: lazy("%(value)s must not be negative."),
    TOO_MANY_DECIMALS: lazy("%(value)s has too many decimals: at most 6."),
    TOO_LARGE: lazy("%(value)s is too large."),
}
"""What a form says of a number → how it is said of a cell that holds several."""
NO_LANGUAGE = lazy("Texts are in en and zh-Hans; %(name)s is none of them.")
_LANGUAGES = {"en": "en", "zh": "zh-Hans", "zh-hans": "zh-Hans", "zh-cn": "zh-Hans"}
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
    decimal: str = "."
    """The sign before the decimals in the file; a fault names numbers as they stand there."""


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
    sent = [cells.attributes_of(row) for _, row in rows]
    own = {code for other in sent[1:] for code in {*sent[0], *other} if code in other and other[code] != sent[0].get(code)}
    values = _read({code: value for code, value in sent[0].items() if code not in own}, context)
    variants, stock = [], {}
    for place, ((_, row), attributes_here) in enumerate(zip(rows, sent, strict=True)):
        others = len(context.faults)
        variant_attributes = cells.object_of(row, "variant_attributes") | {c: v for c, v in attributes_here.items() if c in own}
        variant = _variant(row, _read(variant_attributes, context), context)
        variants.append(variant)
        counted = _quantity(row, "stock", variant.display_factor, context)
        if counted is not None:
            stock[variant.sku] = counted
        if place:
            context.faults[others:] = [replace(fault, field=f"variants-{place}-{fault.field}") for fault in context.faults[others:]]
    draft = ProductDraft(
        category_id=category_id or UUID(int=0),
        title=_texts(first, "title", context),
        description=_texts(first, "description", context),
        keywords=tuple(cells.list_of(first, "keywords")),
        attributes=values,
        visibility=tuple(cells.list_of(first, "visibility")) or ("all",),
        drawing=cells.text_of(first, "drawing") or None,
        videos=tuple(cells.list_of(first, "videos")),
        variants=tuple(variants),
    )
    if context.faults:
        rules = told_beside(faults_of(draft, context.definitions), {fault.field for fault in context.faults})
        raise RowRefused(
            *(_as_written(fault, context.decimal) for fault in (*context.faults, *rules)),
            skus=[cells.text_of(row, "sku") for _, row in rows],
        )
    return Listing(line=line, vendor_id=context.vendor_id, currency=context.currency, draft=draft, state=ProductState.CHECKING, stock=stock)


def _read(sent: Mapping[str, object], context: Context) -> dict[str, Any]:
    values, faults = attributes.read_values((context.definitions[c] for c in sent if c in context.definitions), sent)
    context.faults += faults
    return values


def codes_in(row: Mapping[str, Any]) -> set[str]:
    """The attribute codes that a row speaks of."""
    return {*cells.attributes_of(row), *cells.object_of(row, "variant_attributes")}


def _category(row: Mapping[str, Any], context: Context) -> UUID | None:
    """The category that a row names by its address, by its name in any language, or by the way that leads to it."""
    named = cells.text_of(row, "category")
    found = next((context.categories[name] for name in words.categories(named) if name in context.categories), None)
    if not named:
        context.faults.append(Fault("category", lazy("Fill this in.")))
    elif found is None:
        context.faults.append(Fault("category", lazy("There is no category %(name)s for products."), {"name": named[:80]}))
    return found


def _texts(row: Mapping[str, Any], name: str, context: Context) -> dict[str, str]:
    """The texts of a column by language: from two columns, or from an object in one, which a file's only column of titles may hold."""
    value = next((row[column] for column in (name, f"{name}_en") if isinstance(row.get(column), dict)), None)
    if value is not None:
        if unknown := [str(language)[:40] for language in value if str(language).casefold() not in _LANGUAGES]:
            context.faults.append(Fault(f"{name}_en", NO_LANGUAGE, {"name": unknown[0]}))
        read = {_LANGUAGES.get(str(language).casefold(), "en"): str(text or "").strip() for language, text in value.items()}
        return {language: text for language, text in read.items() if text}
    en, zh = cells.text_of(row, f"{name}_en") or cells.text_of(row, name), cells.text_of(row, f"{name}_zh")
    return {language: text for language, text in (("en", en), ("zh-Hans", zh)) if text}


def _variant(row: Mapping[str, Any], own: Mapping[str, Any], context: Context) -> VariantDraft:
    currency = cells.text_of(row, "currency")
    if currency and currency != context.currency:
        context.faults.append(Fault("currency", YOUR_CURRENCY, {"currency": context.currency}))
    shown_unit = words.unit(cells.text_of(row, "unit")) or "pc"
    if shown_unit not in UNITS:
        context.faults.append(Fault("unit", lazy("The unit is one of %(units)s."), {"units": ", ".join(UNITS)}))
    unit, factor = UNITS.get(shown_unit, ("pc", 1))
    supply = cells.text_of(row, "supply") or Supply.STOCK
    if supply not in set(Supply):
        context.faults.append(Fault("supply", lazy("Write stock or made_to_order.")))
    per = cells.text_of(row, "price_per") or "1"
    if per not in {str(n) for n in PRICED_FOR}:
        context.faults.append(Fault("price_per", lazy("Write 1, 100 or 1000.")))
    increment = _quantity(row, "increment", factor, context, empty=1)
    minimum = _quantity(row, "minimum", factor, context, empty=increment)
    weight = _weight(row, context)
    return VariantDraft(
        sku=cells.text_of(row, "sku"),
        label=cells.text_of(row, "label") or None,
        brand=one_line(cells.text_of(row, "brand")) or None,
        mpn=cells.text_of(row, "mpn") or None,
        gtin=words.gtin(cells.text_of(row, "gtin")) or None,
        codes=tuple(cells.list_of(row, "codes")),
        attributes=own,
        unit=unit,
        display_unit=shown_unit if shown_unit in UNITS else "pc",
        display_factor=factor,
        pack=cells.text_of(row, "pack") or None,
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
        origin=cells.text_of(row, "origin").upper() or None,
        hs_code=re.sub(r"[ .]", "", cells.text_of(row, "hs_code")) or None,
        lifecycle=cells.text_of(row, "lifecycle") or "active",
        last_time_buy_on=_day(row, "last_time_buy_on", context),
        substitutes=tuple(_named_pairs(row, "substitutes", context)),
        mix_group=cells.text_of(row, "mix_group") or None,
        back_order_on=_day(row, "back_order_on", context),
        parts=tuple((sku, int(quantity)) for sku, quantity in _named_pairs(row, "parts", context) if _is_count(quantity, context)),
    )


def _sample(row: Mapping[str, Any], context: Context) -> dict[str, Any] | None:
    text = cells.text_of(row, "sample_price")
    price = _price(text, "sample_price", context) if text else None
    credited = cells.text_of(row, "sample_credited").casefold()
    if not text and credited in attributes.YES:
        context.faults.append(Fault("sample_credited", NOTHING_TO_CREDIT))
    if price is None:
        return None
    if credited and credited not in attributes.YES | attributes.NO:
        context.faults.append(Fault("sample_credited", lazy("Choose yes or no.")))
    return {"price_micro": prices.micro(price)} | ({"credited": credited in attributes.YES} if credited else {})


def _sides(row: Mapping[str, Any], context: Context) -> tuple[float, ...] | None:
    value = cells.json_of(row, "dims_mm")
    parts = [str(part) for part in value] if isinstance(value, list) else re.split(r"[x×*;]", cells.text_of(row, "dims_mm"))
    sides = [_decimal(part.strip(), "dims_mm", context) for part in parts if part.strip()]
    return tuple(float(side) for side in sides if side is not None) or None


def _day(row: Mapping[str, Any], name: str, context: Context) -> date | None:
    text = cells.text_of(row, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        context.faults.append(Fault(name, lazy("Write a day, such as 2026-12-28.")))
        return None


def _named_pairs(row: Mapping[str, Any], name: str, context: Context) -> list[tuple[str, str]]:
    try:
        return cells.pairs_of(row, name)
    except ValueError:
        context.faults.append(Fault(name, lazy("Write pairs as SKU:value; SKU:value.")))
        return []


def _is_count(text: str, context: Context) -> bool:
    if text.isascii() and text.isdigit() and len(text) <= 10:
        return True
    context.faults.append(Fault("parts", lazy("Write how many are in one kit.")))
    return False


def _number(row: Mapping[str, Any], name: str, context: Context) -> Decimal | None:
    text = cells.text_of(row, name)
    return _decimal(text, name, context) if text else None


def _as_written(fault: Fault, decimal: str) -> Fault:
    """A fault of a number with the decimal sign of its file: the cell was read with a point."""
    if decimal != "," or (fault.text not in WITH_COMMA and fault.text not in REFUSED_NUMBERS.values()):
        return fault
    values = {name: value.replace(".", ",") if isinstance(value, str) else value for name, value in fault.values.items()}
    return replace(fault, text=WITH_COMMA.get(fault.text, fault.text), values=values)


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
    text = cells.text_of(row, "weight_g")
    # Grams of a part that was weighed in pounds have more decimals than a price.
    return Decimal(text) if re.fullmatch(r"[0-9]{1,12}\.[0-9]{7,18}", text) else _number(row, "weight_g", context)


@overload
def _quantity(row: Mapping[str, Any], name: str, factor: int, context: Context) -> int | None: ...


@overload
def _quantity(row: Mapping[str, Any], name: str, factor: int, context: Context, *, empty: int) -> int: ...


def _quantity(row: Mapping[str, Any], name: str, factor: int, context: Context, *, empty: int | None = None) -> int | None:
    """The quantity of a cell in base units; `empty` where it is empty or could not be read. A nought that was written is a nought."""
    number = _number(row, name, context)
    base = None if number is None else _base(number, name, factor, context)
    return empty if base is None else base


def _base(number: Decimal, name: str, factor: int, context: Context) -> int | None:
    try:
        return to_base(number, factor)
    except NotWhole:
        context.faults.append(Fault(name, lazy("This is not a whole number of the smallest unit.")))
        return None


def _tiers(row: Mapping[str, Any], minimum: int, factor: int, context: Context) -> tuple[tuple[int, int], ...]:
    text = cells.text_of(row, "price")
    single = _price(text, "price", context) if text else None
    tiers = []
    for pair in cells.parts_of(row, "tiers", 2):
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
    for parts in cells.parts_of(row, "lead_time", 3):
        band = [part.strip() for part in parts]
        if len(band) == 1:  # one number of days for every quantity
            band = ["*", *band]
        if band[0] not in ("*", "") and _read_decimal(band[0]) is None:
            context.faults.append(Fault("lead_time", LEAD_TIMES))
            continue
        up_to = None if band[0] in ("*", "") else _read_decimal(band[0])
        if band[1:] == ["?"]:  # the vendor does not say
            bands.append((None if up_to is None else _base(up_to, "lead_time", factor, context), None, None))
            continue
        days = [_read_decimal(cell) for cell in band[1:] if cell]
        if not days or any(day is None or day != day.to_integral_value() or day > LONGEST_DAYS for day in days):
            context.faults.append(Fault("lead_time", LEAD_TIMES))
            continue
        whole = [int(day) for day in days if day is not None]
        quantity = None if up_to is None else _base(up_to, "lead_time", factor, context)
        last = None if len(band) == 3 and not band[2] else whole[-1]
        bands.append((quantity, whole[0], last))
    return tuple(bands)
