"""Every write of the payments room: one function per act. None of them calls the provider; the doors do, between two of these."""

from payments.services.events import finish_event, store_provider_event
from payments.services.holds import (
    freeze_hold,
    refund_hold,
    refund_part,
    release_on_acceptance,
    release_part,
    set_release_time,
    unfreeze_hold,
)
from payments.services.ledger_checks import record_ledger_check
from payments.services.movements import MOVEMENTS_AT_ONCE, OVERLAP, book_unexplained, store_movements
from payments.services.operations import (
    begin_attempt,
    claim_operation,
    park_operation,
    poll_operations,
    record_refusal,
    record_unknown,
    retry_operation,
)
from payments.services.payments import (
    NewHold,
    apply_intent,
    apply_session,
    expire_payment,
    open_payment,
    poll_payments,
    prepare_expiry,
    record_expiry,
    record_session,
    refuse_expiry,
    start_payment,
)
from payments.services.payout_accounts import (
    apply_account,
    claim_accounts,
    open_operator_accounts,
    open_payout_account,
    poll_payout_accounts,
    record_account,
)
from payments.services.recalls import prepare_reversal, record_reversal, refuse_reversal
from payments.services.refunds import apply_refund, poll_refunds, prepare_refund, record_refund, retry_refund
from payments.services.transfers import prepare_transfer, record_transfer, refuse_transfer

__all__ = [
    "MOVEMENTS_AT_ONCE",
    "OVERLAP",
    "NewHold",
    "apply_account",
    "apply_intent",
    "apply_refund",
    "apply_session",
    "begin_attempt",
    "book_unexplained",
    "claim_accounts",
    "claim_operation",
    "expire_payment",
    "finish_event",
    "freeze_hold",
    "open_operator_accounts",
    "open_payment",
    "open_payout_account",
    "park_operation",
    "poll_operations",
    "poll_payments",
    "poll_payout_accounts",
    "poll_refunds",
    "prepare_expiry",
    "prepare_refund",
    "prepare_reversal",
    "prepare_transfer",
    "record_account",
    "record_expiry",
    "record_ledger_check",
    "record_refund",
    "record_refusal",
    "record_reversal",
    "record_session",
    "record_transfer",
    "record_unknown",
    "refund_hold",
    "refund_part",
    "refuse_expiry",
    "refuse_reversal",
    "refuse_transfer",
    "release_on_acceptance",
    "release_part",
    "retry_operation",
    "retry_refund",
    "set_release_time",
    "start_payment",
    "store_movements",
    "store_provider_event",
    "unfreeze_hold",
]
