"""The search desk: sums that equal the rows behind them, shares of who is seen and who matches, CSV, walls, budgets."""

import csv
import io
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from marketplace.accounts.permissions import Role
from marketplace.catalogue.models import AttributeKind
from marketplace.core import clock, i18n
from marketplace.core.db import db
from marketplace.core.ids import new_id
from search.learning import services
from search.learning.models import SearchAct
from search.learning.reports import PERIOD_CHOICE, REPORTS, report_by_name
from search.learning.trails import Answered, matches_kept
from search.learning.wishes import query_key
from search.schemas import SearchInput
from search.views.trail import NOT_FILTERS
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member, make_operator
from tests.factories.catalogue import make_attribute, make_category, make_product, make_variant
from tests.factories.vendors import make_vendor
from tests.search.reading import page, variant_of

PAGES = ("/desk/search", "/desk/search/searches", *(f"/desk/search/reports/{name}" for name in REPORTS))


def answered(words: str = "hex bolt", **changes: object) -> Answered:
    """A search that was answered an hour ago."""
    facts: dict[str, object] = {
        "id": new_id(), "asked_at": clock.now() - timedelta(hours=1), "key": words, "words": words, "category": "", "filters": {},
        "sort": "relevance", "page": 1, "found": 3, "took_ms": 12, "correction": "", "is_relaxed": False, "language": "en",
        "company_mark": "", "first_position": 1, "variants": [], "versions": [], "vendors": [], "matches": {},
    }  # fmt: skip
    return Answered(**(facts | changes))  # type: ignore[arg-type]


def did(search: Answered, position: int, kind: str, variant_id: UUID | None = None) -> None:
    db.session.add(SearchAct(search_id=search.id, position=position, kind=kind, variant_id=variant_id or new_id(), at=clock.now()))
    db.session.flush()


@pytest.fixture
def staff(client: FlaskClient) -> FlaskClient:
    """The client as the platform's administrator."""
    company, person = make_operator((Role.PLATFORM_ADMIN,))
    log_in(client, person, company)
    return client


def rows(client: FlaskClient, name: str, query: str = "") -> list[dict[str, str]]:
    """A report as its file has it."""
    answer = client.get(f"/desk/search/reports/{name}.csv{query}")
    assert answer.status_code == 200
    _, *lines = csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff")))
    names = [column.name for column in report_by_name(name).columns]
    return [dict(zip(names, line, strict=True)) for line in lines]


def behind(client: FlaskClient, text: str, link: int = 0) -> int:
    """How many searches stand behind a row of a report."""
    found = re.findall(r'<th scope="row"[^>]*><a href="([^"]+)"', text)
    address = found[link].replace("&amp;", "&")
    return len(client.get(address.replace("/searches?", "/searches.csv?")).get_data(as_text=True).strip().splitlines()) - 1


def test_periods_differ_by_name_in_every_language() -> None:
    for language in ("en", "zh_Hans"):
        with i18n.speaking(language):
            names = [name for _, name in PERIOD_CHOICE.options()]
        assert len(set(names)) == len(names) > 1


def test_queries_are_summed_with_what_followed(staff: FlaskClient) -> None:
    first, second, third = answered(found=2), answered(found=4), answered("ball valve")
    services.add_searches([first, second, third, answered(page=2), answered("old", asked_at=clock.now() - timedelta(days=9)), answered("")])
    for kind in ("click", "cart", "order"):
        did(first, 1, kind)
    did(first, 2, "click")

    top, other = rows(staff, "queries")
    text = page(staff, "/desk/search/reports/queries")

    assert top == {"words": "hex bolt", "times": "2", "found": "3", "share": "0.5", "carts": "1", "orders": "1"}
    assert (other["words"], other["times"], other["share"]) == ("ball valve", "1", "0.0")
    assert behind(staff, text) == 2
    assert [row["words"] for row in rows(staff, "queries", "?period=30&sort=query")] == ["ball valve", "hex bolt", "old"]
    assert [row["words"] for row in rows(staff, "queries", "?words=valve")] == ["ball valve"]
    assert "Nothing fits" in page(staff, "/desk/search/reports/queries?words=zzz")


