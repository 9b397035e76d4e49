"""What a buyer's payment page says, computed: no sum is made in a template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from payments.models import Hold, HoldState, Refund, RefundState
from payments.words import BUYER_HOLD, FROZEN, REFUND, REFUND_FAILED, REFUND_PAID, Word


@dataclass(frozen=True, slots=True)
class RefundLine:
    """Money on its way back, and how far it has come."""

    refund: Refund
    word: Word


@dataclass(frozen=True, slots=True)
class HoldLine:
    """One vendor order's money as its buyer sees it."""

    hold: Hold
    vendor_name: str
    word: Word
    refunds: tuple[RefundLine, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A payment's money, in minor units: total = unpaid + held + released + refunded."""

    lines: list[HoldLine]
    total_minor: int
    unpaid_minor: int
    held_minor: int
    released_minor: int
    refunded_minor: int
    goods_minor: int
    freight_minor: int
    tax_minor: int

    @property
    def shares(self) -> list[tuple[str, float]]:
        """(tone, share of the total) of the parts that are not 0, for the bar."""
        parts = [("done", self.released_minor), ("held", self.held_minor), ("ink", self.refunded_minor), ("need", self.unpaid_minor)]
        return [(tone, amount / self.total_minor) for tone, amount in parts if amount]


def statement(holds: Sequence[tuple[Hold, str]], refunds: Mapping[UUID, Sequence[Refund]]) -> Statement:
    """Sum up the holds of one payment; `refunds` are by hold, the oldest first."""

    def total(*states: HoldState) -> int:
        return sum(hold.amount_minor for hold, _ in holds if hold.state in states)

    return Statement(
        lines=[_line(hold, name, refunds.get(hold.id, ())) for hold, name in holds],
        total_minor=sum(hold.amount_minor for hold, _ in holds),
        unpaid_minor=total(HoldState.AWAITING_FUNDS, HoldState.FUNDING, HoldState.EXPIRED),
        held_minor=sum(hold.held_minor for hold, _ in holds),
        released_minor=sum(hold.released_minor - hold.taken_back_minor for hold, _ in holds),
        refunded_minor=sum(hold.returned_minor for hold, _ in holds),
        goods_minor=sum(hold.goods_minor for hold, _ in holds),
        freight_minor=sum(hold.freight_minor for hold, _ in holds),
        tax_minor=sum(hold.tax_minor for hold, _ in holds),
    )


def _line(hold: Hold, vendor_name: str, refunds: Sequence[Refund]) -> HoldLine:
    return HoldLine(hold, vendor_name, _word(hold, refunds), tuple(RefundLine(refund, REFUND[refund.state]) for refund in refunds))


def _word(hold: Hold, refunds: Sequence[Refund]) -> Word:
    if hold.frozen_at is not None:
        return FROZEN
    if any(refund.state is RefundState.FAILED for refund in refunds):
        return REFUND_FAILED
    if hold.returned_minor == hold.amount_minor:
        return REFUND_PAID if all(refund.state is RefundState.SUCCEEDED for refund in refunds) else BUYER_HOLD[HoldState.REFUNDED]
    return BUYER_HOLD[hold.state]
