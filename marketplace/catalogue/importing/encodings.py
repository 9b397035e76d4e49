"""In which letters a file is written, told from its bytes (pure): UTF-8, UTF-16, GB18030 or Windows-1252."""

import codecs
import re

UTF_8, GB18030, WESTERN = "utf-8", "gb18030", "cp1252"
NAMES = {UTF_8: "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16 BE", GB18030: "GB18030", WESTERN: "Windows-1252"}
"""Encoding → what people call it"""
MARKS = ((codecs.BOM_UTF8, UTF_8), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
LOOKED_AT = 1_000_000
"""Bytes that the guess looks at: enough for a file that begins with a thousand rows of codes."""
_HIGH = re.compile(rb"[\x80-\xff]+")
_HANZI = re.compile(rb"(?:[\xa1-\xf7][\xa1-\xfe])+")
_COMMON = frozenset((*range(0xA1, 0xAA), *range(0xB0, 0xD8)))
"""First bytes of punctuation and of the 3,755 characters that nearly all Chinese text is made of; ä, ö, ü and ß come behind them."""
_WORD = re.compile(rb"[A-Za-z][\x80-\xff]|[\x80-\xff][A-Za-z]")


def encoding_of(start: bytes) -> str:
    """The encoding of a file that begins with `start`; UTF-8 where nothing speaks for another one."""
    for mark, name in MARKS:
        if start.startswith(mark):
            return name
    if (wide := _wide(start[:4096])) is not None:
        return wide
    runs = _HIGH.findall(start)
    if not runs:
        return UTF_8
    lines = [line for line in start.split(b"\n")[:-1] or [start] if not line.isascii()]
    if 2 * sum(_is_utf_8(line) for line in lines) >= len(lines) and lines:
        return UTF_8
    # Chinese characters come in pairs of high bytes; a letter with an accent stands alone between plain ones.
    paired = sum(2 * sum(first in _COMMON for first in run[::2]) for run in runs if _HANZI.fullmatch(run))
    if 2 * paired > sum(map(len, runs)):
        return GB18030
    return WESTERN if 2 * len(_WORD.findall(start)) >= len(runs) else UTF_8


def _wide(start: bytes) -> str | None:
    pairs = len(start) // 2
    if pairs < 2:
        return None
    low, high = start[0::2].count(0), start[1::2].count(0)
    if high * 3 > pairs and not low:
        return "utf-16-le"
    return "utf-16-be" if low * 3 > pairs and not high else None


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
