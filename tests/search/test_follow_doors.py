"""The way to following for somebody who has not logged in yet, and the way back to where they were."""

import html
import re
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from marketplace.core.db import db
from search.watching.models import Follow
from tests.factories.accounts import PASSWORD, make_company, make_member
from tests.factories.catalogue import make_category, make_product
from tests.factories.vendors import make_vendor
from tests.search.following import a_buyer, listed
from tests.search.reading import page


@pytest.mark.parametrize("kind", ["vendor", "product", "category"])
def test_a_visitor_follows_by_way_of_the_log_in_and_is_back_where_they_were(client: FlaskClient, kind: str) -> None:
    category, vendor = make_category(name="Hinges"), make_vendor(name="Qianzhu")
    product = listed(vendor, category=category, title="Brass hinge", sku="HINGE-1")
    person = make_member(make_company())
    place = {
        "vendor": f"/shops/{vendor.slug}", "product": f"/products/{product.slug}?variant=HINGE-1", "category": f"/categories/{category.slug}"
    }[kind]  # fmt: skip
    name = {"vendor": "Qianzhu", "product": "Brass hinge", "category": "Hinges"}[kind]

    answer = client.get(place)
    link = re.search(r'<a class="btn btn-plain" href="(/follows/new[^"]+)"', answer.get_data(as_text=True))
    assert link, "a visitor sees the button, too"
    assert "Set-Cookie" not in answer.headers, "who only looks has no session"
    asks = client.get(html.unescape(link[1]))
    assert asks.location.startswith("/log-in?next=")
    target = re.search(r'name="next" value="([^"]+)"', client.get(asks.location).get_data(as_text=True))
    assert target
    entered = client.post("/log-in", data={"email": person.email, "password": PASSWORD, "next": html.unescape(target[1])})
    text = page(client, entered.location)
    assert f"Follow {name}?" in text
    form = re.search(r'<form class="stack" method="post" action="/follows">.*?</form>', text, re.DOTALL)
    assert form
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
    followed = client.post("/follows", data={key: html.unescape(value) for key, value in fields.items()})

    assert followed.location == place
    assert "Stop following" in page(client, place)
    again = client.get(html.unescape(link[1]))
    assert again.location == place, "who follows it already is asked nothing"


def test_what_cannot_be_seen_is_not_asked_about(client: FlaskClient) -> None:
    hidden = make_product(make_vendor(), visibility=[f"company:{uuid4()}"])
    a_buyer(client)

    for kind, key in (("product", hidden.id), ("vendor", uuid4()), ("planet", hidden.id), ("vendor", "x")):
        assert client.get(f"/follows/new?kind={kind}&subject_id={key}").status_code == 404
    assert db.session.query(Follow).count() == 0


def log_in_link(client: FlaskClient, place: str) -> str:
    found = re.search(r'<a href="(/log-in[^"]*)">', client.get(place).get_data(as_text=True))
    assert found
    return html.unescape(found[1])


def test_the_log_in_of_the_header_leads_back_to_the_page(client: FlaskClient) -> None:
    person = make_member(make_company())

    link = log_in_link(client, "/shops?country=SE&after=a+b")
    entered = client.post(link, data={"email": person.email, "password": PASSWORD})

    assert link == "/log-in?next=/shops?country%3DSE%26after%3Da%2Bb"
    assert entered.location == "/shops?country=SE&after=a+b"


def test_the_log_in_of_the_header_leads_nowhere_else(client: FlaskClient) -> None:
    assert log_in_link(client, "/") == "/log-in", "everybody has a home of their own"
    assert log_in_link(client, "/forgot-password") == "/log-in"
