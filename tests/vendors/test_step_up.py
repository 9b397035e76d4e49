"""What moves a vendor's money or rights asks who it is, when the last proof is more than 10 minutes old (robustness.md 14)."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Membership
from marketplace.accounts.permissions import Role
from marketplace.core import clock
from marketplace.core.db import db
from payments.models import Operation, PayoutAccount
from tests.factories.accounts import make_member
from tests.factories.vendors import make_vendor
from tests.vendors.portal import enter

LATER = timedelta(minutes=11)


def test_a_payout_account_is_not_opened_before_the_proof(client: FlaskClient) -> None:
    vendor = make_vendor()
    enter(client, vendor)

    with clock.at(clock.now() + LATER):
        asked = client.post("/portal/payout-account/start")
        wrong = client.post("/portal/payout-account/start", data={"identity_password": "not mine at all"})
        onward = client.get("/portal/payout-account/continue")

    assert (asked.status_code, wrong.status_code) == (403, 422)
    assert onward.headers["Location"] == "/confirm-identity?next=/portal/payout-account/continue"
    assert db.session.query(PayoutAccount).filter_by(vendor_id=vendor.id).count() == 0
    assert db.session.query(Operation).count() == 0


def test_the_payout_account_can_be_looked_at_without_a_new_proof(client: FlaskClient) -> None:
    enter(client, make_vendor())

    with clock.at(clock.now() + LATER):
        assert client.get("/portal/payout-account").status_code == 200


@pytest.mark.parametrize("role", ["vendor_owner", "vendor_finance"])
def test_roles_in_the_shop_are_not_changed_before_the_proof(client: FlaskClient, role: str) -> None:
    company = enter(client, make_vendor(), Role.VENDOR_OWNER)
    member = make_member(company, [Role.VENDOR_QUALITY])
    found = db.session.execute(select(Membership.id).where(Membership.person_id == member.id)).scalar_one()

    with clock.at(clock.now() + LATER):
        answers = [
            client.post(f"/company/members/{found}", data={"roles": [role]}),
            client.post(f"/company/members/{found}/remove"),
            client.post("/company/members/invite", data={"email": "new@norrvik.example", "roles": [role]}),
        ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert accounts.roles_in(company.id, member.id) == {"vendor_quality"}
    assert accounts.open_invitations(company.id) == []
