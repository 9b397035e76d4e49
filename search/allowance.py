"""How many dear pages one reader gets (pure): a pool that fills up again with time."""

from threading import Lock

POOL = 30
"""Dear pages that may be asked for at once, by somebody who has asked for none of late."""
SECONDS_EACH = 2.0
"""Time after which there is one more. A dear page takes up to 0.3 s of a processor: nobody takes more than a seventh of one for long."""
MOST_READERS = 10_000


class Allowance:
    """Who has asked for how much of late, in this process. Of readers whose pool is full nothing is kept."""

    def __init__(self, pool: int = POOL, seconds_each: float = SECONDS_EACH, most_readers: int = MOST_READERS) -> None:
        self._span, self._each, self._most = pool * seconds_each, seconds_each, most_readers
        self._full_at: dict[str, float] = {}
        """Reader → the moment at which the pool is full again."""
        self._lock = Lock()

    def take(self, reader: str, now: float) -> bool:
        """Take one page out of a reader's pool; False when it is empty, which costs nothing further. `now` is in seconds."""
        with self._lock:
            full_at = max(self._full_at.pop(reader, now), now) + self._each
            is_there = full_at - now <= self._span
            self._full_at[reader] = full_at if is_there else full_at - self._each
            if len(self._full_at) > self._most:
                self._forget(now)
            return is_there

    def forget(self) -> None:
        """Every pool is full."""
        with self._lock:
            self._full_at.clear()

    def _forget(self, now: float) -> None:
        """Those whose pool is full by now; if there are none, those who asked longest ago."""
        self._full_at = {reader: full_at for reader, full_at in self._full_at.items() if full_at > now}
        for reader in list(self._full_at)[: len(self._full_at) - self._most]:
            del self._full_at[reader]
