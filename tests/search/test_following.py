"""Follows and their feed: what is told, in which order, and that nothing is told of what the reader may not see today."""

import base64
import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from marketplace.accounts.models import Company
from marketplace.catalogue.models import PriceTier, Product, ProductState, Variant
from marketplace.core import audit, clock
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.demo import watching
from marketplace.demo.cast import Cast, members_of
from marketplace.pricing import services as pricing
from marketplace.pricing.formulas import Formula
from marketplace.pricing.models import PriceList, Segment, Standing
from search.queries import forget_vendors
from search.watching import feed
from search.watching.models import Follow, FollowKind, QuoteWish, SavedSearch
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import keep_version, make_category, make_product
from tests.factories.pricing import make_price_list, make_segment
from tests.factories.vendors import make_certificate, make_vendor
from tests.search.reading import page, variant_of
from vendors.models import Vendor, VendorState


def a_buyer(client: FlaskClient, company: Company | None = None) -> Company:
    company = company or make_company()
    log_in(client, make_member(company), company)
    return company


def follow(client: FlaskClient, kind: str, subject_id: UUID) -> None:
    answer = client.post("/follows", data={"kind": kind, "subject_id": str(subject_id), "next": "/feed"})
    assert answer.status_code == 303
    assert answer.location == "/feed"


def kinds(text: str) -> list[str]:
    """The entries of a feed page, in order."""
    return re.findall(r'data-kind="([^"]+)"', text)


def listed(vendor: Vendor, *, days_ago: float = 10, **fields: Any) -> Product:
    """A product with a version, on sale since some days."""
    product = make_product(vendor, **fields)
    product.published_at = product.created_at = clock.now() - timedelta(days=days_ago)
    db.session.flush()
    keep_version(product)
    forget_vendors()
    return product


def edit(product: Product, **fields: Any) -> None:
    """A further version with another price (`micro`) or other fields of its variant."""
    variant = variant_of(product)
    micro = fields.pop("micro", None)
    if micro:
        db.session.execute(update(PriceTier).where(PriceTier.variant_id == variant.id).values(unit_price_micro=micro))
    db.session.execute(update(Variant).where(Variant.id == variant.id).values(**fields)) if fields else None
    db.session.expire_all()
    product.created_at = clock.now()  # the builder's version is as old as its product
    keep_version(product)


@pytest.mark.parametrize("kind", ["vendor", "product", "category"])
def test_each_kind_is_followed_from_its_page_and_brings_the_new_product(client: FlaskClient, kind: str) -> None:
    root = make_category(name="Fasteners", is_leaf=False)
    vendor, category = make_vendor(name="Qianzhu"), make_category(name="Hinges", parent=root)
    product = listed(vendor, category=category, title="Brass hinge", sku="HINGE-1")
    listed(make_vendor(), title="Copper pipe", sku="PIPE-1")
    a_buyer(client)
    subject = {"vendor": vendor.id, "product": product.id, "category": root.id}[kind]
    place = {"vendor": f"/shops/{vendor.slug}", "product": f"/products/{product.slug}", "category": f"/categories/{root.slug}"}[kind]
    button = re.findall(r'<form method="post" action="/follows">.*?</form>', page(client, place), re.DOTALL)

    assert f'value="{subject}"' in button[0]
    follow(client, kind, subject)
    text = page(client, "/feed")

    assert kinds(text) == ["new"]
    assert "Brass hinge" in text
    assert "PIPE-1" not in text
    assert "Stop following" in page(client, place)


def test_following_twice_is_following_and_stopping_ends_it(client: FlaskClient) -> None:
    vendor = make_vendor()
    forget_vendors()
    a_buyer(client)
    for _ in range(2):
        follow(client, "vendor", vendor.id)
    assert db.session.query(Follow).count() == 1

    client.post("/follows/remove", data={"kind": "vendor", "subject_id": str(vendor.id)})

    assert db.session.query(Follow).count() == 0
    assert "You follow nothing yet" in page(client, "/feed")
    assert "You follow nothing yet" in page(client, "/follows")


