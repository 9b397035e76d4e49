"""What is kept by identity: made once for the same objects, never for others that are only equal, and bounded."""

from functools import partial
from itertools import count

from search.keeping import KeptByIdentity


def test_the_same_objects_are_asked_once_and_equal_ones_are_others() -> None:
    kept, numbers = KeptByIdentity[int](most=10), count(1)
    one, equal = [1], [1]

    assert [kept.of((parts,), lambda: next(numbers)) for parts in (one, one, equal, equal)] == [1, 1, 2, 2]


def test_values_tell_apart_what_is_made_of_the_same_objects() -> None:
    kept, whole = KeptByIdentity[int](most=10), [1]

    assert [kept.of((whole,), partial(int, n), n) for n in (24, 48)] == [24, 48]
    assert kept.of((whole,), lambda: 0, 24) == 24


def test_nothing_new_gets_the_identity_of_what_is_kept() -> None:
    """An object that died gives its identity to the next one, whose value would then be that of the dead one."""
    kept = KeptByIdentity[int](most=2_000)

    assert [kept.of(([n],), partial(int, n)) for n in range(1_000)] == list(range(1_000))


def test_it_never_holds_more_than_it_may() -> None:
    kept, parts = KeptByIdentity[int](most=3), [[n] for n in range(5)]
    for n, part in enumerate(parts):
        kept.of((part,), partial(int, n))

    assert [kept.of((part,), lambda: -1) for part in parts[3:]] == [3, 4]
    assert kept.of((parts[0],), lambda: -1) == -1
