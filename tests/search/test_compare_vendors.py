"""The ways to a comparison of vendors, and its link for others."""

import html
import re

from flask.testing import FlaskClient

from marketplace.core.db import db
from search.queries import forget_vendors
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page


def test_vendors_are_ticked_in_their_list_and_stand_side_by_side(client: FlaskClient, index_now: IndexNow) -> None:
    first, second = make_vendor(name="Norrvik"), make_vendor(name="Pallwerk")
    db.session.flush()
    forget_vendors()

    text = page(client, "/shops")

    assert '<form action="/compare" id="compare-vendors"><input type="hidden" name="vendor" value=""></form>' in text
    for vendor in (first, second):
        assert f'<input type="checkbox" name="vendor" value="{vendor.slug}" form="compare-vendors">' in text
    assert 'form="compare-vendors">Compare</button>' in text
    assert "Compare 2 vendors" in page(client, f"/compare?vendor=&vendor={first.slug}&vendor={second.slug}")


def test_without_a_tick_the_comparison_of_vendors_asks_for_them(client: FlaskClient, index_now: IndexNow) -> None:
    text = page(client, "/compare?vendor=")

    assert "No vendor to compare yet" in text
    assert 'href="/shops"' in text[text.index("No vendor to compare yet") :]


def test_a_shop_and_the_empty_comparison_lead_to_a_comparison_of_vendors(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor(name="Norrvik")
    db.session.flush()
    forget_vendors()

    assert f'href="/compare?vendor={vendor.slug}"' in page(client, f"/shops/{vendor.slug}")
    empty = page(client, "/compare")
    assert re.search(r'href="/shops">Compare vendors</a>', empty[empty.index("Nothing to compare yet") :])


def test_a_comparison_of_vendors_has_a_link_for_others_that_changes_nothing_for_them(client: FlaskClient, index_now: IndexNow) -> None:
    vendors = [make_vendor(name="Norrvik"), make_vendor(name="Pallwerk")]
    db.session.flush()
    forget_vendors()
    chosen = "&".join(f"vendor={vendor.slug}" for vendor in vendors)

    link = re.search(r'id="share" readonly value="([^"]+)"', page(client, f"/compare?{chosen}&ship_to=DE"))

    assert link
    address = html.unescape(link[1]).removeprefix("http://localhost")
    assert address == f"/compare?{chosen}&ship_to=DE&shared=1"
    other = client.application.test_client()
    page(other, "/compare?vendor=&ship_to=FR")
    shared = page(other, address)
    assert "Ships to Germany" in shared
    assert 'id="share"' not in shared
    assert "Ships to France" in page(other, f"/compare?{chosen}"), "the reader's own place is as before"