def test_what_cannot_be_seen_cannot_be_followed(client: FlaskClient) -> None:
    hidden = make_product(make_vendor(), visibility=[f"company:{uuid4()}"])
    draft = make_product(make_vendor(), state=ProductState.DRAFT)
    suspended = make_vendor(state=VendorState.SUSPENDED)
    forget_vendors()
    a_buyer(client)

    for kind, key in (
        ("product", hidden.id), ("product", draft.id), ("vendor", suspended.id), ("category", uuid4()), ("planet", hidden.id), ("vendor", "x")
    ):  # fmt: skip
        assert client.post("/follows", data={"kind": kind, "subject_id": str(key)}).status_code == 404
    assert db.session.query(Follow).count() == 0


def test_price_lifecycle_and_capacity_are_told_and_other_edits_are_not(client: FlaskClient) -> None:
    product = listed(make_vendor(), title="Brass hinge", sku="HINGE-1", tiers=[(1, 2_000_000)])
    a_buyer(client)
    follow(client, "product", product.id)

    with clock.at(clock.now() + timedelta(hours=1)):
        edit(product, micro=1_500_000)
    with clock.at(clock.now() + timedelta(hours=2)):
        edit(product, label="another word")
    with clock.at(clock.now() + timedelta(hours=3)):
        edit(product, lifecycle="last_time_buy", last_time_buy_on=date(2027, 3, 1), capacity_month=5_000)
        text = page(client, "/feed")

    assert kinds(text) == ["changed", "changed", "new"]
    assert "list price 1.5000 EUR/pc, was 2.0000 EUR/pc" in text.replace("\u00a0", " ")
    assert "Last time to buy, to order until 1 Mar 2027" in text.replace("\u00a0", " ")
    assert "capacity a month" in text
    assert "another word" not in text


def test_certificates_that_were_checked_or_end_soon_are_told(client: FlaskClient) -> None:
    vendor = make_vendor()
    ending = make_certificate(vendor, scheme="ISO 9001", valid_days=10)
    ending.checked_at = clock.now() - timedelta(days=80)
    late = make_certificate(vendor, scheme="RoHS", valid_days=12)
    late.checked_at = clock.now() - timedelta(hours=2)
    make_certificate(vendor, scheme="ISO 14001", valid_days=300)
    forget_vendors()
    a_buyer(client)
    follow(client, "vendor", vendor.id)

    text = page(client, "/feed")

    added, ends = "certificate_added", "certificate_expiring"
    assert kinds(text) == [added, ends, added, ends, added]
    assert text.index("ISO 14001") < text.index("ISO 9001")


def test_a_vendors_capacity_is_told(client: FlaskClient) -> None:
    vendor = make_vendor()
    forget_vendors()
    a_buyer(client)
    follow(client, "vendor", vendor.id)
    before, after = {"capabilities": {"capacity_month": 100}}, {"capabilities": {"capacity_month": 40_000, "capacity_unit": "kg"}}
    audit.record(SYSTEM, "vendor.capabilities_edited", "vendor", vendor.id, companies=(vendor.id,), before=before, after=after)
    audit.record(SYSTEM, "vendor.capabilities_edited", "vendor", vendor.id, companies=(vendor.id,), before=after, after=after)
    db.session.flush()

    text = page(client, "/feed")

    assert kinds(text) == ["capacity"]
    assert "40,000 kg" in text


@pytest.mark.parametrize(("state", "act", "kind"), [("PAUSED", "product.paused", "paused"), ("RETIRED", "product.retired", "retired")])
def test_what_goes_off_sale_is_told_without_a_link(client: FlaskClient, state: str, act: str, kind: str) -> None:
    product = listed(make_vendor(), title="Brass hinge", sku="HINGE-1")
    a_buyer(client)
    follow(client, "product", product.id)
    product.state, product.updated_at = ProductState[state], clock.now()
    audit.record(SYSTEM, act, "product", product.id, companies=(product.vendor_id,))
    db.session.flush()

    text = page(client, "/feed")

    assert kinds(text) == [kind]
    assert "Brass hinge" in text
    assert f"/products/{product.slug}" not in text


