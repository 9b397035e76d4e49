"""Where the operator's import puts a thing: keyword rules over its title and type, the first that fits (decisions.md 31).

The rules are rows of `office_categories.tsv`: slug, name in English and Chinese, and a regular expression in lower case; the order
decides, and the last row without an expression takes what is left.
"""

import csv
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

ROOT = "office-and-it"
TABLE = Path(__file__).parent / "office_categories.tsv"
AFTER_ALL_OTHERS = 1_000
"""Where these categories begin in the order of the tree."""


@lru_cache(maxsize=1)
def _rows() -> tuple[tuple[str, str, str, re.Pattern[str] | None], ...]:
    with TABLE.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE))
    return tuple((row["slug"], row["en"], row["zh"], re.compile(row["words"]) if row["words"] else None) for row in rows)


def category_table() -> dict[str, Any]:
    """The categories of the rules, as `services.load_categories` takes them; after all others in the tree."""
    root: dict[str, Any] = {
        "slug": ROOT,
        "parent": None,
        "en": "Office and IT",
        "zh": "办公与 IT",
        "unspsc": "43000000",
        "hs": [],
        "leaf": False,
    }
    leaves: list[dict[str, Any]] = [
        {"slug": slug, "parent": ROOT, "en": en, "zh": zh, "unspsc": None, "hs": [], "leaf": True, "attributes": []}
        for slug, en, zh, _ in _rows()
    ]
    return {"attributes": [], "categories": [row | {"position": AFTER_ALL_OTHERS + n} for n, row in enumerate([root, *leaves])]}


def category_for(title: str, kind: str) -> str:
    """The slug of the category for a thing with this title and type."""
    text = f"{kind} | {title}".casefold()
    return next(slug for slug, _, _, words in _rows() if words is None or words.search(text))
