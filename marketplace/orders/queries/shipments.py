"""Reads of what leaves and arrives, and of what the vendor tells of production. The caller may see the order."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.orders.models import ProductionPhoto, ProductionStage, Shipment, ShipmentLine


def shipments_of_orders(order_ids: Sequence[UUID]) -> dict[UUID, list[Shipment]]:
    """The shipments of orders by order, in the order in which they left."""
    shipments: dict[UUID, list[Shipment]] = defaultdict(list)
    query = select(Shipment).where(Shipment.vendor_order_id.in_(order_ids)).order_by(Shipment.vendor_order_id, Shipment.position)
    for shipment in db.session.scalars(query) if order_ids else ():
        shipments[shipment.vendor_order_id].append(shipment)
    return shipments


def shipment_of_order(vendor_order_id: UUID, position: int) -> Shipment:
    """One shipment of an order by its place. Raises: NotFound."""
    found = db.session.scalar(select(Shipment).where(Shipment.vendor_order_id == vendor_order_id, Shipment.position == position))
    if found is None:
        raise NotFound
    return found


def first_delivery_at(vendor_order_id: UUID) -> datetime | None:
    """When the first goods of an order arrived; None while all are on their way."""
    return db.session.scalar(select(func.min(Shipment.delivered_at)).where(Shipment.vendor_order_id == vendor_order_id))


def lines_of_shipments(shipment_ids: Sequence[UUID]) -> dict[UUID, list[ShipmentLine]]:
    """How much of which line is in shipments, by shipment."""
    rows: dict[UUID, list[ShipmentLine]] = defaultdict(list)
    query = select(ShipmentLine).where(ShipmentLine.shipment_id.in_(shipment_ids)).order_by(ShipmentLine.shipment_id, ShipmentLine.line_id)
    for row in db.session.scalars(query) if shipment_ids else ():
        rows[row.shipment_id].append(row)
    return rows


def stages_of_orders(order_ids: Sequence[UUID]) -> dict[UUID, list[ProductionStage]]:
    """The stages of production by order, newest first."""
    stages: dict[UUID, list[ProductionStage]] = defaultdict(list)
    query = select(ProductionStage).where(ProductionStage.vendor_order_id.in_(order_ids))
    for stage in db.session.scalars(query.order_by(ProductionStage.at.desc(), ProductionStage.id.desc())) if order_ids else ():
        stages[stage.vendor_order_id].append(stage)
    return stages


def photos_of_stages(stage_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The files of the photos by stage, in their order."""
    photos: dict[UUID, list[UUID]] = defaultdict(list)
    query = (
        select(ProductionPhoto).where(ProductionPhoto.stage_id.in_(stage_ids)).order_by(ProductionPhoto.stage_id, ProductionPhoto.position)
    )
    for photo in db.session.scalars(query) if stage_ids else ():
        photos[photo.stage_id].append(photo.file_id)
    return photos
