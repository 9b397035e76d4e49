"""A taking down and what a vendor or the desk does at the same moment: whoever is first, nothing of it is on sale afterwards."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask

from marketplace.catalogue import queries, services
from marketplace.catalogue.drafts import ProductDraft, draft_of
from marketplace.catalogue.errors import EditedMeanwhile
from marketplace.catalogue.listings import Listing
from marketplace.catalogue.models import Product, ProductState, TakedownSource
from marketplace.catalogue.services import Statement
from marketplace.core.audit import Actor
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidMove
from tests.catalogue.test_races import at_once, make_listed
from tests.catalogue.test_reviewing import desk
from tests.orders.at_once import acting_as, together

pytestmark = pytest.mark.committed
STATEMENT = Statement(["UNSAFE"], "The plug breaks at a load that the standard asks it to bear.", TakedownSource.AUTHORITY)
ROUNDS = 4


def take(product_id: UUID, vendor_id: UUID, verifier: Actor) -> Callable[[], None]:
    def act() -> None:
        services.take_down_products(vendor_id, {product_id: 1}, STATEMENT, actor=verifier)

    return act


def stands(product_id: UUID) -> ProductState:
    db.session.rollback()
    return db.session.get_one(Product, product_id, populate_existing=True).state


def listed(state: ProductState) -> tuple[UUID, UUID, Actor, Actor]:
    product, _, actor = make_listed(state=state)
    with transaction():
        verifier = desk()
    return product.id, product.vendor_id, actor, verifier


@pytest.mark.parametrize("state", [ProductState.LIVE, ProductState.PAUSED])
def test_pausing_and_resuming_at_the_same_moment_leave_it_down(app: Flask, state: ProductState) -> None:
    act = services.pause_product if state is ProductState.LIVE else services.resume_product
    for _ in range(ROUNDS):
        product_id, vendor_id, actor, verifier = listed(state)

        def move(p: UUID = product_id, a: Actor = actor) -> None:
            act(p, actor=a)

        taken, _ = at_once(app, [take(product_id, vendor_id, verifier), move])

        assert taken is None
        assert stands(product_id) is ProductState.REFUSED


def test_a_bulk_edit_at_the_same_moment_leaves_it_down(app: Flask) -> None:
    for state, to in ((ProductState.PAUSED, "live"), (ProductState.LIVE, "paused")) * 2:
        product_id, vendor_id, actor, verifier = listed(state)
        with acting_as(vendor_id), transaction():
            edit = services.start_bulk_edit("state", {"to": to}, {"ids": [str(product_id)]}, actor=actor)
            services.start_applying(edit.id, actor=actor)
            edit_id = edit.id

        def apply(e: UUID = edit_id) -> None:
            services.apply_rows(e)

        raised = together(app, [(None, take(product_id, vendor_id, verifier)), (None, apply)])

        assert raised == [None, None]
        assert stands(product_id) is ProductState.REFUSED


def test_a_file_at_the_same_moment_leaves_it_down_or_the_desk_looks_again(app: Flask) -> None:
    for _ in range(ROUNDS):
        product_id, vendor_id, actor, verifier = listed(ProductState.LIVE)
        with transaction():
            draft = draft_of(queries.version_content(product_id, 1))
        dearer = replace(draft, variants=(replace(draft.variants[0], tiers=((1, 900_000),)),))
        listing = Listing(line=1, vendor_id=vendor_id, currency="EUR", draft=dearer, state=ProductState.LIVE)

        def bring(row: Listing = listing, a: Actor = actor) -> None:
            assert services.import_products([row], actor=a, source="file").changed == 1

        taken, brought = at_once(app, [take(product_id, vendor_id, verifier), bring])

        assert brought is None
        assert (stands(product_id), type(taken)) in {(ProductState.REFUSED, type(None)), (ProductState.LIVE, EditedMeanwhile)}


def test_of_two_who_take_it_down_one_does(app: Flask) -> None:
    for _ in range(ROUNDS):
        product_id, vendor_id, _, verifier = listed(ProductState.LIVE)

        raised = at_once(app, [take(product_id, vendor_id, verifier)] * 2)

        assert sorted(type(error).__name__ for error in raised) == sorted(["NoneType", InvalidMove.__name__])
        assert len(queries.takedowns_of(product_id)) == 1


def test_a_version_saved_at_the_same_moment_is_looked_at_or_comes_too_late(app: Flask) -> None:
    """Either the desk is told that there is a newer version, or what is saved is saved into a product that is down."""
    seen = set()
    for _ in range(ROUNDS):
        product_id, vendor_id, actor, verifier = listed(ProductState.LIVE)
        with transaction():
            draft = draft_of(queries.version_content(product_id, 1))
        dearer = replace(draft, variants=(replace(draft.variants[0], tiers=((1, 900_000),)),))

        def save(p: UUID = product_id, d: ProductDraft = dearer, a: Actor = actor) -> None:
            services.edit_product(p, d, version=1, actor=a)

        taken, saved = at_once(app, [take(product_id, vendor_id, verifier), save])

        assert saved is None
        state = stands(product_id)
        assert (state, type(taken)) in {(ProductState.REFUSED, type(None)), (ProductState.LIVE, EditedMeanwhile)}
        seen.add(state)
    assert seen


def test_undoing_and_sending_again_at_the_same_moment_are_one_after_the_other(app: Flask) -> None:
    for _ in range(ROUNDS):
        product_id, vendor_id, actor, verifier = listed(ProductState.LIVE)
        with transaction():
            take(product_id, vendor_id, verifier)()

        def undo(p: UUID = product_id, v: Actor = verifier) -> None:
            services.undo_takedown(p, reason="It was another product.", actor=v)

        def send(p: UUID = product_id, a: Actor = actor) -> None:
            services.publish_product(p, actor=a)

        undone, sent = at_once(app, [undo, send])

        assert (type(undone), type(sent), stands(product_id)) in {
            (type(None), InvalidMove, ProductState.LIVE),
            (InvalidMove, type(None), ProductState.CHECKING),
        }
