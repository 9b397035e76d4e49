"""The desk: who may come in, what it shows, what it may do."""

import html
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.permissions import Role
from marketplace.core import audit, clock, jobs
from marketplace.core.audit import SYSTEM, Actor, AuditEvent
from marketplace.core.db import db, transaction
from marketplace.core.jobs import Job, JobState
from marketplace.orders import services
from marketplace.orders.models import VendorOrderState
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member, make_operator
from tests.factories.orders import make_order, report
from tests.factories.vendors import make_vendor
from tests.orders.lines import lines_of, make_wide_order
from vendors.models import VendorState

PAGES = ("/desk", "/desk/vendors", "/desk/orders", "/desk/audit", "/desk/audit.csv", "/desk/status")


def log_in_staff(client: FlaskClient, *roles: Role) -> None:
    company, person = make_operator(roles or (Role.PLATFORM_ADMIN,))
    log_in(client, person, company)


def failed_job() -> Job:
    """A job that was given up."""
    job_id = jobs.enqueue("reviews.withdraw_proof", vendor_order_id=uuid4())
    assert job_id is not None
    jobs.postpone(job_id, "LookupError: no such order", final=True)
    return db.session.get_one(Job, job_id)


def events(count: int, *, company_name: str = "Halden Rail Systems AB", act: str = "vendor_order.accepted") -> None:
    company = make_company(name=company_name)
    for number in range(count):
        audit.record(Actor(name=f"Person {number}"), act, "vendor_order", uuid4(), companies=(company.id,), after={"n": number})


@pytest.mark.parametrize("path", PAGES)
def test_a_buyer_and_a_factory_do_not_come_in(client: FlaskClient, path: str) -> None:
    buyer = make_company(is_vendor=True)
    log_in(client, make_member(buyer, [Role.OWNER, Role.VENDOR_OWNER]), buyer)

    assert client.get(path).status_code == 403


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("role", [Role.PLATFORM_SUPPORT, Role.PLATFORM_VERIFIER, Role.PLATFORM_FINANCE, Role.PLATFORM_ADMIN])
def test_every_staff_role_looks_around(client: FlaskClient, path: str, role: Role) -> None:
    log_in_staff(client, role)

    assert client.get(path).status_code == 200


def test_home_counts_what_waits(client: FlaskClient) -> None:
    make_vendor(state=VendorState.UNDER_REVIEW)
    failed_job()
    log_in_staff(client)

    page = client.get("/desk").get_data(as_text=True)

    assert "Vendors to verify" in page
    assert page.count('class="count"') >= 2


def test_vendors_are_narrowed_by_state_and_words(client: FlaskClient) -> None:
    make_vendor(name="Kuretani Textile Mills", state=VendorState.DATA_NEEDED, country="JP")
    make_vendor(name="Pallwerk Verpackung", country="DE")
    log_in_staff(client)

    by_state = client.get("/desk/vendors?state=data_needed").get_data(as_text=True)
    assert "Kuretani" in by_state
    assert "Pallwerk" not in by_state
    assert "Pallwerk" in client.get("/desk/vendors?words=pallw").get_data(as_text=True)
    assert "Pallwerk" in client.get("/desk/vendors?words=de").get_data(as_text=True)
    assert "No vendor fits" in client.get("/desk/vendors?words=%25%25nothing").get_data(as_text=True)


def test_vendors_are_walked_by_key(client: FlaskClient) -> None:
    for number in range(55):
        make_vendor(name=f"Vendor {number:02d}")
    log_in_staff(client)

    first = client.get("/desk/vendors").get_data(as_text=True)
    assert "Vendor 00" in first
    assert "Vendor 54" not in first
    cursor = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    assert "Vendor 54" in client.get(f"/desk/vendors{cursor}").get_data(as_text=True)


def test_the_list_of_vendors_asks_the_database_a_fixed_number_of_times(client: FlaskClient) -> None:
    log_in_staff(client)
    client.get("/desk/vendors")
    make_vendor()

    with count_queries() as one:
        client.get("/desk/vendors")
    for _ in range(20):
        make_vendor()
    with count_queries() as many:
        client.get("/desk/vendors")

    assert len(many) == len(one)


def test_history_is_narrowed_by_company_act_and_day(client: FlaskClient) -> None:
    events(1, company_name="Halden Rail Systems AB", act="vendor_order.accepted")
    events(1, company_name="Pallwerk Verpackung GmbH", act="product.edited")
    log_in_staff(client)

    assert "Product: changed" not in client.get("/desk/audit?company=halden").get_data(as_text=True)
    assert "Order: accepted" not in client.get("/desk/audit?act=product").get_data(as_text=True)
    today, long_ago = clock.now().date(), clock.now().date() - timedelta(days=40)
    assert "Product: changed" in client.get(f"/desk/audit?day_from={today}&day_to={today}").get_data(as_text=True)
    assert "No line fits" in client.get(f"/desk/audit?day_to={long_ago}").get_data(as_text=True)
    assert "No line fits" in client.get("/desk/audit?company=nobody").get_data(as_text=True)


