"""Pure: what the desk wants of a category or an attribute, what is wrong with it, and snapshots that show whether anything changed since."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marketplace.catalogue.models import AttributeDefinition, AttributeKind, Category, CategoryAttribute
from marketplace.core.i18n import lazy

CHOICE_LIMIT = 200
NAME_LIMIT = 80


@dataclass(frozen=True, slots=True)
class CategoryWish:
    """A category as it should be. `name` is by language; `position` orders it among its sisters."""

    parent_id: UUID | None
    name: Mapping[str, str]
    unspsc: str | None
    hs_codes: tuple[str, ...]
    position: int

    def snapshot(self) -> dict[str, Any]:
        """The same as JSON, as `category_snapshot` of the row that it becomes."""
        return {
            "parent_id": str(self.parent_id) if self.parent_id else None,
            "name": dict(self.name),
            "unspsc": self.unspsc,
            "hs_codes": list(self.hs_codes),
            "position": self.position,
        }


@dataclass(frozen=True, slots=True)
class AttributeWish:
    """An attribute as it should be, and how a category asks for it. `choices` are [{code, en, zh-Hans}]."""

    code: str
    kind: AttributeKind
    unit: str | None
    name: Mapping[str, str]
    choices: tuple[Mapping[str, str], ...]
    is_required: bool
    is_facet: bool
    is_comparable: bool
    position: int

    def snapshot(self) -> dict[str, Any]:
        """The same as JSON, as `attribute_snapshot` of the rows that it becomes."""
        return {
            "definition": {
                "code": self.code,
                "kind": self.kind.value,
                "unit": self.unit,
                "name": dict(self.name),
                "choices": [dict(choice) for choice in self.choices],
            },
            "asked": {
                "is_required": self.is_required,
                "is_facet": self.is_facet,
                "is_comparable": self.is_comparable,
                "position": self.position,
            },
        }


class WishRefused(ValueError):
    """What was typed cannot be; `text` and `values` say what would be right."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text)
        self.text = text
        self.values = values


def category_snapshot(category: Category) -> dict[str, Any]:
    """What the desk can change of a category, as JSON."""
    return CategoryWish(
        category.parent_id, category.name, category.unspsc, tuple(category.hs_codes), category.position
    ).snapshot()  # fmt: skip


def attribute_snapshot(definition: AttributeDefinition | None, asked: CategoryAttribute | None) -> dict[str, Any]:
    """What the desk can change of an attribute, as JSON: {"definition": {…} or null, "asked": {…} or null}."""
    return {
        "definition": None
        if definition is None
        else {
            "code": definition.code,
            "kind": definition.kind.value,
            "unit": definition.unit,
            "name": dict(definition.name),
            "choices": [dict(choice) for choice in definition.choices],
        },
        "asked": None
        if asked is None
        else {
            "is_required": asked.is_required,
            "is_facet": asked.is_facet,
            "is_comparable": asked.is_comparable,
            "position": asked.position,
        },
    }


def digest(*parts: object) -> str:
    """A short name of what was seen: two differ where anything in them does."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:20]


def code_from(words: str, *, joined_by: str) -> str:
    """A code or an address made of words: lower case, ASCII letters and digits; empty where the words have none."""
    return re.sub(r"[^a-z0-9]+", joined_by, words.casefold()).strip(joined_by)[:60].strip(joined_by)


def choices_in_lines(choices: Sequence[Mapping[str, str]]) -> str:
    """Allowed values as the form shows them, one a line: `code: English = 中文`."""
    return "\n".join(
        f"{choice['code']}: {choice.get('en') or choice['code']}" + (f" = {choice['zh-Hans']}" if choice.get("zh-Hans") else "")
        for choice in choices
    )


def read_choices(lines: str) -> tuple[dict[str, str], ...]:
    """Allowed values from lines of `code: English = 中文`; code and Chinese may be left out. Raises: WishRefused."""
    found: dict[str, dict[str, str]] = {}
    named: set[str] = set()
    for number, line in enumerate(lines.splitlines(), start=1):
        if not line.strip():
            continue
        head, colon, rest = line.partition(":")
        code, words = (head.strip(), rest) if colon and re.fullmatch(r"[A-Za-z0-9_.-]+", head.strip()) else ("", line)
        english, _, chinese = (part.strip() for part in words.partition("="))
        code = code or code_from(english, joined_by="_")
        if not english or not code:
            raise WishRefused(lazy("Line %(n)s: write it as code: English = Chinese."), n=number)
        if len(code) > 60 or len(english) > NAME_LIMIT or len(chinese) > NAME_LIMIT:
            raise WishRefused(lazy("Line %(n)s is too long: at most %(max)s characters a name."), n=number, max=NAME_LIMIT)
        if code in found or english.casefold() in named:
            raise WishRefused(lazy("Line %(n)s stands here twice."), n=number)
        found[code] = {"code": code, "en": english} | ({"zh-Hans": chinese} if chinese else {})
        named.add(english.casefold())
    if len(found) > CHOICE_LIMIT:
        raise WishRefused(lazy("These are too many: at most %(max_length)s."), max_length=CHOICE_LIMIT)
    return tuple(found.values())


def read_hs_codes(typed: str) -> tuple[str, ...]:
    """HS codes parted by commas or spaces: 4 to 10 digits each, dots are left out. Raises: WishRefused."""
    codes = tuple(dict.fromkeys(part.replace(".", "") for part in re.split(r"[,;\s]+", typed) if part))
    if len(codes) > 20 or any(not (code.isascii() and code.isdigit() and 4 <= len(code) <= 10) for code in codes):
        raise WishRefused(lazy("Write HS codes of 4 to 10 digits, with commas between."))
    return codes
