"""Pasted lines of codes and quantities (pure): each line keeps its text, and every way in which it may be read.

A code may hold spaces, commas and an x, so a line alone does not say where its code ends. `readings` gives all ways, the likeliest first;
the reader of the catalogue takes the first whose code is known.
"""

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from pydantic_core import PydanticCustomError

from marketplace.core.forms import decimal_number

MOST_ROWS = 500
LONGEST_LINE = 300
MOST_READINGS = 14
POINTED = r"\d{1,3}(?:\.\d{3})+,\d{1,2}|\d{1,3}(?:\.\d{3}){2,}"
"""`1.250,50` and `1.000.000`, which can be read in one way alone."""
DOUBLE = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
"""`1.250` and `1,250`: a thousand and more, or one and a quarter."""
NUMBER = rf"(?:-?\d{{1,3}}(?:[,']\d{{3}})+(?:\.\d{{1,6}})?|{POINTED}|-?\d+(?:[.,]\d{{1,6}})?)"
SPACED = r"(?:[1-9]\d{0,2}(?: \d{3})+(?:[.,]\d{1,6})?)"
GROUPS = re.compile(r"(?<!\S)[1-9]\d{0,2}(?: \d{3})+(?!\w)")
COUNTED = "pieces|piece|pcs|pc|nos|stück|styck|stck|stk|szt|pz|st|each|ea|units|unit|sets|set|boxes|box|packs|pack|rolls|roll|pairs|pair"
COUNTED_HAN = "个|件|只|支|套|片|根|包|箱|卷|台|条|块|双|张|把|盒"
OTHER, OTHER_HAN = "qty|mm|cm|ml|kg|m|g|l", "千克|公斤|米|克|升"
UNIT = (
    rf"(?:\s*(?:(?P<counted>(?:{COUNTED})\.?(?![^\W_])|(?:{COUNTED_HAN}))"
    rf"|(?:{OTHER})\.?(?![^\W_])|(?:{OTHER_HAN})))?"
)
"""A word that may stand at a number and says nothing about the code."""
ASKED = r"(?:(?:qty|quantity|数量)\.?\s*[:=]?\s*)?"
CELL = re.compile(
    rf"\(?\s*{ASKED}[:=]?\s*[x×*]?\s*(?P<n>-?\d{{1,3}}(?:[ ,']\d{{3}})+(?:[.,]\d+)?|{POINTED}|-?\d+(?:[.,]\d+)?){UNIT}\s*[x×*]?\s*\)?",
    re.IGNORECASE,
)
BETWEEN = r"(?:\s+[x×*]\s*|\s*[×*]\s*|\s*[,:=(@]\s*|\s*[-=]?>\s*|\s+[-–—]\s+|\s+)"
AFTER = tuple(
    re.compile(rf"(?P<code>{code}){BETWEEN}{ASKED}(?P<n>{number}){UNIT}\s*\)?", re.IGNORECASE)
    for code, number in ((".+?", NUMBER), (".+", NUMBER), (".+?", SPACED))
)
BEFORE = tuple(
    re.compile(rf"(?P<n>{number}){UNIT}(?:\s*[x×*]\s*|\s*[,:=]\s*|\s+)(?P<code>.+)", re.IGNORECASE) for number in (SPACED, NUMBER)
)
AMOUNT = rf"\d[\d.,']*{UNIT.replace('?P<counted>', '?:')}"
TIMES = rf"{AMOUNT}\s*[x×*]\s*{AMOUNT}"
PRODUCT = re.compile(rf"{TIMES}\s|.*\s{TIMES}$", re.IGNORECASE)
"""A line that begins or ends with `12 x 1000`: packs of pieces, or a size."""
HEAD = re.compile(r"\b(?:sku|code|article|item|part|mpn|gtin|ean|qty|quantity)\b|数量|编号|编码|货号|型号|料号", re.IGNORECASE)
STRONG = re.compile(r"[\t;|]")
BULLET = re.compile(r"^(?:[•·*–-]|\d{1,3}[.)])\s+(?=.*\S)")
FIGURE = re.compile(rf"[\W_]*(?:\d|[〇零一二两三四五六七八九十百千万]+(?:{COUNTED_HAN}|{OTHER_HAN})?$)")
"""A number beside a code, in figures or written out in Chinese, whatever follows the figures."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A written number of display units, zero or less as it was written.

    `number` is what it is in every form of ours: a comma parts thousands, a point decimals. `other` is what it is where its one
    separator means the other of the two, and None where it can be read in one way alone: also beside a word for counted things.
    """

    number: Decimal
    other: Decimal | None = None
    written: str = ""
    """Only of a figure that can be read in two ways."""

    @property
    def of_counted(self) -> Decimal:
        """The number of things that nobody orders in parts: both `1.000` and `1,000` are a thousand."""
        return self.number if self.other is None else max(self.number, self.other, key=abs)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a line. `figure` None: the line states no quantity."""

    code: str
    figure: Figure | None
    is_unclear: bool = False
    """The line states none that can be read, yet a figure stands beside the code: `ABC-1 10 dozen`."""


@dataclass(frozen=True, slots=True)
class PastedRow:
    """A line as it was pasted, with its readings."""

    text: str
    readings: tuple[Reading, ...]


def read_pasted(text: str) -> list[PastedRow]:
    """The rows of a pasted text in order. Blank lines and a line of column heads are no rows."""
    lines = [line.strip(" \r\u3000")[:LONGEST_LINE] for line in text.splitlines()]
    written = [line for line in lines if line.strip()]
    if written and _is_head(written[0]):
        written = written[1:]
    return [PastedRow(" ".join(line.split()), readings(line)) for line in written]


def readings(line: str) -> tuple[Reading, ...]:
    """Every way to read a line, the likeliest first; full-width signs and Chinese punctuation count as their narrow kin."""
    narrow = unicodedata.normalize("NFKC", line).replace("、", ",").replace("’", "'").strip(" 。.,;")
    found: dict[Reading, None] = {}
    if STRONG.search(narrow):
        _read_cells(STRONG.split(narrow), found)
    else:
        _read_words(narrow, found)
        _read_words(BULLET.sub("", narrow, count=1), found)
        if "," in narrow:
            _read_cells(narrow.split(","), found)
    whole = " ".join(STRONG.sub(" ", narrow).split())
    if whole:
        found[Reading(whole, None)] = None
    if not STRONG.search(narrow):
        _read_pieces(narrow, found)
    return tuple(found)[:MOST_READINGS]


def read_quantity(text: str) -> Figure | None:
    """A quantity as people write it: `1,000`, `10 pcs`, `x 5`, `２０个`; also zero or less, which nobody can order but somebody wrote.

    None for anything else, and for nothing at all.
    """
    # A raised or circled figure is no quantity, though behind letters it is a unit's (m²).
    if any(unicodedata.category(sign) == "No" and not before.isalpha() for before, sign in pairwise(f" {text}")):
        return None
    match = CELL.fullmatch(unicodedata.normalize("NFKC", text).replace("’", "'").strip())
    return _figure(match) if match else None


def _read_cells(cells: list[str], found: dict[Reading, None]) -> None:
    """Cells of a table: any of them may be the code, the first number after it (else before it) its quantity."""
    texts = [cell.strip().strip('"').strip() for cell in cells]
    # A unit may have a cell of its own.
    numbers = [
        read_quantity(f"{text} {after}" if after and re.fullmatch(UNIT, after, re.IGNORECASE) else text)
        for text, after in pairwise([*texts, ""])
    ]
    if len([text for text in texts if text]) == 1:
        _read_words(next(text for text in texts if text), found)
    for at, text in enumerate(texts):
        if not text:
            continue
        after = next((number for number in numbers[at + 1 :] if number is not None), None)
        before = next((number for number in numbers[:at] if number is not None), None)
        quantity = after if after is not None else before
        others = [*texts[:at], *texts[at + 1 :]]
        found[Reading(text, quantity, quantity is None and any(FIGURE.match(other) for other in others))] = None


def _read_words(line: str, found: dict[Reading, None]) -> None:
    """A code and its number in one text: `ABC-1 10`, `10 x ABC-1`, `ABC-1: 1,000 pcs`."""
    for pattern in (*AFTER, *BEFORE):
        match = pattern.fullmatch(line)
        if match is None:
            continue
        code, figure = match["code"].strip(" ,:=(@\"'"), _figure(match)
        if code and figure is not None:
            found[Reading(code, figure)] = None


def _read_pieces(line: str, found: dict[Reading, None]) -> None:
    """A code among other words, such as the name of the goods: each piece with a digit, with the number at the line's end or beginning.

    Where a product stands there (`CODE 12 x 1000`), no number of it is taken for the quantity.
    """
    pieces = GROUPS.sub(lambda number: number[0].replace(" ", ""), line).split()
    if len(pieces) < 2:
        return
    # A number with its unit are two pieces.
    ends = [" ".join(end) for end in (pieces[-1:], pieces[-2:], pieces[:1], pieces[:2])]
    quantity = None if PRODUCT.match(line) else next((number for end in ends if (number := read_quantity(end)) is not None), None)
    for at, piece in enumerate(pieces):
        code = piece.strip(",:()")
        if len(code) >= 4 and any(sign.isdigit() for sign in code) and read_quantity(code) is None:
            others = [*pieces[:at], *pieces[at + 1 :]]
            found[Reading(code, quantity, quantity is None and any(FIGURE.match(other) for other in others))] = None


def _figure(match: re.Match[str]) -> Figure | None:
    """The number `n` of a match, read as a thousand beside a word for counted things."""
    written, sign = match["n"], -1 if match["n"].startswith("-") else 1
    digits = written.removeprefix("-")
    if not DOUBLE.fullmatch(digits):
        number = _number(digits)
        return None if number is None else Figure(sign * number)
    thousand, part = sign * Decimal(re.sub(r"[.,]", "", digits)), sign * Decimal(digits.replace(",", "."))
    if match["counted"]:
        return Figure(thousand)
    return Figure(thousand, part, written) if "," in digits else Figure(part, thousand, written)


def _number(digits: str) -> Decimal | None:
    if re.fullmatch(POINTED, digits):
        digits = digits.replace(".", "").replace(",", ".")
    try:
        number = decimal_number(digits.replace("'", "").replace(" ", ""))
    except PydanticCustomError:
        return None
    return number if isinstance(number, Decimal) else None


def _is_head(line: str) -> bool:
    """Whether a first line names columns: words only, one of them known."""
    return HEAD.search(unicodedata.normalize("NFKC", line)) is not None and not any(sign.isdigit() for sign in line)


def text_of_file(content: bytes) -> str | None:
    """The lines of an uploaded CSV or text file with cells parted by tabs; None where it is no text.

    UTF-8 with or without a mark, UTF-16 with one, else GB 18030, which Chinese Excel writes.
    """
    text = _decoded(content)
    if text is None or "\0" in text:
        return None
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max("\t;,", key=first.count)
    if first.count(delimiter) == 0:
        return text
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:
        return text
    return "\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in rows)


def _decoded(content: bytes) -> str | None:
    for encoding in ["utf-16"] if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
