"""Two people edit one form: which of both values stands in each field, and which fields somebody has to choose (pure).

Values are compared group by group: a field by itself, the rows of a list together. `base` is what both began with.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Values = Mapping[str, Sequence[str]]
"""Field → its values, as they stand in the form"""
LISTS = ("tiers", "lead_time", "parts", "substitutes")
OWN = frozenset({"version", "proposal", "variant_id", "csrf_token", "_once", "add", "use_category"})
"""Fields that are about the form and say nothing about the listing"""
_ROW = re.compile(rf"({'|'.join(LISTS)})-\d{{1,4}}-\w+")
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
TAKE = "take-"


@dataclass(frozen=True, slots=True)
class Merged:
    """What the form shows now. `taken` are groups that only the other one had changed, `open` those that both did."""

    values: dict[str, list[str]]
    taken: tuple[str, ...]
    open: tuple[str, ...]


def group_of(field: str) -> str:
    """A field by itself, or the list that it is a row of."""
    row = _ROW.fullmatch(field)
    if row:
        return row[1]
    # A unit is chosen together with its number.
    return field.removesuffix("-unit") if field.startswith("attr-") else field.removesuffix("_unit")


def merge(base: Values, saved: Values, typed: Values) -> Merged:
    """Put what was typed over what was saved: what only the other one changed is theirs, what both changed stays as typed and is open."""
    first, theirs, mine = _groups(base), _groups(saved), _groups(typed)
    values = {name: list(given) for name, given in typed.items()}
    taken, both = [], []
    for group in dict.fromkeys([*theirs, *mine]):
        if _plain(theirs.get(group)) in (_plain(first.get(group)), _plain(mine.get(group))):
            continue
        if _plain(mine.get(group)) == _plain(first.get(group)):
            values = put(values, theirs, group)
            taken.append(group)
        else:
            both.append(group)
    return Merged(values, tuple(taken), tuple(both))


def chosen(typed: Values, saved: Values) -> dict[str, list[str]]:
    """What was typed, with the saved value in each field whose `take-` says `theirs`."""
    theirs = _groups(saved)
    values = {name: list(given) for name, given in typed.items() if not name.startswith(TAKE)}
    for name, given in typed.items():
        if name.startswith(TAKE) and list(given) == ["theirs"]:
            values = put(values, theirs, name.removeprefix(TAKE))
    return values


def put(values: Values, groups: Mapping[str, Mapping[str, Sequence[str]]], group: str) -> dict[str, list[str]]:
    """The values with one group from elsewhere in the place of their own."""
    kept = {name: list(given) for name, given in values.items() if group_of(name) != group}
    return kept | {name: list(given) for name, given in groups.get(group, {}).items()}


def _groups(values: Values) -> dict[str, dict[str, Sequence[str]]]:
    groups: dict[str, dict[str, Sequence[str]]] = {}
    for name, given in values.items():
        if name not in OWN and not name.startswith(TAKE):
            groups.setdefault(group_of(name), {})[name] = given
    return groups


def _plain(group: Mapping[str, Sequence[str]] | None) -> list[list[str]]:
    """A group's values without blanks, grouping of digits and empty rows, for comparing."""
    rows: dict[str, list[str]] = {}
    for name, given in sorted((group or {}).items(), key=lambda item: [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", item[0])]):
        key = name.rsplit("-", 1)[0] if _ROW.fullmatch(name) else name
        rows.setdefault(key, []).extend(sorted(_number(value) for value in given) if len(given) > 1 else [_number("".join(given))])
    return [row for row in rows.values() if any(row)]


def _number(value: str) -> str:
    text = " ".join(value.split())
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    return text.rstrip("0").rstrip(".") if re.fullmatch(r"\d+\.\d+", text) else text
