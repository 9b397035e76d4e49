"""The words of a row, field by field, as the oracle reads them: it shares no code with the documents of the other engines (pure)."""

from itertools import pairwise

from search import analysis, units
from search.documents import OF_FAMILY, IndexRow


def streams_of(row: IndexRow) -> dict[str, list[str]]:
    """The words of a row, field by field."""

    def plain(*texts: str) -> list[str]:
        return [word for text in texts for word in (*analysis.words(text)[0], *analysis.words(text)[1])]

    chinese = [text for language, text in row.titles.items() if language[:2] == "zh"]
    rest = [text for language, text in row.titles.items() if language[:2] != "zh" and language != "en"]
    english = [row.titles["en"]] if "en" in row.titles else rest[:1]
    main = (english or chinese)[0]
    title = list(analysis.words(main)[0])
    title += [word for word in analysis.words(row.label)[0] if word not in analysis.words(main)[0]]
    texts = [attribute for attribute in row.attributes.values() if isinstance(attribute.value, str)]
    named = [a.name or key.replace("_", " ") for key, a in row.attributes.items() if a.value is True]
    categories = [analysis.of_every_kind(name) for name in row.category_names]
    keywords = plain(*row.keywords, *(rest if "en" in row.titles else rest[1:]))
    nouns = list(dict.fromkeys(analysis.category_heads(row.category_names[0]))) if row.category_names else []
    said = analysis.heads(main, row.brand)
    heads = [*said, *analysis.sorted_as(nouns, tuple(title), said)]
    stated = [row.attributes[key] for key in ("product_type", "op_t_product_type") if key in row.attributes]
    kinds = [text for attribute in stated for text in (attribute.texts or (str(attribute.value),))]
    heads += [noun for text in kinds for noun in analysis.kind_heads(text)]
    heads += [noun for noun in [analysis.han_head(text) for text in chinese] if noun]
    streams = {
        "kind": plain(*kinds),
        "title_en": title,
        "title_zh": [pair for text in dict.fromkeys([main, *chinese, row.label]) for pair in analysis.words(text)[1]],
        "description": plain(*row.descriptions.values()),
        "brand": plain(row.brand),
        "category": [*plain(*categories), *dict.fromkeys(pair for name in categories for pair in _neighbours(name))],
        "keywords": keywords,
        "traits": plain(*(text for a in texts for text in dict.fromkeys(a.texts or (str(a.value),)))),
        "flags": plain(*named),
        "sizes": _sizes(main, row),
        "heads": heads,
        "turn": [str(min(row.turn, 2))],
        "codes": [form for code in (row.sku, row.mpn, *row.codes) for form in analysis.code_forms(code)],
        "mentions": [
            c for c in analysis.codes_in(main) if c not in [f for own in (row.sku, row.mpn, *row.codes) for f in analysis.code_forms(own)]
        ],
    }
    others = _of_others(row) - set(heads)
    streams |= {name: [word for word in streams[name] if word not in others] for name in OF_FAMILY}
    return streams | {"joined": analysis.joined(tuple(streams["title_en"]))}


def _neighbours(name: str) -> list[str]:
    latin, han = analysis.words(name)
    return [left + right for left, right in pairwise(latin) if "and" not in (left, right)] if not han else []


def _of_others(row: IndexRow) -> set[str]:
    """What tells other variants of the product from this one, in the attributes that it states."""
    values = [a.value for a in row.attributes.values() if not isinstance(a.value, bool)]
    texts = [row.label, *(text for a in row.attributes.values() for text in a.texts)]
    texts += [value if isinstance(value, str) else f"{value:g}" for value in values]
    own = {word for text in texts for words in analysis.words(text) for word in words}
    others = {word for key, words in row.axes.items() if key in row.attributes for word in words}
    return others - own - {f"{word}mm" for word in own} - set(_sizes("", row))


def _sizes(title: str, row: IndexRow) -> list[str]:
    """Sizes of title, label, short attribute texts, of numbers with their units, and of what lies between two that are ends of a range."""
    found = [*analysis.sizes(title), *analysis.sizes(row.label)]
    for attribute in row.attributes.values():
        if isinstance(attribute.value, str):
            short = [text for text in (attribute.texts or (attribute.value,)) if len(text) <= 20]
            found += [size for text in short for size in analysis.text_sizes(text, is_stated=True)]
        elif attribute.unit and not isinstance(attribute.value, bool):
            unit, bare = units.UNITS.get(units.plain(attribute.unit)), analysis.code(attribute.unit)
            value = float(attribute.value)
            found += [units.token(value * unit.factor, unit.name)] if unit else [f"{bare}{units.token(value)}", units.token(value, bare)]
    for low, high in ((a, row.attributes.get(f"{key[:-4]}_max")) for key, a in row.attributes.items() if key[-4:] == "_min"):
        if low.unit and high and high.unit == low.unit:
            found += units.within(float(low.value), float(high.value), low.unit)
    return list(dict.fromkeys(found))
