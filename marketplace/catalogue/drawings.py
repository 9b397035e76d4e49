"""The line drawings that ship with the product, for listings without a picture."""

from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "static" / "drawings"
NEUTRAL = "neutral"


@lru_cache(maxsize=1)
def names() -> frozenset[str]:
    """The names that a listing can give."""
    return frozenset(path.stem for path in FOLDER.glob("*.svg"))


def drawing_file(name: str | None) -> str:
    """The static file of a listing's drawing; the neutral one for a listing without, or with a name that is gone."""
    return f"drawings/{name if name in names() else NEUTRAL}.svg"
