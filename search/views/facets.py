"""Facets as the page shows them: options with counts, and the chips of what is in use."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlencode

from flask import request
from werkzeug.datastructures import MultiDict

from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.models import AttributeKind
from marketplace.core import i18n
from marketplace.core.i18n import gettext, lazy
from marketplace.core.links import query_string
from search.engines.facets import number_name
from search.filters import ON_TIME, RATINGS, Scene, number_of, price_bands, read_values, vendor_counts
from search.lexical.exclusions import kept, word_of
from search.queries import Tree
from search.query import Exclusion, FacetCounts
from search.schemas import LEAD_DAYS, SearchInput
from vendors.lists import TERMS

SHOWN = 12
"""Options of a facet on the page; chosen ones are always among them."""
LEVELS = (lazy("Listed"), lazy("Identity checked"), lazy("Documents checked"), lazy("Site audited"), lazy("Proven by orders"))


class Option(NamedTuple):
    """A box to tick: `n` is how many there would be with it and everything else that is chosen."""

    value: str
    label: str
    n: int
    is_chosen: bool


class FacetView(NamedTuple):
    """A group of options under a name; `low` and `high` are bounds of a number attribute, `ends` what was typed there.

    `range_names` are the names of the two fields of a range, empty where there is none.
    """

    name: str
    title: str
    options: tuple[Option, ...]
    unit: str = ""
    low: str = ""
    high: str = ""
    ends: tuple[str, str] = ("", "")
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
    views += [_attribute(definition, counts, wanted) for definition in scene.offered if f"a.{definition.code}" in counts]
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
    ends = tuple("" if end is None else str(end) for end in (wanted.price_from, wanted.price_to))
    return FacetView("price", "", tuple(options), ends=(ends[0], ends[1]), range_names=("price_from", "price_to"))


def price_words(name: str) -> str:
    """`0.5-1` as it is read: `0.50–1.00`; `-0.1`: less than 0.10; `5000-`: 5,000 or more."""
    return _price_words(name, i18n.locale())


@lru_cache(maxsize=256)
def _price_words(name: str, _language: str) -> str:
    low, _, high = name.partition("-")
    if not low:
        return gettext("Less than %(price)s", price=i18n.number(float(high)))
    if not high:
        return gettext("%(price)s or more", price=i18n.number(float(low)))
    return f"{i18n.number(float(low))}–{i18n.number(float(high))}"


def _steps(name: str, title: str, steps: Iterable[str], counts: Mapping[str, int], chosen: Sequence[str]) -> FacetView:
    """Lower ends, of which the lowest that is ticked counts."""
    options = [
        Option(step, step_words(name, step), counts.get(step, 0), step in chosen) for step in steps if step in counts or step in chosen
    ]
    return FacetView(name, title, tuple(options), is_open=bool(chosen))


def step_words(name: str, step: str) -> str:
    """A lower end as it is read."""
    return _step_words(name, step, i18n.locale())


@lru_cache(maxsize=256)
def _step_words(name: str, step: str, _language: str) -> str:
    if name == "ontime":
        return gettext("%(share)s or more", share=i18n.share(int(step) / 100))
    return gettext("%(score)s of 5 or more", score=i18n.number(float(step)))


def _categories(counts: FacetCounts, wanted: SearchInput, scene: Scene, tree: Tree) -> FacetView:
    number = dict(counts.counts)
    page = tree.by_slug.get(scene.category or "")
    leaves = [tree.by_slug[slug] for slug in number if slug in tree.by_slug and tree.by_slug[slug].is_leaf]
    options = [
        Option(leaf.slug, i18n.text(dict(leaf.name)), number[leaf.slug], leaf.slug in wanted.cat)
        for leaf in leaves
        if page is None or (page.id in leaf.path and page.id != leaf.id)
    ]
    return FacetView("cat", gettext("Category"), _cut(options + _missing(wanted.cat, options, lambda slug: _category_name(slug, tree))))


def _category_name(slug: str, tree: Tree) -> str:
    node = tree.by_slug.get(slug)
    return i18n.text(dict(node.name)) if node else slug


def _attribute(definition: Definition, counts: Mapping[str, FacetCounts], wanted: SearchInput) -> FacetView:
    name = f"a.{definition.code}"
    found, chosen = counts[name], read_values(definition, wanted.attributes.get(definition.code, ()))
    options = [Option(value, value_words(definition, value), n, value in chosen) for value, n in found.counts]
    options += _missing(chosen, options, lambda value: value_words(definition, value))
    title = i18n.text(dict(definition.name))
    if definition.kind is not AttributeKind.NUMBER:
        return FacetView(name, title, _cut(options))
    ordered = sorted(_cut(options), key=lambda option: _sortable(option.value))
    low, high = wanted.bounds.get(definition.code, (None, None))
    return FacetView(
        name,
        title,
        tuple(ordered),
        unit=definition.unit or "",
        low="" if found.low is None else number_name(found.low),
        high="" if found.high is None else number_name(found.high),
        ends=("" if low is None else str(low), "" if high is None else str(high)),
        range_names=(f"{name}.from", f"{name}.to") if found.low is not None or definition.code in wanted.bounds else (),
    )


def _sortable(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return 0.0


def value_words(definition: Definition, value: str) -> str:
    """A value of an attribute as the reader reads it."""
    if definition.kind is AttributeKind.CHOICE:
        return i18n.text(dict(definition.choice_name(value)))
    if definition.kind is AttributeKind.BOOLEAN:
        return gettext("Yes") if value == "true" else gettext("No")
    return _measured(value, definition.unit or "", i18n.locale()) if definition.kind is AttributeKind.NUMBER else value


@lru_cache(maxsize=8192)
def _measured(value: str, unit: str, _language: str) -> str:
    """A number of the index with its unit: the same few stand on every page."""
    number = number_of(value)
    if number is None:
        return value
    written = i18n.number(number)
    return f"{written}{i18n.NBSP}{unit}" if unit else written


def _plain(name: str, title: str, counts: Sequence[tuple[str, int]], chosen: Sequence[str]) -> FacetView:
    options = [Option(value, value, n, value in chosen) for value, n in counts]
    return FacetView(name, title, _cut(options + _missing(chosen, options, str)))


def _vendor(name: str, counts: Sequence[tuple[str, int]], wanted: SearchInput, scene: Scene) -> FacetView:
    chosen = {"level": tuple(map(str, wanted.level)), "country": wanted.country, "cert": wanted.cert, "terms": wanted.terms}[name]
    totals = vendor_counts(counts, name, scene)
    options = [Option(value, vendor_words(name, value), n, value in chosen) for value, n in totals.items()]
    options += _missing(chosen, options, lambda value: vendor_words(name, value))
    titles = {
        "level": gettext("Vendor level"),
        "country": gettext("Vendor country"),
        "cert": gettext("Certificate valid today"),
        "terms": gettext("Payment terms offered"),
    }
    if name == "level":
        return FacetView(name, titles[name], tuple(sorted(options, key=lambda option: option.value, reverse=True)))
    return FacetView(name, titles[name], _cut(sorted(options, key=lambda option: (-option.n, option.label))), is_open=name == "cert")


def vendor_words(name: str, value: str) -> str:
    """A value of a facet over vendors as the reader reads it."""
    if name == "country":
        return i18n.country(value)
    if name == "level" and value.isdigit() and int(value) < len(LEVELS):
        return f"L{value} {gettext(LEVELS[int(value)])}"
    if name == "terms" and value in TERMS:
        return gettext(TERMS[value])
    return value


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


def _missing(chosen: Sequence[str], options: Sequence[Option], words: Callable[[str], str]) -> list[Option]:
    """Chosen values that no result has any more: they stay, so that they can be taken back."""
    shown = {option.value for option in options}
    return [Option(value, words(value), 0, True) for value in chosen if value not in shown]


def _cut(options: Sequence[Option]) -> tuple[Option, ...]:
    chosen = [option for option in options if option.is_chosen]
    others = [option for option in options if not option.is_chosen]
    kept = set(chosen) | set(others[: max(0, SHOWN - len(chosen))])
    return tuple(option for option in options if option in kept)


def chips_of(wanted: SearchInput, scene: Scene, tree: Tree, left_out: Sequence[Exclusion] = ()) -> list[Chip]:
    """Every word that is left out and every filter in use, with the address that takes it back."""
    known = scene.known or {}
    chips = [Chip(gettext("Without “%(word)s”", word=word_of(one)), _with_again(wanted.q, one), word_of(one)) for one in left_out]
    chips += [Chip(_category_name(slug, tree), without("cat", slug)) for slug in wanted.cat]
    for code, values in wanted.attributes.items():
        if code in known:
            title = i18n.text(dict(known[code].name))
            chips += [
                Chip(f"{title}: {value_words(known[code], value)}", without(f"a.{code}", value))
                for value in read_values(known[code], values)
            ]
    for code, (low, high) in wanted.bounds.items():
        if code in known:
            title, unit = i18n.text(dict(known[code].name)), known[code].unit or ""
            chips.append(Chip(f"{title}: {_span(low, high)} {unit}".strip(), without(f"a.{code}.from", None, f"a.{code}.to")))
    chips += [Chip(maker, without("maker", maker)) for maker in wanted.maker]
    chips += [Chip(vendor_words("level", str(level)), without("level", str(level))) for level in wanted.level]
    chips += [Chip(vendor_words("country", country), without("country", country)) for country in wanted.country]
    chips += [Chip(scheme, without("cert", scheme)) for scheme in wanted.cert]
    chips += [Chip(vendor_words("terms", terms), without("terms", terms)) for terms in wanted.terms]
    chips += [
        Chip(gettext("On time: %(share)s", share=step_words("ontime", str(step))), without("ontime", str(step)))
        for step in ON_TIME
        if str(step) in wanted.ontime
    ]
    chips += [
        Chip(gettext("Product rating: %(score)s", score=step_words("rating", step)), without("rating", step))
        for step in RATINGS
        if step in wanted.rating
    ]
    chips += [
        Chip(gettext("Unit price: %(span)s", span=price_words(name)), without("price", name))
        for name, _, _ in price_bands()
        if name in wanted.price
    ]
    if wanted.price_from is not None or wanted.price_to is not None:
        text = gettext("Unit price: %(span)s", span=_span(wanted.price_from, wanted.price_to))
        chips.append(Chip(text, without("price_from", None, "price_to")))
    days = [day for day in wanted.lead if day in LEAD_DAYS]
    if days:
        chips.append(Chip(gettext("Lead time: %(n)s days or less", n=max(days)), without("lead", None)))
    said = (
        ("ships", wanted.ships, gettext("Ships to %(country)s", country=i18n.country(scene.ship_to))),
        ("stock", wanted.stock, gettext("In stock")),
        ("sample", wanted.sample, gettext("Sample available")),
        ("moq", wanted.moq and scene.quantity is not None, gettext("Minimum order: my quantity or less")),
    )
    return chips + [Chip(text, without(name, None)) for name, is_chosen, text in said if is_chosen]


def unread_of(wanted: SearchInput, scene: Scene) -> list[str]:
    """What the address asks of attributes that they cannot be, a line each: it filters nothing."""
    known = scene.known or {}
    return [
        gettext("Left out: %(name)s cannot be “%(value)s”.", name=i18n.text(dict(known[code].name)), value=value)
        for code, values in wanted.attributes.items()
        if code in known
        for value in values
        if value not in read_values(known[code], values)
    ]


def _with_again(text: str, exclusion: Exclusion) -> str:
    return "?" + query_string({"q": kept(text, [exclusion]) or None}, ("page",))


def _span(low: object, high: object) -> str:
    if low is None:
        return f"≤ {high}"
    return f"≥ {low}" if high is None else f"{low}–{high}"


def without(name: str, value: str | None, *further: str) -> str:
    """The address of this page without one value of a name, or without all of them; the first page again."""
    kept: MultiDict[str, str] = MultiDict()
    for key, item in request.args.items(multi=True):
        if key in further or key == "page" or (key == name and (value is None or item == value)):
            continue
        kept.add(key, item)
    return "?" + urlencode(list(kept.items(multi=True)))
