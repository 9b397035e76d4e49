"""Events reach the endpoint: signed, at least once, in whatever order, also after a kill."""

import json
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from tests.payments.simulator.process import SECRET_KEY, WEBHOOK_SECRET, Process, Receiver, receiving

Start = Callable[..., Process]


def _kinds(receiver: Receiver) -> list[str]:
    return [json.loads(payload)["type"] for payload, _ in receiver.got]


def test_a_delivery_is_accepted_by_the_sdk(own_process: Start) -> None:
    receiver = Receiver()
    with receiving(receiver) as url:
        provider = own_process("--webhook-url", url)
        provider.charge()
        assert receiver.wait_for(4)

    payload, header = receiver.got[0]
    event = provider.stripe.construct_event(payload, header, WEBHOOK_SECRET)
    assert event.id in {each.id for each in provider.events()}
    for wrong in (payload + b" ", payload.replace(b"eur", b"usd")):
        with pytest.raises(stripe.SignatureVerificationError):
            provider.stripe.construct_event(wrong, header, WEBHOOK_SECRET)
    with pytest.raises(stripe.SignatureVerificationError):
        provider.stripe.construct_event(payload, header, "whsec_other")


def test_a_refused_delivery_is_tried_again(own_process: Start) -> None:
    receiver = Receiver()
    receiver.status = 500
    with receiving(receiver) as url:
        provider = own_process("--webhook-url", url)
        provider.stripe.v1.payment_intents.create({"amount": 1_000, "currency": "eur"})
        assert receiver.wait_for(2)
        receiver.status = 200
        seen = len(receiver.got)
        assert receiver.wait_for(seen + 1)

        event = provider.events()[0]
        deadline = time.monotonic() + 10
        while event.pending_webhooks and time.monotonic() < deadline:
            time.sleep(0.05)
            event = provider.stripe.v1.events.retrieve(event.id)
    assert event.pending_webhooks == 0
    assert len({json.loads(payload)["id"] for payload, _ in receiver.got}) == 1


def test_pending_deliveries_and_all_state_survive_a_kill(own_process: Start) -> None:
    receiver = Receiver()
    with receiving(receiver) as url:
        port = int(url.split(":")[2].split("/")[0])
    provider = own_process("--webhook-url", url)
    charge = provider.charge()
    provider.advance(1_000)
    clock = provider.control("clock")["offset"]

    provider.kill()
    provider.start()

    assert provider.stripe.v1.charges.retrieve(charge.id).paid is True
    assert (provider.balance(), provider.control("clock")["offset"]) == ((0, 9_825), clock)
    with receiving(receiver, port):
        assert receiver.wait_for(4, 30)
    assert set(_kinds(receiver)) == {"payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"}
    assert provider.violations() == []


def test_what_was_answered_is_there_after_each_of_five_kills(own_process: Start) -> None:
    provider = own_process()
    provider.control("outcome", {"top_up": 100_000, "currency": "eur"})
    supplier, made = provider.supplier(), []

    for turn in range(5):
        for number in range(5):
            options: stripe.RequestOptions = {"idempotency_key": f"t{turn}-{number}"}
            body: stripe.params.TransferCreateParams = {"amount": 10, "currency": "eur", "destination": supplier}
            made.append(provider.stripe.v1.transfers.create(body, options).id)
        provider.kill()
        provider.start()
        assert provider.stripe.v1.transfers.create(body, options).id == made[-1]

    found = [each.id for each in provider.stripe.v1.transfers.list({"limit": 100}).data]
    assert found == made[::-1]
    assert provider.balance() == (100_000 - 25 * 10, 0)


def test_requests_cut_off_by_kills_are_done_exactly_once_when_repeated(own_process: Start) -> None:
    provider = own_process()
    provider.control("outcome", {"top_up": 100_000, "currency": "eur"})
    supplier, cut_off = provider.supplier(), Counter[str]()

    def transfer(number: int) -> str:
        client = provider.client(SECRET_KEY, retries=0)
        while True:
            try:
                body: stripe.params.TransferCreateParams = {"amount": 10, "currency": "eur", "destination": supplier}
                return client.v1.transfers.create(body, {"idempotency_key": f"op-{number}"}).id
            except stripe.APIConnectionError:
                cut_off[f"op-{number}"] += 1
                time.sleep(0.05)

    with ThreadPoolExecutor(4) as pool:
        pending = [pool.submit(transfer, number) for number in range(600)]
        for _ in range(3):
            time.sleep(0.1)
            provider.kill()
            provider.start()
        made = {each.result() for each in pending}

    assert cut_off.total() >= 3
    assert len(made) == 600
    assert {each.id for each in provider.stripe.v1.transfers.list({"limit": 100}).auto_paging_iter()} == made
    assert provider.balance() == (100_000 - 600 * 10, 0)
    assert provider.violations() == []


