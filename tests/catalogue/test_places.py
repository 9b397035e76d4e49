"""Stock by place: counted, received, scrapped, moved; never below what is promised."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.catalogue import queries, services
from marketplace.catalogue.models import MovementKind, Place, Stock, StockMovement, Variant
from marketplace.catalogue.queries.lines import free_stock
from marketplace.catalogue.services import Wanted, products
from marketplace.core.db import db
from marketplace.core.ids import new_id
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_member
from tests.factories.catalogue import make_category, make_kit, make_product, make_variant, only_variant
from tests.factories.vendors import make_vendor
from vendors.models import Vendor


@pytest.fixture
def vendor(client: FlaskClient) -> Vendor:
    shop = make_vendor()
    enter(client, shop)
    return shop


def enter(client: FlaskClient, shop: Vendor) -> None:
    company = db.session.get_one(Company, shop.id)
    log_in(client, make_member(company), company)


def second_place(client: FlaskClient, vendor: Vendor, name: str = "Hall 2") -> Place:
    assert client.post("/portal/stock/places", data={"name": name}).status_code == 303
    return db.session.query(Place).filter_by(vendor_id=vendor.id, name=name).one()


def default_of(vendor: Vendor) -> Place:
    return db.session.query(Place).filter_by(vendor_id=vendor.id, is_default=True).one()


def post(client: FlaskClient, variant: Variant, **fields: Any) -> tuple[int, str]:
    answer = client.post(f"/portal/products/{variant.product_id}/stock", data={"variant_id": str(variant.id), **fields})
    return answer.status_code, answer.get_data(as_text=True)


def lies(variant: Variant) -> dict[str, tuple[int, int]]:
    rows = db.session.query(Stock, Place.name).join(Place, Place.id == Stock.place_id).filter(Stock.variant_id == variant.id)
    return {name: (row.on_hand, row.reserved) for row, name in rows.populate_existing()}


def test_goods_come_in_and_go_with_their_movement_and_note(client: FlaskClient, vendor: Vendor) -> None:
    variant = only_variant(make_product(vendor, stock=10))

    assert post(client, variant, kind="received", on_hand="5", note="Delivery 4711")[0] == 303
    assert post(client, variant, kind="scrapped", on_hand="3")[0] == 303

    rows = db.session.query(StockMovement).filter_by(variant_id=variant.id).order_by(StockMovement.id).offset(1)
    assert [(m.kind, m.on_hand_change, m.note) for m in rows] == [
        (MovementKind.RECEIVED, 5, "Delivery 4711"),
        (MovementKind.SCRAPPED, -3, None),
    ]
    assert lies(variant) == {"Main warehouse": (12, 0)}


def test_the_history_names_the_goods_of_every_movement(client: FlaskClient, vendor: Vendor) -> None:
    first = only_variant(make_product(vendor, stock=10, sku="NUT-1"))
    second = only_variant(make_product(vendor, stock=10, sku="NUT-2"))
    hall = second_place(client, vendor)
    post(client, first, kind="received", on_hand="5")
    post(client, second, kind="moved", on_hand="4", place_id=str(default_of(vendor).id), to_place_id=str(hall.id))

    page = client.get("/company/history").get_data(as_text=True)

    assert "Stock: come in · NUT-1" in page
    assert page.count("· NUT-2") == 2


def test_goods_move_between_places_and_only_the_offered_place_is_sold(client: FlaskClient, vendor: Vendor) -> None:
    variant = only_variant(make_product(vendor, stock=10))
    first, hall = default_of(vendor), second_place(client, vendor)

    assert post(client, variant, kind="moved", on_hand="4", place_id=str(first.id), to_place_id=str(hall.id))[0] == 303
    assert lies(variant) == {"Main warehouse": (6, 0), "Hall 2": (4, 0)}
    assert free_stock([variant.id]) == {variant.id: 6}
    assert client.post(f"/portal/stock/places/{hall.id}/default").status_code == 303

    assert free_stock([variant.id]) == {variant.id: 4}
    assert default_of(vendor).id == hall.id


@pytest.mark.parametrize("kind", ["counted", "scrapped", "moved"])
def test_nothing_goes_below_what_is_promised(client: FlaskClient, vendor: Vendor, kind: str) -> None:
    variant = only_variant(make_product(vendor, stock=10))
    hall = second_place(client, vendor)
    services.reserve_stock([Wanted(new_id(), variant.id, 7)], until=None)
    quantity = {"counted": "6", "scrapped": "4", "moved": "4"}[kind]

    status, page = post(client, variant, kind=kind, on_hand=quantity, place_id=str(default_of(vendor).id), to_place_id=str(hall.id))

    assert status == 409
    assert "10 pcs lie there, of which open orders have been promised 7 pcs." in page.replace("\u00a0", " ")
    assert lies(variant)["Main warehouse"] == (10, 7)


def test_a_move_needs_two_places(client: FlaskClient, vendor: Vendor) -> None:
    variant = only_variant(make_product(vendor, stock=10))
    place = str(default_of(vendor).id)

    assert post(client, variant, kind="moved", on_hand="4", place_id=place)[0] == 422
    assert post(client, variant, kind="moved", on_hand="4", place_id=place, to_place_id=place)[0] == 409
    assert lies(variant) == {"Main warehouse": (10, 0)}


@pytest.mark.parametrize("field", ["place_id", "to_place_id"])
def test_another_vendors_place_is_not_found_and_nothing_moves(client: FlaskClient, vendor: Vendor, field: str) -> None:
    variant = only_variant(make_product(vendor, stock=10))
    other = make_vendor()
    make_product(other, stock=1)
    places = {"place_id": str(default_of(vendor).id), "to_place_id": str(second_place(client, vendor).id)}

    status, _ = post(client, variant, kind="moved", on_hand="4", **places | {field: str(default_of(other).id)})

    assert status == 404
    assert lies(variant) == {"Main warehouse": (10, 0)}


def test_a_place_has_a_name_of_its_own(client: FlaskClient, vendor: Vendor) -> None:
    make_product(vendor)
    hall = second_place(client, vendor)

    taken = client.post("/portal/stock/places", data={"name": "Hall 2"})
    renamed = client.post(f"/portal/stock/places/{hall.id}", data={"name": "Main warehouse"})
    fine = client.post(f"/portal/stock/places/{hall.id}", data={"name": "Hall 3"})

    assert (taken.status_code, renamed.status_code, fine.status_code) == (409, 409, 303)
    assert "You have a place of this name already." in taken.get_data(as_text=True)
    assert "Hall 3" in client.get("/portal/stock/places").get_data(as_text=True)
    assert client.post("/portal/stock/places", data={"name": " "}).status_code == 422


def test_a_strangers_place_is_not_found(client: FlaskClient, vendor: Vendor) -> None:
    other = make_vendor()
    make_product(other)
    place: UUID = default_of(other).id

    assert client.get(f"/portal/stock/places/{place}").status_code == 404
    assert client.post(f"/portal/stock/places/{place}", data={"name": "Mine"}).status_code == 404
    assert client.post(f"/portal/stock/places/{place}/default").status_code == 404
    assert default_of(other).name == "Main warehouse"


def test_the_tables_show_the_vendors_own_and_say_when_they_are_empty(client: FlaskClient, vendor: Vendor) -> None:
    make_product(make_vendor(), sku="THEIRS", stock=5)
    assert "No stock yet" in client.get("/portal/stock").get_data(as_text=True)
    assert "No movements yet" in client.get("/portal/stock/movements").get_data(as_text=True)
    make_product(vendor, sku="MINE", stock=5)

    for url in ("/portal/stock", "/portal/stock/movements", "/portal/stock.csv", "/portal/stock/movements.csv"):
        text = client.get(url).get_data(as_text=True)
        assert "MINE" in text
        assert "THEIRS" not in text
    assert "Nothing found" in client.get("/portal/stock?q=nothing").get_data(as_text=True)
    assert "Nothing found" in client.get("/portal/stock/movements?kind=sold").get_data(as_text=True)


def test_stock_is_filtered_sorted_and_walked(client: FlaskClient, vendor: Vendor) -> None:
    category = make_category()
    for n in range(30):
        make_product(vendor, category=category, sku=f"S-{n:02}", stock=n % 5)
    table = queries.stock_table(queries.places_of(vendor.id))

    def walked(**args: str) -> list[str]:
        seen: list[str] = []
        cursor: dict[str, str] | None = {}
        while cursor is not None:
            page = table.page(queries.stock_rows(vendor.id, queries.places_of(vendor.id)), table.read({**args, **cursor}))
            seen += [row.sku for row in page.rows]
            cursor = {"after": page.next} if page.next else None
        return seen

    assert walked() == [f"S-{n:02}" for n in range(30)]
    assert len(walked(sort="-on_hand")) == len(walked(sort="free")) == 30
    assert walked(free="none") == [f"S-{n:02}" for n in range(0, 30, 5)]
    assert walked(place=str(default_of(vendor).id), q="S-07") == ["S-07"]
    assert walked(place=str(new_id())) == walked()


def test_kits_are_shown_by_what_their_parts_allow(client: FlaskClient, vendor: Vendor) -> None:
    kit = make_kit(only_variant(make_product(vendor, stock=0, sku="KIT")), {only_variant(make_product(vendor, stock=9)): 4})

    page = client.get(f"/portal/products/{kit.product_id}/stock").get_data(as_text=True).replace("\u00a0", " ")

    assert "KIT: a kit, of which its parts allow 2 pcs." in page
    assert post(client, kit, on_hand="5")[0] == 409
    assert "KIT" not in client.get("/portal/stock").get_data(as_text=True)


def test_the_tables_take_the_same_statements_for_any_number_of_rows(client: FlaskClient, vendor: Vendor) -> None:
    category = make_category()
    make_product(vendor, category=category)
    counts = []
    for _ in range(2):
        with count_queries() as statements:
            client.get("/portal/stock")
            client.get("/portal/stock/movements")
        counts.append(len(statements))
        for _ in range(10):
            make_variant(make_product(vendor, category=category))

    assert counts[1] <= counts[0] <= 30


@pytest.mark.parametrize(("language", "name"), [("zh_Hans", "主仓库"), ("en", "Main warehouse")])
def test_the_first_place_is_named_in_the_language_of_the_company(app: Flask, language: str, name: str) -> None:
    vendor = make_vendor()
    db.session.get_one(Company, vendor.id).language = language
    db.session.flush()  # read by the statement that names the place

    products.default_place(vendor.id)

    assert default_of(vendor).name == name
