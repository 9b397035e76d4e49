"""What is kept to be compared when somebody looks who may not see all of it."""

import re

import pytest
from flask.testing import FlaskClient

from marketplace.catalogue.models import Product, ProductState
from marketplace.core.db import db
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import make_product
from tests.factories.reviews import make_delivered_line, make_review
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, variant_of
from tests.search.test_compare import heads


def test_a_visitor_keeps_what_is_for_his_company_until_he_has_logged_in(client: FlaskClient, index_now: IndexNow) -> None:
    company, vendor = make_company(), make_vendor()
    person = make_member(company)
    own = make_product(vendor, sku="OWN-1", visibility=[f"company:{company.id}"])
    public = make_product(vendor, sku="PUBLIC-1")

    def id_of(product: Product) -> str:
        return str(variant_of(product).id)

    client.set_cookie("compare", f"{id_of(own)}.{id_of(public)}")
    text = page(client, "/compare")

    assert heads(text) == ["PUBLIC-1"]
    assert "1 offer is not for sale to everybody, or not any more, and was left out." in text
    assert 'href="/log-in?next=/compare"' in text
    assert "OWN-1" not in text
    assert f"remove={id_of(own)}" in text, "a visitor can take it out, too"

    log_in(client, person, company)

    assert sorted(heads(page(client, "/compare"))) == ["OWN-1", "PUBLIC-1"]


def test_what_is_not_for_this_company_stays_unnamed_until_it_is_taken_out(client: FlaskClient, index_now: IndexNow) -> None:
    company, vendor = make_company(), make_vendor()
    gone = make_product(vendor, sku="GONE-1", visibility=[f"company:{make_company().id}"])
    public = make_product(vendor, sku="PUBLIC-1")
    log_in(client, make_member(company), company)
    client.set_cookie("compare", f"{variant_of(gone).id}.{variant_of(public).id}")

    page(client, "/compare")
    text = page(client, "/compare")

    assert "1 offer is not for sale to you any more" in text
    assert "GONE-1" not in text
    page(client, f"/compare?remove={variant_of(gone).id}")
    assert "any more" not in page(client, "/compare")


@pytest.mark.parametrize("reader", ["buyer", "visitor"])
def test_what_is_paused_is_named_and_stays_until_it_is_taken_out(client: FlaskClient, index_now: IndexNow, reader: str) -> None:
    company, vendor = make_company(), make_vendor(name="Qianzhu")
    paused, other = make_product(vendor, sku="PAUSED-1"), make_product(vendor, sku="OTHER-1")
    if reader == "buyer":
        log_in(client, make_member(company), company)
    ids = [str(variant_of(product).id) for product in (paused, other)]
    assert heads(page(client, f"/compare?variant={ids[0]}&variant={ids[1]}")) == ["PAUSED-1", "OTHER-1"]
    paused.state = ProductState.PAUSED
    db.session.flush()

    for _ in range(2):
        text = page(client, "/compare")
        assert heads(text) == ["OTHER-1"]
        assert "1 offer cannot be bought now" in text
        assert re.search(r"PAUSED-1 <span class=\"muted\">Qianzhu</span>: Paused by the vendor", text)
    client.get("/compare.csv")
    paused.state = ProductState.LIVE
    db.session.flush()
    assert heads(page(client, "/compare")) == ["PAUSED-1", "OTHER-1"], "back at its place"

    paused.state = ProductState.PAUSED
    db.session.flush()
    assert "PAUSED-1" not in page(client, f"/compare?remove={ids[0]}")
    paused.state = ProductState.LIVE
    db.session.flush()
    assert heads(page(client, "/compare")) == ["OTHER-1"]


def test_a_draft_is_not_named(client: FlaskClient, index_now: IndexNow) -> None:
    draft = make_product(make_vendor(), sku="DRAFT-1", state=ProductState.DRAFT)

    text = page(client, f"/compare?variant={variant_of(draft).id}")

    assert "DRAFT-1" not in text
    assert "1 offer is not for sale to everybody" in text


def test_a_visitor_takes_out_what_he_does_not_see(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    gone = str(variant_of(make_product(vendor, sku="OWN-1", visibility=[f"company:{make_company().id}"])).id)
    public = str(variant_of(make_product(vendor, sku="PUBLIC-1")).id)
    client.set_cookie("compare", f"{gone}.{public}")

    page(client, f"/compare?remove={gone}")

    assert heads(page(client, "/compare")) == ["PUBLIC-1"]
    assert "not any more" not in page(client, "/compare")


def test_the_vendors_rating_stands_under_the_vendor_and_the_products_under_the_product(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    good, plain = make_product(vendor, sku="GOOD-1"), make_product(vendor, sku="PLAIN-1")
    for _ in range(4):
        make_review(make_delivered_line(product=good), stars=5)
        make_review(make_delivered_line(product=plain), stars=2)

    text = page(client, f"/compare?variant={variant_of(good).id}&variant={variant_of(plain).id}")
    ratings = [re.findall(r'<span class="fig">([^<]+)</span>', row) for row in re.findall(r'class="stick">Rating</th>(.*?)</tr>', text)]
    groups = re.findall(r'class="group">([^<]+)<', text)

    (best, worst), of_vendor = [[float(value) for value in row] for row in ratings]
    assert best > of_vendor[0] == of_vendor[1] > worst
    assert groups[-2:] == ["Product", "Vendor"]
