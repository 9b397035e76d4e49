"""What the indexer knows of attributes from one batch to the next: their definitions, and the values that were met."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import chain, starmap
from typing import Any

from pydantic_core import from_json

from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.models import AttributeKind
from marketplace.core.forms import one_line
from search.documents import AttributeValue, attribute_key

LANGUAGES = ("en", "zh-Hans")
EMPTY = "{}"
"""Stored attributes of what has none."""
VALUES_KEPT = 100_000
"""Values of attributes that stay in memory between batches: some 50 MB, and a catalogue of 19,406 office goods has 63,000."""
BETWEEN = "}, "
"""What stands between the entries of stored attributes, as the server writes them: `{"width": {"v": 40}, "colour": {"v": "black"}}`."""


@dataclass(slots=True)
class Known:
    """What stays between batches: attribute definitions by code, and the values that were met of them.

    A catalogue has thousands of definitions, and values repeat: most of it is black.
    """

    definitions: dict[str, Definition] = field(default_factory=dict)
    values: dict[str, tuple[str, AttributeValue]] = field(default_factory=dict)
    """An entry of stored attributes as the server writes it, `"colour": {"v": "black"` → (key of the index, value). What is known by its
    writing need not be read."""
    cut: dict[str, list[str]] = field(default_factory=dict)
    """Stored attributes of the batch at hand → its entries."""

    def attributes(self, stored: str) -> dict[str, AttributeValue]:
        """Values of stored attributes by key of the index; one whose definition is gone is left out. `learn` has met them before."""
        if stored == EMPTY:
            return {}
        try:
            return dict(map(self.values.__getitem__, self.cut.get(stored) or entries_of(stored)))
        except KeyError:  # a definition is gone, or a text is cut in the middle: the piece before the cut has no end, so nobody knows it
            return dict(filter(None, starmap(self._value, from_json(stored).items())))

    def learn(self, stored: Collection[str]) -> None:
        """Read what nobody has met of attributes in stored form, and the definitions of their codes."""
        self.cut = {each: entries_of(each) for each in stored}
        new = set[str]().union(*self.cut.values()).difference(self.values)
        if len(self.values) + len(new) > VALUES_KEPT:
            self.values.clear()
        read = _read_all(new)
        codes = {code for entry in read.values() for code in entry}
        if len(read) < len(new):
            codes.update(chain.from_iterable(map(from_json, stored)))
        codes.difference_update(self.definitions)
        if codes:
            self.definitions.update(catalogue.definitions_by_code(codes))
        for written, entry in read.items():
            for code, value in entry.items():
                made = self._value(code, value)
                if made is not None:
                    self.values[written] = made

    def _value(self, code: str, entry: Mapping[str, Any]) -> tuple[str, AttributeValue] | None:
        definition = self.definitions.get(code)
        return None if definition is None else (attribute_key(code), _attribute(definition, entry["v"]))


def entries_of(stored: str) -> list[str]:
    """Stored attributes cut between their entries, each without its last bracket; a text that holds `}, ` is cut, too."""
    return stored[1:-2].split(BETWEEN)


def _read_all(written: Collection[str]) -> dict[str, dict[str, Any]]:
    """Entries by their writing, each by its code; without pieces of one."""
    try:
        # All at once where each is whole, as nearly always.
        read: list[dict[str, Any]] = from_json(f"[{{{'}},{'.join(written)}}}}}]" if written else "[]")
        return dict(zip(written, read, strict=True))
    except ValueError:
        return {each: entry for each in written if (entry := _read(each))}


def _read(written: str) -> dict[str, Any] | None:
    """One entry by its code; None for a piece of one."""
    try:
        entry: dict[str, Any] = from_json(f"{{{written}}}}}", cache_strings="all")
    except ValueError:
        return None
    return entry


def _attribute(definition: Definition, value: Any) -> AttributeValue:
    """A value as the index holds it: text as one line, since an address asks for it so."""
    texts: tuple[str, ...] = ()
    if definition.kind is AttributeKind.CHOICE:
        names = definition.choice_name(str(value))
        texts = tuple(names[language] for language in LANGUAGES if language in names) or tuple(names.values())
    name = " ".join(definition.name[language] for language in LANGUAGES if language in definition.name) if value is True else ""
    return AttributeValue(one_line(value) if isinstance(value, str) else value, definition.unit, texts, name)
