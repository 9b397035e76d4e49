"""The public side: the list of shops, and the page of one. Only vendors that are seen stand here."""

from flask import render_template, request, session

from marketplace.accounts import queries as accounts
from marketplace.catalogue.queries import keys_of
from marketplace.catalogue.queries.shops import shop_products
from marketplace.core import clock, policy
from marketplace.core.audit import Viewer
from marketplace.core.i18n import gettext, language
from marketplace.core.web import current_viewer, page_url, public
from marketplace.pricing import queries as pricing
from marketplace.quality import queries as quality
from reviews import queries as reviews
from reviews.scores import NO_SCORE
from vendors import queries
from vendors.facts import countries_of, is_valid_certificate
from vendors.levels import HIGHEST, is_valid
from vendors.models import LevelCheck, Vendor
from vendors.views.blueprint import bp
from vendors.views.shipping import SHIPPING_KINDS
from vendors.views.words import (
    capability_words,
    hours_now,
    kind_word,
    level_word,
    method_word,
    scheme_word,
    scope_words,
    term_words,
)

SIZE = 50
FIRST_PRODUCTS = 10
"""Products before what was checked; the others stand on a page of their own."""
PRODUCTS = 50


def _ship_to() -> str:
    viewer = current_viewer()
    return session.get("ship_to") or (viewer.ship_to_country if viewer else None) or policy.current().platform_country


def _keys(viewer: Viewer | None, ship_to: str) -> frozenset[str]:
    """What the reader may see, also as a member of the vendors' groups of buyers."""
    company_id = viewer.company_id if viewer else None
    return keys_of(company_id, ship_to) | pricing.segment_keys(company_id)


@bp.get("/shops")
@public
def list_shops() -> str:
    """All vendors that are seen, by name; by country."""
    country = request.args.get("country", "")[:2].upper() or None
    countries = queries.shop_countries()
    if country not in {code for code, _n in countries}:
        country = None
    found = queries.shops(country=country, after=request.args.get("after") or None, limit=SIZE + 1)
    shown = found[:SIZE]
    return render_template(
        "vendors/list_shops.html",
        shops=shown,
        facts=queries.facts_of([v.id for v in shown]),
        scores=reviews.score_of_vendors([v.id for v in shown]),
        no_score=NO_SCORE,
        kind_word=kind_word,
        countries=countries,
        country=country,
        total=sum(n for _country, n in countries),
        after=shown[-1].slug if len(found) > SIZE else None,
        ship_to=_ship_to(),
        compare_url=page_url("search.compare"),
        compare_limit=policy.current().compare_limit,
    )


@bp.get("/shops/<slug>")
@public
def show_shop(slug: str) -> str:
    """Who sells, what was checked, on which terms, and what there is."""
    vendor = queries.vendor_by_slug(slug)
    viewer = current_viewer()
    company = accounts.company_by_id(vendor.id)
    ship_to = _ship_to()
    today = clock.now().date()
    methods = queries.shipping_methods(vendor.id)
    facts = queries.facts_of([vendor.id])[vendor.id]
    goods = shop_products(
        vendor.id,
        keys=_keys(viewer, ship_to),
        limit=FIRST_PRODUCTS,
    )
    return render_template(
        "vendors/show_shop.html",
        vendor=vendor,
        company=company,
        facts=facts,
        kind=kind_word(vendor.kind),
        level_word=level_word(facts.level),
        spoken=gettext(", ").join(map(language, vendor.languages)),
        hours=hours_now(vendor, company.time_zone),
        levels=_levels(vendor),
        certificates=[
            (scheme_word(c.scheme), c, scope_words(c)) for c in queries.certificates_of(vendor.id) if is_valid_certificate(c, today)
        ],
        best=capability_words(vendor.capabilities),
        terms=term_words(vendor.terms),
        samples=quality.has_samples(vendor.id),
        on_time=quality.on_time(vendor.id),
        kinds={kind.value: gettext(word) for kind, word in SHIPPING_KINDS.items()},
        methods=methods,
        countries=countries_of(methods),
        ship_to=ship_to,
        returns=vendor.returns,
        goods=goods,
        score=reviews.score_of_vendors([vendor.id]).get(vendor.id, NO_SCORE),
        reviews=reviews.reviews_of_vendor(vendor.id, limit=5),
    )


@bp.get("/shops/<slug>/products")
@public
def list_shop_products(slug: str) -> str:
    """All products of a shop that this reader may see, the newest first."""
    vendor = queries.vendor_by_slug(slug)
    viewer = current_viewer()
    goods = shop_products(
        vendor.id,
        keys=_keys(viewer, _ship_to()),
        limit=PRODUCTS,
        after=request.args.get("after") or None,
    )
    facts = queries.facts_of([vendor.id])[vendor.id]
    return render_template("vendors/list_shop_products.html", vendor=vendor, goods=goods, facts=facts)


def _levels(vendor: Vendor) -> list[tuple[int, LevelCheck | None, str]]:
    """(level, the check that is valid today or None, how it was checked) from 4 down to 1."""
    today = clock.now().date()
    valid: dict[int, LevelCheck] = {}
    for check in queries.level_checks_of(vendor.id):
        if is_valid(check, today):
            valid.setdefault(check.level, check)
    return [(n, valid.get(n), method_word(valid[n].method) if n in valid else "") for n in range(HIGHEST, 0, -1)]
