"""The public page of a product."""

import re
from pathlib import Path

import jinja2
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from marketplace.catalogue.models import AttributeKind, Product, ProductState, Supply
from marketplace.catalogue.views.rows import words
from marketplace.core import i18n
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.pricing import services, shipped
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import make_attribute, make_category, make_product, make_variant
from tests.factories.vendors import make_vendor
from vendors import queries as vendors
from vendors.models import VendorState

TEMPLATES = Path(i18n.__file__).parents[1] / "templates"
TIERS = ((1_000, 49_800), (5_000, 42_100), (10_000, 38_100))
BOLT = {"tiers": TIERS, "minimum": 1_000, "increment": 500, "stock": 20_000}


@pytest.fixture(autouse=True)
def _taxes(client: FlaskClient) -> None:
    services.load_tax_rates(shipped.tax_rates(), actor=SYSTEM)


def text_of(client: FlaskClient, product: Product, query: str = "") -> str:
    answer = client.get(f"/products/{product.slug}{query}")
    assert answer.status_code == 200
    return " ".join(answer.get_data(as_text=True).replace("\u00a0", " ").split())


def test_the_price_at_my_quantity_is_shown_and_remembered(client: FlaskClient) -> None:
    product = make_product(make_vendor(), **BOLT)  # type: ignore[arg-type]

    page = text_of(client, product, "?quantity=5,000")
    again = text_of(client, product)

    for shown in (page, again):
        assert 'Goods</dt><dd class="num">210.50' in shown
        assert "5,000 pcs more reach 0.0381." in shown
    assert 'aria-selected="true"><td class="num"><b>5,000</b>' in page


@pytest.mark.parametrize(("query", "written"), [("?quantity=5000", "5,000"), ("?quantity=12500", "12,500"), ("", "1,000")])
def test_the_quantity_stands_in_its_field_as_in_every_other(client: FlaskClient, query: str, written: str) -> None:
    """Grouped as in the cart; addresses hold it without grouping."""
    page = text_of(client, make_product(make_vendor(), **BOLT), query)  # type: ignore[arg-type]

    assert f'<input id="quantity" name="quantity" inputmode="decimal" value="{written}"' in page
    assert f"quantity%3D{written.replace(',', '')}" in page


def test_a_thousand_written_with_a_point_is_not_taken_for_one(client: FlaskClient) -> None:
    product = make_product(make_vendor(), **BOLT)  # type: ignore[arg-type]

    page = text_of(client, product, "?quantity=5.000")

    assert 'name="quantity" inputmode="decimal" value="5.000"' in page
    assert "Write a whole number, such as 500." in page
    assert 'value="1,000"' in text_of(client, product)  # and it is not remembered


def test_an_emptied_field_forgets_the_quantity(client: FlaskClient) -> None:
    product = make_product(make_vendor(), **BOLT)  # type: ignore[arg-type]

    text_of(client, product, "?quantity=5000")
    emptied, again = text_of(client, product, "?quantity="), text_of(client, product)

    assert 'name="quantity" inputmode="decimal" value="1,000"' in emptied, "the smallest order"
    assert 'name="quantity" inputmode="decimal" value="1,000"' in again


def test_full_width_figures_are_figures(client: FlaskClient) -> None:
    page = text_of(client, make_product(make_vendor(), **BOLT), "?quantity=５０００")  # type: ignore[arg-type]

    assert 'Goods</dt><dd class="num">210.50' in page


def test_without_a_quantity_the_minimum_stands(client: FlaskClient) -> None:
    product = make_product(make_vendor(), **BOLT)  # type: ignore[arg-type]

    assert 'Goods</dt><dd class="num">49.80' in text_of(client, product)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("700", "Take 1,000 pcs"),
        ("1200", "Take 1,500 pcs"),
        ("lots", "Write a number, such as 500."),
        ("0", "Write a quantity above zero."),
        ("-5", "This must not be negative."),
        ("12.5", "Write a whole number, such as 500."),
        ("99999999999999999999", "This number is too large."),
        ("30000", "Only 20,000 pcs are in stock."),
    ],
)
def test_a_quantity_that_cannot_be_ordered_says_what_can(client: FlaskClient, asked: str, said: str) -> None:
    company = make_company()
    log_in(client, make_member(company), company)
    product = make_product(make_vendor(), **BOLT)  # type: ignore[arg-type]

    page = text_of(client, product, f"?quantity={asked}")

    assert said in page
    assert "to cart</button>" not in page


