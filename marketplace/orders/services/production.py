"""What the vendor tells of production: a stage with a note and photos, for the buyer to read."""

from collections.abc import Sequence
from uuid import UUID

from marketplace.core import clock, files
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import InvalidMove
from marketplace.core.files import StoredFile
from marketplace.core.ids import new_id
from marketplace.orders import queries
from marketplace.orders.models import ProductionPhoto, ProductionStage, VendorOrderState
from marketplace.orders.services.history import record
from marketplace.orders.services.telling import tell_buyer

S = VendorOrderState
IN_THE_HOUSE = frozenset({S.ACCEPTED, S.IN_PRODUCTION, S.READY})


def write_stage(vendor_order_id: UUID, *, title: str, note: str | None, photos: Sequence[StoredFile], actor: Actor) -> ProductionStage:
    """The vendor writes down what has been reached; the photos are files of its own, which the buyer may read from now on.

    Raises: NotFound (not this vendor's order), InvalidMove (not accepted, or everything has left).
    """
    order = queries.lock_order_of_vendor(vendor_order_id, vendor_id=actor.company_id)
    if order.state not in IN_THE_HOUSE:
        raise InvalidMove(state=order.state.value)
    stage = ProductionStage(id=new_id(), vendor_order_id=order.id, title=title, note=note, written_by_name=actor.name, at=clock.now())
    db.session.add(stage)
    db.session.flush()  # its photos point to it
    for position, photo in enumerate(photos, start=1):
        files.share(photo, order.buyer_id)
        db.session.add(ProductionPhoto(stage_id=stage.id, position=position, file_id=photo.id))
    record(actor, "stage_written", order, before=order.state, stage=title, photos=len(photos))
    tell_buyer("orders.email_stage", order)
    return stage
