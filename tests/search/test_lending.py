"""Tests of the contract share an index as long as they only read."""

import pytest

from search.engines.oracle import OracleEngine
from tests.search.lending import Lent, Written
from tests.search.rows import make_row
from tests.search.subjects import OracleSubject, Subject


def test_the_same_rows_share_an_index_until_one_writes_more() -> None:
    made: list[Subject] = []

    def make() -> Subject:
        made.append(OracleSubject(OracleEngine()))
        return made[-1]

    written = Written(make)
    reads, writes, other = Lent(written), Lent(written), Lent(written)

    assert [lent.write([make_row(1)]) for lent in (reads, writes)] == [(1, 0), (1, 0)]
    assert (reads.count(), writes.count(), len(made)) == (1, 1, 1)

    assert writes.write([make_row(2)]) == (1, 0)
    assert (reads.count(), writes.count(), len(made)) == (1, 2, 2)

    assert other.write([make_row(3), make_row(4)]) == (2, 0)
    assert (other.count(), len(made)) == (2, 3)


def test_rows_that_an_index_refused_are_lent_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("refused")

    written = Written(lambda: OracleSubject(OracleEngine()))
    with monkeypatch.context() as refusing:
        refusing.setattr(OracleSubject, "write", refuse)
        with pytest.raises(ValueError, match="refused"):
            Lent(written).write([make_row(1)])

    again = Lent(written)

    assert again.write([make_row(1)]) == (1, 0)
    assert again.count() == 1


def test_what_was_not_written_to_is_empty() -> None:
    written = Written(lambda: OracleSubject(OracleEngine()))
    Lent(written).write([make_row(1)])

    assert Lent(written).count() == 0
