"""Held money, and the parts of it that became the vendor's. Source: payments.md §4.2."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type
from marketplace.core.errors import InvalidMove


class HoldState(StrEnum):
    """Where held money stands (payments.md §4.2)."""

    AWAITING_FUNDS = "awaiting_funds"  # not paid yet
    FUNDING = "funding"  # the bank works on it
    FUNDED = "funded"  # held
    RELEASED = "released"  # the vendor's, not yet transferred
    PAID_OUT = "paid_out"  # transferred to the vendor's account
    REFUNDED = "refunded"  # on its way back to the buyer
    SPLIT = "split"  # a part each way
    EXPIRED = "expired"  # never paid


HOLD_MOVES: dict[HoldState, frozenset[HoldState]] = {
    HoldState.AWAITING_FUNDS: frozenset({HoldState.FUNDING, HoldState.FUNDED, HoldState.EXPIRED}),
    HoldState.FUNDING: frozenset({HoldState.AWAITING_FUNDS, HoldState.FUNDED, HoldState.EXPIRED}),
    HoldState.FUNDED: frozenset({HoldState.RELEASED, HoldState.REFUNDED, HoldState.SPLIT}),
    HoldState.RELEASED: frozenset({HoldState.PAID_OUT}),
    HoldState.PAID_OUT: frozenset(),
    HoldState.REFUNDED: frozenset(),
    HoldState.SPLIT: frozenset(),
    HoldState.EXPIRED: frozenset({HoldState.FUNDED}),  # late money: funded, then refunded at once
}


class Hold(Base):
    """Money of one milestone of one vendor order, kept until release. It knows money only; the order knows the goods."""

    __tablename__ = "holds"
    __table_args__ = (
        UniqueConstraint("vendor_order_id", "milestone"),
        CheckConstraint("amount_minor > 0 AND commission_minor >= 0 AND commission_minor <= amount_minor", name="amounts"),
        CheckConstraint("amount_minor = goods_minor + freight_minor + tax_minor", name="parts"),
        CheckConstraint("released_minor >= 0 AND refunded_minor >= 0 AND released_minor + refunded_minor <= amount_minor", name="spent"),
        CheckConstraint("taken_back_minor >= 0 AND taken_back_minor <= released_minor", name="taken_back"),
        CheckConstraint(
            "commission_waived_minor >= 0 AND commission_back_minor >= 0 AND commission_waived_minor + commission_back_minor <= commission_minor",
            name="commission",
        ),
        Index("ix_holds_vendor_id_state", "vendor_id", "state"),
        Index("ix_holds_buyer_id_state", "buyer_id", "state"),
        Index("ix_holds_payment_id", "payment_id"),
        Index("ix_holds_purchase_id", "purchase_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    purchase_id: Mapped[UUID]
    vendor_order_id: Mapped[UUID]
    order_number: Mapped[str]
    milestone: Mapped[str]
    """`on_acceptance`: the one milestone so far."""
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    currency: Mapped[str]
    amount_minor: Mapped[int]
    goods_minor: Mapped[int]
    freight_minor: Mapped[int]
    tax_minor: Mapped[int]
    commission_minor: Mapped[int]
    """What the platform keeps when all of it is released, frozen at placement."""
    commission_waived_minor: Mapped[int]
    """The part of the commission that is never charged, because goods were refunded before their release."""
    commission_back_minor: Mapped[int]
    """The part of the charged commission that was given back with refunds after the release."""
    state: Mapped[HoldState] = mapped_column(enum_type(HoldState, "state"))
    released_minor: Mapped[int]
    """What left it for the vendor, commission included; `releases` has a row for each time."""
    refunded_minor: Mapped[int]
    """What left it for the buyer while it was held."""
    taken_back_minor: Mapped[int]
    """What went back to the buyer out of what was already released."""
    funded_at: Mapped[datetime | None]
    hold_deadline: Mapped[datetime | None]
    """Until when the provider lets the money be held."""
    release_at: Mapped[datetime | None]
    """When the inspection ends and the money goes by itself; set by the order at delivery."""
    released_at: Mapped[datetime | None]
    paid_out_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]
    frozen_reason: Mapped[str | None]
    created_at: Mapped[datetime]

    def move(self, to: HoldState) -> None:
        """Go to another state. Raises: InvalidMove."""
        if to not in HOLD_MOVES[self.state]:
            raise InvalidMove(state=self.state.value, to=to.value)
        self.state = to

    @property
    def held_minor(self) -> int:
        """What is held now."""
        return self.amount_minor - self.released_minor - self.refunded_minor if self.state is HoldState.FUNDED else 0

    @property
    def returned_minor(self) -> int:
        """Everything that went back to the buyer, before or after the release."""
        return self.refunded_minor + self.taken_back_minor

    @property
    def kept_commission_minor(self) -> int:
        """What the platform keeps of it, or will keep, after everything that was refunded."""
        return 0 if self.state is HoldState.REFUNDED else self.commission_minor - self.commission_waived_minor - self.commission_back_minor

    @property
    def net_minor(self) -> int:
        """What is left of it for the vendor: the whole less what went back and the commission."""
        return self.amount_minor - self.returned_minor - self.kept_commission_minor


class ReleaseState(StrEnum):
    """Where a released part stands."""

    DUE = "due"  # the vendor's, not yet transferred
    PAID_OUT = "paid_out"  # transferred, or nothing of it was left to transfer


class Release(Base):
    """A part of a hold that became the vendor's: one transfer. Its parts are copies of what was released, in minor units."""

    __tablename__ = "releases"
    __table_args__ = (
        CheckConstraint("goods_minor >= 0 AND freight_minor >= 0 AND tax_minor >= 0", name="parts"),
        CheckConstraint("commission_minor >= 0 AND taken_back_minor >= 0 AND netted_minor >= 0", name="amounts"),
        CheckConstraint(
            "goods_minor + freight_minor + tax_minor >= commission_minor + taken_back_minor + netted_minor",
            name="due",
        ),
        CheckConstraint("reversed_minor >= 0", name="reversed"),
        Index("ix_releases_hold_id", "hold_id"),
        Index("ix_releases_vendor_id_released_at_id", "vendor_id", "released_at", "id"),
        Index("ix_releases_due", "vendor_id", postgresql_where=text("state = 'due'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    hold_id: Mapped[UUID] = mapped_column(ForeignKey("holds.id"))
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    currency: Mapped[str]
    goods_minor: Mapped[int]
    freight_minor: Mapped[int]
    tax_minor: Mapped[int]
    commission_minor: Mapped[int]
    """What the platform kept of it."""
    taken_back_minor: Mapped[int]
    """Given back for a refund before it was transferred (J19)."""
    netted_minor: Mapped[int]
    """Used for what the vendor owed (J22)."""
    reversed_minor: Mapped[int]
    """Came back from the vendor's account after the transfer (J21)."""
    state: Mapped[ReleaseState] = mapped_column(enum_type(ReleaseState, "state"))
    stripe_transfer_id: Mapped[str | None] = mapped_column(unique=True)
    """Empty while it is due, and when nothing was left to transfer."""
    bank_details_id: Mapped[UUID | None] = mapped_column(ForeignKey("bank_details.id"))
    """What was in force when its transfer was written."""
    released_at: Mapped[datetime]
    paid_out_at: Mapped[datetime | None]

    @property
    def gross_minor(self) -> int:
        """What left the hold."""
        return self.goods_minor + self.freight_minor + self.tax_minor

    @property
    def due_minor(self) -> int:
        """What is to be transferred, or was."""
        return self.gross_minor - self.commission_minor - self.taken_back_minor - self.netted_minor
