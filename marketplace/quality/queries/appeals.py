"""Decisions that a vendor can appeal against, and the appeals: for the vendor, for the desk, and counted for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select

from marketplace.catalogue.models import Product, ProductState, ProductTakedown
from marketplace.catalogue.queries.products import refused_change
from marketplace.core import clock, policy
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Choice, Sort, Table
from marketplace.core.waiting import Queue, count, queue
from marketplace.quality.models import AppealState, DecisionKind, VendorAppeal
from vendors.models import Vendor, VendorState
from vendors.queries.queues import of_vendor, part_of_queue, taken_by

ACTS = {
    DecisionKind.APPLICATION_REFUSED: "vendor.refused",
    DecisionKind.SUSPENDED: "vendor.suspended",
    DecisionKind.PRODUCT_REFUSED: "product.refused",
    DecisionKind.PRODUCT_TAKEN_DOWN: "product.taken_down",
    DecisionKind.CHANGE_REFUSED: "product.change_refused",
}
"""The line of the audit log that is the decision."""
KINDS = {act: kind for kind, act in ACTS.items()}
HOLDS_WHILE: dict[DecisionKind, frozenset[VendorState | ProductState]] = {
    DecisionKind.APPLICATION_REFUSED: frozenset({VendorState.REFUSED}),
    DecisionKind.SUSPENDED: frozenset({VendorState.SUSPENDED}),
    DecisionKind.PRODUCT_REFUSED: frozenset({ProductState.REFUSED}),
    DecisionKind.PRODUCT_TAKEN_DOWN: frozenset({ProductState.REFUSED}),
    DecisionKind.CHANGE_REFUSED: frozenset({ProductState.LIVE, ProductState.PAUSED}),
}
"""The states in which a decision can be in force: what it has made of its subject, or of a change the states of what is on sale."""
WHOLE_PRODUCT = frozenset({DecisionKind.PRODUCT_REFUSED, DecisionKind.PRODUCT_TAKEN_DOWN})
OF_PRODUCTS = WHOLE_PRODUCT | {DecisionKind.CHANGE_REFUSED}
CHANGE = "proposal_id"
"""The field of the line of history that names the change."""
COUNTED = timedelta(days=365)
"""The time that the public counts look back."""
NEWS = timedelta(days=14)
"""How long the answer to an appeal stands on the vendor's first page."""


class Contested(Protocol):
    """A decision that can be or is appealed against: a `Decision`, or the appeal that keeps it."""

    @property
    def kind(self) -> DecisionKind: ...

    @property
    def vendor_id(self) -> UUID: ...

    @property
    def product_id(self) -> UUID | None: ...

    @property
    def decision_id(self) -> UUID: ...


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision as the audit log has it. Reasons are words; where it is about a product, codes of `catalogue.reasons` and then words."""

    kind: DecisionKind
    vendor_id: UUID
    product_id: UUID | None
    decision_id: UUID
    decision_at: datetime
    decision_by: UUID | None
    decision_by_name: str
    decision_reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A decision in force, what became of an appeal against it, and until when one is possible."""

    decision: Decision
    appeal: VendorAppeal | None
    until: datetime

    @property
    def is_late(self) -> bool:
        """Whether the time to appeal is over."""
        return clock.now() > self.until


def appeal_until(decided_at: datetime) -> datetime:
    """Until when a decision can be appealed against."""
    return decided_at + timedelta(days=policy.current().decision_appeal_days)


def decision_of(decision_id: UUID, *, vendor_id: UUID) -> Decision:
    """A decision about a vendor or one of its products. Raises: NotFound, also for another vendor's, and for other lines of the log."""
    event = db.session.scalar(
        select(AuditEvent).where(AuditEvent.id == decision_id, AuditEvent.act.in_(KINDS), AuditEvent.companies.contains([vendor_id]))
    )
    if event is None:
        raise NotFound
    return _decision(event, vendor_id)


def _decision(event: AuditEvent, vendor_id: UUID) -> Decision:
    kind = KINDS[event.act]
    is_product = kind in OF_PRODUCTS
    codes, words = (event.after.get("reasons", ()) if is_product else ()), event.after.get("reason")
    return Decision(
        kind=kind,
        vendor_id=vendor_id,
        product_id=event.subject_id if is_product else None,
        decision_id=event.id,
        decision_at=event.at,
        decision_by=event.actor_id,
        decision_by_name=event.actor_name,
        decision_reasons=(*codes, *([words] if words else ())),
    )


def _newest(kind: DecisionKind, subject_id: UUID) -> AuditEvent | None:
    """The last decision about the same thing: a product that was taken down may have been refused since, and the other way round."""
    kinds = WHOLE_PRODUCT if kind in WHOLE_PRODUCT else {kind}
    query = select(AuditEvent).where(AuditEvent.subject_id == subject_id, AuditEvent.act.in_(ACTS[each] for each in kinds))
    if kind is DecisionKind.CHANGE_REFUSED:
        query = query.where(AuditEvent.after.has_key(CHANGE))
    return cast("AuditEvent | None", db.session.scalar(query.order_by(AuditEvent.seq.desc()).limit(1)))


