"""The provider is slow, down, forgetful or contradicts itself: one effect, or none, and the ledger knows which."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from marketplace.core import clock
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db, transaction
from payments import calls, gateway, ledger, queries, services
from payments.chart import STRIPE_BALANCE
from payments.errors import IdempotencyBroken, OperationBusy, ProviderRefused, ProviderUnknown
from payments.models import Hold, HoldState, Operation, OperationState, Payment, RefundState, Release
from payments.operations import MAX_TRIES, content_hash
from tests.factories.payments import clear_faults, control, holds_of, provider_balance, provider_get
from tests.payments.conftest import Shop
from tests.payments.test_refunds import paid_at_once, refund, refund_of
from tests.payments.test_release import release, transfers


def fault(shop: Shop, mode: str, path: str, *, times: int | None = 1, **more: object) -> None:
    """Let the provider fail at a path; only POST, so that the look at it afterwards works."""
    control(shop.provider, "fault", {"mode": mode, "path": path, "method": "POST", "times": times, **more})


def operation_of(kind: str, subject_id: object) -> Operation:
    """The newest operation of a subject."""
    found = queries.find_operation(kind, subject_id)  # type: ignore[arg-type]
    assert found is not None
    return found


def release_of(hold: Hold) -> Release:
    """The one released part of a hold."""
    (found,) = queries.releases_of_hold(hold.id)
    return found


def transfer_call(hold: Hold) -> Operation:
    """The call that transfers a released hold."""
    return operation_of("tr", release_of(hold).id)


def ready(shop: Shop) -> tuple[Payment, Hold]:
    """A released hold whose transfer is not sent yet."""
    payment, (hold,) = shop.funded()
    release(hold)
    return payment, hold


@pytest.mark.parametrize("mode", ["drop_after", "drop_before", "500", "409", "429"])
def test_a_lost_or_refused_answer_makes_one_transfer(shop: Shop, mode: str) -> None:
    payment, _ = ready(shop)
    fault(shop, mode, "^/v1/transfers$")

    shop.hear()
    with clock.at(clock.now() + timedelta(seconds=10)):  # after 429 the library does not come again by itself, the job does
        shop.hear()

    assert len(transfers(shop)) == 1
    assert holds_of(payment)[0].state is HoldState.PAID_OUT
    assert provider_balance(shop.provider) == ledger.balances_of(STRIPE_BALANCE)
    shop.check()


@pytest.mark.parametrize("mode", ["drop_after", "500"])
def test_when_every_try_of_a_call_is_lost_it_stays_in_flight_and_the_next_one_uses_the_same_key(shop: Shop, mode: str) -> None:
    payment, hold = ready(shop)
    fault(shop, mode, "^/v1/transfers$", times=3)
    shop.work()
    operation = transfer_call(hold)
    assert (operation.state, operation.attempt, operation.tries) == (OperationState.IN_FLIGHT, 1, 1)

    with clock.at(clock.now() + timedelta(seconds=10)):
        shop.hear()

    assert len(transfers(shop)) == 1
    assert transfer_call(hold).attempt == 1
    assert holds_of(payment)[0].state is HoldState.PAID_OUT
    shop.check()


def test_a_lost_answer_makes_one_refund_one_page_and_one_account(shop: Shop) -> None:
    hold = paid_at_once(shop)
    fault(shop, "drop_after", "^/v1/refunds$")
    refund(hold)
    shop.hear()
    fault(shop, "drop_after", "^/v1/checkout/sessions$")
    payment = shop.open()
    shop.client.post(f"/payments/{payment.id}/start")
    fault(shop, "drop_after", "^/v2/core/accounts$")
    accounts = len(provider_get(shop.provider, "/v2/core/accounts", limit=100)["data"])
    shop.open()

    assert len(provider_get(shop.provider, "/v1/refunds", limit=100)["data"]) == 1
    db.session.refresh(payment)
    pages = provider_get(shop.provider, "/v1/checkout/sessions", limit=100)["data"]
    assert len([page for page in pages if page["metadata"]["payment"] == str(payment.id)]) == 1
    assert len(provider_get(shop.provider, "/v2/core/accounts", limit=100)["data"]) == accounts + 1
    shop.check()


def test_a_page_whose_answer_was_lost_is_found_by_the_second_start(shop: Shop) -> None:
    payment = shop.open()
    fault(shop, "drop_after", "^/v1/checkout/sessions$", times=3)
    first = shop.client.post(f"/payments/{payment.id}/start", follow_redirects=True)
    assert "does not answer" in first.get_data(as_text=True)

    shop.client.post(f"/payments/{payment.id}/start")

    db.session.refresh(payment)
    (page,) = provider_get(shop.provider, "/v1/checkout/sessions")["data"]
    assert (payment.stripe_session_id, payment.attempt) == (page["id"], 1)


def test_bounded_tries_then_a_person_must_look_and_can_let_it_go_on(shop: Shop) -> None:
    payment, hold = ready(shop)
    fault(shop, "500", "^/v1/transfers$", times=None, should_retry=False)
    operation_id = None
    for _ in range(MAX_TRIES):
        with transaction():
            operation_id = services.prepare_transfer(release_of(hold).id)
        assert operation_id is not None
        with pytest.raises(ProviderUnknown):
            calls.perform(operation_id)
    operation = transfer_call(hold)
    assert (operation.state, operation.attempt) == (OperationState.PARKED, 1)

    gateway_heals(shop)
    with transaction():
        services.retry_operation(operation.id, actor=SYSTEM)
    shop.hear()

    assert transfer_call(hold).attempt == 1
    assert len(transfers(shop)) == 1
    assert holds_of(payment)[0].state is HoldState.PAID_OUT
    shop.check()


def gateway_heals(shop: Shop) -> None:
    """The provider works again."""
    clear_faults(shop.provider)


def test_a_key_that_is_too_old_is_not_sent_before_its_object_was_looked_for(shop: Shop) -> None:
    payment, hold = ready(shop)
    fault(shop, "drop_after", "^/v1/transfers$", times=3)
    shop.work()
    assert len(transfers(shop)) == 1
    control(shop.provider, "clock", {"advance": 25 * 3_600})  # the provider has forgotten the key

    with clock.at(clock.now() + timedelta(hours=25)):
        shop.work()

    assert len(transfers(shop)) == 1
    assert holds_of(payment)[0].state is HoldState.PAID_OUT
    assert transfer_call(hold).attempt == 1
    shop.check()


def test_an_old_call_that_never_arrived_is_sent_under_a_new_key(shop: Shop) -> None:
    hold = paid_at_once(shop)
    fault(shop, "drop_before", "^/v1/refunds$", times=3)
    refund(hold)
    shop.work()
    control(shop.provider, "clock", {"advance": 25 * 3_600})

    with clock.at(clock.now() + timedelta(hours=25)):
        shop.work()

    assert operation_of("re", refund_of(hold).id).attempt == 2
    assert refund_of(hold).state is RefundState.SUCCEEDED
    assert len(provider_get(shop.provider, "/v1/refunds")["data"]) == 1
    shop.check()


def test_changed_parameters_under_the_same_key_are_a_fault_and_are_parked(shop: Shop) -> None:
    _, hold = ready(shop)
    fault(shop, "drop_after", "^/v1/transfers$", times=3)
    shop.work()
    operation = transfer_call(hold)
    changed = {**operation.request, "amount": operation.request["amount"] - 1}
    db.session.execute(update(Operation).where(Operation.id == operation.id).values(request=changed, request_hash=content_hash(changed)))
    db.session.commit()

    with pytest.raises(IdempotencyBroken):
        calls.perform(operation.id)

    assert transfer_call(hold).state is OperationState.PARKED
    assert len(transfers(shop)) == 1


def test_an_operation_whose_content_was_tampered_with_is_not_sent(shop: Shop) -> None:
    _, hold = ready(shop)
    with transaction():
        operation_id = services.prepare_transfer(release_of(hold).id)
    assert operation_id is not None
    db.session.execute(update(Operation).where(Operation.id == operation_id).values(request={"amount": 1}))
    db.session.commit()

    with pytest.raises(IdempotencyBroken):
        calls.perform(operation_id)

    assert transfers(shop) == []


def test_two_processes_never_send_one_operation_at_once(shop: Shop) -> None:
    _, hold = ready(shop)
    with transaction():
        operation_id = services.prepare_transfer(release_of(hold).id)
    assert operation_id is not None
    with transaction():
        services.claim_operation(operation_id, environment="test")

    with pytest.raises(OperationBusy), transaction():
        services.claim_operation(operation_id, environment="test")


@pytest.mark.parametrize("moment", ["before the call", "after the call"])
def test_a_worker_killed_in_the_middle_leaves_a_lease_that_the_poller_takes_over(shop: Shop, moment: str) -> None:
    payment, hold = ready(shop)
    with transaction():
        operation_id = services.prepare_transfer(release_of(hold).id)
    assert operation_id is not None
    with transaction():
        claim = services.claim_operation(operation_id, environment="test")
    assert claim is not None
    if moment == "after the call":
        gateway.send(claim)

    with clock.at(clock.now() + timedelta(minutes=5)):
        with transaction():
            assert services.poll_operations(clock.now()) == 1
        shop.work()

    assert len(transfers(shop)) == 1
    assert holds_of(payment)[0].state is HoldState.PAID_OUT
    shop.check()


def test_the_same_job_delivered_again_after_its_effect_does_nothing(shop: Shop) -> None:
    _, hold = ready(shop)
    shop.hear()
    operation = transfer_call(hold)

    assert calls.perform(operation.id)
    assert calls.refresh_transfer(str(operation.stripe_id)) == "recorded"

    assert len(transfers(shop)) == 1
    shop.check()


def test_the_provider_is_never_called_inside_a_transaction(shop: Shop) -> None:
    with pytest.raises(RuntimeError), transaction():
        gateway.balances()


def test_a_definite_refusal_and_silence_are_told_apart(shop: Shop) -> None:
    with pytest.raises(ProviderRefused) as refused:
        gateway.retrieve_transfer("tr_unknown")
    control(shop.provider, "fault", {"mode": "drop_before", "path": "^/v1/balance$", "times": 3})
    with pytest.raises(ProviderUnknown):
        gateway.balances()

    assert refused.value.reason == "resource_missing"
