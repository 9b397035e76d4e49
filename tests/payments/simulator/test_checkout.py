"""Checkout Sessions and PaymentIntents: what each card does, what expires, what is refused."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.payments.simulator.process import DAY, Process


def _kinds(provider: Process) -> list[str]:
    return [event.type for event in provider.events()]


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000000069", "expired_card", None),
        ("4000000000000119", "processing_error", None),
    ],
)
def test_a_declined_card_moves_no_money_and_leaves_the_session_open(
    provider: Process, card: str, code: str, decline_code: str | None
) -> None:
    session = provider.session()

    outcome = provider.pay(session.id, card)

    intent = provider.stripe.v1.payment_intents.retrieve(outcome["payment_intent"])
    error: Any = intent.last_payment_error
    assert (outcome["outcome"], outcome["session_status"]) == ("declined", "open")
    assert (intent.status, error.code, getattr(error, "decline_code", None)) == ("requires_payment_method", code, decline_code)
    assert provider.transactions() == []
    assert _kinds(provider) == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]
    assert provider.pay(session.id)["outcome"] == "paid"
    assert provider.violations() == []


def test_a_number_that_is_no_test_card_is_declined_before_any_intent_is_made(provider: Process) -> None:
    session = provider.session()

    assert "test mode" in provider.pay(session.id, "4111111111111111")["message"]
    assert "incorrect" in provider.pay(session.id, "4242424242424241")["message"]
    assert provider.stripe.v1.checkout.sessions.retrieve(session.id).payment_intent is None


def test_three_d_secure_completed_pays(provider: Process) -> None:
    session = provider.session()

    asked = provider.pay(session.id, "4000002760003184")
    waiting = provider.stripe.v1.payment_intents.retrieve(asked["payment_intent"])
    paid = provider.pay(session.id, "4000002760003184", authenticate=True)

    assert (asked["outcome"], waiting.status) == ("requires_action", "requires_action")
    assert waiting.next_action is not None
    assert waiting.next_action.redirect_to_url is not None
    assert waiting.next_action.redirect_to_url.url == asked["redirect"]
    assert paid["outcome"] == "paid"
    charge = provider.stripe.v1.charges.list({"payment_intent": asked["payment_intent"]}).data[0]
    details: Any = charge.payment_method_details
    assert details.card.three_d_secure.result == "authenticated"
    assert provider.violations() == []


def test_three_d_secure_failed_moves_no_money(provider: Process) -> None:
    session = provider.session()

    failed = provider.pay(session.id, "4000002760003184", authenticate=False)

    intent = provider.stripe.v1.payment_intents.retrieve(failed["payment_intent"])
    assert (failed["outcome"], intent.status) == ("declined", "requires_payment_method")
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.code == "payment_intent_authentication_failure"
    assert provider.transactions() == []


def test_a_session_is_paid_once(provider: Process) -> None:
    session = provider.session()

    outcomes = [provider.pay(session.id)["outcome"] for _ in range(3)]

    assert outcomes == ["paid", "paid", "paid"]
    assert len(provider.transactions()) == 1


def test_a_session_expires_by_itself_and_cancels_its_intent(provider: Process) -> None:
    session = provider.session()
    intent = provider.pay(session.id, "4000000000000002")["payment_intent"]

    provider.advance(DAY + 1)

    session = provider.stripe.v1.checkout.sessions.retrieve(session.id)
    assert (session.status, session.url) == ("expired", None)
    assert provider.stripe.v1.payment_intents.retrieve(intent).status == "canceled"
    assert _kinds(provider)[-2:] == ["payment_intent.canceled", "checkout.session.expired"]
    assert provider.pay(session.id)["outcome"] == "expired"


def test_a_session_can_be_expired_once(provider: Process) -> None:
    session = provider.session()

    assert provider.stripe.v1.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="expired"):
        provider.stripe.v1.checkout.sessions.expire(session.id)


def test_the_intent_of_a_session_is_not_cancelled_directly(provider: Process) -> None:
    intent = provider.pay(provider.session().id, "4000000000000002")["payment_intent"]

    with pytest.raises(stripe.InvalidRequestError, match="Checkout"):
        provider.stripe.v1.payment_intents.cancel(intent)


@pytest.mark.parametrize("seconds", [60, 2 * DAY])
def test_a_session_lasts_between_half_an_hour_and_a_day(provider: Process, seconds: int) -> None:
    now = provider.control("clock")["now"]

    with pytest.raises(stripe.InvalidRequestError, match="expires_at"):
        provider.session(expires_at=now + seconds)
    assert provider.session(expires_at=now + 3_600).expires_at == now + 3_600


@pytest.mark.parametrize("field", ["success_url", "cancel_url"])
def test_an_address_that_is_no_web_address_is_refused(provider: Process, field: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        provider.session(10_000, **{field: "javascript:alert(1)"})
    assert refused.value.code == "url_invalid"


@pytest.mark.parametrize(("amount", "code"), [(49, "amount_too_small"), (100_000_000, "amount_too_large")])
def test_a_payment_has_a_smallest_and_a_largest_sum(provider: Process, amount: int, code: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        provider.session(amount)
    assert refused.value.code == code


@pytest.mark.parametrize(("currency", "amount", "fee"), [("eur", 10_000, 175), ("jpy", 10_000, 150), ("kwd", 10_000, 400)])
def test_the_fee_knows_the_decimals_of_the_currency(provider: Process, currency: str, amount: int, fee: int) -> None:
    provider.charge(amount, currency=currency)
    assert (provider.transactions()[0].fee, provider.balance(currency)) == (fee, (0, amount - fee))


def test_card_money_is_available_two_days_later(provider: Process) -> None:
    provider.charge()
    at = provider.transactions()[0].available_on

    provider.control("clock", {"now": at - 1})
    before = provider.balance()
    provider.control("clock", {"now": at + 1})

    assert at % DAY == 0
    assert (before, provider.balance()) == ((0, 9_825), (9_825, 0))
    assert provider.transactions()[0].status == "available"


def test_money_is_pending_again_when_the_clock_is_set_back(provider: Process) -> None:
    now = provider.control("clock")["now"]
    provider.charge()
    provider.advance(3 * DAY)

    provider.control("clock", {"now": now})

    assert provider.balance() == (0, 9_825)


def test_an_intent_is_confirmed_with_a_named_card(provider: Process) -> None:
    create = provider.stripe.v1.payment_intents.create

    paid = create({"amount": 1_000, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True, "off_session": True})
    with pytest.raises(stripe.CardError) as declined:
        create({"amount": 1_000, "currency": "eur", "payment_method": "pm_card_chargeDeclinedInsufficientFunds", "confirm": True})
    with pytest.raises(stripe.CardError) as asked:
        create(
            {"amount": 1_000, "currency": "eur", "payment_method": "pm_card_authenticationRequired", "confirm": True, "off_session": True}
        )

    assert paid.status == "succeeded"
    error: Any = declined.value
    assert (error.http_status, error.code, error.error.decline_code) == (402, "card_declined", "insufficient_funds")
    assert provider.stripe.v1.payment_intents.retrieve(error.error.payment_intent.id).status == "requires_payment_method"
    assert asked.value.code == "authentication_required"
    assert provider.violations() == []


_DEAD: Any = {"payment_method_types": ["card"]}


@pytest.mark.parametrize(
    "call",
    [
        lambda provider: provider.session(**_DEAD),
        lambda provider: provider.stripe.v1.payment_intents.create({"amount": 1_000, "currency": "eur", **_DEAD}),
        lambda provider: provider.stripe.v1.payment_intents.confirm("pi_any", _DEAD),
    ],
    ids=["session", "create", "confirm"],
)
def test_payment_method_types_is_refused_as_of_endive(provider: Process, call: Callable[[Process], object]) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        call(provider)
    assert (refused.value.http_status, refused.value.code) == (400, "payment_method_types_no_longer_supported")


def test_configurations_of_an_account_link_are_refused_as_of_endive(provider: Process) -> None:
    details: Any = {"configurations": ["recipient"], "refresh_url": "https://shop.example/again"}
    account = provider.supplier()

    with pytest.raises(stripe.InvalidRequestError, match="configurations"):
        provider.stripe.v2.core.account_links.create(
            {"account": account, "use_case": {"type": "account_onboarding", "account_onboarding": details}}
        )
