"""Saved searches: kept by address, with what is new, mails that tell each thing once, and walls around the owner."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from marketplace.accounts.models import Company, Membership, Person
from marketplace.catalogue.models import AttributeKind, PriceTier, Product, Variant
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.ids import new_id
from marketplace.core.jobs import Job
from search.engines.tantivy import TantivyEngine
from search.index import EXTENSION
from search.watching import alerts
from search.watching.models import Alert, SavedSearch
from search.watching.searches import TRACKED, Look, news, remembered
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import keep_version, make_attribute, make_category, make_product
from tests.factories.pricing import make_price_list
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, skus, variant_of

RunJobs = Callable[[], int]


def a_buyer(client: FlaskClient, company: Company | None = None, **fields: Any) -> tuple[Company, Person]:
    company = company or make_company()
    person = make_member(company, **fields)
    log_in(client, person, company)
    return company, person


def save(client: FlaskClient, query: str, *, alert: Alert = Alert.NEVER, name: str = "Hinges", **fields: str) -> SavedSearch:
    answer = client.post("/searches/new", data={"name": name, "query": query, "alert": alert.value, **fields})
    assert answer.status_code == 303
    return db.session.query(SavedSearch).filter_by(name=name).one()


def letters(run_jobs: RunJobs) -> list[Job]:
    """Look at what is due, and what is then to be sent."""
    with transaction():
        alerts.enqueue_due()
    run_jobs()
    return db.session.query(Job).filter_by(name="search.email_alert").order_by(Job.created_at, Job.id).all()


def reprice(product: Product, micro: int) -> None:
    """The vendor saves another price: a version of the listing."""
    variant = variant_of(product)
    db.session.execute(update(PriceTier).where(PriceTier.variant_id == variant.id).values(unit_price_micro=micro))
    db.session.expire_all()
    product.created_at = clock.now()  # the builder's version is as old as its product
    keep_version(product)


def test_a_search_is_kept_with_country_quantity_and_order_and_without_its_page(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), title="Brass hinge", sku="HINGE-1"))
    a_buyer(client)
    page(client, "/search?q=hinge&quantity=500&ship_to=DE")

    saved = save(client, "q=hinge&maker=Blum&page=3&sort=price&lang=en")

    assert saved.query == "q=hinge&maker=Blum&sort=price&ship_to=DE&quantity=500"


def test_the_result_page_leads_to_saving_and_a_visitor_logs_in_first(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), title="Brass hinge", sku="HINGE-1"))

    text = page(client, "/search?q=hinge&stock=1")
    url = html.unescape(re.findall(r'href="(/searches/new[^"]*)"', text)[0])

    assert client.get(url).status_code in (302, 303)
    a_buyer(client)
    form = page(client, url)
    assert 'value="hinge"' in form
    assert re.findall(r'name="query" value="([^"]*)"', form) == ["q=hinge&amp;stock=1"]


def test_what_came_since_it_was_opened_is_new_until_it_is_opened(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    index_now(make_product(vendor, title="Brass hinge", sku="HINGE-1"))
    a_buyer(client)
    saved = save(client, "q=brass+hinge")

    assert "data-tone" not in _row(page(client, "/searches"), "New hits")
    index_now(make_product(vendor, title="Brass hinge, long", sku="HINGE-2"), make_product(vendor, title="Steel hinge", sku="HINGE-3"))
    assert ">1<" in _row(page(client, "/searches"), "New hits")
    answer = client.post(f"/searches/{saved.id}/open")
    assert urlsplit(answer.location).path == "/search"
    assert set(skus(page(client, answer.location))) == {"HINGE-1", "HINGE-2"}, "as they are counted: with every word"
    assert ">1<" not in _row(page(client, "/searches"), "New hits")


def _row(text: str, label: str) -> str:
    return re.findall(rf'data-label="{label}">(.*?)</td>', text, re.DOTALL)[0]


def test_a_search_of_a_category_page_leads_back_to_it(client: FlaskClient, index_now: IndexNow) -> None:
    category = make_category(name="Hinges", slug="door-hinges")
    index_now(make_product(make_vendor(), category=category, sku="HINGE-1"))
    a_buyer(client)

    saved = save(client, "stock=1", category="door-hinges")

    assert client.post(f"/searches/{saved.id}/open").location.startswith("/categories/door-hinges?stock=1")
    assert client.post("/searches/new", data={"name": "x", "query": "", "alert": "never", "category": "none-such"}).status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "status"), [("name", "", 422), ("name", "x" * 81, 422), ("alert", "hourly", 422), ("name", "HINGES", 409)]
)
def test_what_cannot_be_saved_is_said_beside_its_field(
    client: FlaskClient, index_now: IndexNow, field: str, value: str, status: int
) -> None:
    index_now()
    a_buyer(client)
    save(client, "q=hinge")

    answer = client.post("/searches/new", data={"name": "Other", "query": "q=x", "alert": "never", field: value})

    assert answer.status_code == status
    assert f"{field}-error" in answer.get_data(as_text=True)
    assert db.session.query(SavedSearch).count() == 1


def test_names_and_mails_are_changed_and_a_search_removed(client: FlaskClient, index_now: IndexNow) -> None:
    index_now()
    a_buyer(client)
    saved, other = save(client, "q=hinge"), save(client, "q=bolt", name="Bolts")

    assert client.post(f"/searches/{other.id}", data={"name": "hinges", "alert": "never"}).status_code == 409
    assert client.post(f"/searches/{other.id}", data={"name": "", "alert": "never"}).status_code == 422
    client.post(f"/searches/{saved.id}", data={"name": "All hinges", "alert": "weekly"})
    removing = f"/searches/{other.id}/remove"
    answers = [client.post(removing, data={"_once": pressed}).status_code for pressed in ("one button", "one button", "another page")]

    assert answers == [303, 303, 404]
    left = db.session.query(SavedSearch).one()
    assert (left.name, left.alert) == ("All hinges", Alert.WEEKLY)


def test_nobody_else_sees_opens_changes_or_removes_it(client: FlaskClient, index_now: IndexNow) -> None:
    index_now()
    company, _ = a_buyer(client)
    saved = save(client, "q=hinge", name="Secret project")

    for stranger in (make_company(), company):  # another company, and a colleague
        a_buyer(client, stranger)
        assert "Secret project" not in page(client, "/searches")
        assert client.get(f"/searches/{saved.id}").status_code == 404
        for act in ("", "/open", "/remove"):
            assert client.post(f"/searches/{saved.id}{act}", data={"name": "Mine", "alert": "never"}).status_code == 404
    assert db.session.query(SavedSearch).one().name == "Secret project"


def test_searches_of_the_same_words_are_told_apart_by_their_filters(client: FlaskClient, index_now: IndexNow) -> None:
    category = make_category(name="Hinges", slug="door-hinges")
    index_now(make_product(make_vendor(), category=category, sku="HINGE-1"))
    a_buyer(client)
    first = save(client, "q=hinge&price_to=0.0042&stock=1&country=DE&quantity=500&ship_to=SE", name="A")
    save(client, "q=hinge&a.length.from=5&a.length.to=40&ship_to=NO", name="B", category="door-hinges")
    make_attribute(category, code="length", kind=AttributeKind.NUMBER, unit="mm", name="Length")

    said = [text.replace("\u00a0", " ") for text in re.findall(r'data-label="Searches for">(.*?)</td>', page(client, "/searches"))]

    assert said == [
        'hinge<span class="sub">Germany · Unit price: up to 0.0042 · In stock · Quantity: 500 · Deliver to: Sweden</span>',
        'hinge<span class="sub">Hinges · Length: 5–40 mm · Deliver to: Norway</span>',
    ]
    assert "Unit price: up to 0.0042 · In stock" in page(client, f"/searches/{first.id}")
    assert "Unit price: 3 or more · Deliver to: Sweden" in page(client, "/searches/new?query=q%3Dhinge%26price_from%3D3&ship_to=SE")
    assert "有库存" in page(client, "/searches?lang=zh-Hans")


def test_the_list_is_exported_as_it_is_filtered_and_nobody_elses(client: FlaskClient, index_now: IndexNow) -> None:
    index_now()
    a_buyer(client)
    save(client, "q=secret", name="Theirs")
    a_buyer(client)
    save(client, "q=hinge&stock=1&ship_to=SE", name="=Hinges", alert=Alert.DAILY)
    save(client, "q=knob&ship_to=SE", name="Knobs")

    sheet = client.get("/searches.csv").get_data(as_text=True)

    assert "'=Hinges,hinge,In stock · Deliver to: Sweden,Once a day," in sheet
    assert "/search?q=knob&ship_to=SE" in sheet
    assert "secret" not in sheet
    assert "Knobs" not in client.get("/searches.csv?alert=daily").get_data(as_text=True)
    assert 'href="/searches.csv?"' in page(client, "/searches")


def test_what_an_address_says_that_filters_nothing_is_no_filter(client: FlaskClient, index_now: IndexNow) -> None:
    index_now()
    a_buyer(client)
    save(client, "q=hinge&utm_source=x&lead=5000&price=nonsense&a.none=1&ship_to=SE")

    assert '<span class="sub">Deliver to: Sweden</span>' in page(client, "/searches")


def test_new_matches_are_told_once_in_the_readers_language(client: FlaskClient, index_now: IndexNow, run_jobs: RunJobs, app: Flask) -> None:
    vendor = make_vendor(name="Qianzhu")
    index_now(make_product(vendor, title="Brass hinge", sku="HINGE-1"))
    a_buyer(client, locale="zh_Hans")
    saved = save(client, "q=brass+hinge&price_to=2000", alert=Alert.DAILY)

    assert letters(run_jobs) == []
    with clock.at(clock.now() + timedelta(hours=25)):
        index_now(make_product(vendor, title="Brass hinge, long", sku="HINGE-2"), make_product(vendor, title="Brass knob", sku="KNOB-1"))
        told = letters(run_jobs)
        letter = alerts.alert_letter(saved.id, told[0].args["new"], told[0].args["fallen"])
    with clock.at(clock.now() + timedelta(hours=50)):
        again = letters(run_jobs)

    assert letter is not None
    assert "HINGE-2" in letter.text
    for written in (letter.text, letter.html):
        assert "brass hinge · 单价：不超过 2,000 · 送货至：瑞典" in written
    assert "KNOB-1" not in letter.text
    assert "HINGE-1" not in letter.text
    assert len(told) == len(again) == 1


def test_a_mail_counts_all_that_was_found_though_it_names_a_few(client: FlaskClient, index_now: IndexNow, run_jobs: RunJobs) -> None:
    product = make_product(make_vendor(), title="Brass hinge", sku="HINGE-1")
    index_now()
    a_buyer(client)
    saved = save(client, "q=brass+hinge", alert=Alert.DAILY)

    found = [variant_of(product).id, *(new_id() for _ in range(alerts.COUNTED + 2))]
    assert alerts.tell_of_news(saved.id, found, len(found))
    args = db.session.query(Job).filter_by(name="search.email_alert").one().args
    letter = alerts.alert_letter(saved.id, args["new"], args["fallen"], args["beyond"])

    assert args["beyond"] == [3, 0]
    assert letter is not None
    assert "4 new matches" in letter.subject
    assert "and 3 more" in letter.text


def test_a_lower_list_price_is_told_once_and_a_higher_one_never(client: FlaskClient, index_now: IndexNow, run_jobs: RunJobs) -> None:
    product, other = (make_product(make_vendor(), title="Brass hinge", sku=sku, tiers=[(1, 2_000_000)]) for sku in ("HINGE-1", "HINGE-2"))
    for each in (product, other):
        keep_version(each)
    index_now(product, other)
    a_buyer(client)
    saved = save(client, "q=brass+hinge&quantity=10", alert=Alert.AT_ONCE)

    with clock.at(clock.now() + timedelta(minutes=10)):
        reprice(product, 1_500_000)
        reprice(other, 2_500_000)
        index_now(product, other)
        told = letters(run_jobs)
        letter = alerts.alert_letter(saved.id, told[0].args["new"], told[0].args["fallen"])
    with clock.at(clock.now() + timedelta(minutes=20)):
        assert len(letters(run_jobs)) == 1

    assert letter is not None
    assert "HINGE-1" in letter.text
    assert "1.5000 EUR/pc, was 2.0000 EUR/pc" in letter.text.replace("\u00a0", " ")
    assert "HINGE-2" not in letter.text


def test_an_alert_shows_what_the_owner_may_see_and_never_a_price_that_was_agreed(
    client: FlaskClient, index_now: IndexNow, run_jobs: RunJobs
) -> None:
    vendor = make_vendor()
    company, _ = a_buyer(client)
    index_now()
    saved = save(client, "q=brass+hinge", alert=Alert.AT_ONCE)

    with clock.at(clock.now() + timedelta(minutes=10)):
        ours = make_product(vendor, title="Brass hinge", sku="OURS-1", visibility=[f"company:{company.id}"], tiers=[(1, 2_000_000)])
        theirs = make_product(vendor, title="Brass hinge", sku="THEIRS-1", visibility=[f"company:{uuid4()}"])
        make_price_list(vendor, companies=[company.id], prices={variant_of(ours).id: [(1, 1_230_000)]})
        index_now(ours, theirs)
        told = letters(run_jobs)
        letter = alerts.alert_letter(saved.id, told[0].args["new"], told[0].args["fallen"])
        assert letter is not None
        assert "OURS-1" in letter.text
        assert "THEIRS-1" not in letter.text
        assert "1.23" not in letter.text
        ours.visibility = [f"company:{uuid4()}"]  # hidden between the look and the mail
        db.session.flush()
        assert alerts.alert_letter(saved.id, told[0].args["new"], told[0].args["fallen"]) is None


@pytest.mark.parametrize("loss", ["membership", "address", "disabled"])
def test_who_has_left_gets_no_more_mails(client: FlaskClient, index_now: IndexNow, run_jobs: RunJobs, loss: str) -> None:
    index_now()
    company, person = a_buyer(client)
    saved = save(client, "q=brass+hinge", alert=Alert.AT_ONCE)
    if loss == "membership":
        db.session.query(Membership).filter_by(person_id=person.id).update({"ended_at": clock.now()})
    elif loss == "address":
        person.email_confirmed_at = None
    else:
        person.disabled_at = clock.now()
    db.session.flush()

    with clock.at(clock.now() + timedelta(minutes=10)):
        index_now(make_product(make_vendor(), title="Brass hinge", sku="HINGE-1"))
        assert letters(run_jobs) == []
    assert alerts.find_saved(saved.id) is None
    assert company.id == saved.company_id


def test_while_the_index_is_away_the_list_stands_and_alerts_wait(
    client: FlaskClient, index_now: IndexNow, app: Flask, tmp_path: Path
) -> None:
    index_now()
    a_buyer(client)
    saved = save(client, "q=hinge", alert=Alert.DAILY)
    before = app.extensions[EXTENSION]
    app.extensions[EXTENSION] = TantivyEngine(tmp_path / "nothing-here")
    try:
        text = page(client, "/searches")
        assert client.post(f"/searches/{saved.id}/open").status_code == 303
    finally:
        app.extensions[EXTENSION] = before

    assert 'class="unknown"' in _row(text, "New hits")


def test_the_list_costs_few_statements_whatever_its_length(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), title="Brass hinge", sku="HINGE-1"))
    a_buyer(client)
    for n in range(3):
        save(client, f"q=hinge+{n}", name=f"Search {n}")
    page(client, "/searches")
    with count_queries() as few:
        page(client, "/searches")
    for n in range(3, 12):
        save(client, f"q=hinge+{n}", name=f"Search {n}")
    with count_queries() as many:
        page(client, "/searches")

    assert len(many) - len(few) <= 9  # a statement each at most, for the segments of the company
    assert len(few) <= 20


def test_only_what_was_published_since_counts_where_not_all_that_was_there_is_known(client: FlaskClient, index_now: IndexNow) -> None:
    index_now()
    vendor = make_vendor()
    old, new = make_product(vendor, sku="OLD-1"), make_product(vendor, sku="NEW-1")
    since = clock.now() - timedelta(days=1)
    long_ago = since - timedelta(days=9)
    old.published_at = long_ago
    variant = db.session.get_one(Variant, variant_of(old).id)
    variant.created_at = long_ago
    new.published_at = since + timedelta(hours=1)
    db.session.flush()
    ids = [variant_of(old).id, variant_of(new).id]
    full = [new_id() for _ in range(TRACKED)]

    whole, beyond, back_from_beyond = (
        Look(ids, 2, [], since),
        Look(ids, TRACKED + 1, [], since),
        Look(ids, 2, full, since),
    )
    with count_queries() as statements:
        assert news([whole, beyond, back_from_beyond]) == [ids, [ids[1]], [ids[1]]]

    assert len(statements) == 1
    assert news([whole, Look(ids, 2, ids, since)]) == [ids, []]


def test_all_that_is_found_is_remembered_and_of_what_is_gone_too_little_to_look_like_a_part() -> None:
    found, gone = [new_id() for _ in range(3)], [new_id() for _ in range(TRACKED)]

    assert remembered(found, gone)[:4] == [*found, gone[0]]
    assert len(remembered(found, gone)) < TRACKED
    assert remembered(gone, found) == gone


def test_an_old_listing_that_begins_to_match_is_told_and_what_leaves_and_comes_back_is_not_told_twice(
    client: FlaskClient, index_now: IndexNow, run_jobs: RunJobs
) -> None:
    product = make_product(make_vendor(), title="Brass hinge", sku="HINGE-1", tiers=[(1, 9_000_000)])
    index_now(product)
    a_buyer(client)
    save(client, "q=brass+hinge&price_to=5", alert=Alert.AT_ONCE)

    def look(minutes: int) -> list[Job]:
        index_now(product)
        with clock.at(clock.now() + timedelta(minutes=minutes)):
            return letters(run_jobs)

    reprice(product, 4_000_000)
    told = look(10)
    product.visibility = [f"company:{uuid4()}"]
    away = look(20)
    product.visibility = ["all"]
    back = look(30)

    assert [job.args["new"] for job in told] == [[str(variant_of(product).id)]]
    assert len(away) == len(back) == 1
