"""What was made of objects that live as long as a state of the index, kept by their identity: clauses, answers, lists of near goods."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class KeptByIdentity(Generic[Made]):
    """Values by the identity of what they were made of, and by other things. They hold what they were made of, so that it lives and nothing
    else gets its identity; when there are `most`, all are forgotten.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[tuple[Hashable, ...], tuple[tuple[object, ...], Made]] = {}

    def of(self, parts: tuple[object, ...], make: Callable[[], Made], *others: Hashable) -> Made:
        """The value made of these parts, by identity, and of others, by value; made now, if it is not kept."""
        key = (*map(id, parts), *others)
        kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) >= self._most:
                self._kept.clear()
            kept = self._kept[key] = (parts, make())
        return kept[1]
