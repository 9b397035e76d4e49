"""Views are counted first-party, without personal data, and written behind the page."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.quality import queries, views
from marketplace.quality.models import ProductViewDay
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member, make_operator
from tests.factories.catalogue import make_product
from tests.factories.orders import make_order
from tests.factories.vendors import make_vendor

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"}


@pytest.fixture(autouse=True)
def _empty(app: Flask) -> Iterator[None]:
    views.counter.take()
    yield
    views.counter.take()


def counted(app: Flask) -> list[tuple[str, int]]:
    views.write_views(app)
    db.session.expire_all()
    return [(str(row.product_id), row.views) for row in db.session.query(ProductViewDay).order_by(ProductViewDay.views)]


def test_views_add_up_day_by_day(app: Flask, client: FlaskClient) -> None:
    product = make_product(make_vendor())
    db.session.commit()

    for _ in range(3):
        client.get(f"/products/{product.slug}", headers=BROWSER)
    first = counted(app)
    client.get(f"/products/{product.slug}", headers=BROWSER)

    assert first == [(str(product.id), 3)]
    assert counted(app) == [(str(product.id), 4)]
    assert db.session.query(ProductViewDay).one().day == clock.now().date()


def test_a_page_writes_nothing_while_it_is_made(app: Flask, client: FlaskClient) -> None:
    product = make_product(make_vendor())
    db.session.commit()

    with count_queries() as statements:
        client.get(f"/products/{product.slug}", headers=BROWSER)

    assert not [statement for statement in statements if "product_view_days" in statement]


@pytest.mark.parametrize("agent", ["Googlebot/2.1", "curl/8.5", "python-requests/2.34", "HeadlessChrome/140 Lighthouse"])
def test_programs_that_say_what_they_are_do_not_count(app: Flask, client: FlaskClient, agent: str) -> None:
    product = make_product(make_vendor())
    db.session.commit()

    client.get(f"/products/{product.slug}", headers={"User-Agent": agent})
    client.get(f"/products/{product.slug}", headers=BROWSER | {"Sec-Purpose": "prefetch"})
    client.get("/products/no-such-thing-abcdef", headers=BROWSER)

    assert counted(app) == []


def test_the_vendors_own_people_and_staff_do_not_count(app: Flask, client: FlaskClient) -> None:
    vendor = make_vendor()
    product = make_product(vendor)
    own = db.session.get_one(Company, vendor.id)
    log_in(client, make_member(own), own)
    client.get(f"/products/{product.slug}", headers=BROWSER)
    operator, admin = make_operator()
    log_in(client, admin, operator)
    client.get(f"/products/{product.slug}", headers=BROWSER)
    rival = make_company(is_vendor=True)
    log_in(client, make_member(rival), rival)
    client.get(f"/products/{product.slug}", headers=BROWSER)

    assert counted(app) == [(str(product.id), 1)]


def test_the_funnel_counts_views_carts_and_orders(app: Flask, client: FlaskClient) -> None:
    trade, _ = make_order()
    product = db.session.get_one(type(make_product(make_vendor())), trade.variants[0].product_id)
    db.session.commit()
    for _ in range(4):
        client.get(f"/products/{product.slug}", headers=BROWSER)
    views.write_views(app)

    funnel = queries.funnel(trade.vendors[0].id)
    table, query = queries.goods_figures(trade.vendors[0].id)
    row = table.page(query, table.read({})).rows[0]

    assert (funnel.views, funnel.carts, funnel.orders) == (4, 1, 1)
    assert (row.sku, row.views, row.carts, row.orders) == (trade.variants[0].sku, 4, 1, 1)
    assert table.page(query, table.read({"q": row.sku.lower()})).rows[0].id == row.id
    assert sum(views for _, views in queries.views_by_day(trade.vendors[0].id)) == 4


def test_counts_of_a_product_that_is_gone_are_dropped(app: Flask) -> None:
    views.counter.add("zzzzzz", clock.now().date(), None)

    assert counted(app) == []
