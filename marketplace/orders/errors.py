"""What the orders refuse. Each is a fact, and carries what a page needs to show both states."""

from collections.abc import Sequence

from marketplace.core.errors import Conflict
from marketplace.core.i18n import lazy
from marketplace.pricing.basket import Problem


class PriceChanged(Conflict):
    """The total that the buyer saw is not the total of now (product.md §4): both are shown."""

    code = "price_changed"
    message = lazy("The total has changed since you saw it. Nothing was ordered.")

    def __init__(self, *, seen_minor: int, seen_currency: str, now_minor: int, currency: str) -> None:
        super().__init__(seen_minor=seen_minor, seen_currency=seen_currency, now_minor=now_minor, currency=currency)
        self.seen_minor = seen_minor
        self.seen_currency = seen_currency
        self.now_minor = now_minor
        self.currency = currency


class CartChanged(Conflict):
    """The cart is not the one that the buyer saw: a line was added, changed or removed in another window."""

    code = "cart_changed"
    message = lazy("Your cart has changed since you opened this page. Nothing was ordered: look at it again.")


class CartEmpty(Conflict):
    """There is nothing to order."""

    code = "cart_empty"
    message = lazy("Your cart is empty.")


class NotOrderable(Conflict):
    """Lines or vendors do not take this order as it stands; `problems` says which and why."""

    code = "not_orderable"
    message = lazy("Something in your cart cannot be ordered as it stands. Nothing was ordered.")

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__()
        self.problems = tuple(problems)


class AddressMissing(Conflict):
    """The chosen delivery address is not there any more."""

    code = "address_missing"
    message = lazy("This delivery address does not exist any more. Choose another one.")


class AlreadyPaid(Conflict):
    """The purchase is paid, so it is cancelled vendor by vendor, with the money going back."""

    code = "already_paid"
    message = lazy("This purchase is already paid. Cancel the orders of single vendors instead.")


class NotPaidYet(Conflict):
    """The step belongs to an order whose money is there."""

    code = "not_paid_yet"
    message = lazy("This order is not paid yet.")


class NothingToPay(Conflict):
    """The purchase does not wait for money."""

    code = "nothing_to_pay"
    message = lazy("This purchase does not wait for a payment.")


class InspectionOver(Conflict):
    """The time to inspect has ended: silence was acceptance."""

    code = "inspection_over"
    message = lazy("The time to inspect these goods has ended. Write to the help desk if something is wrong.")


class ProblemIsOpen(Conflict):
    """A reported problem has stopped the clock: the platform decides first."""

    code = "problem_is_open"
    message = lazy("A problem is reported on this order. The platform decides it first.")


class ProblemIsDecided(Conflict):
    """Somebody else has decided it."""

    code = "problem_is_decided"
    message = lazy("This problem has already been decided.")
