"""Categories that were merged or retired: what named them follows to what stands in their place, and is never everything."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from marketplace.catalogue.models import Category
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.jobs import Job
from search.watching import alerts
from search.watching.models import Alert, SavedSearch
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import make_category, make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, skus

RunJobs = Callable[[], int]
GONE = "Its category is gone, so it finds nothing."


def retire(category: Category, *, into: Category | None = None) -> None:
    category.retired_at = clock.now()
    category.merged_into_id = into.id if into else None
    db.session.flush()


def save(client: FlaskClient, query: str = "stock=1", category: str = "") -> SavedSearch:
    company = make_company()
    log_in(client, make_member(company), company)
    data = {"name": "Mine", "query": query, "alert": Alert.AT_ONCE.value, "category": category}
    assert client.post("/searches/new", data=data).status_code == 303
    return db.session.query(SavedSearch).one()


def listed(client: FlaskClient) -> tuple[str, str]:
    """(what it searches for, how many it finds) as the list says."""
    text = page(client, "/searches")
    words = re.findall(r'data-label="Searches for">(.*?)</td>', text)[0]
    return words, re.findall(r'data-label="Matches">(.*?)</td>', text)[0]


@pytest.mark.parametrize("way", ["category", "filter"])
def test_a_saved_search_follows_its_category_and_never_becomes_everything(client: FlaskClient, index_now: IndexNow, way: str) -> None:
    screws, bolts = make_category(slug="screws", name="Screws"), make_category(slug="bolts", name="Bolts")
    vendor = make_vendor()
    index_now(make_product(vendor, category=bolts, sku="B-1"), make_product(vendor, category=bolts, sku="B-2"), *_others(4))
    saved = save(client, category="screws") if way == "category" else save(client, "cat=screws")

    retire(screws, into=bolts)
    words, matches = listed(client)
    there = client.post(f"/searches/{saved.id}/open").location
    shown = client.get(there, follow_redirects=True).get_data(as_text=True)

    assert matches == "2"
    assert GONE not in words
    assert way == "filter" or words.startswith("Bolts")
    assert set(skus(shown)) == {"B-1", "B-2"}


@pytest.mark.parametrize("way", ["category", "filter"])
def test_a_saved_search_whose_category_leads_nowhere_finds_nothing_says_so_and_writes_no_mail(
    client: FlaskClient, index_now: IndexNow, run_jobs: RunJobs, way: str
) -> None:
    screws = make_category(slug="screws", name="Screws")
    index_now(*_others(2))
    saved = save(client, category="screws") if way == "category" else save(client, "cat=screws")

    retire(screws)
    index_now(*_others(2))
    saved.looked_at = clock.now() - alerts.EVERY[Alert.AT_ONCE]
    with transaction():
        alerts.enqueue_due()
    run_jobs()
    words, matches = listed(client)

    assert matches == "0"
    assert GONE in words
    assert way == "filter" or "All products" not in words
    assert db.session.query(Job).filter_by(name="search.email_alert").count() == 0


def _others(number: int) -> list[object]:
    category = make_category(name="Other goods")
    return [make_product(make_vendor(), category=category) for _ in range(number)]


@pytest.mark.parametrize("address", ["/search", "/search/table", "/search/table.csv"])
def test_a_filter_by_a_merged_category_leads_to_what_took_its_goods(client: FlaskClient, index_now: IndexNow, address: str) -> None:
    screws, bolts = make_category(slug="screws"), make_category(slug="bolts")
    index_now(make_product(make_vendor(), category=bolts))
    retire(screws, into=bolts)

    answer = client.get(f"{address}?q=bolt&cat=screws&cat=none-such&stock=1")

    assert (answer.status_code, answer.location) == (301, f"{address}?q=bolt&stock=1&cat=bolts&cat=none-such")
    assert client.get(answer.location).status_code == 200


@pytest.mark.parametrize("further", ["", "/table", "/table.csv"])
def test_every_page_of_a_merged_category_leads_to_the_same_page_of_what_took_its_goods(
    client: FlaskClient, index_now: IndexNow, further: str
) -> None:
    screws, nails, bolts = make_category(slug="screws"), make_category(slug="nails"), make_category(slug="bolts")
    index_now(make_product(make_vendor(), category=bolts))
    retire(screws, into=bolts)
    retire(nails)

    answer, nowhere = client.get(f"/categories/screws{further}?stock=1"), client.get(f"/categories/nails{further}")

    assert (answer.status_code, answer.location) == (301, f"/categories/bolts{further}?stock=1")
    assert (nowhere.status_code, nowhere.location) == (301, "/categories")
    assert client.get(f"/categories/none-such{further}").status_code == 404
