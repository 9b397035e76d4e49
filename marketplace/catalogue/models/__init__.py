"""Tables of the catalogue, one file per noun; this page names them all."""

from marketplace.catalogue.models.bulk import BulkEdit, BulkEditRow, BulkState, RowState
from marketplace.catalogue.models.categories import (
    AttributeDefinition,
    AttributeKind,
    Category,
    CategoryAttribute,
    CategoryChange,
    CategoryChangeKind,
    CategoryMove,
    Item,
)
from marketplace.catalogue.models.documents import DocumentAccess, DocumentGrant, DocumentVersion, GrantState, ProductDocument
from marketplace.catalogue.models.imports import (
    CatalogueExport,
    CatalogueImport,
    ExportState,
    ImportFault,
    ImportMapping,
    ImportState,
)
from marketplace.catalogue.models.pictures import PictureState, ProductPicture
from marketplace.catalogue.models.products import MOVES, Product, ProductProposal, ProductState, ProductVersion, ProposalState
from marketplace.catalogue.models.stock import (
    MovementKind,
    Place,
    ReservationState,
    Stock,
    StockMovement,
    StockReservation,
)
from marketplace.catalogue.models.takedowns import ProductTakedown, TakedownEnd, TakedownSource
from marketplace.catalogue.models.variants import KitPart, PriceTier, Supply, Variant

__all__ = [
    "MOVES",
    "AttributeDefinition",
    "AttributeKind",
    "BulkEdit",
    "BulkEditRow",
    "BulkState",
    "CatalogueExport",
    "CatalogueImport",
    "Category",
    "CategoryAttribute",
    "CategoryChange",
    "CategoryChangeKind",
    "CategoryMove",
    "DocumentAccess",
    "DocumentGrant",
    "DocumentVersion",
    "ExportState",
    "GrantState",
    "ImportFault",
    "ImportMapping",
    "ImportState",
    "Item",
    "KitPart",
    "MovementKind",
    "PictureState",
    "Place",
    "PriceTier",
    "Product",
    "ProductDocument",
    "ProductPicture",
    "ProductProposal",
    "ProductState",
    "ProductTakedown",
    "ProductVersion",
    "ProposalState",
    "ReservationState",
    "RowState",
    "Stock",
    "StockMovement",
    "StockReservation",
    "Supply",
    "TakedownEnd",
    "TakedownSource",
    "Variant",
]
