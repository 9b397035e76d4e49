"""The search server is away, silent, wrong or old: categories come from the database and say so, and search says that it is down."""

import socket
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from marketplace.catalogue.models import ProductState
from marketplace.core.db import db
from tests.factories.catalogue import make_category, make_product
from tests.factories.vendors import make_vendor
from tests.resiliency.conftest import asked
from tests.search.reading import page, skus

SearchAt = Callable[[int], None]


@pytest.fixture(params=["closed_port", "silent_port", "babbling_port", "refusing_port"])
def broken(request: pytest.FixtureRequest, search_at: SearchAt) -> str:
    """A search server that is down, slow, another program, or that refuses us."""
    search_at(request.getfixturevalue(request.param))
    return str(request.param)


def test_a_category_comes_from_the_database_and_says_so(client: FlaskClient, broken: str) -> None:
    category = make_category(slug="hex-bolts")
    make_product(make_vendor(), category=category, sku="QZ-1")

    text = page(client, "/categories/hex-bolts")

    assert skus(text) == ["QZ-1"], broken
    assert "Search is down" in text


def test_search_says_that_it_is_down_and_leads_to_the_categories(client: FlaskClient, broken: str) -> None:
    make_category(slug="hex-bolts")

    text = page(client, "/search?q=bolt")

    assert "Search is down" in text, broken
    assert "/categories/hex-bolts" in text


@pytest.mark.parametrize("path", ["/", "/categories"])
def test_pages_that_only_count_with_the_index_are_shown_without(client: FlaskClient, broken: str, path: str) -> None:
    assert client.get(path).status_code == 200, broken


def test_a_silent_server_is_waited_for_a_few_times_only(
    client: FlaskClient, silence: socket.socket, silent_port: int, search_at: SearchAt
) -> None:
    search_at(silent_port)
    for _ in range(5):
        page(client, "/search?q=bolt")
    assert asked(silence) > 0

    page(client, "/search?q=bolt")

    assert asked(silence) == 0


def test_readiness_says_that_search_is_down_and_stays_ready(client: FlaskClient, broken: str) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200, broken
    assert answer.json is not None
    assert "Search is down" in answer.json["parts"]["search"]


def test_what_an_old_index_still_finds_is_not_shown(client: FlaskClient, index_now: Callable[..., int]) -> None:
    product = make_product(make_vendor(), sku="QZ-1")
    index_now(product)
    product.state = ProductState.PAUSED
    db.session.flush()

    assert skus(page(client, "/search?q=bolt")) == []
