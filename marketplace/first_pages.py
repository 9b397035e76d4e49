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
CATEGORY = re.compile(r'(?<=href=")/categories/([^"?#/]+)(?=")')
PRODUCT = re.compile(r'(?<=href=")/products/[^"?#]+')


def make(app: Flask) -> list[str]:
    """Make a page of each kind that visitors see first, in every language; returns their addresses.

    What is away yet, be it database, index or goods, makes fewer of them and stops no start.
    """
    began = perf_counter()
    client = app.test_client(use_cookies=False)
    paths = [path for locale in LOCALES for path in _visit(client, locale)]
    log.info("first_pages", pages=len(paths), seconds=round(perf_counter() - began, 2))
    return paths


def _visit(client: FlaskClient, locale: str) -> Iterator[str]:
    """Go as visitors go, from the front page on; the address of each page that was made."""
    category = CATEGORY.search(_page(client, "/", locale))
    yield "/"
    if category is not None:
        words = quote_plus(category[1].replace("-", " "))
        product = PRODUCT.search(_page(client, category[0], locale))
        yield category[0]
        for path in (f"/search?q={words}", f"/search/suggest?q={words}", *([product[0]] if product else [])):
            _page(client, path, locale)
            yield path


def _page(client: FlaskClient, path: str, locale: str) -> str:
    with client.get(path, headers={"Accept-Language": TAGS[locale]} | NOBODY) as answer:
        return answer.get_data(as_text=True)
