"""Printed documents: a rare character never costs the document, and the fonts are our own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.core import pdf


@pytest.mark.parametrize("character", ["A", "ł", "ź", "Ğ", "ş", "Ж", "Ω", "€", "螺", "镕", "喆", "堃", "，", "〓", "–"])
def test_the_fonts_have_what_the_trade_writes(character: str) -> None:
    assert pdf.can_draw(character)


def test_what_no_font_has_is_marked() -> None:
    assert not pdf.can_draw("𠮷")
    assert pdf._drawable("M8 𠮷 螺栓") == f"M8 {pdf.GETA} 螺栓"


@settings(max_examples=40, deadline=None)
@given(name=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_name_can_be_printed(name: str) -> None:
    content = pdf.render("sample.typ", {"language": "zh", "texts": {"title": name, "page": "页"}})

    assert content.startswith(b"%PDF-")
