"""The one clock. Business time is `now()`; the database's clock is used only inside leases of jobs."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_shift: ContextVar[timedelta] = ContextVar("clock_shift", default=timedelta())
_allowed = [True]


def forbid_shifting() -> None:
    """Called once at a production start: from then on `at()` refuses."""
    _allowed[0] = False


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC) + _shift.get()


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Run the block as if it were `instant`; time goes on from there. For tests and the demo, refused in production."""
    if not _allowed[0]:
        raise RuntimeError("the clock cannot be moved in production")
    if instant.tzinfo is None:
        raise ValueError("an instant has a zone")
    token = _shift.set(instant - datetime.now(UTC))
    try:
        yield
    finally:
        _shift.reset(token)
