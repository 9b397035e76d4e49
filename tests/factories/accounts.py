"""Builders of people and companies, and the way to log a test client in."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import count
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient

from marketplace.accounts import totp
from marketplace.accounts.models import (
    Company,
    ExemptionCertificate,
    Location,
    Membership,
    Passkey,
    Person,
    RecoveryCode,
    TOTPFactor,
    Unit,
    UserSession,
)
from marketplace.accounts.passwords import hash_password
from marketplace.accounts.permissions import Role
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.ids import new_id, new_token, token_hash

PASSWORD = "correct horse battery"
_numbers = count(1)


def make_person(
    *, email: str | None = None, name: str = "Marta Lindqvist", is_confirmed: bool = True, locale: str = "en", time_zone: str = "UTC"
) -> Person:
    """Somebody whose password is `PASSWORD`; the address is confirmed unless said otherwise."""
    now = clock.now()
    person = Person(
        id=new_id(),
        email=email or f"person{next(_numbers)}@halden.example",
        name=name,
        password_hash=hash_password(PASSWORD),
        locale=locale,
        time_zone=time_zone,
        email_confirmed_at=now if is_confirmed else None,
        disabled_at=None,
        created_at=now,
    )
    db.session.add(person)
    db.session.flush()  # rows that follow point to it
    return person


def make_company(
    *,
    name: str | None = None,
    country: str = "SE",
    currency: str = "EUR",
    is_buyer: bool = True,
    is_vendor: bool = False,
    is_operator: bool = False,
    tax_ids: Sequence[dict[str, str]] = (),
    with_location: bool = True,
    **fields: Any,
) -> Company:
    """A company in Sweden that buys, with a default delivery address in its country."""
    company = Company(
        id=new_id(),
        name=name or f"Halden Rail {next(_numbers)} AB",
        local_name=fields.get("local_name"),
        country=country,
        region=fields.get("region"),
        currency=currency,
        time_zone=fields.get("time_zone", "Europe/Stockholm"),
        language=fields.get("language", "en"),
        tax_ids=list(tax_ids),
        phone=fields.get("phone"),
        email=fields.get("email"),
        is_buyer=is_buyer,
        is_vendor=is_vendor,
        is_operator=is_operator,
        created_at=clock.now(),
    )
    db.session.add(company)
    db.session.flush()  # rows that follow point to it
    if with_location:
        make_location(company, country=country)
    return company


def make_location(company: Company, *, name: str = "Gothenburg plant", country: str = "SE", is_default: bool = True) -> Location:
    """A delivery address; a company has one default only."""
    location = Location(
        id=new_id(),
        company_id=company.id,
        name=name,
        street="Rälsgatan 4",
        postcode="417 05",
        city="Göteborg",
        region=None,
        country=country,
        dock="Dock 4, tail lift needed",
        dock_hours={"mon": ["07:00", "15:30"], "fri": ["07:00", "12:00"]},
        contact_name=None,
        contact_phone=None,
        is_default=is_default,
        removed_at=None,
    )
    db.session.add(location)
    db.session.flush()  # found by queries at once
    return location


def make_member(company: Company, roles: Iterable[str] | None = None, *, person: Person | None = None, **fields: Any) -> Person:
    """A person with roles in a company; by default the owner of each side that the company has."""
    member = person or make_person(**fields)
    if roles is None:
        owner = [Role.OWNER] if company.is_buyer else []
        roles = owner + ([Role.VENDOR_OWNER] if company.is_vendor else []) + ([Role.PLATFORM_ADMIN] if company.is_operator else [])
    db.session.add(
        Membership(
            id=new_id(),
            person_id=member.id,
            company_id=company.id,
            roles=sorted(str(role) for role in roles),
            unit_id=None,
            location_id=None,
            created_at=clock.now(),
            ended_at=None,
        )
    )
    db.session.flush()  # found by queries at once
    return member


def make_operator(roles: Iterable[str] = (Role.PLATFORM_ADMIN,), *, name: str = "Rosa Okafor") -> tuple[Company, Person]:
    """The platform's own company (there is one) and a member of its staff."""
    company = db.session.query(Company).filter(Company.is_operator).one_or_none() or make_company(
        name="Sample operator AB", is_buyer=False, is_operator=True, with_location=False
    )
    return company, make_member(company, roles, name=name, email=f"staff{next(_numbers)}@millgate.example")


