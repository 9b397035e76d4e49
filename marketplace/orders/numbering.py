"""What a number of ours looks like. Anything else in an address names nothing, and never reaches the database."""

import re

from sqlalchemy import ColumnElement, false
from sqlalchemy.orm import InstrumentedAttribute

_NUMBER = re.compile(r"(?:PO|ORD|CLM)-[0-9]{4}-[0-9]{6,12}")
_LETTERS = frozenset("PORDCLM-0123456789")


def is_number(text: str) -> bool:
    """Whether the text is written like `PO-2026-000042`."""
    return _NUMBER.fullmatch(text) is not None


def number_holds(number: InstrumentedAttribute[str], words: str) -> ColumnElement[bool]:
    """Whether a number of ours holds these words; a name or anything else stands in none, so that no row has to be looked at for it."""
    written = words.upper()
    return number.contains(written, autoescape=True) if _LETTERS.issuperset(written) else false()
