"""Pure rules of claims: what a claimed quantity is worth, how a sum is split over its parts, and when the clocks end.

Source: product.md §8 (claims), §9 (3 / 4 / 7 days); docs/decisions/0012-claims-line-by-line.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from marketplace.core.money import allocate, divide_half_up, exponent
from marketplace.orders.models import ClaimLine, OrderLine, Remedy
from marketplace.orders.returns import after_restocking
from payments.shares import Parts

LEAST_INSPECTION = timedelta(hours=48)
"""What is left to inspect at least, once a claim is settled. Source: payments.md §4.2."""


@dataclass(frozen=True, slots=True)
class CreditedPieces:
    """Of how many pieces, in base units, a credit is the worth; and what was kept of their goods for taking them back."""

    quantity: int
    restocking_bp: int = 0
    restocking_minor: int = 0


@dataclass(frozen=True, slots=True)
class ClaimClock:
    """The deadlines of a claim, counted in whole days from its opening."""

    answer_by_at: datetime
    grant_at: datetime
    hand_over_from: datetime
    hand_over_at: datetime


def claim_clock(opened_at: datetime, *, answer_days: int, grant_days: int, hand_over_days: int) -> ClaimClock:
    """The vendor answers in `answer_days`; after that either side may hand over; what is unanswered `grant_days` later is granted;
    `hand_over_days` after the opening the clock hands over what is left.
    """
    answer_by = opened_at + timedelta(days=answer_days)
    return ClaimClock(answer_by, answer_by + timedelta(days=grant_days), answer_by, opened_at + timedelta(days=hand_over_days))


def line_parts(line: OrderLine) -> Parts:
    """What an order line costs, by parts."""
    return Parts(line.goods_minor, line.freight_minor, line.tax_minor)


def value_of(line: Parts, quantity: int, of_quantity: int, *, left: Parts) -> Parts:
    """What a claimed quantity of a line is worth: its share of goods, freight and tax, each rounded half up, never more than is left."""
    return Parts(
        min(left.goods_minor, divide_half_up(line.goods_minor * quantity, of_quantity)),
        min(left.freight_minor, divide_half_up(line.freight_minor * quantity, of_quantity)),
        min(left.tax_minor, divide_half_up(line.tax_minor * quantity, of_quantity)),
    )


def value_of_claim(claimed: ClaimLine) -> Parts:
    """What a claimed line is worth, by parts."""
    return Parts(claimed.goods_minor, claimed.freight_minor, claimed.tax_minor)


def value_of_return(claimed: ClaimLine) -> Parts:
    """What goods that come back are worth: the value of the claimed line less the restocking fee that was agreed."""
    return after_restocking(value_of_claim(claimed), int(claimed.return_terms.get("restocking_bp") or 0))


def credited_pieces(claimed: ClaimLine, parts: Parts) -> CreditedPieces | None:
    """Of which pieces a credit is the worth: those that were claimed, less the fee where they came back; None for another sum."""
    value = value_of_claim(claimed)
    if parts == value:
        return CreditedPieces(claimed.quantity)
    if claimed.answer is Remedy.RETURN and claimed.arrived_at is not None and parts == value_of_return(claimed):
        return CreditedPieces(claimed.quantity, claimed.return_terms["restocking_bp"], value.goods_minor - parts.goods_minor)
    return None


def part_of(value: Parts, amount_minor: int) -> Parts:
    """A sum out of a value, split over its goods, freight and tax by largest remainder; never more of a part than there is."""
    if amount_minor == 0 or value.total_minor == 0:
        return Parts(0)
    return Parts(*allocate(amount_minor, (value.goods_minor, value.freight_minor, value.tax_minor)))


def parts_over(values: Sequence[Parts], amount_minor: int) -> list[Parts]:
    """One sum over several values by their size: for a decision about a whole claim."""
    if amount_minor == 0 or not sum(value.total_minor for value in values):
        return [Parts(0) for _ in values]
    sums = allocate(amount_minor, [value.total_minor for value in values])
    return [part_of(value, minor) for value, minor in zip(values, sums, strict=True)]


def inspection_resumes(now: datetime, left_s: int) -> datetime:
    """When the inspection ends after its clock goes on: what was left, and two days at least."""
    return now + max(timedelta(seconds=left_s), LEAST_INSPECTION)


def amount_minor(amount: Decimal, currency: str) -> int | None:
    """A typed sum in minor units; None when it has more decimals than the currency."""
    minor = amount.scaleb(exponent(currency))
    return int(minor) if minor == minor.to_integral_value() else None
