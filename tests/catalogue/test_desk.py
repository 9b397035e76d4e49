"""The desk's answer to submitted listings."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.permissions import Role
from marketplace.catalogue import queries, services
from marketplace.catalogue.drafts import draft_of
from marketplace.catalogue.models import Product, ProductState
from marketplace.core.db import db
from tests.conftest import count_queries
from tests.factories.accounts import actor_of, log_in, make_company, make_member, make_operator
from tests.factories.catalogue import make_category, make_product, only_variant
from tests.factories.orders import company_of
from tests.factories.vendors import make_vendor


@pytest.fixture
def _desk(client: FlaskClient) -> None:
    company, verifier = make_operator([Role.PLATFORM_VERIFIER])
    log_in(client, verifier, company)


def state_of(product: Product) -> ProductState:
    return db.session.query(Product).filter_by(id=product.id).populate_existing().one().state


@pytest.mark.usefixtures("_desk")
def test_what_waits_is_listed_and_can_be_accepted(client: FlaskClient) -> None:
    product = make_product(make_vendor(), state=ProductState.CHECKING, title="A bolt that waits")
    make_product(make_vendor(), title="A live one")

    page = client.get("/desk/products").get_data(as_text=True)
    answer = client.post(f"/desk/products/{product.id}", data={"version": "1", "decision": "accept"})

    assert "A bolt that waits" in page
    assert "A live one" not in page
    assert (answer.status_code, state_of(product)) == (303, ProductState.LIVE)
    assert "Nothing waits" in client.get("/desk/products").get_data(as_text=True)


@pytest.mark.usefixtures("_desk")
def test_everything_that_buyers_will_read_is_looked_at(client: FlaskClient) -> None:
    """What waits for a yes when it is changed later stands before the verifier the first time too."""
    vendor = make_vendor()
    part = only_variant(make_product(vendor, sku="PART-1"))
    film = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    product = make_product(vendor, state=ProductState.CHECKING, codes=("4711-X",), origin="CN", hs_code="73181558")
    actor = actor_of(make_member(company_of(vendor)), company_of(vendor))
    draft = draft_of(queries.version_content(product.id, 1))
    kit = replace(draft.variants[0], parts=((part.sku, 3),))
    whole = replace(draft, variants=(kit,), keywords=("stuffed word",), videos=(film,))
    services.edit_product(product.id, whole, version=1, actor=actor)
    db.session.commit()

    page = client.get(f"/desk/products/{product.id}").get_data(as_text=True)

    for shown in ("stuffed word", film, "Further codes: 4711-X", "Country of origin: China", "HS code: 73181558", "PART-1 × 3"):
        assert shown in page


@pytest.mark.usefixtures("_desk")
def test_a_refusal_carries_its_reasons_to_the_vendor(client: FlaskClient) -> None:
    vendor = make_vendor()
    product = make_product(vendor, state=ProductState.CHECKING)

    without = client.post(f"/desk/products/{product.id}", data={"version": "1", "decision": "refuse"})
    answer = client.post(f"/desk/products/{product.id}", data={"version": "1", "decision": "refuse", "reasons": ["DUPLICATE"]})

    assert (without.status_code, answer.status_code) == (422, 303)
    assert "Choose at least one." in without.get_data(as_text=True)
    assert state_of(product) is ProductState.REFUSED


@pytest.mark.usefixtures("_desk")
@pytest.mark.parametrize(
    ("fields", "status"),
    [({"version": "2", "decision": "accept"}, 409), ({"decision": "accept"}, 422), ({"version": "1", "decision": "perhaps"}, 422)],
)
def test_an_answer_to_something_else_is_refused(client: FlaskClient, fields: dict[str, str], status: int) -> None:
    product = make_product(make_vendor(), state=ProductState.CHECKING)

    assert client.post(f"/desk/products/{product.id}", data=fields).status_code == status
    assert state_of(product) is ProductState.CHECKING


@pytest.mark.usefixtures("_desk")
def test_what_does_not_wait_cannot_be_answered(client: FlaskClient) -> None:
    product = make_product(make_vendor(), state=ProductState.PAUSED)

    assert client.post(f"/desk/products/{product.id}", data={"version": "1", "decision": "accept"}).status_code == 409
    assert client.get(f"/desk/products/{make_category().id}").status_code == 404


def test_only_verifiers_have_this_desk(client: FlaskClient) -> None:
    product = make_product(make_vendor(), state=ProductState.CHECKING)
    company, support = make_operator([Role.PLATFORM_SUPPORT])
    buyer = make_company()
    for person, where in ((support, company), (make_member(buyer), buyer)):
        log_in(client, person, where)
        assert client.get("/desk/products").status_code == 403
        assert client.post(f"/desk/products/{product.id}", data={"version": "1", "decision": "accept"}).status_code == 403

    assert state_of(product) is ProductState.CHECKING


@pytest.mark.usefixtures("_desk")
def test_the_list_takes_the_same_statements_for_any_number(client: FlaskClient) -> None:
    make_product(make_vendor(), state=ProductState.CHECKING)
    client.get("/desk/products")
    with count_queries() as few:
        client.get("/desk/products")
    for _ in range(10):
        make_product(make_vendor(), state=ProductState.CHECKING)
    with count_queries() as many:
        client.get("/desk/products")

    assert len(many) <= len(few) + 1  # the policy is read again after a second