def test_history_is_told_in_words_and_leads_to_what_it_is_about(client: FlaskClient) -> None:
    _, order = make_order()
    actor = Actor(name="Rosa Okafor")
    audit.record(actor, "vendor_order.claim_handed_over", "vendor_order", order.id, companies=(order.buyer_id,), after={"claim": "CLM-1"})
    audit.record(
        actor, "member.invited", "membership", uuid4(), companies=(order.buyer_id,), after={"email": "a@b.example", "roles": ["buyer"]}
    )
    log_in_staff(client)

    whole = html.unescape(client.get("/desk/audit").get_data(as_text=True))
    handed = client.get("/desk/audit?act=HANDED+over&about=orders").get_data(as_text=True)

    assert f'<a href="/desk/orders/{order.number}">Order: claim handed over to the platform · CLM-1</a>' in whole
    assert "Invited a@b.example: Buyer" in whole
    assert "claim handed over" in handed
    assert "Invited" not in handed
    assert "No line fits" in client.get("/desk/audit?act=handed&about=money").get_data(as_text=True)


def test_history_shows_no_code_and_no_id(client: FlaskClient) -> None:
    one, other = uuid4(), uuid4()
    audit.record(
        SYSTEM, "payout_account.changed", "payout_account", one, before={"state": "onboarding"},
        after={"state": "active", "reason": "requirements_past_due", "place_id": str(other), "companies": [str(other)]},
    )  # fmt: skip
    audit.record(SYSTEM, "setting.changed", "setting", one, before={"setting": "commission_bp"}, after={"setting": "commission_bp"})
    log_in_staff(client)

    page = html.unescape(client.get("/desk/audit").get_data(as_text=True))

    assert re.search(r"State: <del[^>]*>being opened</del> <ins[^>]*>active</ins>", page)
    assert "the provider still asks for data" in page
    assert "Platform settings: changed · Share of the goods that the platform keeps" in page
    assert "The platform's own clockwork" in page
    for code in ("payout_account.changed", "onboarding", "past_due", "commission_bp", str(other)):
        assert code not in page, code


def test_history_is_walked_by_key_and_exported_whole(client: FlaskClient) -> None:
    events(60, act="walk.tested")
    log_in_staff(client)

    first = client.get("/desk/audit?act=walk.tested").get_data(as_text=True)
    assert "Person 59" in first
    assert "Person 3<" not in first
    cursor = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert "Person 3<" in client.get(f"/desk/audit{cursor}").get_data(as_text=True)
    exported = client.get("/desk/audit.csv?act=walk.tested")
    assert exported.headers["Content-Disposition"].startswith("attachment")
    assert len(exported.get_data(as_text=True).splitlines()) == 61


@pytest.mark.parametrize("asked", ["after=abc", "day_from=yesterday", "company=%00%ED%A0%80", "act=" + "x" * 5000, "after=" + "9" * 40])
def test_nonsense_in_the_address_shows_the_page(client: FlaskClient, asked: str) -> None:
    log_in_staff(client)

    for path in ("/desk/audit", "/desk/vendors", "/desk/orders"):
        assert client.get(f"{path}?{asked}").status_code == 200


def test_status_says_why_a_job_was_given_up_and_queues_it_again(client: FlaskClient) -> None:
    job = failed_job()
    log_in_staff(client)
    page = client.get("/desk/status").get_data(as_text=True)
    assert "LookupError: no such order" in page
    assert ">Take the proof mark from the reviews of a refunded order<" in page  # for people; the name stands small below
    assert "<code>reviews.withdraw_proof</code>" in page

    assert client.post(f"/desk/status/jobs/{job.id}").status_code == 303

    db.session.refresh(job)
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)
    assert db.session.query(AuditEvent).filter(AuditEvent.act == "job.tried_again").count() == 1
    assert client.post(f"/desk/status/jobs/{job.id}").status_code == 404


def test_only_the_admin_queues_jobs_again(client: FlaskClient) -> None:
    job = failed_job()
    log_in_staff(client, Role.PLATFORM_SUPPORT)

    assert client.post(f"/desk/status/jobs/{job.id}").status_code == 403

    db.session.refresh(job)
    assert job.state is JobState.FAILED


def test_the_public_status_gives_no_reasons(client: FlaskClient) -> None:
    jobs.enqueue("reviews.withdraw_proof", run_at=clock.now() - timedelta(minutes=5), vendor_order_id=uuid4())

    page = client.get("/status")

    assert page.status_code == 200
    text = page.get_data(as_text=True)
    assert "Disturbed" in text
    assert "has been due for" not in text


