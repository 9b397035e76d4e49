"""What the values of filters are called, and the filters in use as words: chips of a page, lists and mails of saved searches."""

from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.models import AttributeKind
from marketplace.core import i18n
from marketplace.core.i18n import gettext, lazy
from search.filters import ON_TIME, RATINGS, Scene, number_of, price_bands, read_values
from search.queries import Tree
from search.query import Sort
from search.ranges import attribute_range, price_range
from search.schemas import LANDED, LEAD_DAYS, SearchInput
from vendors.lists import TERMS

ORDERS = {
    Sort.RELEVANCE.value: lazy("Relevance"),
    Sort.PRICE.value: lazy("Unit price, lowest first"),
    LANDED: lazy("Landed price, lowest first"),
    Sort.LEAD_TIME.value: lazy("Lead time, shortest first"),
    Sort.RATING.value: lazy("Product rating, best first"),
    Sort.NEWEST.value: lazy("Newest first"),
}
"""What the orders of a list are called, as an address names them."""
LEVELS = (lazy("Listed"), lazy("Identity checked"), lazy("Documents checked"), lazy("Site audited"), lazy("Proven by orders"))


class Named(NamedTuple):
    """A filter in use: its words, and the parameter of the address that it stands in. `value` None: all of its values."""

    words: str
    name: str
    value: str | None = None
    further: tuple[str, ...] = ()
    """Parameters that belong to it besides, such as the other end of a range."""


def filters_in_use(wanted: SearchInput, scene: Scene, tree: Tree) -> list[Named]:
    """Every filter that an address asks for, in the order of the page and the language of the reader. What filters nothing is left out."""
    known = scene.known or {}
    named = [Named(category_name(slug, tree), "cat", slug) for slug in wanted.cat]
    for code, values in wanted.attributes.items():
        if code in known:
            title = i18n.text(dict(known[code].name))
            named += [
                Named(f"{title}: {value_words(known[code], value)}", f"a.{code}", value) for value in read_values(known[code], values)
            ]
    for code in wanted.bounds:
        if code in known and (asked := attribute_range(wanted, known[code])).is_set:
            title, unit = i18n.text(dict(known[code].name)), known[code].unit or ""
            named.append(Named(f"{title}: {_span(asked.low, asked.high, unit)}", f"a.{code}.from", None, (f"a.{code}.to",)))
    named += [Named(maker, "maker", maker) for maker in wanted.maker]
    named += [Named(vendor_words("level", str(level)), "level", str(level)) for level in wanted.level]
    named += [Named(vendor_words("country", country), "country", country) for country in wanted.country]
    named += [Named(scheme, "cert", scheme) for scheme in wanted.cert]
    named += [Named(vendor_words("terms", terms), "terms", terms) for terms in wanted.terms]
    named += [
        Named(gettext("On time: %(share)s", share=step_words("ontime", str(step))), "ontime", str(step))
        for step in ON_TIME
        if str(step) in wanted.ontime
    ]
    named += [
        Named(gettext("Product rating: %(score)s", score=step_words("rating", step)), "rating", step)
        for step in RATINGS
        if step in wanted.rating
    ]
    named += [
        Named(gettext("Unit price: %(span)s", span=price_words(name)), "price", name)
        for name, _, _ in price_bands()
        if name in wanted.price
    ]
    price = price_range(wanted)
    if price.is_set:
        text = gettext("Unit price: %(span)s", span=_span(price.low, price.high))
        named.append(Named(text, "price_from", None, ("price_to",)))
    days = [day for day in wanted.lead if day in LEAD_DAYS]
    if days:
        named.append(Named(gettext("Lead time: %(n)s days or less", n=max(days)), "lead", None))
    said = (
        ("ships", wanted.ships, gettext("Ships to %(country)s", country=_country(scene.ship_to))),
        ("stock", wanted.stock, gettext("In stock")),
        ("sample", wanted.sample, gettext("Sample available")),
        ("moq", wanted.moq and scene.quantity is not None, gettext("Minimum order: my quantity or less")),
    )
    return named + [Named(text, name, None) for name, is_chosen, text in said if is_chosen]


def _country(ship_to: str) -> str:
    """Where goods go; of searches that are kept it is not."""
    return i18n.country(ship_to) if ship_to else gettext("the reader’s country")


def category_name(slug: str, tree: Tree) -> str:
    """A category as the reader reads it; its slug where it is gone."""
    node = tree.by_slug.get(slug)
    return i18n.text(dict(node.name)) if node else slug


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


def step_words(name: str, step: str) -> str:
    """A lower end as it is read."""
    return _step_words(name, step, i18n.locale())


@lru_cache(maxsize=256)
def _step_words(name: str, step: str, _language: str) -> str:
    if name == "ontime":
        return gettext("%(share)s or more", share=i18n.share(int(step) / 100))
    return gettext("%(score)s of 5 or more", score=i18n.number(float(step)))


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


def vendor_words(name: str, value: str) -> str:
    """A value of a facet over vendors as the reader reads it."""
    if name == "country":
        return i18n.country(value)
    if name == "level" and value.isdigit() and int(value) < len(LEVELS):
        return f"L{value} {gettext(LEVELS[int(value)])}"
    if name == "terms" and value in TERMS:
        return gettext(TERMS[value])
    return value


def _span(low: Decimal | None, high: Decimal | None, unit: str = "") -> str:
    """A range with one end or both, as it was typed: `up to 40 mm`, `5 or more`, `5–40 mm`."""
    after = f"{i18n.NBSP}{unit}" if unit else ""
    ends = ["" if end is None else i18n.in_field(end) for end in (low, high)]
    if not ends[0]:
        return gettext("up to %(value)s", value=ends[1] + after)
    return gettext("%(price)s or more", price=ends[0] + after) if not ends[1] else f"{ends[0]}–{ends[1]}{after}"
