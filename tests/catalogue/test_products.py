"""A vendor's acts on its listings."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from marketplace.accounts.models import Company
from marketplace.catalogue import queries, services
from marketplace.catalogue.drafts import ProductDraft, VariantDraft, draft_of
from marketplace.catalogue.errors import EditedMeanwhile, ProductIncomplete, ProductRefused, SKUTaken
from marketplace.catalogue.models import AttributeKind, Item, Product, ProductState, ProductVersion, Variant
from marketplace.core import audit
from marketplace.core.audit import Actor
from marketplace.core.changes import Change
from marketplace.core.db import db
from marketplace.core.errors import InvalidMove, NotFound
from tests.factories.accounts import actor_of, make_company, make_member, make_operator
from tests.factories.catalogue import make_attribute, make_category, make_product, make_variant, only_variant
from tests.factories.vendors import make_vendor
from vendors.models import Vendor


def make_actor(vendor: Vendor) -> Actor:
    company = db.session.get_one(Company, vendor.id)
    return actor_of(make_member(company), company)


def make_draft(**variant: Any) -> ProductDraft:
    bolt = VariantDraft(
        sku="QZ-1", tiers=((1_000, 118_000), (5_000, 94_000)), minimum_quantity=1_000, increment=500, weight_g=Decimal("17.2")
    )
    return ProductDraft(category_id=make_category().id, title={"en": "Flange bolt M10"}, variants=(replace(bolt, **variant),))


def content(product: Product) -> ProductDraft:
    return draft_of(queries.version_content(product.id, product.version))


def test_a_new_listing_is_a_draft_with_its_first_version(app: Flask) -> None:
    vendor = make_vendor(currency="USD")
    actor = make_actor(vendor)

    product = services.create_product(make_draft(), actor=actor)

    assert (product.state, product.version, product.currency) == (ProductState.DRAFT, 1, "USD")
    assert product.slug == f"flange-bolt-m10-{product.code}"
    assert content(product).variants[0].tiers == ((1_000, 118_000), (5_000, 94_000))
    assert [e.act for e in audit.history_of(product.id, company_id=vendor.id)] == ["product.created"]
    assert db.session.get(Change, ("product", product.id)) is not None
    assert queries.stock_of_product(product.id, vendor_id=vendor.id)[0][2:] == (0, 0)


def test_a_company_that_does_not_sell_lists_nothing(app: Flask) -> None:
    buyer = make_company()

    with pytest.raises(NotFound):
        services.create_product(make_draft(), actor=actor_of(make_member(buyer), buyer))


def test_an_edit_makes_a_version_and_the_old_one_stays(app: Flask) -> None:
    vendor = make_vendor()
    actor = make_actor(vendor)
    product = services.create_product(make_draft(), actor=actor)
    first = content(product)

    services.edit_product(product.id, replace(first, title={"en": "Flange bolt M10 × 50"}), version=1, actor=actor)

    assert product.version == 2
    assert product.slug.startswith("flange-bolt-m10-50-")
    assert [v.version for v in db.session.query(ProductVersion).filter_by(product_id=product.id).order_by(ProductVersion.version)] == [1, 2]
    assert draft_of(queries.version_content(product.id, 1)) == first
    event = audit.history_of(product.id, company_id=vendor.id)[-1]
    assert (event.before["title"], event.after["title"]) == ({"en": "Flange bolt M10"}, {"en": "Flange bolt M10 × 50"})


def test_saving_what_stands_makes_no_version(app: Flask) -> None:
    actor = make_actor(make_vendor())
    product = services.create_product(make_draft(), actor=actor)

    services.edit_product(product.id, content(product), version=1, actor=actor)

    assert product.version == 1


def test_a_stale_form_is_refused_with_the_version_that_stands(app: Flask) -> None:
    actor = make_actor(make_vendor())
    product = services.create_product(make_draft(), actor=actor)
    services.edit_product(product.id, replace(content(product), keywords=("bolt",)), version=1, actor=actor)

    with pytest.raises(EditedMeanwhile) as late:
        services.edit_product(product.id, content(product), version=1, actor=actor)

    assert late.value.version == 2


def test_another_vendors_listing_is_not_found_and_unchanged(app: Flask) -> None:
    product = make_product(make_vendor())
    before = queries.version_content(product.id, 1)
    stranger = make_actor(make_vendor())

    for act in (
        lambda: services.edit_product(product.id, content(product), version=1, actor=stranger),
        lambda: services.publish_product(product.id, actor=stranger),
        lambda: services.pause_product(product.id, actor=stranger),
        lambda: services.retire_product(product.id, actor=stranger),
        lambda: queries.own_product(product.id, vendor_id=stranger.company_id or product.id),
        lambda: services.count_stock(only_variant(product).id, 5, actor=stranger),
    ):
        with pytest.raises(NotFound):
            act()

    assert (product.state, product.version) == (ProductState.LIVE, 1)
    assert queries.version_content(product.id, 1) == before


def test_a_sku_is_the_vendors_once(app: Flask) -> None:
    vendor = make_vendor()
    make_product(vendor, sku="QZ-1")

    with pytest.raises(SKUTaken):
        services.create_product(make_draft(), actor=make_actor(vendor))


def test_another_vendor_may_use_the_same_sku(app: Flask) -> None:
    make_product(make_vendor(), sku="QZ-1")

    assert services.create_product(make_draft(), actor=make_actor(make_vendor())).version == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"minimum_quantity": 750}, "minimum"),
        ({"tiers": ((1_000, 94_000), (5_000, 98_000))}, "tiers-1-price"),
        ({"gtin": "4006381333932"}, "gtin"),
        ({"sku": " "}, "sku"),
        ({"lifecycle": "gone"}, "lifecycle"),
        ({"weight_g": Decimal(-1)}, "weight"),
        ({"attributes": {"colour": {"v": "red"}}}, "attr-colour"),
    ],
)
def test_a_broken_rule_is_named_by_its_field(app: Flask, change: dict[str, object], field: str) -> None:
    with pytest.raises(ProductRefused) as refused:
        services.create_product(make_draft(**change), actor=make_actor(make_vendor()))

    assert field in [fault.field for fault in refused.value.faults]


def test_a_listing_stands_on_a_leaf(app: Flask) -> None:
    root = make_category(is_leaf=False)

    with pytest.raises(ProductRefused) as refused:
        services.create_product(replace(make_draft(), category_id=root.id), actor=make_actor(make_vendor()))

    assert [fault.field for fault in refused.value.faults] == ["category_id"]


def test_a_fault_of_a_further_variant_names_it(app: Flask) -> None:
    draft = make_draft()
    second = replace(draft.variants[0], sku="QZ-2", minimum_quantity=750)

    with pytest.raises(ProductRefused) as refused:
        services.create_product(replace(draft, variants=(*draft.variants, second)), actor=make_actor(make_vendor()))

    assert next(fault.field for fault in refused.value.faults) == "variants-1-minimum"


def test_only_a_complete_listing_can_be_submitted(app: Flask) -> None:
    category = make_category()
    make_attribute(category, code="material", is_required=True)
    actor = make_actor(make_vendor())
    product = services.create_product(replace(make_draft(tiers=()), category_id=category.id), actor=actor)

    with pytest.raises(ProductIncomplete) as refused:
        services.publish_product(product.id, actor=actor)

    assert [fault.field for fault in refused.value.faults] == ["attr-material", "tiers"]
    assert product.state is ProductState.DRAFT


def test_a_listing_goes_from_draft_over_the_desk_to_its_end(app: Flask) -> None:
    actor = make_actor(make_vendor())
    operator, verifier = make_operator()
    desk = actor_of(verifier, operator)
    product = services.create_product(make_draft(), actor=actor)

    services.publish_product(product.id, actor=actor)
    services.withdraw_product(product.id, actor=actor)
    services.publish_product(product.id, actor=actor)
    services.refuse_product(product.id, ["TITLE-UNCLEAR"], version=1, actor=desk)
    assert product.reasons == ["TITLE-UNCLEAR"]
    services.publish_product(product.id, actor=actor)
    assert product.reasons == []
    services.accept_product(product.id, version=1, actor=desk)
    assert product.published_at is not None
    services.pause_product(product.id, actor=actor)
    services.resume_product(product.id, actor=actor)
    services.retire_product(product.id, actor=actor)

    assert product.state is ProductState.RETIRED
    with pytest.raises(InvalidMove):
        services.resume_product(product.id, actor=actor)
    with pytest.raises(ProductRefused):
        services.edit_product(product.id, content(product), version=1, actor=actor)


@pytest.mark.parametrize("state", [state for state in ProductState if state is not ProductState.PAUSED])
def test_a_vendor_makes_nothing_live_but_what_it_paused(app: Flask, state: ProductState) -> None:
    product = make_product(vendor := make_vendor(), state=state)

    with pytest.raises(InvalidMove):
        services.resume_product(product.id, actor=make_actor(vendor))

    assert product.state is state


def test_the_desk_answers_only_the_version_that_it_saw(app: Flask) -> None:
    actor = make_actor(make_vendor())
    operator, verifier = make_operator()
    product = services.create_product(make_draft(), actor=actor)
    services.publish_product(product.id, actor=actor)
    services.edit_product(product.id, replace(content(product), keywords=("bolt",)), version=1, actor=actor)

    with pytest.raises(EditedMeanwhile):
        services.accept_product(product.id, version=1, actor=actor_of(verifier, operator))

    assert product.state is ProductState.CHECKING


@pytest.mark.parametrize("reasons", [[], ["BECAUSE"]])
def test_a_refusal_needs_a_known_reason(app: Flask, reasons: list[str]) -> None:
    product = make_product(make_vendor(), state=ProductState.CHECKING)
    operator, verifier = make_operator()

    with pytest.raises(ProductRefused):
        services.refuse_product(product.id, reasons, version=1, actor=actor_of(verifier, operator))


def test_a_live_listing_cannot_lose_what_is_required(app: Flask) -> None:
    actor = make_actor(vendor := make_vendor())
    product = make_product(vendor)
    draft = content(product)

    with pytest.raises(ProductIncomplete):
        services.edit_product(product.id, replace(draft, variants=(replace(draft.variants[0], tiers=()),)), version=1, actor=actor)

    assert product.version == 1


def test_a_variant_that_is_taken_out_stays_for_its_orders_and_can_come_back(app: Flask) -> None:
    actor = make_actor(vendor := make_vendor())
    product = make_product(vendor, sku="A", state=ProductState.DRAFT)
    second = make_variant(product, sku="B")
    both = content(product)

    services.edit_product(product.id, replace(both, variants=both.variants[:1]), version=2, actor=actor)
    assert db.session.get_one(Variant, second.id).is_active is False

    services.edit_product(product.id, both, version=3, actor=actor)
    assert db.session.get_one(Variant, second.id).is_active is True


def test_the_same_thing_from_several_vendors_is_one_item(app: Flask) -> None:
    maker = make_product(make_vendor(), gtin="4006381333931", brand="Qianzhu", mpn="FB-1")
    by_gtin = make_product(make_vendor(), gtin="4006381333931", brand=None, mpn=None)
    by_number = make_product(make_vendor(), brand="QIANZHU", mpn="FB 1")
    other = make_product(make_vendor(), brand="Qianzhu", mpn="FB-2")

    items = [only_variant(p).item_id for p in (maker, by_gtin, by_number, other)]

    assert items[0] == items[1] == items[2] != items[3]


def test_two_items_are_not_joined_by_a_later_claim(app: Flask) -> None:
    one = make_product(make_vendor(), gtin="4006381333931", brand="Qianzhu", mpn="X-1")
    other = make_product(make_vendor(), brand="Norrvik", mpn="Y-1")
    claim = make_product(make_vendor(), gtin="4006381333931", brand="Norrvik", mpn="Y-1")

    items = [only_variant(p).item_id for p in (one, other, claim)]

    assert items[2] == items[0] != items[1]
    assert db.session.query(Item).count() == 2


def test_a_category_table_loads_twice_to_the_same(app: Flask) -> None:
    table = {
        "attributes": [{"code": "thread", "type": "choice", "unit": None, "en": "Thread", "zh": "螺纹", "choices": [{"code": "m8", "en": "M8", "zh": "M8"}]}],
        "categories": [
            {"slug": "fast", "parent": None, "en": "Fasteners", "zh": "紧固件", "unspsc": "31160000", "hs": ["7318"], "leaf": False},
            {"slug": "bolts", "parent": "fast", "en": "Bolts", "zh": "螺栓", "unspsc": None, "hs": [], "leaf": True,
             "attributes": [{"code": "thread", "required": True, "facet": True, "order": 0}]},
        ],
    }  # fmt: skip

    first = services.load_categories(table)
    again = services.load_categories(table)

    assert first == again
    asked = queries.asked_by_category(first["bolts"])
    assert [(d.code, d.kind, d.is_required) for d in asked] == [("thread", AttributeKind.CHOICE, True)]
    assert [c.slug for c in queries.category_trail(first["bolts"])] == ["fast", "bolts"]


def test_a_renamed_attribute_marks_the_listings_that_use_it(app: Flask) -> None:
    make_attribute(code="material", name="Material")
    product = make_product(make_vendor(), attributes={"material": {"v": "steel"}})
    db.session.query(Change).delete()
    definition = queries.definitions_by_code(["material"])["material"]

    services.define_attributes([definition])
    assert db.session.query(Change).count() == 0
    services.define_attributes([replace(definition, name={"en": "Stuff"})])

    assert [c.subject_id for c in db.session.query(Change)] == [product.id]
