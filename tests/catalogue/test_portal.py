"""The vendor's pages of listings."""

import re
from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient

from marketplace.catalogue import queries
from marketplace.catalogue.models import AttributeKind, PriceTier, Product, ProductState, Variant
from marketplace.core.db import db
from tests.catalogue.shop import enter, vendor
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import make_attribute, make_category, make_product, make_variant, only_variant, stock_of
from tests.factories.vendors import make_vendor
from vendors.models import Vendor

__all__ = ["vendor"]  # a fixture
FIELDS = {
    "title_en": "Flange bolt M10", "sku": "QZ/1, a", "unit": "pc", "minimum": "1,000", "increment": "500", "supply": "stock",
    "price_per": "1", "visibility": "all", "weight": "17.2", "weight_unit": "g", "origin": "SE", "hs_code": "731815",
    "tiers-0-from_quantity": "1,000", "tiers-0-price": "0.1180", "tiers-3-from_quantity": "5000", "tiers-3-price": "0.094",
    "lead_time-0-up_to": "20,000", "lead_time-0-days_from": "18", "lead_time-0-days_to": "22", "lead_time-1-days_from": "32",
}  # fmt: skip


def form(**changes: str) -> dict[str, str]:
    category = make_category()
    return {**FIELDS, "category_id": str(category.id), **changes}


def saved() -> Product:
    return db.session.query(Product).populate_existing().one()


def edit_fields(product: Product, **changes: str) -> dict[str, str]:
    variant = only_variant(product)
    fields = {
        **FIELDS,
        "category_id": str(product.category_id),
        "variant_id": str(variant.id),
        "sku": variant.sku,
        "version": str(product.version),
    }
    return fields | changes


def test_a_form_makes_a_draft_with_everything_that_was_typed(client: FlaskClient, vendor: Vendor) -> None:
    answer = client.post("/portal/products/new", data=form())

    product = saved()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/portal/products/{product.id}/edit")
    variant = only_variant(product)
    assert (product.state, product.vendor_id, variant.sku) == (ProductState.DRAFT, vendor.id, "QZ/1, a")
    assert [(t.from_quantity, t.unit_price_micro) for t in db.session.query(PriceTier)] == [(1_000, 118_000), (5_000, 94_000)]
    assert variant.lead_time == [[20_000, 18, 22], [None, 32, None]]
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    for typed in ("Flange bolt M10", "0.1180", "0.0940", "17.2", "731815", "20000"):
        assert f'value="{typed}"' in page


def test_the_same_form_twice_is_one_product(client: FlaskClient, vendor: Vendor) -> None:
    fields = form(_once="the same")

    first, second = client.post("/portal/products/new", data=fields), client.post("/portal/products/new", data=fields)

    assert first.headers["Location"] == second.headers["Location"]
    assert db.session.query(Product).count() == 1


def test_goods_by_the_metre_are_kept_in_millimetres(client: FlaskClient, vendor: Vendor) -> None:
    client.post(
        "/portal/products/new",
        data=form(
            unit="m",
            minimum="2.5",
            increment="0.5",
            **{"tiers-0-from_quantity": "2.5", "tiers-0-price": "0.2301", "tiers-3-from_quantity": "", "tiers-3-price": "", "weight": "39"},
        ),
    )

    variant = only_variant(saved())
    assert (variant.unit, variant.minimum_quantity, variant.increment, variant.price_per) == ("mm", 2_500, 500, 1_000)
    assert [(t.from_quantity, t.unit_price_micro) for t in db.session.query(PriceTier)] == [(2_500, 230_100)]
    assert f"{variant.weight_g:f}" == "0.039"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"title_en": ""}, "title_en", "Fill this in."),
        ({"minimum": "750"}, "minimum", "750 is not a multiple of the step, 500. Write 500 or 1,000."),
        ({"tiers-3-price": "0.2"}, "tiers-3-price", "0.2000 is not cheaper than the tier before. Write less than 0.1180."),
        ({"tiers-3-price": "-1"}, "tiers-3-price", "This must not be negative."),
        ({"tiers-3-price": "1e5"}, "tiers-3-price", "Write a number, such as 12.50."),
        ({"tiers-3-price": ""}, "tiers-3-price", "Fill this in."),
        ({"lead_time-1-days_from": "x"}, "lead_time-1-days_from", "Write a whole number, such as 500."),
        ({"minimum": "0.5"}, "minimum", "This is not a whole number of the smallest unit."),
        ({"gtin": "4006381333932"}, "gtin", "This is no GTIN"),
        ({"category_id": "nonsense"}, "category_id", "Choose one of the list."),
        ({"origin": "Sweden"}, "origin", "This is not written as it should be."),
        ({"minimum": "9" * 30}, "minimum", "This number is too large."),
        ({"attr-length": "50 mm approx"}, "attr-length", "Write a number in mm, for example 50."),
        ({"attr-length": "a\0b"}, "attr-length", "This holds characters that cannot be stored."),
        ({"title_en": "a\0b"}, "title_en", "This holds characters that cannot be stored."),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    client: FlaskClient, vendor: Vendor, changes: Mapping[str, str], field: str, words: str
) -> None:
    category = make_category()
    make_attribute(category, code="length", kind=AttributeKind.NUMBER, unit="mm", name="Length")

    answer = client.post("/portal/products/new", data={**form(keywords="kept, too"), "category_id": str(category.id), **changes})

    page = answer.get_data(as_text=True).replace("&#39;", "'")
    assert answer.status_code in (409, 422)
    assert words in page
    assert f'href="#{field}"' in page
    for kept in ("kept, too", "QZ/1, a", "17.2"):
        assert f'value="{kept}"' in page
    assert db.session.query(Product).count() == 0


