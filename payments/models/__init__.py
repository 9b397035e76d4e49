"""Tables of the payments room: the ledger, holds, payments, and every call to the provider. Source: payments.md §3 and §4.2."""

from payments.models.accounts import PayoutAccount, PayoutAccountState
from payments.models.banks import BankDetails, BankState
from payments.models.holds import HOLD_MOVES, Hold, HoldState, Release, ReleaseState
from payments.models.ledger import JournalEntry, LedgerAccount, LedgerBalance, LedgerReservation, Posting, ReservationState
from payments.models.operations import Operation, OperationState
from payments.models.payments import PAYMENT_MOVES, Payment, PaymentState
from payments.models.provider import ProviderEvent, ProviderMovement
from payments.models.refunds import DebtState, Refund, RefundState, StatementKind, StatementLine, VendorDebt

__all__ = [
    "HOLD_MOVES",
    "PAYMENT_MOVES",
    "BankDetails",
    "BankState",
    "DebtState",
    "Hold",
    "HoldState",
    "JournalEntry",
    "LedgerAccount",
    "LedgerBalance",
    "LedgerReservation",
    "Operation",
    "OperationState",
    "Payment",
    "PaymentState",
    "PayoutAccount",
    "PayoutAccountState",
    "Posting",
    "ProviderEvent",
    "ProviderMovement",
    "Refund",
    "RefundState",
    "Release",
    "ReleaseState",
    "ReservationState",
    "StatementKind",
    "StatementLine",
    "VendorDebt",
]