def test_goods_that_come_back_on_sale_are_told(client: FlaskClient) -> None:
    product = listed(make_vendor(), title="Brass hinge", sku="HINGE-1")
    a_buyer(client)
    follow(client, "product", product.id)
    product.updated_at = clock.now()
    for act in ("product.paused", "product.resumed", "product.paused", "product.resumed"):
        audit.record(SYSTEM, act, "product", product.id, companies=(product.vendor_id,))
    db.session.flush()

    text = page(client, "/feed")

    assert kinds(text) == ["resumed", "new"]
    assert "On sale again" in text


def test_a_price_of_ones_own_is_told_when_it_counts_and_to_nobody_else(client: FlaskClient) -> None:
    vendor = make_vendor()
    product = listed(vendor, title="Brass hinge", sku="HINGE-1", tiers=[(1, 2_000_000)])
    variant_id, company = variant_of(product).id, a_buyer(client)
    follow(client, "product", product.id)
    agreed = make_price_list(vendor, prices={variant_id: [(1, 1_400_000)]}, companies=[company.id])
    with clock.at(clock.now() + timedelta(minutes=1)):
        pricing.set_prices(agreed.id, {variant_id: [(1, 1_300_000)]}, vendor_id=vendor.id, valid_from=clock.now().date(), actor=SYSTEM)
        next_month = clock.now().date() + timedelta(days=30)
        pricing.set_prices(agreed.id, {variant_id: [(1, 1_100_000)]}, vendor_id=vendor.id, valid_from=next_month, actor=SYSTEM)
        text = page(client, "/feed").replace("\u00a0", " ")
        a_buyer(client)
        follow(client, "product", product.id)
        others = page(client, "/feed")

    assert kinds(text) == ["own_price", "own_price", "new"]
    assert "your price 1.3000 EUR/pc, was 1.4000 EUR/pc" in text
    assert "1.1000" not in text
    assert kinds(others) == ["new"]


def of_a_group(client: FlaskClient) -> tuple[Vendor, Product, Segment]:
    """The reader follows a product of a vendor who has taken the reader's company into a group of buyers."""
    vendor = make_vendor(name="Qianzhu")
    product = listed(vendor, title="Brass hinge", sku="HINGE-1", tiers=[(1, 2_000_000)])
    company = a_buyer(client)
    follow(client, "product", product.id)
    with clock.at(clock.now() - timedelta(days=120)):  # longer ago than the feed goes
        return vendor, product, make_segment(vendor, members=[company.id], name="Frame buyers")


def feed_text(client: FlaskClient) -> str:
    return page(client, "/feed").replace("\u00a0", " ")


def a_stranger_reads_nothing_of_it(client: FlaskClient, product: Product, *figures: str) -> None:
    a_buyer(client)
    follow(client, "product", product.id)
    text = page(client, "/feed")
    assert kinds(text) == ["new"]
    assert not [figure for figure in figures if figure in text]


def test_a_price_of_a_group_is_told_to_its_members_alone(client: FlaskClient) -> None:
    vendor, product, group = of_a_group(client)
    variant_id = variant_of(product).id
    agreed = make_price_list(vendor, prices={variant_id: [(1, 1_400_000)]}, segments=[group.id])
    with clock.at(clock.now() + timedelta(minutes=1)):
        pricing.set_prices(agreed.id, {variant_id: [(1, 1_300_000)]}, vendor_id=vendor.id, valid_from=clock.now().date(), actor=SYSTEM)
        text = feed_text(client)
        assert kinds(text) == ["own_price", "own_price", "new"]
        assert "HINGE-1: your price 1.3000 EUR/pc, was 1.4000 EUR/pc" in text
        assert "Frame buyers" not in text, "how a vendor calls a group is the vendor's own business"
        a_stranger_reads_nothing_of_it(client, product, "1.3000", "1.4000")


