"""Printed documents: Typst templates of `templates/pdf`, filled with JSON. Fonts are ours, so that a bare machine draws Chinese too."""

import json
from bisect import bisect_right
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

FOLDER = Path(__file__).parents[1] / "templates" / "pdf"
FONTS = FOLDER / "fonts"
GETA = "\u3013"
"""The printers' mark for a character that the type case does not have."""
STAND_INS = {"\u2212": "\u2013"}
"""What is drawn for a sign that the fonts lack and our own figures need: a dash is as long as the minus sign of a sum."""

_lock = Lock()


def render(template: str, data: dict[str, Any]) -> bytes:
    """A document as PDF: `template` is a file of `templates/pdf`, `data` what it reads from `sys.inputs.data`.

    Texts and figures come written in the reader's language; `data["language"]` is `en` or `zh`. Characters that no font of ours
    can draw become 〓 (a minus sign a dash), so that a rare name never costs the whole document.
    """
    content = _drawable(json.dumps(data, ensure_ascii=False, default=str))
    with _lock:
        printed = _compiler().compile(input=str(FOLDER / template), format="pdf", sys_inputs={"data": content})
    if not isinstance(printed, bytes):
        raise TypeError("one document is one file")
    return printed


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    # Kept: reading the fonts again would cost most of the time of a document.
    return typst.Compiler(root=str(FOLDER), font_paths=[str(FONTS)], ignore_system_fonts=True)


@lru_cache(maxsize=1)
def _ranges() -> tuple[list[int], list[int]]:
    first, last = [], []
    for line in (FONTS / "coverage.txt").read_text(encoding="ascii").split():
        begin, _, end = line.partition("-")
        first.append(int(begin, 16))
        last.append(int(end or begin, 16))
    return first, last


def can_draw(character: str) -> bool:
    """Whether the fonts have the character."""
    first, last = _ranges()
    place = bisect_right(first, ord(character)) - 1
    return place >= 0 and ord(character) <= last[place]


def _drawable(text: str) -> str:
    missing = {c for c in set(text) if c >= "\x7f" and not can_draw(c)}
    return text.translate({ord(c): STAND_INS.get(c, GETA) for c in missing}) if missing else text
