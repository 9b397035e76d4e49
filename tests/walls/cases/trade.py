"""Carts, checkout, orders of both sides, and the platform's desk."""

from tests.walls.case import Case, Ref

WHY = {"reason": "Neither side answers any more."}
CHECKOUT = {
    "location_id": Ref("location"),
    "buyer_reference": "BR-4711",
    "note": "Ring the bell.",
    "cart_id": Ref("cart"),
    "cart_version": Ref("cart_version", own=True),
    "total_minor": Ref("cart_total", own=True),
    "currency": "EUR",
}


def _order(step: str, key: str = "order") -> dict[str, Ref]:
    return {"number": Ref(f"{step}_{key}")}


def _purchase(step: str) -> dict[str, Ref]:
    return {"number": Ref(f"{step}_purchase")}


CASES = [
    Case("carts.show_cart", personal=True),
    Case(
        "carts.change_lines",
        "POST",
        body={"lines-0-id": Ref("line"), "lines-0-quantity": "20"},
        bulk={"lines-1-id": Ref("line"), "lines-1-quantity": "30"},
        personal=True,
    ),
    Case("carts.add_line", "POST", body={"variant_id": Ref("contract_variant"), "quantity": "10", "next": "/cart"}),
    Case("carts.remove_line", "POST", at={"line_id": Ref("line")}, personal=True),
    Case("orders.checkout", personal=True),
    Case("orders.place_order", "POST", body=CHECKOUT, personal=True),
    Case("orders.list_purchases"),
    Case("orders.export_purchases"),
    Case("orders.show_purchase", at=_purchase("delivered")),
    Case("orders.show_purchase", at=_purchase("unpaid"), label="unpaid"),
    Case("orders.show_purchase", at=_purchase("problem"), label="problem"),
    Case("orders.pay_purchase", "POST", at=_purchase("unpaid")),
    Case("orders.cancel_purchase", "POST", at=_purchase("unpaid")),
    Case("orders.cancel_order", "POST", at=_order("placed")),
    Case("orders.confirm_delivery", "POST", at=_order("shipped")),
    Case("orders.accept_goods", "POST", at=_order("delivered")),
    Case("orders.list_vendor_orders", owner="vendor"),
    Case("orders.export_vendor_orders", owner="vendor"),
    Case("orders.show_vendor_order", owner="vendor", at=_order("delivered")),
    Case("orders.show_vendor_order", owner="vendor", at=_order("problem"), label="problem"),
    Case("orders.show_vendor_order", owner="covendor", at=_order("shipped", "coorder"), label="of the other vendor"),
    Case("orders.accept_order", "POST", owner="vendor", at=_order("placed")),
    Case("orders.accept_order", "POST", owner="covendor", at=_order("placed", "coorder"), label="of the other vendor"),
    Case("orders.decline_order", "POST", owner="vendor", at=_order("placed"), body=WHY),
    Case("orders.mark_in_production", "POST", owner="vendor", at=_order("accepted")),
    Case("orders.mark_ready", "POST", owner="vendor", at=_order("accepted")),
    Case("orders.ship_order", "POST", owner="vendor", at=_order("ready"), body={"carrier": "DSV", "tracking": "SE-1"}),
    Case("orders.deliver_with_proof", "POST", owner="vendor", at=_order("shipped"), body={"signed_by": "M. Lind"}),
    Case("orders.show_cancel_by_platform", owner="staff.finance", at=_order("ready")),
    Case("orders.cancel_by_platform", "POST", owner="staff.finance", at=_order("ready"), body=WHY | {"next": "/desk/orders"}),
]
