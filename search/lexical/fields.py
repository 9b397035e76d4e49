"""Which fields of a document say what, and how much a word counts in each."""

from typing import NamedTuple

Fields = tuple[tuple[str, float], ...]
LATIN_FIELDS: Fields = (
    ("title_en", 1.0), ("description", 1.0), ("brand", 1.0), ("category", 0.9), ("keywords", 0.8), ("joined", 0.8), ("traits", 0.3),
    ("flags", 0.1),
)  # fmt: skip
HAN_FIELDS: Fields = (("title_zh", 1.0), ("description", 1.0), ("category", 0.9), ("keywords", 0.8), ("traits", 0.3))
SIGN_FIELDS: Fields = (("title_zh", 1.0), ("category", 0.9), ("keywords", 0.8))
"""Where a single Han character counts within a longer word: texts that say what a thing is."""


class Where(NamedTuple):
    """The fields in which a word may stand."""

    latin: Fields
    han: Fields

    def but(self, *names: str) -> "Where":
        """The same without some."""
        return Where(*(tuple(field for field in fields if field[0] not in names) for fields in self))


ANYWHERE = Where(LATIN_FIELDS, HAN_FIELDS)
IN_TEXTS = ANYWHERE.but("traits", "flags")
"""Where attributes do not count, which are many texts in one."""
IN_NAMES = IN_TEXTS.but("description", "brand", "joined")
"""Texts that say what a thing is, rather than what it does or fits."""
