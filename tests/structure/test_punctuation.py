"""Marks between two parts of a page are written as the reader's language writes them: `A，B` and `A：B` in Chinese."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("marketplace", "vendors", "payments", "search", "reviews")
LATIN = re.compile(r"(?:\}\}|%\})[,:] \{[{%]")
"""A comma or a colon of ours between two values; one inside a text belongs to its translation."""


def test_no_page_joins_two_values_by_a_latin_mark() -> None:
    pages = [path for room in ROOMS for path in (ROOT / room).rglob("templates/**/*.html") if not {"emails", "simulator"} & set(path.parts)]

    assert len(pages) > 150
    found = [f"{path.relative_to(ROOT)}: {mark}" for path in pages for mark in LATIN.findall(path.read_text(encoding="utf-8"))]
    assert found == [], "write {{ _(', ') }} or {{ _(': ') }}"
