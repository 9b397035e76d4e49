"""Pure: what a number of ours looks like. Anything else in an address names nothing, and never reaches the database."""

import re

_NUMBER = re.compile(r"(?:PO|ORD|CLM)-[0-9]{4}-[0-9]{6,12}")


def is_number(text: str) -> bool:
    """Whether the text is written like `PO-2026-000042`."""
    return _NUMBER.fullmatch(text) is not None
