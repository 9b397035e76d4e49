"""What every test of the payments room has: an empty provider whose events wait, and a buyer who is logged in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Company, Person
from marketplace.core.db import db
from marketplace.supervisor.simulator import Simulator
from payments import ledger
from payments.models import Hold, Payment
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.payments import clear_faults, control, deliver_events, holds_of, make_payment, pay, run_payment_jobs


@pytest.fixture
def provider(simulator: Simulator) -> Iterator[Simulator]:
    """The simulator, emptied; its events wait until they are fetched. Afterwards nothing may have been asked that the text forbids."""
    control(simulator, "reset", {})
    control(simulator, "webhooks", {"hold": True})
    yield simulator
    clear_faults(simulator)
    assert control(simulator, "violations") == {"count": 0, "violations": []}


@dataclass
class Shop:
    """A buyer at the browser, the provider, and what tests do with them."""

    app: Flask
    client: FlaskClient
    provider: Simulator
    company: Company
    person: Person

    def open(self, **fields: Any) -> Payment:
        """A payment that this buyer owes."""
        return make_payment(buyer_id=self.company.id, **fields)

    def pay(self, payment: Payment, **how: Any) -> dict[str, Any]:
        """Pay on the provider's page; the application hears nothing yet."""
        return pay(self.client, self.provider, payment, **how)

    def hear(self) -> list[str]:
        """Deliver the provider's events and do the jobs of this room, until both are quiet; returns the names of the jobs."""
        done: list[str] = []
        while deliver_events(self.client, self.provider) or not done:
            ran = self.work()
            done += ran
            if not ran:
                break
        return done

    def work(self) -> list[str]:
        """Do the due jobs of this room."""
        return run_payment_jobs(self.app)

    def funded(self, **fields: Any) -> tuple[Payment, list[Hold]]:
        """A payment that is paid and booked, and its holds."""
        payment = self.open(**fields)
        assert self.pay(payment)["outcome"] == "paid"
        self.hear()
        db.session.refresh(payment)
        return payment, holds_of(payment)

    def check(self) -> None:
        """The books add up."""
        assert ledger.check_ledger() == []


@pytest.fixture
def shop(app: Flask, client: FlaskClient, provider: Simulator) -> Shop:
    """A buyer who is logged in, before an empty provider."""
    company = make_company(name="Halden Rail Systems AB")
    person = make_member(company)
    log_in(client, person, company)
    return Shop(app, client, provider, company, person)


@pytest.fixture
def hold(shop: Shop) -> Hold:
    """Held money of a vendor whose first bank details are known."""
    _, (found,) = shop.funded()
    return found
