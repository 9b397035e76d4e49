"""The provider's messages: believed only when signed, stored once, and good in any order, number or absence."""

import random
import time

import pytest
from sqlalchemy import func, select

from marketplace.core import clock, jobs
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db, transaction
from payments import ledger, services
from payments.chart import STRIPE_BALANCE
from payments.errors import BadSignature
from payments.models import HoldState, JournalEntry, Payment, ProviderEvent
from payments.signatures import read_event
from payments.simulator.webhooks import signature
from tests.factories.payments import control, holds_of, post_event, provider_balance
from tests.payments.conftest import Shop

BODY = b'{"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "created": 1, "data": {"object": {"id": "pi_1", "object": "payment_intent"}}}'


def taken(shop: Shop) -> list[dict[str, str]]:
    """The waiting events of the provider, signed."""
    events: list[dict[str, str]] = control(shop.provider, "webhooks", {"take": True})["taken"]
    return events


def journal(payment: Payment) -> list[tuple[str, str]]:
    """What was booked for a payment and its orders: kind and key of each entry, in no order."""
    references = [payment.id, *(hold.vendor_order_id for hold in holds_of(payment))]
    rows = db.session.execute(select(JournalEntry.kind, JournalEntry.key).where(JournalEntry.reference_id.in_(references)))
    return sorted((kind, key) for kind, key in rows)


def test_each_message_five_times_has_one_effect(shop: Shop) -> None:
    payment = shop.open()
    shop.pay(payment)
    events = taken(shop)

    for event in events * 5:
        assert post_event(shop.client, event).status_code == 200
    shop.work()

    assert db.session.scalar(select(func.count()).select_from(ProviderEvent)) == len(events)
    assert [kind for kind, _ in journal(payment)] == ["J01", "J02"]
    shop.check()


@pytest.mark.parametrize("seed", range(12))
def test_messages_in_any_order_lead_to_the_same_state_and_journal(shop: Shop, seed: int) -> None:
    payment = shop.open()
    shop.pay(payment, card="4000000000000002")
    shop.pay(payment)
    events = taken(shop)
    random.Random(seed).shuffle(events)

    for event in events:
        post_event(shop.client, event)
        if seed % 2:
            shop.work()
    shop.work()

    (hold,) = holds_of(payment)
    assert hold.state is HoldState.FUNDED
    assert [kind for kind, _ in journal(payment)] == ["J01", "J02"]
    assert provider_balance(shop.provider) == ledger.balances_of(STRIPE_BALANCE)
    shop.check()


def test_with_every_message_lost_the_buyers_return_is_enough(shop: Shop) -> None:
    payment = shop.open()
    shop.pay(payment)
    taken(shop)

    page = shop.client.get(f"/payments/{payment.id}/return", follow_redirects=True).get_data(as_text=True)

    assert "Paid" in page
    assert holds_of(payment)[0].state is HoldState.FUNDED
    shop.check()


def test_with_every_message_lost_and_nobody_returning_the_poller_reaches_the_same_state(shop: Shop) -> None:
    payment = shop.open()
    shop.pay(payment)
    taken(shop)

    with clock.at(clock.now().replace(microsecond=0) + services.payments.POLL_AFTER * 2):
        jobs.enqueue("payments.poll_open_payments")
        shop.work()

    assert holds_of(payment)[0].state is HoldState.FUNDED
    shop.check()


def test_with_every_message_lost_the_provider_list_of_movements_funds_and_settles(shop: Shop) -> None:
    payment = shop.open()
    shop.pay(payment)
    taken(shop)

    jobs.enqueue("payments.pull_provider_movements")
    shop.work()

    assert holds_of(payment)[0].state is HoldState.FUNDED
    assert provider_balance(shop.provider) == ledger.balances_of(STRIPE_BALANCE)
    shop.check()


def test_a_late_message_of_an_old_state_moves_nothing_back(shop: Shop) -> None:
    payment = shop.open()
    shop.pay(payment, card="4000000000000002")
    old = taken(shop)
    shop.pay(payment)
    shop.hear()
    with transaction():
        services.release_on_acceptance(holds_of(payment)[0].vendor_order_id, actor=SYSTEM)
    shop.hear()

    for event in old:
        post_event(shop.client, event)
    shop.work()

    assert holds_of(payment)[0].state is HoldState.PAID_OUT
    shop.check()


