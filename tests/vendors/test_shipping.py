"""A vendor's ways to ship."""

import re

import pytest
from flask.testing import FlaskClient

from marketplace.core.db import db
from tests.factories.vendors import make_shipping_method, make_vendor
from tests.vendors.portal import ROAD, enter
from vendors import queries
from vendors.models import ShippingKind, ShippingMethod


def test_a_shipping_method_keeps_grams_and_minor_units(client: FlaskClient) -> None:
    vendor = make_vendor(with_shipping=False)
    enter(client, vendor)

    for _ in range(2):
        assert client.post("/portal/shop/shipping/new", data={**ROAD, "_once": "one"}).status_code == 303

    methods = queries.shipping_methods(vendor.id)
    assert len(methods) == 1
    assert methods[0].zones == [
        {
            "zone": "north",
            "countries": ["NO", "SE"],
            "days": [2, 4],
            "bands": [{"up_to_g": 30_000, "price_minor": 1_820}, {"up_to_g": 100_000, "price_minor": 2_350}],
        }
    ]


def test_the_union_is_all_its_countries(client: FlaskClient) -> None:
    vendor = make_vendor(with_shipping=False)
    enter(client, vendor)

    client.post("/portal/shop/shipping/new", data={**ROAD, "zones-0-countries": "EU, CH"})

    countries = queries.shipping_methods(vendor.id)[0].zones[0]["countries"]
    assert len(countries) == 28
    assert {"SE", "GR", "CH"} <= set(countries)


@pytest.mark.parametrize(
    "changes",
    [
        {"zones-0-countries": "Sweden"},
        {"zones-0-countries": ""},
        {"zones-0-days_to": "1"},
        {"zones-0-kg_2": "20"},
        {"zones-0-kg_2": "30"},
        {"zones-0-price_2": ""},
        {"zones-0-kg_2": ""},
        {"zones-0-price_1": "1.001"},
        {"zones-0-kg_1": "0.0001"},
        {"zones-0-kg_1": "-1"},
        {"incoterm": "XXX"},
    ],
)
def test_a_wrong_zone_is_refused_and_everything_typed_is_kept(client: FlaskClient, changes: dict[str, str]) -> None:
    vendor = make_vendor(with_shipping=False)
    enter(client, vendor)

    response = client.post("/portal/shop/shipping/new", data={**ROAD, **changes})

    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert 'class="error"' in page
    assert 'value="公路"' in page
    assert queries.shipping_methods(vendor.id) == []


def test_a_method_has_a_name_in_one_language(client: FlaskClient) -> None:
    vendor = make_vendor(with_shipping=False)
    enter(client, vendor)

    nameless = client.post("/portal/shop/shipping/new", data={**ROAD, "name_en": "", "name_zh": ""})
    client.post("/portal/shop/shipping/new", data={**ROAD, "name_en": ""})

    assert nameless.status_code == 422
    assert 'id="name_en-error"' in nameless.get_data(as_text=True)
    (method,) = queries.shipping_methods(vendor.id)
    assert method.name == {"zh-Hans": "公路"}


def test_two_methods_of_one_vendor_bear_different_names(client: FlaskClient) -> None:
    vendor = make_vendor(with_shipping=False)
    enter(client, vendor)
    client.post("/portal/shop/shipping/new", data=ROAD)

    again = client.post("/portal/shop/shipping/new", data={**ROAD, "name_en": ROAD["name_en"].upper(), "name_zh": "铁路"})
    (method,) = queries.shipping_methods(vendor.id)
    kept = client.post(f"/portal/shop/shipping/{method.id}", data=ROAD)
    second = make_shipping_method(vendor, key="sea", position=2)
    second.name = {"en": "Sea"}
    db.session.commit()
    renamed = client.post(f"/portal/shop/shipping/{second.id}", data=ROAD)

    page = again.get_data(as_text=True)
    assert again.status_code == 409
    assert 'id="name_en-error"' in page
    assert 'id="name_zh-error"' not in page
    assert kept.status_code == 303
    assert renamed.status_code == 409


def test_weights_and_sizes_stand_in_the_form_to_the_gram(client: FlaskClient) -> None:
    """A large weight was shortened to six digits, so that saving the form as it stood moved the end of the band."""
    vendor = make_vendor(with_shipping=False)
    enter(client, vendor)
    exact = {"zones-0-kg_1": "1234.567", "zones-0-kg_2": "1000000", "zones-0-litres_2": "12345.678"}
    client.post("/portal/shop/shipping/new", data={**ROAD, **exact})
    (method,) = queries.shipping_methods(vendor.id)
    before = method.zones

    page = client.get(f"/portal/shop/shipping/{method.id}").get_data(as_text=True)
    shown = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page) for name in exact}
    client.post(f"/portal/shop/shipping/{method.id}", data={**ROAD, **{name: found[1] for name, found in shown.items() if found}})

    assert {name: found[1] for name, found in shown.items() if found} == exact
    db.session.expire_all()
    assert queries.shipping_methods(vendor.id)[0].zones == before