def is_in_force(contested: Contested) -> bool:
    """Whether a decision still holds: its state stands, and no later decision of its kind was taken."""
    state: VendorState | ProductState | None
    if contested.product_id is not None:
        state = db.session.scalar(select(Product.state).where(Product.id == contested.product_id))
    else:
        state = db.session.scalar(select(Vendor.state).where(Vendor.id == contested.vendor_id))
    if state not in HOLDS_WHILE[contested.kind]:
        return False
    newest = _newest(contested.kind, contested.product_id or contested.vendor_id)
    if newest is None or newest.id != contested.decision_id:
        return False
    return contested.kind is not DecisionKind.CHANGE_REFUSED or _is_last_change(newest)


def _is_last_change(refusal: AuditEvent) -> bool:
    """Whether a refused change is the last that was asked for: with a newer one, nobody can say what the vendor wants."""
    last = refused_change(refusal.subject_id)
    return last is not None and str(last.id) == refusal.after.get(CHANGE)


def refused_change_of(contested: Contested) -> UUID | None:
    """The change that a decision is about; None for the refusal of photos alone, which are simply sent again."""
    event = db.session.get(AuditEvent, contested.decision_id)
    named = event.after.get(CHANGE) if event is not None else None
    return UUID(named) if named else None


def takedown_of(contested: Contested) -> ProductTakedown | None:
    """The taking down that a decision is, with its evidence; None for decisions of other kinds."""
    if contested.kind is not DecisionKind.PRODUCT_TAKEN_DOWN:
        return None
    event = db.session.get_one(AuditEvent, contested.decision_id)
    return db.session.get(ProductTakedown, UUID(event.after["takedown_id"]))


def standing_of_vendor(vendor: Vendor) -> Standing | None:
    """What holds against a vendor itself, and the appeal against it; None when nothing does."""
    kinds = (DecisionKind.APPLICATION_REFUSED, DecisionKind.SUSPENDED)
    kind = next((kind for kind in kinds if vendor.state in HOLDS_WHILE[kind]), None)
    return _standing(kind, vendor.id, vendor.id) if kind else None


def standing_of_product(product_id: UUID, state: ProductState, *, vendor_id: UUID) -> Standing | None:
    """What holds against a vendor's listing, refused or taken down, or against the last change of one on sale, and the appeal against it.

    None when nothing does.
    """
    if state in HOLDS_WHILE[DecisionKind.PRODUCT_REFUSED]:
        return _standing(DecisionKind.PRODUCT_REFUSED, product_id, vendor_id)
    if state in HOLDS_WHILE[DecisionKind.CHANGE_REFUSED] and refused_change(product_id) is not None:
        found = _standing(DecisionKind.CHANGE_REFUSED, product_id, vendor_id)
        return found if found is not None and is_in_force(found.decision) else None
    return None


def _standing(kind: DecisionKind, subject_id: UUID, vendor_id: UUID) -> Standing | None:
    event = _newest(kind, subject_id)
    if event is None:
        return None
    return Standing(_decision(event, vendor_id), appeal_about(event.id), appeal_until(event.at))


def appeal_about(decision_id: UUID) -> VendorAppeal | None:
    """The appeal against a decision; there is at most one."""
    return db.session.scalar(select(VendorAppeal).where(VendorAppeal.decision_id == decision_id))


def appeal_of(appeal_id: UUID, *, vendor_id: UUID) -> VendorAppeal:
    """A vendor's appeal. Raises: NotFound, also for another vendor's."""
    appeal = appeal_by_id(appeal_id)
    if appeal.vendor_id != vendor_id:
        raise NotFound
    return appeal


