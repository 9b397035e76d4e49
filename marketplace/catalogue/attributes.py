"""Typed attributes: what a value may be, and how it is written in another unit (pure). Source: product.md §3, decisions.md 2.

A stored value is `{"v": value, "unit": unit as written}`, without `unit` where it has none; numbers stand in the definition's unit, and
carry `written`, the number as it was typed, where the vendor used another one.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from marketplace.catalogue.faults import Fault
from marketplace.catalogue.models import AttributeKind
from marketplace.core import i18n
from marketplace.core.forms import can_be_stored, one_line
from marketplace.core.i18n import gettext, lazy

TEXT_LIMIT = 2_000
LARGEST = 10**15
"""Numbers of attributes stay below it."""
TEXT, NUMBER, BOOLEAN = AttributeKind.TEXT, AttributeKind.NUMBER, AttributeKind.BOOLEAN
CHOICES_NAMED = 12
"""Choices that a refusal names."""
UNITS: dict[str, tuple[str, Decimal]] = {
    "µm": ("length", Decimal("0.001")),
    "mm": ("length", Decimal(1)),
    "cm": ("length", Decimal(10)),
    "m": ("length", Decimal(1000)),
    "in": ("length", Decimal("25.4")),
    "ft": ("length", Decimal("304.8")),
    "mm²": ("area", Decimal(1)),
    "cm²": ("area", Decimal(100)),
    "ml": ("volume", Decimal(1)),
    "l": ("volume", Decimal(1000)),
    "g": ("mass", Decimal(1)),
    "kg": ("mass", Decimal(1000)),
    "lb": ("mass", Decimal("453.59237")),
    "mV": ("voltage", Decimal("0.001")),
    "V": ("voltage", Decimal(1)),
    "kV": ("voltage", Decimal(1000)),
    "mA": ("current", Decimal(1)),
    "A": ("current", Decimal(1000)),
    "W": ("power", Decimal(1)),
    "kW": ("power", Decimal(1000)),
    "N": ("force", Decimal(1)),
    "kN": ("force", Decimal(1000)),
    "kPa": ("pressure", Decimal(1)),
    "bar": ("pressure", Decimal(100)),
    "MPa": ("pressure", Decimal(1000)),
    "psi": ("pressure", Decimal("6.894757")),
    "m³/h": ("flow", Decimal(1)),
    "l/min": ("flow", Decimal("0.06")),
    "h": ("time", Decimal(1)),
    "min": ("time", Decimal(1) / 60),
}
"""unit → (what it measures, factor to the least unit of that kind)"""
YES, NO = frozenset({"1", "yes", "true", "是"}), frozenset({"0", "no", "false", "否"})
_NUMBER = re.compile(r"[-−+]?\d{1,15}(\.\d{1,9})?")


@dataclass(frozen=True, slots=True)
class Definition:
    """A typed attribute as a category asks for it. `choices` are (code, {language: name}) in their order."""

    code: str
    kind: AttributeKind
    name: Mapping[str, str]
    unit: str | None = None
    choices: tuple[tuple[str, Mapping[str, str]], ...] = ()
    is_required: bool = False
    is_facet: bool = False
    is_comparable: bool = True

    def choice_name(self, code: str) -> Mapping[str, str]:
        """The names of a choice; an unknown code names itself."""
        return next((name for key, name in self.choices if key == code), {"en": code})


class ValueRefused(ValueError):
    """A value that its attribute cannot hold; `text` and `values` say what would be right."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text)
        self.text = text
        self.values = values


def units_for(unit: str | None) -> list[str]:
    """The units in which a number can be written, the definition's own first."""
    if unit is None:
        return []
    if unit not in UNITS:
        return [unit]
    kind = UNITS[unit][0]
    return [unit, *(other for other, (other_kind, _) in UNITS.items() if other_kind == kind and other != unit)]


def convert(value: Decimal, unit: str, to: str) -> Decimal:
    """A measure in another unit of the same kind, to 9 digits. Raises: ValueRefused for units that do not fit."""
    if unit == to:
        return value
    if unit not in UNITS or to not in UNITS or UNITS[unit][0] != UNITS[to][0]:
        raise ValueRefused(lazy("Write this in %(unit)s."), unit=to)
    return Decimal(f"{value * UNITS[unit][1] / UNITS[to][1]:.9g}")


def read_value(definition: Definition, value: object, unit: str | None = None) -> dict[str, Any]:
    """The stored form of what was typed or sent. Raises: ValueRefused."""
    if isinstance(value, str) and not can_be_stored(value):
        raise ValueRefused(lazy("This holds characters that cannot be stored."))
    if definition.kind is AttributeKind.NUMBER:
        return _number(definition, value, unit)
    if definition.kind is AttributeKind.BOOLEAN:
        return {"v": _boolean(value)}
    text = one_line(str(value)) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""
    if definition.kind is AttributeKind.CHOICE:
        known = {code.casefold(): code for code, _ in definition.choices}
        known |= {name.casefold(): code for code, names in reversed(definition.choices) for name in names.values()}
        if text.casefold() not in known:
            names = ", ".join([i18n.text(dict(names)) for _, names in definition.choices[:CHOICES_NAMED]])
            listed = names + (" …" if len(definition.choices) > CHOICES_NAMED else "")
            raise ValueRefused(lazy("“%(value)s” is none of: %(choices)s"), value=text[:80], choices=listed)
        return {"v": known[text.casefold()]}
    if not text:
        raise ValueRefused(lazy("Write text here."))
    if len(text) > TEXT_LIMIT:
        raise ValueRefused(lazy("This is too long: at most %(max_length)s characters."), max_length=TEXT_LIMIT)
    return {"v": text}


