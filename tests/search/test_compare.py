"""The compare page: side by side at my quantity, walls, and what is unknown."""

import csv
import html
import io
import re
from datetime import date
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient

from marketplace.catalogue.models import Product
from marketplace.core import clock, i18n
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.core.ids import new_id
from marketplace.orders.models import VendorOrderState
from marketplace.pricing.models import TaxRate
from marketplace.pricing.services import load_rates
from reviews.scores import Score
from search.queries import forget_vendors
from search.views.cells import Row, with_best
from search.views.ticks import MOST
from search.views.vendor_rows import rating_cell
from tests.factories.accounts import PASSWORD, log_in, make_company, make_member
from tests.factories.catalogue import make_attribute, make_category, make_document, make_product
from tests.factories.orders import make_order, make_tax_rate, make_trade
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, variant_of
from vendors.models import VendorState


def heads(text: str) -> list[str]:
    """SKUs of the columns, in order."""
    return re.findall(r'<th scope="col"><a href="[^"]*">([^<]+)</a><small>', text)


def test_what_cannot_be_said_of_goods_is_a_dash_and_not_unknown(client: FlaskClient, index_now: IndexNow) -> None:
    bolts, cartons = make_category(), make_category()
    make_attribute(bolts, code="thread", name="Thread")
    bolt = make_product(make_vendor(), category=bolts, sku="QZ-1", attributes={"thread": {"v": "M8"}})
    silent = make_product(make_vendor(), category=bolts, sku="QZ-2")
    carton = make_product(make_vendor(), category=cartons, sku="PW-1")
    chosen = "&".join(f"variant={variant_of(product).id}" for product in (bolt, silent, carton))

    text = page(client, f"/compare?{chosen}")
    rows = list(csv.reader(io.StringIO(client.get(f"/compare.csv?{chosen}").get_data(as_text=True).lstrip("\ufeff"))))

    dash = '<span aria-hidden="true">–</span><span class="vh">Not applicable</span>'
    assert re.search(
        rf'class="stick">Thread</th><td[^>]*>M8</td><td[^>]*><span class="unknown">Unknown</span></td><td[^>]*>{dash}</td>', text
    )
    assert re.search(rf'class="stick">Price at next tier</th><td[^>]*>{dash}</td>', text)
    assert next(row for row in rows if row[1] == "Thread")[2:] == ["M8", "Unknown", "Not applicable"]


def test_compare_shows_offers_side_by_side_and_unknown_as_unknown(client: FlaskClient, index_now: IndexNow) -> None:
    category = make_category()
    make_attribute(category, code="material", name="Material")
    mine = make_product(
        make_vendor(name="Qianzhu"),
        category=category,
        sku="QZ-1",
        tiers=[(1, 2_000_000)],
        attributes={"material": {"v": "A2"}},
    )
    other = make_product(make_vendor(name="Pallwerk", with_shipping=False), category=category, sku="PW-1", tiers=[(1, 1_000_000)])
    chosen = "&".join(f"variant={variant_of(product).id}" for product in (mine, other))

    text = page(client, f"/compare?{chosen}&quantity=100")

    assert "Compare 2 offers" in text
    assert "EUR\u00a0200.00" in text
    assert "EUR\u00a0100.00" in text
    assert re.search(
        r'<th scope="row" class="stick">Freight to [^<]*</th><td[^>]*><span class="fig">[^<]*</span></td><td[^>]*><span class="unknown">',
        text,
    )
    assert re.search(r'<th scope="row" class="stick">Material</th><td[^>]*>A2</td><td[^>]*><span class="unknown">', text)


