"""The first pages of a web process, made before its doors open and shown to nobody.

A process that has made no page yet has compiled no statement and no template, opened no index and read no language: its first pages take
ten to thirty times as long as all others, and whoever comes first after a start would wait for them.
"""

import re
from collections.abc import Iterator
from time import perf_counter
from urllib.parse import quote_plus

import structlog
from flask import Flask
from flask.testing import FlaskClient

from marketplace.core.i18n import LOCALES, TAGS

log = structlog.get_logger()
NOBODY = {"User-Agent": "millgate-bot"}
"""Programs that say what they are count as nobody's search and nobody's look at a product (`core/robots.py`)."""
CATEGORY = re.compile(r'href="/categories/([^"?#/]+)"')
PRODUCT = re.compile(r'href="(/products/[^"?#]+)')


def make(app: Flask) -> list[str]:
    """Make a page of each kind that visitors see first, in every language; returns their addresses.

    What is away yet, be it database, index or goods, makes fewer of them and stops no start.
    """
    began = perf_counter()
    client = app.test_client(use_cookies=False)
    paths = list(_kinds(client))
    for locale in LOCALES:
        for path in paths:
            _page(client, path, locale)
    log.info("first_pages", kinds=len(paths), seconds=round(perf_counter() - began, 2))
    return paths


def _kinds(client: FlaskClient) -> Iterator[str]:
    """The address of a page of each kind, found as visitors find them: from the front page on."""
    yield "/"
    category = CATEGORY.search(_page(client, "/"))
    if category is not None:
        yield f"/categories/{category[1]}"
        words = quote_plus(category[1].replace("-", " "))
        yield f"/search?q={words}"
        yield f"/search/suggest?q={words}"
        product = PRODUCT.search(_page(client, f"/categories/{category[1]}"))
        if product is not None:
            yield product[1]


def _page(client: FlaskClient, path: str, locale: str = "en") -> str:
    with client.get(path, headers={"Accept-Language": TAGS[locale]} | NOBODY) as answer:
        return answer.get_data(as_text=True)
