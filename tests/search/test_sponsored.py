"""Sponsored places: labelled, few, relevant, from fit vendors alone, for companies that do not know them yet, at a price per click, and
without any touch on the order below.
"""

import html
import random
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.accounts.permissions import Role
from marketplace.catalogue.models import Product, ProductState
from marketplace.core import clock
from marketplace.core.audit import SYSTEM, AuditEvent
from marketplace.core.db import db
from marketplace.core.recent import ask_anew
from marketplace.marketing import queries, services
from marketplace.marketing.clicks import mark_of
from marketplace.marketing.errors import PlaceOver, PlaceRefused
from marketplace.marketing.models import SponsoredPlace
from search.queries import forget_vendors
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member, make_operator
from tests.factories.catalogue import make_category, make_product
from tests.factories.orders import make_order
from tests.factories.vendors import make_sender, make_vendor
from tests.search.reading import IndexNow, page, skus
from vendors.models import VendorState

RunJobs = Callable[[], int]
HIT = re.compile(r'<li class="hit"( data-ad)?>(.*?)</li>\s*(?=<li class="hit"|</ol>)', re.DOTALL)


def today() -> date:
    return clock.now().date()


def place(product: Product, words: str = "bolt", **changes: object) -> SponsoredPlace:
    """A place that stands for a month."""
    wanted = {
        "words": words, "category_id": None, "from_on": today(), "until_on": today() + timedelta(days=30), "click_price": Decimal("0.40"),
        "monthly_cap": Decimal(20),
    } | changes  # fmt: skip
    made = services.add_place(product.id, actor=SYSTEM, **wanted)  # type: ignore[arg-type]
    db.session.flush()
    ask_anew()
    return db.session.get_one(SponsoredPlace, made)


def address_of(client: FlaskClient, standing: SponsoredPlace, product: Product, company_id: UUID) -> str:
    """The address that a place puts on the pages of a company today."""
    mark = mark_of(standing.id, company_id, today(), client.application.config["SECRET_KEY"])
    return f"/products/{product.slug}?ad={mark}"


@pytest.fixture
def buyer(client: FlaskClient) -> Company:
    """Somebody of a verified company that has bought nothing yet looks at the pages."""
    company = make_company(tax_ids=[{"scheme": "se.orgnr", "value": "5560743356", "display": "556074-3356"}])
    log_in(client, make_member(company), company)
    return company


def parted(text: str) -> tuple[list[str], list[str]]:
    """(SKUs of the sponsored hits, SKUs of the list below)."""
    found: tuple[list[str], list[str]] = ([], [])
    for is_ad, body in HIT.findall(text):
        found[0 if is_ad else 1].extend(skus(body))
    return found


def test_a_place_above_a_list_by_landed_price_tells_its_own(
    client: FlaskClient, index_now: IndexNow, rates_known: None, buyer: Company
) -> None:
    paid = make_product(make_sender(90_000), sku="PAID")
    index_now(paid, make_product(make_sender(0), sku="OTHER"))
    place(paid)

    text = page(client, "/search?q=hex+bolt&sort=landed&quantity=1000&ship_to=SE")

    assert parted(text) == (["PAID"], ["OTHER", "PAID"])
    assert [("Landed in Sweden" in body, "900.00" in body) for _, body in HIT.findall(text)] == [(True, True), (True, False), (True, True)]
    assert "Landed in" not in page(client, "/search?q=hex+bolt&quantity=1000&ship_to=SE")


def test_a_place_is_labelled_and_leads_to_the_ordinary_page(client: FlaskClient, index_now: IndexNow, buyer: Company) -> None:
    paid, other = make_product(make_vendor(), sku="PAID"), make_product(make_vendor(), sku="OTHER")
    index_now(paid, other)
    standing = place(paid)

    text = page(client, "/search?q=hex+bolt")

    assert parted(text)[0] == ["PAID"]
    assert sorted(parted(text)[1]) == ["OTHER", "PAID"]
    assert text.count("Sponsored") == 1
    mark = mark_of(standing.id, buyer.id, today(), client.application.config["SECRET_KEY"])
    assert f'href="/products/{paid.slug}?variant=PAID&amp;ad={mark}"' in text


