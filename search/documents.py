"""Rows into documents, one per variant (pure). Nothing here is true of a vendor: its state, level and country are joined live.

A document is a version and a dict of plain values that `mapping.py` describes; without a dict it is a tombstone, which keeps
its version so that a late update cannot bring a deleted variant back.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any
from uuid import UUID

from marketplace.core.records import record
from search import analysis, units

TIER_SLOTS = 10
"""A variant has at most ten price tiers (product.md §3), so ten flat slots hold them all (decision 21)."""
LEAD_SLOTS = 6
OPEN = 2**62
"""Upper end of a band without one."""
KIND_KEYS = ("product_type", "op_t_product_type")
"""Attributes in which a vendor says what the thing is; the second is that of the operator's own import."""
LOWEST, HIGHEST = "_min", "_max"
"""Ends of the keys of two attributes that are the ends of one range."""
NOT_KEY = re.compile(r"[^\w-]")
LAST_TURN = 2
"""Sizes further out do not differ."""
OF_FAMILY = frozenset(["title_en", "title_zh", "keywords", "description", "traits", "sizes"])
"""Fields with texts that the variants of a product share."""
SHORT_VALUE = 20
FACET_VALUE_LIMIT = 80
"""Longer texts are descriptions, not choices: they can be found, not ticked."""
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d\S*")
"""A moment is no choice either, and the embedded engine keeps it as its own kind of value, in another time zone than it was written in."""


