"""Pictures are bounded before they are decoded, and what is shown of them carries nothing of where they were taken."""

import io
import struct
import zlib

import pytest
from PIL import Image

from marketplace.core.pictures import WIDTHS, PictureRefused, thumbnails


def jpeg(width: int, height: int, *, orientation: int | None = None) -> bytes:
    """A picture with a camera's notes."""
    picture = Image.new("RGB", (width, height), (200, 30, 30))
    notes = Image.Exif()
    notes[0x010F] = "A camera"
    if orientation:
        notes[0x0112] = orientation
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=notes)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_each_width_is_made_and_none_is_blown_up() -> None:
    drawn = thumbnails(jpeg(600, 300))

    assert {width: opened(content).size for width, content in drawn.items()} == {160: (160, 80), 480: (480, 240), 960: (600, 300)}
    assert tuple(drawn) == WIDTHS
    assert {opened(content).format for content in drawn.values()} == {"WEBP"}


def test_a_turned_picture_stands_upright_and_loses_its_notes() -> None:
    small = opened(thumbnails(jpeg(600, 300, orientation=6))[160])

    assert small.height > small.width
    assert not small.getexif()


def png_header(width: int, height: int) -> bytes:
    """A picture that promises more pixels than it has."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize(
    "content",
    [b"", b"not a picture", jpeg(600, 300)[:200], png_header(60_000, 60_000), png_header(10, 10), b"GIF89a" + b"\0" * 50],
    ids=["empty", "text", "cut", "bomb", "truncated", "other kind"],
)
def test_what_cannot_be_read_is_refused(content: bytes) -> None:
    with pytest.raises(PictureRefused):
        thumbnails(content)
