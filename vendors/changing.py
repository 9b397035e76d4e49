"""Changes of checked facts (pure): which facts there are, which papers and which lines of the checklist each needs (product.md §10)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FACTS = ("name", "local_name", "registry_number", "address", "owners", "tax_id")
LINES: Mapping[str, tuple[str, ...]] = {
    "name": ("registry",),
    "local_name": ("registry",),
    "registry_number": ("registry",),
    "address": ("registry", "address"),
    "owners": ("owners",),
    "tax_id": ("tax_id",),
}
"""The lines of the checklist that a fact is checked by again. The extract of the register shows the address, too."""
PAPERS = ("registry", "owners", "tax_id")
"""Lines whose change needs a paper."""
MOST_DAYS_AHEAD = 90
ADDRESS = ("street", "postcode", "city", "region", "country")
READ_BY_BUYERS = frozenset(FACTS) - {"owners"}
"""What stands in the shop or on papers: buyers with open orders are told of it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Every fact as the vendor wants it. `tax_id` is a number as `check_tax_id` gives it with its country, None where it stays; `replaces`
    is the number that it takes the place of, None where it has none.
    """

    name: str
    local_name: str | None
    registry_number: str | None
    address: Mapping[str, Any]
    owners: str | None
    tax_id: Mapping[str, Any] | None = None
    replaces: Mapping[str, Any] | None = None


def lines_of(facts: Iterable[str]) -> list[str]:
    """The lines of the checklist that these facts are checked by, in the order of the facts."""
    return list(dict.fromkeys(line for fact in FACTS if fact in set(facts) for line in LINES[fact]))


def papers_of(facts: Iterable[str]) -> list[str]:
    """The lines whose papers a change of these facts needs."""
    return [line for line in lines_of(facts) if line in PAPERS]


def written_address(address: Mapping[str, Any]) -> str:
    """An address in one line, as the checklist keeps it."""
    return ", ".join(str(address[key]) for key in ADDRESS if address.get(key))


def differing(now: Mapping[str, Any], wanted: Wanted) -> tuple[dict[str, Any], dict[str, Any]]:
    """(before, after) of the facts that differ; both empty where none does. `now` holds all facts but the tax id."""
    asked: dict[str, Any] = {
        "name": wanted.name,
        "local_name": wanted.local_name,
        "registry_number": wanted.registry_number,
        "address": {key: wanted.address[key] for key in ADDRESS if wanted.address.get(key)},
        "owners": wanted.owners,
    }
    after = {fact: value for fact, value in asked.items() if value != now[fact]}
    before = {fact: now[fact] for fact in after}
    if wanted.tax_id is not None and not same_number(wanted.tax_id, wanted.replaces):
        before["tax_id"] = dict(wanted.replaces) if wanted.replaces else None
        after["tax_id"] = dict(wanted.tax_id)
    return before, after


def same_number(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """Whether two tax numbers are the same, whatever is known of them."""
    return bool(one and other) and (one["scheme"], one["value"]) == (other["scheme"], other["value"])  # type: ignore[index]


Number = Mapping[str, Any]


def numbers_before(numbers: Iterable[Number], changes: Iterable[tuple[Number, Number | None]]) -> list[Number]:
    """Tax numbers as they were before changes, (new, old) with the newest first; a new one without an old one was not there."""
    found = list(numbers)
    for new, old in changes:
        was = [old if same_number(each, new) else each for each in found]
        found = [each for each in was if each is not None]
    return found