def make_unit(company: Company, *, name: str = "Purchasing", parent: Unit | None = None, cost_centre: str | None = None) -> Unit:
    """A department, at the top unless it stands below another."""
    unit = Unit(
        id=new_id(),
        company_id=company.id,
        parent_id=parent.id if parent else None,
        name=name,
        cost_centre=cost_centre,
        created_at=clock.now(),
        removed_at=None,
    )
    db.session.add(unit)
    db.session.flush()  # members and other units point to it
    return unit


def make_exemption(
    company: Company,
    file_id: UUID,
    *,
    jurisdiction: str = "US-TX",
    number: str = "TX-4711",
    valid_from: date = date(2026, 1, 1),
    valid_until: date | None = None,
) -> ExemptionCertificate:
    """A certificate that nobody has checked yet; its file is there already."""
    certificate = ExemptionCertificate(
        id=new_id(),
        company_id=company.id,
        jurisdiction=jurisdiction,
        number=number,
        file_id=file_id,
        valid_from=valid_from,
        valid_until=valid_until,
        added_at=clock.now(),
        removed_at=None,
    )
    db.session.add(certificate)
    db.session.flush()  # found by queries at once
    return certificate


def make_app(person: Person, *, secret_key: str, codes: Sequence[str] = ()) -> str:
    """Turn the second step of a person on; returns the secret of the app, of which no code was used."""
    secret = totp.new_secret()
    sealed = totp.sealed(secret, secret_key=secret_key, person_id=person.id)
    db.session.add(TOTPFactor(person_id=person.id, sealed_secret=sealed, last_step=0, created_at=clock.now()))
    for code in codes:
        code_hash = token_hash(totp.plain(code))
        db.session.add(RecoveryCode(id=new_id(), person_id=person.id, code_hash=code_hash, created_at=clock.now(), used_at=None))
    db.session.flush()  # the next log-in looks for it
    return secret


def make_passkey(person: Person, *, name: str = "Laptop") -> Passkey:
    """A passkey that no device has: it is listed, named and removed, and opens nothing."""
    number = next(_numbers)
    passkey = Passkey(
        id=new_id(),
        person_id=person.id,
        name=name,
        credential_id=f"bm9uZQ{number:06}",
        public_key="bm9uZQ",
        sign_count=0,
        transports=["internal"],
        created_at=clock.now(),
        used_at=None,
    )
    db.session.add(passkey)
    db.session.flush()  # found by queries at once
    return passkey


def make_session(person: Person, company: Company) -> str:
    """An open session; returns its secret."""
    now = clock.now()
    token = new_token()
    db.session.add(
        UserSession(
            id=new_id(),
            token_hash=token_hash(token),
            person_id=person.id,
            company_id=company.id,
            created_at=now,
            seen_at=now,
            confirmed_at=now,
            revoked_at=None,
            is_to_rotate=False,
            network="127.0.0.1",
            device="Test",
        )
    )
    db.session.flush()  # the next request looks for it
    return token


def log_in(client: FlaskClient, person: Person, company: Company) -> None:
    """Let the client be this person as this company, as if the password had just been given."""
    token = make_session(person, company)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True


def log_out(client: FlaskClient) -> None:
    """Let the client be nobody."""
    with client.session_transaction() as cookie:
        cookie.clear()


def actor_of(person: Person, company: Company) -> Actor:
    """The person as one who acts for the company, for calling services."""
    return Actor(person_id=person.id, company_id=company.id, name=person.name, is_staff=company.is_operator)