def test_held_events_are_taken_signed_and_once(provider: Process) -> None:
    provider.charge()

    shown = provider.control("webhooks")["pending"]
    taken = provider.control("webhooks", {"take": True})["taken"]

    assert [each["type"] for each in shown] == [each["type"] for each in taken] == [event.type for event in provider.events()]
    for each in taken:
        provider.stripe.construct_event(each["payload"], each["header"], WEBHOOK_SECRET)
    assert provider.control("webhooks")["pending"] == []
    assert len(provider.control("webhooks", {"replay": "all", "take": True})["taken"]) == len(taken)


def test_held_events_come_out_shuffled_and_doubled_on_flush(own_process: Start) -> None:
    receiver = Receiver()
    with receiving(receiver) as url:
        provider = own_process("--webhook-url", url)
        provider.control("webhooks", {"hold": True, "shuffle": True, "duplicate": 3})
        for _ in range(4):
            provider.charge()
        nothing_yet = len(receiver.got)
        left = provider.control("webhooks", {"flush": True})["left"]

    made = [event.id for event in provider.events()]
    came = [json.loads(payload)["id"] for payload, _ in receiver.got]
    assert (nothing_yet, left) == (0, 0)
    assert Counter(came) == dict.fromkeys(made, 3)
    assert list(dict.fromkeys(came)) != made


def test_withheld_events_are_lost_until_replayed(provider: Process) -> None:
    provider.control("webhooks", {"withhold": 1.0})
    provider.charge()

    lost = provider.control("webhooks", {"take": True, "withhold": 0})["taken"]
    undelivered = [event.id for event in provider.stripe.v1.events.list({"delivery_success": False}).data]
    replayed = provider.control("webhooks", {"replay": "withheld", "take": True})["taken"]

    assert lost == []
    assert sorted(undelivered) == sorted(event.id for event in provider.events()) == sorted(each["event"] for each in replayed)
    assert provider.stripe.v1.events.list({"delivery_success": False}).data == []


def test_an_endpoint_gets_the_kinds_it_asked_for_with_its_own_secret(provider: Process) -> None:
    wanted = {"url": "http://127.0.0.1:9/x", "enabled_events": ["payment_intent.succeeded"]}
    endpoint = provider.stripe.v1.webhook_endpoints.create(wanted)  # type: ignore[arg-type]
    provider.charge()

    mine = [each for each in provider.control("webhooks")["pending"] if each["endpoint"] == endpoint.id]

    assert [each["type"] for each in mine] == ["payment_intent.succeeded"]
    assert endpoint.secret is not None
    provider.stripe.construct_event(mine[0]["payload"], mine[0]["header"], endpoint.secret)
    assert getattr(provider.stripe.v1.webhook_endpoints.retrieve(endpoint.id), "secret", None) is None
    with pytest.raises(stripe.InvalidRequestError):
        provider.stripe.v1.webhook_endpoints.create({"url": "https://elsewhere.example/x", "enabled_events": ["*"]})


def test_events_of_a_supplier_name_the_account(provider: Process) -> None:
    supplier = provider.supplier()

    taken = provider.control("webhooks", {"take": True})["taken"]

    bodies = [json.loads(each["payload"]) for each in taken]
    types = ["account.external_account.created", "capability.updated", "account.updated"]
    assert [(body["type"], body["account"]) for body in bodies] == [(kind, supplier) for kind in types]
    assert bodies[2]["data"]["object"]["capabilities"] == {"transfers": "active"}


def test_events_are_listed_by_type(provider: Process) -> None:
    provider.charge()
    listed = provider.client(SECRET_KEY).v1.events.list

    assert [event.type for event in listed({"type": "charge.succeeded"}).data] == ["charge.succeeded"]
    kinds = {event.type for event in listed({"types": ["charge.succeeded", "payment_intent.succeeded"]}).data}
    assert kinds == {"charge.succeeded", "payment_intent.succeeded"}
