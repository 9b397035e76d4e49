"""Appeals about products on sale: one that was taken down, and a change that was refused."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.catalogue import queries as catalogue_queries
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.drafts import draft_of
from marketplace.catalogue.errors import ProductRefused
from marketplace.catalogue.models import PictureState, PriceTier, Product, ProductProposal, ProductState, ProposalState, TakedownEnd
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.quality import queries, services
from marketplace.quality.errors import AppealedAlready, DecisionOver
from marketplace.quality.models import AppealState, DecisionKind, VendorAppeal
from tests.factories.catalogue import make_picture, make_product, only_variant
from tests.quality.contested import ANSWER, SAID, STATEMENT, TITLE, Contest, Desk, ask_for_change, make_contest, make_desk, state_of
from vendors import services as vendors


@pytest.fixture
def verifiers(app: Flask) -> Desk:
    return make_desk()


def filed(contest: Contest) -> VendorAppeal:
    return services.file_appeal(contest.decision_id, said=SAID, file_ids=(), actor=contest.actor)


def product_of(contest: Contest) -> Product:
    assert contest.product is not None
    return db.session.get_one(Product, contest.product.id, populate_existing=True)


def last_change(product: Product) -> ProductProposal:
    return db.session.scalars(
        select(ProductProposal).where(ProductProposal.product_id == product.id).order_by(ProductProposal.made_at)
    ).all()[-1]


def save(contest: Contest, **fields: object) -> None:
    """The vendor saves its product with other fields of the first variant, or a title."""
    own = catalogue_queries.own_product(product_of(contest).id, vendor_id=contest.vendor.id)
    draft = draft_of(own.content)
    title = fields.pop("title", None)
    draft = replace(draft, variants=(replace(draft.variants[0], **fields),), **({"title": title} if title else {}))  # type: ignore[arg-type]
    catalogue.edit_product(own.id, draft, version=own.version, proposal_id=own.proposal_id, actor=contest.actor)


def test_a_granted_appeal_puts_the_product_on_sale_and_ends_the_taking_down(verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.PRODUCT_TAKEN_DOWN, verifiers)

    services.grant_appeal(filed(contest).id, reason=ANSWER, actor=verifiers.other)

    product = product_of(contest)
    (taken,) = catalogue_queries.takedowns_of(product.id)
    assert (product.state, product.reasons, product.version) == (ProductState.LIVE, [], 1)
    assert (taken.ended, taken.ended_by_name, taken.end_reason) == (TakedownEnd.GRANTED, verifiers.second.name, ANSWER)


def test_a_product_that_was_changed_since_is_looked_at_before_it_is_on_sale(verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.PRODUCT_TAKEN_DOWN, verifiers)
    appeal = filed(contest)
    save(contest, title={"en": "Something else altogether"})

    services.grant_appeal(appeal.id, reason=ANSWER, actor=verifiers.other)

    assert (appeal.state, product_of(contest).state) == (AppealState.GRANTED, ProductState.CHECKING)


def test_a_price_that_was_changed_since_needs_no_check(verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.PRODUCT_TAKEN_DOWN, verifiers)
    appeal = filed(contest)
    save(contest, tiers=((1, 2_000),))

    services.grant_appeal(appeal.id, reason=ANSWER, actor=verifiers.other)

    assert (product_of(contest).version, product_of(contest).state) == (2, ProductState.LIVE)


def test_a_product_of_a_suspended_shop_is_back_and_not_seen(verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.PRODUCT_TAKEN_DOWN, verifiers)
    appeal = filed(contest)
    vendors.suspend_vendor(contest.vendor.id, reason="Late 14.2 % of 113 orders.", actor=verifiers.other)

    services.grant_appeal(appeal.id, reason=ANSWER, actor=verifiers.other)

    assert product_of(contest).state is ProductState.LIVE
    with pytest.raises(NotFound):
        catalogue_queries.product_page(product_of(contest).slug, keys=frozenset({"all"}))


def test_what_was_sent_again_is_not_appealed_against(verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.PRODUCT_TAKEN_DOWN, verifiers)
    appeal = filed(contest)
    catalogue.publish_product(product_of(contest).id, actor=contest.actor)
    catalogue.refuse_product(product_of(contest).id, ["DUPLICATE"], version=1, actor=verifiers.other)

    services.grant_appeal(appeal.id, reason=ANSWER, actor=verifiers.other)

    standing = queries.standing_of_product(product_of(contest).id, ProductState.REFUSED, vendor_id=contest.vendor.id)
    assert standing is not None
    assert (product_of(contest).state, standing.decision.kind, standing.appeal) == (
        ProductState.REFUSED,
        DecisionKind.PRODUCT_REFUSED,
        None,
    )


def test_a_second_taking_down_is_appealed_against_anew(verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.PRODUCT_TAKEN_DOWN, verifiers)
    services.grant_appeal(filed(contest).id, reason=ANSWER, actor=verifiers.other)
    catalogue.take_down_products(contest.vendor.id, {product_of(contest).id: 1}, STATEMENT, actor=verifiers.other)

    with pytest.raises(AppealedAlready):
        filed(contest)
    standing = queries.standing_of_product(product_of(contest).id, ProductState.REFUSED, vendor_id=contest.vendor.id)

    assert standing is not None
    assert (standing.appeal, standing.decision.decision_by) == (None, verifiers.second.id)


def test_a_granted_change_is_the_next_version_with_the_price_of_today(verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.CHANGE_REFUSED, verifiers)
    save(contest, tiers=((1, 2_000),))
    appeal = filed(contest)

    services.grant_appeal(appeal.id, reason=ANSWER, actor=verifiers.other)

    product = product_of(contest)
    change = last_change(product)
    assert (product.title, product.version, product.state) == ({"en": TITLE}, 3, ProductState.LIVE)
    assert (change.state, change.version, change.decided_by) == (ProposalState.ACCEPTED, 3, verifiers.second.id)
    tiers = db.session.scalars(select(PriceTier).where(PriceTier.variant_id == only_variant(product).id)).all()
    assert [tier.unit_price_micro for tier in tiers] == [2_000]


def test_a_change_behind_which_a_newer_one_stands_is_not_made_current(verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.CHANGE_REFUSED, verifiers)
    appeal = filed(contest)
    ask_for_change(product_of(contest), contest.actor, title="A third title of the same bolt")

    services.grant_appeal(appeal.id, reason=ANSWER, actor=verifiers.other)

    assert (appeal.state, product_of(contest).version, last_change(product_of(contest)).state) == (
        AppealState.GRANTED,
        1,
        ProposalState.WAITING,
    )


def test_a_change_that_fits_no_longer_cannot_be_granted(verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.CHANGE_REFUSED, verifiers)
    product = product_of(contest)
    change = last_change(product)
    other = make_product(contest.vendor, sku="PART-1")
    part = {**change.content["variants"][0], "parts": [[only_variant(other).sku + "-GONE", 2]]}
    change.content = {**change.content, "variants": [part]}
    db.session.flush()
    appeal = filed(contest)

    with pytest.raises(ProductRefused), db.session.begin_nested():
        services.grant_appeal(appeal.id, reason=ANSWER, actor=verifiers.other)

    db.session.expire_all()
    assert (queries.appeal_by_id(appeal.id).state, product_of(contest).version) == (AppealState.OPEN, 1)


def test_the_refusal_of_photos_alone_is_no_decision_to_appeal_against(verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.CHANGE_REFUSED, verifiers)
    photo = make_picture(product_of(contest), state=PictureState.WAITING)
    catalogue.refuse_change(
        product_of(contest).id, ["PHOTO-OTHER-BRAND"], version=1, proposal_id=None, pictures=[photo.id], actor=verifiers.decider
    )
    db.session.flush()
    lines = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "product.change_refused").order_by(AuditEvent.seq)).all()

    with pytest.raises(DecisionOver):
        services.file_appeal(lines[-1].id, said=SAID, file_ids=(), actor=contest.actor)

    standing = queries.standing_of_product(product_of(contest).id, ProductState.LIVE, vendor_id=contest.vendor.id)
    assert standing is not None
    assert standing.decision.decision_id == contest.decision_id


def test_a_product_that_is_no_longer_on_sale_has_no_change_to_appeal_for(verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.CHANGE_REFUSED, verifiers)
    catalogue.retire_product(product_of(contest).id, actor=contest.actor)

    with pytest.raises(DecisionOver):
        filed(contest)
    assert state_of(contest) is ProductState.RETIRED
