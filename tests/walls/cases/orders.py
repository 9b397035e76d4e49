"""Orders after placement: shipments of a part, changes, production, documents, reorder."""

from tests.walls.case import Case, Ref, Upload
from tests.walls.shops import PDF

WHY = {"reason": "The hall is being painted."}
ANSWER = {"answer": "As you wish."}


def _order(step: str, key: str = "order", **more: Ref | str) -> dict[str, Ref | str]:
    return {"number": Ref(f"{step}_{key}"), **more}


def _change(step: str) -> dict[str, Ref | str]:
    return _order(step, change=Ref(f"{step}_change"))


def _rows(step: str, **values: str) -> dict[str, Ref | str]:
    return {"lines-0-line_id": Ref(f"{step}_order_line")} | {f"lines-0-{name}": value for name, value in values.items()}


def _row(step: str, **values: str) -> dict[str, Ref | str]:
    return {"lines-1-line_id": Ref(f"{step}_order_line")} | {f"lines-1-{name}": value for name, value in values.items()}


SHIP = _rows("ready", quantity="5") | {"carrier": "DSV", "tracking": "SE-2"}

CASES = [
    Case("orders.show_ship_form", owner="vendor", at=_order("ready")),
    Case("orders.ship_part", "POST", owner="vendor", at=_order("ready"), body=SHIP, bulk=_row("ready", quantity="1")),
    Case("orders.show_proof_form", owner="vendor", at=_order("shipped", position="1")),
    Case(
        "orders.deliver_shipment_with_proof",
        "POST",
        owner="vendor",
        at=_order("shipped", position="1"),
        body={"signed_by": "M. Lind", "proof": Upload("note.pdf", PDF)},
    ),
    Case("orders.show_count_form", at=_order("shipped", position="1")),
    Case(
        "orders.confirm_shipment",
        "POST",
        at=_order("shipped", position="1"),
        body=_rows("shipped", quantity="9"),
        bulk=_row("shipped", quantity="1"),
    ),
    Case("orders.show_accept_form", at=_order("delivered")),
    Case(
        "orders.accept_lines", "POST", at=_order("delivered"), body=_rows("delivered", quantity="4"), bulk=_row("delivered", quantity="1")
    ),
    Case("orders.show_vendor_days_form", owner="vendor", at=_order("accepted")),
    Case(
        "orders.propose_days_as_vendor",
        "POST",
        owner="vendor",
        at=_order("accepted"),
        body=_rows("accepted", day="2031-02-03") | WHY,
        bulk=_row("accepted", day="2031-02-03"),
    ),
    Case(
        "orders.propose_days_as_vendor",
        "POST",
        owner="vendor",
        at=_order("placed"),
        body=_rows("placed", day="2031-02-03") | WHY,
        label="as a condition",
    ),
    Case("orders.show_buyer_days_form", at=_order("accepted")),
    Case(
        "orders.propose_days_as_buyer",
        "POST",
        at=_order("accepted"),
        body=_rows("accepted", day="2031-02-03") | WHY,
        bulk=_row("accepted", day="2031-02-03"),
    ),
    Case("orders.show_vendor_quantities_form", owner="vendor", at=_order("accepted")),
    Case(
        "orders.propose_quantities_as_vendor",
        "POST",
        owner="vendor",
        at=_order("accepted"),
        body=_rows("accepted", quantity="1") | WHY,
        bulk=_row("accepted", quantity="1"),
    ),
    Case("orders.show_buyer_quantities_form", at=_order("accepted")),
    Case(
        "orders.propose_quantities_as_buyer",
        "POST",
        at=_order("accepted"),
        body=_rows("accepted", quantity="1") | WHY,
        bulk=_row("accepted", quantity="1"),
    ),
    Case("orders.show_vendor_cancel_form", owner="vendor", at=_order("accepted")),
    Case(
        "orders.propose_cancel_as_vendor",
        "POST",
        owner="vendor",
        at=_order("accepted"),
        body={"line_ids": Ref("accepted_order_line")} | WHY,
    ),
    Case("orders.show_buyer_cancel_form", at=_order("accepted")),
    Case("orders.propose_cancel_as_buyer", "POST", at=_order("accepted"), body={"line_ids": Ref("accepted_order_line")} | WHY),
    Case("orders.accept_change_as_buyer", "POST", at=_change("asked"), body=ANSWER),
    Case("orders.decline_change_as_buyer", "POST", at=_change("asked"), body=ANSWER),
    Case("orders.withdraw_change_as_vendor", "POST", owner="vendor", at=_change("asked")),
    Case("orders.accept_change_as_vendor", "POST", owner="vendor", at=_change("wished"), body=ANSWER),
    Case("orders.decline_change_as_vendor", "POST", owner="vendor", at=_change("wished"), body=ANSWER),
    Case("orders.withdraw_change_as_buyer", "POST", at=_change("wished")),
    Case("orders.show_stage_form", owner="vendor", at=_order("accepted")),
    Case("orders.write_stage", "POST", owner="vendor", at=_order("accepted"), body={"title": "Cut", "note": "All of it."}),
    Case("orders.show_buyer_document", at=_order("delivered", name="invoice")),
    Case("orders.show_buyer_document", at=_order("unpaid", name="purchase-order"), label="of an unpaid order"),
    Case("orders.show_vendor_document", owner="vendor", at=_order("delivered", name="packing-slip-1")),
    Case("orders.show_vendor_document", owner="covendor", at=_order("shipped", "coorder", name="invoice"), label="of the other vendor"),
    Case("orders.show_staff_document", owner="staff.support", at=_order("delivered", name="order-confirmation")),
    Case("orders.show_reorder", at={"number": Ref("delivered_purchase")}),
    Case(
        "orders.reorder",
        "POST",
        at={"number": Ref("delivered_purchase")},
        body={"line_ids": Ref("delivered_order_line")} | _rows("delivered", quantity="10"),
    ),
    Case(
        "accounts.show_file",
        at={"file_id": Ref("vendor_photo")},
        label="a photo of production",
        strangers="hidden",
        kin=("vendor", "quality", "buyer", "viewer", "staff"),
    ),
]