def test_no_time_is_told_of_more_than_is_there(client: FlaskClient) -> None:
    product = make_product(make_vendor(), lead_time=((20_000, 1, 2), (None, 5, 6)), **BOLT)  # type: ignore[arg-type]

    page = text_of(client, product, "?quantity=30000")

    assert '<td>1–2 days</td><td class="date">' in page
    assert "<td>over 20,000</td><td>Not enough in stock</td>" in page
    assert re.search(r'Arrives by</dt><dd class="num"><span class="unknown">', page)


@pytest.mark.parametrize(("display", "bands"), [("exact", ["1,000–18,000", "over 18,000"]), ("hidden", ["1,000–20,000", "over 20,000"])])
def test_a_band_is_parted_at_what_is_there_where_readers_may_know_it(client: FlaskClient, display: str, bands: list[str]) -> None:
    wanted = {**BOLT, "lead_time": ((20_000, 1, 2), (None, 5, 6)), "stock": 18_000}
    product = make_product(make_vendor(stock_display=display), **wanted)  # type: ignore[arg-type]

    page = text_of(client, product)

    assert re.findall(r"<td>((?:over )?[\d,]+(?:–[\d,]+)?)</td><td>(?:Not enough in stock|[\d–]+ days)</td>", page) == bands


def test_old_words_lead_to_the_present_address(client: FlaskClient) -> None:
    product = make_product(make_vendor())

    answer = client.get(f"/products/some-old-words-{product.code}?quantity=5&_external=1")

    assert answer.status_code == 301
    assert answer.headers["Location"] == f"/products/{product.slug}?quantity=5&_external=1"


@pytest.mark.parametrize("state", [state for state in ProductState if state is not ProductState.LIVE])
def test_what_is_not_live_is_not_there(client: FlaskClient, state: ProductState) -> None:
    product = make_product(make_vendor(), state=state)

    assert client.get(f"/products/{product.slug}").status_code == 404


@pytest.mark.parametrize("state", [state for state in VendorState if state not in (VendorState.APPROVED, VendorState.RECHECK_DUE)])
def test_nothing_of_a_vendor_that_is_not_approved_is_there(client: FlaskClient, state: VendorState) -> None:
    product = make_product(make_vendor(state=state))

    assert client.get(f"/products/{product.slug}").status_code == 404


def test_a_hidden_product_is_there_for_those_it_names_only(client: FlaskClient) -> None:
    friend, stranger = make_company(), make_company()
    product = make_product(make_vendor(), visibility=(f"company:{friend.id}",))
    members = make_product(make_vendor(), visibility=("registered",))
    american = make_product(make_vendor(), visibility=("country:US",))

    assert [client.get(f"/products/{p.slug}").status_code for p in (product, members, american)] == [404, 404, 404]
    assert client.get(f"/products/{american.slug}?ship_to=US").status_code == 200
    log_in(client, make_member(stranger), stranger)
    assert [client.get(f"/products/{p.slug}").status_code for p in (product, members)] == [404, 200]
    log_in(client, make_member(friend), friend)
    assert client.get(f"/products/{product.slug}").status_code == 200


@pytest.mark.parametrize("address", ["x", "nothing-here", "aaaaaa", "-", "%00", "x" * 3_000])
def test_an_unused_address_is_not_found(client: FlaskClient, address: str) -> None:
    assert client.get(f"/products/{address}").status_code == 404


@pytest.mark.parametrize(
    ("display", "said"), [("exact", "1,234 pcs"), ("band", "at least 1,000 pcs"), ("hidden", "Not shown by the vendor")]
)
def test_stock_is_shown_as_the_vendor_chose(client: FlaskClient, display: str, said: str) -> None:
    product = make_product(make_vendor(stock_display=display), stock=1_234)

    page = text_of(client, product)

    assert said in page
    assert ("1,234" in page) == (display == "exact")