def test_a_button_adds_a_row_and_saves_nothing(client: FlaskClient, vendor: Vendor) -> None:
    page = client.post("/portal/products/new", data=form(add="tiers")).get_data(as_text=True)
    bands = client.post("/portal/products/new", data=form(add="lead_time")).get_data(as_text=True)

    assert 'name="tiers-4-price"' in page
    assert 'name="lead_time-2-days_from"' in bands
    assert 'value="0.1180"' in page
    assert db.session.query(Product).count() == 0


def test_a_chosen_category_shows_its_attributes(client: FlaskClient, vendor: Vendor) -> None:
    category = make_category()
    make_attribute(category, code="drive", kind=AttributeKind.CHOICE, name="Drive", choices=["hex"])
    make_attribute(category, code="coated", kind=AttributeKind.BOOLEAN, name="Coated")

    page = client.post("/portal/products/new", data={**FIELDS, "category_id": str(category.id), "use_category": "1"}).get_data(as_text=True)

    assert 'name="attr-drive"' in page
    assert 'name="attr-coated"' in page


def test_an_edit_makes_a_version_and_says_so(client: FlaskClient, vendor: Vendor) -> None:
    client.post("/portal/products/new", data=form())
    product = saved()

    answer = client.post(f"/portal/products/{product.id}/edit", data=edit_fields(product, title_en="Flange bolt M12"))

    assert answer.status_code == 303
    assert saved().version == 2
    assert "Saved as version 2." in client.get(answer.headers["Location"]).get_data(as_text=True)


def test_a_stale_form_shows_both_and_can_then_be_saved(client: FlaskClient, vendor: Vendor) -> None:
    client.post("/portal/products/new", data=form())
    product = saved()
    stale = edit_fields(product, title_en="Mine")
    client.post(f"/portal/products/{product.id}/edit", data=edit_fields(product, title_en="Theirs"))

    answer = client.post(f"/portal/products/{product.id}/edit", data=stale)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Theirs" in page
    assert 'value="Mine"' in page
    assert 'name="version" value="2"' in page
    assert client.post(f"/portal/products/{product.id}/edit", data={**stale, "version": "2"}).status_code == 303
    assert saved().title == {"en": "Mine"}


def test_a_product_of_several_variants_is_edited_one_at_a_time(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor, sku="A", state=ProductState.DRAFT)
    second = make_variant(product, sku="B", label="The second")
    page = client.get(f"/portal/products/{product.id}/edit?variant=B").get_data(as_text=True)
    assert f'name="variant_id" value="{second.id}"' in page

    fields = {**FIELDS, "category_id": str(product.category_id), "variant_id": str(second.id), "sku": "B2", "version": str(product.version)}
    assert client.post(f"/portal/products/{product.id}/edit", data=fields).status_code == 303
    new = {**fields, "variant_id": "", "sku": "C", "version": str(saved().version)}
    assert client.post(f"/portal/products/{product.id}/edit", data=new).status_code == 303

    rows = db.session.query(Variant).filter_by(product_id=product.id).order_by(Variant.position).all()
    assert [(row.sku, row.is_active) for row in rows] == [("A", True), ("B2", True), ("C", True)]


