"""Payments: the buyer's payment, the vendor's account and money, the platform's books."""

from tests.walls.case import Case, Ref


def _payment(step: str) -> dict[str, Ref]:
    return {"payment_id": Ref(f"{step}_payment")}


CASES = [
    Case("payments.list_payments"),
    Case("payments.export_payments"),
    Case("payments.list_refunds"),
    Case("payments.export_refunds"),
    Case("payments.show_payment", at=_payment("unpaid")),
    Case("payments.show_payment", at=_payment("delivered"), label="held"),
    Case("payments.start_payment", "POST", at=_payment("unpaid")),
    Case("payments.continue_payment", at=_payment("unpaid")),
    Case("payments.return_from_provider", at=_payment("unpaid")),
    Case("payments.show_payout_account", owner="vendor"),
    Case("payments.start_payout_account", "POST", owner="covendor"),
    Case("payments.continue_payout_account", owner="vendor"),
    Case("payments.return_from_onboarding", owner="vendor"),
    Case("payments.stop_payouts", "POST", owner="vendor"),
    Case("payments.list_bank_changes", owner="staff.verifier"),
    Case("payments.export_bank_changes", owner="staff.verifier"),
    Case("payments.show_bank_details", owner="staff.verifier", at={"vendor_id": Ref("vendor_company")}),
    Case(
        "payments.decide_bank",
        "POST",
        owner="staff.verifier",
        at={"vendor_id": Ref("vendor_company")},
        body={"act": "refuse", "details": Ref("bank_details"), "reason": "The person at the number on record knows nothing of it."},
    ),
    Case("payments.show_vendor_money", owner="vendor"),
    Case("payments.export_vendor_money", owner="vendor"),
    Case("payments.show_statement", owner="vendor"),
    Case("payments.export_statement", owner="vendor"),
    Case("payments.list_vendor_refunds", owner="vendor"),
    Case("payments.export_vendor_refunds", owner="vendor"),
    Case("payments.show_ledger", owner="staff.finance"),
    Case("payments.list_movements", owner="staff.finance"),
    Case("payments.export_movements", owner="staff.finance"),
    Case("payments.list_operations", owner="staff.finance"),
    Case("payments.export_operations", owner="staff.finance"),
    Case("payments.retry_operation", "POST", owner="staff.finance", at={"operation_id": Ref("operation")}),
    Case("payments.retry_refund", "POST", owner="staff.finance", at={"refund_id": Ref("refund")}),
]