def test_what_follows_from_a_further_page_follows_from_the_search(staff: FlaskClient) -> None:
    def at(minutes: int, **changes: object) -> Answered:
        return answered("cable", asked_at=clock.now() - timedelta(minutes=minutes), **changes)

    mine, others = {"company_mark": "mine", "filters": {"stock": True}}, {"company_mark": "others"}
    started, again, narrowed = at(50, **mine), at(40, **mine), at(30, company_mark="mine")
    further = [at(20, page=page, first_position=1 + 50 * (page - 1), **mine) for page in (2, 3)]
    services.add_searches([started, again, narrowed, at(10, **others), at(5, **mine), *further, answered("rope", page=2)])
    for kind in ("click", "cart", "order"):
        did(further[0], 53, kind)
    did(further[0], 51, "click")
    did(further[1], 101, "click")
    did(again, 1, "click")
    did(started, 2, "click")

    (row,) = rows(staff, "queries")

    assert (row["words"], row["times"], row["share"], row["carts"], row["orders"]) == ("cable", "5", "0.4", "1", "1")


def test_what_found_nothing_leads_to_a_synonym_with_its_words(staff: FlaskClient) -> None:
    services.add_searches([answered("gizmo", found=0), answered("gizmo", found=2, is_relaxed=True), answered()])

    (row,) = rows(staff, "nothing")
    text = page(staff, "/desk/search/reports/nothing")

    assert (row["words"], row["times"], row["none"], row["some"]) == ("gizmo", "2", "1", "1")
    assert behind(staff, text) == 2
    assert '/desk/search/synonyms/new?asked=gizmo"' in text
    assert 'value="gizmo"' in page(staff, "/desk/search/synonyms/new?asked=gizmo")


def test_a_query_is_shown_as_it_was_typed_last(staff: FlaskClient) -> None:
    def typed(words: str, hours: int, **changes: object) -> Answered:
        return answered(words, key="gizmo", asked_at=clock.now() - timedelta(hours=hours), **changes)

    services.add_searches(
        [
            typed("GIZMOS", 30, found=0, correction="gadget"),
            typed("gizmos", 3, found=0, correction="gusset"),
            typed("gizmo", 2, page=2),
            typed("Gizmo", 1),
        ]
    )

    assert [row["words"] for row in rows(staff, "queries")] == [row["words"] for row in rows(staff, "slow")] == ["Gizmo"]
    assert [(row["words"], row["correction"]) for row in rows(staff, "nothing")] == [("gizmos", "gusset")]
    assert [row["words"] for row in rows(staff, "queries", "?words=GIZMO")] == ["Gizmo"]


@pytest.mark.parametrize("words", ["long word " * 17, "½" * 200], ids=["many words", "signs that are written out"])
def test_a_row_of_a_long_query_leads_to_its_searches(staff: FlaskClient, words: str) -> None:
    services.add_searches([answered(words.strip(), key=query_key(words), found=0)])

    assert behind(staff, page(staff, "/desk/search/reports/nothing")) == 1
    assert behind(staff, page(staff, "/desk/search/reports/queries")) == 1


def test_slow_queries_come_first(staff: FlaskClient) -> None:
    services.add_searches([*(answered(took_ms=took) for took in range(1, 101)), answered("slow one", took_ms=900)])

    first, second = rows(staff, "slow")

    assert (first["words"], first["worst"]) == ("slow one", "900")
    assert (second["usual"], second["late"], second["worst"]) == ("50", "95", "100")
    assert "Slow" in page(staff, "/desk/search/searches?sort=-took")


def test_positions_are_counted_over_all_pages(staff: FlaskClient) -> None:
    ids = [new_id() for _ in range(3)]
    one = answered(variants=ids, vendors=ids, versions=[1, 1, 1])
    two = answered(variants=ids[:2], vendors=ids[:2], versions=[1, 1])
    further = answered(page=2, first_position=25, variants=ids[:1], vendors=ids[:1], versions=[1])
    services.add_searches([one, two, further])
    did(one, 2, "click")
    did(further, 25, "click")
    did(one, 1, "compare")

    found = rows(staff, "positions")

    assert [(row["position"], row["times"], row["clicked"], row["share"]) for row in found] == [
        ("1", "2", "0", "0.0"), ("2", "2", "1", "0.5"), ("3", "1", "0", "0.0"), ("25", "1", "1", "1.0"),
    ]  # fmt: skip
    text = page(staff, "/desk/search/reports/positions")
    assert [behind(staff, text, n) for n in range(4)] == [2, 2, 1, 1]


