"""A change of a listing on sale: what is reviewed waits for the platform, the rest is true at once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.accounts.permissions import Role
from marketplace.catalogue import queries, review, services
from marketplace.catalogue.drafts import ProductDraft, draft_of
from marketplace.catalogue.errors import EditedMeanwhile, LastVariant, ProductRefused
from marketplace.catalogue.models import PriceTier, Product, ProductProposal, ProductState, ProductVersion, ProposalState, Variant
from marketplace.core import audit
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.core.ids import new_id
from tests.factories.accounts import actor_of, log_in, make_member, make_operator
from tests.factories.catalogue import make_attribute, make_category, make_product, make_variant, only_variant
from tests.factories.vendors import make_vendor
from vendors.models import Vendor


def keeper(vendor: Vendor) -> Actor:
    company = db.session.get_one(Company, vendor.id)
    return actor_of(make_member(company), company)


def desk() -> Actor:
    company, verifier = make_operator([Role.PLATFORM_VERIFIER])
    return actor_of(verifier, company)


def content(product: Product) -> ProductDraft:
    return draft_of(queries.own_product(product.id, vendor_id=product.vendor_id).content)


def changed(product: Product, *, product_fields: dict[str, Any] | None = None, **variant: Any) -> ProductDraft:
    draft = content(product)
    first = replace(draft.variants[0], **variant)
    return replace(draft, variants=(first, *draft.variants[1:]), **(product_fields or {}))


def proposal_of(product: Product) -> Any:
    return queries.own_product(product.id, vendor_id=product.vendor_id).proposal_id


@pytest.fixture
def edit(app: Flask) -> Callable[[Product, ProductDraft], Product]:
    """Save a listing as its vendor, from the form of now."""

    def save(product: Product, draft: ProductDraft) -> Product:
        vendor = db.session.get_one(Vendor, product.vendor_id)
        return services.edit_product(product.id, draft, version=product.version, proposal_id=proposal_of(product), actor=keeper(vendor))

    return save


Edit = Callable[[Product, ProductDraft], Product]


def test_prices_and_quantities_are_true_at_once(app: Flask, edit: Edit) -> None:
    product = make_product(make_vendor())

    edit(product, changed(product, tiers=((1, 400_000), (10, 300_000)), maximum_quantity=500, lifecycle="not_for_new_designs"))

    assert (product.version, proposal_of(product)) == (2, None)
    assert [t.unit_price_micro for t in db.session.query(PriceTier).order_by(PriceTier.from_quantity)] == [400_000, 300_000]


@pytest.mark.parametrize("state", [ProductState.LIVE, ProductState.PAUSED])
def test_words_wait_and_what_is_on_sale_stays(app: Flask, edit: Edit, state: ProductState) -> None:
    product = make_product(make_vendor(), title="Bolt", state=state)

    edit(product, changed(product, product_fields={"title": {"en": "A better bolt"}}, brand="Other"))

    assert (product.version, product.title, only_variant(product).brand) == (1, {"en": "Bolt"}, "Norrvik")
    assert content(product).title == {"en": "A better bolt"}
    assert db.session.query(ProductVersion).filter_by(product_id=product.id).count() == 1


def test_one_form_may_do_both(app: Flask, edit: Edit) -> None:
    product = make_product(make_vendor(), title="Bolt")

    edit(product, changed(product, product_fields={"title": {"en": "A better bolt"}}, tiers=((1, 1_000),)))

    assert (product.version, product.title) == (2, {"en": "Bolt"})
    assert db.session.query(PriceTier).one().unit_price_micro == 1_000
    assert proposal_of(product) is not None


def test_the_platforms_yes_makes_a_version_and_keeps_what_changed_since(app: Flask, edit: Edit) -> None:
    product = make_product(make_vendor(), title="Bolt")
    edit(product, changed(product, product_fields={"title": {"en": "A better bolt"}}))
    edit(product, changed(product, tiers=((1, 2_000),)))

    services.accept_change(product.id, version=2, proposal_id=proposal_of(product), actor=desk())

    assert (product.version, product.title, product.state) == (3, {"en": "A better bolt"}, ProductState.LIVE)
    assert db.session.query(PriceTier).one().unit_price_micro == 2_000
    proposal = db.session.query(ProductProposal).filter_by(state=ProposalState.ACCEPTED).one()
    assert proposal.version == 3
    assert "product.change_accepted" in [e.act for e in audit.history_of(product.id, company_id=product.vendor_id)]


def test_the_platforms_no_carries_reasons_to_the_vendor(app: Flask, edit: Edit) -> None:
    product = make_product(make_vendor(), title="Bolt")
    edit(product, changed(product, product_fields={"title": {"en": "Best bolt!!"}}))

    with pytest.raises(ProductRefused):
        services.refuse_change(product.id, [], version=1, proposal_id=proposal_of(product), actor=desk())
    services.refuse_change(product.id, ["TITLE-UNCLEAR"], version=1, proposal_id=proposal_of(product), actor=desk())

    own = queries.own_product(product.id, vendor_id=product.vendor_id)
    assert (own.version, own.reasons, own.proposal_id, own.content["title"]) == (1, ("TITLE-UNCLEAR",), None, {"en": "Bolt"})


def test_the_desk_answers_only_the_change_that_it_saw(app: Flask, edit: Edit) -> None:
    product = make_product(make_vendor(), title="Bolt")
    edit(product, changed(product, product_fields={"title": {"en": "One"}}))
    seen = proposal_of(product)
    edit(product, changed(product, product_fields={"title": {"en": "Two"}}))

    for asked in (seen, new_id(), None):
        with pytest.raises(EditedMeanwhile):
            services.accept_change(product.id, version=1, proposal_id=asked, actor=desk())
    assert product.title == {"en": "Bolt"}


def test_nothing_that_waits_cannot_be_answered(app: Flask) -> None:
    product = make_product(make_vendor())

    with pytest.raises(InvalidMove):
        services.accept_change(product.id, version=1, proposal_id=None, actor=desk())


def test_a_change_that_is_taken_back_leaves_nothing(app: Flask, edit: Edit) -> None:
    vendor = make_vendor()
    product = make_product(vendor, title="Bolt")
    edit(product, changed(product, product_fields={"title": {"en": "One"}}))

    with pytest.raises(NotFound):
        services.withdraw_proposal(product.id, actor=keeper(make_vendor()))
    services.withdraw_proposal(product.id, actor=keeper(vendor))

    assert proposal_of(product) is None
    with pytest.raises(NotFound):
        services.withdraw_proposal(product.id, actor=keeper(vendor))


def test_saving_the_old_words_again_takes_the_change_back(app: Flask, edit: Edit) -> None:
    product = make_product(make_vendor(), title="Bolt")
    edit(product, changed(product, product_fields={"title": {"en": "One"}}))

    edit(product, changed(product, product_fields={"title": {"en": "Bolt"}}))

    assert (proposal_of(product), product.version) == (None, 1)


def test_a_further_variant_waits_and_can_be_edited_while_it_does(app: Flask, edit: Edit) -> None:
    product = make_product(make_vendor(), sku="A")
    draft = content(product)
    edit(product, replace(draft, variants=(*draft.variants, replace(draft.variants[0], id=None, sku="B", gtin=None))))
    assert db.session.query(Variant).filter_by(product_id=product.id).count() == 1

    waiting = content(product)
    second = replace(waiting.variants[1], sku="B-2")
    edit(product, replace(waiting, variants=(waiting.variants[0], second)))
    services.accept_change(product.id, version=1, proposal_id=proposal_of(product), actor=desk())

    rows = db.session.query(Variant).filter_by(product_id=product.id).order_by(Variant.position)
    assert [(v.sku, v.is_active, v.id == second.id) for v in rows] == [("A", True, False), ("B-2", True, True)]


def test_a_variant_is_taken_out_at_once_but_never_the_last(app: Flask) -> None:
    vendor = make_vendor()
    product = make_product(vendor, sku="A")
    second = make_variant(product, sku="B")
    actor = keeper(vendor)

    services.remove_variant(product.id, second.id, version=2, actor=actor)

    assert db.session.get_one(Variant, second.id).is_active is False
    with pytest.raises(LastVariant):
        services.remove_variant(product.id, only_active(product).id, version=3, actor=actor)
    with pytest.raises(NotFound):
        services.remove_variant(product.id, new_id(), version=3, actor=actor)
    with pytest.raises(NotFound):
        services.remove_variant(product.id, only_active(product).id, version=3, actor=keeper(make_vendor()))


def only_active(product: Product) -> Variant:
    return db.session.query(Variant).filter_by(product_id=product.id, is_active=True).one()


def test_splitting_and_joining_gives_the_whole_change_back(app: Flask) -> None:
    product = make_product(make_vendor(), title="Bolt")
    live = queries.version_content(product.id, 1)
    wanted = {
        **live,
        "title": {"en": "New"},
        "visibility": ["registered"],
        "variants": [{**live["variants"][0], "brand": "X", "tiers": [[1, 5]]}],
    }

    now = review.at_once(live, wanted)

    assert (now["title"], now["visibility"], now["variants"][0]["tiers"], now["variants"][0]["brand"]) == (
        {"en": "Bolt"},
        ["registered"],
        [[1, 5]],
        "Norrvik",
    )
    assert review.with_proposal(now, wanted) == wanted


@pytest.fixture
def _verifier(client: FlaskClient) -> None:
    company, verifier = make_operator([Role.PLATFORM_VERIFIER])
    log_in(client, verifier, company)


@pytest.mark.usefixtures("_verifier")
def test_the_desk_sees_each_field_before_and_after(client: FlaskClient, edit: Edit) -> None:
    category = make_category()
    make_attribute(category, code="material", name="Material")
    product = make_product(make_vendor(name="Grathof GmbH"), title="Bolt", category=category, attributes={"material": {"v": "A2"}})
    draft = changed(product, product_fields={"title": {"en": "A better bolt"}, "attributes": {"material": {"v": "A4"}}})
    edit(product, draft)

    listed = client.get("/desk/products").get_data(as_text=True)
    page = " ".join(client.get(f"/desk/products/{product.id}").get_data(as_text=True).split())

    assert "Grathof GmbH" in listed
    assert '<th scope="row">Title in English</th><td class="full" data-label="On sale now">Bolt</td>' in page
    assert "<b>A better bolt</b>" in page
    assert (
        '<th scope="row">Material</th><td class="full" data-label="On sale now">A2</td><td class="full" data-label="Wanted"><b>A4</b>'
        in page
    )
    fields = {"version": "1", "proposal": str(proposal_of(product)), "decision": "accept"}
    assert client.post(f"/desk/products/{product.id}", data=fields).status_code == 303
    assert product.title == {"en": "A better bolt"}
    assert client.post(f"/desk/products/{product.id}", data=fields).status_code == 409
    assert "Nothing waits" in client.get("/desk/products").get_data(as_text=True)


@pytest.mark.usefixtures("_verifier")
def test_what_waits_is_filtered_and_comes_as_csv(client: FlaskClient, edit: Edit) -> None:
    make_product(make_vendor(), title="A new one", state=ProductState.CHECKING)
    product = make_product(make_vendor(), title="Bolt")
    edit(product, changed(product, product_fields={"title": {"en": "A better bolt"}}))

    assert "A new one" not in client.get("/desk/products?kind=change").get_data(as_text=True)
    assert "Bolt" not in client.get("/desk/products?kind=new").get_data(as_text=True).replace("A better", "")
    assert client.get("/desk/products.csv").get_data(as_text=True).count("\n") == 3
