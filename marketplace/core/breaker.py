"""The circuit breaker of every client of an outside system (docs/resiliency.md)."""

from collections.abc import Callable


class Breaker:
    """Stops asking a server that does not answer: after `limit` failures in a row it refuses for `pause` seconds, then tries one."""

    def __init__(self, *, limit: int, pause: float, clock: Callable[[], float]) -> None:
        self._limit, self._pause, self._clock = limit, pause, clock
        self._failures = 0
        self._until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether asking is pointless just now. The first caller after the pause may try, and the others still wait."""
        if self._failures < self._limit:
            return False
        now = self._clock()
        if now < self._until:
            return True
        self._until = now + self._pause
        return False

    def succeeded(self) -> None:
        """An answer came."""
        self._failures = 0

    def failed(self) -> None:
        """No answer came."""
        self._failures += 1
        self._until = self._clock() + self._pause
