"""The platform's regular duties as the status page and `recovery status` show them: when each was last done, and whether it is late."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import text

from marketplace.core import changes, clock, duties
from marketplace.core.db import db
from marketplace.core.duties import Duty
from payments import queries as payments

DAY = duties.LATE_AFTER[Duty.INDEX_CHECK]


class State(StrEnum):
    """How a duty stands."""

    WELL = "well"  # done in time, nothing found
    FOUND = "found"  # done in time, and something was not as it should be
    LATE = "late"  # should have been done again
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Standing:
    """One duty: its last time, None before the first one."""

    name: str
    state: State
    at: datetime | None
    figures: dict[str, int]
    """What it found, by the words of `words.figure`."""


@dataclass(frozen=True, slots=True)
class Archiving:
    """How far the archive of the database's log is behind; None where this server keeps none."""

    is_followed: bool
    behind_bytes: int | None
    archived_at: datetime | None


def standings() -> list[Standing]:
    """Every regular duty: index, backup, books; and the last look at the whole world, if there was one, since only a restore asks for it."""
    looked = duties.last(Duty.RECOVERY_CHECK)
    return [_index(), _backup(), _books(), *([_recovery(looked)] if looked else [])]


def _state(at: datetime | None, *, allowed: timedelta | None, found: bool) -> State:
    if at is None:
        return State.NEVER
    if allowed is not None and clock.now() - at > allowed:
        return State.LATE
    return State.FOUND if found else State.WELL


def _index() -> Standing:
    """The nightly comparison, which mends what it finds; so what it found says that something went wrong before."""
    done = duties.last(Duty.INDEX_CHECK)
    facts = done.facts if done else {}
    drift = sum(facts.get(name, 0) for name in ("missing", "behind", "ahead", "surplus", "unmarked"))
    figures = {"documents": facts.get("documents", 0), "drift": drift, "waiting": changes.waiting()}
    at = done.at if done else None
    return Standing("index", _state(at, allowed=DAY, found=drift > 0), at, figures if done else {"waiting": figures["waiting"]})


def _backup() -> Standing:
    """The age counts from the end of the backup, not from the moment when it was noted."""
    done = duties.last(Duty.BACKUP)
    at = datetime.fromisoformat(done.facts["ended_at"]) if done else None
    figures = {"bytes": done.facts["size_bytes"]} if done else {}
    return Standing("backup", _state(at, allowed=duties.LATE_AFTER[Duty.BACKUP], found=False), at, figures)


def _books() -> Standing:
    check = payments.last_check()
    at = check.at if check else None
    figures = {"violations": check.violations, "differences": sum(1 for each in check.differences.values() if each)} if check else {}
    return Standing("books", _state(at, allowed=DAY, found=any(figures.values())), at, figures)


def _recovery(done: duties.Done) -> Standing:
    figures = {"faults": len(done.facts["faults"])}
    return Standing("recovery", _state(done.at, allowed=None, found=any(figures.values())), done.at, figures)


def archiving() -> Archiving | None:
    """What the server says of its log: a follower that has a slot of its own, else its own archive command."""
    slot = db.session.execute(
        text(
            "SELECT active, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint AS behind FROM pg_replication_slots "
            "WHERE slot_type = 'physical' ORDER BY active DESC, restart_lsn DESC NULLS LAST LIMIT 1"
        )
    ).one_or_none()
    if slot is not None:
        return Archiving(slot.active, slot.behind, None)
    archiver = db.session.execute(text("SELECT last_archived_time, last_failed_time FROM pg_stat_archiver")).one()
    if archiver.last_archived_time is None:
        return None
    failed = archiver.last_failed_time is not None and archiver.last_failed_time > archiver.last_archived_time
    return Archiving(not failed, None, archiver.last_archived_time)