def test_shares_say_who_is_seen_and_who_matches(staff: FlaskClient) -> None:
    loud, quiet = make_vendor(name="Loud works"), make_vendor(name="Quiet works")
    shown: dict[str, Any] = {"variants": [new_id(), new_id()], "versions": [1, 1]}
    services.add_searches(
        [answered(found=8, vendors=[loud.id, loud.id], matches={str(loud.id): 2, str(quiet.id): 6}, **shown), answered("filtered", vendors=[quiet.id] * 2, **shown)]
    )  # fmt: skip

    by_name = {row["name"]: row for row in rows(staff, "vendors")}
    text = page(staff, "/desk/search/reports/vendors")

    assert (by_name["Loud works"]["share"], by_name["Loud works"]["fair"], by_name["Loud works"]["ratio"]) == ("1.0", "0.25", "4.0")
    assert (by_name["Quiet works"]["share"], by_name["Quiet works"]["fair"], by_name["Quiet works"]["times"]) == ("0.0", "0.75", "0")
    assert re.findall(r'class="num" data-label="[^"]*">([^<]*[.%][^<]*)<', text)[:3] == ["100.0\u00a0%", "25.0\u00a0%", "4.00"]
    assert behind(staff, text) == 1
    assert len(rows(staff, "vendors", "?vendor=quiet")) == 1