def test_a_price_from_a_larger_quantity_on_says_the_quantity(client: FlaskClient) -> None:
    vendor, product, group = of_a_group(client)
    variant_id = variant_of(product).id
    agreed = make_price_list(vendor, prices={variant_id: [(500, 1_400_000)]}, segments=[group.id])
    with clock.at(clock.now() + timedelta(minutes=1)):
        pricing.set_prices(agreed.id, {variant_id: [(500, 1_300_000)]}, vendor_id=vendor.id, valid_from=clock.now().date(), actor=SYSTEM)

        assert "HINGE-1: your price 1.3000 EUR/pc from 500 pcs, was 1.4000 EUR/pc" in feed_text(client)


def test_a_formula_of_a_group_is_told_with_what_it_makes_of_what_is_followed(client: FlaskClient) -> None:
    vendor, product, group = of_a_group(client)
    listed(vendor, title="Steel hinge", sku="HINGE-2", tiers=[(1, 5_000_000)])
    agreed = make_price_list(vendor, formula=Formula(-1_000), segments=[group.id])
    with clock.at(clock.now() + timedelta(minutes=1)):
        pricing.set_formula(agreed.id, Formula(-1_500), vendor_id=vendor.id, valid_from=clock.now().date(), actor=SYSTEM)
        next_month = clock.now().date() + timedelta(days=30)
        pricing.set_formula(agreed.id, Formula(-2_000), vendor_id=vendor.id, valid_from=next_month, actor=SYSTEM)
        text = feed_text(client)
        assert kinds(text) == ["own_formula", "own_formula", "new"]
        assert "HINGE-1: your price 1.7000 EUR/pc, was 1.8000 EUR/pc" in text
        assert "HINGE-1: your price 1.8000 EUR/pc" in text
        assert "HINGE-2" not in text, "it is not followed"
        assert "1.6000" not in text, "what is to come does not count yet"
        a_stranger_reads_nothing_of_it(client, product, "1.7000", "1.8000")


def test_a_formula_on_another_list_tells_what_it_makes_and_never_that_list(client: FlaskClient) -> None:
    vendor, product, group = of_a_group(client)
    variant_id = variant_of(product).id
    base = make_price_list(vendor, prices={variant_id: [(1, 1_500_000)]}, name="Cost list", is_active=False)
    make_price_list(vendor, formula=Formula(1_000), base=base, segments=[group.id])
    with clock.at(clock.now() + timedelta(minutes=1)):
        pricing.set_prices(base.id, {variant_id: [(1, 1_200_000)]}, vendor_id=vendor.id, valid_from=clock.now().date(), actor=SYSTEM)
        text = feed_text(client)
        assert "HINGE-1: your price 1.3200 EUR/pc, was 1.6500 EUR/pc" in text
        assert "1.2000" not in text
        assert "1.5000" not in text
        assert "Cost list" not in text
        a_stranger_reads_nothing_of_it(client, product, "1.3200", "1.6500")


def test_many_prices_of_ones_own_cost_a_page_no_more_statements_than_one(client: FlaskClient) -> None:
    vendor, _, group = of_a_group(client)
    follow(client, "vendor", vendor.id)
    base = make_price_list(vendor, prices={}, is_active=False)
    make_price_list(vendor, formula=Formula(1_000), base=base, segments=[group.id])
    counts = []
    for n in range(8):
        product = listed(vendor, title=f"Hinge {n}", sku=f"H-{n}", tiers=[(1, 2_000_000)])
        prices = {variant_of(product).id: [(1, 1_500_000 + n)]}
        pricing.set_prices(base.id, prices, vendor_id=vendor.id, valid_from=clock.now().date(), actor=SYSTEM)
        db.session.flush()
        with count_queries() as statements:
            text = page(client, "/feed")
        counts.append(len(statements))

    assert kinds(text).count("own_price") == 8
    assert max(counts[1:]) <= counts[0]


def test_being_taken_into_a_group_is_told_with_its_prices(client: FlaskClient) -> None:
    vendor, product, group = of_a_group(client)
    with clock.at(clock.now() - timedelta(days=100)):
        make_price_list(vendor, prices={variant_of(product).id: [(1, 1_400_000)]}, segments=[group.id])
    later = a_buyer(client)
    follow(client, "product", product.id)
    assert kinds(page(client, "/feed")) == ["new"]

    with clock.at(clock.now() + timedelta(minutes=1)):
        pricing.add_to_segment(group.id, later.id, vendor_id=vendor.id, actor=SYSTEM)
        db.session.flush()
        text = feed_text(client)

    assert kinds(text) == ["own_group", "new"]
    assert "HINGE-1: your price 1.4000 EUR/pc" in text
    assert "Frame buyers" not in text


