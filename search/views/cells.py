"""Cells and rows of a comparison."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from marketplace.core import i18n
from marketplace.core.i18n import gettext


@dataclass(frozen=True, slots=True)
class Cell:
    """What one column says in one row; `text` None is unknown, unless the fact `cannot_be` of these goods. `key` is what it is compared by,
    rounded as it is shown: of two that read alike none is the best.
    """

    text: str | None
    note: str | None = None
    key: object = None
    is_number: bool = False
    is_best: bool = False
    level: int | None = None
    url: str | None = None
    cannot_be: bool = False

    @property
    def words(self) -> str:
        """What it says where there is no room but for words."""
        if self.text is not None:
            return self.text
        return gettext("Not applicable") if self.cannot_be else gettext("Unknown")


@dataclass(frozen=True, slots=True)
class Row:
    """A fact of every column."""

    title: str
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        """Whether the columns do not all say the same."""
        return len({(cell.text, cell.cannot_be) for cell in self.cells}) > 1


def with_best(row: Row, *, highest: bool = False) -> Row:
    """Mark the best of a row: only where every key is known and they differ."""
    keys = [cell.key for cell in row.cells]
    known = [key for key in keys if isinstance(key, int | float)]
    if len(known) < 2 or len(known) < len(keys) or len(set(known)) == 1:
        return row
    best = max(known) if highest else min(known)
    return Row(
        row.title,
        tuple(replace(cell, is_best=cell.key == best) for cell in row.cells),
    )


def days_words(days: tuple[int, int] | None) -> str | None:
    """`2 to 4 days`, `5 days`; None where the vendor does not say."""
    if days is None:
        return None
    if days[0] == days[1]:
        return i18n.ngettext("%(num)s day", "%(num)s days", days[1])
    return gettext("%(from)s to %(to)s days", **{"from": i18n.number(days[0]), "to": i18n.number(days[1])})


def table_of(titles: Sequence[str], groups: Sequence[tuple[str, Sequence[Row]]]) -> list[list[str]]:
    """The comparison as rows of a sheet, the column heads left out: group, fact, then a text for each column."""
    return [
        [
            group,
            row.title,
            *(f"{cell.words}{f' ({cell.note})' if cell.note else ''}" for cell in row.cells),
        ]
        for group, rows in groups
        for row in rows
    ]
