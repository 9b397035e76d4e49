"""Pure: the files of the demo world. Days in them are whole offsets from the day of seeding (day 0)."""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "world"
LANGUAGES = {"en": "en", "zh": "zh-Hans"}

Row = dict[str, Any]


def by_language(texts: Row | None) -> dict[str, str]:
    """A text of the files by the language tags of the house."""
    return {LANGUAGES[key]: text for key, text in (texts or {}).items() if key in LANGUAGES and text}


@dataclass(frozen=True)
class World:
    """The demo world. Its content is as in the files; `docs` of each field: the README beside the data it came from."""

    folder: Path = field(default=FOLDER)

    def _read(self, name: str) -> Row:
        content: Row = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
        return content

    @cached_property
    def catalogue(self) -> Row:
        """`attributes`, `document_types`, `categories`."""
        return self._read("categories")

    @cached_property
    def companies(self) -> Row:
        """`operator`, `platform_staff`, `vendors`, `buyers`, rates and issuers."""
        return self._read("companies")

    @cached_property
    def story(self) -> list[Row]:
        """The purchases."""
        purchases: list[Row] = self._read("story")["purchases"]
        return purchases

    @cached_property
    def reviewers(self) -> list[Row]:
        """Companies that write reviews; some of them are buyers of `companies`."""
        reviewers: list[Row] = self._read("reviews")["reviewers"]
        return reviewers

    @cached_property
    def reviews(self) -> list[Row]:
        """The reviews."""
        reviews: list[Row] = self._read("reviews")["reviews"]
        return reviews

    def products(self) -> Iterator[Row]:
        """The listings, one at a time."""
        with gzip.open(self.folder / "products.jsonl.gz", "rt", encoding="utf-8") as source:
            for line in source:
                yield json.loads(line)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days of the files as instants. `began_at` is the instant of seeding: it lies in day 0."""

    began_at: datetime

    def day(self, offset: int) -> date:
        """The calendar day of an offset."""
        return (self.began_at + timedelta(days=offset)).date()

    def instant(self, offset: int, minutes: int = 0) -> datetime:
        """An instant of the day's work, some minutes after its beginning; on day 0 some minutes of the hours before the seeding."""
        if offset < 0:
            return datetime.combine(self.day(offset), MORNING) + timedelta(minutes=minutes)
        return self.began_at + timedelta(minutes=minutes) - BEFORE_SEEDING

    def dated(self, words: str) -> str:
        """Words of the files with their `day +4` as a calendar day."""
        return re.sub(r"day ([+-]\d+)", lambda found: self.day(int(found[1])).isoformat(), words)


MORNING = time(8, tzinfo=UTC)
BEFORE_SEEDING = timedelta(hours=4)
"""The events of day 0 have happened when the seeding begins."""
