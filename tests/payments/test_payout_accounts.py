"""A vendor's account at the provider: opened once, filled in there, and nothing can be bought before it is active."""

import time

import pytest
import requests

from marketplace.accounts.models import Company
from marketplace.core.db import db
from payments import calls, queries
from payments.errors import NotSimulated
from payments.models import PayoutAccountState
from tests.factories.accounts import log_in, make_member
from tests.factories.payments import control, provider_get
from tests.factories.vendors import make_vendor
from tests.payments.conftest import Shop
from vendors.models import Vendor


@pytest.fixture
def vendor(shop: Shop) -> Vendor:
    """A vendor without an account, logged in."""
    vendor = make_vendor(is_payout_active=False)
    company = db.session.get_one(Company, vendor.id)
    log_in(shop.client, make_member(company), company)
    return vendor


def state(vendor: Vendor) -> PayoutAccountState:
    """The state of the vendor's account."""
    account = queries.find_payout_account(vendor.id)
    assert account is not None
    return account.state


def test_a_vendor_opens_its_account_fills_in_the_form_there_and_can_sell(shop: Shop, vendor: Vendor) -> None:
    assert "No payout account yet" in shop.client.get("/portal/payout-account").get_data(as_text=True)

    page = shop.client.post("/portal/payout-account/start", follow_redirects=True).get_data(as_text=True)
    link = page.split('class="btn btn-main" href="')[1].split('"')[0]
    assert state(vendor) is PayoutAccountState.ONBOARDING
    form = {"name": "Norrvik Fasteners AB", "country": "SE", "iban": "DE89370400440532013000"}
    back = requests.post(link, data=form, allow_redirects=False, timeout=30).headers["Location"]
    assert back == "http://localhost/portal/payout-account/return"
    page = shop.client.get("/portal/payout-account/return", follow_redirects=True).get_data(as_text=True)
    assert "requirements_past_due" not in page  # the provider's code is told in words

    assert state(vendor) is PayoutAccountState.ACTIVE
    assert "Active" in page
    db.session.refresh(vendor)
    assert vendor.payout_active_at is not None


def test_a_message_alone_makes_the_account_active(shop: Shop, vendor: Vendor) -> None:
    shop.client.post("/portal/payout-account/start")
    account = queries.find_payout_account(vendor.id)
    assert account is not None

    control(shop.provider, "onboard", {"account": account.stripe_account_id})
    shop.hear()

    assert state(vendor) is PayoutAccountState.ACTIVE


def test_two_clicks_open_one_account(shop: Shop, vendor: Vendor) -> None:
    shop.client.post("/portal/payout-account/start")
    shop.client.post("/portal/payout-account/start")

    assert len(provider_get(shop.provider, "/v2/core/accounts")["data"]) == 1


def test_with_the_provider_down_the_page_says_so_and_the_next_click_goes_on(shop: Shop, vendor: Vendor) -> None:
    control(shop.provider, "fault", {"mode": "drop_after", "path": "^/v2/core/accounts$", "method": "POST", "times": 3})
    page = shop.client.post("/portal/payout-account/start", follow_redirects=True).get_data(as_text=True)
    assert "does not answer" in page

    shop.client.post("/portal/payout-account/start")

    assert state(vendor) is PayoutAccountState.ONBOARDING
    assert len(provider_get(shop.provider, "/v2/core/accounts")["data"]) == 1


def test_the_operators_import_opens_its_accounts_in_seconds_and_leaves_known_ones(shop: Shop) -> None:
    vendors = [make_vendor(is_payout_active=False, with_shipping=False) for _ in range(161)]
    ids = [vendor.id for vendor in vendors]
    db.session.commit()

    started = time.process_time()
    assert calls.open_operator_payout_accounts(ids) == 161
    seconds = time.process_time() - started
    assert calls.open_operator_payout_accounts(ids[:3]) == 0  # they are there

    db.session.expire_all()
    assert all(vendor.payout_active_at for vendor in vendors)
    assert seconds < 6  # of our own work: the wall clock of a busy machine says little
    accounts = provider_get(shop.provider, "/v2/core/accounts", limit=100)
    assert (len(accounts["data"]), bool(accounts["next_page_url"])) == (100, True)


def test_accounts_are_not_opened_for_others_at_the_real_provider(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor = make_vendor(is_payout_active=False)
    db.session.commit()
    monkeypatch.setitem(shop.app.config, "SIMULATED_PAYMENTS", False)

    with pytest.raises(NotSimulated):
        calls.open_operator_payout_accounts([vendor.id])

    assert queries.find_payout_account(vendor.id) is None
