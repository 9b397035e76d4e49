"""The platform's regular duties: what each last found, and whether the next is late. Each leaves a line of history, and the newest counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.core import audit, clock
from marketplace.core.audit import SYSTEM, AuditEvent
from marketplace.core.db import db


class Duty(StrEnum):
    """What has to be done again and again; the value is how its line of history begins."""

    BACKUP = "backup"  # a base backup, by whatever tool
    RECOVERY_CHECK = "recovery"  # the look at a whole world: books, provider, files, index
    INDEX_CHECK = "index"  # the nightly comparison of index and database


SUBJECTS = {
    Duty.BACKUP: UUID("01900000-0000-7000-8000-0000000000b1"),
    Duty.RECOVERY_CHECK: UUID("01900000-0000-7000-8000-0000000000b2"),
    Duty.INDEX_CHECK: UUID("01900000-0000-7000-8000-0000000000b3"),
}
ACTS = {Duty.BACKUP: "backup.taken", Duty.RECOVERY_CHECK: "recovery.checked", Duty.INDEX_CHECK: "index.checked"}
LATE_AFTER = {Duty.BACKUP: timedelta(hours=26), Duty.INDEX_CHECK: timedelta(hours=26)}
"""A day, and what the doing may take. A recovery is checked after a restore, not by the clock."""


@dataclass(frozen=True, slots=True)
class Done:
    """The last time that a duty was done, and what it found."""

    at: datetime
    facts: Mapping[str, Any]

    def is_late(self, duty: Duty) -> bool:
        """Whether it should have been done again by now."""
        allowed = LATE_AFTER.get(duty)
        return allowed is not None and clock.now() - self.at > allowed


def note(duty: Duty, facts: Mapping[str, Any]) -> None:
    """Say that a duty was done, and what it found (JSON values, without secrets)."""
    audit.record(SYSTEM, ACTS[duty], "platform", SUBJECTS[duty], after=dict(facts))


def last(duty: Duty) -> Done | None:
    """The last time; None before the first one."""
    query = select(AuditEvent).where(AuditEvent.subject_id == SUBJECTS[duty]).order_by(AuditEvent.seq.desc()).limit(1)
    event = db.session.scalar(query)
    return Done(event.at, event.after) if event else None
