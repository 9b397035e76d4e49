"""The same key twice, lost answers, and servers that fail."""

import json
import threading
import time
from typing import Any

import pytest
import requests
import stripe

from tests.payments.simulator.process import DAY, SECRET_KEY, Process

AMOUNT: Any = {"amount": 1_000, "currency": "eur"}


def _post(provider: Process, path: str, form: dict[str, Any], key: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {SECRET_KEY}", "Idempotency-Key": key}
    return requests.post(f"{provider.url}{path}", data=form, headers=headers, timeout=30)


def _count(provider: Process) -> int:
    return len(list(provider.stripe.v1.payment_intents.list({"limit": 100}).auto_paging_iter()))


def test_the_same_key_gives_the_same_answer(provider: Process) -> None:
    first = _post(provider, "/v1/payment_intents", AMOUNT, "k1")
    again = _post(provider, "/v1/payment_intents", AMOUNT, "k1")

    assert first.json() == again.json()
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert again.headers["Original-Request"] == first.headers["Request-Id"] != again.headers["Request-Id"]
    assert _count(provider) == 1


def test_the_same_key_with_other_parameters_is_an_error(provider: Process) -> None:
    create = provider.stripe.v1.payment_intents.create
    create(AMOUNT, {"idempotency_key": "k1"})

    with pytest.raises(stripe.IdempotencyError):
        create({"amount": 1_001, "currency": "eur"}, {"idempotency_key": "k1"})
    assert _count(provider) == 1


def test_a_key_is_forgotten_after_a_day_and_then_pays_again(provider: Process) -> None:
    create = provider.stripe.v1.payment_intents.create
    first = create(AMOUNT, {"idempotency_key": "k1"})

    provider.advance(DAY - 60)
    within = create(AMOUNT, {"idempotency_key": "k1"})
    provider.advance(120)
    after = create(AMOUNT, {"idempotency_key": "k1"})

    assert first.id == within.id != after.id


def test_a_refusal_of_parameters_is_not_kept(provider: Process) -> None:
    create = provider.stripe.v1.payment_intents.create
    wrong: Any = {"amount": 1_000, "currency": "eur", "colour": "red"}

    with pytest.raises(stripe.InvalidRequestError):
        create(wrong, {"idempotency_key": "k1"})
    assert create(AMOUNT, {"idempotency_key": "k1"}).amount == 1_000


def test_a_refusal_of_the_endpoint_is_replayed(provider: Process) -> None:
    supplier = provider.supplier()
    body: Any = {"amount": 500, "currency": "eur", "destination": supplier}

    with pytest.raises(stripe.InvalidRequestError):
        provider.stripe.v1.transfers.create(body, {"idempotency_key": "k1"})
    provider.control("outcome", {"top_up": 500, "currency": "eur"})
    with pytest.raises(stripe.InvalidRequestError) as replayed:
        provider.stripe.v1.transfers.create(body, {"idempotency_key": "k1"})

    assert replayed.value.code == "balance_insufficient"
    assert replayed.value.headers is not None
    assert replayed.value.headers["Idempotent-Replayed"] == "true"
    assert provider.stripe.v1.transfers.create(body, {"idempotency_key": "k2"}).amount == 500


def test_a_decline_is_replayed_and_stays_one_attempt(provider: Process) -> None:
    body: Any = {**AMOUNT, "payment_method": "pm_card_chargeDeclined", "confirm": True}

    for _ in range(2):
        with pytest.raises(stripe.CardError):
            provider.stripe.v1.payment_intents.create(body, {"idempotency_key": "k1"})
    assert len(provider.stripe.v1.charges.list().data) == 1


def test_a_second_request_with_a_key_in_use_is_a_conflict(provider: Process) -> None:
    provider.control("fault", {"mode": "delay", "delay_ms": 800, "path": "^/v1/payment_intents$", "method": "POST"})
    answers: list[int] = []
    slow = threading.Thread(target=lambda: answers.append(_post(provider, "/v1/payment_intents", AMOUNT, "k1").status_code))

    slow.start()
    time.sleep(0.3)
    second = _post(provider, "/v1/payment_intents", AMOUNT, "k1")
    slow.join()

    assert (answers, second.status_code, second.json()["error"]["code"]) == ([200], 409, "idempotency_key_in_use")
    assert _post(provider, "/v1/payment_intents", AMOUNT, "k1").headers["Idempotent-Replayed"] == "true"
    assert _count(provider) == 1


@pytest.mark.parametrize("mode", ["drop_before", "drop_after"])
def test_a_lost_answer_is_retried_by_the_sdk_and_makes_one_object(provider: Process, mode: str) -> None:
    provider.control("fault", {"mode": mode, "path": "^/v1/payment_intents$", "method": "POST"})

    intent = provider.stripe.v1.payment_intents.create(AMOUNT)

    assert (intent.amount, _count(provider)) == (1_000, 1)


def test_a_lost_answer_without_retry_is_an_error_though_the_object_exists(provider: Process) -> None:
    provider.control("fault", {"mode": "drop_after", "path": "^/v1/payment_intents$", "method": "POST"})
    impatient = provider.client(SECRET_KEY, retries=0)

    with pytest.raises(stripe.APIConnectionError):
        impatient.v1.payment_intents.create(AMOUNT, {"idempotency_key": "k1"})
    assert _count(provider) == 1
    assert impatient.v1.payment_intents.create(AMOUNT, {"idempotency_key": "k1"}).amount == 1_000
    assert _count(provider) == 1


@pytest.mark.parametrize("mode", ["500", "409"])
def test_a_failure_before_the_endpoint_is_retried(provider: Process, mode: str) -> None:
    provider.control("fault", {"mode": mode, "path": "^/v1/payment_intents$", "method": "POST"})

    assert provider.stripe.v1.payment_intents.create(AMOUNT).amount == 1_000


def test_a_failure_inside_the_endpoint_is_replayed_under_its_key(provider: Process) -> None:
    provider.control("fault", {"mode": "500", "path": "^/v1/payment_intents$", "method": "POST", "store": True, "should_retry": False})

    for _ in range(2):
        with pytest.raises(stripe.APIError):
            provider.stripe.v1.payment_intents.create(AMOUNT, {"idempotency_key": "k1"})
    assert provider.stripe.v1.payment_intents.create(AMOUNT, {"idempotency_key": "k2"}).amount == 1_000


def test_too_many_requests_are_said_so(provider: Process) -> None:
    provider.control("fault", {"mode": "429", "path": "^/v1/payment_intents$", "nth": 2})

    provider.stripe.v1.payment_intents.list()
    with pytest.raises(stripe.RateLimitError):
        provider.stripe.v1.payment_intents.list()
    provider.stripe.v1.payment_intents.list()


def test_v2_runs_again_what_failed_and_replays_what_worked(provider: Process) -> None:
    headers = {"Authorization": f"Bearer {SECRET_KEY}", "Idempotency-Key": "k1"}
    url, account = f"{provider.url}/v2/core/accounts", json.dumps({"display_name": "A"})
    provider.control("fault", {"mode": "500", "path": "^/v2/core/accounts$", "store": True})

    answers = [requests.post(url, data=account, headers=headers, timeout=30) for _ in range(3)]

    assert [each.status_code for each in answers] == [500, 200, 200]
    assert answers[1].json() == answers[2].json()
    assert answers[2].headers["Idempotent-Replayed"] == "true"
