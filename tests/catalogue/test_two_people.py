"""Two people edit one listing: the second sees both values beside the field, and chooses."""

import re

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.catalogue.models import PriceTier, Product, ProductState
from marketplace.core.db import db
from tests.factories.accounts import log_in, make_member
from tests.factories.catalogue import make_product, make_variant, only_variant
from tests.factories.vendors import make_vendor
from tests.walls.pages import Held
from vendors.models import Vendor


@pytest.fixture
def vendor(client: FlaskClient) -> Vendor:
    shop = make_vendor()
    company = db.session.get_one(Company, shop.id)
    log_in(client, make_member(company), company)
    return shop


def opened(client: FlaskClient, product: Product, query: str = "") -> dict[str, list[str]]:
    """What the form would send as it is opened."""
    page = client.get(f"/portal/products/{product.id}/edit{query}").get_data(as_text=True)
    form = page[page.index('id="product"') : page.index("form-bar")]
    return {name: values for name, values in Held.of(form).values.items() if name not in ("add", "use_category", "csrf_token", "_once")}


def send(client: FlaskClient, product: Product, fields: dict[str, list[str]], **changes: str) -> tuple[int, str]:
    answer = client.post(f"/portal/products/{product.id}/edit", data=fields | changes)
    return answer.status_code, answer.get_data(as_text=True)


def saved(product: Product) -> Product:
    return db.session.query(Product).filter_by(id=product.id).populate_existing().one()


def prices() -> list[int]:
    return [t.unit_price_micro for t in db.session.query(PriceTier).order_by(PriceTier.from_quantity)]


def test_an_untouched_form_changes_nothing(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor, unit="mm", display_unit="m", display_factor=1_000, price_per=1_000, minimum=2_500, increment=500)

    status, _ = send(client, product, opened(client, product))

    assert (status, saved(product).version) == (303, 1)


def test_what_the_other_one_changed_alone_is_taken_over(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor, state=ProductState.DRAFT)
    mine, theirs = opened(client, product), opened(client, product)
    send(client, product, theirs, title_en="Theirs")

    status, page = send(client, product, mine, keywords="mine")
    again = Held.of(page)

    assert status == 409
    assert (again.values["title_en"], again.values["keywords"]) == (["Theirs"], ["mine"])
    assert "Already taken over from the other one: Title in English." in page
    assert "take-" not in page


def test_what_both_changed_stands_beside_its_field_with_a_choice(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor, state=ProductState.DRAFT)
    mine, theirs = opened(client, product), opened(client, product)
    send(client, product, theirs, **{"title_en": "Theirs", "tiers-0-price": "0.3"})

    status, page = send(client, product, mine, **{"title_en": "Mine", "tiers-0-price": "0.4"})

    assert status == 409
    beside = re.findall(r"Saved meanwhile: <b>([^<]*)</b>", " ".join(page.split()).replace("Saved meanwhile:</p>", ""))
    assert beside or "Saved meanwhile:" in page
    assert "Theirs" in page
    assert 'value="Mine"' in page
    fields = {
        name: values for name, values in Held.of(page[page.index('id="product"') :]).values.items() if name not in ("add", "use_category")
    }
    assert fields["version"] == ["2"]

    assert send(client, product, fields, **{"take-title_en": "theirs", "take-tiers": "mine"})[0] == 303

    assert (saved(product).title, saved(product).version, prices()) == ({"en": "Theirs"}, 3, [400_000])


def test_a_change_that_waits_is_part_of_the_guard(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor, title="Bolt")
    mine, theirs = opened(client, product), opened(client, product)
    assert send(client, product, theirs, title_en="Theirs")[0] == 303
    assert saved(product).version == 1

    status, page = send(client, product, mine, title_en="Mine")

    assert status == 409
    assert "Theirs" in page


def test_a_variant_that_was_taken_out_meanwhile_is_said(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor, sku="A", state=ProductState.DRAFT)
    second = make_variant(product, sku="B")
    mine = opened(client, product, "?variant=B")
    gone = {"variant_id": str(second.id), "version": str(product.version), "proposal": ""}
    assert client.post(f"/portal/products/{product.id}/variants/remove", data=gone).status_code == 303

    status, page = send(client, product, mine, label="Mine")

    assert status == 409
    assert "Somebody has taken this variant out. Saving adds it again." in page


def test_a_version_that_never_was_makes_every_difference_a_question(client: FlaskClient, vendor: Vendor) -> None:
    product = make_product(vendor, state=ProductState.DRAFT)
    fields = opened(client, product) | {"variant_id": [str(only_variant(product).id)]}

    status, page = send(client, product, fields, version="77", title_en="Mine")

    assert status == 409
    assert 'name="take-title_en"' in page