def test_being_taken_out_of_a_group_is_told_with_what_is_paid_now_and_never_its_prices(client: FlaskClient) -> None:
    vendor, product, group = of_a_group(client)
    with clock.at(clock.now() - timedelta(days=100)):
        make_price_list(vendor, prices={variant_of(product).id: [(1, 1_400_000)]}, segments=[group.id])
    company_id = db.session.query(Follow).one().company_id

    with clock.at(clock.now() + timedelta(minutes=1)):
        pricing.remove_from_segment(group.id, company_id, vendor_id=vendor.id, actor=SYSTEM)
        db.session.flush()
        text = feed_text(client)
        a_stranger_reads_nothing_of_it(client, product, "you pay")

    assert kinds(text) == ["own_group_left", "new"]
    assert "HINGE-1: you pay 2.0000 EUR/pc today" in text
    assert "1.4000" not in text
    assert "Frame buyers" not in text


def agreed_with(client: FlaskClient, *, tiers: list[tuple[int, int]], **fields: Any) -> tuple[Vendor, Product, Company, PriceList]:
    """The reader follows a product of a vendor with a list for the reader's company, which has counted for longer than the feed goes."""
    vendor = make_vendor(name="Qianzhu")
    product = listed(vendor, title="Brass hinge", sku="HINGE-1", tiers=[(1, 2_000_000), (1_000, 1_900_000)])
    other = listed(vendor, title="Steel hinge", sku="HINGE-2", tiers=[(1, 5_000_000)])
    company = a_buyer(client)
    for each in (product, other):
        follow(client, "product", each.id)
    with clock.at(clock.now() - timedelta(days=120)):
        made = make_price_list(vendor, prices={variant_of(product).id: tiers}, companies=[company.id], name="Frame 2026", **fields)
    return vendor, product, company, made


def test_a_list_that_ends_is_told_once_with_what_is_paid_now(client: FlaskClient) -> None:
    last_day = clock.now().date() - timedelta(days=1)
    vendor, product, _, agreed = agreed_with(client, tiers=[(1, 1_400_000)], valid_until=last_day)

    pricing.end_list(agreed.id, vendor_id=vendor.id, actor=SYSTEM)  # what was over already is ended in the portal, too
    db.session.flush()
    text = feed_text(client)
    chinese = page(client, "/feed?lang=zh-Hans")
    client.get("/feed?lang=en")
    a_stranger_reads_nothing_of_it(client, product, "you pay", "1.4000")

    assert kinds(text) == ["own_list_ended", "new", "new"]
    assert "A price list of yours has ended" in text
    assert "HINGE-1: you pay 2.0000 EUR/pc today" in text
    assert "HINGE-2: you pay" not in text, "the list never had it"
    assert "1.4000" not in text
    assert "你的一份价目表已到期或终止" in chinese


def test_a_list_that_the_vendor_ends_names_the_quantity_that_it_began_with(client: FlaskClient) -> None:
    vendor, _, _, agreed = agreed_with(client, tiers=[(1_500, 1_400_000)])

    pricing.end_list(agreed.id, vendor_id=vendor.id, actor=SYSTEM)
    db.session.flush()
    text = feed_text(client)

    assert kinds(text)[0] == "own_list_ended"
    assert "HINGE-1: you pay 1.9000 EUR/pc from 1,500 pcs today" in text


def test_a_formula_that_ends_is_told_for_what_it_reckoned(client: FlaskClient) -> None:
    vendor, product, group = of_a_group(client)
    with clock.at(clock.now() - timedelta(days=100)):
        agreed = make_price_list(vendor, formula=Formula(-1_000), segments=[group.id])

    pricing.end_list(agreed.id, vendor_id=vendor.id, actor=SYSTEM)
    db.session.flush()
    text = feed_text(client)
    a_stranger_reads_nothing_of_it(client, product, "you pay")

    assert kinds(text) == ["own_list_ended", "new"]
    assert "HINGE-1: you pay 2.0000 EUR/pc today" in text
    assert "Frame buyers" not in text


