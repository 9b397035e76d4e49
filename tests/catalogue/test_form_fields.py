"""The further fields of the product form: what is typed is stored, shown again, and refused at its field."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.catalogue import emails, queries, services
from marketplace.catalogue.drafts import draft_of
from marketplace.catalogue.models import DocumentAccess, Product, ProductState, Variant
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.jobs import Job
from marketplace.pricing import services as pricing
from tests.catalogue.test_reviewing import keeper
from tests.factories.accounts import actor_of, log_in, make_company, make_member
from tests.factories.catalogue import make_attribute, make_category, make_document, make_kit, make_product, make_variant, only_variant
from tests.factories.orders import Trade, company_of, fund, make_purchase, make_tax_rate
from tests.factories.vendors import make_vendor
from vendors.models import Vendor

FIELDS = {
    "title_en": "Flange bolt M10", "sku": "QZ-1", "unit": "pc", "minimum": "1", "increment": "1", "supply": "stock", "price_per": "1",
    "visibility": "all", "tiers-0-from_quantity": "1", "tiers-0-price": "1.50",
}  # fmt: skip
SOON = clock.now().date() + timedelta(days=30)


@pytest.fixture
def vendor(client: FlaskClient) -> Vendor:
    shop = make_vendor()
    company = db.session.get_one(Company, shop.id)
    log_in(client, make_member(company), company)
    return shop


def send(client: FlaskClient, **fields: Any) -> tuple[int, str]:
    category = make_category()
    answer = client.post("/portal/products/new", data={**FIELDS, "category_id": str(category.id), **fields})
    return answer.status_code, answer.get_data(as_text=True)


def made() -> tuple[Product, Variant]:
    product = db.session.query(Product).filter(Product.title["en"].astext == "Flange bolt M10").populate_existing().one()
    return product, db.session.query(Variant).filter_by(product_id=product.id).populate_existing().one()


def test_everything_that_can_be_said_is_stored_and_shown_again(client: FlaskClient, vendor: Vendor) -> None:
    make_product(vendor, sku="PART-1")
    make_product(vendor, sku="OLD-1")

    status, page = send(
        client,
        **{
            "length": "60", "width": "10.5", "height": "8", "codes": "A-1, B 2", "mix_group": "M10 bolts", "back_order_on": SOON.isoformat(),
            "sample": "1", "sample_price": "2.50", "sample_credited": "1", "lifecycle": "last_time_buy", "last_time_buy_on": "2031-12-31",
            "substitutes-0-sku": "OLD-1", "substitutes-0-relation": "successor", "parts-2-sku": "PART-1", "parts-2-quantity": "4",
            "videos": "https://www.youtube.com/watch?v=abc\r\nhttps://vimeo.com/1", "visibility": "named", "countries": ["SE", "NO"],
            "maximum": "5000",
        },
    )  # fmt: skip

    assert status == 303, page
    product, variant = made()
    assert (variant.dims_mm, variant.codes, variant.mix_group, variant.back_order_on) == (
        [60.0, 10.5, 8.0],
        ["A-1", "B 2"],
        "M10 bolts",
        SOON,
    )
    assert variant.sample == {"price_micro": 2_500_000, "credited": True}
    assert (variant.lifecycle, variant.last_time_buy_on, variant.substitutes) == (
        "last_time_buy",
        date(2031, 12, 31),
        [["OLD-1", "successor"]],
    )
    assert product.videos == ["https://www.youtube.com/watch?v=abc", "https://vimeo.com/1"]
    assert product.visibility == ["country:SE", "country:NO"]
    assert draft_of(queries.version_content(product.id, 1)).variants[0].parts == (("PART-1", 4),)
    shown = client.get(f"/portal/products/{product.id}/edit").get_data(as_text=True)
    for value in ("60", "10.5", "A-1, B 2", "M10 bolts", SOON.isoformat(), "2.5000", "2031-12-31", "OLD-1", "PART-1"):
        assert f'value="{value}"' in shown


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"length": "60"}, "width", "Write all three sides, each more than 0."),
        ({"length": "60", "width": "10.5"}, "height", "Write all three sides, each more than 0."),
        ({"lifecycle": "last_time_buy"}, "last_time_buy_on", "Write the last day on which it can be ordered."),
        ({"supply": "made_to_order", "back_order_on": "2031-01-01"}, "back_order_on", "Only goods from stock are back-ordered"),
        ({"back_order_on": "soon"}, "back_order_on", "Write a day, such as 2026-12-28."),
        ({"videos": "http://www.youtube.com/watch?v=a"}, "videos", "Write addresses that begin with https://"),
        ({"videos": "https://evil.example/a"}, "videos", "Write addresses that begin with https://"),
        ({"videos": "https://www.youtube.com@evil.example/a"}, "videos", "Write addresses that begin with https://"),
        ({"videos": 'https://www.youtube.com/"><script>'}, "videos", "Write addresses that begin with https://"),
        ({"videos": "\n".join(f"https://vimeo.com/{n}" for n in range(6))}, "videos", "These are too many films: at most 5."),
        ({"visibility": "named"}, "visibility", "Name at least one company, country or segment."),
        ({"visibility": "named", "countries": "XX"}, "visibility", "Choose one of the list."),
        ({"visibility": "named", "countries": "Sweden"}, "countries", "This is not written as it should be."),
        ({"sample": "1", "sample_price": "-1"}, "sample_price", "This must not be negative."),
        ({"sample": "1", "sample_price": "-1", "sample_credited": "1"}, "sample_price", "This must not be negative."),
        ({"sample": "1", "sample_price": "", "sample_credited": "1"}, "sample_price", "Write the price of a sample: without one"),
        ({"substitutes-1-sku": "NOTHING"}, "substitutes-1-sku", "You have no SKU NOTHING."),
        ({"substitutes-0-sku": "QZ-1"}, "substitutes-0-sku", "This is the variant itself."),
        ({"parts-3-sku": "NOTHING", "parts-3-quantity": "1"}, "parts-3-sku", "You have no SKU NOTHING."),
        ({"parts-3-sku": "X"}, "parts-3-quantity", "Fill this in."),
        ({"parts-0-sku": "X", "parts-0-quantity": "1.5"}, "parts-0-quantity", "This is not a whole number of the smallest unit."),
        ({"mix_group": "x" * 61}, "mix_group", "This is too long: at most 60 characters."),
    ],
)
def test_what_is_wrong_stands_at_its_field(client: FlaskClient, vendor: Vendor, fields: Mapping[str, str], field: str, words: str) -> None:
    status, page = send(client, keywords="kept", **fields)

    assert status in (409, 422)
    assert words in page
    assert f'href="#{field}"' in page
    assert 'value="kept"' in page
    assert db.session.query(Product).count() == 0


@pytest.mark.parametrize("kind", ["companies", "segments"])
def test_only_own_customers_and_segments_are_named(client: FlaskClient, vendor: Vendor, kind: str) -> None:
    other, stranger = make_vendor(), make_company()
    foreign = pricing.add_segment("Theirs", vendor_id=other.id, actor=keeper(other)).id if kind == "segments" else stranger.id

    status, page = send(client, visibility="named", **{kind: str(foreign)})

    assert status == 422
    assert "Choose one of the list." in page


def test_a_segment_sees_what_is_open_to_it(client: FlaskClient, vendor: Vendor) -> None:
    member, stranger = make_company(), make_company()
    segment = pricing.add_segment("Rail", vendor_id=vendor.id, actor=keeper(vendor))
    pricing.add_to_segment(segment.id, member.id, vendor_id=vendor.id, actor=keeper(vendor))
    product = make_product(vendor, visibility=(f"segment:{segment.id}",))

    statuses = []
    for company in (member, stranger):
        log_in(client, make_member(company), company)
        statuses.append(client.get(f"/products/{product.slug}").status_code)

    assert statuses == [200, 404]


def test_a_part_in_another_unit_is_counted_in_that(client: FlaskClient, vendor: Vendor) -> None:
    make_product(vendor, sku="CABLE", unit="mm", display_unit="m", display_factor=1_000)

    assert send(client, **{"parts-0-sku": "CABLE", "parts-0-quantity": "2.5"})[0] == 303

    product, _ = made()
    assert draft_of(queries.version_content(product.id, 1)).variants[0].parts == (("CABLE", 2_500),)
    assert 'name="parts-0-quantity" value="2.5"' in client.get(f"/portal/products/{product.id}/edit").get_data(as_text=True)


def test_a_value_that_differs_becomes_the_variants_own(client: FlaskClient, vendor: Vendor) -> None:
    category = make_category()
    make_attribute(category, code="colour", name="Colour")
    product = make_product(vendor, category=category, state=ProductState.DRAFT, sku="A", attributes={"colour": {"v": "red"}})
    fields = {**FIELDS, "category_id": str(category.id), "variant_id": "", "version": "1", "sku": "B", "attr-colour": "blue"}

    assert client.post(f"/portal/products/{product.id}/edit", data=fields).status_code == 303

    content = queries.version_content(product.id, 2)
    assert (
        content["attributes"]["colour"]["v"],
        content["variants"][0]["attributes"],
        content["variants"][1]["attributes"]["colour"]["v"],
    ) == (
        "red",
        {},
        "blue",
    )


def test_the_form_says_what_is_still_to_do(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor)

    before = client.get(f"/portal/products/{product.id}/edit").get_data(as_text=True)
    make_document(product)
    after = client.get(f"/portal/products/{product.id}/edit").get_data(as_text=True)

    assert "Add a spec sheet." in before
    assert "Add a spec sheet." not in after


def bought(product: Product) -> Company:
    """A company that has bought and paid for some of it."""
    make_tax_rate()
    buyer, vendor = make_company(), db.session.get_one(Vendor, product.vendor_id)
    trade = Trade(buyer, make_member(buyer), (vendor,), (make_member(company_of(vendor)),), (only_variant(product),))
    _, purchase = make_purchase(trade, quantities=(100,))
    fund(purchase)
    return buyer


def letters(run_jobs: Callable[[], int], name: str) -> int:
    run_jobs()
    return db.session.query(Job).filter_by(name=name).count()


def test_those_who_bought_it_hear_that_it_ends(client: FlaskClient, vendor: Vendor, run_jobs: Callable[[], int]) -> None:
    product, successor = make_product(vendor, sku="OLD"), make_product(vendor, sku="NEW", title="The new bolt")
    buyer = bought(product)
    bought(make_product(vendor))
    draft = draft_of(queries.version_content(product.id, 1))
    changes = {"lifecycle": "last_time_buy", "last_time_buy_on": SOON, "substitutes": (("NEW", "successor"),)}

    services.edit_product(product.id, _with(draft, **changes), version=1, actor=keeper(vendor))

    assert letters(run_jobs, "catalogue.email_lifecycle") == 1
    person = make_member(buyer, email="reader@buyers.example")
    letter = emails.lifecycle(only_variant(product).id, person.id)
    assert "Last time to buy" in letter.subject
    assert "The new bolt" in letter.text
    assert successor.slug
    services.edit_product(product.id, _with(draft, **changes, maximum_quantity=50), version=2, actor=keeper(vendor))
    assert letters(run_jobs, "catalogue.email_lifecycle") == 1


def _with(draft: Any, **fields: Any) -> Any:
    return type(draft)(
        **{name: getattr(draft, name) for name in draft.__slots__ if name != "variants"},
        variants=tuple(_variant(v, fields) for v in draft.variants),
    )


def _variant(variant: Any, fields: Mapping[str, Any]) -> Any:
    return type(variant)(**{name: fields.get(name, getattr(variant, name)) for name in variant.__slots__})


def test_those_who_bought_it_and_may_read_hear_of_a_new_document(client: FlaskClient, vendor: Vendor, run_jobs: Callable[[], int]) -> None:
    product = make_product(vendor)
    bought(product)
    for access in ("registered", "nda"):
        details = services.Details("spec_sheet", f"For {access}", "en", DocumentAccess(access))
        document = make_document(product)
        stored = queries.own_documents(product.id, vendor_id=vendor.id)[0][1]
        services.replace_document(document.id, stored, details, product_id=product.id, actor=keeper(vendor))

    assert letters(run_jobs, "catalogue.email_document") == 1


def test_an_order_shows_the_version_that_it_saw_to_its_two_sides_only(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor, title="As it was", state=ProductState.LIVE)
    buyer = bought(product)
    product.title = {"en": "As it is"}
    product.state = ProductState.RETIRED
    db.session.flush()
    address = f"/products/{product.slug}?version=1"

    assert "As it was" in client.get(address).get_data(as_text=True)  # the vendor
    log_in(client, make_member(buyer), buyer)
    assert "As it was" in client.get(address).get_data(as_text=True)
    for wrong in ("2", "0", "x", "-1", "1e9", "9" * 40):
        assert client.get(f"/products/{product.slug}?version={wrong}").status_code == 404
    stranger = make_company()
    log_in(client, make_member(stranger), stranger)
    assert client.get(address).status_code == 404
    client.delete_cookie("millgate")
    assert client.get(address).status_code == 404


def test_the_page_shows_kit_parts_substitutes_and_the_end(client: FlaskClient) -> None:
    shop = make_vendor()
    part, later = make_product(shop, title="The part", stock=50), make_product(shop, title="The successor", sku="NEW")
    hidden = make_product(shop, title="Hidden successor", sku="HID", visibility=("country:US",))
    past = clock.now().date() - timedelta(days=1)
    product = make_product(
        shop, lifecycle="end_of_life", last_time_buy_on=past, substitutes=(("NEW", "successor"), ("HID", "larger")), mix_group="Bolts"
    )
    make_kit(only_variant(product), {only_variant(part): 4})

    page = client.get(f"/products/{product.slug}").get_data(as_text=True)

    for words in (
        "The part",
        "The successor",
        "The last day to order it is over.",
        "End of life",
        "together with other goods of this vendor",
    ):
        assert words in page
    assert hidden.title["en"] not in page
    assert later.slug in page
    assert "Identity" in page or "identity" in page  # how the vendor was verified


def test_versions_say_what_each_of_them_changed(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor, state=ProductState.DRAFT, title="First words", tiers=((1, 500_000),))
    draft = draft_of(queries.version_content(product.id, 1))
    services.edit_product(product.id, _with(draft, tiers=((1, 400_000),)), version=1, actor=keeper(vendor))

    page = client.get(f"/portal/products/{product.id}/versions").get_data(as_text=True).replace("\u00a0", " ")

    assert "Price tiers" in page
    assert "1 pc: 0.5000" in page
    assert "1 pc: 0.4000" in page
    other = make_product(make_vendor())
    assert client.get(f"/portal/products/{other.id}/versions").status_code == 404


def test_a_variants_own_actor_is_needed(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor)
    second = make_variant(product)
    theirs = make_company()

    fields = {"variant_id": str(second.id), "version": str(product.version)}
    log_in(client, make_member(theirs, ["viewer"]), theirs)

    assert client.post(f"/portal/products/{product.id}/variants/remove", data=fields).status_code == 403
    assert actor_of(make_member(theirs), theirs).company_id == theirs.id
    assert isinstance(product.id, UUID)


@pytest.mark.parametrize(("typed", "kept"), [("7318.15.58", "73181558"), ("7318 15", "731815")])
def test_a_customs_code_may_be_typed_as_it_is_printed(client: FlaskClient, vendor: Vendor, typed: str, kept: str) -> None:
    status, page = send(client, hs_code=typed)

    assert status == 303, page
    assert made()[1].hs_code == kept


@pytest.mark.parametrize("typed", ["73x", "731", "٧٣١٨", "73181515151"])
def test_a_wrong_customs_code_says_how_one_is_written(client: FlaskClient, vendor: Vendor, typed: str) -> None:
    status, page = send(client, hs_code=typed)

    assert status == 422
    assert "Write 4 to 10 digits, such as 73181558." in page
    assert f'value="{typed}"' in page


def test_a_day_that_is_over_is_not_newly_promised_but_stays_where_it_stood(client: FlaskClient, vendor: Vendor) -> None:
    """More is expected on a day to come; a listing whose day has passed can still be changed in other things."""
    past = (clock.now() - timedelta(days=3)).date()
    status, page = send(client, back_order_on=past.isoformat(), lifecycle="last_time_buy", last_time_buy_on=past.isoformat())
    assert status == 422
    assert page.count("This day is over. Write a later one.") == 4  # at both fields, and in the summary

    with clock.at(clock.now() - timedelta(days=10)):
        assert send(client, back_order_on=past.isoformat())[0] == 303
    product, variant = made()
    fields = {**FIELDS, "category_id": str(product.category_id), "variant_id": str(variant.id), "version": "1"}
    saved = client.post(f"/portal/products/{product.id}/edit", data={**fields, "back_order_on": past.isoformat(), "brand": "Norrvik"})

    assert saved.status_code == 303
    assert made()[1].brand == "Norrvik"
