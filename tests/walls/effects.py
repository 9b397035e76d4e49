"""What an act changed, told without what differs each time: ids, instants, numbers of a series."""

import re
from collections import Counter
from collections.abc import Mapping

from tests.walls.rows import Key, differences

DIFFERS_EACH_TIME = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # ids
    r"|\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.\d]*(?:[+-]\d\d(?::?\d\d)?)?"  # instants
    r"|\b(?:cs_test|acct|pi|ch|seti)_\w+|(?<=expires_at\"\": )\d+"  # the provider's
    r"|\$argon2[^\"]*|\b[0-9a-f]{64}\b|(?<=-)[0-9a-hjkmnp-tv-z]{6}\b|\b[0-9a-f]{12}\b|\b[A-Z]{2,3}-\d{4}-\d{6}\b"
)
COUNTED = {
    "audit_events": re.compile(r"(?<=^\(…,)\d+"),
    "journal_entries": re.compile(r"(?<=^\()\d+"),
    "postings": re.compile(r"(?<=^\()\d+"),
    "products": re.compile(r"(?<=,)[0-9a-hjkmnp-tv-z]{6}(?=,)"),
    "changes": re.compile(r"\d+(?=\)$)"),
}
"""Where a row holds the next number of a series, or a code that was drawn."""


def effect_of(before: Mapping[Key, str], after: Mapping[Key, str]) -> Counter[tuple[str, str]]:
    """(table, what a row has become) of each row that was changed, removed or added, and how often."""
    touched = ((key[0], plain(key[0], after.get(key, "gone"))) for key in differences(before, after))
    return Counter(row for row in touched if row[0] != "once_keys")


def plain(table: str, row: str) -> str:
    """A row without what differs each time."""
    masked = DIFFERS_EACH_TIME.sub("…", row)
    return COUNTED[table].sub("…", masked) if table in COUNTED else masked
