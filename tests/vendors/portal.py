"""A vendor at its portal, and its shop as buyers see it."""

from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.accounts.permissions import Role
from marketplace.core.db import db
from tests.factories.accounts import log_in, make_member
from vendors.models import Vendor

ROAD = {
    "name_en": "Road, DAP",
    "name_zh": "公路",
    "incoterm": "DAP",
    "zones-0-zone": "north",
    "zones-0-countries": "se, NO",
    "zones-0-days_from": "2",
    "zones-0-days_to": "4",
    "zones-0-kg_1": "30",
    "zones-0-price_1": "18.20",
    "zones-0-kg_2": "100",
    "zones-0-price_2": "23.5",
}


def enter(client: FlaskClient, vendor: Vendor, *roles: Role) -> Company:
    company = db.session.get_one(Company, vendor.id)
    log_in(client, make_member(company, roles or None), company)
    return company


def shown(client: FlaskClient, vendor: Vendor) -> str:
    return client.get(f"/shops/{vendor.slug}").get_data(as_text=True)
