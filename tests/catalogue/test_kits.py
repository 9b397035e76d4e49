"""Kits: made of other variants of their vendor; their stock is what the scarcest part allows."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from marketplace.accounts.models import Company
from marketplace.catalogue import queries, services
from marketplace.catalogue.drafts import ProductDraft, draft_of
from marketplace.catalogue.errors import KitHasNoStock, OutOfStock, ProductRefused
from marketplace.catalogue.models import KitPart, Product, ProductState, Supply, Variant
from marketplace.catalogue.queries.lines import free_stock
from marketplace.catalogue.services import Leaving, Wanted
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.ids import new_id
from tests.factories.accounts import actor_of, make_member
from tests.factories.catalogue import make_kit, make_product, only_variant, stock_of
from tests.factories.vendors import make_vendor
from vendors.models import Vendor


def keeper(vendor: Vendor) -> Actor:
    company = db.session.get_one(Company, vendor.id)
    return actor_of(make_member(company), company)


def make_part(vendor: Vendor, stock: int, **fields: Any) -> Variant:
    return only_variant(make_product(vendor, stock=stock, **fields))


def listing(product: Product, **variant: Any) -> ProductDraft:
    draft = draft_of(queries.version_content(product.id, product.version))
    return replace(draft, variants=(replace(draft.variants[0], **variant),))


def test_the_stock_of_a_kit_is_the_smallest_that_its_parts_allow(app: Flask) -> None:
    vendor = make_vendor()
    bolt, nut, washer = make_part(vendor, 100), make_part(vendor, 35), make_part(vendor, 0, supply=Supply.MADE_TO_ORDER)
    kit = make_kit(make_part(vendor, 0), {bolt: 10, nut: 10, washer: 5})

    assert free_stock([kit.id, bolt.id]) == {kit.id: 3, bolt.id: 100}
    assert queries.variants_for_lines([kit.id])[kit.id].available == 3


def test_a_promise_of_a_kit_promises_its_parts(app: Flask) -> None:
    vendor = make_vendor()
    bolt, nut = make_part(vendor, 100), make_part(vendor, 35)
    kit = make_kit(make_part(vendor, 0), {bolt: 10, nut: 5})
    line = new_id()

    services.reserve_stock([Wanted(line, kit.id, 3)], until=None)

    assert (stock_of(bolt.id), stock_of(nut.id), stock_of(kit.id)) == ((100, 30), (35, 15), (0, 0))
    services.use_part_of_reservations([Leaving(line, 1, left=3)])
    assert (stock_of(bolt.id), stock_of(nut.id)) == ((90, 20), (30, 10))
    services.give_back([line])
    assert (stock_of(bolt.id), stock_of(nut.id)) == ((90, 0), (30, 0))


def test_a_kit_that_lacks_a_part_is_out_of_stock_by_its_own_name(app: Flask) -> None:
    vendor = make_vendor()
    bolt, nut = make_part(vendor, 100), make_part(vendor, 9)
    kit = make_kit(make_part(vendor, 0), {bolt: 10, nut: 5})

    with pytest.raises(OutOfStock) as short:
        services.reserve_stock([Wanted(new_id(), kit.id, 2)], until=None)

    assert short.value.shortages == {kit.id: 1}


def test_a_kit_and_its_part_in_one_order_never_promise_the_same_thing_twice(app: Flask) -> None:
    vendor = make_vendor()
    bolt = make_part(vendor, 10)
    kit = make_kit(make_part(vendor, 0), {bolt: 4})

    with pytest.raises(OutOfStock) as short:
        services.reserve_stock([Wanted(new_id(), kit.id, 2), Wanted(new_id(), bolt.id, 3)], until=None)

    assert set(short.value.shortages) <= {kit.id, bolt.id}


def test_a_form_makes_a_kit_that_is_supplied_like_its_parts(app: Flask) -> None:
    vendor = make_vendor()
    actor = keeper(vendor)
    stocked, made = make_part(vendor, 5, sku="STOCKED"), make_part(vendor, 0, sku="MADE", supply=Supply.MADE_TO_ORDER)
    product = make_product(vendor, state=ProductState.DRAFT, sku="KIT", supply=Supply.STOCK)

    services.edit_product(product.id, listing(product, parts=(("MADE", 2),)), version=1, actor=actor)
    assert only_variant(product).supply is Supply.MADE_TO_ORDER
    services.edit_product(product.id, listing(product, parts=(("MADE", 2), ("STOCKED", 1))), version=2, actor=actor)
    assert only_variant(product).supply is Supply.STOCK
    parts = db.session.query(KitPart.part_id, KitPart.quantity).order_by(KitPart.position).all()
    assert [tuple(row) for row in parts] == [(made.id, 2), (stocked.id, 1)]
    services.edit_product(product.id, listing(product, parts=()), version=3, actor=actor)
    assert db.session.query(KitPart).count() == 0


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ((("NOTHING", 1),), "parts-0-sku"),
        ((("THEIRS", 1),), "parts-0-sku"),
        ((("SELF", 1),), "parts-0-sku"),
        ((("A", 1), ("A", 2)), "parts-1-sku"),
        ((("A", 0),), "parts-0-quantity"),
        ((("INNER", 1),), "parts-0-sku"),
    ],
)
def test_what_cannot_be_a_part_is_named_by_its_row(app: Flask, parts: tuple[tuple[str, int], ...], field: str) -> None:
    vendor = make_vendor()
    make_part(make_vendor(), 5, sku="THEIRS")
    part = make_part(vendor, 5, sku="A")
    make_kit(make_part(vendor, 0, sku="INNER"), {part: 1})
    product = make_product(vendor, state=ProductState.DRAFT, sku="SELF")

    with pytest.raises(ProductRefused) as refused:
        services.edit_product(product.id, listing(product, parts=parts), version=1, actor=keeper(vendor))

    assert [fault.field for fault in refused.value.faults] == [field]


def test_a_part_of_a_kit_cannot_become_a_kit(app: Flask) -> None:
    vendor = make_vendor()
    part = make_product(vendor, state=ProductState.DRAFT, sku="PART")
    make_part(vendor, 1, sku="OTHER")
    make_kit(make_part(vendor, 0, sku="KIT"), {only_variant(part): 1})

    with pytest.raises(ProductRefused) as refused:
        services.edit_product(part.id, listing(part, parts=(("OTHER", 1),)), version=1, actor=keeper(vendor))

    assert [(f.field, f.values) for f in refused.value.faults] == [("parts", {"sku": "KIT"})]


def test_a_part_is_not_taken_out_while_a_kit_needs_it(app: Flask) -> None:
    vendor = make_vendor()
    part = make_product(vendor, state=ProductState.DRAFT, sku="PART")
    make_kit(make_part(vendor, 0, sku="KIT"), {only_variant(part): 1})
    draft = listing(part)
    other = replace(draft.variants[0], id=None, sku="NEW", gtin=None)

    with pytest.raises(ProductRefused) as refused:
        services.edit_product(part.id, replace(draft, variants=(other,)), version=1, actor=keeper(vendor))

    assert refused.value.faults[0].values == {"sku": "PART", "kit": "KIT"}


def test_a_kit_is_not_counted(app: Flask) -> None:
    vendor = make_vendor()
    kit = make_kit(make_part(vendor, 0), {make_part(vendor, 5): 1})

    with pytest.raises(KitHasNoStock):
        services.count_stock(kit.id, 5, actor=keeper(vendor))

    assert stock_of(kit.id) == (0, 0)
