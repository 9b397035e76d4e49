"""Refusals of the catalogue."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from marketplace.catalogue.faults import Fault
from marketplace.core.errors import Conflict
from marketplace.core.i18n import lazy


class ProductRefused(Conflict):
    """The listing breaks a rule of the catalogue; `faults` say which field and what would be right."""

    code = "product_refused"
    message = lazy("This product cannot be saved as it is.")

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults=[fault.field for fault in faults])
        self.faults = tuple(faults)


class ProductIncomplete(ProductRefused):
    """Something that buyers need is missing, so the product cannot be submitted."""

    code = "product_incomplete"
    message = lazy("Something is missing before this product can be submitted.")


class EditedMeanwhile(Conflict):
    """Somebody saved another version since the form was opened; `version` is the one that stands now."""

    code = "edited_meanwhile"
    message = lazy("Somebody else saved this product while you were editing it.")

    def __init__(self, version: int) -> None:
        super().__init__(version=version)
        self.version = version


class SKUTaken(Conflict):
    """The vendor already has another variant under this SKU."""

    code = "sku_taken"
    message = lazy("You already sell another product under this SKU.")


class OutOfStock(Conflict):
    """Less is free than was wanted. `shortages`: variant id → what is free now, in base units."""

    code = "out_of_stock"
    message = lazy("Not enough is in stock.")

    def __init__(self, shortages: Mapping[UUID, int]) -> None:
        super().__init__(shortages={str(variant_id): free for variant_id, free in shortages.items()})
        self.shortages = dict(shortages)


class StockBelowReserved(Conflict):
    """The count is less than what open orders have been promised; `reserved` is in base units."""

    code = "stock_below_reserved"
    message = lazy("Open orders have been promised more than this.")

    def __init__(self, reserved: int) -> None:
        super().__init__(reserved=reserved)
        self.reserved = reserved