@pytest.mark.usefixtures("buyer")
def test_the_order_below_is_the_same_with_and_without(client: FlaskClient, index_now: IndexNow) -> None:
    chance, category = random.Random(5), make_category(slug="hex-bolts", name="Hex bolts")
    vendors = [make_vendor(level=level) for level in (1, 2, 3)]
    titles = ["Hex bolt M8 × 40", "Hex bolt M10, zinc", "Flange bolt", "Bolt set for frames", "Eye bolt"]
    products = [
        make_product(chance.choice(vendors), category=category, sku=f"P-{n:02d}", title=chance.choice(titles), price_micro=100_000 + n)
        for n in range(60)
    ]
    index_now(*products)
    addresses = [f"/search?q={words}&page={number}" for words in ("bolt", "hex+bolt", "flange+bolt", "frame+bolt") for number in (1, 2, 3)]
    addresses += [f"/categories/hex-bolts?page={number}" for number in (1, 2)] + ["/search?q=bolt&sort=price", "/search?q=bolt&level=2"]
    before = {address: parted(page(client, address)) for address in addresses}

    for product in chance.sample(products, 12):
        place(product, chance.choice(["bolt", "hex bolt", "flange"]))
        place(product, "", category_id=category.id)
    after = {address: parted(page(client, address)) for address in addresses}

    assert {address: organic for address, (_, organic) in after.items()} == {address: organic for address, (_, organic) in before.items()}
    assert not any(paid for paid, _ in before.values())
    assert all(len(paid) <= 2 for paid, _ in after.values())
    assert sum(len(paid) for paid, _ in after.values()) > 8
    assert not any(paid for address, (paid, _) in after.items() if "page=2" in address or "page=3" in address)


@pytest.mark.usefixtures("buyer")
def test_only_what_the_query_finds_may_stand_above(client: FlaskClient, index_now: IndexNow) -> None:
    gasket, anchor = (
        make_product(make_vendor(level=level), sku=sku, title=title) for level, sku, title in ((1, "G", "Gasket"), (2, "A", "Anchor"))
    )
    index_now(gasket, anchor)
    place(gasket, "anchor")
    place(anchor, "anchor washer")

    assert parted(page(client, "/search?q=anchor")) == ([], ["A"])
    assert parted(page(client, "/search?q=gasket"))[0] == []
    place(anchor, "anchor")
    assert parted(page(client, "/search?q=anchor"))[0] == ["A"]
    assert parted(page(client, "/search?q=anchor&level=1"))[0] == [], "a filter holds for it too"
    assert parted(page(client, "/search?q=anchor&level=2"))[0] == ["A"]


@pytest.mark.usefixtures("buyer")
def test_two_at_most_and_one_for_each_vendor(client: FlaskClient, index_now: IndexNow) -> None:
    one = make_vendor()
    products = [make_product(one, sku="A-1"), make_product(one, sku="A-2"), *(make_product(make_vendor(), sku=f"B-{n}") for n in range(3))]
    index_now(*products)
    for product in products:
        place(product)

    paid, _ = parted(page(client, "/search?q=bolt"))

    assert len(paid) == 2
    assert len([sku for sku in paid if sku.startswith("A-")]) <= 1


@pytest.mark.usefixtures("buyer")
@pytest.mark.parametrize("state", [VendorState.SUSPENDED, VendorState.UNDER_REVIEW])
def test_a_vendor_who_is_not_fit_any_more_loses_the_place_at_once(client: FlaskClient, index_now: IndexNow, state: VendorState) -> None:
    vendor = make_vendor()
    product = make_product(vendor)
    index_now(product)
    place(product)
    assert parted(page(client, "/search?q=bolt"))[0]

    vendor.state = state
    db.session.flush()
    forget_vendors()

    assert parted(page(client, "/search?q=bolt"))[0] == []


@pytest.mark.usefixtures("buyer")
def test_what_a_reader_may_not_see_is_not_shown_above_either(client: FlaskClient, index_now: IndexNow) -> None:
    product = make_product(make_vendor(), visibility=[f"company:{make_company().id}"])
    index_now(product, make_product(make_vendor()))
    place(product)

    assert parted(page(client, "/search?q=bolt"))[0] == []


