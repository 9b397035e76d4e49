"""Printed documents: a rare character never costs the document, and the fonts are our own."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.core import pdf
from marketplace.core.i18n import amount

HANGUL_FILLER = "\uffa0"
"""A letter without a form."""


@pytest.mark.parametrize("character", ["A", "ł", "ź", "Ğ", "ş", "Ж", "Ω", "€", "螺", "镕", "喆", "堃", "，", "〓", "–"])
def test_the_fonts_have_what_the_trade_writes(character: str) -> None:
    assert pdf.can_draw(character)


def test_what_no_font_has_is_marked() -> None:
    assert not pdf.can_draw("𠮷")
    assert pdf._drawable("M8 𠮷 螺栓") == f"M8 {pdf.GETA} 螺栓"


def test_a_sum_less_than_nothing_keeps_its_sign() -> None:
    """Our fonts have no minus sign: a credit note said 〓2.00 for what was kept."""
    assert pdf._drawable(amount(-200, "EUR")) == "–2.00"


@settings(max_examples=40, deadline=None)
@given(name=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_name_can_be_printed(name: str) -> None:
    content = pdf.render("sample.typ", {"language": "zh", "texts": {"title": name, "page": "页"}})

    assert content.startswith(b"%PDF-")


def test_every_character_that_the_fonts_claim_leaves_ink() -> None:
    first, last = pdf._ranges()
    characters = [chr(c) for begin, end in zip(first, last, strict=True) for c in range(begin, end + 1)]
    seen = [c for c in characters if unicodedata.category(c)[0] not in "CZ" and c != HANGUL_FILLER]
    paragraphs = "\n\n".join(f'#text("\\u{{{ord(c):x}}}")' for c in seen)
    source = f'#set page(height: auto)\n#set text(font: ("Noto Sans", "Noto Sans CJK SC"))\n{paragraphs}'
    drawn = pdf._compiler().compile(input=source.encode(), format="svg")
    assert isinstance(drawn, bytes)

    groups = re.findall(r'<g transform="matrix\(1 0 0 -1 [^)]*\)"(/>|>)', drawn.decode())

    assert len(groups) == len(seen)
    assert [c for c, group in zip(seen, groups, strict=True) if group == "/>"] == []