def test_attributes_stand_in_the_categorys_order_and_unknown_is_said(client: FlaskClient) -> None:
    category = make_category()
    make_attribute(category, code="material", kind=AttributeKind.CHOICE, name="Material", choices=["a2"])
    make_attribute(category, code="length", kind=AttributeKind.NUMBER, unit="mm", name="Length")
    make_attribute(category, code="spray", name="Salt spray")
    attributes = {"length": {"v": 50.8, "unit": "in", "written": 2}, "material": {"v": "a2"}}

    page = text_of(client, make_product(make_vendor(), category=category, attributes=attributes))

    assert "Material</th><td>A2</td>" in page
    assert "Length</th><td>50.8 mm (2 in)</td>" in page
    assert 'Salt spray</th><td><span class="unknown">Not stated</span>' in page
    assert page.index("Material</th>") < page.index("Length</th>") < page.index("Salt spray</th>")


def test_the_same_item_elsewhere_is_offered_at_my_quantity(client: FlaskClient) -> None:
    mine = make_product(make_vendor(), gtin="4006381333931", mpn="FB-1", brand="Qianzhu")
    other = make_product(make_vendor(name="Grathof GmbH"), gtin="4006381333931", title="The same bolt", tiers=((1, 900_000), (50, 700_000)))
    make_product(make_vendor(state=VendorState.SUSPENDED), gtin="4006381333931", title="Of a suspended vendor")
    make_product(make_vendor(), gtin="4006381333931", title="A paused one", state=ProductState.PAUSED)
    make_product(make_vendor(), gtin="4006381333931", title="A hidden one", visibility=("registered",))

    page = text_of(client, mine, "?quantity=60")

    assert f"/products/{other.slug}" in page
    assert "0.7000 EUR" in page
    assert "Grathof GmbH" in page
    for hidden in ("Of a suspended vendor", "A paused one", "A hidden one"):
        assert hidden not in page


def test_variants_are_chosen_by_their_sku(client: FlaskClient) -> None:
    product = make_product(make_vendor(), sku="M8/40, A2")
    make_variant(product, sku="M8 50", label="M8 × 50", price_micro=700_000)

    first = text_of(client, product)
    second = text_of(client, product, "?variant=M8+50")

    assert "SKU M8/40, A2" in first
    assert "M8 × 50" in first
    assert "SKU M8 50" in second
    assert "0.7000" in second


def test_a_choice_of_variants_is_priced_one_by_one(client: FlaskClient) -> None:
    """They count together for the tier when they are bought together, not when they are looked at together."""
    product = make_product(make_vendor(), sku="RED", mix_group="vests", **BOLT)  # type: ignore[arg-type]
    for sku in ("BLUE", "GREEN"):
        make_variant(product, sku=sku, label=sku, mix_group="vests", tiers=TIERS, minimum=1_000, increment=500)

    page = text_of(client, product, "?quantity=2,000")

    rows = page[page.index("BLUE", page.index("Price of one")) :]
    assert rows.count("0.0498") >= 2
    assert "0.0421" not in rows


def test_who_mixes_is_told_which_variants_count_together(client: FlaskClient) -> None:
    product = make_product(make_vendor(), sku="RED", mix_group="vests", **BOLT)  # type: ignore[arg-type]
    make_variant(product, sku="BLUE", label="in blue", mix_group="vests", tiers=TIERS, minimum=1_000, increment=500)
    make_variant(product, sku="PLAIN", label="without print", tiers=TIERS, minimum=1_000, increment=500)

    assert "Counts for the price together with in blue." in text_of(client, product)
    assert "Counts for the price together" not in text_of(client, product, "?variant=PLAIN")
    assert "vests" not in text_of(client, product)


def test_more_than_a_month_makes_is_told_with_days_that_count_it(client: FlaskClient) -> None:
    product = make_product(make_vendor(), supply=Supply.MADE_TO_ORDER, stock=0, lead_time=[[None, 10, 12]], capacity_month=500)

    assert "months of its capacity" not in text_of(client, product, "?quantity=500")
    page = text_of(client, product, "?quantity=1001")

    assert "it takes 3 months of its capacity, and the days count them." in page
    assert "70–72 days" in page


def test_a_sum_in_another_currency_is_an_indication_with_its_rate(client: FlaskClient) -> None:
    services.load_rates({"USD": 0.924}, valid_from=make_company().created_at.date(), source="European reference rate", actor=SYSTEM)
    product = make_product(make_vendor(currency="USD"), **BOLT)  # type: ignore[arg-type]

    page = text_of(client, product, "?quantity=5000")

    assert "≈ EUR" in page
    assert "1 USD = 0.9240 EUR, European reference rate" in page
    assert "You pay in USD." in page


