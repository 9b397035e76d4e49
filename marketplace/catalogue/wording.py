"""Words for the values that listings hold: states, packs, lifecycles, units. Translated where they are shown."""

from marketplace.catalogue.models import (
    AttributeKind,
    BulkState,
    CatalogueImport,
    CategoryChangeKind,
    GrantState,
    ImportState,
    MovementKind,
    ProductState,
    RowState,
)
from marketplace.core.i18n import lazy

STATES: dict[ProductState, tuple[str, str | None]] = {
    ProductState.DRAFT: (lazy("Draft"), None),
    ProductState.CHECKING: (lazy("In review"), None),
    ProductState.LIVE: (lazy("Live"), "done"),
    ProductState.REFUSED: (lazy("Refused"), "late"),
    ProductState.PAUSED: (lazy("Paused"), "off"),
    ProductState.RETIRED: (lazy("Retired"), "off"),
}
"""state → (word, tone for its vendor)"""
TAKEN_DOWN = (lazy("Taken down"), "late")
"""The same for what is refused because it was taken down."""

MOVEMENTS = {
    MovementKind.COUNTED: lazy("Counted"),
    MovementKind.RECEIVED: lazy("Received"),
    MovementKind.RESERVED: lazy("Reserved for an order"),
    MovementKind.GIVEN_BACK: lazy("Promise given back"),
    MovementKind.SOLD: lazy("Sold"),
    MovementKind.REPLACED: lazy("Sent as a replacement"),
    MovementKind.RETURNED: lazy("Returned"),
    MovementKind.SCRAPPED: lazy("Scrapped"),
    MovementKind.MOVED: lazy("Moved to another place"),
}

GRANTS: dict[GrantState, tuple[str, str | None]] = {
    GrantState.ASKED: (lazy("Waits for you"), "need"),
    GrantState.GRANTED: (lazy("Open to them"), "done"),
    GrantState.REFUSED: (lazy("Refused"), "off"),
    GrantState.ENDED: (lazy("Ended"), "off"),
}

BULK_STATES: dict[BulkState, tuple[str, str | None]] = {
    BulkState.PLANNING: (lazy("Being reckoned"), None),
    BulkState.PLANNED: (lazy("Waits for your yes"), "need"),
    BulkState.APPLYING: (lazy("Being applied"), None),
    BulkState.APPLIED: (lazy("Applied"), "done"),
    BulkState.UNDOING: (lazy("Being taken back"), None),
    BulkState.UNDONE: (lazy("Taken back"), "off"),
    BulkState.DROPPED: (lazy("Dropped"), "off"),
}

IMPORT_STATES: dict[ImportState, tuple[str, str | None]] = {
    ImportState.MAPPING: (lazy("Waits for its columns"), "need"),
    ImportState.CHECKING: (lazy("Being tried"), None),
    ImportState.CHECKED: (lazy("Waits for your yes"), "need"),
    ImportState.IMPORTING: (lazy("Being imported"), None),
    ImportState.DONE: (lazy("Imported"), "done"),
    ImportState.CANCELLED: (lazy("Cancelled"), "off"),
    ImportState.FAILED: (lazy("Not readable"), "late"),
}

NOTHING_TAKEN = lazy("No row can be taken")
SAME = lazy("Nothing would change")


def import_word(found: CatalogueImport) -> tuple[str, str | None]:
    """(word, tone) of an import's state. A trial after which there is nothing to say yes to waits for nobody."""
    if found.state is not ImportState.CHECKED or found.made or found.changed:
        return IMPORT_STATES[found.state]
    return (SAME, "off") if found.unchanged else (NOTHING_TAKEN, "late")


ROW_STATES: dict[RowState, tuple[str, str | None]] = {
    RowState.PLANNED: (lazy("Planned"), None),
    RowState.APPLIED: (lazy("Applied"), "done"),
    RowState.LEFT_OUT: (lazy("Left out"), "late"),
    RowState.UNDONE: (lazy("Taken back"), "off"),
    RowState.KEPT: (lazy("Kept"), "need"),
}

RELATIONS = {
    "successor": lazy("Successor"),
    "equivalent": lazy("Equivalent"),
    "better_corrosion_class": lazy("Better corrosion class"),
    "higher_category": lazy("Higher category"),
    "larger": lazy("Larger"),
    "smaller": lazy("Smaller"),
    "thicker": lazy("Thicker"),
    "next_length": lazy("Next length"),
    "larger_set": lazy("Larger set"),
    "same_construction": lazy("Same construction"),
    "other_voltage_24v": lazy("Other voltage, 24 V"),
    "no_washer_needed": lazy("Needs no washer"),
    "ball_valve_instead": lazy("Ball valve instead"),
    "cobalt_version": lazy("Cobalt version"),
}
"""How a substitute relates to what it stands in for"""

