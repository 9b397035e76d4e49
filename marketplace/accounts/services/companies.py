"""Companies: opening one, its profile, its two sides."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import update

from marketplace.accounts import queries
from marketplace.accounts.errors import FactsChecked
from marketplace.accounts.models import Company, Membership, UserSession
from marketplace.accounts.permissions import Role
from marketplace.accounts.services.editing import set_fields
from marketplace.accounts.zones import zone_of
from marketplace.core import audit, clock, jobs
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.ids import new_id


def open_company(
    name: str,
    *,
    country: str,
    currency: str,
    language: str,
    is_buyer: bool,
    is_vendor: bool,
    actor: Actor,
    is_operator: bool = False,
    tax_ids: Sequence[dict[str, str]] = (),
    local_name: str | None = None,
    region: str | None = None,
    time_zone: str | None = None,
    phone: str | None = None,
    email: str | None = None,
) -> Company:
    """A company without members. One that sells gets its application opened by the vendors' room."""
    company = Company(
        id=new_id(),
        name=name,
        local_name=local_name,
        country=country,
        region=region,
        currency=currency,
        time_zone=time_zone or zone_of(country),
        language=language,
        tax_ids=list(tax_ids),
        phone=phone,
        email=email,
        is_buyer=is_buyer,
        is_vendor=is_vendor,
        is_operator=is_operator,
        created_at=clock.now(),
    )
    db.session.add(company)
    db.session.flush()  # rows of members and addresses point to it
    sides = {"name": name, "country": country, "buys": is_buyer, "sells": is_vendor}
    audit.record(actor, "company.opened", "company", company.id, companies=(company.id,), after=sides)
    if is_vendor:
        jobs.enqueue("vendors.open_application", company_id=company.id)
    return company


def edit_company(
    company_id: UUID,
    *,
    name: str,
    local_name: str | None,
    country: str,
    region: str | None,
    currency: str,
    phone: str | None,
    email: str | None,
    is_checked: bool = False,
    actor: Actor,
) -> None:
    """The company's own facts, without its numbers. `is_checked` says that it is a vendor whose facts were checked: those change by a
    check alone (product.md §10). Raises: FactsChecked (one of them would differ).
    """
    company = queries.lock_company(company_id)
    checked: dict[str, Any] = {"name": name, "local_name": local_name, "country": country, "region": region}
    if is_checked and any(getattr(company, field) != value for field, value in checked.items()):
        raise FactsChecked
    given = checked | {"currency": currency, "phone": phone, "email": email}
    before, after = set_fields(company, given)
    if after:
        audit.record(actor, "company.edited", "company", company_id, companies=(company_id,), before=before, after=after)


def correct_company(
    company_id: UUID, given: Mapping[str, Any], *, number: Mapping[str, Any] | None = None, replaces: Mapping[str, Any] | None = None
) -> None:
    """Write facts of a vendor that a verifier has checked; `number` takes the place of `replaces` among the tax numbers, or stands last.

    The room of vendors keeps the history of it. Raises: NotFound.
    """
    company = queries.lock_company(company_id)
    set_fields(company, given)
    if number is not None:
        gone = (replaces["scheme"], replaces["value"]) if replaces else None
        stay = [each for each in company.tax_ids if (each["scheme"], each["value"]) not in (gone, (number["scheme"], number["value"]))]
        place = next((n for n, each in enumerate(company.tax_ids) if (each["scheme"], each["value"]) == gone), len(stay))
        company.tax_ids = [*stay[:place], dict(number), *stay[place:]]


def start_selling(company_id: UUID, *, actor: Actor) -> None:
    """The company opens its selling side; its owners own the shop, too. Selling itself waits for the identity check."""
    company = queries.lock_company(company_id)
    if company.is_vendor:
        return
    company.is_vendor = True
    _share_ownership(company_id, Role.OWNER, Role.VENDOR_OWNER)
    audit.record(actor, "company.selling_started", "company", company_id, companies=(company_id,), after={"sells": True})
    jobs.enqueue("vendors.open_application", company_id=company_id)


def start_buying(company_id: UUID, *, actor: Actor) -> None:
    """The company opens its buying side; the owners of its shop own it, too."""
    company = queries.lock_company(company_id)
    if company.is_buyer:
        return
    company.is_buyer = True
    _share_ownership(company_id, Role.VENDOR_OWNER, Role.OWNER)
    audit.record(actor, "company.buying_started", "company", company_id, companies=(company_id,), after={"buys": True})


def _share_ownership(company_id: UUID, of: Role, to: Role) -> None:
    for membership, _person in queries.members_of(company_id):
        if of in membership.roles:
            membership.roles = sorted({*membership.roles, to})
            rotate_member_sessions(membership)


def rotate_member_sessions(membership: Membership) -> None:
    """Rights have changed: each session of this person as this company gets a new secret at its next request."""
    db.session.execute(
        update(UserSession)
        .where(
            UserSession.person_id == membership.person_id,
            UserSession.company_id == membership.company_id,
            UserSession.revoked_at.is_(None),
        )
        .values(is_to_rotate=True)
        .execution_options(synchronize_session=False)
    )
