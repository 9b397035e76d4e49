"""Members of a company: invited by a link, with roles from the one table; the last owner stays."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update

from marketplace.accounts import queries
from marketplace.accounts.errors import AlreadyMember, LastOwner, LinkSpent, NotYoursToGive, WrongPerson
from marketplace.accounts.models import Company, Invitation, Membership, Person, UserSession
from marketplace.accounts.permissions import OWNER_ROLES, Role, known_roles, may_grant, roles_of_sides
from marketplace.accounts.services.companies import rotate_member_sessions
from marketplace.core import audit, clock, jobs
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id, new_token, token_hash

INVITATION_LIVES = timedelta(days=7)


def add_member(company_id: UUID, person_id: UUID, roles: Iterable[Role], *, actor: Actor) -> Membership:
    """Put a person into a company with roles. The caller has decided that it may be so."""
    membership = Membership(
        id=new_id(),
        person_id=person_id,
        company_id=company_id,
        roles=sorted(str(role) for role in set(roles)),
        unit_id=None,
        location_id=None,
        created_at=clock.now(),
        ended_at=None,
    )
    db.session.add(membership)
    person = queries.person_by_id(person_id)
    after = {"person": person.name, "roles": membership.roles}
    audit.record(actor, "member.added", "membership", membership.id, companies=(company_id,), after=after)
    return membership


def invite_member(email: str, roles: Sequence[Role], *, company_id: UUID, actor: Actor) -> Invitation:
    """Offer a seat to an address, by a link in a mail. Whether the address has an account changes nothing of it.

    Raises: NotYoursToGive, AlreadyMember (of this company, whose members the one who invites can see).
    """
    company = queries.lock_company(company_id)
    if actor.person_id is None:
        raise NotYoursToGive
    _check_roles(company, roles, actor)
    if any(person.email == email for _membership, person in queries.members_of(company_id)):
        raise AlreadyMember
    for earlier in queries.open_invitations(company_id):
        if earlier.email == email:
            earlier.withdrawn_at = clock.now()
    now = clock.now()
    invitation = Invitation(
        id=new_id(),
        company_id=company_id,
        email=email,
        roles=sorted(str(role) for role in set(roles)),
        # Nobody knows this secret; the task that sends the mail puts the one of its link here.
        token_hash=token_hash(new_token()),
        invited_by=actor.person_id,
        created_at=now,
        expires_at=now + INVITATION_LIVES,
        accepted_at=None,
        withdrawn_at=None,
    )
    db.session.add(invitation)
    after = {"email": email, "roles": invitation.roles}
    audit.record(actor, "member.invited", "invitation", invitation.id, companies=(company_id,), after=after)
    jobs.enqueue("accounts.email_invitation", invitation_id=invitation.id)
    return invitation


def record_invitation_link(invitation_id: UUID, token: str) -> None:
    """Make the link that is about to be sent the one that opens the invitation."""
    db.session.execute(
        update(Invitation)
        .where(Invitation.id == invitation_id)
        .values(token_hash=token_hash(token))
        .execution_options(synchronize_session=False)
    )


def withdraw_invitation(invitation_id: UUID, *, company_id: UUID, actor: Actor) -> None:
    """Take an offer back; its link is dead. Raises: NotFound."""
    invitation = next((i for i in queries.open_invitations(company_id) if i.id == invitation_id), None)
    if invitation is None:
        raise NotFound
    invitation.withdrawn_at = clock.now()
    audit.record(
        actor, "member.invitation_withdrawn", "invitation", invitation_id, companies=(company_id,), before={"email": invitation.email}
    )


def accept_invitation(token: str, person_id: UUID, *, actor: Actor) -> UUID:
    """Take the seat that a link offers; returns the company's id. Raises: LinkSpent, WrongPerson."""
    invitation = queries.lock_invitation(token)
    if invitation is None:
        raise LinkSpent
    person = db.session.get_one(Person, person_id)
    if person.email != invitation.email:
        raise WrongPerson
    now = clock.now()
    invitation.accepted_at = now
    # The link came by mail, so the address is the person's.
    person.email_confirmed_at = person.email_confirmed_at or now
    company_id = invitation.company_id
    queries.lock_company(company_id)
    if not any(p.id == person_id for _membership, p in queries.members_of(company_id)):
        add_member(company_id, person_id, known_roles(invitation.roles), actor=actor)
    return company_id


