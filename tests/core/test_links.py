"""Addresses built from patterns are those that the router builds."""

from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import flask
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.core import links

TEXTS = st.one_of(st.sampled_from(["abc-1", "a b/c?&#é中", "%20+~", "x"]), st.text(min_size=1, max_size=8))
VALUES = st.one_of(st.none(), TEXTS, st.integers(0, 9), st.lists(TEXTS, max_size=3), st.just(UUID(int=7)))


def answer(build: Any, endpoint: str, values: dict[str, Any]) -> str:
    """What a builder says, or what it refuses with."""
    try:
        return str(build(endpoint, **values))
    except Exception as refusal:  # noqa: BLE001 - both must refuse alike, whatever it is
        return type(refusal).__name__


@settings(max_examples=30, deadline=None)
@given(parts=st.lists(TEXTS, min_size=4, max_size=4), asked=st.dictionaries(st.sampled_from(["q", "page", "a.b"]), VALUES, max_size=3))
def test_every_address_is_the_routers(shared_app: Flask, parts: list[str], asked: dict[str, Any]) -> None:
    with shared_app.test_request_context("/x?y=1"):
        for rule in shared_app.url_map.iter_rules():
            values = dict(zip(sorted(rule.arguments), parts, strict=False)) | asked

            assert answer(links.url_for, rule.endpoint, values) == answer(flask.url_for, rule.endpoint, values), rule


@pytest.mark.parametrize("more", [{"_external": True}, {"_anchor": "top"}, {"_scheme": "https", "_external": True}])
def test_what_is_more_than_a_path_is_left_to_the_router(shared_app: Flask, more: dict[str, Any]) -> None:
    with shared_app.test_request_context("/"):
        assert links.url_for("search.results", q="a b", **more) == flask.url_for("search.results", q="a b", **more)


def test_an_address_stands_below_the_place_where_the_application_is_mounted(shared_app: Flask) -> None:
    with shared_app.test_request_context("/", environ_overrides={"SCRIPT_NAME": "/shop"}):
        assert links.url_for("search.results", q="nut") == flask.url_for("search.results", q="nut") == "/shop/search?q=nut"


def test_a_query_is_changed_without_losing_the_rest(shared_app: Flask) -> None:
    with shared_app.test_request_context("/search?q=a+b&cat=x&cat=y&page=3"):
        query = links.query_string({"page": 4, "cat": ["z", "é &"], "lang": None}, [])

    assert parse_qsl(query) == [("q", "a b"), ("page", "4"), ("cat", "z"), ("cat", "é &")]


def test_the_address_of_a_file_carries_its_digest(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context("/"):
        address = links.static_url("style.css")

    with client.get(address) as response:
        assert response.status_code == 200
    assert len(address.partition("?v=")[2]) == 10
