"""Setting fields of a row, and what the history says of it."""

from collections.abc import Mapping
from typing import Any

from marketplace.core.db import Base


def set_fields(row: Base, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give a row these values; (before, after) of those that differ, both empty where none does."""
    changed = [name for name, value in given.items() if getattr(row, name) != value]
    before = {name: getattr(row, name) for name in changed}
    for name in changed:
        setattr(row, name, given[name])
    return before, {name: given[name] for name in changed}
