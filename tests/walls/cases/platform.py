"""The desk's own pages, search, health and what has no owner."""

from tests.walls.case import Case, Ref

CASES = [
    Case("admin.show_home", owner="staff.support"),
    Case("admin.show_audit_log", owner="staff.support"),
    Case("admin.export_audit_log", owner="staff.support"),
    Case("admin.list_vendors", owner="staff.support"),
    Case("admin.list_orders", owner="staff.support"),
    Case("admin.show_order", owner="staff.support", at={"number": Ref("delivered_order")}),
    Case("admin.show_status", owner="staff.support"),
    Case("admin.try_job_again", "POST", owner="staff.admin", at={"job_id": Ref("job")}),
    Case("admin.show_public_status", owner="visitor", strangers="served"),
    Case("core.set_theme", "POST", owner="visitor", body={"theme": "dark", "next": "/status"}, strangers="served", writes=False),
    Case("health.healthz", owner="visitor", strangers="served"),
    Case("health.readyz", owner="visitor", strangers="served"),
    Case("search.show_start", owner="visitor", strangers="served"),
    Case("search.results", owner="visitor", query={"q": "bolt"}, strangers="served"),
    Case("search.show_categories", owner="visitor", strangers="served"),
    Case("search.show_category", owner="visitor", at={"slug": "wall-bolts"}, strangers="served"),
    Case("search.compare", owner="visitor", query={"variant": Ref("live_variant", own=True)}, strangers="served"),
]