def change_roles(membership_id: UUID, roles: Sequence[Role], *, company_id: UUID, actor: Actor) -> None:
    """Give a member other roles; they count at the member's next request. Raises: NotFound, NotYoursToGive, LastOwner."""
    company = queries.lock_company(company_id)
    membership, person = queries.member_of(membership_id, company_id=company_id)
    before = set(membership.roles)
    after = {str(role) for role in roles}
    _check_roles(company, known_roles(before ^ after), actor)
    _keep_an_owner(membership, before - after)
    if before == after:
        return
    membership.roles = sorted(after)
    rotate_member_sessions(membership)
    audit.record(
        actor,
        "member.roles_changed",
        "membership",
        membership_id,
        companies=(company_id,),
        before={"person": person.name, "roles": sorted(before)},
        after={"roles": sorted(after)},
    )


def place_member(membership_id: UUID, *, company_id: UUID, unit_id: UUID | None, location_id: UUID | None, actor: Actor) -> None:
    """Say in which unit a member works, and where their goods go unless an order says otherwise.

    Raises: NotFound, also for another company's unit or address.
    """
    queries.lock_company(company_id)
    membership, person = queries.member_of(membership_id, company_id=company_id)
    unit = queries.unit_of(unit_id, company_id=company_id) if unit_id else None
    location = queries.location_of(location_id, company_id=company_id) if location_id else None
    if (membership.unit_id, membership.location_id) == (unit_id, location_id):
        return
    membership.unit_id, membership.location_id = unit_id, location_id
    after = {"person": person.name, "unit": unit.name if unit else None, "location": location.name if location else None}
    audit.record(actor, "member.placed", "membership", membership_id, companies=(company_id,), after=after)


def remove_member(membership_id: UUID, *, company_id: UUID, actor: Actor) -> None:
    """End a membership; the person's sessions as this company end with it. Everybody may remove themselves.

    Raises: NotFound, NotYoursToGive, LastOwner.
    """
    queries.lock_company(company_id)
    membership, person = queries.member_of(membership_id, company_id=company_id)
    own = queries.roles_in(company_id, actor.person_id)
    if person.id != actor.person_id and not all(may_grant(own, role) for role in known_roles(membership.roles)):
        raise NotYoursToGive
    _keep_an_owner(membership, set(membership.roles))
    now = clock.now()
    membership.ended_at = now
    db.session.execute(
        update(UserSession)
        .where(UserSession.person_id == person.id, UserSession.company_id == company_id, UserSession.revoked_at.is_(None))
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )
    before = {"person": person.name, "roles": membership.roles}
    audit.record(actor, "member.removed", "membership", membership_id, companies=(company_id,), before=before)


def _check_roles(company: Company, roles: Iterable[Role], actor: Actor) -> None:
    own = queries.roles_in(company.id, actor.person_id)
    possible = roles_of_sides(is_buyer=company.is_buyer, is_vendor=company.is_vendor, is_operator=company.is_operator)
    for role in roles:
        if role not in possible or not may_grant(own, role):
            raise NotYoursToGive


def _keep_an_owner(membership: Membership, lost: set[str]) -> None:
    """The company is locked, so two owners cannot remove each other at once."""
    for role in OWNER_ROLES & lost:
        others = [m for m, p in queries.members_of(membership.company_id) if m.id != membership.id and p.disabled_at is None]
        if not any(role in other.roles for other in others):
            raise LastOwner