def _number(definition: Definition, value: object, unit: str | None) -> dict[str, Any]:
    example = gettext(lazy("Write a number in %(unit)s, for example 50."), unit=definition.unit) if definition.unit else None
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise ValueRefused(lazy("Write a number, such as 12.50."))
    typed = str(value).strip().replace("\u00a0", "").replace(" ", "")
    if isinstance(value, (int, float, Decimal)):
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    else:
        if re.fullmatch(r"[-−+]?\d+,\d+", typed) and not re.fullmatch(r"[-−+]?\d{1,3}(,\d{3})+", typed):
            typed = typed.replace(",", ".")
        typed = typed.replace(",", "").replace("−", "-")
        if not _NUMBER.fullmatch(typed):
            raise ValueRefused(example or lazy("Write a number, such as 12.50."))
        try:
            number = Decimal(typed)
        except InvalidOperation as error:
            raise ValueRefused(lazy("Write a number, such as 12.50.")) from error
    if not number.is_finite() or abs(number) >= LARGEST:
        raise ValueRefused(lazy("This number is too large."))
    own = definition.unit
    if own is None:
        return {"v": _plain(number)}
    if unit in (None, "", own):
        return {"v": _plain(number), "unit": own}
    return {"v": _plain(convert(number, str(unit), own)), "unit": unit, "written": _plain(number)}


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold()
    if word not in YES | NO:
        raise ValueRefused(lazy("Choose yes or no."))
    return word in YES


def read_values(definitions: Iterable[Definition], sent: Mapping[str, object]) -> tuple[dict[str, Any], list[Fault]]:
    """Stored forms of the values sent by code (plain, or `{"v", "unit"}`), and what is wrong with the others.

    Unknown codes are faults; fields are named `attr-<code>`.
    """
    known = {definition.code: definition for definition in definitions}
    stored: dict[str, Any] = {}
    faults: list[Fault] = []
    for code, value in sent.items():
        if code not in known:
            faults.append(Fault(f"attr-{code}", lazy("There is no attribute %(code)s in this category."), {"code": code}))
            continue
        plain, unit = (value.get("v"), value.get("unit")) if isinstance(value, Mapping) else (value, None)
        try:
            stored[code] = read_value(known[code], plain, None if unit is None else str(unit))
        except ValueRefused as refused:
            faults.append(Fault(f"attr-{code}", refused.text, refused.values))
    return stored, faults


def stored_faults(known: Mapping[str, Definition], stored: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with values in stored form, whoever made them; fields `attr-<code>`."""
    faults = []
    for code, entry in stored.items():
        definition = known.get(code)
        if definition is None:
            faults.append(Fault(f"attr-{code}", lazy("There is no attribute %(code)s."), {"code": code}))
        elif not _holds(definition, entry["v"]):
            faults.append(Fault(f"attr-{code}", lazy("%(value)s is no value of this attribute."), {"value": str(entry["v"])[:80]}))
    return faults


def _holds(definition: Definition, value: object) -> bool:
    kind = definition.kind
    if kind is TEXT:
        return isinstance(value, str) and 0 < len(value) <= TEXT_LIMIT
    if kind is NUMBER:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < LARGEST
    if kind is BOOLEAN:
        return isinstance(value, bool)
    return any(value == code for code, _ in definition.choices)


def missing(definitions: Iterable[Definition], attributes: Mapping[str, Any]) -> list[Fault]:
    """The required attributes that have no value."""
    return [
        Fault(f"attr-{d.code}", lazy("%(name)s is required in this category."), {"name": i18n.text(dict(d.name))})
        for d in definitions
        if d.is_required and d.code not in attributes
    ]


def shown(definition: Definition, stored: Mapping[str, Any]) -> str:
    """A stored value in the reader's language: `40 mm`, `40 mm (1.575 in)`, `Stainless steel A2`, `Yes`."""
    value = stored.get("v")
    if definition.kind is AttributeKind.BOOLEAN:
        return gettext("Yes") if value else gettext("No")
    if definition.kind is AttributeKind.CHOICE:
        return i18n.text(dict(definition.choice_name(str(value))))
    if definition.kind is AttributeKind.NUMBER and isinstance(value, (int, float)):
        words = _measure(value, definition.unit)
        if "written" in stored:
            words += f" ({_measure(stored['written'], stored.get('unit'))})"
        return words
    return str(value)


def _measure(value: float, unit: str | None) -> str:
    return f"{i18n.number(value)}{i18n.NBSP}{unit}" if unit else i18n.number(value)
