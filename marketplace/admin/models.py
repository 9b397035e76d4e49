"""What the platform's staff keep for themselves."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base


class DeskNote(Base):
    """A note of staff about a company or a person. Nobody outside the platform ever sees it; it is not edited."""

    __tablename__ = "desk_notes"
    __table_args__ = (Index("ix_desk_notes_subject_id_at", "subject_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_kind: Mapped[str]
    """company or person"""
    subject_id: Mapped[UUID]
    text: Mapped[str]
    by_id: Mapped[UUID]
    by_name: Mapped[str]
    at: Mapped[datetime]