@pytest.mark.parametrize("reason", ["another", "the_same", "never", "to_come", "going_on"])
def test_the_end_of_a_list_that_changes_no_price_is_no_news(client: FlaskClient, reason: str) -> None:
    yesterday, micro = clock.now().date() - timedelta(days=1), 2_000_000 if reason == "the_same" else 1_400_000
    until = yesterday if reason in ("another", "the_same") else yesterday + timedelta(days=9) if reason == "going_on" else None
    vendor, product, company, agreed = agreed_with(
        client, tiers=[(1, micro)], valid_until=until, is_active=reason not in ("never", "to_come")
    )
    if reason == "another":
        with clock.at(clock.now() - timedelta(days=100)):
            make_price_list(vendor, prices={variant_of(product).id: [(1, 1_300_000)]}, companies=[company.id], standing=Standing.CONTRACT)
    if reason == "to_come":
        agreed.valid_from = yesterday + timedelta(days=30)
        pricing.activate_list(agreed.id, vendor_id=vendor.id, actor=SYSTEM)
    if reason in ("never", "to_come"):
        pricing.end_list(agreed.id, vendor_id=vendor.id, actor=SYSTEM)
    db.session.flush()

    assert kinds(page(client, "/feed")) == ["new", "new"]


def test_a_list_that_is_taken_away_is_told_without_what_it_said(client: FlaskClient) -> None:
    vendor, product, company, agreed = agreed_with(client, tiers=[(1, 1_400_000)])
    colleague = make_company()

    def meant_for(*companies: Company) -> None:
        uses = [pricing.Use(one.id) for one in companies]
        pricing.assign_list(agreed.id, vendor_id=vendor.id, uses=uses, segment_ids=[], actor=SYSTEM)
        db.session.flush()

    meant_for(company, colleague)
    assert kinds(page(client, "/feed")) == ["new", "new"], "others were let in"
    meant_for(colleague)
    text = feed_text(client)
    pricing.end_list(agreed.id, vendor_id=vendor.id, actor=SYSTEM)
    db.session.flush()
    later = feed_text(client)
    a_stranger_reads_nothing_of_it(client, product, "you pay", "1.4000")

    assert kinds(text) == kinds(later) == ["own_list_taken", "new", "new"], "its end is no news to who had it no more"
    assert "The vendor has taken a price list away from you" in text
    assert "HINGE-1: you pay 2.0000 EUR/pc today" in text
    assert "1.4000" not in text
    assert "Frame 2026" not in text


def test_a_list_that_is_given_back_or_did_not_count_is_not_told_as_taken_away(client: FlaskClient) -> None:
    vendor, _, company, agreed = agreed_with(client, tiers=[(1, 1_400_000)])
    draft = make_price_list(vendor, formula=Formula(-500), companies=[company.id], is_active=False)

    for each in (agreed, draft):
        pricing.assign_list(each.id, vendor_id=vendor.id, uses=[], segment_ids=[], actor=SYSTEM)
    pricing.add_use(agreed.id, pricing.Use(company.id), vendor_id=vendor.id, actor=SYSTEM)
    db.session.flush()

    assert kinds(page(client, "/feed")) == ["new", "new"]


def test_many_lists_that_end_cost_a_page_no_more_statements_than_one(client: FlaskClient) -> None:
    vendor, _, company, _ = agreed_with(client, tiers=[(1, 1_400_000)])
    counts = []
    for n in range(4):
        product = listed(vendor, title=f"Hinge {n}", sku=f"H-{n}", tiers=[(1, 2_000_000)])
        follow(client, "product", product.id)
        with clock.at(clock.now() - timedelta(days=120)):
            made = make_price_list(vendor, prices={variant_of(product).id: [(1, 1_500_000)]}, companies=[company.id])
        pricing.end_list(made.id, vendor_id=vendor.id, actor=SYSTEM)
        db.session.flush()
        with count_queries() as statements:
            text = page(client, "/feed")
        counts.append(len(statements))

    assert kinds(text).count("own_list_ended") == 4
    assert max(counts[1:]) <= counts[0]


