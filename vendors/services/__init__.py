"""Every write of this room: the vendor's application, the platform's decisions, the shop."""

from vendors.services.applications import (
    attach_document,
    missing_kinds,
    open_application,
    record_payout_state,
    save_application,
    submit_application,
)
from vendors.services.decisions import (
    Finding,
    Findings,
    add_level_check,
    admit_by_operator,
    approve_vendor,
    ask_for_more,
    cap_exposure,
    lift_suspension,
    mark_recheck_due,
    record_certificate,
    refuse_vendor,
    save_findings,
    suspend_vendor,
)
from vendors.services.shops import (
    add_shipping_method,
    edit_shipping_method,
    edit_shop,
    prefer_shipping_method,
    remove_shipping_method,
)

__all__ = [
    "Finding",
    "Findings",
    "add_level_check",
    "add_shipping_method",
    "admit_by_operator",
    "approve_vendor",
    "ask_for_more",
    "attach_document",
    "cap_exposure",
    "edit_shipping_method",
    "edit_shop",
    "lift_suspension",
    "mark_recheck_due",
    "missing_kinds",
    "open_application",
    "prefer_shipping_method",
    "record_certificate",
    "record_payout_state",
    "refuse_vendor",
    "remove_shipping_method",
    "save_application",
    "save_findings",
    "submit_application",
    "suspend_vendor",
]
