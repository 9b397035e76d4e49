"""Levels 2 to 4: by whom, how, when, until when. Level 3 needs a second pair of eyes (product.md §10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import Permission
from marketplace.core import audit, clock, jobs
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.core.files import FileAccess
from marketplace.core.ids import new_id
from vendors import queries
from vendors.certificates import first_moment_after
from vendors.errors import LevelNotEarned, LevelsBelowOpen, ReasonNeeded, SecondReaderNeeded
from vendors.levels import RECHECK_DAYS_AHEAD, is_valid
from vendors.models import LevelCheck, LevelProposal, ProposalState

FOUR_EYES = frozenset({3})
"""Levels that one verifier alone cannot give."""
PROVEN_ORDERS = 25
"""Accepted orders that level 4 asks for."""


@dataclass(frozen=True, slots=True)
class LevelFacts:
    """What was checked for a level. `auditor` is who looked; `method` a key of `requirements.METHODS`; `points` of 100."""

    level: int
    auditor: str
    method: str
    checked_on: date
    valid_until: date
    points: int | None = None
    note: str | None = None
    photo_ids: Sequence[UUID] = ()


def give_level(vendor_id: UUID, facts: LevelFacts, *, accepted_orders: int, actor: Actor) -> LevelCheck:
    """Record a level that one verifier may give. `accepted_orders` is what `quality.queries.accepted_orders` counts.

    Raises: NotFound, LevelsBelowOpen, LevelNotEarned (level 4 with too few orders), SecondReaderNeeded (level 3).
    """
    queries.lock_vendor(vendor_id)
    if facts.level in FOUR_EYES:
        raise SecondReaderNeeded
    _stand_on(vendor_id, facts.level)
    if facts.level == 4 and accepted_orders < PROVEN_ORDERS:
        raise LevelNotEarned(orders=accepted_orders, needed=PROVEN_ORDERS)
    return _check(vendor_id, facts, checked_by=facts.auditor, actor=actor)


def propose_level(vendor_id: UUID, facts: LevelFacts, *, actor: Actor) -> LevelProposal:
    """Record a level for a second reader; nothing is shown before. Raises: NotFound, LevelsBelowOpen, InvalidMove (one waits already)."""
    queries.lock_vendor(vendor_id)
    _stand_on(vendor_id, facts.level)
    if actor.person_id is None:
        raise SecondReaderNeeded
    if any(p.level == facts.level and p.state is ProposalState.OPEN for p in queries.proposals_of(vendor_id)):
        raise InvalidMove(state=ProposalState.OPEN.value)
    proposal = LevelProposal(
        id=new_id(),
        vendor_id=vendor_id,
        level=facts.level,
        auditor=facts.auditor,
        method=facts.method,
        checked_on=facts.checked_on,
        valid_until=facts.valid_until,
        points=facts.points,
        note=facts.note,
        photo_ids=list(facts.photo_ids),
        state=ProposalState.OPEN,
        proposed_by=actor.person_id,
        proposed_by_name=actor.name,
        proposed_at=clock.now(),
        decided_by=None,
        decided_by_name=None,
        decided_at=None,
        reason=None,
    )
    db.session.add(proposal)
    _record(actor, "vendor.level_proposed", vendor_id, {"level": facts.level, "auditor": facts.auditor})
    return proposal


def confirm_level(proposal_id: UUID, *, vendor_id: UUID, actor: Actor) -> LevelCheck:
    """The second reader agrees: the level counts. Raises: NotFound, InvalidMove (decided), SecondReaderNeeded (the same person), LevelsBelowOpen."""
    queries.lock_vendor(vendor_id)
    proposal = _open_proposal(proposal_id, vendor_id)
    if actor.person_id is None or actor.person_id == proposal.proposed_by:
        raise SecondReaderNeeded
    _stand_on(vendor_id, proposal.level)
    _decide(proposal, ProposalState.CONFIRMED, actor)
    facts = LevelFacts(
        proposal.level,
        proposal.auditor,
        proposal.method,
        proposal.checked_on,
        proposal.valid_until,
        proposal.points,
        proposal.note,
        proposal.photo_ids,
    )
    readers = f"{proposal.auditor}; {proposal.proposed_by_name}, {actor.name}"
    return _check(vendor_id, facts, checked_by=readers, actor=actor)


def refuse_level(proposal_id: UUID, *, vendor_id: UUID, reason: str, actor: Actor) -> LevelProposal:
    """The second reader does not agree. Raises: NotFound, InvalidMove (decided), SecondReaderNeeded (the same person), ReasonNeeded."""
    if not reason.strip():
        raise ReasonNeeded
    proposal = _open_proposal(proposal_id, vendor_id)
    if actor.person_id == proposal.proposed_by:
        raise SecondReaderNeeded
    _decide(proposal, ProposalState.REFUSED, actor)
    proposal.reason = reason
    _record(actor, "vendor.level_refused", vendor_id, {"level": proposal.level, "reason": reason})
    return proposal


def take_back_level(proposal_id: UUID, *, vendor_id: UUID, actor: Actor) -> LevelProposal:
    """Whoever proposed a level takes it back before it is read. Raises: NotFound, also for a colleague's, InvalidMove (decided)."""
    proposal = _open_proposal(proposal_id, vendor_id)
    if actor.person_id != proposal.proposed_by:
        raise NotFound
    _decide(proposal, ProposalState.RETURNED, actor)
    _record(actor, "vendor.level_taken_back", vendor_id, {"level": proposal.level})
    return proposal


