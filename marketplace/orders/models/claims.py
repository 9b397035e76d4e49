"""Claims: what a buyer says about goods line by line, what the vendor answers, and what became of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type
from marketplace.core.errors import InvalidMove
from marketplace.core.files import StoredFile


class ClaimState(StrEnum):
    """Where a claim stands. While it is open its lines say whose turn it is; handed over, the platform decides."""

    OPEN = "open"
    SETTLED = "settled"  # every line is agreed, granted or ended
    WITHDRAWN = "withdrawn"  # by the buyer, with every line
    RELEASED = "released"  # decided: the money goes to the vendor
    SPLIT = "split"  # decided: a part each way
    REFUNDED = "refunded"  # decided: the money goes back


class ProblemKind(StrEnum):
    """What is wrong with delivered goods (product.md §8)."""

    DAMAGED = "damaged"
    MISSING = "missing"
    WRONG = "wrong"
    LATE = "late"


class Remedy(StrEnum):
    """What a buyer wishes and a vendor answers (product.md §8)."""

    REPLACE = "replace"  # the vendor sends the goods again, free of charge
    CREDIT = "credit"  # a sum goes back, the goods stay
    RETURN = "return"  # the goods go back, then the money
    REFUSE = "refuse"  # an answer only: nothing is owed, with the reason


class ClaimLineState(StrEnum):
    """Where one line of a claim stands."""

    OPEN = "open"  # the vendor owes an answer
    ANSWERED = "answered"  # the buyer takes the answer or not
    REPLACING = "replacing"  # agreed: new goods are on their way
    RETURNING = "returning"  # agreed: the goods are on their way back
    SETTLED = "settled"


CLAIM_LINE_MOVES: dict[ClaimLineState, frozenset[ClaimLineState]] = {
    ClaimLineState.OPEN: frozenset({ClaimLineState.ANSWERED, ClaimLineState.SETTLED}),
    ClaimLineState.ANSWERED: frozenset({ClaimLineState.REPLACING, ClaimLineState.RETURNING, ClaimLineState.SETTLED}),
    ClaimLineState.REPLACING: frozenset({ClaimLineState.SETTLED}),
    ClaimLineState.RETURNING: frozenset({ClaimLineState.SETTLED}),
    ClaimLineState.SETTLED: frozenset(),
}


class Settlement(StrEnum):
    """How a line of a claim ended."""

    AGREED = "agreed"  # the buyer took the vendor's answer
    GRANTED = "granted"  # the vendor did not answer in time
    DECIDED = "decided"  # by the platform
    WITHDRAWN = "withdrawn"  # by the buyer
    LAPSED = "lapsed"  # the goods were not sent back in time


LOSERS = {
    ClaimState.RELEASED: frozenset({"buyer"}),
    ClaimState.SPLIT: frozenset({"buyer", "vendor"}),
    ClaimState.REFUNDED: frozenset({"vendor"}),
}
"""Who gets less than it wished by a ruling."""


class Claim(Base):
    """What one notice of a buyer claims: the hold is frozen and the inspection clock stands still until all of it is settled.

    Its clock is a column and a job for each deadline: the answer, the grant of what is unanswered, the hand-over to the platform.
    """

    __tablename__ = "claims"
    __table_args__ = (
        Index("ix_claims_vendor_order_id", "vendor_order_id"),
        Index("ix_claims_vendor_id_opened_at_id", "vendor_id", "opened_at", "id"),
        Index("ix_claims_buyer_id_opened_at_id", "buyer_id", "opened_at", "id"),
        Index("ix_claims_open", "vendor_id", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    vendor_order_id: Mapped[UUID] = mapped_column(ForeignKey("vendor_orders.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    state: Mapped[ClaimState] = mapped_column(enum_type(ClaimState, "state"))
    opened_by: Mapped[UUID]
    opened_by_name: Mapped[str]
    opened_at: Mapped[datetime]
    answer_by_at: Mapped[datetime]
    grant_at: Mapped[datetime | None]
    """When lines that are still unanswered are granted; empty once every line is answered."""
    hand_over_at: Mapped[datetime | None]
    """When what is not agreed goes to the platform by itself; empty once it has, or nothing is left to agree."""
    handed_over_at: Mapped[datetime | None]
    handed_over_by: Mapped[str | None]
    """buyer, vendor, clock, or platform where it decided without being asked"""
    decide_by_at: Mapped[datetime | None]
    inspect_by_at: Mapped[datetime | None]
    """When the time to inspect would have ended, had this claim not stopped the clock; empty when it stood already or never ran."""
    ruling: Mapped[ClaimState | None] = mapped_column(enum_type(ClaimState, "ruling"))
    """What the platform has decided (released, split or refunded); carried out when nobody appeals in time, or after an appeal."""
    ruling_minor: Mapped[int | None]
    """Of a split: what goes back."""
    appeal_by_at: Mapped[datetime | None]
    """Until when either side may appeal; empty before a ruling and once it is final."""
    buyer_accepted_at: Mapped[datetime | None]
    """When a side gave up its appeal; the ruling is carried out once each side that loses by it has."""
    vendor_accepted_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    ended_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        """Whether something of it is still to be settled."""
        return self.state is ClaimState.OPEN

    @property
    def is_between_sides(self) -> bool:
        """Whether buyer and vendor can still agree: nobody has decided."""
        return self.is_open and self.ruling is None

    @property
    def is_appealed(self) -> bool:
        """Whether a ruling waits for a second one: an appeal sets the platform a new time to decide."""
        return self.is_open and self.ruling is not None and self.decide_by_at is not None

    @property
    def is_accepted(self) -> bool:
        """Whether each side that loses by the ruling has given up its appeal."""
        accepted = {"buyer": self.buyer_accepted_at, "vendor": self.vendor_accepted_at}
        return self.ruling is not None and all(accepted[side] for side in LOSERS[self.ruling])

    def can_accept(self, side: str, at: datetime) -> bool:
        """Whether a side can still give up its appeal at that moment: it loses by the ruling, and nobody has appealed."""
        if not self.is_open or self.ruling is None or self.is_appealed or self.appeal_by_at is None or self.appeal_by_at <= at:
            return False
        return side in LOSERS[self.ruling] and not (self.buyer_accepted_at if side == "buyer" else self.vendor_accepted_at)

    @property
    def waits_for_ruling(self) -> bool:
        """Whether the platform may decide now."""
        return self.is_between_sides or self.is_appealed


class ClaimLine(Base):
    """One line of an order in a claim: what is wrong with how much of it, and what the vendor offers. Sums in minor units."""

    __tablename__ = "claim_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("goods_minor >= 0 AND freight_minor >= 0 AND tax_minor >= 0", name="value"),
        CheckConstraint("asked_minor >= 0 AND asked_minor <= goods_minor + freight_minor + tax_minor", name="asked"),
        CheckConstraint("offered_minor >= 0 AND offered_minor <= goods_minor + freight_minor + tax_minor", name="offered"),
        CheckConstraint(
            "credited_goods_minor >= 0 AND credited_freight_minor >= 0 AND credited_tax_minor >= 0 "
            "AND credited_goods_minor <= goods_minor AND credited_freight_minor <= freight_minor AND credited_tax_minor <= tax_minor",
            name="credited",
        ),
        Index("ix_claim_lines_claim_id", "claim_id"),
        Index("ix_claim_lines_line_id", "line_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    line_id: Mapped[UUID] = mapped_column(ForeignKey("order_lines.id"))
    position: Mapped[int]
    kind: Mapped[ProblemKind] = mapped_column(enum_type(ProblemKind, "kind"))
    quantity: Mapped[int]
    """Base units that it is about."""
    text: Mapped[str]
    wish: Mapped[Remedy] = mapped_column(enum_type(Remedy, "wish"))
    asked_minor: Mapped[int]
    """The credit that the buyer asks for; what is granted when the vendor does not answer."""
    goods_minor: Mapped[int]
    """The part of the line's goods that the claimed quantity is; the same for freight and tax. Together they are its value."""
    freight_minor: Mapped[int]
    tax_minor: Mapped[int]
    state: Mapped[ClaimLineState] = mapped_column(enum_type(ClaimLineState, "state"))
    answer: Mapped[Remedy | None] = mapped_column(enum_type(Remedy, "answer"))
    answer_text: Mapped[str | None]
    offered_minor: Mapped[int]
    """What the answer gives back: the credit, or what a return is worth after restocking; 0 for the others."""
    answered_at: Mapped[datetime | None]
    answered_by_name: Mapped[str | None]
    return_terms: Mapped[dict[str, Any]]
    """{name, street, postcode, city, region, country, paid_by, restocking_bp, days}: where and how the goods go back; else empty"""
    due_at: Mapped[datetime | None]
    """When the line goes on by itself: goods that nobody has sent, or whose arrival nobody has confirmed (services/claims/parcels.py)."""
    carrier: Mapped[str | None]
    """Who carries the replacement, or what goes back."""
    tracking: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    credited_goods_minor: Mapped[int]
    """What went back to the buyer for it, by parts."""
    credited_freight_minor: Mapped[int]
    credited_tax_minor: Mapped[int]
    settlement: Mapped[Settlement | None] = mapped_column(enum_type(Settlement, "settlement"))
    settled_at: Mapped[datetime | None]

    @property
    def value_minor(self) -> int:
        """The most that can go back for it."""
        return self.goods_minor + self.freight_minor + self.tax_minor

    @property
    def credited_minor(self) -> int:
        """What went back for it."""
        return self.credited_goods_minor + self.credited_freight_minor + self.credited_tax_minor

    def move(self, to: ClaimLineState) -> None:
        """Go to another state. Raises: InvalidMove."""
        if to not in CLAIM_LINE_MOVES[self.state]:
            raise InvalidMove(state=self.state.value, to=to.value)
        self.state = to


class ClaimPhoto(Base):
    """A picture that shows the problem; its file is read by both companies."""

    __tablename__ = "claim_photos"

    claim_line_id: Mapped[UUID] = mapped_column(ForeignKey("claim_lines.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[UUID] = mapped_column(ForeignKey(StoredFile.id))


class ClaimAppeal(Base):
    """A side does not agree with a ruling: once for each side, in its own words; another person decides then."""

    __tablename__ = "claim_appeals"
    __table_args__ = (CheckConstraint("side IN ('buyer', 'vendor')", name="side"),)

    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"), primary_key=True)
    side: Mapped[str] = mapped_column(primary_key=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    person_name: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]
