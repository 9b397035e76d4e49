"""Messages of the provider: verified on the raw body, then cut down to what a look-up needs. Source: payments.md §1.1."""

import json
import time
from datetime import UTC, datetime
from typing import Any

from stripe import SignatureVerificationError, WebhookSignature

from payments.errors import BadSignature
from payments.facts import ProviderEvent

OLDEST_SECONDS = 300
NEWEST_SECONDS = 600
"""The library bounds only the age of a stamp; one from the future would pass it for ever."""

HINTS = ("payment", "refund", "op", "vendor")


def read_event(body: bytes, header: str, secrets: str) -> ProviderEvent:
    """The message in a request. `secrets` are separated by commas: while one is replaced, both are good.

    Raises: BadSignature for a wrong or missing signature, an old or future stamp, or a body that is no event.
    """
    if not any(_is_signed(body, header, secret.strip()) for secret in secrets.split(",")):
        raise BadSignature
    try:
        return _event(json.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSignature from error


def _is_signed(body: bytes, header: str, secret: str) -> bool:
    stamps = [part[2:] for part in header.split(",") if part.startswith("t=")]
    if len(stamps) != 1 or not header.isascii():  # the library reads the first stamp of several, and compares ASCII alone
        return False
    try:
        WebhookSignature.verify_header(body, header, secret, OLDEST_SECONDS)
        stamp = int(stamps[0])
    except (SignatureVerificationError, ValueError):
        return False
    # The machine's own time, as the sender stamps with it: business time may be moved in tests and the demo.
    return stamp <= time.time() + NEWEST_SECONDS


def _event(message: dict[str, Any]) -> ProviderEvent:
    if message.get("object") == "v2.core.event":
        related = message.get("related_object") or {}
        created = datetime.fromisoformat(message["created"])
        return ProviderEvent(message["id"], message["type"], created, related.get("id"), related.get("type", ""), related.get("id"), {})
    subject = message["data"]["object"]
    metadata = subject.get("metadata") or {}
    hints = {name: str(metadata[name]) for name in HINTS if metadata.get(name)}
    return ProviderEvent(
        id=message["id"],
        type=message["type"],
        created_at=datetime.fromtimestamp(message["created"], UTC),
        object_id=subject.get("id"),
        object_kind=subject["object"],
        account_id=message.get("account"),
        hints=hints,
    )
