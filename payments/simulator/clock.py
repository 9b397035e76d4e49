"""The simulated time: the machine's clock and an offset, which the control pages move and the file remembers."""

import time
from datetime import UTC, datetime

from payments.simulator.store import Store


class Clock:
    """Seconds since 1970, whole."""

    def __init__(self, store: Store, offset: int) -> None:
        self._store, self._first = store, offset
        with store.act():
            self.offset = int(store.setting("clock_offset", offset))

    def now(self) -> int:
        """The simulated time."""
        return int(time.time()) + self.offset

    def set(self, now: int) -> None:
        """Move to an instant. Call inside an act."""
        self.offset = now - int(time.time())
        self._store.set("clock_offset", self.offset)

    def reset(self) -> None:
        """Back to the offset of the command line. Call inside an act."""
        self.offset = self._first


def iso(seconds: int) -> str:
    """An instant as v2 writes it: `2026-11-26T03:20:00.000Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
