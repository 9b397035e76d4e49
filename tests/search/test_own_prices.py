"""What a company is told of the prices that it alone pays: written, reckoned or ended, and to nobody else."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.catalogue.models import Product
from marketplace.core import clock
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.pricing import services as pricing
from marketplace.pricing.formulas import Formula
from marketplace.pricing.models import PriceList, Segment, Standing
from search.watching.models import Follow
from tests.conftest import count_queries
from tests.factories.accounts import make_company
from tests.factories.pricing import make_price_list, make_segment
from tests.factories.vendors import make_vendor
from tests.search.following import a_buyer, follow, kinds, listed
from tests.search.reading import page, variant_of
from vendors.models import Vendor


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
    """The feed as it reads, without its links."""
    return re.sub(r"</?a\b[^>]*>", "", page(client, "/feed").replace("\u00a0", " "))


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
