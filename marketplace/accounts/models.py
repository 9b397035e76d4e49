"""Companies, people, memberships, sessions and the one-time links sent by mail."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type


class Company(Base):
    """A legal entity; may buy, sell, or both. One company is the operator of the platform."""

    __tablename__ = "companies"
    __table_args__ = (Index("uq_companies_operator", "is_operator", unique=True, postgresql_where=text("is_operator")),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    local_name: Mapped[str | None]
    """The legal name in the company's own writing."""
    country: Mapped[str]
    region: Mapped[str | None]
    """The state, where the country's states tax by themselves: as long as no delivery address names one, tax is reckoned for it."""
    currency: Mapped[str]
    time_zone: Mapped[str]
    language: Mapped[str]
    tax_ids: Mapped[list[Any]]
    """[{scheme: "se.vat" (a module of python-stdnum), value, display, and where known country, added_at, checked_at, checked_how}]

    `checked_at` and `checked_how` say when and where a register was asked; without them only the form of the number is known.
    """
    phone: Mapped[str | None]
    email: Mapped[str | None]
    is_buyer: Mapped[bool]
    is_vendor: Mapped[bool]
    is_operator: Mapped[bool]
    created_at: Mapped[datetime]


class Location(Base):
    """A delivery address of a company."""

    __tablename__ = "locations"
    __table_args__ = (
        Index("uq_locations_default", "company_id", unique=True, postgresql_where=text("is_default AND removed_at IS NULL")),
        Index("ix_locations_company_id", "company_id"),
        UniqueConstraint("id", "company_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    name: Mapped[str]
    street: Mapped[str]
    postcode: Mapped[str]
    city: Mapped[str]
    region: Mapped[str | None]
    country: Mapped[str]
    dock: Mapped[str | None]
    """What the driver must know beside the hours: gate, tail lift, whom to call."""
    dock_hours: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    """{"mon": ["07:00", "15:30"]}: the weekdays on which goods are taken, with the hours of the place's own zone; empty: not stated."""
    contact_name: Mapped[str | None]
    contact_phone: Mapped[str | None]
    is_default: Mapped[bool]
    removed_at: Mapped[datetime | None]


class Unit(Base):
    """A department of a company; units form a tree."""

    __tablename__ = "units"
    __table_args__ = (
        UniqueConstraint("id", "company_id"),
        ForeignKeyConstraint(["parent_id", "company_id"], ["units.id", "units.company_id"]),
        Index(
            "uq_units_name",
            "company_id",
            "parent_id",
            "name",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    parent_id: Mapped[UUID | None]
    name: Mapped[str]
    cost_centre: Mapped[str | None]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class ExemptionCertificate(Base):
    """A paper that frees a company from a tax in one jurisdiction, with its file. It counts within its dates; the desk reads it."""

    __tablename__ = "exemption_certificates"
    __table_args__ = (
        CheckConstraint("valid_until >= valid_from", name="dates"),
        Index("ix_exemption_certificates_company_id", "company_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    jurisdiction: Mapped[str]
    """A country, or a part of one: `DE`, `US-TX` (ISO 3166)."""
    number: Mapped[str]
    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id"))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    """The last day; None where the paper names none."""
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class Person(Base):
    """Somebody who signs in. The address is stored in lower case."""

    __tablename__ = "people"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    locale: Mapped[str]
    time_zone: Mapped[str]
    email_confirmed_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Membership(Base):
    """A person in a company, with a set of roles (decisions.md 10)."""

    __tablename__ = "memberships"
    __table_args__ = (
        Index("uq_memberships_active", "person_id", "company_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_memberships_company_id", "company_id"),
        # A unit or address of another company cannot be written here, whatever the code forgot.
        ForeignKeyConstraint(["unit_id", "company_id"], ["units.id", "units.company_id"]),
        ForeignKeyConstraint(["location_id", "company_id"], ["locations.id", "locations.company_id"]),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    roles: Mapped[list[str]]
    unit_id: Mapped[UUID | None]
    location_id: Mapped[UUID | None]
    """Where this member's goods go unless an order says otherwise; without it the company's default."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Invitation(Base):
    """A seat in a company, offered to an address by a single-use link."""

    __tablename__ = "invitations"
    __table_args__ = (Index("ix_invitations_company_id", "company_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    email: Mapped[str]
    roles: Mapped[list[str]]
    token_hash: Mapped[str] = mapped_column(unique=True)
    invited_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class LinkKind(StrEnum):
    """What a link in a mail may do."""

    CONFIRM_EMAIL = "confirm_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - the name of a kind
    CHANGE_EMAIL = "change_email"


class PersonLink(Base):
    """A single-use link sent to a person; only the hash of its token is stored."""

    __tablename__ = "person_links"
    __table_args__ = (Index("ix_person_links_person_id", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[LinkKind] = mapped_column(enum_type(LinkKind, "kind"))
    email: Mapped[str | None]
    """The new address that the link proves; only where it changes one."""
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class UserSession(Base):
    """A log-in: a person as one company, on one device. It lives here, and is revoked here."""

    __tablename__ = "user_sessions"
    __table_args__ = (Index("ix_user_sessions_person_id", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]
    """When password, second factor or passkey was last given: step-up asks for one within 10 minutes."""
    revoked_at: Mapped[datetime | None]
    is_to_rotate: Mapped[bool]
    """The rights have changed: the next request gets another secret (robustness.md 14)."""
    network: Mapped[str]
    device: Mapped[str]


class LogInAttempt(Base):
    """A try to log in or to have a mail sent; counted per address and per network, so that neither can be guessed through."""

    __tablename__ = "log_in_attempts"
    __table_args__ = (Index("ix_log_in_attempts_subject_at", "subject", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject: Mapped[str]
    """`account:<hash of the address>`, `codes:<person>`, `mail:<hash of the address>` or `network:<address>`."""
    at: Mapped[datetime]


class TOTPFactor(Base):
    """The second factor of a person: a secret shared with an app that shows a code for each half minute (RFC 6238)."""

    __tablename__ = "totp_factors"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    sealed_secret: Mapped[str]
    """Encrypted under the key of the process: a copy of the database alone makes no codes."""
    last_step: Mapped[int]
    """The half minute whose code was used last; it and all before are spent."""
    created_at: Mapped[datetime]


class RecoveryCode(Base):
    """A code on paper, good once in place of the app's."""

    __tablename__ = "recovery_codes"
    __table_args__ = (Index("ix_recovery_codes_person_id", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    code_hash: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A key on a person's device or in their password manager (WebAuthn); we hold the public half."""

    __tablename__ = "passkeys"
    __table_args__ = (Index("ix_passkeys_person_id", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str]
    credential_id: Mapped[str] = mapped_column(unique=True)
    """base64url, as browsers write it"""
    public_key: Mapped[str]
    """COSE key, base64url"""
    sign_count: Mapped[int]
    """What the device has counted; one that falls back was copied. Synchronised keys count nothing: 0."""
    transports: Mapped[list[str]]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SupportVisit(Base):
    """A member of staff sees and helps as a company, in one session, with a reason, for half an hour."""

    __tablename__ = "support_visits"
    __table_args__ = (Index("uq_support_visits_open", "session_id", unique=True, postgresql_where=text("ended_at IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("user_sessions.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    reason: Mapped[str]
    began_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
