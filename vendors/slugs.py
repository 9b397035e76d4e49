"""Addresses of shops: the words of a name, in small Latin letters."""

import re
import unicodedata

LETTERS = str.maketrans({"ø": "o", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "đ": "d", "ı": "i", "þ": "th", "ð": "d"})


def slug_of(name: str) -> str:
    """`Qianzhu Fasteners Co., Ltd.` → `qianzhu-fasteners-co-ltd`; empty when the name holds no Latin letter or digit."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(LETTERS))
    return re.sub(r"[^a-z0-9]+", "-", "".join(c for c in plain if not unicodedata.combining(c))).strip("-")[:60].strip("-")
