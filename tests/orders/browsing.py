"""How tests walk the pages of the orders: as whom, and what they read of a page."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.core import policy
from marketplace.core.db import db
from marketplace.orders import queries
from marketplace.orders.models import VendorOrder
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_operator
from tests.factories.orders import (
    Trade,
    company_of,
)


def page(response: TestResponse, status: int = 200) -> str:
    text = response.get_data(as_text=True).replace("\u00a0", " ")
    assert response.status_code == status, text[:3000]
    return text


def hidden_fields(text: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)">', text))


def as_buyer(client: FlaskClient, trade: Trade) -> None:
    log_in(client, trade.person, trade.buyer)
    db.session.commit()


def as_vendor(client: FlaskClient, trade: Trade, number: int = 0) -> None:
    log_in(client, trade.sellers[number], company_of(trade.vendors[number]))
    db.session.commit()


def as_staff(client: FlaskClient) -> None:
    company, person = make_operator(["platform_finance"])
    log_in(client, person, company)
    db.session.commit()


def send_checkout(client: FlaskClient, **changes: Any) -> TestResponse:
    text = page(client.get("/checkout"))
    chosen = re.search(r'<option value="([^"]+)" selected>', text)
    assert chosen is not None
    form = hidden_fields(text) | {"location_id": chosen[1], "buyer_reference": "WO-88213", "note": "Call before noon."} | changes
    return client.post("/checkout", data=form)


def claim_form(order: VendorOrder, *, position: int = 1, **fields: str) -> dict[str, str]:
    """What the form of a claim sends for one line: all of it is damaged, unless `fields` say otherwise."""
    line = queries.lines_of_orders([order.id])[order.id][position - 1]
    values = {
        "line_id": str(line.id),
        "kind": "damaged",
        "quantity": str(line.quantity),
        "text": "Forty of them are bent.",
        "wish": "credit",
    }
    return {f"lines-0-{name}": value for name, value in (values | fields).items()}


def statements_of(client: FlaskClient, address: str) -> int:
    """How many statements a page takes, when what is kept for a second has just run out."""
    page(client.get(address))
    policy.forget()
    with count_queries() as statements:
        page(client.get(address))
    return len(statements)