@dataclass(slots=True)
class AttributeValue:
    """One typed attribute. `value` is text or a choice's code, a number in the base unit, or a boolean; `texts` are its words
    in every language.

    It holds ready what it adds to a document: whoever reads many rows makes one for each value and uses it again.
    """

    value: str | int | float | bool
    unit: str | None = None
    texts: tuple[str, ...] = ()
    name: str = ""
    choice: str = field(init=False, default="")
    number: float | None = field(init=False, default=None)
    words: str = field(init=False, default="")
    sizes: tuple[str, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        value = self.value
        if isinstance(value, bool):
            self.choice = "true" if value else "false"
            self.words = _stream(self.name) if value else ""
        elif isinstance(value, str):
            self.choice = value if len(value) <= FACET_VALUE_LIMIT and not INSTANT.fullmatch(value) else ""
            self.words, self.sizes = _trait(self.texts or (value,))
        else:
            self.number = value
            self.sizes = _number_sizes(value, self.unit) if self.unit else ()


@record
class IndexRow:
    """What the index may know of a variant, as plain values. `listed` says whether it may be found at all."""

    variant_id: UUID
    product_id: UUID
    vendor_id: UUID
    version: int
    titles: Mapping[str, str]
    sku: str
    listed: bool = True
    categories: tuple[str, ...] = ()
    """Slugs from the root to the leaf."""
    category_names: tuple[str, ...] = ()
    """Names of the leaf, then of its parents, in every language."""
    label: str = ""
    descriptions: Mapping[str, str] = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    brand: str = ""
    mpn: str = ""
    codes: tuple[str, ...] = ()
    """GTINs and further article numbers."""
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    tiers: tuple[tuple[int, int], ...] = ()
    """(from quantity, price in millionths of the platform's currency per 1,000 base units)."""
    minimum: int = 1
    lead_times: tuple[tuple[int | None, int | None], ...] = ()
    """(up to quantity or open, days at most or not stated)."""
    available: int = 0
    """What can be taken from stock at once, in the index's unit; 0 where the smallest order is more."""
    sample: bool = False
    visibility: tuple[str, ...] = ("all",)
    published_at: datetime | None = None
    turn: int = 0
    """Where the variant stands among the sizes of its listing: 0 in the middle, see `turn_of`."""
    axes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Key of each attribute in which the variants of its product differ → what tells all their values apart, see `telling`."""


@record
class Document:
    """A variant's document; without `fields` a tombstone."""

    id: str
    version: int
    fields: dict[str, Any] | None


@lru_cache(maxsize=20_000)
def attribute_key(code: str) -> str:
    """An attribute's code as a key of the index: letters, digits, - and _, which every engine takes in a path."""
    return NOT_KEY.sub("_", code)


def variant_documents(rows: Iterable[IndexRow]) -> list[Document]:
    """One document per row; a row that is not listed becomes a tombstone."""
    return [variant_document(row) for row in rows]


def tombstone(variant_id: UUID, version: int) -> Document:
    """What is left of a variant that may not be found."""
    return Document(str(variant_id), version, None)


def variant_document(row: IndexRow) -> Document:
    """The document of one variant.

    Shape: token streams are strings with spaces, keywords lists of strings, `attributes` a dict of strings, `numbers` a dict of
    floats, everything else integers; absent means unknown.
    """
    if not row.listed or not row.visibility:
        return tombstone(row.variant_id, row.version)
    fields: dict[str, Any] = {
        "product_id": str(row.product_id),
        "vendor_id": str(row.vendor_id),
        "categories": list(row.categories),
        "visibility": list(row.visibility),
        "minimum": row.minimum,
        "in_stock": int(row.available > 0),
        "available": row.available,
        "sample": int(row.sample),
        "published_at": int(row.published_at.timestamp()) if row.published_at else 0,
        "turn": [str(min(row.turn, LAST_TURN))],
    }
    if row.brand:
        fields["maker"] = row.brand
    _add_texts(fields, row)
    _add_codes(fields, row)
    _add_attributes(fields, row)
    _leave_to_others(fields, row)
    _add_tiers(fields, row.tiers)
    _add_lead_times(fields, row.lead_times)
    return Document(str(row.variant_id), row.version, fields)


def turn_of(place: int, count: int) -> int:
    """How far a size is from the middle of its listing: the middle ones are what most buyers want, and all sizes match alike."""
    return abs(place - (count - 1) // 2)


def main_title(row: IndexRow) -> str:
    """The English title, else any but Chinese, else the Chinese one: Latin words, sizes and codes are read from it."""
    titles = row.titles
    return (
        titles.get("en")
        or next((text for language, text in titles.items() if not language.startswith("zh")), "")
        or titles.get("zh-Hans", "")
    )


def telling(attribute: AttributeValue) -> frozenset[str]:
    """Words, Han pairs and sizes by which a text names a value. The digits of a size are none of its words: of "1 m, 2 m, 3 m" the 3 in
    "USB 3" says nothing. That an attribute is true or not is no word of a text.
    """
    if attribute.number is not None:
        return frozenset(attribute.sizes) if attribute.unit else _with_size(units.token(attribute.number))
    if isinstance(attribute.value, bool) or not attribute.choice:
        return frozenset()
    return _telling_texts(attribute.texts or (str(attribute.value),))


@lru_cache(maxsize=20_000)
def _telling_texts(texts: tuple[str, ...]) -> frozenset[str]:
    found: set[str] = set()
    for text in texts:
        prepared = analysis.fold(units.plain(text))
        measures = units.measures(prepared)
        found.update(token for measure in measures for token in measure.said)
        for word in analysis.split(prepared):
            if not any(measure.start <= word.start < measure.end for measure in measures):
                found.update(analysis.pairs(word.text) if word.han else _with_size(word.text))
    return frozenset(found)


def _with_size(word: str) -> frozenset[str]:
    """A word; a number also as the size that a range of bare numbers has: "36–47" of shoes."""
    return frozenset((word, f"{word}mm")) if word[0].isdigit() else frozenset((word,))


def axes_of(variants: Iterable[Mapping[str, AttributeValue]]) -> dict[str, frozenset[str]]:
    """Key of each attribute in which the variants of a product differ → what tells all their values apart, of the attributes of each."""
    values: dict[str, dict[str, AttributeValue]] = {}
    for attributes in variants:
        for key, attribute in attributes.items():
            values.setdefault(key, {})[str(attribute.value)] = attribute
    return {key: frozenset[str]().union(*map(telling, different.values())) for key, different in values.items() if len(different) > 1}


def range_sizes(attributes: Mapping[str, AttributeValue]) -> list[str]:
    """The sizes that lie in ranges of which a variant states both ends: `clamp_min` and `clamp_max`."""
    found: list[str] = []
    for key, low in attributes.items():
        if low.unit and low.number is not None and key.endswith(LOWEST):
            high = attributes.get(highest_of(key))
            if high is not None and high.number is not None and high.unit == low.unit:
                found += units.within(low.number, high.number, low.unit)
    return found


def highest_of(key: str) -> str:
    """The attribute with the other end of a range."""
    return key.removesuffix(LOWEST) + HIGHEST


def _leave_to_others(fields: dict[str, Any], row: IndexRow) -> None:
    """Take out what the texts of a product say of its other variants only: "sizes M–2XL" names no size of the one in XL.

    A variant has the words of its own values and of its label, and of what the thing is; and whatever is said of an attribute that it
    does not state.
    """
    others = frozenset[str]().union(*(values for key, values in row.axes.items() if key in row.attributes))
    if not others:
        return
    own = {*_stream(row.label).split(), *analysis.text_sizes(row.label), *fields.get("heads", "").split()}
    for attribute in row.attributes.values():
        own.update((*telling(attribute), *attribute.words.split(), *attribute.sizes))
    own.update(range_sizes(row.attributes))
    others -= own
    for name in OF_FAMILY & fields.keys():
        fields[name] = " ".join([word for word in fields[name].split() if word not in others])
    fields["joined"] = " ".join(analysis.joined(tuple(fields["title_en"].split())))


def _add_texts(fields: dict[str, Any], row: IndexRow) -> None:
    main = main_title(row)
    chinese = next((text for language, text in row.titles.items() if language.startswith("zh")), "")
    plain, han = analysis.words(main)
    label, han_label = analysis.words(row.label) if row.label else ((), ())
    known = set(plain)
    plain += tuple(word for word in label if word not in known)
    han += analysis.words(chinese)[1] if chinese != main else ()
    han += han_label
    fields["title_en"] = " ".join(plain)
    fields["joined"] = " ".join(analysis.joined(plain))
    if han:
        fields["title_zh"] = " ".join(han)
    others = [text for text in row.titles.values() if text not in (main, chinese)]
    keywords = " ".join(_stream(text) for text in (*row.keywords, *others))
    if keywords:
        fields["keywords"] = keywords
    description = " ".join(_stream(text) for text in row.descriptions.values())
    if description:
        fields["description"] = description
    if row.brand:
        fields["brand"] = _known_stream(row.brand)
    nouns = list(analysis.heads(main, row.brand))
    if row.category_names:
        fields["category"], of_category = _category(row.category_names)
        nouns += analysis.sorted_as(of_category, plain, nouns)
    kinds = [text for key in KIND_KEYS if (stated := row.attributes.get(key)) for text in (stated.texts or (str(stated.value),))]
    if kinds:
        fields["kind"] = " ".join(dict.fromkeys(map(_known_stream, kinds)))
        nouns += [noun for text in kinds for noun in analysis.kind_heads(text)]
    han_head = analysis.han_head(chinese)
    if han_head:
        nouns.append(han_head)
    if nouns:
        fields["heads"] = " ".join(dict.fromkeys(nouns))


@lru_cache(maxsize=10_000)
def _category(names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """(token stream, head nouns) of a category; the leaf's own name stands first. Neighbours of a name stand there as one word, too: "power
    strips" are no LED strips below "power supplies and lighting".
    """
    streams = [_stream(analysis.of_every_kind(name)) for name in names]
    latin = [stream.split() for stream in streams if stream.isascii()]
    pairs = dict.fromkeys(left + right for words in latin for left, right in pairwise(words) if "and" not in (left, right))
    return " ".join([*streams, *pairs]), tuple(dict.fromkeys(analysis.category_heads(names[0])))


def _stream(text: str) -> str:
    plain, han = analysis.words(text)
    return " ".join(plain + han) if han else " ".join(plain)


@lru_cache(maxsize=5_000)
def _known_stream(text: str) -> str:
    """The same of what many products share; texts of one product are cut once, and kept nowhere."""
    return _stream(text)


def _add_codes(fields: dict[str, Any], row: IndexRow) -> None:
    own = dict.fromkeys(form for text in (row.sku, row.mpn, *row.codes) if text for form in analysis.code_forms(text))
    fields["codes"] = list(own)
    mentions = [code for code in analysis.codes_in(main_title(row)) if code not in own]
    if mentions:
        fields["mentions"] = mentions


def _add_attributes(fields: dict[str, Any], row: IndexRow) -> None:
    choices: dict[str, str] = {}
    numbers: dict[str, float] = {}
    traits: list[str] = []
    flags: list[str] = []
    sizes = list(analysis.text_sizes(main_title(row)))
    if row.label:
        sizes += analysis.text_sizes(row.label)
    for key, attribute in row.attributes.items():
        if attribute.number is not None:
            numbers[key] = attribute.number
        else:
            if attribute.choice:
                choices[key] = attribute.choice
            if attribute.value is True:
                flags.append(attribute.words or _stream(key.replace("_", " ")))
            elif attribute.value is not False:
                traits.append(attribute.words)
        if attribute.sizes:
            sizes += attribute.sizes
    if choices:
        fields["attributes"] = choices
    if numbers:
        fields["numbers"] = numbers
        sizes += range_sizes(row.attributes)
    if traits:
        fields["traits"] = " ".join(traits)
    if flags:
        fields["flags"] = " ".join(flags)
    if sizes:
        fields["sizes"] = " ".join(dict.fromkeys(sizes))


def _trait(texts: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """(token stream, sizes) of an attribute's words. Only short values have sizes: a long one lists what the thing fits."""
    if len(texts) == 1:  # what is no choice
        text = texts[0]
        return _stream(text), analysis.text_sizes(text, is_stated=True) if len(text) <= SHORT_VALUE else ()
    stream = " ".join([_stream(text) for text in dict.fromkeys(texts)])
    return stream, tuple(
        dict.fromkeys(size for text in texts if len(text) <= SHORT_VALUE for size in analysis.text_sizes(text, is_stated=True))
    )


def _number_sizes(value: float, unit: str) -> tuple[str, ...]:
    known = units.UNITS.get(units.plain(unit))
    if known:
        return (units.token(value * known.factor, known.name),)
    return (f"{analysis.code(unit)}{units.token(value)}", units.token(value, analysis.code(unit)))


def _add_tiers(fields: dict[str, Any], tiers: tuple[tuple[int, int], ...]) -> None:
    """Each tier is a band of quantities with its price, so that one price holds at any quantity."""
    if len(tiers) > TIER_SLOTS:
        raise ValueError(f"{len(tiers)} price tiers: the index holds {TIER_SLOTS}")
    ordered = sorted(tiers)
    for slot, (from_quantity, price) in enumerate(ordered):
        fields[f"tier_{slot}_from"] = from_quantity
        fields[f"tier_{slot}_below"] = ordered[slot + 1][0] if slot + 1 < len(ordered) else OPEN
        fields[f"tier_{slot}_price"] = price


def _add_lead_times(fields: dict[str, Any], bands: tuple[tuple[int | None, int | None], ...]) -> None:
    """Bands of quantities with their days. More bands than slots: the last slot promises the longest of the rest."""
    ordered = sorted(bands, key=lambda band: OPEN if band[0] is None else band[0])
    if len(ordered) > LEAD_SLOTS:
        rest = ordered[LEAD_SLOTS - 1 :]
        stated = [days for _, days in rest if days is not None]
        ordered = [*ordered[: LEAD_SLOTS - 1], (rest[-1][0], max(stated) if len(stated) == len(rest) else None)]
    start = 1
    for slot, (up_to, days) in enumerate(ordered):
        below = OPEN if up_to is None else up_to + 1
        if days is not None:
            fields[f"lead_{slot}_from"] = start
            fields[f"lead_{slot}_below"] = below
            fields[f"lead_{slot}_days"] = days
        start = below