def test_several_reasons_are_sentences_one_after_the_other(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor(name="Orsa", with_shipping=False, opening_minimum_minor=90_000)

    text = page(client, f"/compare?variant={variant_of(make_product(vendor, sku='OR-1')).id}").replace("\u00a0", " ")

    assert "Orsa does not ship to Sweden. The tax on deliveries within Sweden is not known here. Orsa takes orders from" in text
    assert ".;" not in text


def test_sums_of_different_quantities_have_no_best_and_the_cost_of_one_has(client: FlaskClient, index_now: IndexNow) -> None:
    make_tax_rate()
    category = make_category()
    few = make_product(make_vendor(), category=category, sku="QZ-1", tiers=[(1, 2_000_000)], minimum=1)
    many = make_product(make_vendor(), category=category, sku="PW-1", tiers=[(1, 1_000_000)], minimum=5_000, stock=50_000)
    chosen = "&".join(f"variant={variant_of(product).id}" for product in (few, many))

    def best(text: str, title: str) -> list[bool]:
        row = re.search(rf'<th scope="row" class="stick">{title}</th>(.*?)</tr>', text, re.DOTALL)
        assert row is not None
        return ["best" in cell for cell in re.findall(r"<td class=\"([^\"]*)\"", row[1])]

    apart = page(client, f"/compare?{chosen}&ship_to=SE")
    assert best(apart, "Total") == [False, False]
    assert best(apart, "Landed cost of one") == [False, True]
    assert "when you buy 1 pc<" in apart.replace("\u00a0", " ")
    assert "when you buy 5,000 pcs" in apart.replace("\u00a0", " ")
    assert "The quantities differ" in apart
    alike = page(client, f"/compare?{chosen}&ship_to=SE&quantity=5000")
    assert best(alike, "Total") == best(alike, "Landed cost of one") == [False, True]
    assert "when you buy" not in alike
    assert "The quantities differ" not in alike


def test_what_is_short_has_no_day_that_could_be_the_best(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    few = make_product(vendor, sku="FEW", stock=200, lead_time=((None, 1, 2),))
    many = make_product(vendor, sku="MANY", stock=900, lead_time=((None, 5, 6),))
    chosen = "&".join(f"variant={variant_of(product).id}" for product in (few, many))

    text = page(client, f"/compare?{chosen}&ship_to=SE&quantity=500")

    assert re.search(r'class="stick">Arrives by</th><td[^>]*><span class="unknown">Unknown</span></td><td', text)
    assert re.search(r'class="stick">Lead time</th><td[^>]*>Not enough in stock</td><td[^>]*>5 to 6 days</td>', text)


def test_what_the_desk_leaves_out_of_comparisons_is_not_compared(client: FlaskClient, index_now: IndexNow) -> None:
    category = make_category()
    make_attribute(category, code="material", name="Material")
    make_attribute(category, code="remark", name="Remark", is_comparable=False)
    values = {"material": {"v": "A2"}, "remark": {"v": "Old stock"}}
    made = [make_product(make_vendor(), category=category, attributes=values) for _ in range(2)]

    text = page(client, "/compare?" + "&".join(f"variant={variant_of(product).id}" for product in made))

    assert "A2" in text
    assert "Old stock" not in text


def test_compare_takes_six_and_the_others_wait_by_name(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    products = [make_product(vendor, sku=f"P-{n}") for n in range(7)]
    chosen = "&".join(f"variant={variant_of(product).id}" for product in products)

    text = page(client, f"/compare?{chosen}&variant={uuid4()}")

    assert "Compare 6 offers" in text
    assert heads(text) == ["P-0", "P-1", "P-2", "P-3", "P-4", "P-5"]
    assert "At most 6 offers" in text
    assert "in the place of P-5" in text
    assert "1 offer is not for sale to everybody, or not any more, and was left out." in text
    link = re.search(r'<a href="([^"]+)">P-6</a>', text)
    assert link, "what waits is named, and can be chosen"

    swapped = page(client, f"/compare{html.unescape(link[1])}")

    assert heads(swapped) == ["P-6", "P-0", "P-1", "P-2", "P-3", "P-4"]
    assert ">P-5</a>" in swapped, "nothing is lost: now the last one waits"
    taken_out = page(client, f"/compare?remove={variant_of(products[0]).id}")
    assert heads(taken_out) == ["P-6", "P-1", "P-2", "P-3", "P-4", "P-5"]
    assert "At most 6 offers" not in taken_out


def test_one_more_than_fits_is_asked_for_and_the_last_of_those_before_waits(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    products = [make_product(vendor, sku=f"P-{n}") for n in range(7)]
    for product in products:
        text = page(client, f"/compare?variant={variant_of(product).id}")

    assert heads(text)[0] == "P-6"
    assert ">P-0</a>" in text
    assert "At most 6 offers" in text


def test_what_cannot_be_kept_any_more_is_named(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    products = [make_product(vendor, sku=f"P-{n}") for n in range(MOST + 1)]
    client.set_cookie("compare", ".".join(str(variant_of(product).id) for product in products[:MOST]))

    text = page(client, f"/compare?variant={variant_of(products[MOST]).id}")

    assert heads(text)[0] == f"P-{MOST}"
    assert f"At most {MOST} offers can be kept. Not taken: P-{MOST - 1}." in text


def test_a_list_shows_what_is_ticked_and_a_tick_taken_away_counts_without_scripts(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    first, second, third = (make_product(vendor, sku=f"P-{n}") for n in range(3))
    index_now(first, second, third)
    ids = [str(variant_of(product).id) for product in (first, second, third)]
    assert "Tick up to 6" in page(client, "/search")
    client.set_cookie("compare", f"{ids[0]}.{ids[1]}.no-id")

    text = page(client, "/search")

    for one in ids[:2]:
        assert f'value="{one}" checked><input type="hidden" name="showed" value="{one}">' in text
    assert f'value="{ids[2]}">' in text
    assert "2 offers ticked" in text
    assert heads(page(client, f"/compare?variant={ids[2]}&variant={ids[0]}&showed={ids[0]}&showed={ids[1]}")) == ["P-2", "P-0"]
    assert heads(page(client, "/compare")) == ["P-2", "P-0"]


def test_whoever_only_looks_gets_no_cookie(client: FlaskClient, index_now: IndexNow) -> None:
    make_product(make_vendor())

    assert "Set-Cookie" not in client.get("/search").headers
    assert "Set-Cookie" not in client.get("/compare").headers


def test_compare_hides_what_the_reader_may_not_see(client: FlaskClient, index_now: IndexNow) -> None:
    secret = make_product(make_vendor(), sku="SECRET-1", visibility=[f"company:{uuid4()}"])

    text = page(client, f"/compare?variant={variant_of(secret).id}")

    assert "SECRET-1" not in text
    assert "not for sale to everybody" in text


def test_a_buyer_puts_a_compared_offer_into_the_cart(client: FlaskClient, index_now: IndexNow) -> None:
    buyer = make_company()
    day = clock.now().date()
    db.session.add(TaxRate(id=new_id(), country="SE", region="", tax_class="standard", rate_bp=2_500, valid_from=day, is_example=True))
    variant_id = variant_of(make_product(make_vendor(), minimum=100, increment=50)).id
    assert "Add 150" not in page(client, f"/compare?variant={variant_id}&quantity=120")

    log_in(client, make_member(buyer), buyer)
    text = page(client, f"/compare?variant={variant_id}&quantity=120")

    assert "Add 150" in text, "rounded up to what is sold"
    answer = client.post("/cart/lines", data={"variant_id": str(variant_id), "quantity": "150", "next": "/compare"})
    assert answer.status_code == 303


def test_a_vendors_minimum_is_said_and_keeps_nothing_out_of_the_cart(client: FlaskClient, index_now: IndexNow) -> None:
    trade = make_trade(vendor={"opening_minimum_minor": 50_000, "reorder_minimum_minor": 100})
    index_now(db.session.get_one(Product, trade.variants[0].product_id))
    log_in(client, trade.person, trade.buyer)
    db.session.commit()

    text = page(client, f"/compare?variant={trade.variants[0].id}&quantity=10")

    assert "takes orders from" in text
    assert "Add 10" in text
    make_order(VendorOrderState.ACCEPTED, trade=trade, quantities=(1_000,))
    text = page(client, f"/compare?variant={trade.variants[0].id}&quantity=10")
    assert "takes orders from" not in text, "whoever has ordered before has the lower minimum"


def test_rows_that_do_not_differ_can_be_left_out(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    a, b = make_product(vendor, tiers=[(1, 2_000_000)]), make_product(vendor, tiers=[(1, 1_000_000)])
    chosen = f"variant={variant_of(a).id}&variant={variant_of(b).id}"

    assert "Country" in page(client, f"/compare?{chosen}")
    assert ">Country<" not in page(client, f"/compare?{chosen}&differ=1")


def test_no_word_in_the_address_is_one_of_the_routers(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    variant_id = variant_of(make_product(vendor)).id
    asked = "endpoint=x&_method=POST&_external=1&_scheme=javascript&_anchor=a&values=1"

    for chosen in (f"variant={variant_id}", f"vendor={vendor.slug}"):
        text = html.unescape(page(client, f"/compare?{chosen}&{asked}"))

        assert f'href="/compare.csv?{chosen}&{asked}"' in text
        assert 'href="javascript:' not in text


def test_what_is_compared_stays_over_pages_and_log_in_until_it_is_taken_out(client: FlaskClient, index_now: IndexNow) -> None:
    buyer = make_company()
    person = make_member(buyer, email="buyer@compare.example")
    vendor = make_vendor()
    first, second = variant_of(make_product(vendor, sku="P-1")).id, variant_of(make_product(vendor, sku="P-2")).id
    page(client, f"/compare?variant={first}")
    page(client, "/search")
    page(client, f"/compare?variant={second}")
    answer = client.post("/log-in", data={"email": person.email, "password": PASSWORD})
    assert answer.status_code == 303

    both = page(client, "/compare")
    assert "Compare 2 offers" in both

    assert "Compare 1 offer" in page(client, f"/compare?remove={first}")
    assert "P-1" not in page(client, "/compare")


def test_the_landed_cost_is_unknown_while_a_part_is_and_says_at_least_how_much(client: FlaskClient, index_now: IndexNow) -> None:
    known = make_product(make_vendor(), sku="P-1", tiers=[(1, 1_000_000)])
    unknown = make_product(make_vendor(with_shipping=False), sku="P-2", tiers=[(1, 1_000_000)])
    chosen = f"variant={variant_of(known).id}&variant={variant_of(unknown).id}"
    make_tax_rate()
    db.session.commit()

    text = page(client, f"/compare?{chosen}&quantity=100&ship_to=SE")
    row = text[text.index(">Landed cost<") :].split("</tr>", 1)[0]

    assert row.count('class="unknown"') == 1
    assert "at least EUR\u00a0125.00" in row, "goods and the tax on them are known"


def test_the_sheet_holds_every_row_with_unknown_as_a_word(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor(name="=Norrvik", with_shipping=False)
    variant_id = variant_of(make_product(vendor, sku="P-1")).id

    answer = client.get(f"/compare.csv?variant={variant_id}&quantity=100")

    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    facts = {row[1]: row[2] for row in rows[1:]}
    assert answer.mimetype == "text/csv"
    assert rows[0][:2] == ["Group", "Fact"]
    assert facts["Landed cost"].startswith("Unknown (at least")
    assert facts["On time, by first promise, 90 days"] == "Unknown (too few orders, n 0)"
    assert facts["Shop"].startswith("'="), "a formula is neutralised"


def test_documents_say_which_are_missing(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    mine, other = make_product(vendor, sku="P-1"), make_product(vendor, sku="P-2")
    make_document(mine, kind="spec_sheet")
    db.session.commit()

    text = page(client, f"/compare?variant={variant_of(mine).id}&variant={variant_of(other).id}")
    row = text[text.index(">Documents<") :].split("</tr>", 1)[0]

    assert "Spec sheet" in row
    assert "missing: Spec sheet" in row


def test_vendors_stand_side_by_side_and_unseen_ones_are_left_out(client: FlaskClient, index_now: IndexNow) -> None:
    first, second = make_vendor(name="Norrvik", terms=["net30"]), make_vendor(name="Pallwerk", terms=[])
    hidden = make_vendor(name="Gone works", state=VendorState.SUSPENDED)
    db.session.commit()
    forget_vendors()
    address = "/compare?" + "&".join(f"vendor={vendor.slug}" for vendor in (first, second, hidden))

    text = page(client, address)

    assert "Compare 2 vendors" in text
    assert "Gone works" not in text
    assert "1 vendor is not open any more" in text
    assert "too few orders, n 0" in text
    terms = text[text.index(">Terms offered<") :].split("</tr>", 1)[0]
    assert "Net 30 days" in terms
    assert 'class="unknown"' in terms
    assert "Compare 1 vendor" in page(client, f"{address}&remove={first.slug}")
    sheet = client.get(address.replace("/compare?", "/compare.csv?")).get_data(as_text=True)
    assert "Norrvik,Pallwerk" in sheet


def test_prices_of_a_unit_and_at_the_next_tier_have_their_currency_and_the_readers(client: FlaskClient, index_now: IndexNow) -> None:
    load_rates({"USD": 0.924}, valid_from=date(2020, 1, 1), source="European reference rate", actor=SYSTEM)
    tiers = [(1, 2_000_000), (480, 1_327_000)]
    foreign, own = (make_product(make_vendor(currency=currency), tiers=tiers) for currency in ("USD", "EUR"))

    text = client.get(f"/compare.csv?variant={variant_of(foreign).id}&variant={variant_of(own).id}").get_data(as_text=True)

    rows = {row[1]: row[2:] for row in csv.reader(io.StringIO(text.replace(i18n.NBSP, " "))) if len(row) > 1}
    foreign_next, own_next = rows["Price at next tier"]
    assert re.fullmatch(r"≈ [\d.]+ EUR from 480 pcs \(1\.3270 USD\)", foreign_next)
    assert own_next == "1.3270 EUR from 480 pcs"
    foreign_unit, own_unit = rows["Unit price"]
    assert re.fullmatch(r"≈ [\d.]+ EUR per pc \(2\.0000 USD per pc\)", foreign_unit), "both in the same words, so that they compare"
    assert own_unit == "2.0000 EUR per pc"


def test_of_values_that_read_alike_none_is_the_best(app: Flask) -> None:
    with app.test_request_context():
        alike, apart = (
            with_best(Row("Rating", tuple(rating_cell(Score(value, 12, (0, 0, 4, 8, 0))) for value in values)), highest=True)
            for values in ((3.66, 3.74), (3.64, 3.66))
        )

    assert [cell.text for cell in alike.cells] == ["3.7", "3.7"]
    assert not any(cell.is_best for cell in alike.cells)
    assert [cell.is_best for cell in apart.cells] == [False, True]
