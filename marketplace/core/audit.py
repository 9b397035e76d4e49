"""Who acts, and the line of history beside each act (decisions.md 7). Append-only by grant."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core import clock
from marketplace.core.bulk import insert_all
from marketplace.core.db import Base, db
from marketplace.core.ids import new_id


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acts: a person as a company, or the platform's own clockwork (`person_id` None)."""

    person_id: UUID | None = None
    company_id: UUID | None = None
    name: str = ""
    on_behalf_of: UUID | None = None
    request_id: str = ""
    network: str = ""
    is_staff: bool = False


SYSTEM = Actor(name="system")


@dataclass(frozen=True, slots=True)
class Viewer:
    """The signed-in person as one company, read once per request. Templates see this and never a database row.

    `roles` and `permissions` are values of `accounts.permissions`; `companies` are (id, name) pairs to switch to.
    """

    session_id: UUID
    person_id: UUID
    person_name: str
    email: str
    company_id: UUID
    company_name: str
    companies: tuple[tuple[UUID, str], ...] = ()
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    is_buyer: bool = False
    is_vendor: bool = False
    is_staff: bool = False
    email_confirmed: bool = False
    locale: str = "en"
    time_zone: str = "UTC"
    currency: str = "EUR"
    country: str = "SE"
    ship_to_country: str | None = None
    """Where goods go: the place of the person, else of the company, else the company's own country."""
    ship_to_label: str = ""
    confirmed_at: datetime | None = None
    """When this session last proved whose it is."""
    acting_as: str | None = None
    """The company that staff act as, for the banner on every page."""
    acting_from: UUID | None = None
    """Their own company meanwhile."""
    wants_care: bool = False
    """Its session has not been noted as in use for a while, or its rights have changed."""
    token: str = field(default="", repr=False)
    # What Flask-Login asks of a user:
    is_authenticated: bool = field(default=True)
    is_active: bool = field(default=True)
    is_anonymous: bool = field(default=False)

    def get_id(self) -> str:
        """The secret of the server-side session: what Flask-Login keeps in the signed cookie."""
        return self.token

    def can(self, permission: str) -> bool:
        """Whether the roles of this membership carry the permission."""
        return permission in self.permissions


class AuditEvent(Base):
    """One act about money, access or a promise. No foreign keys: history outlives what it speaks of."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_companies", "companies", postgresql_using="gin"),
        Index("ix_audit_events_subject_id_seq", "subject_id", "seq"),
        Index("ix_audit_events_at_id", "at", "id"),
        Index("ix_audit_events_act", "act"),
        Index("ix_audit_events_actor_name", "actor_name"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    on_behalf_of: Mapped[UUID | None]
    act: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    companies: Mapped[list[UUID]]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    request_id: Mapped[str]
    network: Mapped[str]


@dataclass(frozen=True, slots=True)
class Done:
    """What one of many like acts was done to; `before` and `after` as in `record`."""

    subject_id: UUID
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


def record(
    actor: Actor,
    act: str,
    subject_kind: str,
    subject_id: UUID,
    *,
    companies: tuple[UUID, ...] = (),
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write the line of history of an act into its transaction.

    `act` is past tense with its noun (`vendor_order.accepted`); `companies` are all whom it concerns, and may read it;
    `before` and `after` hold the changed fields only, as JSON values, without secrets.
    """
    db.session.add(AuditEvent(**_line(actor, act, subject_kind, Done(subject_id, before or {}, after or {}), companies)))


def record_all(actor: Actor, act: str, subject_kind: str, done: Iterable[Done], *, companies: tuple[UUID, ...]) -> None:
    """Write the lines of history of the same act done to many things, in one statement; arguments as of `record`."""
    insert_all(AuditEvent, [_line(actor, act, subject_kind, one, companies) for one in done])


def record_own(actor: Actor, act: str, subject_kind: str, done: Iterable[Done]) -> None:
    """Write the lines of history of the same act done to many companies, each of which it alone concerns."""
    insert_all(AuditEvent, [_line(actor, act, subject_kind, one, (one.subject_id,)) for one in done])


def _line(actor: Actor, act: str, subject_kind: str, done: Done, companies: tuple[UUID, ...]) -> dict[str, Any]:
    return {
        "id": new_id(),
        "at": clock.now(),
        "actor_id": actor.person_id,
        "actor_name": actor.name,
        "on_behalf_of": actor.on_behalf_of,
        "act": act,
        "subject_kind": subject_kind,
        "subject_id": done.subject_id,
        "companies": sorted({c for c in companies if c}, key=str),
        "before": done.before,
        "after": done.after,
        "request_id": actor.request_id,
        "network": actor.network,
    }


def history_of(subject_id: UUID, *, company_id: UUID | None) -> list[AuditEvent]:
    """The acts about one thing, oldest first. `company_id` None is for platform staff only: it sees every line."""
    query = select(AuditEvent).where(AuditEvent.subject_id == subject_id).order_by(AuditEvent.at, AuditEvent.seq)
    if company_id is not None:
        query = query.where(AuditEvent.companies.contains([company_id]))
    return list(db.session.scalars(query))
