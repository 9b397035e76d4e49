"""What is in stock, and how long it takes, at the buyer's quantity."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from search.queries.rows import Bands, promised
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import count_of, page, skus

IndexNow = Callable[..., int]


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
    assert promised(bands, available, later) == expected


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
