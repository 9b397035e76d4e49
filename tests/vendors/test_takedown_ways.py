"""From where the desk gets to a taking down, and who does not."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.permissions import Role
from marketplace.core.db import db
from marketplace.quality.models import DecisionKind
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor
from tests.quality.contested import Desk, make_contest, make_desk


@pytest.fixture
def verifiers(app: Flask) -> Desk:
    return make_desk()


def enter(app: Flask, verifiers: Desk, role: Role) -> FlaskClient:
    client = app.test_client()
    log_in(client, make_member(verifiers.company, (role,)), verifiers.company)
    return client


def words(client: FlaskClient, path: str) -> str:
    return " ".join(client.get(path).get_data(as_text=True).split())


def test_every_page_of_a_product_or_its_vendor_leads_there(app: Flask, verifiers: Desk) -> None:
    product = make_product(make_vendor())
    buyer = make_company()
    db.session.commit()
    verifier, support = (enter(app, verifiers, role) for role in (Role.PLATFORM_VERIFIER, Role.PLATFORM_SUPPORT))
    one, many = f"/desk/products/{product.id}/take-down", f"/desk/verification/{product.vendor_id}/take-down"

    assert f"/desk/products/{product.id}" in words(verifier, f"/products/{product.slug}")
    assert f"/desk/products/{product.id}" not in words(support, f"/products/{product.slug}")
    assert one in words(verifier, f"/desk/products/{product.id}")
    assert many in words(verifier, f"/desk/verification/{product.vendor_id}")
    assert many in words(verifier, f"/desk/companies/{product.vendor_id}")
    assert many not in words(support, f"/desk/companies/{product.vendor_id}")
    assert "/take-down" not in words(verifier, f"/desk/companies/{buyer.id}")
    assert "/desk/takedowns" in words(verifier, "/desk/products")


def test_the_audit_log_leads_to_the_product(app: Flask, verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.PRODUCT_TAKEN_DOWN, verifiers)
    db.session.commit()
    assert contest.product is not None

    page = words(enter(app, verifiers, Role.PLATFORM_ADMIN), "/desk/audit")

    assert f'<a href="/desk/products/{contest.product.id}">' in page
    assert "Product: taken down" in page
