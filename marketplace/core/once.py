"""Once: a double click and a repeated call are one act (decisions.md 8).

The row is written in the act's transaction; a second comer waits on it and gets the stored answer.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core import clock
from marketplace.core.db import Base, acting_company, db
from marketplace.core.errors import Conflict
from marketplace.core.i18n import lazy


class OnceKey(Base):
    """A key that has been used, and what was answered."""

    __tablename__ = "once_keys"

    scope: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    answer: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]


class UsedOtherwise(Conflict):
    """The same key came with another content."""

    code = "once_key_reused"
    message = lazy("This form was already sent with other content. Open it again.")


def request_hash(content: object) -> str:
    """A digest of what was sent, independent of the order of its fields."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode("utf-8", "replace")).hexdigest()


def claim(scope: str, key: str, content: object) -> dict[str, Any] | None:
    """Claim a key inside the act's transaction; None means go ahead, else the answer of the first act.

    Waits while another transaction holds the key. Raises: UsedOtherwise.
    """
    digest = request_hash(content)
    scope = _own(scope)
    taken = db.session.execute(
        insert(OnceKey)
        .values(scope=scope, key=key, request_hash=digest, answer=None, created_at=clock.now())
        .on_conflict_do_nothing()
        .returning(OnceKey.key)
    ).scalar()
    if taken is not None:
        return None
    row = db.session.execute(select(OnceKey).where(OnceKey.scope == scope, OnceKey.key == key)).scalar_one()
    if row.request_hash != digest:
        raise UsedOtherwise
    return row.answer or {}


def _own(scope: str) -> str:
    """The scope of the acting company: a key that another company has used means nothing here (robustness.md 2)."""
    return f"{scope}:{acting_company.get() or ''}"


def answer(scope: str, key: str, value: dict[str, Any]) -> None:
    """Store what the act answered, in its transaction."""
    row = db.session.get(OnceKey, (_own(scope), key))
    if row is not None:
        row.answer = value


def answer_of(scope: str, key: str) -> dict[str, Any] | None:
    """What the act under this key answered, empty when it answered nothing; None when there was no such act."""
    row = db.session.get(OnceKey, (_own(scope), key))
    return (row.answer or {}) if row is not None else None