def test_an_order_is_found_by_number_buyer_vendor_or_purchase(client: FlaskClient) -> None:
    trade, order = make_order(VendorOrderState.SHIPPED)
    other, _ = make_order(VendorOrderState.PLACED)
    log_in_staff(client)

    for words in (order.number, trade.buyer.name, order.vendor_name):
        page = client.get("/desk/orders", query_string={"words": words}).get_data(as_text=True)
        assert order.number in page, words
    by_state = client.get("/desk/orders?state=shipped").get_data(as_text=True)
    assert order.number in by_state
    assert other.buyer.name not in by_state


def test_orders_that_need_attention_are_found_sorted_and_taken_home(client: FlaskClient) -> None:
    trade, troubled = make_order(VendorOrderState.DELIVERED)
    report(trade, troubled)
    _, quiet = make_order(VendorOrderState.SHIPPED)
    log_in_staff(client)

    page = client.get("/desk/orders?needs=problem").get_data(as_text=True)
    rising = client.get("/desk/orders?sort=number").get_data(as_text=True)
    exported = client.get("/desk/orders.csv?state=shipped").get_data(as_text=True).splitlines()

    assert troubled.number in page
    assert quiet.number not in page
    assert rising.index(troubled.number) < rising.index(quiet.number)
    assert [line.split(",")[0].lstrip("\ufeff") for line in exported] == ["Order", quiet.number]
    assert "No order fits" in client.get("/desk/orders?needs=unpaid").get_data(as_text=True)


def test_vendors_are_sorted_and_taken_home(client: FlaskClient) -> None:
    make_vendor(name="Pallwerk Verpackung", country="DE")
    make_vendor(name="Kuretani Textile Mills", country="JP")
    log_in_staff(client)

    page = client.get("/desk/vendors?sort=-name").get_data(as_text=True)
    exported = client.get("/desk/vendors.csv?words=jp").get_data(as_text=True).splitlines()

    assert page.index("Pallwerk") < page.index("Kuretani")
    assert len(exported) == 2
    assert exported[1].startswith("Kuretani Textile Mills,Japan,Approved,")


def test_the_order_page_leads_to_both_companies_their_documents_and_the_ledger(client: FlaskClient) -> None:
    _, order = make_order(VendorOrderState.SHIPPED)
    log_in_staff(client, Role.PLATFORM_FINANCE)

    page = client.get(f"/desk/orders/{order.number}").get_data(as_text=True)

    for address in (
        f"/desk/companies/{order.buyer_id}",
        f"/desk/companies/{order.vendor_id}",
        f"/desk/orders/{order.number}/documents/purchase-order.pdf",
        f"/desk/ledger?reference={order.number}",
    ):
        assert address in page, address
        assert client.get(address).status_code == 200, address
    log_in_staff(client, Role.PLATFORM_SUPPORT)
    assert "/desk/ledger" not in client.get(f"/desk/orders/{order.number}").get_data(as_text=True)


def test_an_order_of_which_a_part_has_left_is_called_so_as_its_sides_read_it(client: FlaskClient) -> None:
    trade, order = make_wide_order()
    with transaction():
        services.ship_part(order.id, quantities={lines_of(order)[0].id: 10}, carrier="NSL", tracking=None, actor=trade.seller())
    log_in_staff(client)

    for address in (f"/desk/orders/{order.number}", "/desk/orders", f"/desk/companies/{order.buyer_id}"):
        assert "Partly shipped" in client.get(address).get_data(as_text=True), address


def test_the_order_page_shows_money_and_history_and_leads_to_its_end(client: FlaskClient) -> None:
    trade, order = make_order(VendorOrderState.DELIVERED)
    claim = report(trade, order)
    log_in_staff(client, Role.PLATFORM_FINANCE)

    page = client.get(f"/desk/orders/{order.number}").get_data(as_text=True)

    assert "Order: delivered" in page
    assert f"/desk/problems/{claim.number}" in page
    assert f"/desk/orders/{order.number}/cancel" in page
    assert client.get("/desk/orders/ORD-2026-999999").status_code == 404


def test_staff_without_the_permission_are_not_led_to_an_orders_end(client: FlaskClient) -> None:
    _, order = make_order(VendorOrderState.SHIPPED)
    log_in_staff(client, Role.PLATFORM_SUPPORT)

    page = client.get(f"/desk/orders/{order.number}")

    assert page.status_code == 200
    assert f"/desk/orders/{order.number}/cancel" not in page.get_data(as_text=True)


def test_the_list_of_orders_asks_the_database_a_fixed_number_of_times(client: FlaskClient) -> None:
    log_in_staff(client)
    make_order(VendorOrderState.PLACED)

    with count_queries() as one:
        client.get("/desk/orders")
    for _ in range(4):
        make_order(VendorOrderState.PLACED)
    with count_queries() as many:
        client.get("/desk/orders")

    assert len(many) == len(one)