def test_leaving_a_group_without_prices_is_the_vendors_own_business(client: FlaskClient) -> None:
    vendor, product, group = of_a_group(client)
    prices = {variant_of(product).id: [(1, 1_400_000)]}
    make_price_list(vendor, prices=prices, segments=[group.id], is_active=False)
    make_price_list(vendor, prices=prices, segments=[group.id], valid_from=clock.now().date() + timedelta(days=9), name="Next year")

    pricing.remove_from_segment(group.id, db.session.query(Follow).one().company_id, vendor_id=vendor.id, actor=SYSTEM)

    assert kinds(page(client, "/feed")) == ["new"]


def test_a_price_that_another_list_goes_before_is_not_told_as_ones_own(client: FlaskClient) -> None:
    vendor, product, group = of_a_group(client)
    variant_id, company = variant_of(product).id, db.session.query(Follow).one().company_id
    make_price_list(vendor, prices={variant_id: [(1, 1_400_000)]}, segments=[group.id])
    make_price_list(vendor, formula=Formula(-500), segments=[group.id], valid_from=clock.now().date() - timedelta(days=1))
    make_price_list(vendor, prices={variant_id: [(1, 1_900_000)]}, companies=[company])

    text = feed_text(client)

    assert kinds(text) == ["own_price", "new"]
    assert "your price 1.9000 EUR/pc" in text
    assert "1.4000" not in text


@pytest.mark.parametrize("loss", ["suspended", "visibility", "draft"])
def test_nothing_is_told_of_what_the_reader_may_not_see_today(client: FlaskClient, loss: str) -> None:
    vendor = make_vendor(name="Vanishing Works")
    category = make_category(name="Hinges")
    product = listed(vendor, category=category, title="Brass hinge", sku="HINGE-1", tiers=[(1, 2_000_000)])
    make_certificate(vendor, scheme="ISO 9001", valid_days=10)
    edit(product, micro=1_500_000)
    a_buyer(client)
    for kind, key in (("product", product.id), ("category", category.id), ("vendor", vendor.id)):
        follow(client, kind, key)
    assert "Brass hinge" in page(client, "/feed")

    if loss == "suspended":
        vendor.state = VendorState.SUSPENDED
    elif loss == "visibility":
        product.visibility = [f"company:{uuid4()}"]
    else:
        product.state = ProductState.REFUSED
    db.session.flush()
    forget_vendors()

    for address in ("/feed", "/follows"):
        text = page(client, address)
        assert "Brass hinge" not in text
        assert "HINGE-1" not in text
        assert ("Vanishing Works" not in text) == (loss == "suspended")


def test_a_price_that_was_agreed_is_in_the_feed_of_its_company_alone(client: FlaskClient) -> None:
    vendor = make_vendor()
    product = listed(vendor, title="Brass hinge", sku="HINGE-1", tiers=[(1, 2_000_000)])
    ours = a_buyer(client)
    follow(client, "product", product.id)
    make_price_list(vendor, companies=[ours.id], prices={variant_of(product).id: [(1, 1_230_000)]})
    edit(product, micro=1_900_000)

    text = page(client, "/feed")
    assert "your price 1.2300 EUR/pc" in text.replace("\u00a0", " ")
    assert "You pay a price of your own: 1.2300 EUR/pc today." in text.replace("\u00a0", " ")
    a_buyer(client)
    follow(client, "product", product.id)
    text = page(client, "/feed")
    assert "list price 1.9000 EUR/pc" in text.replace("\u00a0", " ")
    assert "1.23" not in text
    assert "You pay a price of your own" not in text


def test_follows_are_of_one_person_in_one_company(client: FlaskClient) -> None:
    product = listed(make_vendor(), title="Brass hinge", sku="HINGE-1")
    company = a_buyer(client)
    follow(client, "product", product.id)

    for stranger in (company, make_company()):
        a_buyer(client, stranger)
        assert "Brass hinge" not in page(client, "/feed")
        assert "Brass hinge" not in page(client, "/follows")
        client.post("/follows/remove", data={"kind": "product", "subject_id": str(product.id)})
    assert db.session.query(Follow).count() == 1


