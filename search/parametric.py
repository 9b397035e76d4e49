"""The values of attributes in columns: how they are ordered and written (pure)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.models import AttributeKind

Stored = Mapping[str, Any]
"""Attributes in stored form: code → {"v": value, "unit": …}."""
COLUMNS = 24
"""Columns of attributes at most: an office catalogue has a hundred, nobody reads past these."""
DIGITS = re.compile(r"(\d+)")


class By(StrEnum):
    """What a table can be ordered by beside the values of an attribute."""

    PRICE = "price"
    LEAD_TIME = "lead_time"
    MINIMUM = "minimum"
    VENDOR = "vendor"


@dataclass(frozen=True, slots=True)
class ColumnOrder:
    """A column that a table is ordered by. The engine orders by price and by lead time; the others are ordered here."""

    by: By | Definition
    falls: bool

    @property
    def definition(self) -> Definition | None:
        """The attribute, if it is one."""
        return None if isinstance(self.by, By) else self.by


def column_order(written: str, offered: Sequence[Definition]) -> ColumnOrder | None:
    """The order that an address asks for, `minimum` or `-a.length`, where only a table has it; None for what a list has, too."""
    falls, name = written.startswith("-"), written.removeprefix("-")
    if name in (By.MINIMUM, By.VENDOR) or (falls and name in (By.PRICE, By.LEAD_TIME)):
        return ColumnOrder(By(name), falls)
    found = next((definition for definition in offered if f"a.{definition.code}" == name), None)
    return None if found is None else ColumnOrder(found, falls)


def by_attribute(ids: Sequence[UUID], stored: Mapping[UUID, Stored], definition: Definition, *, falls: bool) -> list[UUID]:
    """Ids by the value of an attribute. Equal ones keep their order; those without a value stand last, whichever way it goes."""
    known = [one for one in ids if definition.code in stored.get(one, {})]
    unknown = [one for one in ids if definition.code not in stored.get(one, {})]
    places = {code: place for place, (code, _) in enumerate(definition.choices)}

    def key(one: UUID) -> tuple[Any, ...]:
        value = stored[one][definition.code]["v"]
        if definition.kind is AttributeKind.CHOICE:
            return (places.get(value, len(places)), str(value))
        if definition.kind is AttributeKind.TEXT:
            return natural(str(value))
        return (float(value),)

    return sorted(known, key=key, reverse=falls) + unknown


def natural(text: str) -> tuple[Any, ...]:
    """`M8` before `M10`: digits count as numbers."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part.casefold()) for part in DIGITS.split(text) if part)


def columns_of(offered: Sequence[Definition], shown: Sequence[Stored], used: frozenset[str]) -> list[Definition]:
    """The attributes that a page of rows has something to say about, or that are filtered or sorted by, in the category's order."""
    return [one for one in offered if one.code in used or any(one.code in row for row in shown)][:COLUMNS]
