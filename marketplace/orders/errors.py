"""What the orders refuse. Each is a fact, and carries what a page needs to show both states."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

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


class NothingCharged(Conflict):
    """A vendor's part costs nothing at all: a free sample that is collected, for instance. An order here is a payment that is held."""

    code = "nothing_charged"
    message = lazy("The part of one vendor costs nothing, so there is no payment to protect. Have it delivered, or ask the vendor for it.")


class ClaimsOver(Conflict):
    """The days after acceptance in which claims are possible have ended."""

    code = "claims_over"
    message = lazy("The time to claim on these goods has ended. Write to the help desk if something is wrong.")


class ProblemIsOpen(Conflict):
    """A reported problem has stopped the clock: it is settled first."""

    code = "problem_is_open"
    message = lazy("A problem is reported on this order and not settled yet.")


class ProblemIsDecided(Conflict):
    """It has ended: settled between the two, or decided by somebody else."""

    code = "problem_is_decided"
    message = lazy("This problem has already been settled or decided.")


class AppealTooLate(Conflict):
    """There is nothing to appeal against (any more): no ruling, or it is final."""

    code = "appeal_too_late"
    message = lazy("The time to appeal is over, or nothing has been decided yet.")


class AppealedAlready(Conflict):
    """Each side appeals once."""

    code = "appealed_already"
    message = lazy("Your side has appealed already. Another person decides now.")


class RulingStands(Conflict):
    """A side cannot accept a ruling that it does not lose by, or accept it twice, or appeal after it."""

    code = "ruling_stands"
    message = lazy("There is no decision that your side can still accept or appeal against.")


class SameJudge(Conflict):
    """An appeal is decided by another person than the first ruling."""

    code = "same_judge"
    message = lazy("You have decided this the first time. Another person decides after an appeal.")


class NothingClaimed(Conflict):
    """No line has a problem."""

    code = "nothing_claimed"
    message = lazy("Say for one line at least what is wrong.")


class RemedyNotPossible(Conflict):
    """A wish or an answer that this line does not allow; `why` is the text of the return policy's rule, with its values."""

    code = "remedy_not_possible"
    message = lazy("This is not possible for this kind of problem.")

    def __init__(self, line_id: UUID, why: str | None = None, **values: object) -> None:
        super().__init__(line_id=str(line_id))
        self.line_id = line_id
        self.why = why
        self.values = values


class CreditTooLargeForLine(Conflict):
    """More than the claimed quantity is worth; `limit_minor` is the most that is right."""

    code = "credit_too_large_for_line"
    message = lazy("This is not between 0 and what the claimed goods are worth.")

    def __init__(self, line_id: UUID, *, limit_minor: int) -> None:
        super().__init__(line_id=str(line_id), limit_minor=limit_minor)
        self.line_id = line_id
        self.limit_minor = limit_minor


class CreditTooLargeForClaim(Conflict):
    """More than the undecided lines of a claim are worth; `limit_minor` is the most that is right."""

    code = "credit_too_large_for_claim"
    message = lazy("This is not between 0 and what the undecided lines are worth.")

    def __init__(self, *, limit_minor: int) -> None:
        super().__init__(limit_minor=limit_minor)
        self.limit_minor = limit_minor


class TermsTooHard(Conflict):
    """A vendor may be kinder than the return policy of the order, never harder."""

    code = "terms_too_hard"
    message = lazy("The restocking fee is higher than the return policy that the buyer saw.")

    def __init__(self, line_id: UUID, *, restocking_bp: int) -> None:
        super().__init__(line_id=str(line_id), restocking_bp=restocking_bp)
        self.line_id = line_id
        self.restocking_bp = restocking_bp


class HandOverTooEarly(Conflict):
    """The two sides have some days to agree alone; `at` is when the platform can be asked."""

    code = "hand_over_too_early"
    message = lazy("The platform can be asked once the vendor's time to answer is over.")

    def __init__(self, at: datetime) -> None:
        super().__init__(at=at.isoformat())
        self.at = at


