"""The beginning of a large workbook as a workbook of its own, so that its first rows can be seen without unpacking all of it."""

import io
import re
import zipfile
from dataclasses import dataclass

ROWS = 1_000
PIECE = 1 << 16
LARGE = 8_000_000
"""Bytes of a part from which on its beginning is worth a copy: less is read whole in a moment."""
SHEETS, TEXTS = "xl/worksheets/", "xl/sharedStrings.xml"
_NEEDED = re.compile(r"\[Content_Types\]\.xml|_rels/[^/]*|xl/(?:_rels/|worksheets/)?[^/]*\.(?:xml|rels)")
"""Neither pictures nor what pivot tables keep."""
_TEXT_USED = re.compile(rb"<(?:\w+:)?c\b[^>]{0,300}?\bt=[\"']s[\"'][^>]{0,300}>\s*<(?:\w+:)?v>(\d{1,9})<")


@dataclass(frozen=True, slots=True)
class _Elements:
    """What a part is a long list of."""

    end: re.Pattern[bytes]
    inside: tuple[bytes, ...]
    """The tags around them, from the inner one."""
    limit: int
    """Bytes of a beginning."""


_ROWS = _Elements(re.compile(rb"</((?:\w+:)?)row\s*>"), (b"sheetData", b"worksheet"), 16_000_000)
_TEXTS = _Elements(re.compile(rb"</((?:\w+:)?)si\s*>|<(?:\w+:)?si\s*/>"), (b"sst",), 32_000_000)


def beginning_of(packed: zipfile.ZipFile) -> bytes | None:
    """The first 1,000 rows of each sheet with the texts that they use; None where the parts cannot be cut, or are small.

    A workbook keeps the texts of all sheets in one list, in the order in which they came up, so the first rows use its beginning.
    Raises what `zipfile` raises for a broken archive.
    """
    parts = [part for part in packed.infolist() if _NEEDED.fullmatch(part.filename)]
    if not any(part.file_size > LARGE for part in parts):
        return None
    sheets = {part.filename: _cut(packed, part, _ROWS, ROWS) for part in parts if part.filename.startswith(SHEETS)}
    used = max((int(number) for sheet in sheets.values() if sheet for number in _TEXT_USED.findall(sheet)), default=-1) + 1
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as cut:
        for part in parts:
            if part.filename in sheets:
                content = sheets[part.filename]
            elif part.filename == TEXTS:
                content = _cut(packed, part, _TEXTS, max(used, 1))
            else:
                content = _whole(packed, part)
            if content is None:
                return None
            cut.writestr(part.filename, content)
    return out.getvalue()


def _whole(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes | None:
    with packed.open(part) as source:
        content = source.read(LARGE + 1)
    return content if len(content) <= LARGE else None


def _cut(packed: zipfile.ZipFile, part: zipfile.ZipInfo, elements: _Elements, count: int) -> bytes | None:
    """The part up to its first elements, with the tags closed that are open there; whole where it has fewer; None beyond the limit."""
    content = bytearray()
    seen = looked_at = 0
    with packed.open(part) as source:
        while piece := source.read(PIECE):
            content += piece
            for found in elements.end.finditer(content, looked_at):
                seen += 1
                looked_at = found.end()
                if seen == count:
                    prefix = found[1] or b""
                    return bytes(content[:looked_at]) + b"".join(b"</" + prefix + tag + b">" for tag in elements.inside)
            if len(content) > elements.limit:
                return None
    return bytes(content)
