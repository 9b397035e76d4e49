"""The payment provider is away, silent or failing: the page says try again, nothing is charged, and the next press of the button works."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from marketplace.accounts.permissions import Role
from marketplace.core import clock
from marketplace.core.db import db
from payments import gateway
from payments.models import PaymentState
from tests.factories.accounts import log_in, make_operator
from tests.factories.payments import clear_faults, control, provider_get
from tests.payments.conftest import Shop
from tests.payments.test_refunds import refund

ProviderAt = Callable[[str], None]
SAID = "The payment provider does not answer at the moment. Nothing is charged twice; try again in a minute."


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's patience, shortened for the suite."""
    monkeypatch.setattr(gateway, "IN_PAGE", replace(gateway.IN_PAGE, read_seconds=0.5))


def start(shop: Shop, path: str) -> str:
    """Press the button; what the page says then."""
    answer = shop.client.post(path, follow_redirects=True)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def fail(shop: Shop) -> None:
    control(shop.provider, "fault", {"mode": "500", "path": "^/v1/", "times": None, "should_retry": False})


@pytest.mark.parametrize("how", ["closed_port", "silent_port", "babbling_port", "500"])
def test_the_page_says_try_again_and_the_next_try_pays_once(
    request: pytest.FixtureRequest, shop: Shop, provider_at: ProviderAt, how: str
) -> None:
    payment = shop.open()
    if how == "500":
        fail(shop)
    else:
        provider_at(f"http://127.0.0.1:{request.getfixturevalue(how)}")

    assert SAID in start(shop, f"/payments/{payment.id}/start")

    clear_faults(shop.provider)
    provider_at(shop.provider.url)
    assert shop.pay(payment)["outcome"] == "paid"
    shop.hear()
    db.session.refresh(payment)
    assert payment.state is PaymentState.SUCCEEDED
    assert len(provider_get(shop.provider, "/v1/checkout/sessions")["data"]) == 1
    shop.check()


def test_a_silent_provider_is_waited_for_a_few_times_only(shop: Shop, provider_at: ProviderAt, silent_port: int) -> None:
    payment = shop.open()
    provider_at(f"http://127.0.0.1:{silent_port}")
    for _ in range(gateway.IN_PAGE.failures):
        start(shop, f"/payments/{payment.id}/start")

    began = time.monotonic()
    assert SAID in start(shop, f"/payments/{payment.id}/start")

    assert time.monotonic() - began < gateway.IN_PAGE.read_seconds, "it was not asked"


def test_the_ledger_is_shown_without_the_provider(app: Flask, shop: Shop, provider_at: ProviderAt, silent_port: int) -> None:
    shop.funded()
    company, person = make_operator((Role.PLATFORM_FINANCE,))
    desk = app.test_client()
    log_in(desk, person, company)
    provider_at(f"http://127.0.0.1:{silent_port}")

    waits = []
    for _ in range(2):
        began = time.monotonic()
        text = desk.get("/desk/ledger").get_data(as_text=True)
        waits.append(time.monotonic() - began)
        assert "Provider does not answer" in text
        assert "JE-0" in text

    assert gateway.GLANCE.connect_seconds + gateway.GLANCE.read_seconds <= 2
    assert waits[1] < gateway.GLANCE.read_seconds < waits[0], "it was asked once, then left alone"


def test_the_status_of_the_desk_says_that_the_provider_is_away(shop: Shop, provider_at: ProviderAt, closed_port: int) -> None:
    company, person = make_operator((Role.PLATFORM_SUPPORT,))
    desk = shop.app.test_client()
    log_in(desk, person, company)
    said = "the provider does not answer"
    assert said not in desk.get("/desk/status").get_data(as_text=True)

    provider_at(f"http://127.0.0.1:{closed_port}")

    assert said in desk.get("/desk/status").get_data(as_text=True)


def test_back_from_the_provider_the_page_says_that_it_may_be_old(shop: Shop) -> None:
    payment = shop.open()
    assert shop.pay(payment)["outcome"] == "paid"
    fail(shop)

    text = shop.client.get(f"/payments/{payment.id}/return", follow_redirects=True).get_data(as_text=True)

    assert "may be a little old" in text
    clear_faults(shop.provider)
    shop.hear()
    db.session.refresh(payment)
    assert payment.state is PaymentState.SUCCEEDED


def refunds_made(shop: Shop) -> int:
    """How many refunds the provider has, which is made to work again for the question."""
    clear_faults(shop.provider)
    return len(provider_get(shop.provider, "/v1/refunds")["data"])


def test_a_refund_waits_until_the_provider_is_back(shop: Shop) -> None:
    _, (hold,) = shop.funded()
    fail(shop)
    refund(hold)
    shop.hear()
    assert refunds_made(shop) == 0

    with clock.at(clock.now() + timedelta(minutes=1)):
        shop.hear()

    assert refunds_made(shop) == 1
    shop.check()
