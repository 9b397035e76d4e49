"""What the cells of a row hold: text, lists, pairs and objects, each written as a spreadsheet or as JSON has it (pure)."""

import json
import re
from collections.abc import Mapping
from typing import Any

ATTRIBUTE = "attr_"
UNIT_SUFFIX = "_unit"
_BETWEEN = re.compile(r":|(?<=[\d*?])\s*[–-]")
"""What parts a quantity from its price or its days; a dash before a number that begins with it is its sign."""


def text_of(row: Mapping[str, Any], name: str) -> str:
    """The cell as text; nothing where it holds a list or an object."""
    value = row.get(name)
    return "" if value is None or isinstance(value, (dict, list)) else str(value).strip()


def list_of(row: Mapping[str, Any], name: str) -> list[str]:
    """The parts of a cell, parted by `;` or `,` or written as a list."""
    value = json_of(row, name)
    parts = [str(part) for part in value] if isinstance(value, list) else re.split(r"[;,]", text_of(row, name))
    return [part.strip() for part in parts if part.strip()]


def json_of(row: Mapping[str, Any], name: str) -> Any:
    """The value of a cell: as JSON where it is written so, else as it is."""
    value = row.get(name)
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def object_of(row: Mapping[str, Any], name: str) -> dict[str, object]:
    """The object that a cell holds; an empty one where it holds none."""
    value = json_of(row, name)
    return dict(value) if isinstance(value, dict) else {}


def attributes_of(row: Mapping[str, Any]) -> dict[str, object]:
    """Code → value as sent, from the object of attributes and from the columns of single ones."""
    found = object_of(row, "attributes")
    for name, value in row.items():
        if name.startswith(ATTRIBUTE) and not name.endswith(UNIT_SUFFIX) and value not in (None, ""):
            found[name.removeprefix(ATTRIBUTE)] = {"v": value, "unit": row.get(name + UNIT_SUFFIX) or None}
    return found


def pairs_of(row: Mapping[str, Any], name: str) -> list[tuple[str, str]]:
    """`SKU:word; SKU:word` or [[SKU, word], …]. Raises: ValueError (something is no pair)."""
    value = json_of(row, name)
    if isinstance(value, list):
        pairs = [[str(cell).strip() for cell in pair] for pair in value if isinstance(pair, list)]
    else:
        pairs = [[cell.strip() for cell in part.rsplit(":", 1)] for part in text_of(row, name).split(";") if part.strip()]
    if any(len(pair) != 2 or not all(pair) for pair in pairs):
        raise ValueError(name)
    return [(pair[0], pair[1]) for pair in pairs]


def substitutes_of(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The pairs that a row names as substitutes; none where they cannot be read, which `listing_of` says."""
    try:
        return pairs_of(row, "substitutes")
    except ValueError:
        return []


def parts_of(row: Mapping[str, Any], name: str, width: int) -> list[list[str]]:
    """`1000:0.05; 5000:0.042` or [[1000, 0.05], …] as lists of text."""
    value = json_of(row, name)
    if isinstance(value, list):
        return [["" if cell is None else str(cell) for cell in part][:width] for part in value if isinstance(part, list)]
    return [_BETWEEN.split(part.strip(), maxsplit=width - 1) for part in text_of(row, name).split(";") if part.strip()]
