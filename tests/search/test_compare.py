"""The compare page: side by side at my quantity, walls, and what is unknown."""

import re
from uuid import uuid4

from flask.testing import FlaskClient

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.ids import new_id
from marketplace.pricing.models import TaxRate
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import make_attribute, make_category, make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, variant_of


def test_compare_shows_offers_side_by_side_and_unknown_as_unknown(client: FlaskClient, index_now: IndexNow) -> None:
    category = make_category()
    make_attribute(category, code="material", name="Material")
    mine = make_product(
        make_vendor(name="Qianzhu"),
        category=category,
        sku="QZ-1",
        tiers=[(1, 2_000_000)],
        attributes={"material": {"v": "A2", "unit": None}},
    )
    other = make_product(make_vendor(name="Pallwerk", with_shipping=False), category=category, sku="PW-1", tiers=[(1, 1_000_000)])
    chosen = "&".join(f"variant={variant_of(product).id}" for product in (mine, other))

    text = page(client, f"/compare?{chosen}&quantity=100")

    assert "Compare 2 offers" in text
    assert "EUR\u00a0200.00" in text
    assert "EUR\u00a0100.00" in text
    assert re.search(
        r'<th scope="row" class="stick">Freight to [^<]*</th><td[^>]*><span class="fig">[^<]*</span></td><td[^>]*><span class="unknown">',
        text,
    )
    assert re.search(r'<th scope="row" class="stick">Material</th><td[^>]*>A2</td><td[^>]*><span class="unknown">', text)


def test_compare_takes_six_and_says_what_it_left_out(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    products = [make_product(vendor, sku=f"P-{n}") for n in range(7)]
    chosen = "&".join(f"variant={variant_of(product).id}" for product in products)

    text = page(client, f"/compare?{chosen}&variant={uuid4()}")

    assert "Compare 6 offers" in text
    assert "P-6" not in text
    assert "At most 6 offers" in text


def test_compare_hides_what_the_reader_may_not_see(client: FlaskClient, index_now: IndexNow) -> None:
    secret = make_product(make_vendor(), sku="SECRET-1", visibility=[f"company:{uuid4()}"])

    text = page(client, f"/compare?variant={variant_of(secret).id}")

    assert "SECRET-1" not in text
    assert "not for sale to you" in text


def test_a_buyer_puts_a_compared_offer_into_the_cart(client: FlaskClient, index_now: IndexNow) -> None:
    buyer = make_company()
    day = clock.now().date()
    db.session.add(TaxRate(id=new_id(), country="SE", region="", tax_class="standard", rate_bp=2_500, valid_from=day, is_example=True))
    variant_id = variant_of(make_product(make_vendor(), minimum=100, increment=50)).id
    assert "Add 150" not in page(client, f"/compare?variant={variant_id}&quantity=120")

    log_in(client, make_member(buyer), buyer)
    text = page(client, f"/compare?variant={variant_id}&quantity=120")

    assert "Add 150" in text, "rounded up to what is sold"
    answer = client.post("/cart/lines", data={"variant_id": str(variant_id), "quantity": "150", "next": "/compare"})
    assert answer.status_code == 303


def test_rows_that_do_not_differ_can_be_left_out(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    a, b = make_product(vendor, tiers=[(1, 2_000_000)]), make_product(vendor, tiers=[(1, 1_000_000)])
    chosen = f"variant={variant_of(a).id}&variant={variant_of(b).id}"

    assert "Country" in page(client, f"/compare?{chosen}")
    assert ">Country<" not in page(client, f"/compare?{chosen}&differ=1")
