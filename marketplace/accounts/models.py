"""Companies, people, memberships, sessions and the one-time links sent by mail."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
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
    currency: Mapped[str]
    time_zone: Mapped[str]
    language: Mapped[str]
    tax_ids: Mapped[list[Any]]
    """[{scheme: "se.vat" (a module of python-stdnum), value, display}]"""
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
    """How to deliver: gate, days, hours."""
    is_default: Mapped[bool]
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
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    roles: Mapped[list[str]]
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


class PersonLink(Base):
    """A single-use link sent to a person; only the hash of its token is stored."""

    __tablename__ = "person_links"
    __table_args__ = (Index("ix_person_links_person_id", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[LinkKind] = mapped_column(enum_type(LinkKind, "kind"))
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
    """When the password was last given: step-up asks for it within 10 minutes."""
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
    """`account:<hash of the address>`, `mail:<hash of the address>` or `network:<address>`."""
    at: Mapped[datetime]