def test_the_unit_of_a_saved_product_stays(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor)

    answer = client.post(f"/portal/products/{product.id}/edit", data=edit_fields(product, unit="kg"))

    assert answer.status_code == 422
    assert "The unit of a saved product stays." in answer.get_data(as_text=True)


def test_submitting_an_incomplete_product_says_what_is_missing(client: FlaskClient, vendor: Vendor) -> None:
    category = make_category()
    make_attribute(category, code="material", name="Material", is_required=True)
    product = make_product(vendor, category=category, state=ProductState.DRAFT)

    answer = client.post(f"/portal/products/{product.id}/submit")

    assert answer.status_code == 409
    assert "Material is required in this category." in answer.get_data(as_text=True)


def test_buttons_move_a_listing_through_its_states(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor, state=ProductState.DRAFT)
    steps = [("submit", "checking"), ("withdraw", "draft"), ("submit", "checking")]

    for act, state in steps:
        assert client.post(f"/portal/products/{product.id}/{act}").status_code == 303
        assert saved().state == state
    for act in ("pause", "resume"):
        assert client.post(f"/portal/products/{product.id}/{act}").status_code == 409
    assert saved().state == "checking"


def test_stock_is_counted_in_shown_units(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor, unit="mm", display_unit="m", display_factor=1_000, stock=5_000)
    variant = only_variant(product)
    url = f"/portal/products/{product.id}/stock"

    assert client.post(url, data={"variant_id": str(variant.id), "on_hand": "2.5"}).status_code == 303
    assert stock_of(variant.id) == (2_500, 0)
    for wrong in ("-1", "", "0.0005", "x"):
        assert client.post(url, data={"variant_id": str(variant.id), "on_hand": wrong}).status_code == 422
    assert stock_of(variant.id) == (2_500, 0)


def test_a_delivery_that_is_sent_twice_comes_in_once(client: FlaskClient, vendor: Vendor) -> None:
    variant = only_variant(make_product(vendor, stock=100))
    fields = {"variant_id": str(variant.id), "kind": "received", "on_hand": "50", "_once": "one-and-the-same"}

    for _ in range(2):
        assert client.post(f"/portal/products/{variant.product_id}/stock", data=fields).status_code == 303

    assert stock_of(variant.id) == (150, 0)
    assert 'name="_once"' in client.get(f"/portal/products/{variant.product_id}/stock").get_data(as_text=True)


def test_the_row_of_a_variant_leads_to_its_own_stock(client: FlaskClient, vendor: Vendor) -> None:
    """The first variant stood there, so that what came in of one was easily written to another."""
    product = make_product(vendor, sku="SIZE-46", stock=100)
    second = make_variant(product, sku="SIZE/48", stock=7)
    url = f"/portal/products/{product.id}/stock?variant=SIZE/48"

    for listed in ("/portal/stock", "/portal/stock/movements"):
        assert f'href="{url}"' in client.get(listed).get_data(as_text=True)
    chosen = f'<option value="{second.id}" selected>'
    assert chosen in client.get(url).get_data(as_text=True)
    assert client.post(url, data={"variant_id": str(second.id), "on_hand": "5"}).headers["Location"] == url


@pytest.mark.parametrize("act", ["edit", "stock", "submit", "withdraw", "pause", "resume", "retire"])
def test_another_vendors_product_is_not_found_and_unchanged(client: FlaskClient, act: str) -> None:
    owner = make_vendor()
    product = make_product(owner)
    fields = edit_fields(product, on_hand="5")
    enter(client, make_vendor())
    before = queries.version_content(product.id, 1)

    strange = client.post(f"/portal/products/{product.id}/{act}", data=fields)
    unused = client.post(f"/portal/products/{owner.id}/{act}", data=fields)

    assert (strange.status_code, unused.status_code) == (404, 404)
    assert (saved().state, saved().version, queries.version_content(product.id, 1)) == (ProductState.LIVE, 1, before)
    assert stock_of(only_variant(product).id) == (1_000, 0)
    enter(client, owner)
    assert client.post(f"/portal/products/{product.id}/{act}", data=fields).status_code in (303, 409)


