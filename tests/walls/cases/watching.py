"""Wishes of a company; saved searches, follows and the feed of one person."""

from tests.walls.case import Case, Ref

WISH: dict[str, Ref | str] = {"wish_id": Ref("wish")}
SEARCH: dict[str, Ref | str] = {"search_id": Ref("saved_search")}
WANTED = {"words": "PTFE hose", "quantity": "50", "unit": "m"}

CASES = [
    Case("search.list_wishes"),
    Case("search.export_wishes"),
    Case("search.make_wish"),
    Case("search.send_wish", "POST", body=WANTED),
    Case("search.show_wish", at=WISH),
    Case("search.edit_wish", "POST", at=WISH, body=WANTED | {"seen": Ref("wish_seen", own=True)}),
    Case("search.withdraw_wish", "POST", at=WISH),
    Case("search.list_all_wishes", owner="staff.support"),
    Case("search.export_all_wishes", owner="staff.support"),
    Case("search.list_saved", personal=True),
    Case("search.export_saved", personal=True),
    Case("search.new_search", query={"query": "q=bolt"}),
    Case("search.save_search", "POST", body={"name": "Bolts", "query": "q=bolt", "alert": "never"}),
    Case("search.edit_search", at=SEARCH, personal=True),
    Case("search.change_search", "POST", at=SEARCH, body={"name": "Renamed", "alert": "never"}, personal=True),
    Case("search.open_search", "POST", at=SEARCH, personal=True),
    Case("search.remove_search", "POST", at=SEARCH, personal=True),
    Case("search.ask_stop", owner="visitor", at={"token": Ref("stop_token")}, strangers="bearer"),
    Case("search.stop_search", "POST", owner="visitor", at={"token": Ref("stop_token")}, strangers="bearer"),
    Case("search.new_follow", query={"kind": "product", "subject_id": Ref("live_product", own=True)}),
    Case("search.follow", "POST", body={"kind": "product", "subject_id": Ref("live_product", own=True), "next": "/feed"}, writes=False),
    Case("search.unfollow", "POST", body={"kind": "vendor", "subject_id": Ref("vendor_company", own=True)}),
    Case("search.list_follows", personal=True),
    Case("search.export_follows", personal=True),
    Case("search.show_feed", personal=True),
]
