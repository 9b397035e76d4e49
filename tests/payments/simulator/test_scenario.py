"""One purchase from the supplier's account to the refund, with the official SDK, each answer checked by the official text."""

from typing import Any

import stripe

from tests.payments.simulator.process import DAY, Process


def test_a_purchase_is_paid_transferred_and_partly_refunded(provider: Process) -> None:
    client, supplier = provider.stripe, provider.supplier()
    session = provider.session(108_000, group="PO-2026-1")

    paid = provider.pay(session.id, "4242 4242 4242 4242", email="buyer@shop.example", name="B. Buyer")
    session = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge.balance_transaction", "line_items"]}
    )
    intent = session.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert isinstance(charge.balance_transaction, stripe.BalanceTransaction)
    assert paid["redirect"] == f"https://shop.example/paid?session={session.id}"
    assert (session.status, session.payment_status, intent.status, intent.amount_received) == ("complete", "paid", "succeeded", 108_000)
    assert (intent.transfer_group, intent.metadata["purchase"]) == ("PO-2026-1", "PO-2026-1")
    assert (charge.balance_transaction.fee, charge.balance_transaction.net) == (1_645, 106_355)
    assert provider.balance() == (0, 106_355)

    transfer = client.v1.transfers.create(
        {"amount": 100_000, "currency": "eur", "destination": supplier, "transfer_group": "PO-2026-1", "source_transaction": charge.id}
    )
    assert provider.balance() == (0, 6_355)
    assert provider.balance(account=supplier) == (0, 100_000)

    provider.advance(3 * DAY)
    assert provider.balance() == (6_355, 0)
    assert provider.balance(account=supplier) == (100_000, 0)

    reversal = client.v1.transfers.reversals.create(transfer.id, {"amount": 5_000})
    refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 5_400, "reason": "requested_by_customer"})
    assert (reversal.amount, refund.status) == (5_000, "succeeded")
    assert client.v1.charges.retrieve(charge.id).amount_refunded == 5_400

    transactions = provider.transactions()
    assert [each.type for each in transactions] == ["refund", "transfer_refund", "transfer", "charge"]
    assert sum(provider.balance()) == sum(each.net for each in transactions) == 6_355 + 5_000 - 5_400
    assert sum(provider.balance(account=supplier)) == sum(each.net for each in provider.transactions(supplier)) == 95_000
    assert [event.type for event in provider.events()] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "transfer.created",
        "transfer.reversed",
        "refund.created",
        "charge.refunded",
    ]
    assert provider.violations() == []


def test_every_kind_of_answer_is_as_the_text_says(provider: Process) -> None:
    client, supplier = provider.stripe, provider.supplier()
    charge = provider.charge(card="4000000000000077")
    transfer = client.v1.transfers.create({"amount": 100, "currency": "eur", "destination": supplier})
    reversal = client.v1.transfers.reversals.create(transfer.id)
    refund = client.v1.refunds.create({"charge": charge.id, "amount": 100})
    endpoint = client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/x", "enabled_events": ["transfer.created"]})
    intent = client.v1.payment_intents.create({"amount": 500, "currency": "eur"})
    link: Any = {"refresh_url": "https://shop.example/again", "return_url": "https://shop.example/back"}

    client.v2.core.accounts.retrieve(supplier, {"include": ["configuration.recipient", "defaults", "identity", "requirements"]})
    client.v2.core.accounts.update(supplier, {"display_name": "Fastener Works GmbH", "metadata": {"a": "b"}})
    client.v2.core.accounts.list({"limit": 1})
    client.v2.core.account_links.create({"account": supplier, "use_case": {"type": "account_onboarding", "account_onboarding": link}})
    client.v1.accounts.retrieve(supplier)
    client.v1.accounts.retrieve_current()
    client.v1.balance_settings.update({"payments": {"payouts": {"schedule": {"interval": "manual"}}}})
    client.v1.balance_settings.retrieve()
    client.v1.balance_transactions.retrieve(provider.transactions()[0].id)
    client.v1.charges.list({"expand": ["data.refunds", "data.balance_transaction.source"]})
    client.v1.checkout.sessions.expire(provider.session().id)
    client.v1.checkout.sessions.list()
    client.v1.checkout.sessions.line_items.list(provider.session().id)
    client.v1.payment_intents.update(intent.id, {"metadata": {"a": "b"}})
    client.v1.payment_intents.list()
    client.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    client.v1.transfers.update(transfer.id, {"metadata": {"a": "b"}})
    client.v1.transfers.retrieve(transfer.id, {"expand": ["destination", "balance_transaction"]})
    client.v1.transfers.list({"expand": ["data.destination"]})
    client.v1.transfers.reversals.list(transfer.id)
    client.v1.transfers.reversals.retrieve(transfer.id, reversal.id)
    client.v1.refunds.update(refund.id, {"metadata": {"a": "b"}})
    client.v1.refunds.retrieve(refund.id, {"expand": ["charge", "balance_transaction"]})
    client.v1.refunds.list()
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    client.v1.webhook_endpoints.retrieve(endpoint.id)
    client.v1.webhook_endpoints.list()
    client.v1.webhook_endpoints.delete(endpoint.id)
    client.v1.events.retrieve(provider.events()[0].id)
    client.v2.core.accounts.close(supplier)

    assert provider.violations() == []
