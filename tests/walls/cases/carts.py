"""The buyer's tools: quick order, the account's home, requisition lists."""

from tests.walls.case import Case, Ref

QUICK_ROWS = {"rows-0-code": Ref("live_sku", own=True), "rows-0-quantity": "50"}
LIST = {"list_id": Ref("list")}
LINES = {"lines-0-id": Ref("list_line"), "lines-0-quantity": "30", "chosen": Ref("list_line")}
CASES = [
    Case("carts.quick_order"),
    Case("carts.read_quick_order", "POST", body=QUICK_ROWS, writes=False),
    Case("carts.add_quick_order", "POST", body=QUICK_ROWS),
    Case("carts.save_quick_order", "POST", body=QUICK_ROWS | {"name": "From a quick order"}),
    Case("carts.show_account_home"),
    Case("carts.list_account_orders"),
    Case("carts.export_account_orders"),
    Case("carts.list_lists"),
    Case("carts.export_lists"),
    Case("carts.create_list", "POST", body={"name": "Service parts"}),
    Case("carts.show_list", at=LIST),
    Case("carts.export_list", at=LIST),
    Case("carts.change_list", "POST", at=LIST, body=LINES),
    Case("carts.list_to_cart", "POST", at=LIST, body=LINES),
    Case("carts.rename_list", "POST", at=LIST, body={"name": "Renamed"}),
    Case("carts.copy_list", "POST", at=LIST, body={"name": "A copy"}),
    Case("carts.remove_list_line", "POST", at=LIST | {"line_id": Ref("list_line")}),
    Case("carts.remove_list", "POST", at=LIST),
    Case("carts.choose_list", query={"variant_id": Ref("contract_variant"), "quantity": "10"}),
    Case("carts.add_to_list", "POST", body={"variant_id": Ref("contract_variant"), "quantity": "10", "list_id": Ref("list")}),
    Case("carts.add_sample", "POST", body={"variant_id": Ref("contract_variant"), "next": "/cart"}),
    Case("carts.save_for_later", "POST", at={"line_id": Ref("line")}, personal=True),
    Case("carts.save_cart_as_list", "POST", body={"name": "From the cart"}),
]
