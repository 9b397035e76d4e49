"""Counts of many variants at once, written the same way by an import and by a bulk edit."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from marketplace.catalogue.copying import copy_lines
from marketplace.catalogue.models import MovementKind
from marketplace.catalogue.services.stock import fill_back_orders
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.ids import new_id
from marketplace.core.records import record

MOVEMENT_COLUMNS = ("id", "variant_id", "place_id", "kind", "on_hand_change", "reserved_change", "reference_id", "at", "actor_id")
NOBODY = r"\N"


@record
class Count:
    """What lay of a variant in a place and what was counted there, in base units. The caller has locked the row."""

    variant_id: UUID
    place_id: UUID
    before: int
    after: int


def write_counts(counts: Sequence[Count], *, actor: Actor) -> None:
    """Set counts that differ from what stood there, each with its movement. What has come in goes to back-orders, the oldest first."""
    if not counts:
        return
    db.session.execute(
        text(
            "UPDATE stock s SET on_hand = counted.on_hand"
            " FROM unnest(CAST(:variants AS uuid[]), CAST(:places AS uuid[]), CAST(:counts AS bigint[]))"
            " AS counted (variant_id, place_id, on_hand)"
            " WHERE s.variant_id = counted.variant_id AND s.place_id = counted.place_id"
        ),
        {
            "variants": [count.variant_id for count in counts],
            "places": [count.place_id for count in counts],
            "counts": [count.after for count in counts],
        },
    )
    note_counts(counts, actor=actor)
    fill_back_orders({count.variant_id for count in counts if count.after > count.before})


def note_counts(counts: Sequence[Count], *, actor: Actor) -> None:
    """The movements of counts whose rows the caller has written."""
    kind = MovementKind.COUNTED.value
    rest = f"0\t{NOBODY}\t{clock.now().isoformat()}\t{actor.person_id or NOBODY}"
    lines = (
        f"{new_id().hex}\t{count.variant_id.hex}\t{count.place_id.hex}\t{kind}\t{count.after - count.before}\t{rest}" for count in counts
    )
    copy_lines("stock_movements", MOVEMENT_COLUMNS, lines)