def appeal_by_id(appeal_id: UUID) -> VendorAppeal:
    """Any vendor's appeal; for the desk and the clockwork. Raises: NotFound."""
    found = db.session.get(VendorAppeal, appeal_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def lock_appeal(appeal_id: UUID) -> VendorAppeal:
    """An appeal, locked; the caller decides whose it may be. Raises: NotFound."""
    query = select(VendorAppeal).where(VendorAppeal.id == appeal_id).with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def appeals_of(vendor_id: UUID) -> list[VendorAppeal]:
    """All appeals of a vendor, the newest first."""
    query = select(VendorAppeal).where(VendorAppeal.vendor_id == vendor_id)
    return list(db.session.scalars(query.order_by(VendorAppeal.filed_at.desc(), VendorAppeal.id.desc())))


def news_of_appeals(vendor_id: UUID) -> list[VendorAppeal]:
    """The vendor's appeals that wait for an answer or were answered in the last 14 days, the newest first."""
    fresh = clock.now() - NEWS
    answered = (AppealState.UPHELD, AppealState.GRANTED)
    return [
        appeal
        for appeal in appeals_of(vendor_id)
        if appeal.state is AppealState.OPEN or (appeal.state in answered and appeal.closed_at is not None and appeal.closed_at > fresh)
    ]


def product_titles(appeals: Sequence[Contested]) -> dict[UUID, dict[str, Any]]:
    """The titles of the listings that appeals are about, by id."""
    ids = {appeal.product_id for appeal in appeals if appeal.product_id is not None}
    return dict(db.session.execute(select(Product.id, Product.title).where(Product.id.in_(ids))).all()) if ids else {}


APPEAL_QUEUES = {
    "open": lazy("Open"),
    "late": lazy("Overdue"),
    "granted": lazy("Granted"),
    "upheld": lazy("Decision stands"),
    "withdrawn": lazy("Withdrawn"),
}
KIND_WORDS = {
    DecisionKind.APPLICATION_REFUSED: lazy("Application refused"),
    DecisionKind.SUSPENDED: lazy("Shop suspended"),
    DecisionKind.PRODUCT_REFUSED: lazy("Product refused"),
    DecisionKind.PRODUCT_TAKEN_DOWN: lazy("Product taken down"),
    DecisionKind.CHANGE_REFUSED: lazy("Change of a product refused"),
}


def _appeal_is(queue: str) -> ColumnElement[bool]:
    if queue == "late":
        return and_(VendorAppeal.state == AppealState.OPEN, VendorAppeal.due_at < clock.now())
    return VendorAppeal.state == AppealState(queue)


def appeals_table(person_id: UUID) -> Table:
    """How the appeals are filtered and sorted by one verifier; its query is `appeals_with_vendors`."""
    return Table(
        name="quality.appeals",
        key=VendorAppeal.id,
        sorts={
            "due": Sort(VendorAppeal.due_at),
            "vendor": Sort(Vendor.name),
            "filed": Sort(VendorAppeal.filed_at, falls=True),
        },
        default="due",
        filters=(
            of_vendor(),
            part_of_queue(APPEAL_QUEUES, _appeal_is),
            Choice(
                "kind",
                lazy("Decision"),
                lambda: [(kind.value, gettext(word)) for kind, word in KIND_WORDS.items()],
                lambda value: VendorAppeal.kind == DecisionKind(value),
            ),
            taken_by(VendorAppeal.assigned_to, person_id),
        ),
    )


def appeals_with_vendors() -> Select[Any]:
    """Every vendor's appeals with the vendor's name, as a query for `appeals_table`."""
    return cast("Select[Any]", select(VendorAppeal, Vendor.name).join(Vendor, Vendor.id == VendorAppeal.vendor_id))


def queue_of_appeals() -> Queue:
    """The appeals that wait for an answer."""
    return queue(_appeal_is("open"), late=_appeal_is("late"))


@dataclass(frozen=True, slots=True)
class DecisionFigures:
    """Decisions about vendors and the appeals against them, counted for everybody; no names."""

    applications_refused: int
    suspensions: int
    products_refused: int
    products_taken_down: int
    changes_refused: int
    filed: int
    granted: int
    upheld: int
    withdrawn: int
    open: int
    median_days: float | None
    """From an appeal to its answer; None before the first one."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing of the kind has happened."""
        decided = (self.applications_refused, self.suspensions, self.products_refused, self.products_taken_down, self.changes_refused)
        return not (any(decided) or self.filed or self.closed or self.open)

    @property
    def closed(self) -> int:
        """How many appeals have ended."""
        return self.granted + self.upheld + self.withdrawn


def decision_figures() -> DecisionFigures:
    """The last 12 months, for everybody (product.md §10); what is open counts today."""
    since = clock.now() - COUNTED
    acts = select(AuditEvent.act, func.count()).where(AuditEvent.act.in_(KINDS), AuditEvent.at >= since).group_by(AuditEvent.act)
    decided: dict[str, int] = dict(db.session.execute(acts).all())
    states = select(VendorAppeal.state, func.count()).where(VendorAppeal.closed_at >= since).group_by(VendorAppeal.state)
    ended: dict[AppealState, int] = dict(db.session.execute(states).all())
    took = func.extract("epoch", VendorAppeal.closed_at - VendorAppeal.filed_at)
    answered = (VendorAppeal.closed_at >= since, VendorAppeal.decided_by.is_not(None))
    median = db.session.scalar(select(func.percentile_cont(0.5).within_group(took)).where(*answered))
    return DecisionFigures(
        applications_refused=decided.get(ACTS[DecisionKind.APPLICATION_REFUSED], 0),
        suspensions=decided.get(ACTS[DecisionKind.SUSPENDED], 0),
        products_refused=decided.get(ACTS[DecisionKind.PRODUCT_REFUSED], 0),
        products_taken_down=decided.get(ACTS[DecisionKind.PRODUCT_TAKEN_DOWN], 0),
        changes_refused=decided.get(ACTS[DecisionKind.CHANGE_REFUSED], 0),
        filed=db.session.scalar(select(func.count()).select_from(VendorAppeal).where(VendorAppeal.filed_at >= since)) or 0,
        granted=ended.get(AppealState.GRANTED, 0),
        upheld=ended.get(AppealState.UPHELD, 0),
        withdrawn=ended.get(AppealState.WITHDRAWN, 0),
        open=count(queue_of_appeals()),
        median_days=None if median is None else float(median) / 86_400,
    )
