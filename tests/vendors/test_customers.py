"""A vendor's customers and its own notes, which no buyer sees."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from marketplace.accounts.permissions import Role
from marketplace.core.db import db
from marketplace.orders.models import VendorOrderState
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.orders import Trade, company_of, make_order, make_trade
from tests.factories.vendors import make_vendor
from vendors import queries

NOTE = "Asks for 3.1 papers with every delivery."


def enter(client: FlaskClient, trade: Trade, *roles: Role) -> None:
    company = company_of(trade.vendors[0])
    log_in(client, make_member(company, roles or None), company)


def test_customers_are_the_companies_that_ordered_with_what_they_spent(client: FlaskClient) -> None:
    trade, order = make_order()
    make_order(trade=trade)
    stranger = make_company(name="Never Ordered AB")
    enter(client, trade)

    page = client.get("/portal/customers").get_data(as_text=True)
    csv = client.get("/portal/customers.csv").get_data(as_text=True)

    spend = (order.goods_minor + order.freight_minor) * 2
    assert trade.buyer.name in page
    assert f"{spend / 100:,.2f}" in page
    assert stranger.name not in page
    assert f"{trade.buyer.name},SE,2,2,{spend / 100:.2f},EUR" in csv


def test_declined_orders_are_no_spend(client: FlaskClient) -> None:
    trade, order = make_order()
    order.state = VendorOrderState.DECLINED
    db.session.commit()
    enter(client, trade)

    page = client.get(f"/portal/customers/{trade.buyer.id}").get_data(as_text=True)

    assert "EUR\u00a00.00" in page


def test_the_list_filters_and_says_what_to_do_when_nothing_fits(client: FlaskClient) -> None:
    trade, _ = make_order()
    enter(client, trade)

    assert trade.buyer.name in client.get("/portal/customers?standing=open").get_data(as_text=True)
    assert "No customer fits" in client.get("/portal/customers?standing=idle").get_data(as_text=True)
    assert "No customer fits" in client.get("/portal/customers?q=zzz").get_data(as_text=True)


def test_a_vendor_without_orders_sees_what_will_stand_here(client: FlaskClient) -> None:
    vendor = make_vendor()
    company = company_of(vendor)
    log_in(client, make_member(company), company)

    assert "No customer yet" in client.get("/portal/customers").get_data(as_text=True)


def test_a_note_is_kept_seen_by_the_vendor_and_removed(client: FlaskClient) -> None:
    trade, _ = make_order()
    enter(client, trade)
    url = f"/portal/customers/{trade.buyer.id}"

    empty = client.post(f"{url}/notes", data={"text": " "})
    for _ in range(2):
        client.post(f"{url}/notes", data={"text": NOTE, "_once": "one"})
    page = client.get(url).get_data(as_text=True)
    note = queries.notes_about(trade.buyer.id, vendor_id=trade.vendors[0].id)[0]
    removed = client.post(f"/portal/customers/notes/{note.id}/remove")

    assert empty.status_code == 422
    assert page.count(NOTE) == 1
    assert removed.status_code == 303
    assert NOTE not in client.get(url).get_data(as_text=True)


def test_a_company_that_never_ordered_is_no_customer(client: FlaskClient) -> None:
    trade, _ = make_order()
    other, _ = make_order()
    enter(client, trade)

    for company_id in (other.buyer.id, make_company().id, trade.vendors[0].id):
        assert client.get(f"/portal/customers/{company_id}").status_code == 404
        assert client.post(f"/portal/customers/{company_id}/notes", data={"text": NOTE}).status_code == 404


def test_another_vendors_note_is_not_found(client: FlaskClient) -> None:
    trade, _ = make_order()
    enter(client, trade)
    client.post(f"/portal/customers/{trade.buyer.id}/notes", data={"text": NOTE})
    note = queries.notes_about(trade.buyer.id, vendor_id=trade.vendors[0].id)[0]
    other = make_trade(buyer=trade.buyer)
    enter(client, other)

    assert client.post(f"/portal/customers/notes/{note.id}/remove").status_code == 404


@pytest.mark.parametrize("role", [Role.VENDOR_QUALITY, Role.VENDOR_FINANCE])
def test_who_only_looks_writes_no_notes(client: FlaskClient, role: Role) -> None:
    trade, _ = make_order()
    enter(client, trade, role)

    assert client.get(f"/portal/customers/{trade.buyer.id}").status_code == 200
    assert client.post(f"/portal/customers/{trade.buyer.id}/notes", data={"text": NOTE}).status_code == 403


def test_a_buyer_has_no_list_of_customers(client: FlaskClient) -> None:
    trade, _ = make_order()
    log_in(client, trade.person, trade.buyer)

    assert client.get("/portal/customers").status_code == 403
    assert client.get(f"/portal/customers/{trade.buyer.id}").status_code == 403


def test_row_security_closes_notes_to_everybody_else(app: Flask) -> None:
    forced = db.session.execute(text("SELECT relrowsecurity FROM pg_class WHERE relname = 'vendor_customer_notes'")).scalar_one()

    assert forced


def test_the_list_of_customers_costs_the_same_however_long_it_is(client: FlaskClient) -> None:
    trade, _ = make_order()
    enter(client, trade)
    client.get("/portal/customers")
    with count_queries() as few:
        client.get("/portal/customers")
    for _ in range(3):
        make_order(trade=Trade(*_with_buyer(trade)))
    with count_queries() as many:
        client.get("/portal/customers")

    assert len(many) == len(few)


def _with_buyer(trade: Trade) -> tuple[Any, ...]:
    company = make_company()
    return (company, make_member(company), trade.vendors, trade.sellers, trade.variants)
