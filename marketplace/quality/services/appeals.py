"""Appeals of vendors against decisions about them: filed once, answered by a person who did not take the decision (product.md §10).

An appeal that is granted undoes its decision through the room that took it. Source: docs/decisions/0034-a-decision-can-be-appealed-once.md
"""

from collections.abc import Sequence
from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import Permission
from marketplace.accounts.zones import zone_of
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue import services as catalogue_services
from marketplace.core import audit, clock, jobs, policy
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id
from marketplace.quality import queries
from marketplace.quality.errors import AppealClosed, AppealedAlready, AppealTooLate, DecisionOver, OwnDecision
from marketplace.quality.models import AppealState, DecisionKind, VendorAppeal
from marketplace.quality.queries.appeals import Contested
from vendors import queries as vendor_queries
from vendors import services as vendor_services
from vendors.deadlines import after_desk_days
from vendors.errors import ReasonNeeded


def file_appeal(decision_id: UUID, *, said: str, file_ids: Sequence[UUID], actor: Actor) -> VendorAppeal:
    """A vendor appeals against a decision about it; an answer is due in 5 business days of the platform.

    The caller has stored the files for the vendor. Raises: NotFound (no decision about this vendor), ReasonNeeded, AppealedAlready,
    DecisionOver, AppealTooLate.
    """
    if actor.company_id is None:
        raise NotFound
    decision = queries.decision_of(decision_id, vendor_id=actor.company_id)
    if not said.strip():
        raise ReasonNeeded
    _lock_subject(decision)
    if queries.appeal_about(decision.decision_id) is not None:
        raise AppealedAlready
    if not queries.is_in_force(decision):
        raise DecisionOver
    now, numbers = clock.now(), policy.current()
    if now > queries.appeal_until(decision.decision_at):
        raise AppealTooLate
    appeal = VendorAppeal(
        id=new_id(),
        vendor_id=decision.vendor_id,
        kind=decision.kind,
        product_id=decision.product_id,
        decision_id=decision.decision_id,
        decision_at=decision.decision_at,
        decision_by=decision.decision_by,
        decision_by_name=decision.decision_by_name,
        decision_reasons=list(decision.decision_reasons),
        said=said,
        file_ids=list(file_ids),
        filed_by=actor.person_id,
        filed_by_name=actor.name,
        filed_at=now,
        due_at=after_desk_days(now, numbers.decision_answer_business_days, zone_of(numbers.platform_country)),
        assigned_to=None,
        state=AppealState.OPEN,
        decided_by=None,
        decided_by_name=None,
        answer=None,
        closed_at=None,
    )
    db.session.add(appeal)
    _record(actor, "vendor.appeal_filed", appeal, {"decision": appeal.kind.value, "answer_due_at": appeal.due_at.isoformat()})
    _tell(appeal, "received")
    return appeal


def withdraw_appeal(appeal_id: UUID, *, actor: Actor) -> VendorAppeal:
    """The vendor takes its appeal back before it is answered; the decision stands. Raises: NotFound, AppealClosed."""
    appeal = queries.lock_appeal(appeal_id)
    if appeal.vendor_id != actor.company_id:
        raise NotFound
    if appeal.state is not AppealState.OPEN:
        raise AppealClosed
    appeal.state, appeal.closed_at = AppealState.WITHDRAWN, clock.now()
    _record(actor, "vendor.appeal_withdrawn", appeal, {"decision": appeal.kind.value})
    return appeal


def uphold_appeal(appeal_id: UUID, *, reason: str, actor: Actor) -> VendorAppeal:
    """The decision stands, and the vendor reads why. Raises: NotFound, ReasonNeeded, AppealClosed (answered or taken back), OwnDecision."""
    return _close(appeal_id, AppealState.UPHELD, reason, actor)


def grant_appeal(appeal_id: UUID, *, reason: str, actor: Actor) -> VendorAppeal:
    """The decision was wrong, and is undone where it is still in force: a suspension is lifted, an application or a listing is looked at
    again, a listing that was taken down is back where it was, a change of one on sale becomes its version.

    Raises: as `uphold_appeal`, and of a change ProductRefused and SKUTaken (it does not fit any more).
    """
    appeal = _close(appeal_id, AppealState.GRANTED, reason, actor)
    _lock_subject(appeal)
    if not queries.is_in_force(appeal):
        return appeal
    if appeal.kind is DecisionKind.SUSPENDED:
        vendor_services.lift_suspension(appeal.vendor_id, reason=reason, actor=actor)
    elif appeal.kind is DecisionKind.APPLICATION_REFUSED:
        vendor_services.reopen_application(appeal.vendor_id, actor=actor)
    elif appeal.product_id is not None:
        _undo_about_product(appeal, appeal.product_id, reason, actor)
    return appeal


def _undo_about_product(appeal: VendorAppeal, product_id: UUID, reason: str, actor: Actor) -> None:
    if appeal.kind is DecisionKind.PRODUCT_TAKEN_DOWN:
        catalogue_services.grant_takedown_appeal(product_id, reason=reason, actor=actor)
    elif appeal.kind is DecisionKind.CHANGE_REFUSED:
        change_id = queries.refused_change_of(appeal)
        if change_id is None:
            raise NotFound
        catalogue_services.grant_change_appeal(product_id, change_id, actor=actor)
    else:
        catalogue_services.check_again(product_id, actor=actor)


def assign_appeal(appeal_id: UUID, *, to: UUID | None, seen: UUID | None, to_name: str, actor: Actor) -> VendorAppeal:
    """Let one verifier work on an appeal, as `changes_hands` says. Raises: NotFound, TakenByColleague, OwnDecision (who took the decision)."""
    appeal = queries.lock_appeal(appeal_id)
    if to is not None and to == appeal.decision_by:
        raise OwnDecision
    if vendor_services.changes_hands(appeal.assigned_to, to=to, seen=seen):
        appeal.assigned_to = to
        # The desk's own business: the vendor's history does not name who was on duty.
        audit.record(actor, "vendor.appeal_assigned", "vendor", appeal.vendor_id, after={"name": to_name} if to else None)
    return appeal


def _close(appeal_id: UUID, to: AppealState, reason: str, actor: Actor) -> VendorAppeal:
    if not reason.strip():
        raise ReasonNeeded
    appeal = queries.lock_appeal(appeal_id)
    if appeal.state is not AppealState.OPEN:
        raise AppealClosed
    if actor.person_id is None or actor.person_id == appeal.decision_by:
        raise OwnDecision
    appeal.state, appeal.answer, appeal.closed_at = to, reason, clock.now()
    appeal.decided_by, appeal.decided_by_name = actor.person_id, actor.name
    _record(actor, f"vendor.appeal_{to.value}", appeal, {"decision": appeal.kind.value, "reason": reason})
    _tell(appeal, "decided")
    return appeal


def _lock_subject(contested: Contested) -> None:
    """Nobody lifts or sends again what is looked at, and two appeals of one decision come one after the other."""
    if contested.product_id is not None:
        catalogue.lock_product(contested.product_id, vendor_id=contested.vendor_id)
    else:
        vendor_queries.lock_vendor(contested.vendor_id)


def _record(actor: Actor, act: str, appeal: VendorAppeal, after: dict[str, object]) -> None:
    audit.record(actor, act, "vendor", appeal.vendor_id, companies=(appeal.vendor_id,), after=after)


def _tell(appeal: VendorAppeal, what: str) -> None:
    for person in accounts.people_to_write_to(appeal.vendor_id, Permission.DECISION_APPEAL):
        jobs.enqueue("quality.email_appeal", appeal_id=appeal.id, person_id=person.id, what=what)
