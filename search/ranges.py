"""Ranges as people type them: `20`, `1,250.50`, `3 cm`, `1/2 in`, `-40`. What cannot be read, or stands the wrong way round, is told
beside its field and filters nothing; what else is chosen stays in force (pure).
"""

import re
from decimal import Decimal
from typing import NamedTuple

from pydantic_core import PydanticCustomError

from marketplace.catalogue.attributes import LARGEST, Definition
from marketplace.catalogue.models import AttributeKind
from marketplace.core.forms import TOO_LARGE, decimal_number
from marketplace.core.i18n import gettext
from search import units
from search.schemas import SearchInput

MEASURE = re.compile(r"(?P<sign>[-+]?) ?(?P<number>\d[\d.,' ]*(?<! )(?:/\d+)?) ?(?P<unit>[^\d ].*)?")


class Range(NamedTuple):
    """What a range asks for, and what is wrong with its two ends, in the reader's language; empty where nothing is."""

    low: Decimal | None = None
    high: Decimal | None = None
    faults: tuple[str, str] = ("", "")

    @property
    def is_set(self) -> bool:
        """Whether it filters anything."""
        return self.low is not None or self.high is not None


def price_range(wanted: SearchInput) -> Range:
    """The unit prices that are asked for."""
    return _range(_price(wanted.price_from), _price(wanted.price_to))


def attribute_range(wanted: SearchInput, definition: Definition) -> Range:
    """The numbers of an attribute that are asked for, in its unit; attributes of other kinds have no range."""
    if definition.kind is not AttributeKind.NUMBER or definition.code not in wanted.bounds:
        return Range()
    low, high = wanted.bounds[definition.code]
    return _range(_measured(low, definition), _measured(high, definition))


End = tuple[Decimal | None, str]
"""(the number, what is wrong with it); neither where nothing was typed."""


def _range(low: End, high: End) -> Range:
    if low[0] is not None and high[0] is not None and low[0] > high[0]:
        return Range(faults=("", gettext("Write no less than the lower end.")))
    return Range(low[0], high[0], (low[1], high[1]))


def _price(typed: str) -> End:
    if not typed:
        return None, ""
    try:
        return Decimal(str(decimal_number(typed))), ""
    except PydanticCustomError as error:
        told = error.context or {}
        return None, gettext(told["message"], **told["values"])


def _measured(typed: str, definition: Definition) -> End:
    if not typed:
        return None, ""
    number, unit = _number(typed, definition.unit or ""), definition.unit
    if number is None:
        return None, gettext("Write a number in %(unit)s, for example 50.", unit=unit) if unit else gettext(
            "Write a number, such as 12.50."
        )
    return (number, "") if abs(number) < LARGEST else (None, gettext(TOO_LARGE))


def _number(typed: str, unit: str) -> Decimal | None:
    """A measure in the unit: `3 cm` is 30 in mm. None for what is no number, or is one in a unit of another kind."""
    parts = MEASURE.fullmatch(units.plain(typed).strip())
    if parts is None:
        return None
    factor = _factor(parts["unit"], unit) if parts["unit"] else 1.0
    number = _figure(parts["number"])
    if number is None or factor is None:
        return None
    own = number if factor == 1.0 else Decimal(f"{float(number) * factor:.9g}")
    return own if parts["sign"] in ("", "+") else -own


def _figure(written: str) -> Decimal | None:
    if "/" in written:
        return Decimal(f"{units.number(written):.9g}") if re.fullmatch(units.NUMBER, written) else None
    try:
        return Decimal(str(decimal_number(written)))
    except PydanticCustomError:
        return None


def _factor(written: str, unit: str) -> float | None:
    """How many of a unit one of the written unit is; None where they do not measure the same."""
    asked, own = written, units.plain(unit)
    if asked == own:
        return 1.0
    theirs, ours = units.UNITS.get(asked), units.UNITS.get(own)
    if theirs is None or ours is None or (theirs.name, theirs.quantity) != (ours.name, ours.quantity):
        return None
    return theirs.factor / ours.factor