def withdraw_level(check_id: UUID, *, vendor_id: UUID, reason: str, actor: Actor) -> LevelCheck:
    """Take a level away before its time; those above it are shown no longer either. Raises: NotFound, InvalidMove, ReasonNeeded."""
    if not reason.strip():
        raise ReasonNeeded
    queries.lock_vendor(vendor_id)
    check = next((c for c in queries.level_checks_of(vendor_id) if c.id == check_id), None)
    if check is None:
        raise NotFound
    if check.withdrawn_at is not None:
        raise InvalidMove
    check.withdrawn_at, check.withdrawn_reason = clock.now(), reason
    _record(actor, "vendor.level_withdrawn", vendor_id, {"level": check.level, "reason": reason})
    _tell(vendor_id, check.level, "withdrawn")
    return check


def add_level_check(
    vendor_id: UUID,
    level: int,
    *,
    checked_by: str,
    method: str,
    checked_on: date,
    valid_until: date | None,
    actor: Actor,
    points: int | None = None,
) -> LevelCheck:
    """Record a check of a level as it stands on paper, for the operator's own imports and the identity check."""
    return _write(
        vendor_id,
        level,
        checked_by=checked_by,
        method=method,
        checked_on=checked_on,
        valid_until=valid_until,
        points=points,
        actor=actor,
    )


def _write(
    vendor_id: UUID,
    level: int,
    *,
    checked_by: str,
    method: str,
    checked_on: date,
    valid_until: date | None,
    actor: Actor,
    points: int | None = None,
    note: str | None = None,
    photo_ids: Sequence[UUID] = (),
) -> LevelCheck:
    check = LevelCheck(
        id=new_id(),
        vendor_id=vendor_id,
        level=level,
        checked_by=checked_by,
        method=method,
        checked_on=checked_on,
        valid_until=valid_until,
        points=points,
        note=note,
        photo_ids=list(photo_ids),
        withdrawn_at=None,
        withdrawn_reason=None,
    )
    db.session.add(check)
    after = {"level": level, "checked_by": checked_by, "valid_until": str(valid_until) if valid_until else None}
    _record(actor, "vendor.level_checked", vendor_id, after)
    if level == 1 and valid_until is not None:
        # The task looks again whether a newer check exists.
        for key, last_day in (("recheck", valid_until - timedelta(days=RECHECK_DAYS_AHEAD)), ("run_out", valid_until)):
            jobs.enqueue("vendors.mark_recheck_due", run_at=first_moment_after(last_day), key=f"{key}:{check.id}", vendor_id=vendor_id)
    return check


def _check(vendor_id: UUID, facts: LevelFacts, *, checked_by: str, actor: Actor) -> LevelCheck:
    check = _write(
        vendor_id,
        facts.level,
        checked_by=checked_by,
        method=facts.method,
        checked_on=facts.checked_on,
        valid_until=facts.valid_until,
        points=facts.points,
        note=facts.note,
        photo_ids=facts.photo_ids,
        actor=actor,
    )
    for stored in queries.files_by_id(list(facts.photo_ids), company_id=vendor_id).values():
        stored.access = FileAccess.PUBLIC
    _tell(vendor_id, facts.level, "given")
    return check


def _stand_on(vendor_id: UUID, level: int) -> None:
    """A level is given only on top of all below it."""
    today = clock.now().date()
    valid = {check.level for check in queries.level_checks_of(vendor_id) if is_valid(check, today)}
    missing = [n for n in range(1, level) if n not in valid]
    if missing:
        raise LevelsBelowOpen(levels=missing)


def _open_proposal(proposal_id: UUID, vendor_id: UUID) -> LevelProposal:
    proposal = queries.lock_proposal(proposal_id, vendor_id=vendor_id)
    if proposal.state is not ProposalState.OPEN:
        raise InvalidMove(state=proposal.state.value)
    return proposal


def _decide(proposal: LevelProposal, state: ProposalState, actor: Actor) -> None:
    proposal.state = state
    proposal.decided_by, proposal.decided_by_name, proposal.decided_at = actor.person_id, actor.name, clock.now()


def _record(actor: Actor, act: str, vendor_id: UUID, after: dict[str, object]) -> None:
    audit.record(actor, act, "vendor", vendor_id, companies=(vendor_id,), after=after)
    queries.forget(vendor_id)


def _tell(vendor_id: UUID, level: int, what: str) -> None:
    for person in accounts.people_to_write_to(vendor_id, Permission.SHOP_EDIT):
        jobs.enqueue("vendors.email_level", vendor_id=vendor_id, person_id=person.id, level=level, what=what)
