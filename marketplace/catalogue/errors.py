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


class LastVariant(Conflict):
    """A listing has at least one variant."""

    code = "last_variant"
    message = lazy("This is the only variant. Retire the product instead.")


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
    """Less would be left than open orders have been promised; `reserved` and `on_hand` are in base units."""

    code = "stock_below_reserved"
    message = lazy("Open orders have been promised more than this.")

    def __init__(self, reserved: int, on_hand: int = 0) -> None:
        super().__init__(reserved=reserved)
        self.reserved = reserved
        self.on_hand = on_hand


class KitHasNoStock(Conflict):
    """A kit is not counted: its stock is what its parts allow."""

    code = "kit_has_no_stock"
    message = lazy("The stock of a kit is that of its parts. Count the parts.")


class TooMuch(Conflict):
    """More than any place can hold."""

    code = "too_much"
    message = lazy("This number is too large.")


class SamePlace(Conflict):
    """Goods were to be moved to where they are."""

    code = "same_place"
    message = lazy("Choose another place: they are there already.")


class PlaceTaken(Conflict):
    """The vendor has another place of this name."""

    code = "place_taken"
    message = lazy("You have a place of this name already.")


class TooManyPictures(Conflict):
    """A listing has at most so many photos."""

    code = "too_many_pictures"
    message = lazy("A product has at most 12 photos. Take one away first.")


class NothingClosed(Conflict):
    """There is no document that the company would have to ask for."""

    code = "nothing_closed"
    message = lazy("There is nothing to ask for: you may read these documents.")


class NothingChosen(Conflict):
    """No listing of the vendor fits what was chosen."""

    code = "nothing_chosen"
    message = lazy("Choose at least one product.")


class TooManyChosen(Conflict):
    """More listings than one bulk edit takes."""

    code = "too_many_chosen"
    message = lazy("These are too many products for one edit: at most 20,000. Filter the list first.")


class TooLate(Conflict):
    """The day in which a bulk edit can be taken back is over."""

    code = "too_late"
    message = lazy("A bulk edit can be taken back for 24 hours.")


class ImportRunning(Conflict):
    """The vendor has another import that is being done."""

    code = "import_running"
    message = lazy("Another import of yours is being done. Start this one when it has ended.")


class CategoryRefused(Conflict):
    """The category or attribute cannot be changed so; `field` names what is wrong, `values` fill the text."""

    code = "category_refused"
    message = lazy("This cannot be done as things stand now.")

    def __init__(self, field: str, text: str, **values: object) -> None:
        super().__init__(text, field=field)
        self.field = field
        self.values = values


class CategoryChangedSince(Conflict):
    """Somebody else has changed the category or the attribute since the form was opened."""

    code = "category_changed_since"
    message = lazy("Somebody else has changed this since. Below stands what is true now; save again to write yours over it.")
