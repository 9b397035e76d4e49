"""A shop whose people work in its portal."""

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.core.db import db
from tests.factories.accounts import log_in, make_member
from tests.factories.vendors import make_vendor
from vendors.models import Vendor


@pytest.fixture
def vendor(client: FlaskClient) -> Vendor:
    """A shop whose owner is logged in."""
    shop = make_vendor()
    enter(client, shop)
    return shop


def enter(client: FlaskClient, shop: Vendor, roles: list[str] | None = None) -> None:
    company = db.session.get_one(Company, shop.id)
    log_in(client, make_member(company, roles), company)
