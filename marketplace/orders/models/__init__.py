"""Tables of the room orders, one file per noun; this page names them all."""

from marketplace.orders.models.changes import ChangeKind, ChangeRequest, ChangeRequestLine, ChangeState, LinePromise
from marketplace.orders.models.claims import (
    Claim,
    ClaimAppeal,
    ClaimLine,
    ClaimLineState,
    ClaimPhoto,
    ClaimState,
    ProblemKind,
    Remedy,
    Settlement,
)
from marketplace.orders.models.documents import DocumentCounter, Invoice, InvoiceKind
from marketplace.orders.models.production import ProductionPhoto, ProductionStage
from marketplace.orders.models.purchases import Purchase, PurchaseState
from marketplace.orders.models.shipments import Shipment, ShipmentLine
from marketplace.orders.models.vendor_orders import MOVES, PLATFORM_CANCELS, SAMPLE, OrderLine, S, VendorOrder, VendorOrderState

__all__ = [
    "MOVES",
    "PLATFORM_CANCELS",
    "SAMPLE",
    "ChangeKind",
    "ChangeRequest",
    "ChangeRequestLine",
    "ChangeState",
    "Claim",
    "ClaimAppeal",
    "ClaimLine",
    "ClaimLineState",
    "ClaimPhoto",
    "ClaimState",
    "DocumentCounter",
    "Invoice",
    "InvoiceKind",
    "LinePromise",
    "OrderLine",
    "ProblemKind",
    "ProductionPhoto",
    "ProductionStage",
    "Purchase",
    "PurchaseState",
    "Remedy",
    "S",
    "Settlement",
    "Shipment",
    "ShipmentLine",
    "VendorOrder",
    "VendorOrderState",
]
