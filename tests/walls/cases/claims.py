"""Claims: the buyer's form and acts, the vendor's answers, the platform's decision."""

from tests.walls.case import Case, Ref

WHY = {"reason": "Neither side answers any more."}
PROBLEM = {
    "lines-0-line_id": Ref("delivered_order_line"),
    "lines-0-kind": "damaged",
    "lines-0-quantity": "1",
    "lines-0-text": "Two boxes came open and wet.",
    "lines-0-wish": "credit",
}
PARCEL = {"carrier": "DSV", "tracking": "SE-9"}


def _order() -> dict[str, Ref]:
    return {"number": Ref("delivered_order")}


def _claim(state: str = "") -> dict[str, Ref]:
    return {"number": Ref("problem_order"), "claim": Ref(f"{state}claim")}


def _line(state: str = "") -> dict[str, Ref]:
    return _claim(state) | {"line_id": Ref(f"{state}claim_line")}


CASES = [
    Case("orders.show_problem_form", at=_order()),
    Case("orders.report_problem", "POST", at=_order(), body=PROBLEM),
    Case("orders.show_buyer_claim", at=_claim()),
    Case("orders.show_buyer_claim", at=_claim("returning_"), label="returning"),
    Case("orders.accept_answer", "POST", at=_line("answered_")),
    Case("orders.withdraw_claim_line", "POST", at=_line()),
    Case("orders.confirm_replacement", "POST", at=_line("replaced_")),
    Case("orders.send_return", "POST", at=_line("returning_"), body=PARCEL),
    Case("orders.hand_over_claim", "POST", at=_claim("late_")),
    Case("orders.list_vendor_claims", owner="vendor"),
    Case("orders.export_vendor_claims", owner="vendor"),
    Case("orders.show_vendor_claim", owner="vendor", at=_claim()),
    Case("orders.show_vendor_claim", owner="vendor", at=_claim("returned_"), label="returned"),
    Case("orders.answer_claim_line", "POST", owner="vendor", at=_line(), body={"answer": "credit", "amount": "0.50", "text": "Sorry."}),
    Case("orders.send_replacement", "POST", owner="vendor", at=_line("replacing_"), body=PARCEL),
    Case("orders.confirm_return", "POST", owner="vendor", at=_line("returned_")),
    Case("orders.hand_over_vendor_claim", "POST", owner="vendor", at=_claim("late_")),
    Case("orders.appeal_as_buyer", "POST", at=_claim("ruled_"), body=WHY),
    Case("orders.appeal_as_vendor", "POST", owner="vendor", at=_claim("ruled_"), body=WHY),
    Case("orders.accept_ruling_as_buyer", "POST", at=_claim("ruled_")),
    Case("orders.accept_ruling_as_vendor", "POST", owner="vendor", at=_claim("ruled_")),
    Case("orders.list_claims", owner="staff.finance"),
    Case("orders.export_claims", owner="staff.finance"),
    Case("orders.show_claim", owner="staff.finance", at={"number": Ref("claim")}),
    Case("orders.decide_claim", "POST", owner="staff.finance", at={"number": Ref("claim")}, body=WHY | {"decision": "refund"}),
    Case(
        "orders.decide_claim",
        "POST",
        owner="staff.finance",
        at={"number": Ref("claim")},
        body=WHY | {"decision": "release"},
        label="release",
    ),
    Case(
        "orders.decide_claim",
        "POST",
        owner="staff.finance",
        at={"number": Ref("claim")},
        body=WHY | {"decision": "split", "amount": "0.20"},
        label="a part each way",
    ),
]
