"""Goods that are open to a group of buyers: each member may find, list and order them, nobody else knows of them."""

from flask.testing import FlaskClient

from marketplace.core.db import db
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import make_product
from tests.factories.pricing import make_segment
from tests.factories.vendors import make_vendor
from tests.search.reading import variant_of


def test_goods_for_a_group_are_in_the_shop_and_the_cart_of_its_members_alone(client: FlaskClient) -> None:
    vendor, member, stranger = make_vendor(), make_company(), make_company()
    segment = make_segment(vendor, members=[member.id])
    product = make_product(vendor, sku="GROUP-1", visibility=[f"segment:{segment.id}"])
    db.session.flush()
    added = {"variant_id": str(variant_of(product).id), "quantity": "5", "_once": "a" * 32}

    log_in(client, make_member(stranger), stranger)
    assert "GROUP-1" not in client.get(f"/shops/{vendor.slug}").get_data(as_text=True)
    assert client.post("/cart/lines", data=added).status_code == 404
    log_in(client, make_member(member), member)

    assert "GROUP-1" in client.get(f"/shops/{vendor.slug}").get_data(as_text=True)
    assert client.post("/cart/lines", data=added | {"_once": "b" * 32}).status_code == 303
    assert "GROUP-1" in client.get("/cart").get_data(as_text=True)
