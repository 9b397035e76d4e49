"""Cases of the verification desk: whoever decides them, and what the page of one sends."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.permissions import Role
from marketplace.core.db import db
from tests.factories.accounts import log_in, make_operator
from vendors import queries
from vendors.models import Vendor, VendorState
from vendors.requirements import KINDS

RunJobs = Callable[[], int]
GIVEN = ("registry", "tax_id", "address", "owners", "agreement")


@pytest.fixture
def desk(client: FlaskClient) -> FlaskClient:
    company, person = make_operator((Role.PLATFORM_VERIFIER,))
    log_in(client, person, company)
    return client


def findings(vendor: Vendor, **changes: Any) -> dict[str, Any]:
    points: dict[str, Any] = {f"{kind}_points": list(KINDS[kind].points) for kind in GIVEN}
    page = dict.fromkeys(GIVEN, "passed") | points | {"stamp": queries.case_stamp(vendor), "exposure_cap": "5000", "act": "approve"}
    return {key: value for key, value in (page | changes).items() if value is not None}


def url(vendor: Vendor, more: str = "") -> str:
    return f"/desk/verification/{vendor.id}{more}"


def state_of(vendor: Vendor) -> VendorState:
    db.session.expire_all()
    return queries.vendor_by_id(vendor.id).state
