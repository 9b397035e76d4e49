"""Sponsored places: read by staff, changed by the platform's administrator."""

from tests.walls.case import Case, Ref

PLACE = {
    "product": Ref("live_sku", own=True),
    "words": "wall gizmo",
    "category": "",
    "from_on": "2026-01-01",
    "until_on": "2026-12-31",
    "click_price": "0.50",
    "monthly_cap": "20",
}

CASES = [
    Case("marketing.list_places", owner="staff.support"),
    Case("marketing.export_places", owner="staff.support"),
    Case("marketing.list_my_places", owner="vendor"),
    Case("marketing.export_my_places", owner="vendor"),
    Case("marketing.add_place", owner="staff.admin"),
    Case("marketing.add_place", "POST", owner="staff.admin", body=PLACE, writes=False),
    Case("marketing.end_place", "POST", owner="staff.admin", at={"place_id": Ref("sponsored_place")}),
]
