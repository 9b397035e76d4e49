"""Certificates: what a verifier looks at, where one stands on a day, when its end is said. Pure (product.md §10)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol

from marketplace.core.i18n import lazy
from vendors.models import Certificate

POINTS = {
    "company": lazy("It names this company, as the register writes it"),
    "number": lazy("Number and issuer agree with the issuer's register"),
    "scope": lazy("The scope covers what the shop sells under it"),
    "dates": lazy("The dates agree, and it is valid today"),
    "unaltered": lazy("The file is whole and not altered"),
}
"""The checklist; a certificate passes with every point."""
REMINDER_DAYS = (90, 30, 7)
"""Days before the last day on which the vendor is reminded."""


class Standing(StrEnum):
    """Where a certificate stands on a day. Only `valid` is shown to buyers."""

    SENT = "sent"  # waits for the verifier
    REFUSED = "refused"  # looked at and turned down
    WITHDRAWN = "withdrawn"  # taken back by the vendor, or by the desk
    AHEAD = "ahead"  # checked; its first day is still to come
    VALID = "valid"
    EXPIRED = "expired"  # its last day is over


class Dated(Protocol):
    """What is asked of a certificate."""

    @property
    def valid_from(self) -> date: ...

    @property
    def valid_until(self) -> date | None: ...

    @property
    def checked_at(self) -> datetime | None: ...

    @property
    def refused_at(self) -> datetime | None: ...

    @property
    def withdrawn_at(self) -> datetime | None: ...


def standing(certificate: Dated, today: date) -> Standing:
    """Where a certificate stands today."""
    if certificate.withdrawn_at is not None:
        return Standing.WITHDRAWN
    if certificate.refused_at is not None:
        return Standing.REFUSED
    if certificate.valid_until is not None and today > certificate.valid_until:
        return Standing.EXPIRED
    if certificate.checked_at is None:
        return Standing.SENT
    return Standing.AHEAD if today < certificate.valid_from else Standing.VALID


def was_valid_on(certificate: Dated, day: date) -> bool:
    """Whether it could be relied on that day: within its dates, checked by the end of the day, not withdrawn before it.

    What was checked later counts from then on only: nobody could see it before.
    """
    end = datetime.combine(day + timedelta(days=1), time(), UTC)
    if certificate.checked_at is None or certificate.checked_at >= end or certificate.valid_from > day:
        return False
    if certificate.valid_until is not None and day > certificate.valid_until:
        return False
    begin = end - timedelta(days=1)
    return certificate.withdrawn_at is None or certificate.withdrawn_at > begin


def first_moment_after(day: date) -> datetime:
    """When a last day is over, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def reminders(valid_until: date, now: datetime) -> list[tuple[int, datetime]]:
    """(days before, instant) of the reminders that are still to come."""
    end = first_moment_after(valid_until)
    return [(days, end - timedelta(days=days)) for days in REMINDER_DAYS if end - timedelta(days=days) > now]


def days_left(certificate: Certificate, today: date) -> int | None:
    """Days until the last one, which counts; None when it has no end."""
    return None if certificate.valid_until is None else (certificate.valid_until - today).days


def is_renewed(certificate: Certificate, others: Iterable[Certificate]) -> bool:
    """Whether a later certificate of the same scheme and scope is checked: then nobody needs to be reminded."""
    end = certificate.valid_until
    return end is not None and any(
        other.id != certificate.id
        and (other.scheme, other.scope_kind, other.scope) == (certificate.scheme, certificate.scope_kind, certificate.scope)
        and other.checked_at is not None
        and other.withdrawn_at is None
        and (other.valid_until is None or other.valid_until > end)
        for other in others
    )
