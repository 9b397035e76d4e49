"""What the payments room refuses, and the three ways in which the provider does not answer as hoped."""

from marketplace.core.errors import Conflict, MarketplaceError, NotFound, PaymentRefused, Unavailable
from marketplace.core.i18n import lazy


class PaymentAlreadyMade(Conflict):
    """The money is here already, or the bank works on it."""

    code = "payment_already_made"
    message = lazy("This payment is made already. Nothing more is charged.")


class PaymentClosed(Conflict):
    """The purchase was closed unpaid."""

    code = "payment_closed"
    message = lazy("This payment is closed. Place the order again.")


class SessionClosing(Conflict):
    """The last payment page is past its time, and the provider has not closed it yet: two open pages could be paid twice."""

    code = "session_closing"
    message = lazy("The last payment page is just closing. Try again in a minute.")


class HoldFrozen(Conflict):
    """A frozen hold moves only by a decision."""

    code = "hold_frozen"
    message = lazy("This money is frozen until the problem is decided.")


class MoneyAlreadyReleased(Conflict):
    """After the release the money is the vendor's; claiming it back is another act."""

    code = "money_already_released"
    message = lazy("This money was released to the vendor already, so it cannot be refunded here.")


class MoneyNotHeld(Conflict):
    """Nothing was paid yet, or nothing is held any more."""

    code = "money_not_held"
    message = lazy("No money is held for this order.")


class MoreThanHeld(Conflict):
    """A part of an order's money of which less is there than was asked for."""

    code = "more_than_held"
    message = lazy("This is more than what is left of this order's money.")


class BankChangeClosed(Conflict):
    """Changed bank details were decided on, taken back or changed again since the page was opened."""

    code = "bank_change_closed"
    message = lazy("These bank details do not wait any more. The page shows how it stands now; what you wrote is kept.")


class PayoutsStopped(Conflict):
    """The vendor has said that somebody else may have changed its bank details."""

    code = "payouts_stopped"
    message = lazy("The vendor has stopped its payouts. Speak with it and let them go on first, or refuse these details.")


class PayoutsNotStopped(Conflict):
    """There is no stop to lift."""

    code = "payouts_not_stopped"
    message = lazy("Payouts are not stopped.")


class NoBankDetails(Conflict):
    """All bank details were removed: nothing is there to be confirmed."""

    code = "no_bank_details"
    message = lazy("All bank details were removed, so there is nothing to confirm.")


class VendorNotPayable(Conflict):
    """The provider cannot pay one of the vendors now, so nothing can be bought from it."""

    code = "vendor_not_payable"
    message = lazy("A vendor's payout account is not active, so nothing can be bought from it now.")


class OperationNotParked(Conflict):
    """Only a call that waits can be tried again."""

    code = "operation_not_parked"
    message = lazy("This call does not wait any more.")


class NotSimulated(Conflict):
    """Payout accounts are opened for others only where the provider is simulated."""

    code = "not_simulated"
    message = lazy("With the real provider each vendor opens its payout account itself.")


class Overdrawn(Conflict):
    """An account would pass its floor; the database refused."""

    code = "ledger_overdrawn"
    message = lazy("There is not enough money in this account.")


class LedgerKeyReused(MarketplaceError):
    """One key, two contents: a fault of ours."""

    code = "ledger_key_reused"
    message = lazy("The ledger refused the entry.")


class NoPayoutAccount(NotFound):
    """The vendor has no account at the provider yet."""

    code = "no_payout_account"


class ProviderRefused(PaymentRefused):
    """A definite no: nothing happened, and the same call would be refused again under the same key. `reason` is the provider's code."""

    message = lazy("The payment provider refused this.")

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.reason = reason


class ProviderUnknown(Unavailable):
    """No definite answer: it may have happened. The operation stays in flight until that is known."""

    code = "provider_unknown"
    message = lazy("The payment provider does not answer at the moment. Nothing is charged twice; try again in a minute.")

    def __init__(self, detail: str) -> None:
        super().__init__(detail=detail)
        self.detail = detail


class OperationBusy(Unavailable):
    """Another process is making this call just now."""

    code = "operation_busy"
    message = lazy("This call is being made just now.")


class IdempotencyBroken(MarketplaceError):
    """The provider knows the key with other parameters: a fault of ours, never tried again by itself."""

    code = "idempotency_broken"
    message = lazy("The payment provider refused this.")


class BadSignature(MarketplaceError):
    """A message that claims to be the provider's and is not, or is too old to be believed."""

    status = 400
    code = "bad_signature"
    message = lazy("This message is not signed as it should be.")
