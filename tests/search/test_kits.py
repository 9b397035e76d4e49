"""Kits in the index: what is true of a part is true of the kit."""

from collections.abc import Callable
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.catalogue import services
from marketplace.catalogue.models import Product, ProductState
from marketplace.core.db import db
from search import queries
from search.index import engine
from search.query import Between, Everything, Plan, Selection
from tests.factories.accounts import actor_of, make_member
from tests.factories.catalogue import make_kit, make_product, only_variant
from tests.factories.vendors import make_vendor

IndexNow = Callable[..., int]
Pair = tuple[Product, Product]
ANYTHING = Plan(clause=Everything(), visibility=frozenset({"all"}))
IN_STOCK = Plan(clause=Everything(), visibility=frozenset({"all"}), selections=(Selection("stock", Between("in_stock", 1, 1)),))


def found(plan: Plan = ANYTHING) -> set[UUID]:
    """Products that the index finds."""
    return {hit.product_id for hit in engine().find(plan).hits}


@pytest.fixture
def part_and_kit(index_now: IndexNow) -> Pair:
    """Ten of a part, four of which make the kit; the index has both."""
    vendor = make_vendor()
    part, kit = make_product(vendor, stock=10), make_product(vendor, stock=0)
    make_kit(only_variant(kit), {only_variant(part): 4})
    index_now(part, kit)
    return part, kit


def test_a_kit_is_found_only_while_each_of_its_parts_is_on_sale(part_and_kit: Pair, index_now: IndexNow) -> None:
    part, kit = part_and_kit
    assert found() == {part.id, kit.id}

    part.state = ProductState.PAUSED
    index_now(part)
    assert found() == set()

    part.state = ProductState.LIVE
    index_now(part)
    assert found() == {part.id, kit.id}


def test_the_night_sees_a_kit_whose_part_went_unmarked(part_and_kit: Pair) -> None:
    part, kit = part_and_kit
    only_variant(part).is_active = False
    db.session.commit()

    assert set(queries.misjudged_products()) == {part.id, kit.id}


def test_a_count_of_a_part_counts_for_its_kit(part_and_kit: Pair, index_now: IndexNow) -> None:
    part, kit = part_and_kit
    company = db.session.get_one(Company, part.vendor_id)
    assert found(IN_STOCK) == {part.id, kit.id}

    services.count_stock(only_variant(part).id, 3, actor=actor_of(make_member(company), company))
    index_now()

    assert found(IN_STOCK) == {part.id}


def test_a_kit_that_cannot_be_bought_is_offered_nowhere(client: FlaskClient, part_and_kit: Pair, index_now: IndexNow) -> None:
    part, kit = part_and_kit
    variant, everybody = only_variant(kit), frozenset({"all"})
    assert [one.line.variant_id for one in queries.shown_variants([variant.id], keys=everybody)] == [variant.id]
    assert variant.id in queries.variants_in_category(kit.category_id, keys=everybody, offset=0, limit=10)[1]

    part.state = ProductState.PAUSED
    index_now(part)

    assert queries.shown_variants([variant.id], keys=everybody) == []
    assert queries.variants_in_category(kit.category_id, keys=everybody, offset=0, limit=10) == (0, [])
    for address in (f"/search?q={variant.sku}", f"/compare?variant={variant.id}"):
        assert f"/products/{kit.slug}" not in client.get(address).get_data(as_text=True)