def test_the_summary_says_in_which_zone_and_band_a_fault_is(client: FlaskClient) -> None:
    enter(client, make_vendor(with_shipping=False))

    page = client.post("/portal/shop/shipping/new", data={**ROAD, "zones-0-kg_2": "x"}).get_data(as_text=True)

    assert "Zone 1: Band 2: up to, in kg: Write a number, such as 12.50." in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"zones-0-price_1": "\u3000"}, "price_1"),
        ({"zones-0-kg_1": ""}, "kg_1"),
        ({"zones-0-kg_2": "20"}, "kg_2"),
        ({"zones-0-kg_3": "", "zones-0-litres_3": "4", "zones-0-price_3": ""}, "litres_3"),
    ],
)
def test_a_fault_of_a_band_is_told_at_its_field(client: FlaskClient, changes: dict[str, str], field: str) -> None:
    enter(client, make_vendor(with_shipping=False))

    page = client.post("/portal/shop/shipping/new", data={**ROAD, **changes}).get_data(as_text=True)

    assert f'href="#zones-0-{field}"' in page
    assert f'id="zones-0-{field}-error"' in page


def test_a_shipping_method_is_changed_put_first_and_removed(client: FlaskClient) -> None:
    vendor = make_vendor()
    second = make_shipping_method(vendor, key="sea", position=2)
    enter(client, vendor)
    form = client.get(f"/portal/shop/shipping/{second.id}").get_data(as_text=True)

    changed = client.post(f"/portal/shop/shipping/{second.id}", data={**ROAD, "name_en": "Sea, DAP"})
    client.post(f"/portal/shop/shipping/{second.id}/prefer")
    first = queries.shipping_methods(vendor.id)[0]
    at_first = (first.id == second.id, first.name["en"])
    url = f"/portal/shop/shipping/{second.id}/remove"
    client.post(url)

    assert 'value="18.50"' in form
    assert changed.status_code == 303
    assert at_first == (True, "Sea, DAP")
    assert [method.key for method in queries.shipping_methods(vendor.id)] == ["road"]


def test_a_strangers_shipping_method_is_not_found(client: FlaskClient) -> None:
    enter(client, make_vendor())
    theirs = queries.shipping_methods(make_vendor().id)[0]

    assert client.get(f"/portal/shop/shipping/{theirs.id}").status_code == 404
    for path in ("", "/prefer", "/remove"):
        assert client.post(f"/portal/shop/shipping/{theirs.id}{path}", data=ROAD).status_code == 404
    assert db.session.get_one(ShippingMethod, theirs.id).name["en"] == "Road, DAP"


def test_a_method_can_be_free_from_a_sum_and_limit_the_size(client: FlaskClient) -> None:
    vendor = make_vendor(with_shipping=False)
    enter(client, vendor)

    client.post("/portal/shop/shipping/new", data={**ROAD, "free_from": "750", "zones-0-litres_1": "60"})
    method = queries.shipping_methods(vendor.id)[0]

    assert (method.kind, method.free_from_minor) == (ShippingKind.TABLE, 75_000)
    assert method.zones[0]["bands"][0] == {"up_to_g": 30_000, "up_to_cm3": 60_000, "price_minor": 1_820}
    assert 'value="60"' in client.get(f"/portal/shop/shipping/{method.id}").get_data(as_text=True)


@pytest.mark.parametrize("kind", ["collection", "on_request"])
def test_collection_and_on_request_need_no_prices(client: FlaskClient, kind: str) -> None:
    vendor = make_vendor(with_shipping=False)
    enter(client, vendor)

    response = client.post("/portal/shop/shipping/new", data={"name_en": "Elsewhere", "incoterm": "EXW", "kind": kind})

    assert response.status_code == 303
    assert queries.shipping_methods(vendor.id)[0].kind == kind
    assert not queries.facts_of([vendor.id])[vendor.id].ships_to


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "table", "free_from": "0"}, "free_from"),
        ({"kind": "collection"}, "zones-0-kg_1"),
        (
            {"kind": "on_request", "zones-0-kg_1": "", "zones-0-price_1": "", "zones-0-kg_2": "", "zones-0-price_2": "", "free_from": "5"},
            "free_from",
        ),
        ({"zones-0-litres_1": "0"}, "zones-0-litres_1"),
        ({"zones-0-kg_1": " "}, "zones-0-kg_1"),
    ],
)
def test_what_does_not_fit_the_kind_is_said_at_its_field(client: FlaskClient, changes: dict[str, str], field: str) -> None:
    enter(client, make_vendor(with_shipping=False))

    response = client.post("/portal/shop/shipping/new", data={**ROAD, **changes})

    assert response.status_code == 422
    assert f'href="#{field}"' in response.get_data(as_text=True)
    assert "Road, DAP" in response.get_data(as_text=True)


def test_transit_days_are_those_of_the_fastest_method_that_delivers(client: FlaskClient) -> None:
    vendor = make_vendor()
    make_shipping_method(vendor, key="air", position=2, zones=[{"zone": "w", "countries": ["*", "SE"], "days": [1, 2], "bands": []}])

    facts = queries.facts_fresh([vendor.id])[vendor.id]

    assert facts.transit_days("SE") == (1, 2)
    assert facts.transit_days("BR") == (1, 2)
    assert facts.transit_days("DE") == (2, 5)
