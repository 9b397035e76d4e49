"""The category tree at the desk: for the platform's administrator alone."""

from tests.walls.case import Case, Ref

AT: dict[str, Ref | str] = {"category_id": Ref("spare_category")}
ATTRIBUTE: dict[str, Ref | str] = {"category_id": Ref("spare_category"), "code": "wall_colour"}
NAMES = {"name_en": "Spare parts", "name_zh": "", "position": "1", "unspsc": "", "hs_codes": ""}
ASKED = {"name_en": "Colour", "kind": "text", "position": "1"}
SEEN = {"seen": Ref("spare_seen", own=True)}

CASES = [
    Case("catalogue.list_categories", owner="staff.admin"),
    Case("catalogue.export_categories", owner="staff.admin"),
    Case("catalogue.add_category", owner="staff.admin"),
    Case("catalogue.add_category", "POST", owner="staff.admin", body={**NAMES, "slug": "wall-nuts", "holds": "products"}),
    Case("catalogue.show_category", owner="staff.admin", at=AT),
    Case("catalogue.edit_category", owner="staff.admin", at=AT),
    Case("catalogue.edit_category", "POST", owner="staff.admin", at=AT, body={**NAMES, **SEEN}, writes=False),
    Case("catalogue.merge_category", owner="staff.admin", at=AT),
    Case(
        "catalogue.merge_category",
        "POST",
        owner="staff.admin",
        at=AT,
        body={"into_id": Ref("other_category", own=True), "told": Ref("other_category", own=True), **SEEN},
    ),
    Case("catalogue.retire_category", "POST", owner="staff.admin", at=AT, body=SEEN),
    Case("catalogue.choose_attribute", owner="staff.admin", at=AT),
    Case("catalogue.define_attribute", "POST", owner="staff.admin", at=AT, body=ASKED, writes=False),
    Case("catalogue.edit_attribute", owner="staff.admin", at=ATTRIBUTE),
    Case("catalogue.edit_attribute", "POST", owner="staff.admin", at=ATTRIBUTE, body=ASKED, writes=False),
    Case("catalogue.remove_attribute", "POST", owner="staff.admin", at=ATTRIBUTE, body={"seen": Ref("attribute_seen", own=True)}),
    Case("catalogue.undo_category_change", "POST", owner="staff.admin", at={"change_id": Ref("category_change")}),
]
