"""Follows and their feed: what is told, in which order, and that nothing is told of what the reader may not see today."""

import base64
import re
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.permissions import Role
from marketplace.catalogue.models import ProductState
from marketplace.core import audit, clock
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.demo import watching
from marketplace.demo.cast import Cast, members_of
from search.queries import forget_vendors
from search.watching import feed
from search.watching.models import Follow, FollowKind, QuoteWish, SavedSearch
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import make_category, make_product
from tests.factories.pricing import make_price_list
from tests.factories.vendors import make_certificate, make_vendor
from tests.search.following import a_buyer, edit, follow, kinds, listed
from tests.search.reading import page, variant_of
from vendors.models import VendorState


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


@pytest.mark.parametrize("role", [Role.VENDOR_SALES, Role.PLATFORM_VERIFIER, Role.VIEWER])
def test_whoever_can_follow_finds_the_way_to_what_is_followed(client: FlaskClient, role: Role) -> None:
    company = make_company()
    assert 'href="/feed"' not in page(client, "/categories"), "a visitor has nothing to watch"
    log_in(client, make_member(company, [role]), company)

    assert 'href="/feed"' in page(client, "/categories")


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


def test_changes_within_an_hour_are_one_entry_with_what_was_told_before(client: FlaskClient) -> None:
    product = listed(make_vendor(), title="Brass hinge", sku="HINGE-1", tiers=[(1, 2_000_000)])
    a_buyer(client)
    follow(client, "product", product.id)

    def told() -> list[tuple[str, str]]:
        text = page(client, "/feed").replace("\u00a0", " ")
        return re.findall(r"list price ([\d.]+) EUR/pc, was ([\d.]+)", text)

    now = clock.now()
    with clock.at(now + timedelta(hours=2)):
        edit(product, micro=1_500_000)
    for minutes, micro in ((240, 1_900_000), (250, 1_400_000), (299, 1_800_000), (300, 1_300_000)):
        with clock.at(now + timedelta(minutes=minutes)):
            edit(product, micro=micro)
    with clock.at(now + timedelta(minutes=310)):
        edit(product, label="another word")
        assert told() == [("1.3000", "1.5000"), ("1.5000", "2.0000")]

    with clock.at(now + timedelta(minutes=320)):
        edit(product, micro=1_500_000)
        assert told() == [("1.5000", "2.0000")], "there and back within the hour is no news"
        assert kinds(page(client, "/feed")) == ["changed", "new"]


def test_what_was_changed_before_the_publication_is_not_told(client: FlaskClient) -> None:
    product = listed(make_vendor(), title="Brass hinge", sku="HINGE-1", tiers=[(1, 9_000_000)])
    a_buyer(client)
    follow(client, "product", product.id)
    now = clock.now()
    for minutes, micro in ((50, 2_000_000), (60, 1_900_000)):
        with clock.at(now + timedelta(minutes=minutes)):
            edit(product, micro=micro)
    product.published_at = now + timedelta(minutes=55)
    db.session.flush()

    with clock.at(now + timedelta(hours=3)):
        text = page(client, "/feed").replace("\u00a0", " ")

    assert "list price 1.9000 EUR/pc, was 2.0000 EUR/pc" in text
    assert "9.0000" not in text


def test_an_entry_opens_the_size_that_it_tells_of(client: FlaskClient) -> None:
    product = listed(make_vendor(), title="Brass hinge", sku="HINGE-1", tiers=[(1, 2_000_000)])
    a_buyer(client)
    follow(client, "product", product.id)
    with clock.at(clock.now() + timedelta(hours=1)):
        edit(product, micro=1_500_000)
        text = page(client, "/feed")

    address = f"/products/{product.slug}?variant=HINGE-1"
    assert f'<a href="{address}">Brass hinge</a>' in text
    assert f'<a href="{address}">HINGE-1</a>' in text


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

    for address in ("/feed", "/follows"):
        text = page(client, address)
        assert "Brass hinge" in text
        assert f"/products/{product.slug}" not in text
    assert "Not on sale now" in text
    assert f"/products/{product.slug}" not in client.get("/follows.csv").get_data(as_text=True)
    assert kinds(page(client, "/feed")) == [kind]


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
    assert "1.23" not in re.sub(r'datetime="[^"]*"', "", text), "but for the second in which something happened"
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
