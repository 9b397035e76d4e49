"""One contract for every engine, third part: late, repeated and reordered batches, deletes, and rebuilds while writing goes on."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.search.rows import NEWEST, make_row, variant
from tests.search.subjects import RowTruth, Subject, numbers, search

# Versions


def test_an_older_or_equal_version_changes_nothing(subject: Subject) -> None:
    subject.write([make_row(1, version=5, titles={"en": "Fifth"})])

    assert subject.write([make_row(1, version=4, titles={"en": "Fourth"}), make_row(2)]) == (1, 1)
    assert subject.write([make_row(1, version=5, titles={"en": "Again"})]) == (0, 1)
    assert search(subject, "fifth").total == 1
    assert search(subject, "fourth").total == search(subject, "again").total == 0
    assert subject.versions_of([variant(1), variant(9)]) == {variant(1): 5}


def test_a_batch_may_hold_a_variant_more_than_once(subject: Subject) -> None:
    subject.write([make_row(1, version=2, titles={"en": "Second"}), make_row(1, version=1), make_row(1, version=3, titles={"en": "Third"})])

    assert subject.count() == 1
    assert search(subject, "third").total == 1


def test_a_late_update_does_not_bring_a_deleted_variant_back(subject: Subject) -> None:
    subject.write([make_row(1, version=1), make_row(2)])
    subject.write([make_row(1, version=3, listed=False)])

    assert subject.write([make_row(1, version=2)]) == (0, 1)
    assert (subject.count(), search(subject).total, subject.versions()[variant(1)]) == (1, 1, 3)
    subject.write([make_row(1, version=4)])
    assert search(subject).total == 2


def test_purging_removes_tombstones_only(subject: Subject) -> None:
    subject.write([make_row(1, listed=False), make_row(2)])

    assert subject.purge([variant(1), variant(2)]) == 1
    assert subject.versions() == {variant(2): 1}
    assert subject.count() == 1


def test_what_comes_back_right_after_the_purge_is_found(subject: Subject) -> None:
    subject.write([make_row(1, version=1)])
    subject.write([make_row(1, version=2, listed=False)])
    assert subject.purge([variant(1)]) == 1

    assert subject.write([make_row(1, version=3)]) == (1, 0)
    assert search(subject).total == 1


@pytest.mark.parametrize("seed", range(3))
def test_repeated_and_reordered_batches_end_where_the_truth_is(subject: Subject, seed: int) -> None:
    chance = random.Random(seed)
    truth = RowTruth(make_row(n) for n in range(12))
    history = list(truth.rows.values())
    for step in range(60):
        chosen = variant(chance.randrange(12))
        history.append(truth.change(chosen, titles={"en": f"Bolt step{step}"}, listed=chance.random() < 0.7))
    chance.shuffle(history)
    history += chance.choices(history, k=20)

    for start in range(0, len(history), 9):
        subject.write(history[start : start + 9])

    live = {row.variant_id for row in truth.rows.values() if row.listed}
    assert subject.versions() == truth.versions()
    assert {hit.variant_id for hit in search(subject, limit=50).hits} == live
    changed = [row for row in truth.rows.values() if "step" in row.titles["en"]]
    assert changed
    for row in changed:
        assert search(subject, row.titles["en"].removeprefix("Bolt "), correct=False).total == int(row.listed)


def test_a_rebuild_misses_nothing_that_happens_meanwhile(subject: Subject) -> None:
    truth = RowTruth(make_row(n) for n in range(30))
    subject.write([*truth.rows.values(), truth.change(variant(29), listed=False)])
    ticks = iter(range(1, 1_000))

    def meanwhile() -> None:
        tick = next(ticks)
        if tick <= 3:
            subject.write([truth.change(variant(tick), titles={"en": "Changed meanwhile"}), truth.change(variant(20 + tick), listed=False)])

    differing = subject.rebuild(truth, meanwhile)
    subject.write(row for row in truth.rows.values() if row.variant_id in differing)

    indexed = subject.versions()
    assert all(indexed.get(i, row.version if not row.listed else None) == row.version for i, row in truth.rows.items())
    assert search(subject, "changed meanwhile", correct=False).total == sum("Changed" in r.titles["en"] for r in truth.rows.values()) > 0
    assert subject.count() == sum(row.listed for row in truth.rows.values()) < 30
    subject.write([truth.change(variant(5), titles={"en": "After the swap"})])
    assert search(subject, "swap", correct=False).total == 1


def test_what_comes_late_after_a_rebuild_does_not_bring_a_deleted_variant_back(subject: Subject) -> None:
    truth = RowTruth([make_row(1, version=4), make_row(2)])
    subject.write(truth.rows.values())
    truth.change(variant(1))
    subject.write([truth.change(variant(1), listed=False)])

    subject.rebuild(truth, lambda: None)

    assert subject.write([make_row(1, version=5)]) == (0, 1)
    assert numbers(search(subject)) == [2]
    assert subject.purge([variant(1)]) == 1


def test_a_rebuild_leaves_behind_what_was_purged(subject: Subject) -> None:
    truth = RowTruth([make_row(1, listed=False), make_row(2)])
    subject.write(truth.rows.values())
    subject.purge([variant(1)])

    subject.rebuild(truth, lambda: None)

    assert subject.versions() == {variant(2): 1}


def test_newest_first_without_words(subject: Subject) -> None:
    subject.write([make_row(n, published_at=NEWEST - timedelta(days=n)) for n in (3, 1, 2)])

    assert numbers(search(subject)) == [1, 2, 3]


@pytest.mark.parametrize("engine", ["tantivy", "server"])
def test_an_unknown_field_is_refused(engine: str, make_subject: Callable[[str], Subject]) -> None:
    subject = make_subject(engine)
    subject.write([make_row(1)])
    document = next(iter(RowTruth([make_row(2)]).documents([variant(2)])))
    assert document.fields is not None
    document.fields["trust"] = 1

    with pytest.raises(ValueError, match=r"trust|refused"):
        subject.engine.put([document])  # type: ignore[attr-defined]
