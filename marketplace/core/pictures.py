"""Pictures: bounded before they are decoded, turned the way they were taken, kept small, without metadata (robustness.md 13)."""

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from marketplace.core.errors import Invalid
from marketplace.core.i18n import lazy

WIDTHS = (160, 480, 960)
"""Pixels: a row of a table, a card, a product page."""
MAX_PIXELS = 40_000_000
QUALITY = 82


class PictureRefused(Invalid):
    """The picture cannot be read, or has more pixels than a camera makes."""

    code = "picture_refused"
    message = lazy("This picture cannot be read. Send a PNG or JPEG of up to 40 megapixels.")


def thumbnails(content: bytes) -> dict[int, bytes]:
    """Width → WebP of the picture at that width; a smaller picture is not blown up. Raises: PictureRefused."""
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as opened:
            warnings.simplefilter("error")
            if opened.width * opened.height > MAX_PIXELS:
                raise PictureRefused
            picture = ImageOps.exif_transpose(opened)
            picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
            return {width: _webp(picture, width) for width in WIDTHS}
    except (OSError, ValueError, SyntaxError, Warning, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise PictureRefused from error


def _webp(picture: Image.Image, width: int) -> bytes:
    small = picture.copy()
    small.thumbnail((width, width * 4), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=QUALITY)
    return out.getvalue()
