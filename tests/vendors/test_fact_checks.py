"""The desk's pages of changes of checked facts: the queue, one change side by side, the decisions, and how many statements they take."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.accounts.permissions import Role
from marketplace.admin import queries as admin
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.waiting import counted
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_operator
from tests.factories.orders import make_order
from tests.quality.contested import Desk, make_desk
from tests.vendors.changing import MOVED, WHY, Seller, make_seller, send
from vendors import queries
from vendors.models import ChangeState, FactChange, Vendor
from vendors.requirements import KINDS


@pytest.fixture
def people(app: Flask) -> Desk:
    return make_desk()


@pytest.fixture
def desk(client: FlaskClient, people: Desk) -> FlaskClient:
    log_in(client, people.first, people.company)
    return client


@pytest.fixture
def seller(app: Flask) -> Seller:
    return make_seller(name="Norrvik Fasteners AB")


def words(client: FlaskClient, path: str) -> str:
    return " ".join(client.get(path).get_data(as_text=True).split())


def sent(seller: Seller, **changes: Any) -> FactChange:
    change = send(seller, **changes)
    db.session.commit()
    return change


def points(*kinds: str) -> dict[str, list[str]]:
    return {f"{kind}_points": list(KINDS[kind].points) for kind in kinds}


def fresh(change: FactChange) -> FactChange:
    db.session.expire_all()
    return db.session.get_one(FactChange, change.id)


def test_the_queue_shows_filters_and_exports_what_waits(desk: FlaskClient, seller: Seller) -> None:
    sent(seller, name="Norrvik Industri AB")
    other = sent(make_seller(name="Kestane Vida A.Ş."), owners="Ayşe Kaya")

    page = words(desk, "/desk/changes")
    assert all(said in page for said in ("Norrvik Fasteners AB", "Legal name", "Kestane Vida A.Ş.", "Owners", "Nobody"))
    assert "Kestane" not in words(desk, "/desk/changes?q=norrvik")
    assert "No change fits what you asked for." in words(desk, "/desk/changes?queue=late")
    with clock.at(clock.now() + timedelta(days=20)):
        (changes,) = counted([queries.queue_of_fact_changes()])
    sheet = desk.get("/desk/changes.csv").get_data(as_text=True)
    assert changes.late == 2
    assert "Legal name: Norrvik Industri AB" in sheet
    assert desk.post(f"/desk/changes/{other.id}/assign", data={"to": "", "seen": ""}).status_code == 303
    assert "Changes" in words(desk, "/desk/verification")
    assert f"/desk/changes/{other.id}" in desk.get(f"/desk/verification/{other.vendor_id}").get_data(as_text=True)


def test_the_list_takes_the_same_statements_for_many(desk: FlaskClient) -> None:
    sent(make_seller(), name="First AB")
    desk.get("/desk/changes")
    with count_queries() as few:
        desk.get("/desk/changes")
    for number in range(6):
        sent(make_seller(), name=f"Other {number} AB", owners="Ingrid Norr")
    desk.get("/desk/changes")
    with count_queries() as many:
        page = desk.get("/desk/changes").get_data(as_text=True)
    assert page.count('href="/desk/changes/') >= 7
    assert len(many) == len(few)


def test_a_change_is_read_side_by_side_and_confirmed_once(desk: FlaskClient, seller: Seller) -> None:
    change = sent(seller, name="Norrvik Industri AB", address=MOVED)
    url = f"/desk/changes/{change.id}"
    page = words(desk, url)
    assert all(said in page for said in ("Norrvik Fasteners AB", "Norrvik Industri AB", "Hamngatan 1, 601 81, Norrköping, Sweden"))
    assert f"/files/{change.files['registry']}/paper.pdf" in page
    assert "No company has open orders: only the vendor is told." in page
    found = re.search(r'name="_once" value="([^"]+)"', page)
    assert found
    fields = {"revision": "1", "act": "confirm", "_once": found[1]} | points("registry", "address") | {"registry_look_up": "agrees"}

    assert [desk.post(url, data=fields).status_code for _ in range(2)] == [303, 303]

    assert fresh(change).state is ChangeState.CONFIRMED
    assert db.session.get_one(Vendor, seller.vendor.id).name == "Norrvik Industri AB"
    assert "Norrvik Industri AB" in words(desk, f"/shops/{seller.vendor.slug}")
    assert "In force" in words(desk, url)
    assert desk.post(url, data=fields | {"_once": "another"}).status_code in (409, 422)


def test_open_points_and_missing_reasons_are_said_at_their_fields(desk: FlaskClient, seller: Seller) -> None:
    change = sent(seller, name="Norrvik Industri AB")
    url = f"/desk/changes/{change.id}"
    open_points = desk.post(url, data={"revision": "1", "act": "confirm", "registry_points": ["name"]})
    assert open_points.status_code == 409
    assert 'id="registry_points-error"' in open_points.get_data(as_text=True)
    for act in ("ask", "refuse"):
        answer = desk.post(url, data={"revision": "1", "act": act, "reason": ""})
        assert answer.status_code == 422
        assert 'id="reason-error"' in answer.get_data(as_text=True)
    assert fresh(change).state is ChangeState.WAITING


def test_findings_are_saved_and_an_older_page_is_refused(desk: FlaskClient, seller: Seller) -> None:
    change = sent(seller, name="Norrvik Industri AB")
    url = f"/desk/changes/{change.id}"
    assert desk.post(url, data={"revision": "1", "act": "save", "registry_points": ["name"]}).status_code == 303
    assert re.search(r'value="name"[^>]* checked', words(desk, url))
    older = desk.post(url, data={"revision": "1", "act": "refuse", "reason": WHY})
    assert older.status_code == 409
    assert WHY in older.get_data(as_text=True)


@pytest.mark.parametrize(("act", "state"), [("ask", ChangeState.DATA_NEEDED), ("refuse", ChangeState.REFUSED)])
def test_asking_and_refusing_are_read_by_both_sides(desk: FlaskClient, app: Flask, seller: Seller, act: str, state: ChangeState) -> None:
    change = sent(seller, name="Norrvik Industri AB")
    url = f"/desk/changes/{change.id}"
    assert desk.post(url, data={"revision": "1", "act": act, "reason": WHY}).status_code == 303
    assert fresh(change).state is state
    assert WHY in words(desk, url)
    portal = app.test_client()
    log_in(portal, seller.owner, seller.company)
    assert WHY in words(portal, f"/portal/facts/changes/{change.id}")


def test_the_page_says_how_many_buyers_are_told(desk: FlaskClient) -> None:
    trade, _ = make_order()
    vendor = trade.vendors[0]
    seller = Seller(vendor, db.session.get_one(Company, vendor.id), trade.sellers[0])
    change = sent(seller, registry_number="556100-0001", holds_from=clock.now().date() + timedelta(days=3))
    page = words(desk, f"/desk/changes/{change.id}")
    assert "1 company with open orders is told." in page
    assert "by itself" in page


def test_only_verifiers_come_here(app: Flask, seller: Seller, people: Desk) -> None:
    change = sent(seller, name="Norrvik Industri AB")
    client = app.test_client()
    company, support = make_operator((Role.PLATFORM_SUPPORT,), name="Support")
    log_in(client, support, company)
    assert client.get("/desk/changes").status_code == 403
    assert client.get(f"/desk/changes/{change.id}").status_code == 403
    assert client.post(f"/desk/changes/{change.id}", data={"revision": "1", "act": "refuse", "reason": WHY}).status_code == 403


def test_the_desks_home_and_the_metrics_count_what_waits_and_what_is_late(desk: FlaskClient, seller: Seller) -> None:
    sent(seller, name="Norrvik Industri AB")
    now = admin.needs()
    with clock.at(clock.now() + timedelta(days=20)):
        later = admin.needs()
    assert [(needs.fact_changes, needs.late_fact_changes) for needs in (now, later)] == [(1, 0), (1, 1)]
    assert "Changes of vendors' names, addresses, owners or numbers to check" in html.unescape(words(desk, "/desk"))
    assert 'millgate_needs{of="fact_changes"} 1' in desk.get("/metrics").get_data(as_text=True)