def test_a_company_without_a_delivery_address_reads_for_its_own_country(client: FlaskClient) -> None:
    """It has just signed up: the platform's country would tax an American buyer as a Swedish one."""
    product = make_product(make_vendor(country="SE"), **BOLT)  # type: ignore[arg-type]
    assert "VAT of Sweden" in text_of(client, product)  # a visitor reads for the platform's country
    company = make_company(country="US", region="WI", with_location=False)
    log_in(client, make_member(company), company)

    page = text_of(client, product)

    assert '<option value="US" selected>' in page
    assert "Export to United States, no VAT" in page
    assert "Ship to: United States" in page
    assert "VAT of Sweden" in text_of(client, product, "?ship_to=SE")


def test_goods_without_a_known_freight_have_no_total_at_the_head(client: FlaskClient) -> None:
    """The vendor of the second does not ship so far: its goods alone looked cheaper than the whole of the first."""
    near, far = make_product(make_vendor(), **BOLT), make_product(make_vendor(with_shipping=False), **BOLT)  # type: ignore[arg-type]

    whole, part = text_of(client, near), text_of(client, far)

    assert re.search(r'class="price">EUR [\d,.]+ <small>0\.0498 per pc</small>', whole)
    assert 'class="price">EUR 49.80 <small>the goods alone, 0.0498 per pc</small>' in part
    assert 'Total, EUR</dt><dd class="num sum"><span class="unknown">' in part


def test_who_may_buy_gets_the_button_and_a_visitor_the_way_in(client: FlaskClient) -> None:
    product = make_product(make_vendor(), **BOLT)  # type: ignore[arg-type]
    assert "Log in to order" in text_of(client, product)

    company = make_company()
    log_in(client, make_member(company), company)

    page = text_of(client, product)
    assert "Add 1,000 pcs to cart</button>" in page
    assert 'data-module="typed" data-field="quantity" data-words="Add to cart"' in page  # a typed quantity is what is sent
    log_in(client, make_member(company, ["viewer"]), company)
    assert "to cart</button>" not in text_of(client, product)


def test_unknown_freight_is_said_and_the_total_is_not_guessed(client: FlaskClient) -> None:
    product = make_product(make_vendor(), weight_g=None, supply=Supply.MADE_TO_ORDER, lead_time=())

    page = text_of(client, product)

    assert 'Total, EUR</dt><dd class="num sum"><span class="unknown">Unknown</span>' in page
    assert "is not stated, so the freight is unknown" in page


def test_a_drawing_that_is_gone_is_replaced_by_the_neutral_one(client: FlaskClient) -> None:
    product = make_product(make_vendor())
    product.drawing = "../../etc/passwd"
    db.session.flush()

    assert "drawings/neutral.svg" in text_of(client, product)


def test_a_page_with_many_offers_has_a_bounded_number_of_statements(client: FlaskClient) -> None:
    product = make_product(make_vendor(), gtin="4006381333931")
    for n in range(9):
        make_variant(product, sku=f"V{n}")
        make_product(make_vendor(), gtin="4006381333931")
    vendors.forget(product.vendor_id)

    with count_queries() as statements:
        client.get(f"/products/{product.slug}")

    assert len(statements) <= 40, "\n".join(statements)


def test_a_visitor_s_page_of_a_product_without_reviews_is_one_statement_once_what_is_kept_is_known(client: FlaskClient) -> None:
    product = make_product(make_vendor(), gtin="4006381333931", **BOLT)  # type: ignore[arg-type]
    address = f"/products/{product.slug}"
    client.get(address)

    with count_queries() as statements:
        client.get(address)

    asked = [one for one in statements if "hashtidextended" not in one and "policy_settings" not in one]
    assert len(asked) == 1, "\n".join(asked)


@given(st.dictionaries(st.sampled_from(["en", "zh-Hans", "de"]), st.text(max_size=8)))
def test_a_text_in_a_written_row_stands_as_the_macro_shows_it(by_language: dict[str, str]) -> None:
    macro = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True)
    macro.globals["_"] = i18n.gettext
    macro.filters |= i18n.filters()
    page = macro.from_string('{% from "macros/page.html" import words %}{{ words(value) }}')

    assert words(by_language).strip("\n") == page.render(value=by_language).strip("\n")
