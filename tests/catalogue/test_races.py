"""What two connections must not do to each other."""

import threading
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask

from marketplace.accounts.models import Company
from marketplace.catalogue import queries, services
from marketplace.catalogue.drafts import ProductDraft, draft_of
from marketplace.catalogue.errors import EditedMeanwhile, OutOfStock, ProductRefused, SKUTaken
from marketplace.catalogue.listings import Listing
from marketplace.catalogue.models import Product, ProductState, ProductVersion, Variant
from marketplace.catalogue.services import Wanted
from marketplace.catalogue.taxonomy import category_snapshot, digest
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db, transaction
from marketplace.core.ids import new_id
from tests.factories.accounts import actor_of, make_member
from tests.factories.catalogue import make_category, make_product, only_variant, stock_of
from tests.factories.vendors import make_vendor

pytestmark = pytest.mark.committed


def at_once(app: Flask, acts: list[Callable[[], None]]) -> list[BaseException | None]:
    """Run acts in threads that start together; what each raised."""
    barrier = threading.Barrier(len(acts), timeout=30)
    raised: list[BaseException | None] = [None] * len(acts)

    def run(number: int, act: Callable[[], None]) -> None:
        with app.app_context():
            barrier.wait()
            try:
                with transaction():
                    act()
            except Exception as error:  # noqa: BLE001 - what it was is asserted
                raised[number] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(number, act)) for number, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


def make_listed(**fields: object) -> tuple[Product, Variant, Actor]:
    with transaction():
        product = make_product(vendor := make_vendor(), **fields)  # type: ignore[arg-type]
        company = db.session.get_one(Company, vendor.id)
        actor = actor_of(make_member(company), company)
    return product, only_variant(product), actor


def test_the_last_unit_to_fifty_buyers_is_sold_once(app: Flask) -> None:
    _, variant, _ = make_listed(stock=1)
    variant_id = variant.id
    waves = [at_once(app, [lambda: services.reserve_stock([Wanted(new_id(), variant_id, 1)], until=None)] * 10) for _ in range(5)]

    raised = [error for wave in waves for error in wave]

    assert raised.count(None) == 1
    assert all(isinstance(error, OutOfStock) for error in raised if error is not None)
    assert stock_of(variant_id) == (1, 1)


def test_buyers_of_the_same_two_things_in_either_order_do_not_lock_each_other(app: Flask) -> None:
    _, one, _ = make_listed(stock=100)
    _, other, _ = make_listed(stock=100)
    pair = (one.id, other.id)

    def buy(first: UUID, second: UUID) -> None:
        services.reserve_stock([Wanted(new_id(), first, 1), Wanted(new_id(), second, 1)], until=None)

    raised = at_once(app, [lambda: buy(*pair), lambda: buy(*reversed(pair))] * 4)

    assert raised == [None] * 8
    assert stock_of(pair[0]) == stock_of(pair[1]) == (100, 8)


def test_of_two_who_save_the_same_form_one_is_told(app: Flask) -> None:
    product, _, actor = make_listed()
    product_id = product.id
    draft = draft_of(queries.version_content(product_id, 1))
    db.session.commit()

    def save(word: str) -> Callable[[], None]:
        changed = replace(draft, variants=(replace(draft.variants[0], mix_group=word),))
        return lambda: _edit(product_id, changed, actor)

    raised = at_once(app, [save("a"), save("b")])

    assert sorted(type(error).__name__ for error in raised) == ["EditedMeanwhile", "NoneType"]
    assert any(isinstance(error, EditedMeanwhile) and error.version == 2 for error in raised)
    assert db.session.query(ProductVersion).filter_by(product_id=product_id).count() == 2


def _edit(product_id: UUID, draft: ProductDraft, actor: Actor) -> None:
    services.edit_product(product_id, draft, version=1, actor=actor)


def _create(draft: ProductDraft, actor: Actor) -> None:
    services.create_product(draft, actor=actor)


def test_a_sku_that_two_sessions_add_at_once_is_added_once(app: Flask) -> None:
    product, _, actor = make_listed()
    draft = draft_of(queries.version_content(product.id, 1))
    vendor_id, currency = product.vendor_id, product.currency
    db.session.commit()
    new = replace(draft, variants=(replace(draft.variants[0], id=None, sku="RACE", gtin=None),))
    listing = Listing(1, vendor_id, currency, new, state=ProductState.LIVE)
    refused: list[str] = []

    def bring_in() -> None:
        refused.extend(row.reason for row in services.import_products([listing], actor=SYSTEM, source="race").refused)

    raised = at_once(app, [bring_in, bring_in, lambda: _create(new, actor)])

    assert db.session.query(Variant).filter_by(sku="RACE").count() == 1
    assert db.session.query(Product).filter_by(vendor_id=vendor_id).count() == 2
    assert all(error is None or isinstance(error, SKUTaken) for error in raised)


def test_nothing_is_left_behind_in_a_category_that_is_merged_while_its_listings_are_saved(app: Flask) -> None:
    with transaction():
        source, target = make_category(), make_category()
        source_id, target_id, seen = source.id, target.id, digest(category_snapshot(source))
    listed = [make_listed(category=source, state=ProductState.DRAFT) for _ in range(4)]
    drafts = [draft_of(queries.version_content(product.id, 1)) for product, _, _ in listed]

    def edit(number: int) -> None:
        product, _, actor = listed[number]
        services.edit_product(product.id, replace(drafts[number], keywords=(f"word {number}",)), version=1, actor=actor)

    def create(number: int) -> None:
        _, _, actor = listed[number]
        variants = (replace(drafts[number].variants[0], id=None, sku=f"NEW-{number}"),)
        services.create_product(replace(drafts[number], variants=variants), actor=actor)

    def merge() -> None:
        services.merge_category(source_id, target_id, seen=seen, actor=SYSTEM)

    raised = at_once(app, [lambda n=n: edit(n) for n in range(4)] + [merge] + [lambda n=n: create(n) for n in range(4)])  # type: ignore[misc]

    assert raised[4] is None
    assert all(error is None or isinstance(error, (EditedMeanwhile, ProductRefused)) for error in raised), raised
    left = db.session.query(Product).filter_by(category_id=source_id).count()
    moved = db.session.query(Product).filter_by(category_id=target_id).count()
    assert (left, moved) == (0, 4 + raised[5:].count(None))
