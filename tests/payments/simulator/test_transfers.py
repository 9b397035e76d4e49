"""Transfers, reversals and refunds: what the balances allow."""

import pytest
import stripe

from tests.payments.simulator.process import DAY, Process


def _transfer(provider: Process, amount: int, destination: str, **more: str) -> stripe.Transfer:
    return provider.stripe.v1.transfers.create({"amount": amount, "currency": "eur", "destination": destination, **more})  # type: ignore[typeddict-item]


def test_without_a_source_only_available_money_is_transferred(provider: Process) -> None:
    supplier = provider.supplier()
    provider.charge()

    with pytest.raises(stripe.InvalidRequestError) as refused:
        _transfer(provider, 5_000, supplier)
    provider.advance(3 * DAY)
    transfer = _transfer(provider, 5_000, supplier)

    assert refused.value.code == "balance_insufficient"
    assert (transfer.amount, provider.balance(), provider.balance(account=supplier)) == (5_000, (4_825, 0), (5_000, 0))


def test_all_transfers_of_a_charge_never_exceed_it(provider: Process) -> None:
    supplier, charge = provider.supplier(), provider.charge()

    _transfer(provider, 6_000, supplier, source_transaction=charge.id)
    with pytest.raises(stripe.InvalidRequestError, match="exceeds"):
        _transfer(provider, 4_001, supplier, source_transaction=charge.id)
    last = _transfer(provider, 4_000, supplier, source_transaction=charge.id)

    assert last.source_transaction == charge.id
    assert provider.balance() == (0, -175)


def test_a_source_in_another_currency_is_refused(provider: Process) -> None:
    supplier, charge = provider.supplier(), provider.charge()

    with pytest.raises(stripe.InvalidRequestError) as refused:
        _transfer(provider, 100, supplier, source_transaction=charge.id, currency="usd")
    assert refused.value.code == "transfer_source_balance_parameters_mismatch"


@pytest.mark.parametrize("status", ["restricted", "pending"])
def test_an_account_without_the_capability_receives_nothing(provider: Process, status: str) -> None:
    charge, fresh, blocked = provider.charge(), provider.supplier(onboarded=False), provider.supplier()
    provider.control("outcome", {"account": blocked, "transfers": status})

    for account in (fresh, blocked):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            _transfer(provider, 100, account, source_transaction=charge.id)
        assert refused.value.code == "insufficient_capabilities_for_transfer"
    provider.control("outcome", {"account": blocked, "transfers": "active"})
    assert _transfer(provider, 100, blocked, source_transaction=charge.id).amount == 100


def test_transfers_are_found_by_their_group_and_destination(provider: Process) -> None:
    one, other = provider.supplier(), provider.supplier()
    charge = provider.charge(group="PO-7")
    first = _transfer(provider, 100, one, source_transaction=charge.id)
    second = _transfer(provider, 100, other, source_transaction=charge.id, transfer_group="PO-8")

    def found(**by: str) -> list[str]:
        return [each.id for each in provider.stripe.v1.transfers.list(by).data]  # type: ignore[arg-type]

    assert (found(transfer_group="PO-7"), found(transfer_group="PO-8"), found(destination=one)) == ([first.id], [second.id], [first.id])


def test_a_reversal_needs_money_at_the_destination(provider: Process) -> None:
    supplier, charge = provider.supplier(), provider.charge()
    transfer = _transfer(provider, 9_000, supplier, source_transaction=charge.id)
    provider.advance(3 * DAY)
    provider.control("outcome", {"pay_out": supplier, "currency": "eur", "amount": 8_500})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        provider.stripe.v1.transfers.reversals.create(transfer.id, {"amount": 501})
    provider.stripe.v1.transfers.reversals.create(transfer.id, {"amount": 500})

    assert refused.value.code == "balance_insufficient"
    assert provider.balance(account=supplier) == (0, 0)
    assert provider.stripe.v1.transfers.retrieve(transfer.id).amount_reversed == 500


