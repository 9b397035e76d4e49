"""The history of a company: every act that concerns it, by whomever."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select

from marketplace.accounts.models import Company, Membership, Person
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Choice, Days, Sort, Table

SUBJECTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "access": (lazy("Log-ins and sessions"), ("session.", "person.")),
    "members": (lazy("Members and roles"), ("member.", "unit.")),
    "company": (lazy("Company, addresses, tax"), ("company.", "location.", "exemption.")),
    "orders": (
        lazy("Orders and claims"),
        ("purchase.", "vendor_order.", "claim.", "shipment.", "change_request.", "cart.", "list.", "delivery."),
    ),
    "money": (
        lazy("Money"),
        ("payment.", "hold.", "refund.", "payout_account.", "operation.", "invoice.", "credit_note.", "transfer.", "vendor_debt."),
    ),
    "goods": (lazy("Products, prices, stock"), ("product.", "catalogue.", "stock.", "price_list.", "import.", "bulk_edit.", "file.")),
    "shop": (lazy("Shop and verification"), ("vendor.", "customer.", "certificate.", "shipping_method.", "review.")),
}
"""What acts are about: key → (word, how their names begin)."""


def history_table(company_id: UUID) -> Table:
    """How the history of a company can be filtered."""
    return Table(
        name="accounts.history",
        key=AuditEvent.id,
        sorts={"when": Sort(AuditEvent.at, falls=True)},
        default="-when",
        filters=(
            Choice("about", lazy("About"), subjects, acts_about),
            Choice("who", lazy("Who"), _once_asked(lambda: _people(company_id)), _by),
            Days("day", lazy("Day"), AuditEvent.at),
        ),
    )


def subjects() -> list[tuple[str, str]]:
    """What acts can be about, as a filter offers it."""
    return [(key, gettext(word)) for key, (word, _) in SUBJECTS.items()]


def acts_about(key: str) -> ColumnElement[bool]:
    """The acts that are about one of `subjects`."""
    return or_(*(AuditEvent.act.startswith(beginning, autoescape=True) for beginning in SUBJECTS[key][1]))


OTHERS = "others"


def _by(value: str) -> ColumnElement[bool]:
    return AuditEvent.actor_id.is_(None) if value == OTHERS else AuditEvent.actor_id == UUID(value)


def _people(company_id: UUID) -> list[tuple[str, str]]:
    """Members, also former ones, and what nobody of them did."""
    rows = db.session.execute(
        select(Person.id, Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.company_id == company_id)
        .distinct()
        .order_by(Person.name, Person.id)
    )
    return [*((str(person_id), name) for person_id, name in rows), (OTHERS, gettext("The platform's own clockwork"))]


def _once_asked(options: Callable[[], list[tuple[str, str]]]) -> Callable[[], Sequence[tuple[str, str]]]:
    """The filter asks for its options several times a page; the database is asked once."""
    found: list[list[tuple[str, str]]] = []

    def remembered() -> Sequence[tuple[str, str]]:
        if not found:
            found.append(options())
        return found[0]

    return remembered


def history_of_company(company_id: UUID) -> Select[Any]:
    """The acts that concern a company, for `history_table`."""
    return select(AuditEvent).where(AuditEvent.companies.contains([company_id]))


def people_ever_in(company_id: UUID) -> set[UUID]:
    """Everybody who is or was a member: whose network the company may see."""
    return set(db.session.scalars(select(Membership.person_id).where(Membership.company_id == company_id)))


def sides_of(events: Sequence[AuditEvent]) -> dict[tuple[UUID, UUID], str]:
    """(person, company) → the company's name, for those who acted as a company that the event concerns, too."""
    people = {event.actor_id for event in events if event.actor_id}
    concerned = {company_id for event in events for company_id in event.companies}
    if not people:
        return {}
    rows = db.session.execute(
        select(Membership.person_id, Company.id, Company.name)
        .join(Company, Company.id == Membership.company_id)
        .where(Membership.person_id.in_(people), Company.id.in_(concerned))
    )
    return {(person_id, company_id): name for person_id, company_id, name in rows}
