"""The next tier on a product's page counts what already lies in this buyer's cart, as the cart itself does. Source: product.md §3, §4."""

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.catalogue.models import Product
from marketplace.core.db import db
from tests.carts.lists import asked, buyer, text_of
from tests.conftest import count_queries
from tests.factories.catalogue import make_variant
from tests.factories.orders import Trade, fill_cart

TIERS = ((1_000, 49_800), (5_000, 42_100), (10_000, 38_100))
BOLT: dict[str, Any] = {"tiers": TIERS, "minimum": 1_000, "increment": 500, "stock": 20_000}
pytestmark = pytest.mark.usefixtures("app")


def page_of(client: FlaskClient, trade: Trade, quantity: int) -> str:
    """The first product's page at a quantity."""
    product = db.session.get_one(Product, trade.variants[0].product_id)
    return " ".join(text_of(client, f"/products/{product.slug}?quantity={quantity}").split())


def test_what_lies_in_the_cart_is_counted(client: FlaskClient) -> None:
    trade = buyer(client, **BOLT)
    alone = page_of(client, trade, 1_500)
    fill_cart(trade, (3_000,))

    shown = page_of(client, trade, 1_500)

    assert "3,500 pcs more reach 0.0421." in alone
    assert "in your cart" not in alone
    assert "500 pcs more reach 0.0421." in shown
    assert "3,500 pcs more" not in shown
    assert "The 3,000 pcs in your cart are counted." in shown


def test_a_tier_that_is_reached_together_is_said_and_so_is_the_next(client: FlaskClient) -> None:
    trade = buyer(client, **BOLT)
    fill_cart(trade, (4_000,))

    shown = page_of(client, trade, 2_000)
    last = page_of(client, trade, 6_000)

    assert "With the 4,000 pcs in your cart it is 0.0421." in shown
    assert "4,000 pcs more reach 0.0381." in shown
    assert "With the 4,000 pcs in your cart it is 0.0381." in last
    assert "more reach" not in last


def test_goods_of_one_mix_group_are_counted_and_others_and_samples_are_not(client: FlaskClient) -> None:
    trade = buyer(client, vendors=2, **BOLT, mix_group="A2")
    first, other_vendor = trade.variants
    product = db.session.get_one(Product, first.product_id)
    mixed, alone = (make_variant(product, sku=sku, mix_group=group, **BOLT) for sku, group in (("A2-M10", "A2"), ("A4-M8", None)))
    db.session.commit()

    fill_cart(replace(trade, variants=(mixed, alone, other_vendor)), (2_000, 2_500, 3_000))

    assert "2,000 pcs more reach 0.0421. The 2,000 pcs in your cart are counted." in page_of(client, trade, 1_000).replace("</b>", "")


def test_it_takes_no_further_statement(client: FlaskClient) -> None:
    trade = buyer(client, vendors=2, **BOLT)
    fill_cart(replace(trade, variants=trade.variants[1:]), (1_000,))
    page_of(client, trade, 1_000)
    with count_queries() as without:
        assert "in your cart are counted" not in page_of(client, trade, 1_000)
    fill_cart(trade, (3_000,))
    page_of(client, trade, 1_000)

    with count_queries() as held:
        assert "in your cart are counted" in page_of(client, trade, 1_000)

    assert len(asked(held)) == len(asked(without))
