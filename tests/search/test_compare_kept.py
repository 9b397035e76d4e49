"""What is kept to be compared when somebody looks who may not see all of it."""

from flask.testing import FlaskClient

from marketplace.catalogue.models import Product
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, variant_of
from tests.search.test_compare import heads


def test_a_visitor_keeps_what_is_for_his_company_until_he_has_logged_in(client: FlaskClient, index_now: IndexNow) -> None:
    company, vendor = make_company(), make_vendor()
    person = make_member(company)
    own = make_product(vendor, sku="OWN-1", visibility=[f"company:{company.id}"])
    public = make_product(vendor, sku="PUBLIC-1")

    def id_of(product: Product) -> str:
        return str(variant_of(product).id)

    client.set_cookie("compare", f"{id_of(own)}.{id_of(public)}")
    text = page(client, "/compare")

    assert heads(text) == ["PUBLIC-1"]
    assert "1 offer is not for sale to everybody, or not any more, and was left out." in text
    assert 'href="/log-in?next=/compare"' in text
    assert "OWN-1" not in text
    assert f"remove={id_of(own)}" in text, "a visitor can take it out, too"

    log_in(client, person, company)

    assert sorted(heads(page(client, "/compare"))) == ["OWN-1", "PUBLIC-1"]


def test_who_is_logged_in_keeps_nothing_that_is_not_for_his_company(client: FlaskClient, index_now: IndexNow) -> None:
    company, vendor = make_company(), make_vendor()
    gone = make_product(vendor, sku="GONE-1", visibility=[f"company:{make_company().id}"])
    public = make_product(vendor, sku="PUBLIC-1")
    log_in(client, make_member(company), company)
    client.set_cookie("compare", f"{variant_of(gone).id}.{variant_of(public).id}")

    assert "1 offer is not for sale to you any more" in page(client, "/compare")
    assert "any more" not in page(client, "/compare"), "said once"


def test_a_visitor_takes_out_what_he_does_not_see(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    gone = str(variant_of(make_product(vendor, sku="OWN-1", visibility=[f"company:{make_company().id}"])).id)
    public = str(variant_of(make_product(vendor, sku="PUBLIC-1")).id)
    client.set_cookie("compare", f"{gone}.{public}")

    page(client, f"/compare?remove={gone}")

    assert heads(page(client, "/compare")) == ["PUBLIC-1"]
    assert "not any more" not in page(client, "/compare")
