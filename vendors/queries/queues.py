"""What all queues of the desk ask alike: which part of the queue, whose work, which vendor. How a queue is added: `vendors.views.queues`."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Choice, Words
from vendors.models import Vendor

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Sorts what has no deadline behind all that has one."""
WHOSE = {"mine": lazy("Mine"), "nobody": lazy("Nobody's"), "others": lazy("Of colleagues")}


def part_of_queue(parts: Mapping[str, str], is_in: Callable[[str], ColumnElement[bool]]) -> Choice:
    """The filter by parts of a queue, by their words; a part has the same key in the address, in its count and in `Queue.first`."""
    return Choice("queue", lazy("Queue"), lambda: [(part, gettext(word)) for part, word in parts.items()], is_in)


def taken_by(column: InstrumentedAttribute[UUID | None], person_id: UUID) -> Choice:
    """The filter by who works on it, as one verifier asks; `column` is the `assigned_to` of the queue's table."""

    def condition(value: str) -> ColumnElement[bool]:
        if value == "nobody":
            return column.is_(None)
        return column == person_id if value == "mine" else column != person_id

    return Choice("whose", lazy("Taken by"), lambda: [(value, gettext(word)) for value, word in WHOSE.items()], condition)


def of_vendor() -> Words:
    """The filter by words of the vendor's name; the queue's query joins `Vendor`."""
    return Words("q", lazy("Vendor"), lambda words: Vendor.name.icontains(words, autoescape=True))