def test_a_transfer_is_reversed_at_most_once_as_a_whole(provider: Process) -> None:
    supplier, charge = provider.supplier(), provider.charge()
    transfer = _transfer(provider, 9_000, supplier, source_transaction=charge.id)
    reverse = provider.stripe.v1.transfers.reversals.create

    reverse(transfer.id, {"amount": 4_000})
    with pytest.raises(stripe.InvalidRequestError, match="greater"):
        reverse(transfer.id, {"amount": 5_001})
    reverse(transfer.id)
    with pytest.raises(stripe.InvalidRequestError, match="already been reversed"):
        reverse(transfer.id)

    transfer = provider.stripe.v1.transfers.retrieve(transfer.id)
    assert (transfer.reversed, len(transfer.reversals.data), provider.balance()) == (True, 2, (0, 9_825))


def test_a_refund_waits_for_available_money(provider: Process) -> None:
    charge = provider.charge()

    refund = provider.stripe.v1.refunds.create({"charge": charge.id, "amount": 2_000})
    waiting = provider.transactions()
    provider.advance(3 * DAY)
    paid = provider.stripe.v1.refunds.retrieve(refund.id)

    assert (refund.status, refund.pending_reason, refund.balance_transaction) == ("pending", "insufficient_funds", None)
    assert [each.type for each in waiting] == ["charge"]
    assert (paid.status, provider.balance()) == ("succeeded", (7_825, 0))
    assert [event.type for event in provider.events()][-2:] == ["refund.updated", "charge.refund.updated"]


def test_money_that_comes_at_once_pays_a_refund_that_waits(provider: Process) -> None:
    refund = provider.stripe.v1.refunds.create({"charge": provider.charge().id, "amount": 2_000})

    provider.control("outcome", {"top_up": 2_500, "currency": "eur"})
    paid = provider.stripe.v1.refunds.retrieve(refund.id)

    assert (refund.status, paid.status) == ("pending", "succeeded")
    assert provider.balance()[0] == 500


def test_a_charge_is_refunded_at_most_once_as_a_whole(provider: Process) -> None:
    charge = provider.charge(card="4000000000000077")
    provider.charge(card="4000000000000077")
    refund = provider.stripe.v1.refunds.create

    refund({"charge": charge.id, "amount": 6_000})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        refund({"charge": charge.id, "amount": 4_001})
    refund({"charge": charge.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refund({"charge": charge.id})

    assert refused.value.code == "charge_already_refunded"
    assert provider.stripe.v1.charges.retrieve(charge.id).refunded is True
    assert len(provider.stripe.v1.refunds.list({"charge": charge.id}).data) == 2


def test_an_intent_that_was_not_paid_cannot_be_refunded(provider: Process) -> None:
    intent = provider.pay(provider.session().id, "4000000000000002")["payment_intent"]

    with pytest.raises(stripe.InvalidRequestError) as refused:
        provider.stripe.v1.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_not_refundable"


def test_a_refund_may_fail_later_and_the_money_comes_back(provider: Process) -> None:
    charge = provider.charge(card="4000000000000077")
    provider.control("outcome", {"next_refund": "failed", "after": 3_600, "reason": "lost_or_stolen_card"})

    refund = provider.stripe.v1.refunds.create({"charge": charge.id, "amount": 5_000})
    before = provider.balance()
    provider.advance(3_601)
    failed = provider.stripe.v1.refunds.retrieve(refund.id)

    assert (refund.status, before) == ("succeeded", (4_825, 0))
    assert (failed.status, failed.failure_reason, provider.balance()) == ("failed", "lost_or_stolen_card", (9_825, 0))
    assert provider.transactions()[0].type == "refund_failure"
    assert [event.type for event in provider.events()][-1] == "refund.failed"
    assert provider.stripe.v1.charges.retrieve(charge.id).amount_refunded == 0
    assert provider.violations() == []


def test_a_top_up_is_available_at_once(provider: Process) -> None:
    supplier = provider.supplier()

    provider.control("outcome", {"top_up": 8_500, "currency": "eur"})

    assert _transfer(provider, 8_500, supplier).amount == 8_500
    assert provider.balance() == (0, 0)


def test_money_of_a_charge_goes_through_even_when_the_balance_is_spent(provider: Process) -> None:
    supplier, charge = provider.supplier(), provider.charge()
    provider.advance(3 * DAY)
    provider.stripe.v1.refunds.create({"charge": charge.id, "amount": 9_000})

    _transfer(provider, 1_000, supplier, source_transaction=charge.id)

    assert provider.balance() == (-175, 0)