def test_what_is_followed_is_exported_as_it_is_filtered_and_without_names_that_may_not_be_seen(client: FlaskClient) -> None:
    vendor = make_vendor(name="Qianzhu")
    product, hidden = listed(vendor, title="Brass hinge"), listed(vendor, title="Secret hinge")
    a_buyer(client)
    for kind, subject_id in (("vendor", vendor.id), ("product", product.id), ("product", hidden.id)):
        follow(client, kind, subject_id)
    hidden.visibility = [f"company:{uuid4()}"]
    db.session.flush()

    sheet = client.get("/follows.csv").get_data(as_text=True)

    assert f"Qianzhu,Vendor,{clock.now():%Y}" in sheet
    assert f"/products/{product.slug}" in sheet
    assert "Secret" not in sheet
    assert "Not shown any more,Product," in sheet
    assert "Qianzhu" not in client.get("/follows.csv?kind=product").get_data(as_text=True)
    a_buyer(client)
    assert "Qianzhu" not in client.get("/follows.csv").get_data(as_text=True)


def test_the_feed_is_walked_without_doubles_or_holes_in_few_statements(client: FlaskClient) -> None:
    vendor = make_vendor()
    products = [listed(vendor, days_ago=10, title=f"Hinge {n:02}", sku=f"HINGE-{n:02}") for n in range(60)]
    moment = clock.now() - timedelta(days=10)
    for n, product in enumerate(products):  # many at one instant, as an import makes them
        product.published_at = moment if n % 2 else moment - timedelta(minutes=n)
    db.session.flush()
    a_buyer(client)
    follow(client, "vendor", vendor.id)
    page(client, "/feed")

    titles: list[str] = []
    address = "/feed"
    with count_queries() as statements:
        while address:
            text = page(client, address)
            titles += re.findall(r">(Hinge \d\d)<", text)
            further = re.findall(r'href="([^"]*after=[^"]*)"[^>]*rel="next"|rel="next"[^>]*href="([^"]*after=[^"]*)"', text)
            address = f"/feed{(further[0][0] or further[0][1]).replace('&amp;', '&')}" if further else ""

    assert len(titles) == len(set(titles)) == 60
    assert len(statements) <= 3 * 16


def typed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense", "e30", "WzEsMiwzXQ", "x" * 4_000, typed("[" * 5_000),
        *(typed(f'["2026-01-01T00:00:00+00:00", {rank}, "{UUID(int=0)}"]') for rank in ("Infinity", "NaN", "1e400", "9" * 5_000)),
    ],
)  # fmt: skip
def test_a_cursor_typed_by_hand_shows_the_beginning(client: FlaskClient, cursor: str) -> None:
    product = listed(make_vendor(), title="Brass hinge", sku="HINGE-1")
    a_buyer(client)
    follow(client, "product", product.id)

    assert kinds(page(client, f"/feed?after={cursor}")) == ["new"]


def test_without_follows_nothing_is_asked() -> None:
    assert feed.feed_of({kind: frozenset() for kind in FollowKind}, keys=frozenset(["all"])).entries == ()


def test_the_demos_buyer_watches_something_of_each_kind(app: Flask) -> None:
    buyer, vendors = make_company(), {key: make_vendor() for key in watching.VENDORS}
    make_member(buyer)
    make_category(slug=watching.CATEGORY, is_leaf=False)
    forget_vendors()
    companies = {watching.BUYER: buyer.id, **{key: vendor.id for key, vendor in vendors.items()}}

    watching.seed_watching(Cast(companies, members_of([buyer.id]), {}, uuid4()))

    assert sorted(follow.kind.value for follow in db.session.query(Follow)) == ["category", "vendor", "vendor"]
    assert db.session.query(SavedSearch).one().query == "q=hex+bolt+m8&stock=1&ship_to=SE"
    assert db.session.query(QuoteWish).one().company_id == buyer.id
