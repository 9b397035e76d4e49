"""What is in stock, and how long it takes, at the buyer's quantity."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from marketplace.catalogue.models import Supply
from search.lead_times import FAR, MANY, Bands, from_minimum, from_stock, in_order, made
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import count_of, page, skus

IndexNow = Callable[..., int]
YEARS = FAR + 30 * MANY // 100
"""What the index holds of more than five months of a capacity of 100."""


@pytest.mark.parametrize(
    ("bands", "available", "later", "expected"),
    [
        (((None, 2),), 10, None, ((10, 2),)),
        (((None, 2),), 0, None, ()),
        (((5, 2), (None, 9)), 10, None, ((5, 2), (10, 9))),
        (((5, 2), (None, 9)), 5, None, ((5, 2),)),
        (((None, 9), (5, 2)), 3, None, ((3, 2),)),
        (((None, 2),), 10, 14, ((10, 2), (None, 16))),
        (((None, None),), 10, 14, ((10, None), (None, None))),
        (((5, 2), (None, 9)), 0, 14, ((5, 16), (None, 23))),
    ],
)
def test_what_lies_in_stock_is_promised_as_far_as_it_goes(bands: Bands, available: int, later: int | None, expected: Bands) -> None:
    assert from_stock(in_order(bands), available, later) == expected


@pytest.mark.parametrize(
    ("bands", "month", "expected"),
    [
        (((None, 7),), 100, ((100, 7), (200, 37), (300, 67), (400, 97), (500, 127), (None, YEARS + 7))),
        (((50, 7), (None, 10)), 100, ((50, 7), (100, 10), (200, 40), (300, 70), (400, 100), (None, YEARS + 10))),
        (((600, 7),), 100, ((100, 7), (200, 37), (300, 67), (400, 97), (500, 127), (600, 157))),
        (((601, 7),), 100, ((100, 7), (200, 37), (300, 67), (400, 97), (500, 127), (601, YEARS + 7))),
        (((150, 7), (None, 10)), 100, ((100, 7), (150, 37), (200, 40), (300, 70), (400, 100), (None, YEARS + 10))),
        (((100, 7),), 100, ((100, 7),)),
        (((None, None),), 100, ((100, None), (200, None), (300, None), (400, None), (500, None), (None, None))),
    ],
)
def test_what_is_more_than_a_month_makes_is_ready_with_the_last_month(bands: Bands, month: int, expected: Bands) -> None:
    assert made(bands, month, 1) == expected


@pytest.mark.parametrize(
    ("bands", "minimum", "expected"),
    [
        (((None, 7),), 100, ((100, 7), (200, 37), (300, 67), (400, 97), (500, 127), (None, YEARS + 7))),
        (((None, 7),), 101, ((200, 37), (300, 67), (400, 97), (500, 127), (600, 157), (None, YEARS + 7))),
        (((150, 7), (None, 10)), 120, ((150, 37), (200, 40), (300, 70), (400, 100), (500, 130), (None, YEARS + 10))),
        (((150, 7), (None, 10)), 160, ((200, 40), (300, 70), (400, 100), (500, 130), (600, 160), (None, YEARS + 10))),
        (((None, 7),), 1_000, ((1_000, 277), (1_100, 307), (1_200, 337), (1_300, 367), (1_400, 397), (None, YEARS + 7))),
        (((500, 7),), 1_000, ()),
    ],
)
def test_months_begin_with_the_one_of_the_smallest_order(bands: Bands, minimum: int, expected: Bands) -> None:
    assert made(bands, 100, minimum) == expected


def test_a_smaller_quantity_takes_as_long_as_the_smallest_order() -> None:
    assert from_minimum(((5, 2), (10, 9), (None, 20)), 6) == ((10, 9), (None, 20))
    assert from_minimum(((5, 2),), 6) == ()


def test_what_is_made_is_found_by_the_lead_time_of_all_that_is_wanted(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    lead = [[None, 5, 10]]
    index_now(
        make_product(vendor, title="Brass hinge", sku="SLOW", supply=Supply.MADE_TO_ORDER, lead_time=lead, capacity_month=1_000),
        make_product(vendor, title="Brass hinge wide", sku="FAST", supply=Supply.MADE_TO_ORDER, lead_time=lead, capacity_month=50_000),
    )

    few, many = page(client, "/search?q=brass+hinge&quantity=1000&lead=14"), page(client, "/search?q=brass+hinge&quantity=1001&lead=14")

    assert (set(skus(few)), skus(many)) == ({"SLOW", "FAST"}, ["FAST"])
    assert count_of(many, "lead", "14") == 1
    assert "35–40 days" in page(client, "/search?q=SLOW&quantity=1001")
    assert skus(page(client, "/search?q=brass+hinge&quantity=2000&sort=lead_time")) == ["FAST", "SLOW"]


def test_what_takes_years_stands_behind_what_takes_months_and_before_what_is_not_stated(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    make = Supply.MADE_TO_ORDER
    index_now(
        make_product(vendor, title="Brass hinge", sku="YEARS", supply=make, lead_time=[[None, 5, 10]], capacity_month=100),
        make_product(vendor, title="Brass hinge", sku="MONTHS", supply=make, lead_time=[[None, 300, 400]]),
        make_product(vendor, title="Brass hinge", sku="SILENT", supply=make, lead_time=()),
    )

    rising = page(client, "/search?q=brass+hinge&quantity=5000&sort=lead_time")
    table = page(client, "/search/table?q=brass+hinge&quantity=5000&sort=-lead_time")

    assert skus(rising) == ["MONTHS", "YEARS", "SILENT"]
    assert re.findall(r">(YEARS|MONTHS|SILENT)</a>", table) == ["YEARS", "MONTHS", "SILENT"]
    assert "Lead 1,475–1,480 days" in rising, "the page tells the days"


def test_a_smallest_order_of_many_months_has_its_own_time(client: FlaskClient, index_now: IndexNow) -> None:
    vendor, make = make_vendor(), Supply.MADE_TO_ORDER
    index_now(
        make_product(vendor, title="Brass hinge", sku="LARGE", supply=make, lead_time=[[None, 5, 10]], capacity_month=100, minimum=1_000),
        make_product(vendor, title="Brass hinge", sku="SLOW", supply=make, lead_time=[[None, 300, 400]]),
    )

    for quantity in ("", "&quantity=1000", "&quantity=1200"):
        assert skus(page(client, f"/search?q=brass+hinge&sort=lead_time{quantity}")) == ["LARGE", "SLOW"]
    assert skus(page(client, "/search?q=brass+hinge&sort=lead_time&quantity=1400")) == ["SLOW", "LARGE"]


def test_of_what_takes_years_the_one_that_makes_less_a_month_stands_later(client: FlaskClient, index_now: IndexNow) -> None:
    vendor, make = make_vendor(), Supply.MADE_TO_ORDER
    index_now(
        *(
            make_product(vendor, title="Brass hinge", sku=sku, supply=make, lead_time=[[None, days, days]], capacity_month=month)
            for sku, days, month in (("DECADES", 5, 10), ("YEARS", 10, 100), ("LATER", 20, 100), ("MONTHS", 60, 800))
        )
    )

    assert skus(page(client, "/search?q=brass+hinge&quantity=5000&sort=lead_time")) == ["MONTHS", "YEARS", "LATER", "DECADES"]


def test_less_than_the_smallest_order_is_not_in_stock(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    index_now(
        make_product(vendor, title="Brass hinge", sku="SHORT", stock=4, minimum=5, lead_time=[[None, 1, 2]]),
        make_product(vendor, title="Brass hinge", sku="ENOUGH", stock=5, minimum=5, lead_time=[[None, 1, 2]]),
    )

    for chosen in ("stock=1", "lead=2", "stock=1&quantity=1", "lead=2&quantity=3"):
        assert skus(page(client, f"/search?q=brass+hinge&{chosen}")) == ["ENOUGH"]


def test_in_stock_and_soon_mean_all_that_is_wanted(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    lead = [[None, 1, 2]]
    index_now(
        make_product(vendor, title="Brass hinge", sku="MANY", stock=5_000, lead_time=lead),
        make_product(vendor, title="Brass hinge small", sku="FEW", stock=10, lead_time=lead),
    )

    assert len(skus(page(client, "/search?q=brass+hinge&lead=2&stock=1"))) == 2
    any_number, thousand = page(client, "/search?q=brass+hinge"), page(client, "/search?q=brass+hinge&quantity=1000")

    assert (count_of(any_number, "stock", "1"), count_of(any_number, "lead", "2")) == (2, 2)
    assert (count_of(thousand, "stock", "1"), count_of(thousand, "lead", "2")) == (1, 1)
    assert skus(page(client, "/search?q=brass+hinge&quantity=1000&stock=1")) == ["MANY"]
    assert skus(page(client, "/search?q=brass+hinge&quantity=1000&lead=2")) == ["MANY"]
