"""Words for the values that listings hold: states, packs, lifecycles, units. Translated where they are shown."""

from marketplace.catalogue.models import ProductState
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
    "title_en": lazy("Title"),
    "title_zh": lazy("Title in Chinese"),
    "category_id": lazy("Category"),
    "description_en": lazy("Description"),
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
    "origin": lazy("Country of origin"),
    "hs_code": lazy("HS code"),
    "visibility": lazy("Who sees it"),
}
"""Field of the form → its label, for the summary of errors."""