@pytest.mark.usefixtures("buyer")
def test_a_place_stands_on_its_days_alone(client: FlaskClient, index_now: IndexNow) -> None:
    product = make_product(make_vendor())
    index_now(product)
    place(product, from_on=today() + timedelta(days=1))
    assert parted(page(client, "/search?q=bolt"))[0] == []
    running = place(product)
    assert len(parted(page(client, "/search?q=bolt"))[0]) == 1

    services.end_place(running.id, actor=SYSTEM)
    db.session.flush()
    ask_anew()

    assert parted(page(client, "/search?q=bolt"))[0] == []
    with pytest.raises(PlaceOver):
        services.end_place(running.id, actor=SYSTEM)
    acts = set(db.session.scalars(db.select(AuditEvent.act).where(AuditEvent.subject_id == running.id)))
    assert acts == {"sponsored_place.added", "sponsored_place.ended"}


def test_only_verified_companies_that_never_bought_from_the_vendor_see_its_places(
    client: FlaskClient, index_now: IndexNow, buyer: Company
) -> None:
    trade, _ = make_order()
    paid, other = make_product(trade.vendors[0], sku="PAID"), make_product(make_vendor(), sku="OTHER")
    index_now(paid, other)
    place(paid)
    place(other)
    assert sorted(parted(page(client, "/search?q=bolt"))[0]) == ["OTHER", "PAID"]

    trade.buyer.tax_ids = buyer.tax_ids
    log_in(client, make_member(trade.buyer), trade.buyer)
    assert parted(page(client, "/search?q=bolt"))[0] == ["OTHER"]

    unverified = make_company()
    log_in(client, make_member(unverified), unverified)
    assert parted(page(client, "/search?q=bolt"))[0] == []
    client.post("/log-out")
    assert parted(page(client, "/search?q=bolt"))[0] == []


def test_a_company_is_counted_once_a_day_until_the_month_is_spent(
    client: FlaskClient, index_now: IndexNow, buyer: Company, run_jobs: RunJobs
) -> None:
    product = make_product(make_vendor(currency="EUR"), sku="PAID")
    index_now(product)
    tenth = datetime.combine((today().replace(day=1) + timedelta(days=32)).replace(day=10), time(12), UTC)

    def look(moment: datetime, times: int = 1) -> list[str]:
        """Open the product so often from its place; what stands above the results after that."""
        with clock.at(moment):
            log_in(client, make_member(buyer), buyer)
            for _ in range(times):
                page(client, address_of(client, standing, product, buyer.id))
            run_jobs()
            ask_anew()
            return parted(page(client, "/search?q=bolt"))[0]

    with clock.at(tenth):
        standing = place(product, monthly_cap=Decimal("0.80"), until_on=today() + timedelta(days=60))

    assert look(tenth, times=3) == ["PAID"]
    with clock.at(tenth):
        assert queries.clicks_of([standing.id])[standing.id] == (1, 40, 1, 40)
    assert look(tenth + timedelta(days=1)) == [], "the month is spent"
    with clock.at(tenth + timedelta(days=2)):
        assert not services.count_click(standing.id, make_company(tax_ids=buyer.tax_ids).id)
    assert look(tenth + timedelta(days=30)) == ["PAID"], "a new month begins anew"
    with clock.at(tenth + timedelta(days=30)):
        assert queries.clicks_of([standing.id])[standing.id] == (1, 40, 3, 120)


def test_clicks_of_strangers_customers_and_staff_and_on_other_goods_cost_nothing(
    client: FlaskClient, index_now: IndexNow, buyer: Company, run_jobs: RunJobs
) -> None:
    trade, _ = make_order()
    product = make_product(trade.vendors[0])
    index_now(product)
    standing, other = place(product), make_product(make_vendor())
    index_now(other)
    trade.buyer.tax_ids = buyer.tax_ids
    log_in(client, make_member(trade.buyer), trade.buyer)

    page(client, address_of(client, standing, product, trade.buyer.id))
    log_in(client, make_member(buyer), buyer)
    page(client, address_of(client, standing, other, buyer.id))
    address = address_of(client, standing, product, buyer.id)
    client.post("/log-out")
    page(client, address)
    operator, admin = make_operator([Role.PLATFORM_ADMIN])
    log_in(client, admin, operator)
    page(client, address_of(client, standing, product, operator.id))
    run_jobs()

    assert queries.clicks_of([standing.id]) == {}
    services.end_place(standing.id, actor=SYSTEM)
    assert not services.count_click(standing.id, make_company(tax_ids=buyer.tax_ids).id)


