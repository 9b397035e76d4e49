"""The operator's lists: certificate schemes, processes, materials, industries; and the words for payment terms.

What is usual stands here; the operator adds to a list or takes an entry out of it (`models.ListEntry`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from marketplace.core.i18n import gettext, lazy, text
from vendors.models import ListEntry, ListKind

SCHEMES = (
    "ISO 9001", "ISO 14001", "ISO 45001", "ISO 13485", "IATF 16949", "AS 9100", "CE", "CE 305/2011", "CE PED", "CE PPE", "UKCA", "RoHS",
    "REACH", "BSCI", "SA8000", "FSC", "FDA", "UL", "ATEX", "EN 12413", "OEKO-TEX Standard 100",
)  # fmt: skip
"""Names as they stand on papers, the same in every language."""
USUAL: Mapping[ListKind, Mapping[str, str]] = {
    ListKind.SCHEME: {name: name for name in SCHEMES},
    ListKind.PROCESS: {
        "cnc_milling": lazy("CNC milling"),
        "cnc_turning": lazy("CNC turning"),
        "cold_forming": lazy("Cold forming"),
        "forging": lazy("Forging"),
        "casting": lazy("Casting"),
        "stamping": lazy("Stamping"),
        "laser_cutting": lazy("Laser cutting"),
        "bending": lazy("Bending"),
        "welding": lazy("Welding"),
        "threading": lazy("Thread rolling and cutting"),
        "grinding": lazy("Grinding"),
        "heat_treatment": lazy("Heat treatment"),
        "surface_treatment": lazy("Surface treatment"),
        "injection_moulding": lazy("Injection moulding"),
        "extrusion": lazy("Extrusion"),
        "cable_making": lazy("Cable making and cutting to length"),
        "electronics_assembly": lazy("Electronics assembly"),
        "weaving": lazy("Weaving and knitting"),
        "sewing": lazy("Sewing"),
        "printing": lazy("Printing and marking"),
        "converting": lazy("Paper and film converting"),
        "assembly": lazy("Assembly and kitting"),
        "stocking": lazy("Stock keeping and repacking"),
    },
    ListKind.MATERIAL: {
        "carbon_steel": lazy("Carbon steel"),
        "alloy_steel": lazy("Alloy steel"),
        "stainless_steel": lazy("Stainless steel"),
        "cast_iron": lazy("Cast iron"),
        "aluminium": lazy("Aluminium"),
        "brass": lazy("Brass and bronze"),
        "copper": lazy("Copper"),
        "titanium": lazy("Titanium"),
        "plastics": lazy("Plastics"),
        "rubber": lazy("Rubber"),
        "ceramics": lazy("Ceramics and abrasives"),
        "textiles": lazy("Textiles"),
        "paper": lazy("Paper and board"),
        "wood": lazy("Wood"),
        "glass": lazy("Glass"),
    },
    ListKind.INDUSTRY: {
        "rail": lazy("Rail"),
        "automotive": lazy("Automotive"),
        "construction": lazy("Construction"),
        "machinery": lazy("Machinery"),
        "energy": lazy("Energy"),
        "marine": lazy("Marine"),
        "electrical": lazy("Electrical and lighting"),
        "food": lazy("Food and drink"),
        "medical": lazy("Medical"),
        "water": lazy("Water and pumps"),
        "packaging": lazy("Packaging"),
        "workwear": lazy("Workwear"),
        "maintenance": lazy("Maintenance and repair"),
    },
}
KINDS = {
    ListKind.SCHEME: lazy("Certificates"),
    ListKind.PROCESS: lazy("Processes"),
    ListKind.MATERIAL: lazy("Materials"),
    ListKind.INDUSTRY: lazy("Industries"),
}
TERMS = {
    "protected": lazy("Protected payment"),
    "prepay": lazy("Prepayment"),
    "net7": lazy("Net 7 days"),
    "net15": lazy("Net 15 days"),
    "net30": lazy("Net 30 days"),
    "net45": lazy("Net 45 days"),
    "net60": lazy("Net 60 days"),
    "net90": lazy("Net 90 days"),
}
"""Payment terms of product.md §9 that a vendor can offer."""
CAPACITY_UNITS = {"pcs": lazy("pieces"), "kg": lazy("kg"), "t": lazy("tonnes"), "m": lazy("metres"), "m2": lazy("square metres")}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a list as it is shown."""

    kind: ListKind
    key: str
    name: str
    is_offered: bool
    is_usual: bool


def merged(kind: ListKind, changes: Iterable[ListEntry]) -> list[Entry]:
    """A list with the operator's changes, by name in the reader's language; those that are withdrawn come last."""
    changed = {entry.key: entry for entry in changes if entry.kind is kind}
    entries = [
        Entry(kind, key, gettext(name), key not in changed or changed[key].withdrawn_at is None, is_usual=True)
        for key, name in USUAL[kind].items()
    ]
    entries += [
        Entry(kind, key, text(entry.name), entry.withdrawn_at is None, is_usual=False)
        for key, entry in changed.items()
        if key not in USUAL[kind]
    ]
    return sorted(entries, key=lambda entry: (not entry.is_offered, entry.name.casefold()))
