"""A product on sale is taken down: what that does, what a vendor can do then, and what puts it back."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from marketplace.catalogue import queries, services
from marketplace.catalogue.drafts import draft_of
from marketplace.catalogue.errors import EditedMeanwhile, ProductRefused
from marketplace.catalogue.listings import Listing
from marketplace.catalogue.models import BulkEditRow, Product, ProductState, ProductTakedown, TakedownEnd, TakedownSource
from marketplace.catalogue.queries.lines import variants_for_lines
from marketplace.catalogue.services import Statement
from marketplace.core import audit
from marketplace.core.audit import Actor
from marketplace.core.changes import Change
from marketplace.core.db import db
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.core.ids import new_id
from tests.catalogue.bringing import BOLT, bring_in, counts
from tests.catalogue.test_reviewing import changed, content, desk, keeper, proposal_of
from tests.conftest import count_queries
from tests.factories.catalogue import make_category, make_product, only_variant
from tests.factories.vendors import make_vendor
from vendors.errors import ReasonNeeded
from vendors.models import Vendor

WORDS = "The certificate in the title is of another maker: what a listing claims has to be so."
STATEMENT = Statement(["MISLEADING", "CERT-MISSING"], WORDS, TakedownSource.NOTICE, "Notice 17 of a buyer")
Jobs = Callable[[], int]


@pytest.fixture
def vendor(app: Flask) -> Vendor:
    return make_vendor()


def take(products: Sequence[Product], *, actor: Actor | None = None, statement: Statement = STATEMENT) -> list[ProductTakedown]:
    seen = {product.id: product.version for product in products}
    taken = services.take_down_products(products[0].vendor_id, seen, statement, actor=actor or desk())
    db.session.flush()
    return taken


def fresh(product: Product) -> Product:
    db.session.flush()
    return db.session.get_one(Product, product.id, populate_existing=True)


@pytest.mark.parametrize("state", [ProductState.LIVE, ProductState.PAUSED])
def test_it_is_refused_with_reasons_and_the_statement_is_kept(vendor: Vendor, state: ProductState) -> None:
    product, verifier = make_product(vendor, state=state), desk()
    db.session.query(Change).delete()

    (row,) = take([product], actor=verifier)

    assert (product.state, product.reasons, product.version) == (ProductState.REFUSED, ["CERT-MISSING", "MISLEADING"], 1)
    assert (row.state_before, row.version, row.statement, row.reference, row.ended) == (state, 1, WORDS, "Notice 17 of a buyer", None)
    (line,) = [event for event in audit.history_of(product.id, company_id=vendor.id) if event.act == "product.taken_down"]
    assert (line.before, line.after["state"], line.after["reason"], line.actor_id) == (
        {"state": state.value},
        "refused",
        WORDS,
        verifier.person_id,
    )
    assert "Notice 17 of a buyer" not in str(line.after)
    assert db.session.get(Change, ("product", product.id)) is not None


@pytest.mark.parametrize("state", [ProductState.DRAFT, ProductState.CHECKING, ProductState.REFUSED, ProductState.RETIRED])
def test_only_what_is_on_sale_is_taken_down(vendor: Vendor, state: ProductState) -> None:
    product = make_product(vendor, state=state)

    with pytest.raises(InvalidMove):
        take([product])
    assert queries.takedowns_of(product.id) == []


def test_it_has_a_known_reason_and_words(vendor: Vendor) -> None:
    product = make_product(vendor)

    for reasons in ([], ["NO-SUCH-CODE"]):
        with pytest.raises(ProductRefused):
            take([product], statement=replace(STATEMENT, reasons=reasons))
    with pytest.raises(ReasonNeeded):
        take([product], statement=replace(STATEMENT, words="  "))
    assert product.state is ProductState.LIVE


def test_of_many_all_or_none_are_taken_down(vendor: Vendor) -> None:
    first, second, other = make_product(vendor), make_product(vendor), make_product(make_vendor())

    with pytest.raises(NotFound):
        take([first, other])
    with pytest.raises(EditedMeanwhile):
        services.take_down_products(vendor.id, {first.id: 1, second.id: 2}, STATEMENT, actor=desk())
    assert {fresh(one).state for one in (first, second, other)} == {ProductState.LIVE}

    rows = take([first, second])

    assert len({row.act_id for row in rows}) == 1
    assert {fresh(one).state for one in (first, second)} == {ProductState.REFUSED}


def test_many_cost_as_many_statements_as_one(vendor: Vendor) -> None:
    verifier = desk()
    few, many = [make_product(vendor)], [make_product(vendor) for _ in range(9)]

    with count_queries() as first:
        take(few, actor=verifier)
    with count_queries() as second:
        take(many, actor=verifier)

    # Rows are written by one statement for each batch; what grows is nothing but their number.
    assert len(second) <= len(first) + 1


def test_more_than_the_limit_is_a_mistake_of_the_door(vendor: Vendor) -> None:
    with pytest.raises(ValueError, match="1 to 500"):
        services.take_down_products(vendor.id, {}, STATEMENT, actor=desk())


def test_buyers_find_it_no_longer_and_carts_say_so(vendor: Vendor) -> None:
    product = make_product(vendor)
    variant_id = only_variant(product).id

    take([product])

    with pytest.raises(NotFound):
        queries.product_page(product.slug, keys=frozenset({"all"}))
    assert not variants_for_lines([variant_id])[variant_id].is_listed


def test_one_at_a_time_is_in_force(vendor: Vendor) -> None:
    product = make_product(vendor)
    (row,) = take([product])
    again = {column.name: getattr(row, column.name) for column in ProductTakedown.__table__.columns} | {"id": new_id()}

    with pytest.raises(IntegrityError, match="uq_product_takedowns_in_force"), db.session.begin_nested():
        db.session.execute(insert(ProductTakedown).values(again))


# What a vendor can do then: nothing puts it on sale but the platform's yes.


def test_the_vendor_can_neither_resume_nor_pause_it(vendor: Vendor) -> None:
    product, actor = make_product(vendor), keeper(vendor)
    take([product])

    for act in (services.resume_product, services.pause_product, services.withdraw_product):
        with pytest.raises(InvalidMove):
            act(product.id, actor=actor)

    assert fresh(product).state is ProductState.REFUSED


def test_saving_it_puts_it_on_sale_no_more_than_before(vendor: Vendor) -> None:
    product = make_product(vendor)
    take([product])

    services.edit_product(product.id, changed(product, brand="Other", tiers=((1, 2_000),)), version=1, actor=keeper(vendor))

    assert (fresh(product).state, product.version, only_variant(product).brand) == (ProductState.REFUSED, 2, "Other")
    assert queries.takedown_in_force(product.id) is not None


@pytest.mark.parametrize("to", ["live", "paused"])
def test_a_bulk_edit_leaves_it_where_it_is(vendor: Vendor, to: str, run_jobs: Jobs) -> None:
    product, actor = make_product(vendor), keeper(vendor)
    take([product])

    edit = services.start_bulk_edit("state", {"to": to}, {"ids": [str(product.id)]}, actor=actor)
    services.start_applying(edit.id, actor=actor)
    run_jobs()

    assert fresh(product).state is ProductState.REFUSED
    assert [row.reason for row in db.session.scalars(select(BulkEditRow))] == ["Its present state does not lead there."]


@pytest.mark.parametrize("before", [ProductState.LIVE, ProductState.PAUSED])
def test_taking_a_bulk_edit_back_does_not_bring_it_back(vendor: Vendor, before: ProductState, run_jobs: Jobs) -> None:
    """Paused or resumed in bulk, taken down after that: the edit finds another state than the one it made."""
    product, actor = make_product(vendor, state=before), keeper(vendor)
    to = "paused" if before is ProductState.LIVE else "live"
    edit = services.start_bulk_edit("state", {"to": to}, {"ids": [str(product.id)]}, actor=actor)
    services.start_applying(edit.id, actor=actor)
    run_jobs()
    take([fresh(product)])

    services.start_undoing(edit.id, actor=actor)
    run_jobs()

    assert fresh(product).state is ProductState.REFUSED


def test_retiring_it_and_taking_that_back_ends_where_it_was(vendor: Vendor, run_jobs: Jobs) -> None:
    product, actor = make_product(vendor), keeper(vendor)
    take([product])
    edit = services.start_bulk_edit("state", {"to": "retired"}, {"ids": [str(product.id)]}, actor=actor)
    services.start_applying(edit.id, actor=actor)
    run_jobs()
    assert fresh(product).state is ProductState.RETIRED

    services.start_undoing(edit.id, actor=actor)
    run_jobs()

    assert (fresh(product).state, product.reasons) == (ProductState.REFUSED, ["CERT-MISSING", "MISLEADING"])


def test_a_bulk_edit_of_prices_leaves_its_state(vendor: Vendor, run_jobs: Jobs) -> None:
    product, actor = make_product(vendor), keeper(vendor)
    take([product])

    edit = services.start_bulk_edit("price_percent", {"percent_bp": 100, "round_micro": 100}, {"ids": [str(product.id)]}, actor=actor)
    services.start_applying(edit.id, actor=actor)
    run_jobs()

    assert (fresh(product).state, product.version) == (ProductState.REFUSED, 2)


def test_a_file_does_not_bring_it_back(vendor: Vendor, tmp_path: Path) -> None:
    make_category(slug="bolts")
    bring_in(tmp_path, vendor, BOLT)
    product = db.session.scalars(select(Product).where(Product.vendor_id == vendor.id)).one()
    services.accept_product(product.id, version=1, actor=desk())
    take([product])

    summary, refused = bring_in(tmp_path, vendor, {**BOLT, "title_en": "The same bolt under another title"})

    assert (counts(summary), refused) == ((0, 1, 0, 0), [])
    assert (fresh(product).state, product.version) == (ProductState.REFUSED, 2)
    assert product.reasons == ["CERT-MISSING", "MISLEADING"]


def test_not_even_a_listing_of_the_operator_brings_it_back(vendor: Vendor) -> None:
    """Such a file puts what is new on sale at once; what exists keeps its state."""
    product = make_product(vendor)
    take([product])
    draft = changed(product, brand="Other")
    listing = Listing(line=1, vendor_id=vendor.id, currency=vendor.currency, draft=draft, state=ProductState.LIVE)

    result = services.import_products([listing], actor=Actor(name="operator"), source="operator")

    assert (result.changed, fresh(product).state, only_variant(product).brand) == (1, ProductState.REFUSED, "Other")


def test_the_desk_does_not_answer_a_change_of_what_is_down(vendor: Vendor) -> None:
    product = make_product(vendor, title="Bolt")
    services.edit_product(product.id, changed(product, product_fields={"title": {"en": "A better bolt"}}), version=1, actor=keeper(vendor))
    waiting = proposal_of(product)
    take([product])

    for answer in (
        lambda: services.accept_change(product.id, version=1, proposal_id=waiting, actor=desk()),
        lambda: services.refuse_change(product.id, ["DUPLICATE"], version=1, proposal_id=waiting, actor=desk()),
    ):
        with pytest.raises(InvalidMove):
            answer()

    assert (fresh(product).version, proposal_of(product)) == (1, waiting)


# The ways back.


def test_sent_again_it_waits_for_the_platform_and_the_taking_down_is_over(vendor: Vendor) -> None:
    product, actor = make_product(vendor), keeper(vendor)
    take([product])

    services.publish_product(product.id, actor=actor)

    (row,) = queries.takedowns_of(product.id)
    assert (product.state, product.reasons, row.ended, row.ended_by_name) == (ProductState.CHECKING, [], TakedownEnd.SENT_AGAIN, actor.name)
    with pytest.raises(InvalidMove):
        services.undo_takedown(product.id, reason="It was another product.", actor=desk())
    services.accept_product(product.id, version=1, actor=desk())
    assert fresh(product).state is ProductState.LIVE


def test_a_change_that_waited_goes_along_when_it_is_sent_again(vendor: Vendor) -> None:
    product, actor = make_product(vendor, title="Bolt"), keeper(vendor)
    services.edit_product(product.id, changed(product, product_fields={"title": {"en": "A better bolt"}}), version=1, actor=actor)
    take([product])
    assert content(product).title == {"en": "A better bolt"}

    services.publish_product(product.id, actor=actor)

    assert (product.state, product.title, product.version) == (ProductState.CHECKING, {"en": "A better bolt"}, 2)
    assert proposal_of(product) is None


def test_a_change_that_waited_is_in_what_is_saved(vendor: Vendor) -> None:
    product, actor = make_product(vendor, title="Bolt"), keeper(vendor)
    services.edit_product(product.id, changed(product, product_fields={"title": {"en": "A better bolt"}}), version=1, actor=actor)
    take([product])

    draft = replace(content(product), keywords=("steel",))
    services.edit_product(product.id, draft, version=1, actor=actor, proposal_id=proposal_of(product))

    assert (product.title, product.keywords, proposal_of(product)) == ({"en": "A better bolt"}, ["steel"], None)


@pytest.mark.parametrize("state", [ProductState.LIVE, ProductState.PAUSED])
def test_the_platform_takes_its_mistake_back(vendor: Vendor, state: ProductState) -> None:
    product, verifier = make_product(vendor, state=state, title="Bolt"), desk()
    services.edit_product(product.id, changed(product, product_fields={"title": {"en": "A better bolt"}}), version=1, actor=keeper(vendor))
    take([product])
    with pytest.raises(ReasonNeeded):
        services.undo_takedown(product.id, reason=" ", actor=verifier)

    services.undo_takedown(product.id, reason="It was another product.", actor=verifier)

    (row,) = queries.takedowns_of(product.id)
    assert (fresh(product).state, product.reasons, row.ended, row.end_reason) == (state, [], TakedownEnd.UNDONE, "It was another product.")
    assert proposal_of(product) is not None  # the change waits at the desk as before
    line = audit.history_of(product.id, company_id=vendor.id)[-1]
    assert (line.act, line.after["reason"], line.actor_id) == ("product.restored", "It was another product.", verifier.person_id)
    with pytest.raises(InvalidMove):
        services.undo_takedown(product.id, reason="Once more.", actor=verifier)


def test_what_lacks_something_by_now_is_checked_before_it_is_on_sale(vendor: Vendor) -> None:
    from_now = make_category()
    product = make_product(vendor, category=from_now)
    take([product])
    draft = draft_of(queries.version_content(product.id, 1))
    services.edit_product(product.id, replace(draft, variants=(replace(draft.variants[0], tiers=()),)), version=1, actor=keeper(vendor))

    services.undo_takedown(product.id, reason="It was another product.", actor=desk())

    assert fresh(product).state is ProductState.CHECKING


def test_a_retired_product_stays_retired(vendor: Vendor) -> None:
    product = make_product(vendor)
    take([product])
    services.retire_product(product.id, actor=keeper(vendor))

    with pytest.raises(InvalidMove):
        services.undo_takedown(product.id, reason="It was another product.", actor=desk())
    assert queries.taken_down_now(vendor.id) == []
    [taken] = queries.takedowns_of(product.id)
    assert queries.how_it_stands(taken, fresh(product).state) == "Moot: the vendor has retired the product"
    assert not queries.is_in_force(taken, fresh(product).state)
