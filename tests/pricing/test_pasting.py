"""Prices from pasted lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.ids import new_id
from marketplace.pricing.pasting import Priced, read, written_skus

BOLT, CABLE = Priced(new_id(), 1, 500), Priced(new_id(), 1_000, 2_500)
VARIANTS = {"NV 8,40": BOLT, "KN-1": CABLE}


@pytest.mark.parametrize(
    "text",
    ["NV 8,40\t1000\t0.45", "NV 8,40;1000;0.45", '"NV 8,40",1000,0.45', "NV 8,40;1,000;0,45"],
)
def test_columns_are_parted_by_what_the_first_line_has(text: str) -> None:
    assert dict(read(text, VARIANTS).prices) == {BOLT.id: [(1_000, 450_000)]}


def test_quantities_are_in_display_units_and_the_minimum_where_none_is_written() -> None:
    found = read("KN-1;2.5;0.23\nKN-1;100;0.2\nNV 8,40;;0.5", VARIANTS)

    assert dict(found.prices) == {CABLE.id: [(2_500, 230_000), (100_000, 200_000)], BOLT.id: [(500, 500_000)]}


def test_a_sku_alone_leaves_the_list() -> None:
    assert dict(read("KN-1", VARIANTS).prices) == {CABLE.id: []}


def test_a_head_line_and_empty_lines_are_passed_over() -> None:
    found = read("\ufeffSKU;From;Price\n\n;;\nKN-1;1;0.2\n", VARIANTS)

    assert (dict(found.prices), found.faults) == ({CABLE.id: [(1_000, 200_000)]}, ())


def test_a_first_line_without_columns_is_no_head() -> None:
    """It was passed over in silence: a line with blanks between its columns, or a SKU that is misspelt."""
    for first in ("KN-1 2 0.25", "KN-2"):
        found = read(f"{first}\nKN-1,1,0.2", VARIANTS)

        assert [(fault.line, fault.code) for fault in found.faults] == [(1, "sku")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("X-1;1;1", "sku"),
        ("NV 8,40;1.000;14,50", "grouped"),
        ("NV 8,40;1.000;14.50", "grouped"),
        ("KN-1;1.000;14,50", "grouped"),
        ("KN-1;1", "columns"),
        ("KN-1;0.0005;1", "quantity"),
        ("KN-1;0;1", "quantity"),
        ("KN-1;x;1", "quantity"),
        ("KN-1;1;x", "price"),
        ("KN-1;1;-1", "price"),
        ("KN-1;1;0.0000001", "price"),
        ("KN-1;1;99999999999", "price"),
    ],
)
def test_each_wrong_line_is_named(line: str, code: str) -> None:
    faults = read(f"NV 8,40;500;1\n{line}", VARIANTS).faults

    assert [(fault.line, fault.code) for fault in faults] == [(2, code)]


def test_tiers_that_do_not_fit_together_are_named() -> None:
    found = read("KN-1;1;1\nKN-1;2;2\nKN-1;1;3", VARIANTS)

    assert [(fault.line, fault.code) for fault in found.faults] == [(2, "dearer"), (3, "twice")]
    assert [f.code for f in read("\n".join(f"KN-1;{n};1" for n in range(1, 12)), VARIANTS).faults] == ["many"]
    assert [f.code for f in read("KN-1;1;1\n" * 5_001, VARIANTS).faults] == ["lines"]


@given(st.text(max_size=200))
def test_nothing_that_is_pasted_breaks_the_reading(text: str) -> None:
    found = read(text, VARIANTS)

    assert isinstance(written_skus(text), set)
    assert all(start >= 1 and micro >= 0 for tiers in found.prices.values() for start, micro in tiers)
