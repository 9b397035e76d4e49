"""Pure rules of a call to the provider: its key, when the key is too old, and how its content is compared. Source: payments.md §4.6."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

SESSION, EXPIRY, TRANSFER, REVERSAL, REFUND, ACCOUNT = "cs", "cse", "tr", "trr", "re", "acct"

LEASE = timedelta(seconds=120)
"""Longer than the gateway's three tries of 5 + 30 seconds."""

KEY_LIFE = timedelta(hours=23)
"""The provider forgets keys after 24 hours; a forgotten key would do the same thing a second time."""

MAX_TRIES = 12
"""Tries without a definite answer before a person must look."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An operation that this process alone may send now. `is_old`: look the object up first, the key may be forgotten."""

    operation_id: UUID
    kind: str
    subject_id: UUID
    key: str
    request: Mapping[str, Any]
    is_old: bool


def idempotency_key(environment: str, kind: str, operation_id: UUID, attempt: int) -> str:
    """`mkt:{env}:{kind}:{op}:{attempt}`: the same for every try of one attempt, and never the same for two."""
    return f"mkt:{environment}:{kind}:{operation_id}:{attempt}"


def content_hash(request: Mapping[str, Any]) -> str:
    """A digest of the parameters: a retry must send identical ones."""
    return hashlib.sha256(json.dumps(request, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def is_too_old(first_tried_at: datetime | None, now: datetime) -> bool:
    """Whether the key of an attempt may be forgotten by the provider."""
    return first_tried_at is not None and now - first_tried_at > KEY_LIFE
