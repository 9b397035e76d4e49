"""How a bulk edit is carried out: in parts, in the same statements for any number, never a listing by half, and back within a day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from marketplace.accounts import telling
from marketplace.accounts.models import Company
from marketplace.catalogue import queries, services
from marketplace.catalogue.drafts import draft_of
from marketplace.catalogue.models import (
    BulkState,
    MovementKind,
    PriceTier,
    ProductState,
    StockMovement,
)
from marketplace.catalogue.services import Wanted
from marketplace.core import audit, clock
from marketplace.core.db import db
from marketplace.core.ids import new_id
from tests.catalogue.bulk_edits import act, enter_shop, fresh, start, tiers
from tests.conftest import count_queries
from tests.factories.accounts import actor_of, make_member
from tests.factories.catalogue import make_category, make_product, make_variant, only_variant, stock_of
from tests.factories.vendors import make_vendor
from vendors.models import Vendor

Jobs = Callable[[], int]


@pytest.fixture
def vendor(client: FlaskClient) -> Vendor:
    return enter_shop(client)


def test_everything_that_fits_the_filter_is_changed_by_a_job(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    category = make_category()
    for n in range(230):
        make_product(vendor, category=category, sku=f"B-{n:03}", price_micro=100_000)
    drafts = [make_product(vendor, category=category, state=ProductState.DRAFT, price_micro=100_000) for _ in range(3)]
    make_product(make_vendor(), price_micro=100_000)

    edit = start(client, [], everything="1", state="live", act="price_percent", percent="100")
    assert edit.state is BulkState.PLANNING
    assert "being reckoned" in client.get(f"/portal/products/bulk/{edit.id}").get_data(as_text=True)
    run_jobs()
    edit = act(client, edit, "apply", run_jobs)

    assert (edit.products, edit.total, edit.done) == (230, 230, 230)
    assert {t.unit_price_micro for t in db.session.query(PriceTier).populate_existing()} == {100_000, 200_000}
    assert all(tiers(draft) == [(1, 100_000)] for draft in drafts)
    assert db.session.query(PriceTier).filter_by(unit_price_micro=200_000).count() == 230


def test_after_a_day_it_stays(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    product = make_product(vendor, price_micro=100_000)
    edit = act(client, start(client, [product], act="price_percent", percent="10"), "apply", run_jobs)

    with clock.at(clock.now() + timedelta(hours=25)):
        client.post(f"/portal/products/bulk/{edit.id}/undo")
        run_jobs()

    assert tiers(product) == [(1, 110_000)]


def test_a_dropped_edit_cannot_be_applied(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    product = make_product(vendor, price_micro=100_000)
    edit = act(client, start(client, [product], act="price_percent", percent="10"), "drop", run_jobs)

    act(client, edit, "apply", run_jobs)

    assert (edit.state, tiers(product)) == (BulkState.DROPPED, [(1, 100_000)])


def test_a_killed_run_goes_on_where_it_stood(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    products = [make_product(vendor, category=make_category(), price_micro=100_000) for _ in range(120)]
    edit = start(client, products, act="price_percent", percent="10")
    company = db.session.get_one(Company, vendor.id)
    services.start_applying(edit.id, actor=actor_of(make_member(company), company))

    assert services.apply_rows(edit.id) is False  # one part is done, then the worker is killed
    run_jobs()

    assert {tuple(tiers(product)) for product in products} == {((1, 110_000),)}
    assert all(fresh(product).version == 2 for product in products)


def test_any_number_of_listings_is_done_in_the_same_statements(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    products = [make_product(vendor, price_micro=100_000, stock=5) for _ in range(8)]
    acts: list[dict[str, str]] = [
        {"act": "price_percent", "percent": "10"},
        {"act": "stock", "on_hand": "7"},
        {"act": "state", "to": "paused"},
        {"act": "state", "to": "live"},
        {"act": "state", "to": "retired"},
    ]
    company = db.session.get_one(Company, vendor.id)
    actor = actor_of(make_member(company), company)

    for fields in acts:
        counts = []
        for chosen in (products[:1], products[1:]):
            edit = start(client, chosen, **fields)
            services.start_applying(edit.id, actor=actor)
            with count_queries() as statements:
                services.apply_rows(edit.id)
            counts.append(len(statements))
            run_jobs()
        assert counts[1] <= counts[0], fields


def test_each_change_has_its_version_its_line_of_history_and_its_movement(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    product = make_product(vendor, sku="B-1", price_micro=100_000, stock=5)
    variant = only_variant(product)

    act(client, start(client, [product], act="price_percent", percent="10"), "apply", run_jobs)
    act(client, start(client, [product], act="stock", on_hand="7"), "apply", run_jobs)
    act(client, start(client, [product], act="state", to="paused"), "apply", run_jobs)

    edited, paused = audit.history_of(product.id, company_id=vendor.id)[-2:]
    (counted,) = audit.history_of(variant.id, company_id=vendor.id)
    assert (edited.act, edited.before, edited.after) == ("product.edited", {"B-1.tiers": [[1, 100_000]]}, {"B-1.tiers": [[1, 110_000]]})
    assert (paused.act, paused.before, paused.after) == ("product.paused", {"state": "live"}, {"state": "paused"})
    assert (counted.act, counted.before, counted.after["on_hand"]) == ("stock.counted", {"on_hand": 5}, 7)
    assert telling.sentence(counted.act, counted.before, counted.after) == "Stock: counted · B-1"
    assert queries.own_product(product.id, vendor_id=vendor.id).content["variants"][0]["tiers"] == [[1, 110_000]]
    assert db.session.query(StockMovement).filter_by(variant_id=variant.id, on_hand_change=2, kind=MovementKind.COUNTED).count() == 1


def test_a_listing_is_never_done_in_part(client: FlaskClient, vendor: Vendor, run_jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.catalogue.services.bulk.CHUNK", 3)
    products = [make_product(vendor, price_micro=100_000) for _ in range(3)]
    for product in products:
        make_variant(product, price_micro=100_000)
    before = [fresh(product).version for product in products]

    edit = act(client, start(client, products, act="price_percent", percent="10"), "apply", run_jobs)

    assert (edit.done, [fresh(product).version for product in products]) == (6, [version + 1 for version in before])


def test_what_comes_in_by_a_bulk_edit_goes_to_back_orders(client: FlaskClient, vendor: Vendor, run_jobs: Jobs) -> None:
    product = make_product(vendor, stock=0)
    variant = only_variant(product)
    variant.back_order_on = clock.now().date() + timedelta(days=20)
    services.reserve_stock([Wanted(new_id(), variant.id, 4)], until=None)

    act(client, start(client, [product], act="stock", on_hand="6"), "apply", run_jobs)

    assert stock_of(variant.id) == (6, 4)


def test_taking_the_end_of_a_listing_back_restores_why_it_was_refused_and_the_change_that_waited(
    client: FlaskClient, vendor: Vendor, run_jobs: Jobs
) -> None:
    refused = make_product(vendor, state=ProductState.REFUSED)
    refused.reasons = ["TITLE-UNCLEAR"]
    live = make_product(vendor)
    content = queries.own_product(live.id, vendor_id=vendor.id).content
    company = db.session.get_one(Company, vendor.id)
    draft = replace(draft_of(content), title={"en": "A better bolt"})
    services.edit_product(live.id, draft, version=1, actor=actor_of(make_member(company), company))
    waiting = queries.own_product(live.id, vendor_id=vendor.id).proposal_id

    edit = act(client, start(client, [refused, live], act="state", to="retired"), "apply", run_jobs)
    ended = queries.own_product(live.id, vendor_id=vendor.id).proposal_id
    act(client, edit, "undo", run_jobs)

    assert waiting is not None
    assert ended is None
    assert queries.own_product(live.id, vendor_id=vendor.id).proposal_id == waiting
    assert (fresh(refused).state, fresh(refused).reasons) == (ProductState.REFUSED, ["TITLE-UNCLEAR"])