LIFECYCLES = {
    "active": lazy("Active"),
    "not_for_new_designs": lazy("Not for new designs"),
    "last_time_buy": lazy("Last time to buy"),
    "end_of_life": lazy("End of life"),
}

PACKS = {
    "bag": lazy("bag"),
    "box": lazy("box"),
    "bundle": lazy("bundle"),
    "carton": lazy("carton"),
    "case": lazy("case"),
    "coil": lazy("coil"),
    "crate": lazy("crate"),
    "drum": lazy("drum"),
    "pack": lazy("pack"),
    "pallet": lazy("pallet"),
    "reel": lazy("reel"),
    "ring": lazy("ring"),
    "roll": lazy("roll"),
    "sleeve": lazy("sleeve"),
    "stack": lazy("stack"),
    "tube": lazy("tube"),
}

SUPPLIES = {"stock": lazy("From stock"), "made_to_order": lazy("Made to order")}

UNIT_WORDS = {
    "pc": lazy("piece"),
    "pair": lazy("pair"),
    "set": lazy("set"),
    "box": lazy("box"),
    "bag": lazy("bag"),
    "roll": lazy("roll"),
    "sheet": lazy("sheet"),
    "m": lazy("metre"),
    "kg": lazy("kilogram"),
    "l": lazy("litre"),
}

FIELDS = {
    "title_en": lazy("Title in English"),
    "title_zh": lazy("Title in Chinese"),
    "category_id": lazy("Category"),
    "description_en": lazy("Description in English"),
    "description_zh": lazy("Description in Chinese"),
    "keywords": lazy("Search words"),
    "brand": lazy("Brand"),
    "mpn": lazy("MPN"),
    "gtin": lazy("GTIN"),
    "sku": lazy("SKU"),
    "label": lazy("Name of this variant"),
    "unit": lazy("Unit"),
    "minimum": lazy("Minimum order"),
    "increment": lazy("Step"),
    "maximum": lazy("Maximum order"),
    "pack": lazy("Pack"),
    "pack_quantity": lazy("In one pack"),
    "supply": lazy("Supply"),
    "capacity_month": lazy("Capacity a month"),
    "price_per": lazy("Prices are for"),
    "tiers": lazy("Price tiers"),
    "lead_time": lazy("Lead time"),
    "weight": lazy("Weight"),
    "length": lazy("Size"),
    "width": lazy("Width"),
    "height": lazy("Height"),
    "origin": lazy("Country of origin"),
    "hs_code": lazy("HS code"),
    "codes": lazy("Further codes"),
    "attributes": lazy("Attributes"),
    "mix_group": lazy("Counts together as"),
    "back_order_on": lazy("More is expected on"),
    "sample": lazy("Sample"),
    "sample_price": lazy("Price of a sample"),
    "sample_credited": lazy("Credited on the first order"),
    "lifecycle": lazy("Lifecycle"),
    "last_time_buy_on": lazy("Last day to order"),
    "substitutes": lazy("Substitutes"),
    "parts": lazy("Parts of the kit"),
    "videos": lazy("Films"),
    "visibility": lazy("Who sees it"),
    "countries": lazy("Countries"),
    "companies": lazy("Companies"),
    "segments": lazy("Segments"),
}
"""Field of the form → its label, for the summary of errors."""

ATTRIBUTE_KINDS = {
    AttributeKind.TEXT: lazy("Free text"),
    AttributeKind.NUMBER: lazy("Number"),
    AttributeKind.BOOLEAN: lazy("Yes or no"),
    AttributeKind.CHOICE: lazy("One of a list"),
}

CATEGORY_CHANGES = {
    CategoryChangeKind.ADDED: lazy("Added"),
    CategoryChangeKind.EDITED: lazy("Edited"),
    CategoryChangeKind.RETIRED: lazy("Retired"),
    CategoryChangeKind.MERGED: lazy("Merged"),
    CategoryChangeKind.ATTRIBUTE_SET: lazy("Attribute set"),
    CategoryChangeKind.ATTRIBUTE_REMOVED: lazy("Attribute removed"),
}

CATEGORY_FIELDS = {
    "parent_id": lazy("Stands below"),
    "name": lazy("Name"),
    "unspsc": lazy("UNSPSC"),
    "hs_codes": lazy("HS codes"),
    "position": lazy("Place among its neighbours"),
    "code": lazy("Attribute code"),
    "kind": lazy("Type"),
    "unit": lazy("Unit"),
    "choices": lazy("Allowed values"),
    "is_required": lazy("Required"),
    "is_facet": lazy("Filter"),
    "is_comparable": lazy("Compared"),
    "into_slug": lazy("Merged into"),
    "retired": lazy("Retired"),
}
"""A field of a change → how it is called."""
