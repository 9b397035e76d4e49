"""What a web process makes before its doors open: a page of each kind, noticed by nobody."""

from flask import Flask

from marketplace import first_pages
from marketplace.core.i18n import LOCALES
from marketplace.quality import views as looks
from search.views import trail
from tests.factories.catalogue import make_category, make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow


def test_a_page_of_each_kind_is_made_and_nobody_is_noticed(app: Flask, index_now: IndexNow) -> None:
    product = make_product(make_vendor(), category=make_category(slug="hex-bolts"))
    index_now(product)
    trail.notes.take()
    looks.counter.take()

    made = first_pages.make(app)

    kinds = ["/", "/categories/hex-bolts", "/search?q=hex+bolts", "/search/suggest?q=hex+bolts", f"/products/{product.slug}"]
    assert made == kinds * len(LOCALES)
    assert trail.notes.take() == ([], [])
    assert not looks.counter.take()


def test_an_empty_marketplace_has_its_front_page(app: Flask) -> None:
    assert first_pages.make(app) == ["/"] * len(LOCALES)
