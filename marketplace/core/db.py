"""The database session, and the only place that commits.

A door opens `transaction()` around one service. Reading opens a transaction too: `outside()` ends it before the network is
used, and refuses inside `transaction()` (house-style §4).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Enum, MetaData, Numeric, Text, Uuid, event, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction, registry

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Parent of all models. Text has no length, integers are BIGINT, instants are aware, enums are stored by value."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            int: BigInteger,
            str: Text,
            bool: Boolean,
            Decimal: Numeric,
            datetime: DateTime(timezone=True),
            date: Date,
            UUID: Uuid,
            dict[str, Any]: JSONB(none_as_null=True),
            list[Any]: JSONB(none_as_null=True),
            list[str]: ARRAY(Text),
            list[UUID]: ARRAY(Uuid),
        },
    )


def enum_type(kind: type[StrEnum], name: str) -> Enum:
    """The column type of a status: its value as text, with a CHECK named after the column."""
    return Enum(kind, name=name, native_enum=False, create_constraint=True, length=40, values_callable=lambda e: [m.value for m in e])


db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False, "join_transaction_mode": "create_savepoint"})

acting_company: ContextVar[UUID | None] = ContextVar("acting_company", default=None)
"""The company that the running request acts for; row security compares with it."""

as_staff: ContextVar[bool] = ContextVar("as_staff", default=False)
"""True while platform staff work at the desk: their transactions run as the role that sees every company."""

STAFF_ROLE = "millgate_jobs"


def init_app(app: Flask) -> None:
    """Bind the session to the application and make every transaction begin with its company."""
    db.init_app(app)


@event.listens_for(Session, "after_begin")
def _begin_with_company(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    # Always set, to '' when there is none: a pooled connection must never carry the company of the request before.
    company = acting_company.get()
    if session.info.get("web", True):
        connection.execute(text("SELECT set_config('app.company', :company, true)"), {"company": str(company) if company else ""})
        if as_staff.get():
            connection.execute(text(f"SET LOCAL ROLE {STAFF_ROLE}"))


@contextmanager
def transaction() -> Iterator[None]:
    """One act, all or nothing. Opened by a door, never by a rule, never inside another."""
    info = db.session().info
    if info.get("open"):
        raise RuntimeError("transaction() may not nest: only a door opens one")
    info["open"] = True
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        info["open"] = False


def outside() -> None:
    """End the transaction that reading has opened, before anything waits for the network.

    Raises: RuntimeError inside `transaction()`: an act never waits for somebody else's server.
    """
    if db.session().info.get("open"):
        raise RuntimeError("the network is reached outside transaction()")
    db.session.commit()


def begin_again() -> None:
    """End the read transaction because who is acting has just become known: the next one begins with the company."""
    db.session.rollback()
