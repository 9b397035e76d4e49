"""Bulk edits: every value before and after, applied in parts, taken back for a day where nobody changed it since."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.catalogue import bulk, services
from marketplace.catalogue.models import (
    BulkEdit,
    BulkState,
    Product,
    ProductState,
    RowState,
    Supply,
)
from marketplace.catalogue.services import Wanted
from marketplace.core.db import db
from marketplace.core.ids import new_id
from tests.catalogue.bulk_edits import act, enter_shop, fresh, rows_of, said, start, tiers
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_member
from tests.factories.catalogue import make_kit, make_product, only_variant, stock_of
from tests.factories.vendors import make_vendor
from vendors.models import Vendor

Jobs = Callable[[], int]


@pytest.fixture
def vendor(client: FlaskClient) -> Vendor:
    return enter_shop(client)


def test_the_end_says_how_many_were_changed_left_out_and_kept(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    early, late, still = (make_product(vendor, tiers=((1, 500_000),)) for _ in range(3))
    edit = start(client, [early, late, still], act="price_percent", percent="10")
    act(client, start(client, [early], act="price_percent", percent="50"), "apply", run_jobs)
    act(client, edit, "apply", run_jobs)

    page = said(client, edit)
    assert "2 values were changed." in page
    assert f'<a href="/portal/products/bulk/{edit.id}?state=left_out">1 was left out</a>' in page

    act(client, start(client, [late], act="price_percent", percent="50"), "apply", run_jobs)
    act(client, edit, "undo", run_jobs)

    page = said(client, edit)
    assert "1 value was taken back." in page
    assert f'<a href="/portal/products/bulk/{edit.id}?state=kept">1 was kept as it is now</a>' in page


def test_a_percentage_is_never_cut_off(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor)
    sent = {"ids": [str(product.id)], "rounding": "100", "act": "price_percent", "percent": "2.555"}

    answer = client.post("/portal/products/bulk", data=sent)

    assert answer.status_code == 422
    assert "Write a percentage with at most two decimals." in answer.get_data(as_text=True)


def test_nothing_changes_before_the_yes(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor, tiers=((1, 500_000), (10, 400_000)))

    edit = start(client, [product], act="price_percent", percent="−2.5")
    page = client.get(f"/portal/products/bulk/{edit.id}").get_data(as_text=True)

    assert (edit.state, edit.total, tiers(product)) == (BulkState.PLANNED, 1, [(1, 500_000), (10, 400_000)])
    assert "0.5000" in page
    assert "0.4875" in page
    assert "1 value would change." in page


def test_prices_become_a_version_and_can_be_taken_back(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    product, other = (make_product(vendor, tiers=((1, 500_000), (10, 400_000))) for _ in range(2))
    edit = start(client, [product, other], act="price_percent", percent="10")

    edit = act(client, edit, "apply", run_jobs)
    assert (edit.state, edit.done, tiers(product), fresh(product).version) == (BulkState.APPLIED, 2, [(1, 550_000), (10, 440_000)], 2)
    # Somebody changes one of the two by hand: it keeps that.
    start_again = start(client, [other], act="price_amount", amount="1")
    act(client, start_again, "apply", run_jobs)
    edit = act(client, edit, "undo", run_jobs)

    assert (edit.state, tiers(product), tiers(other)) == (
        BulkState.UNDONE,
        [(1, 500_000), (10, 400_000)],
        [(1, 1_550_000), (10, 1_440_000)],
    )
    assert [(state, reason) for _, state, reason in rows_of(edit)] == [(RowState.UNDONE, None), (RowState.KEPT, bulk.CHANGED_SINCE)]


def test_a_price_that_was_changed_after_the_look_is_left_out(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    product = make_product(vendor, price_micro=500_000)
    edit = start(client, [product], act="price_percent", percent="10")
    act(client, start(client, [product], act="price_percent", percent="50"), "apply", run_jobs)

    edit = act(client, edit, "apply", run_jobs)

    assert (edit.state, edit.left_out, tiers(product)) == (BulkState.APPLIED, 1, [(1, 750_000)])


def test_counts_are_set_in_each_unit_and_never_below_promises(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    pieces, cable = make_product(vendor, stock=10), make_product(vendor, stock=5_000, unit="mm", display_unit="m", display_factor=1_000)
    made = make_product(vendor, supply=Supply.MADE_TO_ORDER, stock=0)
    kit = make_kit(only_variant(make_product(vendor, stock=0)), {only_variant(pieces): 2})
    promised = make_product(vendor, stock=20)
    services.reserve_stock([Wanted(new_id(), only_variant(promised).id, 9)], until=None)
    chosen = [pieces, cable, made, fresh(db.session.get_one(Product, kit.product_id)), promised]

    edit = act(client, start(client, chosen, act="stock", on_hand="7"), "apply", run_jobs)

    assert (stock_of(only_variant(pieces).id), stock_of(only_variant(cable).id)) == ((7, 0), (7_000, 0))
    assert [reason for _, state, reason in rows_of(edit) if state is RowState.LEFT_OUT] == [
        bulk.NOT_STOCKED,
        bulk.NOT_STOCKED,
        bulk.PROMISED,
    ]
    act(client, edit, "undo", run_jobs)
    assert (stock_of(only_variant(pieces).id), stock_of(only_variant(cable).id)) == ((10, 0), (5_000, 0))


@pytest.mark.parametrize(
    ("to", "moved"),
    [
        ("paused", {ProductState.LIVE}),
        ("live", {ProductState.PAUSED}),
        ("retired", set(ProductState) - {ProductState.CHECKING, ProductState.RETIRED}),
    ],
)
def test_states_move_where_they_may_and_come_back(
    client: FlaskClient, vendor: Vendor, run_jobs: Jobs, to: str, moved: set[ProductState]
) -> None:
    products = {state: make_product(vendor, state=state) for state in ProductState}

    edit = act(client, start(client, list(products.values()), act="state", to=to), "apply", run_jobs)
    after = {state for state, product in products.items() if fresh(product).state is not state}
    act(client, edit, "undo", run_jobs)

    assert after == moved
    assert all(fresh(product).state is state for state, product in products.items())


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"act": "price_percent"}, "percent"),
        ({"act": "price_percent", "percent": "-100"}, "percent"),
        ({"act": "price_percent", "percent": "1e3"}, "percent"),
        ({"act": "price_amount", "amount": "x"}, "amount"),
        ({"act": "stock", "on_hand": "-1"}, "on_hand"),
        ({"act": "state"}, "to"),
        ({"act": "state", "to": "draft"}, "to"),
        ({"act": "everything"}, "act"),
        ({}, "act"),
    ],
)
def test_what_is_missing_stands_at_its_field(client: FlaskClient, vendor: Vendor, fields: dict[str, str], field: str) -> None:
    product = make_product(vendor)

    answer = client.post("/portal/products/bulk", data={"ids": [str(product.id)], **fields})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'href="#{field}"' in page
    assert f'value="{product.id}"' in page
    assert db.session.query(BulkEdit).count() == 0


def test_strangers_products_are_never_chosen(client: FlaskClient, vendor: Vendor) -> None:
    theirs = make_product(make_vendor(), price_micro=100_000)

    alone = client.post("/portal/products/bulk", data={"ids": [str(theirs.id)], "act": "price_percent", "percent": "10"})
    edit = start(client, [make_product(vendor, sku="MINE"), theirs], act="price_percent", percent="10")

    assert alone.status_code == 409
    assert [sku for sku, _, _ in rows_of(edit)] == ["MINE"]


def test_a_strangers_bulk_edit_is_not_found(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    edit = start(client, [make_product(vendor)], act="price_percent", percent="10")
    company = db.session.get_one(Company, make_vendor().id)
    log_in(client, make_member(company), company)

    assert client.get(f"/portal/products/bulk/{edit.id}").status_code == 404
    assert client.get(f"/portal/products/bulk/{edit.id}.csv").status_code == 404
    for word in ("apply", "drop", "undo"):
        assert client.post(f"/portal/products/bulk/{edit.id}/{word}").status_code == 404
    assert db.session.query(BulkEdit).populate_existing().one().state is BulkState.PLANNED


def test_the_same_form_twice_is_one_edit(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor)

    first = start(client, [product], act="price_percent", percent="10", _once="same")
    second = start(client, [product], act="price_percent", percent="10", _once="same")

    assert first.id == second.id


def test_rows_come_as_csv_and_the_list_of_edits_says_what_was_done(client: FlaskClient, vendor: Vendor) -> None:
    edit = start(client, [make_product(vendor, sku="B-1")], act="price_percent", percent="-2.5")

    text = client.get(f"/portal/products/bulk/{edit.id}.csv").get_data(as_text=True).replace("\u00a0", " ")
    page = client.get("/portal/products/bulk").get_data(as_text=True)

    assert "B-1," in text
    assert "1 pc: 0.5000 EUR,1 pc: 0.4875 EUR,Planned" in text
    assert "Prices −2.5 %" in page.replace("\u00a0", " ")


def test_the_pages_take_the_same_statements_for_any_number_of_rows(client: FlaskClient, vendor: Vendor) -> None:
    few = start(client, [make_product(vendor)], act="price_percent", percent="10")
    many = start(client, [make_product(vendor) for _ in range(15)], act="price_percent", percent="10")
    counts = []
    for edit in (few, many):
        with count_queries() as statements:
            client.get(f"/portal/products/bulk/{edit.id}")
        counts.append(len(statements))

    assert counts[1] <= counts[0] <= 20
