"""A title and the label of one of its variants, as they stand beside each other (pure)."""

import re
from functools import lru_cache

_BETWEEN = re.compile(r"((?<=\d)\s*[x×]\s*(?=\d)|\s+)")
"""What stands between the words of a label: a times sign between two figures, or spaces."""


@lru_cache(maxsize=50_000)
def beside(label: str | None, title: str) -> str:
    """The label where the title does not say it, else nothing: `Bolt M8×40 A2` says `M8 × 40`, and `Bolt M8×400` does not."""
    if not label:
        return ""
    return "" if _spelled(label).search(title) else label


@lru_cache(maxsize=20_000)
def _spelled(label: str) -> re.Pattern[str]:
    """The label in every spelling of its spaces and its times sign, and not as a part of a longer word or number."""
    pieces = _BETWEEN.split(label.strip())
    signs = [re.escape(piece) if at % 2 == 0 else r"\s*[x×]\s*" if piece.strip() else r"\s*" for at, piece in enumerate(pieces)]
    before, after = (
        (r"(?<![0-9A-Za-z])" if _is_latin(label.strip()[:1]) else ""),
        (r"(?![0-9A-Za-z])" if _is_latin(label.strip()[-1:]) else ""),
    )
    return re.compile(f"{before}{''.join(signs)}{after}", re.IGNORECASE)


def _is_latin(sign: str) -> bool:
    """Whether it could be in the middle of a longer word or number; Han words stand against each other."""
    return sign.isascii() and sign.isalnum()