def test_another_vendors_variant_is_not_counted_through_my_product(client: FlaskClient, vendor: Vendor) -> None:
    mine, theirs = make_product(vendor), only_variant(make_product(make_vendor()))

    answer = client.post(f"/portal/products/{mine.id}/stock", data={"variant_id": str(theirs.id), "on_hand": "1"})

    assert answer.status_code == 404
    assert stock_of(theirs.id) == (1_000, 0)


def test_buyers_and_visitors_have_no_portal(client: FlaskClient) -> None:
    assert client.get("/portal/products").status_code == 303
    buyer = make_company()
    log_in(client, make_member(buyer), buyer)
    assert client.get("/portal/products").status_code == 403
    enter(client, make_vendor(), ["vendor_sales"])
    assert client.get("/portal/products").status_code == 403


@pytest.mark.parametrize("button", [{"use_category": "1"}, {"add": "tiers"}])
def test_a_form_that_was_only_asked_for_more_is_still_unsaved(client: FlaskClient, vendor: Vendor, button: Mapping[str, str]) -> None:
    """What was typed stands in the page as if it had been there: without the mark, leaving lost it without a word."""
    unsaved = re.compile(r"data-unsaved(?![^>]*hidden)")

    assert not unsaved.search(client.get("/portal/products/new").get_data(as_text=True))
    assert unsaved.search(client.post("/portal/products/new", data=form(**button)).get_data(as_text=True))


def test_a_title_in_one_language_is_enough(client: FlaskClient, vendor: Vendor) -> None:
    assert client.post("/portal/products/new", data=form(title_en="", title_zh="法兰螺栓 M10")).status_code == 303

    assert saved().title == {"zh-Hans": "法兰螺栓 M10"}


def test_the_rules_are_told_together_with_what_cannot_be_read(client: FlaskClient, vendor: Vendor) -> None:
    """One round, not four: a date that is none hides neither the step nor the tiers nor a SKU that is taken."""
    make_product(vendor, sku="TAKEN")
    wrong = {
        "title_en": "", "sku": "TAKEN", "minimum": "750", "maximum": "100", "back_order_on": "soon", "gtin": "12",
        "parts-0-sku": "NOBODY", "parts-0-quantity": "2", "lead_time-1-days_to": "3", "tiers-3-price": "x",
    }  # fmt: skip

    answer = client.post("/portal/products/new", data=form(**wrong))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for field in ("title_en", "sku", "minimum", "maximum", "back_order_on", "gtin", "parts-0-sku", "lead_time-1-days_to", "tiers-3-price"):
        assert f'href="#{field}"' in page, field


def test_a_rule_is_not_told_of_a_number_that_nobody_wrote(client: FlaskClient, vendor: Vendor) -> None:
    """While the minimum cannot be read, the first tier is not said to lie beside it; of the tiers, those before the unread one are checked."""
    answer = client.post("/portal/products/new", data=form(minimum="many", **{"tiers-0-price": ""}))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'href="#minimum"' in page
    assert 'href="#tiers-0-price"' in page
    assert "tiers-0-from_quantity" not in page.partition("</ul>")[0].partition('class="errors"')[2]
    assert "The first tier starts" not in page
    assert 'href="#tiers-3' not in page


def test_all_rules_of_a_form_that_can_be_read_are_told_at_once(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor, sku="OWN")
    make_product(vendor, sku="TAKEN")

    page = client.post(
        f"/portal/products/{product.id}/edit",
        data=edit_fields(product, sku="TAKEN", minimum="750", **{"substitutes-0-sku": "NOBODY", "substitutes-0-relation": "equivalent"}),
    ).get_data(as_text=True)

    for field in ("sku", "minimum", "substitutes-0-sku"):
        assert f'href="#{field}"' in page, field


def test_a_step_of_nought_is_refused_beside_its_tiers(client: FlaskClient, vendor: Vendor) -> None:
    answer = client.post("/portal/products/new", data=form(minimum="1", increment="0", **{"tiers-0-from_quantity": "1"}))

    assert answer.status_code in (409, 422)
    assert "The step is at least 1." in answer.get_data(as_text=True)
