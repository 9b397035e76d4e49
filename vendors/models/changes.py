"""Changes of what was checked about a vendor. Source: product.md §10, docs/decisions/0037."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type


class ChangeState(StrEnum):
    """Where a change of checked facts stands."""

    WAITING = "waiting"  # a verifier looks at it; the old facts are in force
    DATA_NEEDED = "data_needed"  # the desk has asked for more
    COMING = "coming"  # confirmed; its day is still to come
    CONFIRMED = "confirmed"  # in force since `in_force_at`
    REFUSED = "refused"  # turned down, with the reason
    WITHDRAWN = "withdrawn"  # taken back by the vendor


class ChangeReason(StrEnum):
    """Why facts change, as the vendor chooses."""

    NEW_NAME = "new_name"
    MOVED = "moved"
    NEW_OWNERS = "new_owners"
    MERGER = "merger"
    LEGAL_FORM = "legal_form"
    NEW_NUMBER = "new_number"
    CORRECTION = "correction"


class FactChange(Base):
    """What a vendor wants changed of its checked facts: at most one is open. Rows are never deleted: papers of earlier days read them."""

    __tablename__ = "vendor_fact_changes"
    __table_args__ = (
        CheckConstraint("decided_by <> asked_by", name="four_eyes"),
        CheckConstraint("(state = 'waiting') = (due_at IS NOT NULL)", name="due_at"),
        CheckConstraint("(state = 'confirmed') = (in_force_at IS NOT NULL)", name="in_force_at"),
        CheckConstraint("state NOT IN ('data_needed', 'refused') OR said IS NOT NULL", name="said"),
        Index(
            "uq_vendor_fact_changes_open",
            "vendor_id",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'data_needed', 'coming')"),
        ),
        Index("ix_vendor_fact_changes_vendor_id", "vendor_id"),
        Index("ix_vendor_fact_changes_to_check", "due_at", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    state: Mapped[ChangeState] = mapped_column(enum_type(ChangeState, "state"))
    revision: Mapped[int]
    """Raised by each act: a form about an older one is refused."""
    reason: Mapped[ChangeReason] = mapped_column(enum_type(ChangeReason, "reason"))
    holds_from: Mapped[date]
    before: Mapped[dict[str, Any]]
    """Those of `changing.FACTS` that differ, as they were when it was sent; once in force as they were until then."""
    after: Mapped[dict[str, Any]]
    files: Mapped[dict[str, Any]]
    """{kind of requirement: id of the file}"""
    note: Mapped[str | None]
    """What the vendor says to the desk."""
    findings: Mapped[dict[str, Any]]
    """{kind of requirement: {ticked, look_up, look_up_at, look_up_note}}"""
    asked_by: Mapped[UUID | None]
    asked_by_name: Mapped[str]
    asked_at: Mapped[datetime]
    """When it was sent the last time."""
    due_at: Mapped[datetime | None]
    assigned_to: Mapped[UUID | None]
    said: Mapped[str | None]
    """What the desk asks for, or why it refuses."""
    decided_by: Mapped[UUID | None]
    decided_by_name: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    in_force_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        """Whether another one has to wait for its end."""
        return self.state in OPEN_CHANGES


OPEN_CHANGES = frozenset({ChangeState.WAITING, ChangeState.DATA_NEEDED, ChangeState.COMING})