@pytest.mark.parametrize(
    ("what", "shift", "change"),
    [("an old stamp", -301, b""), ("a stamp from the future", 601, b""), ("one byte changed", 0, b" "), ("another secret", 0, b"secret")],
)
def test_a_message_that_is_not_signed_as_it_should_be_is_refused_and_not_stored(shop: Shop, what: str, shift: int, change: bytes) -> None:
    secret = "whsec_other" if change == b"secret" else "whsec_tests"
    header = signature(secret, BODY, int(time.time()) + shift)
    body = BODY + (change if change == b" " else b"")

    answer = shop.client.post("/payments/stripe/events", data=body, headers={"Stripe-Signature": header})

    assert answer.status_code == 400, what
    assert answer.mimetype == "application/problem+json"
    assert db.session.scalar(select(func.count()).select_from(ProviderEvent)) == 0


@pytest.mark.parametrize(
    "header", ["", "t=1", "v1=x", "t=x,v1=y", "nonsense", "t=99999999999999999999,v1=00", "t=1,v1=\xe9", "t=1,t=2,v1=00"]
)
def test_a_nonsense_signature_is_refused(shop: Shop, header: str) -> None:
    assert shop.client.post("/payments/stripe/events", data=BODY, headers={"Stripe-Signature": header}).status_code == 400


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b"\xff\xfe", b'{"id": 1}', b'{"object": "v2.core.event"}'])
def test_a_signed_body_that_is_no_event_is_refused(shop: Shop, body: bytes) -> None:
    header = signature("whsec_tests", body, int(time.time())) if body != b"\xff\xfe" else "t=1,v1=x"

    assert shop.client.post("/payments/stripe/events", data=body, headers={"Stripe-Signature": header}).status_code == 400


def test_both_secrets_are_good_while_one_is_replaced() -> None:
    now = int(time.time())

    assert read_event(BODY, signature("whsec_old", BODY, now), "whsec_new, whsec_old").id == "evt_1"
    assert read_event(BODY, signature("whsec_new", BODY, now), "whsec_new, whsec_old").id == "evt_1"
    with pytest.raises(BadSignature):
        read_event(BODY, signature("whsec_gone", BODY, now), "whsec_new, whsec_old")


def test_a_message_keeps_no_names_or_addresses_of_buyers(shop: Shop) -> None:
    payment = shop.open()
    shop.pay(payment)
    shop.hear()

    stored = str([event.payload for event in db.session.scalars(select(ProviderEvent))])

    assert "Test Buyer" not in stored
    assert "billing" not in stored


def test_a_message_of_an_unknown_kind_is_stored_and_left(shop: Shop) -> None:
    body = BODY.replace(b"payment_intent.succeeded", b"balance.available")

    answer = shop.client.post(
        "/payments/stripe/events", data=body, headers={"Stripe-Signature": signature("whsec_tests", body, int(time.time()))}
    )

    assert answer.status_code == 200
    (event,) = db.session.scalars(select(ProviderEvent))
    assert event.outcome == "left"


def test_a_message_about_something_that_is_not_ours_does_no_harm(shop: Shop) -> None:
    answer = shop.client.post(
        "/payments/stripe/events", data=BODY, headers={"Stripe-Signature": signature("whsec_tests", BODY, int(time.time()))}
    )
    shop.work()

    assert answer.status_code == 200
    event = db.session.get_one(ProviderEvent, "evt_1", populate_existing=True)
    assert event.outcome == "refused: resource_missing"


def test_only_the_providers_address_is_open_without_a_forms_token(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    payment = shop.open()
    monkeypatch.setitem(shop.app.config, "WTF_CSRF_ENABLED", True)
    header = signature("whsec_tests", BODY, int(time.time()))

    assert shop.client.post("/payments/stripe/events", data=BODY, headers={"Stripe-Signature": header}).status_code == 200
    assert shop.client.post(f"/payments/{payment.id}/start").status_code == 409
