"""What a side agrees and tells after placement: open changes of both kinds, a stage of production with a photo."""

from datetime import date
from uuid import UUID

from marketplace.core import files
from marketplace.core.audit import Actor
from marketplace.core.db import transaction
from marketplace.orders import queries, services
from marketplace.orders.models import VendorOrder
from tests.walls.shops import picture
from tests.walls.side import Side, World

LATER = date(2031, 3, 1)


def propose(world: World, side: Side, step: str, order: VendorOrder, *, vendor: Actor, buyer: Actor, name: str) -> None:
    """The vendor asks for another day (`asked`), or the buyer does (`wished`); the order's ids are kept under the step's name."""
    word = world.word(side, f"{step} {name} reason", "buyer", name)
    days = dict.fromkeys(queries.line_ids([order.id]), LATER)
    with transaction():
        if step == "asked":
            change = services.propose_days_as_vendor(order.id, days=days, reason=f"Steel {word}", actor=vendor)
        else:
            change = services.propose_days_as_buyer(order.id, days=days, reason=f"Hall {word}", actor=buyer)
    side.ids[f"{step}_change" if name == "vendor" else f"{step}_cochange"] = str(change.id)


def tell(world: World, side: Side, order: VendorOrder, *, vendor: Actor, name: str) -> None:
    """The vendor writes down a stage with a photo, which the buyer reads."""
    content = picture()
    word = world.word(side, f"{name} stage", "buyer", name)
    company_id: UUID = order.vendor_id
    with transaction():
        photo = files.record(company_id, f"{name}.png", content)
    files.store_picture(photo, content)
    with transaction():
        services.write_stage(order.id, title=f"Cut {word}", note=None, photos=[photo], actor=vendor)
    side.ids[f"{name}_photo"] = str(photo.id)