def test_of_many_vendors_those_that_are_shown_are_kept() -> None:
    many = [(str(new_id()), 9 - n // 10) for n in range(80)]
    shown = UUID(many[70][0])

    assert matches_kept(many, [shown, shown]) == dict([*many[:50], many[70]])


def test_a_share_is_of_all_that_was_found_and_unknown_where_it_was_not_kept(staff: FlaskClient) -> None:
    small, large, old = make_vendor(name="Small works"), make_vendor(name="Large works"), make_vendor(name="Old works")
    shown: dict[str, Any] = {"variants": [new_id(), new_id()], "versions": [1, 1]}
    services.add_searches(
        [
            answered(found=1_000, vendors=[small.id] * 2, matches={str(large.id): 250, str(small.id): 100}, **shown),
            answered("older", found=1_000, vendors=[large.id, old.id], matches={str(large.id): 250}, **shown),
        ]
    )

    by_name = {row["name"]: row for row in rows(staff, "vendors")}

    assert (by_name["Small works"]["fair"], by_name["Large works"]["fair"]) == ("0.05", "0.25")
    assert (by_name["Old works"]["times"], by_name["Old works"]["fair"], by_name["Old works"]["ratio"]) == ("1", "", "")
    for order in ("fair", "ratio"):
        assert [row["name"] for row in rows(staff, "vendors", f"?sort=-{order}")][-1] == "Old works"
    cells = re.findall(r'class="num" data-label="[^"]*">([^<]*)<', page(staff, "/desk/search/reports/vendors?vendor=old"))
    assert cells[2:] == ["–", "–"]


def test_a_list_of_a_category_is_told_by_its_name_and_the_name_of_its_order(staff: FlaskClient) -> None:
    category = make_category(name="Hinges")
    known, gone = answered("", category=category.slug, sort="lead_time"), answered("", category="taken-out", sort="a.length")
    services.add_searches([known, gone])

    text = page(staff, f"/desk/search/searches/{known.id}")
    listed = page(staff, "/desk/search/searches")

    assert "Search: Hinges" in text
    assert "Lead time, shortest first" in text
    assert all(word in page(staff, f"/desk/search/searches/{gone.id}") for word in ("taken-out", "a.length"))
    assert ">Hinges</td>" in listed
    assert ">taken-out</td>" in listed


def test_a_search_shows_its_places_and_what_followed(staff: FlaskClient) -> None:
    product = make_product(make_vendor(name="Boltwerk"), sku="HB-1")
    variant = variant_of(product)
    one = answered(
        "hexx bolt", correction="hex bolt", filters={"cat": ["bolts"]}, variants=[variant.id], vendors=[product.vendor_id], versions=[7]
    )
    services.add_searches([one])
    did(one, 1, "click", variant.id)
    did(one, 1, "cart", make_variant(product, sku="HB-1-50").id)

    text = page(staff, f"/desk/search/searches/{one.id}")

    assert all(word in text for word in ("HB-1<", "Boltwerk", "Clicked, Put into the cart: HB-1-50<", "hex bolt", "bolts"))
    assert "Clicked" in page(staff, "/desk/search/searches?kind=opened")
    assert "Clicked" in page(staff, "/desk/search/searches?vendor=boltw")
    assert "No search fits" in page(staff, "/desk/search/searches?position=99")
    assert staff.get(f"/desk/search/searches/{new_id()}").status_code == 404
    assert staff.get("/desk/search/reports/nonsense").status_code == 404
    head, row = staff.get("/desk/search/searches.csv").get_data(as_text=True).lstrip("\ufeff").strip().splitlines()
    assert head.startswith("When,Words")
    assert "hexx bolt" in row


def test_filters_are_said_in_the_words_of_their_chips(staff: FlaskClient) -> None:
    asked = "/search?q=bolt&country=SE&terms=net30&a.material=brass&a.length.from=20&a.length.to=30&a.gone=x&stock=1&ships=1&price=0.5-1&lead=7&every=1"
    with staff.application.test_request_context(asked):
        wanted = SearchInput.read(request.args)
    filters = wanted.model_dump(mode="json", exclude_defaults=True, exclude=NOT_FILTERS) | {"count": "500 pcs"}
    make_attribute(code="material", kind=AttributeKind.CHOICE, name="Material", choices=("brass",))
    make_attribute(code="length", kind=AttributeKind.NUMBER, name="Length", unit="mm")
    one = answered(filters=filters)
    services.add_searches([one])

    text = page(staff, f"/desk/search/searches/{one.id}")
    _, row = csv.reader(io.StringIO(staff.get("/desk/search/searches.csv").get_data(as_text=True).lstrip("\ufeff")))

    said = (
        "Material: BRASS", "Length: 20–30\u00a0mm", "Sweden", "Net 30 days", "Unit price: 0.5–1", "Lead time: 7 days or less",
        "Ships to the reader’s country", "In stock", "Only what has every word", "gone: x", "Quantity: 500 pcs",
    )  # fmt: skip
    for words in said:
        assert f"<div>{words}</div>" in text, words
    assert sorted(row[3].split("; ")) == sorted(said)


@pytest.mark.parametrize("address", PAGES)
def test_an_empty_desk_says_so_and_buyers_do_not_come_in(client: FlaskClient, address: str) -> None:
    company, person = make_operator((Role.PLATFORM_FINANCE,))
    log_in(client, person, company)
    assert 'class="empty"' in page(client, address)

    buyer = make_company()
    log_in(client, make_member(buyer), buyer)
    assert client.get(address).status_code == 403


@pytest.mark.parametrize("name", REPORTS)
def test_any_sort_walks_its_pages_and_nonsense_is_no_fault(staff: FlaskClient, name: str) -> None:
    ids = [new_id() for _ in range(60)]
    vendors = [make_vendor(name=f"Works {n}").id for n in range(3)]
    services.add_searches(
        [answered(f"word {n}", found=n % 3 if name != "nothing" else 0, variants=ids, versions=[1] * 60, vendors=(vendors * 20), matches={str(vendors[0]): 1}) for n in range(60)]
    )  # fmt: skip

    for sort in REPORTS[name].table.sorts:
        text = page(staff, f"/desk/search/reports/{name}?sort=-{sort}&period=30")
        onward = re.search(r'href="([^"]*after=[^"]*)"', text)
        if name != "vendors":
            assert onward
            assert page(staff, f"/desk/search/reports/{name}{onward.group(1).replace('&amp;', '&')}")
    page(staff, f"/desk/search/reports/{name}?sort=nonsense&period=x&after=zzz")


@pytest.mark.parametrize("address", PAGES)
def test_a_page_of_the_desk_costs_the_same_however_much_was_searched(app: Flask, staff: FlaskClient, address: str) -> None:
    vendor = make_vendor()
    one: dict[str, Any] = {"variants": [new_id()], "versions": [1], "vendors": [vendor.id], "matches": {str(vendor.id): 1}, "found": 0}
    services.add_searches([answered("first", **one), answered("found", **one | {"found": 1})])
    page(staff, address)
    with count_queries() as few:
        page(staff, address)
    services.add_searches([answered(f"word {n}", **one) for n in range(20)])

    with count_queries() as many:
        page(staff, address)

    assert len(many) <= len(few) <= 18, many
