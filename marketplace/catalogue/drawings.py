"""What stands for a listing on pages: a photo of its own, else one of the line drawings that ship with the house."""

from functools import lru_cache
from pathlib import Path
from uuid import UUID

from marketplace.core.links import static_url, url_for

FOLDER = Path(__file__).parents[1] / "static" / "drawings"
NEUTRAL = "neutral"
PHOTO = "photo:"


@lru_cache(maxsize=1)
def names() -> frozenset[str]:
    """The names that a listing can give."""
    return frozenset(path.stem for path in FOLDER.glob("*.svg"))


def drawing_file(name: str | None) -> str:
    """The static file of a listing's drawing; the neutral one for a listing without, or with a name that is gone."""
    return f"drawings/{name if name in names() else NEUTRAL}.svg"


def picture_key(picture_id: UUID | None) -> str | None:
    """The illustration's key of a photo, as `drawing` carries it beside the names of drawings."""
    return f"{PHOTO}{picture_id}" if picture_id else None


def picture_of(key: str | None) -> str | None:
    """The id of the photo that a key names; None for a drawing."""
    return key.removeprefix(PHOTO) if key and key.startswith(PHOTO) else None


def drawing_url(key: str | None, width: int = 160) -> str:
    """The address of what stands for a listing."""
    picture_id = picture_of(key)
    return url_for("catalogue.show_photo", picture_id=picture_id, width=width) if picture_id else static_url(drawing_file(key))