class NothingToShip(Conflict):
    """No line has a quantity in this shipment."""

    code = "nothing_to_ship"
    message = lazy("Nothing is in this shipment. Write how much of each line leaves.")


class NothingToAccept(Conflict):
    """No line has a quantity that is accepted."""

    code = "nothing_to_accept"
    message = lazy("Write how much of at least one line is right.")


class QuantityTooLarge(Conflict):
    """More than there is of a line; `line_id` names it, `limit` is the most that is right, in base units."""

    code = "quantity_too_large"
    message = lazy("This is more than there is of a line.")

    def __init__(self, line_id: UUID, *, limit: int, unit: str, display_factor: int) -> None:
        super().__init__(line_id=str(line_id), limit=limit)
        self.line_id = line_id
        self.limit = limit
        self.unit = unit
        self.display_factor = display_factor


LineRefusal = QuantityTooLarge | CreditTooLargeForLine | RemedyNotPossible
"""What can stand against one line of a claim; each names its line."""


class WrongLines(Conflict):
    """Several things are wrong with the lines of a claim: all are told at once, in the order of the lines."""

    code = "wrong_lines"
    message = lazy("Some lines cannot be claimed like this.")

    def __init__(self, refusals: Sequence[LineRefusal]) -> None:
        super().__init__(lines=[str(refusal.line_id) for refusal in refusals])
        self.refusals = tuple(refusals)


class ShipComplete(Conflict):
    """The buyer takes all lines in one shipment only."""

    code = "ship_complete"
    message = lazy("The buyer takes all lines in one shipment. Ship everything together, or propose a change.")


class NotReadyYet(Conflict):
    """The last goods leave only from an order that is marked ready."""

    code = "not_ready_yet"
    message = lazy("These are the last goods of the order. Mark it ready to ship first.")


class ChangeIsOpen(Conflict):
    """One change at a time: the open one is answered or withdrawn first."""

    code = "change_is_open"
    message = lazy("A change is proposed on this order already. It is answered or withdrawn first.")


class ChangeIsAnswered(Conflict):
    """The change request has been answered, withdrawn, or its time is over."""

    code = "change_is_answered"
    message = lazy("This change has been answered, withdrawn, or its time is over.")


class NothingChanges(Conflict):
    """A change request that changes nothing."""

    code = "nothing_changes"
    message = lazy("Nothing would change. Write another day for at least one line.")


class DayNotPossible(Conflict):
    """A promise lies in the future. `line_id` names the line."""

    code = "day_not_possible"
    message = lazy("This day is over. Write a later one.")

    def __init__(self, line_id: UUID) -> None:
        super().__init__(line_id=str(line_id))
        self.line_id = line_id


class QuantityNotRaised(Conflict):
    """More of a paid line would need a second payment, so it is ordered by itself. `line_id` names the line."""

    code = "quantity_not_raised"
    message = lazy("More cannot be added to a paid order. Order the rest by itself.")

    def __init__(self, line_id: UUID) -> None:
        super().__init__(line_id=str(line_id))
        self.line_id = line_id


class QuantityTooSmall(Conflict):
    """Less than has left already (`least`, in base units), or nothing: a whole line is cancelled. `line_id` names the line."""

    code = "quantity_too_small"
    message = lazy("This is less than has left already.")

    def __init__(self, line_id: UUID, *, least: int, unit: str, display_factor: int) -> None:
        super().__init__(line_id=str(line_id), least=least)
        self.line_id = line_id
        self.least = least
        self.unit = unit
        self.display_factor = display_factor


class LineHasLeft(Conflict):
    """The goods of the line have left, so that neither its day nor its making can change."""

    code = "line_has_left"
    message = lazy("The goods of this line have left already.")

    def __init__(self, line_id: UUID) -> None:
        super().__init__(line_id=str(line_id))
        self.line_id = line_id


class CreditTooLarge(Conflict):
    """A credit note takes back more than is left of its invoice."""

    code = "credit_too_large"
    message = lazy("This is more than is left of the invoice.")
