"""A kit is bought only while each of its parts can be: the page and the cart say which one is missing. Source: product.md §3."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from marketplace.carts import services
from marketplace.carts.errors import NotForSale
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.models import Product, ProductState, Variant
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.pricing import queries as pricing
from tests.carts.lists import asked, buyer, text_of
from tests.conftest import count_queries
from tests.factories.catalogue import make_kit, make_product, only_variant
from tests.factories.orders import Trade, fill_cart

pytestmark = pytest.mark.usefixtures("app")
MISSING = "Its part BOLT-1 is not on sale at the moment, so this kit cannot be ordered."
Change = Callable[[Trade, Variant], None]


def product_of(variant: Variant) -> Product:
    return db.session.get_one(Product, variant.product_id)


def kit_of(trade: Trade, **fields: object) -> Variant:
    """The trade's product becomes a kit of a bolt and a nut, and the bolt is returned."""
    bolt, nut = (only_variant(make_product(trade.vendors[0], sku=sku, stock=900, **fields)) for sku in ("BOLT-1", "NUT-1"))  # type: ignore[arg-type]
    make_kit(trade.variants[0], {bolt: 10, nut: 10})
    db.session.commit()
    return bolt


def pause(trade: Trade, part: Variant) -> None:
    with transaction():
        catalogue.pause_product(part.product_id, actor=trade.seller())


def retire(trade: Trade, part: Variant) -> None:
    with transaction():
        catalogue.retire_product(part.product_id, actor=trade.seller())


def review(_: Trade, part: Variant) -> None:
    product_of(part).state = ProductState.CHECKING
    db.session.commit()


def take_down(_: Trade, part: Variant) -> None:
    product_of(part).state = ProductState.REFUSED
    db.session.commit()


def end(_: Trade, part: Variant) -> None:
    part.last_time_buy_on = clock.now().date() - timedelta(days=1)
    db.session.commit()


@pytest.mark.parametrize("change", [pause, retire, review, take_down, end])
def test_a_kit_whose_part_cannot_be_bought_cannot_be_bought(client: FlaskClient, change: Change) -> None:
    trade = buyer(client)
    bolt = kit_of(trade)
    kit = trade.variants[0]
    page = f"/products/{product_of(kit).slug}"
    assert "Add 1 pc to cart" in text_of(client, page)
    fill_cart(trade, (5,))

    change(trade, bolt)

    shown = text_of(client, page)
    assert MISSING in shown
    assert "to cart</button>" not in shown
    assert MISSING in text_of(client, "/cart")
    with pytest.raises(NotForSale) as refused, transaction():
        services.add_line(kit.id, quantity=Decimal(1), ship_to="SE", actor=trade.actor)
    assert refused.value.text == MISSING
    basket = pricing.price_lines([(kit.id, 5)], buyer_id=trade.buyer.id, ship_to="SE")
    assert [(problem.code, problem.variant_id) for problem in basket.problems] == [("part_not_sold", kit.id)]


def test_a_part_that_is_sold_again_sells_its_kit_again(client: FlaskClient) -> None:
    trade = buyer(client)
    bolt = kit_of(trade)
    pause(trade, bolt)
    with transaction():
        catalogue.resume_product(bolt.product_id, actor=trade.seller())

    assert "Add 1 pc to cart" in text_of(client, f"/products/{product_of(trade.variants[0]).slug}")


def test_a_part_that_only_others_may_see_or_that_is_short_does_not_stop_a_kit_that_is_there(client: FlaskClient) -> None:
    trade = buyer(client)
    bolt = kit_of(trade)
    product_of(bolt).visibility = [f"company:{trade.vendors[0].id}"]
    db.session.commit()

    assert "Add 1 pc to cart" in text_of(client, f"/products/{product_of(trade.variants[0]).slug}")
    basket = pricing.price_lines([(trade.variants[0].id, 91)], buyer_id=trade.buyer.id, ship_to="SE")
    assert [problem.code for problem in basket.problems] == ["out_of_stock"]


def test_several_kits_are_looked_at_in_one_statement(client: FlaskClient) -> None:
    trade = buyer(client, vendors=3)
    kit_of(trade)
    others = [only_variant(make_product(vendor, sku=f"P-{n}")) for n, vendor in enumerate(trade.vendors[1:])]
    wanted = [(variant.id, 1) for variant in trade.variants]
    pricing.price_lines(wanted, buyer_id=trade.buyer.id, ship_to="SE")
    with count_queries() as one:
        pricing.price_lines(wanted, buyer_id=trade.buyer.id, ship_to="SE")
    for kit, part in zip(trade.variants[1:], others, strict=True):
        make_kit(kit, {part: 2})
    db.session.commit()
    pricing.price_lines(wanted, buyer_id=trade.buyer.id, ship_to="SE")

    with count_queries() as three:
        pricing.price_lines(wanted, buyer_id=trade.buyer.id, ship_to="SE")

    assert len(asked(three)) == len(asked(one))