def test_an_address_that_no_place_made_for_this_company_costs_nothing(
    client: FlaskClient, index_now: IndexNow, buyer: Company, run_jobs: RunJobs
) -> None:
    product, colleague = make_product(make_vendor()), make_company(tax_ids=buyer.tax_ids)
    index_now(product)
    standing = place(product)
    address = address_of(client, standing, product, buyer.id)
    rest = address.rpartition(".")[2]
    passed_on = address_of(client, standing, product, colleague.id)

    for wrong in (
        f"/products/{product.slug}?ad={standing.id}",
        f"/products/{product.slug}?ad={standing.id}.",
        f"/products/{product.slug}?ad={uuid4()}.{rest}",
        f"/products/{product.slug}?ad=nonsense",
        f"/products/{product.slug}?ad=%00.%ff",
        f"{address}x",
        passed_on,
    ):
        page(client, wrong)
    run_jobs()
    assert queries.clicks_of([standing.id]) == {}

    with clock.at(clock.now() + timedelta(days=2)):
        log_in(client, make_member(buyer), buyer)
        page(client, address)  # kept for two days
        run_jobs()
    assert queries.clicks_of([standing.id]) == {}
    with clock.at(clock.now() + timedelta(days=1)):  # shown before midnight, opened after it, and again
        log_in(client, make_member(buyer), buyer)
        for _ in range(2):
            page(client, address)
        run_jobs()
    assert queries.clicks_of([standing.id])[standing.id].total == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("!!!", "Searches are not read by “!!!”"),
        ("hex bolt -steel", "Searches are not read by “steel”"),
        ("gasket", "A search for these words does not find this product"),
        ("hex bolt", ""),
    ],
)
def test_words_that_can_never_show_are_refused_at_their_field(client: FlaskClient, index_now: IndexNow, words: str, said: str) -> None:
    operator, admin = make_operator([Role.PLATFORM_ADMIN])
    log_in(client, admin, operator)
    index_now(make_product(make_vendor(), sku="PLACED-1", title="Hex bolt M8"), make_product(make_vendor(), sku="G", title="Gasket"))
    sent = {"product": "placed-1", "words": words, "category": "", "from_on": str(today()), "until_on": str(today())}

    answer = client.post("/desk/sponsored/new", data=sent | {"click_price": "0.40", "monthly_cap": "20"})

    assert answer.status_code == (422 if said else 303)
    if said:
        text = html.unescape(answer.get_data(as_text=True))
        assert said in text
        assert f'value="{words}"' in text
        assert 'id="words-error"' in text


def test_a_vendor_reads_what_its_places_cost_and_no_other_does(client: FlaskClient, buyer: Company) -> None:
    product = make_product(make_vendor(), title="Brass hinge")
    standing = place(product)
    assert services.count_click(standing.id, buyer.id)
    vendor = db.session.get_one(Company, product.vendor_id)
    log_in(client, make_member(vendor, roles=[Role.VENDOR_OWNER]), vendor)

    text = page(client, "/portal/sponsored").replace("\u00a0", " ")

    assert "Brass hinge" in text
    assert "EUR 0.40" in text
    assert "1 click" in text
    assert ",EUR,0.40,20.00,1,0.40,1,0.40" in client.get("/portal/sponsored.csv").get_data(as_text=True)
    other = db.session.get_one(Company, make_vendor().id)
    log_in(client, make_member(other, roles=[Role.VENDOR_OWNER]), other)
    assert "Brass hinge" not in page(client, "/portal/sponsored")


