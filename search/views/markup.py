"""The markup of what stands on a page of results a hundred times: hits and the boxes of filters. Everything else is in the templates.

Written from Python, since a template takes ten times as long for a hit of fifty values: it looks each of them up by name. Here `e`
escapes a plain text and nothing else, which every value is that is not ours.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from markupsafe import Markup
from markupsafe import _escape_inner as e

from marketplace.catalogue.drawings import drawing_url
from marketplace.core import i18n
from marketplace.core.i18n import gettext
from search.naming import LEVELS
from search.views.blueprint import bp
from search.views.facets import FacetView
from search.views.hits import Hit, LandedWords, PriceWords, VendorWords


class Words(NamedTuple):
    """The fixed texts of a hit in one language, ready for a page."""

    sponsored: str
    chosen: str
    why: str
    reasons: str
    your_price: str
    total: str
    next_tier: str
    own_price: str
    no_price: str
    landed: str
    unknown: str
    lead: str
    no_lead: str
    stock: str
    minimum: str
    delivery: str
    level: str
    levels: tuple[str, ...]
    certificate: str
    no_certificate: str
    rating: str
    too_few: str
    no_reviews: str
    comma: str
    colon: str


@lru_cache(maxsize=4)
def _words(_language: str) -> Words:
    return Words(
        sponsored=f'<p><span class="label-ad">{e(gettext("Sponsored"))}</span> '
        f'<span class="muted xs">{e(gettext("Order below unchanged"))}</span></p>',
        chosen=f'<p class="small"><span class="status" data-tone="held">{e(gettext("Chosen by Millgate"))}</span></p>',
        why=e(gettext("Why this result")),
        reasons=e(gettext("Show the reasons")),
        your_price=f' <span class="unit">{e(gettext("your price"))}</span>',
        total=e(gettext("Total")),
        next_tier=e(gettext("Next tier")),
        own_price=e(gettext("Vendor’s price")),
        no_price=f"<dt>{e(gettext('Unit price'))}</dt><dd>{_unknown(gettext('Not stated'))}</dd>",
        landed=e(gettext("Landed")),
        unknown=_unknown(gettext("Unknown")),
        lead=e(gettext("Lead time")),
        no_lead=_unknown(gettext("Lead time not stated")),
        stock=e(gettext("Stock")),
        minimum=e(gettext("Minimum")),
        delivery=e(gettext("Delivery")),
        level=e(gettext("Level")),
        levels=tuple(e(gettext(level)) for level in LEVELS),
        certificate=e(gettext("Certificate")),
        no_certificate=_unknown(gettext("No valid certificate")),
        rating=e(gettext("Rating")),
        too_few=_unknown(gettext("too few")),
        no_reviews=_unknown(gettext("No reviews yet")),
        comma=gettext(", "),
        colon=gettext(": "),
    )


def _unknown(text: str) -> str:
    return f'<span class="unknown">{e(text)}</span>'


@bp.app_template_global()
def hit_rows(
    hits: Sequence[Hit],
    *,
    ticked: Collection[UUID] = (),
    lacks: Mapping[UUID, Collection[str]] | None = None,
    chosen: Collection[UUID] = (),
    is_ad: bool = False,
) -> Markup:
    """Hits: the number first, then supply, then the vendor; the same three places on every page of results.

    `ticked` are to be compared, `lacks` are words of the query that a hit does not have, `chosen` is what the platform puts first, `is_ad`
    a sponsored place.
    """
    words = _words(i18n.locale())
    rows = [
        _hit_row(
            hit,
            words,
            is_ticked=bool(ticked) and hit.variant_id in ticked,
            lacks=lacks.get(hit.variant_id) if lacks else None,
            is_chosen=bool(chosen) and hit.variant_id in chosen,
            is_ad=is_ad,
        )
        for hit in hits
    ]
    return Markup("".join(rows))  # noqa: S704 - every value goes through `e`


def _hit_row(hit: Hit, words: Words, *, is_ticked: bool, lacks: Collection[str] | None, is_chosen: bool, is_ad: bool) -> str:
    vendor = hit.vendor
    title = e(hit.title) if hit.title_lang is None else f'<span lang="{e(hit.title_lang)}">{e(hit.title)}</span>'
    sku = e(hit.sku)
    return (
        f'<li class="hit"{" data-ad" if is_ad else ""}>'
        f"{_tick(hit, is_ticked=is_ticked) if not is_ad else _NO_TICK}"
        f'<img class="thumb" src="{e(drawing_url(hit.drawing))}" alt="" width="72" height="72" loading="lazy">'
        f'<div class="body stack-s gap-xs"><div>{words.sponsored if is_ad else ""}'
        f"<h3>{_link(hit.url, title)}</h3>{words.chosen if is_chosen else ''}"
        f'<p class="by">{_link(vendor.url, e(vendor.name))}{words.comma}{e(vendor.country)}</p></div>'
        f'<p class="what"><span class="nowrap">{sku}</span>{f" · {e(hit.label)}" if hit.label else ""}</p>'
        f"{_lacks(lacks, words) if lacks else ''}{_why(hit.why, sku, words) if hit.why else ''}</div>"
        f'<div class="cells"><dl class="cell">{_price(hit.price, words) if hit.price else words.no_price}'
        f"{_landed(hit.landed, words) if hit.landed else ''}</dl>"
        f'<dl class="cell">{_supply(hit, words)}</dl><dl class="cell cell-wide">{_standing(vendor, words)}'
        f"<dt>{words.rating}</dt><dd>{_rating(hit, words)}</dd></dl></div></li>"
    )


_NO_TICK = '<span class="check"></span>'


@bp.app_template_global()
def compare_box(hit: Hit, ticked: Collection[UUID]) -> Markup:
    """The box by which a row of a table is compared, as in the list."""
    return Markup(_tick(hit, is_ticked=hit.variant_id in ticked))  # noqa: S704 - every value goes through `e`


def _tick(hit: Hit, *, is_ticked: bool) -> str:
    said = gettext("Compare %(sku)s from %(vendor)s", sku=hit.sku, vendor=hit.vendor.name)
    box = f'<input type="checkbox" name="variant" value="{hit.variant_id}"{" checked" if is_ticked else ""}>'
    if is_ticked:
        box += f'<input type="hidden" name="showed" value="{hit.variant_id}">'
    return f'<label class="check">{box}<span class="vh">{e(said)}</span></label>'


def _link(url: str | None, inside: str) -> str:
    return f'<a href="{e(url)}">{inside}</a>' if url else inside


def _lacks(lacking: Collection[str], words: Words) -> str:
    return f'<p class="small muted">{e(gettext("Lacks: %(words)s", words=words.comma.join(lacking)))}</p>'


def _why(url: str, sku: str, words: Words) -> str:
    whose = f'<span class="vh">{words.colon}{sku}</span>'
    return (
        f'<details class="why" data-module="why"><summary>{words.why}{whose}</summary>'
        f'<p><a href="{e(url)}" rel="nofollow">{words.reasons}{whose}</a></p></details>'
    )


def _landed(landed: LandedWords, words: Words) -> str:
    about = '<span class="approx">≈</span>' if landed.is_about else ""
    figure = f'{about}{e(landed.figure)} <span class="unit">{e(landed.unit)}</span>' if landed.figure else words.unknown
    bought = f'<dd class="unit">{e(landed.bought)}</dd>' if landed.bought else ""
    return f'<dt>{e(landed.heading)}</dt><dd><b>{words.landed}</b> {figure}</dd>{bought}<dd class="unit">{e(landed.note)}</dd>'


def _price(price: PriceWords, words: Words) -> str:
    about = '<span class="approx">≈</span>' if price.is_about else ""
    figure = (
        f'<span class="price">{about}{e(price.figure)} <small>{e(price.unit)}</small></span>{words.your_price if price.is_mine else ""}'
    )
    note = e(price.total_note)
    total = f'{e(price.total)} <span class="unit">{note}</span>' if price.total else f'<span class="tone-need">{note}</span>'
    following = f'<dt>{words.next_tier}</dt><dd class="unit">{e(price.next_tier)}</dd>' if price.next_tier else ""
    own = f'<dt>{words.own_price}</dt><dd class="unit">{e(price.own)}</dd>' if price.own else ""
    return f"<dt>{e(price.heading)}</dt><dd>{figure}</dd><dt>{words.total}</dt><dd>{total}</dd>{following}{own}"


def _supply(hit: Hit, words: Words) -> str:
    minimum, price = "", hit.price
    if price:
        steps = f'<span class="unit">{words.comma}{e(price.steps)}</span>' if price.steps else ""
        minimum = f"<dt>{words.minimum}</dt><dd>{e(price.minimum)}{steps}</dd>"
    return (
        f"<dt>{words.lead}</dt><dd>{f'<b>{e(hit.lead)}</b>' if hit.lead else words.no_lead}</dd>"
        f"<dt>{words.stock}</dt><dd>{e(hit.stock)}</dd>{minimum}"
        f'<dt>{words.delivery}</dt><dd class="unit">{e(hit.vendor.delivery)}</dd>'
    )


def _standing(vendor: VendorWords, words: Words) -> str:
    until = f' <span class="unit">{e(vendor.certificate_until)}</span>' if vendor.certificate_until else ""
    return (
        f'<dt>{words.level}</dt><dd><span class="level" data-level="{vendor.level}">L{vendor.level} '
        f"<span>{words.levels[vendor.level]}</span></span></dd>"
        f"<dt>{words.certificate}</dt><dd>{f'{e(vendor.certificate)}{until}' if vendor.certificate else words.no_certificate}</dd>"
    )


def _rating(hit: Hit, words: Words) -> str:
    if hit.rating:
        return f'{e(hit.rating)} <span class="unit">{e(gettext("of 5, n %(n)s", n=hit.reviews))}</span>'
    if hit.reviews:
        return f'{words.rating} {words.too_few} <span class="unit">n {e(hit.reviews)}</span>'
    return words.no_reviews


@bp.app_template_filter()
def boxes(facet: FacetView) -> Markup:
    """The options of a filter as boxes to tick, each with its count. Those of `facts` are yes or no, each under a name of its own."""
    is_fact = facet.name == "facts"
    written = [
        f'<label class="choice"><input type="checkbox" name="{e(option.value if is_fact else facet.name)}" '
        f'value="{"1" if is_fact else e(option.value)}"{" checked" if option.is_chosen else ""}>'
        f'<span>{e(option.label)}</span><span class="n">{i18n.number(option.n)}</span></label>'
        for option in facet.options
    ]
    return Markup("".join(written))  # noqa: S704 - every value goes through `e`
