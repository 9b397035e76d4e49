"""Facets as the page shows them: options with counts, and the chips of what is in use."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from flask import request
from werkzeug.datastructures import MultiDict

from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.models import AttributeKind
from marketplace.core import i18n
from marketplace.core.i18n import gettext
from marketplace.core.links import query_string
from search.engines.facets import number_name
from search.filters import ON_TIME, RATINGS, Scene, attributes_shown, price_bands, read_values, ticked_names, vendor_counts
from search.lexical.exclusions import kept, word_of
from search.naming import category_name, filters_in_use, price_words, step_words, value_words, vendor_words
from search.queries import Tree
from search.query import Exclusion, FacetCounts
from search.ranges import Range, attribute_range, price_range
from search.schemas import SearchInput

SHOWN = 12
"""Options of a facet on the page; chosen ones are always among them."""


class Option(NamedTuple):
    """A box to tick: `n` is how many there would be with it and everything else that is chosen."""

    value: str
    label: str
    n: int
    is_chosen: bool


class FacetView(NamedTuple):
    """A group of options under a name; `low` and `high` are bounds of a number attribute, `ends` what was typed there, and `faults` what
    is wrong with it.

    `range_names` are the names of the two fields of a range, empty where there is none.
    """

    name: str
    title: str
    options: tuple[Option, ...]
    unit: str = ""
    low: str = ""
    high: str = ""
    ends: tuple[str, str] = ("", "")
    faults: tuple[str, str] = ("", "")
    range_names: tuple[str, str] | tuple[()] = ()
    is_open: bool = True


class Chip(NamedTuple):
    """A filter in use, and the address without it; `word` is one that is left out."""

    label: str
    url: str
    word: str = ""


def views_of(counts: Mapping[str, FacetCounts], wanted: SearchInput, scene: Scene, tree: Tree) -> list[FacetView]:
    """All facets that offer a choice, in the order of the page."""
    views = [_categories(counts["cat"], wanted, scene, tree), _prices(counts["price"].counts, wanted)]
    views += [_attribute(definition, counts, wanted) for definition in attributes_shown(scene) if f"a.{definition.code}" in counts]
    views.append(_plain("maker", gettext("Brand"), counts["maker"].counts, wanted.maker))
    if "moq" in counts:
        n = counts["moq"].counts[0][1]
        views.append(FacetView("moq", gettext("Minimum order"), (Option("1", gettext("My quantity or less"), n, wanted.moq),)))
    chosen_days = set(wanted.lead)
    days = tuple(
        Option(name, gettext("%(n)s days or less", n=i18n.number(int(name))), n, int(name) in chosen_days)
        for name, n in counts["lead"].counts
    )
    views.append(FacetView("lead", gettext("Lead time"), days))
    views += [_vendor(name, counts[name].counts, wanted, scene) for name in ("level", "cert", "country", "terms")]
    on_time = vendor_counts(counts["ontime"].counts, "ontime", scene)
    # The share of the first orders of a vendor says nothing: only ten count (product.md §10).
    views.append(_steps("ontime", gettext("On time, by first promise"), map(str, ON_TIME), on_time, wanted.ontime))
    views.append(_steps("rating", gettext("Product rating"), RATINGS, dict(counts["rating"].counts), wanted.rating))
    views.append(_facts(counts, wanted, scene))
    return [view for view in views if view.options or view.range_names]


def _prices(counts: Sequence[tuple[str, int]], wanted: SearchInput) -> FacetView:
    """Bands that hold something, and a range to write."""
    options = [
        Option(name, price_words(name), n, name in wanted.price)
        for (name, _, _), (_, n) in zip(price_bands(), counts, strict=True)
        if n or name in wanted.price
    ]
    ends, faults = (wanted.price_from, wanted.price_to), price_range(wanted).faults
    return FacetView("price", "", tuple(options), ends=ends, faults=faults, range_names=("price_from", "price_to"))


def _steps(name: str, title: str, steps: Iterable[str], counts: Mapping[str, int], chosen: Sequence[str]) -> FacetView:
    """Lower ends, of which the lowest that is ticked counts."""
    options = [
        Option(step, step_words(name, step), counts.get(step, 0), step in chosen) for step in steps if step in counts or step in chosen
    ]
    return FacetView(name, title, tuple(options), is_open=bool(chosen))


def _categories(counts: FacetCounts, wanted: SearchInput, scene: Scene, tree: Tree) -> FacetView:
    number = dict(counts.counts)
    page = tree.by_slug.get(scene.category or "")
    leaves = [tree.by_slug[slug] for slug in number if slug in tree.by_slug and tree.by_slug[slug].is_leaf]
    below = [(leaf.slug, number[leaf.slug]) for leaf in leaves if page is None or (page.id in leaf.path and page.id != leaf.id)]
    options = _options(below, wanted.cat, lambda slug: category_name(slug, tree), number)
    return FacetView("cat", gettext("Category"), options)


def _attribute(definition: Definition, counts: Mapping[str, FacetCounts], wanted: SearchInput) -> FacetView:
    name = f"a.{definition.code}"
    found, chosen = counts[name], ticked_names(definition, wanted)
    options = _options(found.counts, chosen, lambda value: value_words(definition, value))
    title = i18n.text(dict(definition.name))
    if definition.kind is not AttributeKind.NUMBER:
        return FacetView(name, title, options)
    ordered = sorted(options, key=lambda option: _sortable(option.value))
    return FacetView(
        name,
        title,
        tuple(ordered),
        unit=definition.unit or "",
        low="" if found.low is None else number_name(found.low),
        high="" if found.high is None else number_name(found.high),
        ends=wanted.bounds.get(definition.code, ("", "")),
        faults=attribute_range(wanted, definition).faults,
        range_names=(f"{name}.from", f"{name}.to") if found.low is not None or definition.code in wanted.bounds else (),
    )


def _sortable(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return 0.0


def _plain(name: str, title: str, counts: Sequence[tuple[str, int]], chosen: Sequence[str]) -> FacetView:
    return FacetView(name, title, _options(counts, chosen, str))


def _vendor(name: str, counts: Sequence[tuple[str, int]], wanted: SearchInput, scene: Scene) -> FacetView:
    chosen = {"level": tuple(map(str, wanted.level)), "country": wanted.country, "cert": wanted.cert, "terms": wanted.terms}[name]
    totals = vendor_counts(counts, name, scene)
    words = {value: vendor_words(name, value) for value in (*totals, *chosen)}
    options = _options(sorted(totals.items(), key=lambda one: (-one[1], words[one[0]])), chosen, words.__getitem__)
    titles = {
        "level": gettext("Vendor level"),
        "country": gettext("Vendor country"),
        "cert": gettext("Certificate valid today"),
        "terms": gettext("Payment terms offered"),
    }
    if name == "level":
        return FacetView(name, titles[name], tuple(sorted(options, key=lambda option: option.value, reverse=True)))
    return FacetView(name, titles[name], options, is_open=name == "cert" or bool(chosen))


def _facts(counts: Mapping[str, FacetCounts], wanted: SearchInput, scene: Scene) -> FacetView:
    ships = vendor_counts(counts["ships"].counts, "ships", scene).get("1", 0)
    stock = dict(counts["stock"].counts).get("1", 0)
    sample = dict(counts["sample"].counts).get("1", 0)
    options = (
        Option("ships", gettext("Ships to %(country)s", country=i18n.country(scene.ship_to)), ships, wanted.ships),
        Option("stock", gettext("In stock"), stock, wanted.stock),
        Option("sample", gettext("Sample available"), sample, wanted.sample),
    )
    return FacetView("facts", gettext("Facts"), options)


def _options(
    counts: Sequence[tuple[str, int]], chosen: Sequence[str], words: Callable[[str], str], numbers: Mapping[str, int] | None = None
) -> tuple[Option, ...]:
    """The first choices and all chosen ones, in the order of their counts. Chosen values that are no choice of the facet, or that no result
    has any more, stay behind them, so that they can be taken back; `numbers` may say how many there are of them.
    """
    left = dict.fromkeys(chosen)
    room = max(0, SHOWN - len(left))
    options = []
    for value, n in counts:
        is_chosen = value in left
        if is_chosen:
            del left[value]
        elif room:
            room -= 1
        elif left:
            continue
        else:
            break
        options.append(Option(value, words(value), n, is_chosen))
    return (*options, *(Option(value, words(value), (numbers or {}).get(value, 0), True) for value in left))


def chips_of(wanted: SearchInput, scene: Scene, tree: Tree, left_out: Sequence[Exclusion] = ()) -> list[Chip]:
    """Every word that is left out and every filter in use, with the address that takes it back."""
    words = [Chip(gettext("Without “%(word)s”", word=word_of(one)), _with_again(wanted.q, one), word_of(one)) for one in left_out]
    return words + [Chip(one.words, without(one.name, one.value, *one.further)) for one in filters_in_use(wanted, scene, tree)]


def unread_of(wanted: SearchInput, scene: Scene) -> list[str]:
    """What the address asks of attributes and prices that they cannot be, a line each: it filters nothing."""
    known = scene.known or {}
    wrong = [
        (i18n.text(dict(known[code].name)), value)
        for code, values in wanted.attributes.items()
        if code in known
        for value in values
        if value not in read_values(known[code], values)
    ]
    asked = [(known[code].name, ends, attribute_range(wanted, known[code])) for code, ends in wanted.bounds.items() if code in known]
    for name, ends, found in asked:
        wrong += [(i18n.text(dict(name)), value) for value in _wrong_ends(ends, found)]
    wrong += [(gettext("Unit price"), value) for value in _wrong_ends((wanted.price_from, wanted.price_to), price_range(wanted))]
    return [gettext("Left out: %(name)s cannot be “%(value)s”.", name=name, value=value) for name, value in wrong]


def _wrong_ends(ends: tuple[str, str], found: Range) -> list[str]:
    """The ends of a range that filter nothing; both as one where they stand the wrong way round."""
    if any(found.faults) and all(ends) and not found.is_set and not all(found.faults):
        return [f"{ends[0]}–{ends[1]}"]
    return [end for end, fault in zip(ends, found.faults, strict=True) if fault]


def _with_again(text: str, exclusion: Exclusion) -> str:
    return "?" + query_string({"q": kept(text, [exclusion]) or None}, ("page",))


def without(name: str, value: str | None, *further: str) -> str:
    """The address of this page without one value of a name, or without all of them; the first page again."""
    kept: MultiDict[str, str] = MultiDict()
    for key, item in request.args.items(multi=True):
        if key in further or key == "page" or (key == name and (value is None or item == value)):
            continue
        kept.add(key, item)
    return "?" + urlencode(list(kept.items(multi=True)))
