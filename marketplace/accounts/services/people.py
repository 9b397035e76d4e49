"""Sign-up, the confirmed address, passwords, and what a person sets for themselves."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from marketplace.accounts import queries
from marketplace.accounts.errors import AddressTaken, LinkSpent, WrongPerson
from marketplace.accounts.models import LinkKind, Person, PersonLink, UserSession
from marketplace.accounts.permissions import Role
from marketplace.accounts.services.companies import open_company
from marketplace.accounts.services.members import accept_invitation, add_member
from marketplace.accounts.services.sessions import end_other_sessions
from marketplace.accounts.zones import zone_of
from marketplace.core import audit, clock, jobs
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.ids import new_id, token_hash


def add_person(email: str, *, name: str, password_hash: str, locale: str, time_zone: str) -> UUID | None:
    """A person with an address that is not confirmed; None when the address belongs to somebody already."""
    written: UUID | None = db.session.execute(
        insert(Person)
        .values(
            id=new_id(),
            email=email,
            name=name,
            password_hash=password_hash,
            locale=locale,
            time_zone=time_zone,
            email_confirmed_at=None,
            disabled_at=None,
            created_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["email"])
        .returning(Person.id)
    ).scalar()
    return written


def sign_up(
    email: str,
    *,
    name: str,
    password_hash: str,
    company_name: str,
    country: str,
    region: str | None,
    tax_ids: list[dict[str, str]],
    is_buyer: bool,
    is_vendor: bool,
    language: str,
    currency: str,
    actor: Actor,
) -> UUID | None:
    """A person and their company in one step; a mail asks to confirm the address.

    Returns the company's id. An address that is known makes nothing: its owner is told by mail, and None is returned; the door answers
    both alike.
    """
    person_id = add_person(email, name=name, password_hash=password_hash, locale=language, time_zone=zone_of(country))
    if person_id is None:
        known = db.session.execute(select(Person.id).where(Person.email == email)).scalar_one()
        jobs.enqueue("accounts.email_address_taken", person_id=known)
        return None
    signer = Actor(person_id=person_id, name=name, request_id=actor.request_id, network=actor.network)
    company = open_company(
        company_name,
        country=country,
        region=region,
        currency=currency,
        language=language,
        tax_ids=tax_ids,
        is_buyer=is_buyer,
        is_vendor=is_vendor,
        actor=signer,
    )
    roles = ([Role.OWNER] if is_buyer else []) + ([Role.VENDOR_OWNER] if is_vendor else [])
    add_member(company.id, person_id, roles, actor=signer)
    jobs.enqueue("accounts.email_confirm_address", person_id=person_id)
    return company.id


def join_company(token: str, *, name: str, password_hash: str, locale: str, actor: Actor) -> UUID:
    """An account for the address that was invited, and its seat; returns the person's id. Raises: LinkSpent, WrongPerson (it has one)."""
    invitation = queries.lock_invitation(token)
    if invitation is None:
        raise LinkSpent
    company = queries.company_by_id(invitation.company_id)
    person_id = add_person(invitation.email, name=name, password_hash=password_hash, locale=locale, time_zone=company.time_zone)
    if person_id is None:
        raise WrongPerson
    joiner = Actor(person_id=person_id, company_id=company.id, name=name, request_id=actor.request_id, network=actor.network)
    accept_invitation(token, person_id, actor=joiner)
    return person_id


def open_platform(
    email: str, *, name: str, password_hash: str, company_name: str, country: str, currency: str, actor: Actor
) -> UUID | None:
    """The operator's company with its first administrator, who sets the password by a link; None when the address is taken.

    A second call adds another administrator: there is one operator (the database sees to it).
    """
    person_id = add_person(email, name=name, password_hash=password_hash, locale="en", time_zone=zone_of(country))
    if person_id is None:
        return None
    company_id = (
        queries.operator_company_id()
        or open_company(
            company_name, country=country, currency=currency, language="en", is_buyer=False, is_vendor=False, is_operator=True, actor=actor
        ).id
    )
    add_member(company_id, person_id, [Role.PLATFORM_ADMIN], actor=actor)
    ask_for_reset(email)
    return company_id


def send_confirmation_again(person_id: UUID) -> None:
    """Another mail with a link that confirms the address; nothing when it is confirmed."""
    person = db.session.get_one(Person, person_id)
    if person.email_confirmed_at is None:
        jobs.enqueue("accounts.email_confirm_address", person_id=person_id)


def ask_for_reset(email: str) -> None:
    """Have a link sent by which the password can be set anew. Whether the address exists, only the task finds out."""
    jobs.enqueue("accounts.email_reset_password", email=email)


def record_link(person_id: UUID, kind: LinkKind, token: str, *, email: str | None = None) -> None:
    """The row of a link that is about to be sent; a repeated mail carries the same link. `email` is the new address that it proves."""
    now = clock.now()
    db.session.execute(
        insert(PersonLink)
        .values(
            id=new_id(),
            person_id=person_id,
            kind=kind,
            email=email,
            token_hash=token_hash(token),
            created_at=now,
            expires_at=now + queries.LINK_LIVES[kind],
            used_at=None,
        )
        .on_conflict_do_nothing(index_elements=["token_hash"])
    )


