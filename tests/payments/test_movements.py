"""Every movement at the provider has an entry of ours, or stands in suspense and is said."""

from datetime import timedelta

import requests
from sqlalchemy import select

from marketplace.core import clock, jobs
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db, transaction
from marketplace.core.ids import new_id
from payments import gateway, ledger, queries, services
from payments.chart import BANK, STRIPE_BALANCE, SUSPENSE, TOP_UPS
from payments.models import HoldState, JournalEntry, ProviderMovement
from payments.tasks import LOOK_AGAIN_AFTER, LOOKS
from tests.factories.payments import control, holds_of, provider_balance
from tests.payments.conftest import Shop


def pull(shop: Shop) -> None:
    """The ten minutes are over."""
    jobs.enqueue("payments.pull_provider_movements")
    shop.work()


def close_day(shop: Shop) -> queries.LedgerCheck:
    """The daily close, with the looks that it takes again."""
    jobs.enqueue("payments.check_ledger")
    for looks in range(LOOKS):
        with clock.at(clock.now() + looks * LOOK_AGAIN_AFTER):
            shop.work()
    found = queries.last_check()
    assert found is not None
    return found


def test_movements_of_our_own_acts_are_explained_before_they_are_pulled(shop: Shop) -> None:
    shop.funded()
    before = db.session.query(ProviderMovement).count()

    pull(shop)

    assert db.session.query(ProviderMovement).count() == before == 1
    assert queries.count_unexplained_movements() == 0
    shop.check()


def test_a_movement_of_a_kind_we_do_not_know_goes_to_suspense_and_is_said(shop: Shop) -> None:
    control(shop.provider, "outcome", {"adjust": 5_000, "currency": "eur"})

    pull(shop)

    assert ledger.balance_of(SUSPENSE, "EUR") == -5_000
    assert provider_balance(shop.provider) == {"EUR": 5_000} == ledger.balances_of(STRIPE_BALANCE)
    assert db.session.scalar(select(AuditEvent).where(AuditEvent.act == "provider_movement.unexplained")) is not None
    assert [violation.rule for violation in ledger.check_ledger()] == ["1900 is empty"]


def test_money_that_the_operator_sent_is_booked_out_of_the_bank_once(shop: Shop) -> None:
    control(shop.provider, "outcome", {"top_up": 5_000, "currency": "eur"})

    pull(shop)
    pull(shop)

    assert provider_balance(shop.provider) == {"EUR": 5_000} == ledger.balances_of(STRIPE_BALANCE)
    assert (ledger.balance_of(BANK, "EUR"), ledger.balance_of(TOP_UPS, "EUR"), ledger.balance_of(SUSPENSE, "EUR")) == (-5_000, 0, 0)
    shop.check()


def test_pulling_again_books_nothing_twice(shop: Shop) -> None:
    control(shop.provider, "outcome", {"adjust": 5_000, "currency": "eur"})

    pull(shop)
    pull(shop)

    assert ledger.balance_of(SUSPENSE, "EUR") == -5_000


def test_what_no_pull_has_seen_is_found_although_an_act_of_ours_is_newer(shop: Shop) -> None:
    pull(shop)
    control(shop.provider, "outcome", {"adjust": 5_000, "currency": "eur"})
    control(shop.provider, "clock", {"advance": 2 * 3600})
    with clock.at(clock.now() + timedelta(hours=2)):
        shop.funded()

        pull(shop)

    assert ledger.balance_of(SUSPENSE, "EUR") == -5_000


def test_what_was_in_suspense_leaves_it_when_it_is_explained(shop: Shop) -> None:
    payment = shop.open()
    shop.pay(payment)
    (movement,) = gateway.list_movements(None)
    with transaction():
        services.store_movements([movement])
        services.book_unexplained(movement.id)
    assert ledger.balance_of(SUSPENSE, "EUR") == -movement.net_minor

    shop.client.get(f"/payments/{payment.id}/return")

    assert holds_of(payment)[0].state is HoldState.FUNDED
    assert ledger.balance_of(SUSPENSE, "EUR") == 0
    correction = db.session.scalar(select(JournalEntry).where(JournalEntry.kind == "J55"))
    assert correction is not None
    assert correction.reverses_id is not None
    shop.check()


def test_a_payment_that_a_restored_database_has_never_known_goes_to_suspense(shop: Shop) -> None:
    marks = {"metadata[payment]": str(new_id()), "payment_intent_data[metadata][payment]": str(new_id())}
    line = {"currency": "eur", "unit_amount": "9000", "product_data][name": "Screws"}
    body = {
        "mode": "payment", "success_url": "http://localhost/back", "cancel_url": "http://localhost/", "line_items[0][quantity]": "1", **marks,
        **{f"line_items[0][price_data][{name}]": value for name, value in line.items()},
    }  # fmt: skip
    made = requests.post(f"{shop.provider.url}/v1/checkout/sessions", auth=(shop.provider.secret_key, ""), data=body, timeout=30)
    control(shop.provider, "pay", {"session": made.json()["id"]})

    pull(shop)
    shop.hear()

    (movement,) = db.session.scalars(select(ProviderMovement)).all()
    assert (movement.is_unexplained, ledger.balance_of(SUSPENSE, "EUR")) == (True, -movement.net_minor)
    assert db.session.scalars(select(jobs.Job).where(jobs.Job.state == jobs.JobState.FAILED)).all() == []


def test_the_daily_close_shows_the_exact_difference_of_a_movement_that_we_do_not_know(shop: Shop) -> None:
    shop.funded()
    control(shop.provider, "outcome", {"adjust": 5_001, "currency": "eur"})

    found = close_day(shop)

    assert found.differences == {"EUR": 5_001}
    assert found.violations == 0


def test_a_difference_that_is_gone_at_the_next_look_was_a_payment_under_way(shop: Shop) -> None:
    shop.funded()
    control(shop.provider, "outcome", {"adjust": 5_001, "currency": "eur"})
    jobs.enqueue("payments.check_ledger")
    shop.work()
    assert queries.last_check() is None

    control(shop.provider, "outcome", {"adjust": -5_001, "currency": "eur"})
    with clock.at(clock.now() + LOOK_AGAIN_AFTER):
        shop.work()

    found = queries.last_check()
    assert found is not None
    assert found.differences == {"EUR": 0}


def test_a_movement_that_is_told_late_is_a_finding_only_when_it_stays_without_an_entry(shop: Shop) -> None:
    shop.funded()
    old = clock.now() - timedelta(hours=1)
    late = ProviderMovement(
        id="txn_late", type="adjustment", currency="EUR", amount_minor=500, fee_minor=0, net_minor=500, available_at=old, created_at=old,
        is_unexplained=False,
    )  # fmt: skip
    db.session.add(late)
    jobs.enqueue("payments.check_ledger")
    shop.work()
    assert queries.last_check() is None, "its entry is on the way"

    for looks in range(1, LOOKS):
        with clock.at(clock.now() + looks * LOOK_AGAIN_AFTER):
            shop.work()

    found = queries.last_check()
    assert found is not None
    assert (found.violations, found.differences) == (1, {"EUR": 0})
    db.session.delete(late)


def test_the_daily_close_of_a_day_in_order_finds_nothing(shop: Shop) -> None:
    shop.funded()

    found = close_day(shop)

    assert (found.violations, found.differences) == (0, {"EUR": 0})
