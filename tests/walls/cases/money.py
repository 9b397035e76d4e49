"""Payments and reviews."""

from tests.walls.case import Case, Ref

REVIEW = {
    "stars": "4",
    "quality": "4",
    "on_time": "5",
    "communication": "4",
    "documents": "3",
    "would_reorder": "yes",
    "text": "Gauge passed on all samples.",
}


def _payment(step: str) -> dict[str, Ref]:
    return {"payment_id": Ref(f"{step}_payment")}


CASES = [
    Case("payments.show_payment", at=_payment("unpaid")),
    Case("payments.show_payment", at=_payment("delivered"), label="held"),
    Case("payments.start_payment", "POST", at=_payment("unpaid")),
    Case("payments.continue_payment", at=_payment("unpaid")),
    Case("payments.return_from_provider", at=_payment("unpaid")),
    Case("payments.show_payout_account", owner="vendor"),
    Case("payments.start_payout_account", "POST", owner="covendor"),
    Case("payments.continue_payout_account", owner="vendor"),
    Case("payments.return_from_onboarding", owner="vendor"),
    Case("payments.show_vendor_money", owner="vendor"),
    Case("payments.export_vendor_money", owner="vendor"),
    Case("payments.show_ledger", owner="staff.finance"),
    Case("payments.retry_operation", "POST", owner="staff.finance", at={"operation_id": Ref("operation")}),
    Case("payments.retry_refund", "POST", owner="staff.finance", at={"refund_id": Ref("refund")}),
    Case("reviews.show_score", owner="visitor", strangers="served"),
    Case("reviews.list_lines_to_review"),
    Case("reviews.write_review", query={"line": Ref("line_to_review")}),
    Case("reviews.save_review", "POST", query={"line": Ref("line_to_review")}, body=REVIEW),
    Case("reviews.show_review", at={"review_id": Ref("review")}),
    Case("reviews.edit_review", at={"review_id": Ref("review")}),
    Case("reviews.save_edited_review", "POST", at={"review_id": Ref("review")}, body=REVIEW),
    Case("reviews.list_vendor_reviews", owner="vendor"),
    Case("reviews.reply_to_review", "POST", owner="vendor", at={"review_id": Ref("review")}, body={"text": "Thank you."}),
]