def test_what_may_not_be_placed_is_refused_at_its_field(app: Flask) -> None:
    good, paused, low = (
        make_product(make_vendor()),
        make_product(make_vendor(), state=ProductState.PAUSED),
        make_product(make_vendor(level=0)),
    )
    cases: list[tuple[Product, dict[str, object], str]] = [
        (paused, {}, "product"),
        (low, {}, "product"),
        (good, {"words": ""}, "words"),
        (good, {"category_id": make_category().id}, "words"),
        (good, {"words": "", "category_id": make_category().id}, "category"),
        (good, {"until_on": today() - timedelta(days=1), "from_on": today() - timedelta(days=2)}, "until_on"),
        (good, {"from_on": today() + timedelta(days=40)}, "until_on"),
        (good, {"until_on": today() + timedelta(days=400)}, "until_on"),
        (good, {"monthly_cap": Decimal("0.39")}, "monthly_cap"),
        (good, {"click_price": Decimal("0.405")}, "click_price"),
    ]
    for product, changes, field in cases:
        with pytest.raises(PlaceRefused) as refused:
            place(product, **changes)  # type: ignore[arg-type]
        assert refused.value.field == field


def test_staff_add_and_end_places_at_the_desk(client: FlaskClient, index_now: IndexNow) -> None:
    operator, admin = make_operator([Role.PLATFORM_ADMIN])
    log_in(client, admin, operator)
    product = make_product(make_vendor(name="Qianzhu"), sku="PLACED-1")
    index_now(product)
    sent = {"product": "placed-1", "words": "hex bolt", "category": "", "from_on": str(today()), "until_on": str(today())}
    sent |= {"click_price": "0.40", "monthly_cap": "20"}

    assert "No sponsored places yet" in page(client, "/desk/sponsored")
    refused = client.post("/desk/sponsored/new", data=sent | {"product": "nothing", "words": "kept words"})
    assert refused.status_code == 422
    assert "No product on sale has this address or SKU." in refused.get_data(as_text=True)
    assert "kept words" in refused.get_data(as_text=True)
    for address in ("/products///[", "/products/x?variant=%00"):
        refused = client.post("/desk/sponsored/new", data=sent | {"product": address, "words": "kept words"})
        assert refused.status_code == 422
        assert "No product on sale has this address or SKU." in refused.get_data(as_text=True)
    sent |= {"_once": "a-form-that-is-sent-twice"}
    assert [client.post("/desk/sponsored/new", data=sent).status_code for _ in range(2)] == [303, 303]
    made = db.session.query(SponsoredPlace).one()
    assert (made.product_id, made.words) == (product.id, "hex bolt")
    assert "Qianzhu" in page(client, "/desk/sponsored")
    assert "Qianzhu" in client.get("/desk/sponsored.csv").get_data(as_text=True)
    assert client.post(f"/desk/sponsored/{made.id}/end").status_code == 303
    assert "No place fits" in page(client, "/desk/sponsored?state=open")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "Running"),
        ({"from_on": today() + timedelta(days=3), "until_on": today() + timedelta(days=9)}, "To come"),
        ({"monthly_cap": Decimal("0.40")}, "Resting"),
    ],
)
def test_a_vendor_reads_whether_a_place_stands_today(client: FlaskClient, buyer: Company, changes: dict[str, object], word: str) -> None:
    product = make_product(make_vendor())
    standing = place(product, **changes)  # type: ignore[arg-type]
    services.count_click(standing.id, buyer.id)
    vendor = db.session.get_one(Company, product.vendor_id)
    log_in(client, make_member(vendor, roles=[Role.VENDOR_OWNER]), vendor)

    text = page(client, "/portal/sponsored")

    assert [state for state in ("Running", "To come", "Resting", "Over", "Ended") if f">{state}</span>" in text] == [word]


@pytest.mark.parametrize("many", [2, 20])
def test_the_desk_list_has_a_budget(client: FlaskClient, many: int) -> None:
    operator, support = make_operator([Role.PLATFORM_SUPPORT])
    log_in(client, support, operator)
    for _ in range(many):
        place(make_product(make_vendor()))
    page(client, "/desk/sponsored")

    with count_queries() as statements:
        page(client, "/desk/sponsored")

    assert len(statements) <= 12, "\n".join(statements)
    assert len(queries.places_today()) == many
