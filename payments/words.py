"""The words for where money stands, and their tones for each reader. Source: look/README.md §8."""

from dataclasses import dataclass

from marketplace.core.i18n import lazy
from payments.models import BankState, HoldState, PaymentState, PayoutAccountState, RefundState


@dataclass(frozen=True, slots=True)
class Word:
    """A text of the catalogue and its tone: held, done, need, late, off, or none."""

    text: str
    tone: str | None = None


BUYER_HOLD = {
    HoldState.AWAITING_FUNDS: Word(lazy("Not paid"), "need"),
    HoldState.FUNDING: Word(lazy("Bank works on it")),
    HoldState.FUNDED: Word(lazy("Held"), "held"),
    HoldState.RELEASED: Word(lazy("Released"), "done"),
    HoldState.PAID_OUT: Word(lazy("Paid out"), "done"),
    HoldState.REFUNDED: Word(lazy("Refund on its way")),
    HoldState.SPLIT: Word(lazy("Refunded in part"), "done"),
    HoldState.EXPIRED: Word(lazy("Closed unpaid"), "off"),
}
VENDOR_HOLD = BUYER_HOLD | {
    HoldState.AWAITING_FUNDS: Word(lazy("Not paid")),
    HoldState.RELEASED: Word(lazy("Payable")),
    HoldState.REFUNDED: Word(lazy("Refunded"), "off"),
}
FROZEN = Word(lazy("Frozen"), "late")
REFUND_PAID = Word(lazy("Refunded"), "done")
REFUND_FAILED = Word(lazy("Refund came back"), "late")
REFUND = {
    RefundState.DECIDED: Word(lazy("Decided")),
    RefundState.PENDING: Word(lazy("On its way")),
    RefundState.SUCCEEDED: REFUND_PAID,
    RefundState.FAILED: REFUND_FAILED,
}
"""Where money on its way back is, for both sides."""


PAYMENT = {
    PaymentState.OPEN: Word(lazy("Not paid"), "need"),
    PaymentState.STARTED: Word(lazy("Payment page open"), "need"),
    PaymentState.PROCESSING: Word(lazy("Bank works on it")),
    PaymentState.SUCCEEDED: Word(lazy("Paid"), "done"),
    PaymentState.EXPIRED: Word(lazy("Closed unpaid"), "off"),
}
PAYOUT_ACCOUNT = {
    PayoutAccountState.CREATED: Word(lazy("Being opened")),
    PayoutAccountState.ONBOARDING: Word(lazy("Your details are missing"), "need"),
    PayoutAccountState.ACTIVE: Word(lazy("Active"), "done"),
    PayoutAccountState.RESTRICTED: Word(lazy("Restricted"), "late"),
    PayoutAccountState.CLOSED: Word(lazy("Closed"), "off"),
}
BANK = {
    BankState.IN_FORCE: Word(lazy("In force"), "done"),
    BankState.WAITING: Word(lazy("Waits"), "need"),
    BankState.REFUSED: Word(lazy("Refused"), "late"),
    BankState.ENDED: Word(lazy("Ended"), "off"),
}
"""Where bank details stand, for the vendor and for the desk."""

REFUSALS = {
    "insufficient_funds": lazy("The card has not enough money on it."),
    "expired_card": lazy("The card has expired."),
    "incorrect_cvc": lazy("The card's security code was wrong."),
    "processing_error": lazy("The card's bank could not be reached."),
    "payment_intent_authentication_failure": lazy("The card's bank did not confirm that it was you."),
    "differs": lazy("The sum that arrived is not the one that is owed. We look into it; write to us if we are slow."),
}
REFUSED = lazy("The card's bank declined it without a reason.")

OPERATIONS = {
    "cs": lazy("Payment page"),
    "cse": lazy("Closing a payment page"),
    "tr": lazy("Transfer to the vendor"),
    "trr": lazy("Taking a transfer back"),
    "re": lazy("Refund to the buyer"),
    "acct": lazy("Opening a payout account"),
}
WAITS_FOR = {
    "balance_insufficient": lazy("The provider's balance is too low. Tried again every 10 minutes."),
    "insufficient_capabilities_for_transfer": lazy("The vendor's account is restricted. Goes on when it is active again."),
    "payout_account_missing": lazy("The vendor has no payout account. Goes on when it is active."),
    "payout_account_created": lazy("The vendor's payout account is not active yet. Goes on when it is."),
    "payout_account_onboarding": lazy("The vendor's payout account is not active yet. Goes on when it is."),
    "payout_account_restricted": lazy("The vendor's account is restricted. Goes on when it is active again."),
    "payout_account_closed": lazy("The vendor's payout account is closed."),
    "bank_waits": lazy("The vendor's bank details were changed. Goes on when their time is over and a verifier has confirmed them."),
    "bank_refused": lazy("The vendor's new bank details were refused. Goes on when they are changed again and in force."),
    "bank_stopped": lazy("The vendor has stopped its payouts. Goes on when a verifier has spoken with it."),
    "bank_unknown": lazy("The provider shows no bank details of the vendor yet. Goes on when there are some."),
    "bank_unseen": lazy("The provider did not show the vendor's bank details. Tried again every 10 minutes."),
    "changed": lazy("A refund has taken from this sum. It is written afresh in a moment."),
    "answer_differs": lazy("The provider's answer is not what was asked for. Look at it there before you try again."),
    "idempotency_broken": lazy("Its content was changed after it was sent. Look at it there before you try again."),
}
CAUSES: dict[str, tuple[str, frozenset[str]]] = {
    "balance": (lazy("The provider's balance"), frozenset({"balance_insufficient"})),
    "account": (
        lazy("The vendor's payout account"),
        frozenset({"insufficient_capabilities_for_transfer", *(code for code in WAITS_FOR if code.startswith("payout_account_"))}),
    ),
    "bank": (lazy("The vendor's bank details"), frozenset(code for code in WAITS_FOR if code.startswith("bank_"))),
    "moment": (lazy("A refund that changes its sum"), frozenset({"changed"})),
    "person": (lazy("A look at the provider"), frozenset({"answer_differs", "idempotency_broken"})),
    "no_answer": (lazy("A definite answer"), frozenset()),
    "refused": (lazy("Another cause of the provider's"), frozenset()),
}
"""What waiting calls are filtered by: each cause with its codes of `WAITS_FOR`; the last two have none."""
NO_ANSWER = lazy("The provider gave no definite answer. It is asked again with the same key and cannot do it twice.")