def confirm_address(token: str, *, actor: Actor) -> Person:
    """Use up a link and confirm the person's address. Raises: LinkSpent."""
    person, _ = _use_link(token, LinkKind.CONFIRM_EMAIL)
    if person.email_confirmed_at is None:
        person.email_confirmed_at = clock.now()
    # What the person may do has just grown.
    _rotate_sessions_of(person.id)
    record_about(person, "person.address_confirmed", actor)
    return person


def reset_password(token: str, password_hash: str, *, actor: Actor) -> Person:
    """Use up a link and set a new password; every open session ends. Raises: LinkSpent."""
    person, _ = _use_link(token, LinkKind.RESET_PASSWORD)
    person.password_hash = password_hash
    _close_links(person.id, LinkKind.CHANGE_EMAIL)
    # The link came by mail, so the address is the person's.
    person.email_confirmed_at = person.email_confirmed_at or clock.now()
    end_other_sessions(None, actor=Actor(person_id=person.id, name=person.name, request_id=actor.request_id, network=actor.network))
    record_about(person, "person.password_reset", actor)
    return person


def change_password(person_id: UUID, password_hash: str, *, session_id: UUID, actor: Actor) -> None:
    """Set another password; all other sessions end. The door has checked the present password."""
    person = db.session.get_one(Person, person_id)
    person.password_hash = password_hash
    _close_links(person.id, LinkKind.CHANGE_EMAIL)
    end_other_sessions(session_id, actor=actor)
    record_about(person, "person.password_changed", actor)


def ask_for_new_address(person_id: UUID, email: str, *, actor: Actor) -> None:
    """Have a link sent to a new address; nothing changes until it is opened, and the present address is told.

    Whether the new address has an account, only the task finds out: the answer is the same.
    """
    person = db.session.get_one(Person, person_id)
    if email == person.email:
        return
    record_about(person, "person.new_address_asked", actor, {"email": person.email}, {"email": email})
    jobs.enqueue("accounts.email_new_address", person_id=person_id, email=email)
    jobs.enqueue("accounts.email_address_changing", person_id=person_id, email=email)


def change_address(token: str, *, actor: Actor) -> Person:
    """Use up the link of a new address: it takes the place of the present one, which is told. Raises: LinkSpent, AddressTaken."""
    person, email = _use_link(token, LinkKind.CHANGE_EMAIL)
    if email is None:
        raise LinkSpent
    before = person.email
    try:
        with db.session.begin_nested():
            person.email = email
            db.session.flush()  # whether somebody has the address, the database says
    except IntegrityError as error:
        raise AddressTaken from error
    person.email_confirmed_at = clock.now()  # of the address that it has now
    # Links that lie in the mailbox of the earlier address open nothing any more.
    for kind in (LinkKind.RESET_PASSWORD, LinkKind.CONFIRM_EMAIL):
        _close_links(person.id, kind)
    _rotate_sessions_of(person.id)
    record_about(person, "person.address_changed", actor, {"email": before}, {"email": email})
    jobs.enqueue("accounts.email_address_changed", person_id=person.id, before=before, email=email)
    return person


def edit_person(person_id: UUID, *, name: str, language: str, time_zone: str, actor: Actor) -> None:
    """Name, language and zone of the person who acts."""
    person = db.session.get_one(Person, person_id)
    before = {"name": person.name, "language": person.locale, "time_zone": person.time_zone}
    person.name, person.locale, person.time_zone = name, language, time_zone
    after = {"name": name, "language": language, "time_zone": time_zone}
    changed = {key for key in after if after[key] != before[key]}
    if changed:
        record_about(person, "person.edited", actor, {k: before[k] for k in changed}, {k: after[k] for k in changed})


def _use_link(token: str, kind: LinkKind) -> tuple[Person, str | None]:
    """Whose link it was, and the new address that it proves."""
    now = clock.now()
    used = db.session.execute(
        update(PersonLink)
        .where(
            PersonLink.token_hash == token_hash(token), PersonLink.kind == kind, PersonLink.used_at.is_(None), PersonLink.expires_at > now
        )
        .values(used_at=now)
        .returning(PersonLink.person_id, PersonLink.email)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    person = db.session.get(Person, used.person_id) if used else None
    if used is None or person is None or person.disabled_at is not None:
        raise LinkSpent
    # A link that was used closes all others of its kind that lie in the mailbox.
    _close_links(person.id, kind)
    return person, used.email


def _close_links(person_id: UUID, kind: LinkKind) -> None:
    db.session.execute(
        update(PersonLink)
        .where(PersonLink.person_id == person_id, PersonLink.kind == kind, PersonLink.used_at.is_(None))
        .values(used_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def _rotate_sessions_of(person_id: UUID) -> None:
    db.session.execute(
        update(UserSession)
        .where(UserSession.person_id == person_id, UserSession.revoked_at.is_(None))
        .values(is_to_rotate=True)
        .execution_options(synchronize_session=False)
    )


def record_about(
    person: Person, act: str, actor: Actor, before: dict[str, object] | None = None, after: dict[str, object] | None = None
) -> None:
    """The line of history of an act about a person: all their companies may read it. Without an actor it was done by a link of a mail."""
    companies = tuple(c.id for c in queries.companies_of(person.id))
    doer = (
        actor
        if actor.person_id or actor.name
        else Actor(person_id=person.id, name=person.name, request_id=actor.request_id, network=actor.network)
    )
    audit.record(doer, act, "person", person.id, companies=companies, before=before, after=after)
