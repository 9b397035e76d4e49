"""What the feed is made of: an entry with its place, and the sources that entries come from."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

PAGE = 25
NEW, CHANGED, STATE, CERTIFICATE, CAPACITY, OWN_PRICE, OWN_FORMULA, OWN_GROUP, OWN_TAKEN, OWN_ENDED = range(10)
"""Sources, in the order in which they stand at one instant."""

Place = tuple[datetime, int, UUID]


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of news. `kind` is new, changed, paused, resumed, retired, own_price, own_formula, own_group, own_group_left,
    own_list_taken, own_list_ended, certificate_added, certificate_expiring or capacity.
    """

    at: datetime
    source: int
    id: UUID
    kind: str
    vendor_id: UUID
    product_id: UUID | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """What the feed is ordered by."""
        return (self.at, -self.source, self.id)
