"""Synonyms, pins and what is learned of searches: read by staff, changed by the platform's administrator."""

from tests.walls.case import Case, Ref

SYNONYM: dict[str, Ref | str] = {"rule_id": Ref("synonym")}
PIN: dict[str, Ref | str] = {"pin_id": Ref("pin")}
WORDS = {"asked": "gizmo", "also": "flange nut", "kind": "both", "language": "en"}
PRODUCTS = {"words": "wall gizmo", "products": Ref("live_sku", own=True)}

CASES = [
    Case("search.show_desk", owner="staff.support"),
    Case("search.show_report", owner="staff.support", at={"name": "queries"}),
    Case("search.export_report", owner="staff.support", at={"name": "vendors"}),
    Case("search.list_searches", owner="staff.support"),
    Case("search.export_searches", owner="staff.support"),
    Case("search.show_search", owner="staff.support", at={"search_id": Ref("search")}),
    Case("search.list_synonyms", owner="staff.support"),
    Case("search.export_synonyms", owner="staff.support"),
    Case("search.list_dictionaries", owner="staff.support"),
    Case("search.add_synonym", owner="staff.admin"),
    Case("search.add_synonym", "POST", owner="staff.admin", body=WORDS, writes=False),
    Case("search.edit_synonym", owner="staff.admin", at=SYNONYM),
    Case("search.edit_synonym", "POST", owner="staff.admin", at=SYNONYM, body=WORDS, writes=False),
    Case("search.remove_synonym", "POST", owner="staff.admin", at=SYNONYM, body={"seen": Ref("synonym_seen", own=True)}),
    Case("search.list_pins", owner="staff.support"),
    Case("search.export_pins", owner="staff.support"),
    Case("search.add_pin", owner="staff.admin"),
    Case("search.add_pin", "POST", owner="staff.admin", body=PRODUCTS, writes=False),
    Case("search.edit_pin", owner="staff.admin", at=PIN),
    Case("search.edit_pin", "POST", owner="staff.admin", at=PIN, body=PRODUCTS, writes=False),
    Case("search.remove_pin", "POST", owner="staff.admin", at=PIN, body={"seen": Ref("pin_seen", own=True)}),
    Case("search.list_changes", owner="staff.support"),
    Case("search.export_changes", owner="staff.support"),
    Case("search.undo_rule_change", "POST", owner="staff.admin", at={"change_id": Ref("rule_change")}),
]
