"""Why a hit is there, in words: what of the query it has, the tier of my quantity, my own list. Nothing else, and no figures of rank."""

from collections.abc import Mapping, Sequence

from pydantic_core import from_json

from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.attributes import Definition, shown
from marketplace.catalogue.models import AttributeKind
from marketplace.core import i18n
from marketplace.core.i18n import gettext
from search import analysis, queries, why
from search.documents import LOWEST, AttributeValue, axes_of, highest_of, range_sizes, telling
from search.lexical import Reading
from search.queries import ShownVariant, Told, Tree
from search.why import Asked, Goods, Place, Reason, Through


def reasons_of(reading: Reading, found: ShownVariant, *, is_chosen: bool) -> list[str]:
    """What a hit has of the words that were read, sentence by sentence, or that the platform has put it first for them. One statement."""
    stored = queries.told_of(found.line.variant_id)
    said = [] if stored is None else _read(why.asked_of(reading), found, stored)
    chosen = [gettext("Chosen by Millgate")] if is_chosen else []
    if said:
        return [*chosen, *_correction(reading), *said]
    if chosen:
        return chosen
    # A code that a title mentions in another writing is found as a whole, and none of its pieces is a word of it.
    if reading.code:
        return [gettext("It names the part number in another writing.")]
    return [gettext("It has none of the words, but means much the same.")]


BESIDE = " · "
"""Between the titles of a hit in several languages and its label."""


def _read(asked: Asked, found: ShownVariant, row: Told) -> list[str]:
    attributes: dict[str, dict[str, object]] = from_json(row.attributes) | from_json(row.own_attributes)
    known = catalogue.definitions_by_code(attributes)
    title = _title(found)
    others = _of_others(row, attributes, known, title, found.line.label or "")
    goods = _goods(row, attributes, known, queries.category_tree(), others)
    return _sentences(why.reasons(asked, title, found.line.sku, goods), known, attributes)


def _title(found: ShownVariant) -> str:
    return BESIDE.join([*found.line.title.values(), found.line.label or ""])


def _correction(reading: Reading) -> list[str]:
    if reading.correction is None:
        return []
    return [gettext("“%(written)s” was read as “%(searched)s”.", written=reading.text, searched=reading.correction.searched)]


def _goods(
    row: Told, attributes: Mapping[str, Mapping[str, object]], known: Mapping[str, Definition], tree: Tree, others: frozenset[str]
) -> Goods:
    category = tree.by_id.get(row.category_id)
    return Goods(
        codes=row.codes,
        brand=row.brand,
        category=category.names if category else (),
        keywords=row.keywords,
        description=tuple(from_json(row.description).values()),
        attributes={code: _asked_for(code, attributes, known) for code in attributes if code in known},
        others=others,
    )


def _asked_for(code: str, attributes: Mapping[str, Mapping[str, object]], known: Mapping[str, Definition]) -> Sequence[str]:
    """A value as it can be asked for; the lower end of a range by each size that lies in it."""
    texts = _texts(known[code], attributes[code])
    ends = [one for one in _both_ends(code) if one in attributes and one in known]
    return texts if len(ends) == 1 else (*texts, *range_sizes({one: _value(known[one], attributes[one]) for one in ends}))


def _of_others(
    row: Told, attributes: Mapping[str, Mapping[str, object]], known: Mapping[str, Definition], title: str, label: str
) -> frozenset[str]:
    """What the texts of a product say of its other variants only, as the index leaves it out (decision 0043)."""
    family = [(code, stored) for code, stored in from_json(row.family) if code in attributes and code in known]
    axes = axes_of({code: _value(known[code], stored)} for code, stored in family)
    if not axes:
        return frozenset()
    mine = {code: _value(known[code], stored) for code, stored in attributes.items() if code in known}
    words, pairs = analysis.words(label)
    own = {*words, *pairs, *analysis.text_sizes(label), *analysis.heads(title.partition(BESIDE)[0], row.brand)}
    for value in mine.values():
        own.update((*telling(value), *value.words.split(), *value.sizes))
    own.update(range_sizes(mine))
    return frozenset[str]().union(*axes.values()) - own


def _value(definition: Definition, stored: Mapping[str, object]) -> AttributeValue:
    """A stored value as the index compares it."""
    value = stored["v"]
    is_plain = isinstance(value, bool | int | float)
    return AttributeValue(value if is_plain else str(value), definition.unit, () if is_plain else tuple(_texts(definition, stored)))  # type: ignore[arg-type]


def _texts(definition: Definition, stored: Mapping[str, object]) -> Sequence[str]:
    """A value as it can be asked for: the names of a choice, a number with its unit, the attribute's own name where it is true."""
    value = stored.get("v")
    if definition.kind is AttributeKind.BOOLEAN:
        return tuple(definition.name.values()) if value else ()
    if definition.kind is AttributeKind.CHOICE:
        return tuple(definition.choice_name(str(value)).values())
    return (f"{value:.15g} {definition.unit or ''}" if isinstance(value, int | float) else str(value),)


def _sentences(rows: Sequence[Reason], known: Mapping[str, Definition], attributes: Mapping[str, Mapping[str, object]]) -> list[str]:
    said = [_through(reason) for reason in rows if reason.through is not Through.ITSELF]
    for place in Place:
        of_place = [reason for reason in rows if reason.place is place]
        if place is Place.ATTRIBUTE:
            codes = dict.fromkeys(
                code for reason in of_place for code in _both_ends(reason.attribute) if code in attributes and code in known
            )
            said += [_attribute(known[code], attributes[code]) for code in codes]
        elif of_place:
            said.append(_in_place(place, gettext(", ").join(dict.fromkeys(reason.found for reason in of_place))))
    return said


def _both_ends(code: str) -> tuple[str, ...]:
    """An attribute, and where it is the lower end of a range the other end."""
    return (code, highest_of(code)) if code.endswith(LOWEST) else (code,)


def _through(reason: Reason) -> str:
    if reason.through is Through.TRANSLATION:
        return gettext("“%(asked)s” is “%(found)s” in another language.", asked=reason.asked, found=reason.found)
    return gettext("“%(asked)s” is also called “%(found)s”.", asked=reason.asked, found=reason.found)


def _attribute(definition: Definition, stored: Mapping[str, object]) -> str:
    return gettext("Attribute %(name)s: %(value)s", name=i18n.text(dict(definition.name)), value=shown(definition, stored))


def _in_place(place: Place, words: str) -> str:
    return {
        Place.CODE: lambda: gettext("Part number: %(words)s", words=words),
        Place.TITLE: lambda: gettext("In the title: %(words)s", words=words),
        Place.CATEGORY: lambda: gettext("In the category: %(words)s", words=words),
        Place.BRAND: lambda: gettext("Brand: %(words)s", words=words),
        Place.KEYWORDS: lambda: gettext("Among the vendor’s search words: %(words)s", words=words),
        Place.DESCRIPTION: lambda: gettext("In the description: %(words)s", words=words),
    }[place]()
