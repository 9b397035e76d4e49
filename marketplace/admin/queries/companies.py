"""Companies and people as support looks them up. Every read here sees all companies: only platform staff reach it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.accounts.models import Company, Membership, Person, UserSession
from marketplace.admin.models import DeskNote
from marketplace.admin.queries.desk import containing
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import AnySelect, Choice, Days, Sort, Table, Words
from marketplace.orders.models import VendorOrder

SIDES: dict[str, tuple[str, ColumnElement[bool] | InstrumentedAttribute[bool]]] = {
    "buys": (lazy("Buys"), Company.is_buyer),
    "sells": (lazy("Sells"), Company.is_vendor),
    "both": (lazy("Buys and sells"), and_(Company.is_buyer, Company.is_vendor)),
}
STANDINGS: dict[str, tuple[str, ColumnElement[bool]]] = {
    "active": (lazy("Active"), and_(Person.disabled_at.is_(None), Person.email_confirmed_at.is_not(None))),
    "unconfirmed": (lazy("Address not confirmed"), and_(Person.disabled_at.is_(None), Person.email_confirmed_at.is_(None))),
    "disabled": (lazy("Shut out"), Person.disabled_at.is_not(None)),
}


def _company_with(words: str) -> ColumnElement[bool]:
    by_name = Company.name.ilike(containing(words)) | Company.local_name.ilike(containing(words))
    return by_name | (Company.country == words.upper())


def _person_with(words: str) -> ColumnElement[bool]:
    return Person.name.ilike(containing(words)) | Person.email.ilike(containing(words))


COMPANIES = Table(
    name="admin.companies",
    key=Company.id,
    sorts={"name": Sort(Company.name), "since": Sort(Company.created_at, falls=True), "country": Sort(Company.country)},
    default="name",
    filters=(
        Words("words", lazy("Name, or country code"), _company_with),
        Choice("side", lazy("Side"), lambda: [(key, gettext(word)) for key, (word, _) in SIDES.items()], lambda key: and_(SIDES[key][1])),
        Days("since", lazy("Since"), Company.created_at),
    ),
    size=50,
)
PEOPLE = Table(
    name="admin.people",
    key=Person.id,
    sorts={"name": Sort(Person.name), "email": Sort(Person.email), "since": Sort(Person.created_at, falls=True)},
    default="name",
    filters=(
        Words("words", lazy("Name or address"), _person_with),
        Choice(
            "standing",
            lazy("Standing"),
            lambda: [(key, gettext(word)) for key, (word, _) in STANDINGS.items()],
            lambda key: STANDINGS[key][1],
        ),
    ),
    size=50,
)


def all_companies() -> AnySelect:
    """Companies with the number of their members and of their orders on either side."""
    members = select(func.count()).where(Membership.company_id == Company.id, Membership.ended_at.is_(None)).scalar_subquery()
    bought = select(func.count()).where(VendorOrder.buyer_id == Company.id).scalar_subquery()
    sold = select(func.count()).where(VendorOrder.vendor_id == Company.id).scalar_subquery()
    columns = (Company.id, Company.name, Company.country, Company.is_buyer, Company.is_vendor, Company.is_operator, Company.created_at)
    return select(*columns, members.label("members"), bought.label("bought"), sold.label("sold"))


def all_people() -> AnySelect:
    """People with when they were last seen."""
    seen = select(func.max(UserSession.seen_at)).where(UserSession.person_id == Person.id).scalar_subquery()
    columns = (Person.id, Person.name, Person.email, Person.email_confirmed_at, Person.disabled_at, Person.created_at)
    return select(*columns, seen.label("seen_at"))


def companies_of_people(person_ids: list[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    """(id, name) of the companies in which people have a seat now."""
    rows = db.session.execute(
        select(Membership.person_id, Company.id, Company.name)
        .join(Company, Company.id == Membership.company_id)
        .where(Membership.person_id.in_(person_ids), Membership.ended_at.is_(None))
        .order_by(Company.name)
    )
    found: dict[UUID, list[tuple[UUID, str]]] = {}
    for person_id, company_id, name in rows:
        found.setdefault(person_id, []).append((company_id, name))
    return found


@dataclass(frozen=True, slots=True)
class Money:
    """What a company has bought or sold in one currency, of orders that are paid."""

    currency: str
    orders: int
    total_minor: int


def turnover(company_id: UUID) -> dict[str, list[Money]]:
    """`bought` and `sold` by currency; cancelled and declined orders are not counted."""
    found = {}
    for name, column in (("bought", VendorOrder.buyer_id), ("sold", VendorOrder.vendor_id)):
        rows = db.session.execute(
            select(VendorOrder.currency, func.count(), func.sum(VendorOrder.total_minor))
            .where(column == company_id, VendorOrder.funded_at.is_not(None), VendorOrder.state.not_in(("cancelled", "declined")))
            .group_by(VendorOrder.currency)
            .order_by(VendorOrder.currency)
        )
        found[name] = [Money(currency, count, int(total)) for currency, count, total in rows]
    return found


def newest_orders(company_id: UUID, limit: int) -> list[VendorOrder]:
    """The newest orders of a company on either side."""
    mine = (VendorOrder.buyer_id == company_id) | (VendorOrder.vendor_id == company_id)
    return list(db.session.scalars(select(VendorOrder).where(mine).order_by(VendorOrder.placed_at.desc(), VendorOrder.id).limit(limit)))


def open_sessions(person_id: UUID) -> int:
    """How many log-ins of a person are open."""
    return db.session.scalar(select(func.count()).where(UserSession.person_id == person_id, UserSession.revoked_at.is_(None))) or 0


def notes_about(subject_id: UUID) -> list[DeskNote]:
    """What staff have written about a company or a person, newest first."""
    return list(db.session.scalars(select(DeskNote).where(DeskNote.subject_id == subject_id).order_by(DeskNote.at.desc())))


def person_known(person_id: UUID) -> Person:
    """A person by id. Raises: NotFound."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound
    return person
