"""Builders of payments, and the ways in which tests play buyer and provider: `pay`, `deliver_events`, `run_payment_jobs`."""

from collections.abc import Sequence
from itertools import count
from typing import Any, Protocol
from uuid import UUID

import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.core import clock, jobs
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.core.ids import new_id
from marketplace.worker import run_job
from payments import calls, queries, services
from payments.models import Hold, Operation, Payment
from payments.operations import TRANSFER
from payments.services import NewHold
from tests.factories.accounts import make_company
from tests.factories.vendors import make_vendor
from vendors.models import Vendor

GOOD, DECLINED, SECURE, AT_ONCE = "4242424242424242", "4000000000000002", "4000002760003184", "4000000000000077"
_numbers = count(1)


class HasURL(Protocol):
    """A running simulator."""

    @property
    def url(self) -> str: ...


def control(simulator: HasURL, name: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Ask the simulator's control API; with a body it is a POST."""
    address = f"{simulator.url}/_sim/{name}"
    answer = requests.get(address, timeout=30) if body is None else requests.post(address, json=body, timeout=30)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def clear_faults(simulator: HasURL) -> None:
    """The provider works again."""
    assert requests.delete(f"{simulator.url}/_sim/fault", timeout=30).status_code == 200


def provider_get(simulator: HasURL, path: str, **params: Any) -> dict[str, Any]:
    """Read from the provider's interface as Stripe's own tools would, beside the application's client."""
    answer = requests.get(f"{simulator.url}{path}", params=params, headers={"Authorization": "Bearer sk_test_tests"}, timeout=30)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def provider_balance(simulator: HasURL) -> dict[str, int]:
    """Currency → the platform's whole balance at the provider, zero left out."""
    balance, totals = provider_get(simulator, "/v1/balance"), dict[str, int]()
    for part in ("available", "pending"):
        for line in balance[part]:
            totals[line["currency"].upper()] = totals.get(line["currency"].upper(), 0) + line["amount"]
    return {currency: total for currency, total in totals.items() if total}


def deliver_events(client: FlaskClient, simulator: HasURL) -> int:
    """Fetch the provider's waiting events, signed, and post them through the client; returns how many. Their jobs wait for `run_jobs`."""
    taken = control(simulator, "webhooks", {"take": True})["taken"]
    for event in taken:
        assert post_event(client, event).status_code == 200
    return len(taken)


def post_event(client: FlaskClient, event: dict[str, Any]) -> Any:
    """Post one signed event, as the provider does."""
    headers = {"Stripe-Signature": event["header"]}
    return client.post("/payments/stripe/events", data=event["payload"].encode(), content_type="application/json", headers=headers)


def run_payment_jobs(app: Flask) -> list[str]:
    """Do the due jobs of this room until none is left, also those that end in an error; returns their names. Others stay."""
    done: list[str] = []
    db.session.commit()
    while True:
        due = db.session.scalars(
            select(jobs.Job)
            .where(jobs.Job.state == jobs.JobState.QUEUED, jobs.Job.run_at <= clock.now(), jobs.Job.name.startswith("payments."))
            .order_by(jobs.Job.run_at, jobs.Job.id)
        ).all()
        found = [(job.id, job.name) for job in due]
        db.session.commit()
        if not found:
            db.session.expire_all()
            return done
        for job_id, name in found:
            run_job(app, job_id)
            done.append(name)
        db.session.expire_all()


def pay(client: FlaskClient, simulator: HasURL, payment: Payment, *, card: str = GOOD, authenticate: bool | None = None) -> dict[str, Any]:
    """Start the payment as the client's user, unless its page is open, and pay on the provider's page.

    Returns the outcome: `paid`, `declined`, `requires_action` or `expired`. Nothing is told to the application: deliver events, or
    let the buyer return.
    """
    db.session.refresh(payment)
    if payment.stripe_session_url is None:
        answer = client.post(f"/payments/{payment.id}/start")
        assert answer.status_code == 303, answer.get_data(as_text=True)
        db.session.refresh(payment)
    return pay_page(simulator, str(payment.stripe_session_id), card=card, authenticate=authenticate)


def pay_page(simulator: HasURL, session_id: str, *, card: str = GOOD, authenticate: bool | None = None) -> dict[str, Any]:
    """Pay on the provider's page of a session."""
    return control(simulator, "pay", {"session": session_id, "card": card, "authenticate": authenticate})


def make_payable_vendor(**fields: Any) -> Vendor:
    """A vendor whose account at the provider is active there."""
    vendor = make_vendor(**fields)
    db.session.commit()
    calls.open_operator_payout_accounts([vendor.id])
    return vendor


def new_hold(
    vendor: Vendor, *, goods_minor: int = 100_000, freight_minor: int = 2_000, tax_minor: int = 25_500, commission_minor: int = 4_000
) -> NewHold:
    """What one vendor order of a new payment holds; by default EUR 1,275.00 with a commission of EUR 40.00."""
    return NewHold(new_id(), f"ORD-2026-{next(_numbers):06d}", vendor.id, goods_minor, freight_minor, tax_minor, commission_minor)


def make_payment(*, buyer_id: UUID | None = None, holds: Sequence[NewHold] | None = None, currency: str = "EUR") -> Payment:
    """An open payment, by default of a new buyer for one order of a vendor that can be paid."""
    payment = services.open_payment(
        purchase_id=new_id(),
        purchase_number=f"PO-2026-{next(_numbers):06d}",
        buyer_id=buyer_id or make_company().id,
        currency=currency,
        holds=holds if holds is not None else [new_hold(make_payable_vendor(currency=currency))],
        actor=SYSTEM,
    )
    db.session.commit()
    return payment


def holds_of(payment: Payment) -> list[Hold]:
    """The holds of a payment as they stand in the database, by order number."""
    query = select(Hold).where(Hold.payment_id == payment.id).order_by(Hold.order_number).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def transfer_of(hold: Hold) -> Operation | None:
    """The call that transfers the last released part of a hold; None before it is written."""
    releases = queries.releases_of_hold(hold.id)
    return queries.find_operation(TRANSFER, releases[-1].id) if releases else None


def jobs_named(name: str) -> list[jobs.Job]:
    """The jobs of a name that were ever written."""
    return list(db.session.scalars(select(jobs.Job).where(jobs.Job.name == name).execution_options(populate_existing=True)))
