"""The verification desk: approval needs all, reasons are carried, a suspension hides everything."""

import html
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts.models import Company
from marketplace.accounts.permissions import Role
from marketplace.core import audit, clock, files, jobs
from marketplace.core.db import db, transaction
from marketplace.orders.models import VendorOrderState
from tests.accounts.mailbox import letters_to, text_of
from tests.factories.accounts import actor_of, log_in, make_company, make_member, make_operator
from tests.factories.orders import make_order
from tests.factories.vendors import make_vendor
from tests.vendors.cases import GIVEN, RunJobs, desk, findings, state_of, url
from vendors import queries, services
from vendors.models import LevelCheck, RequirementState, Vendor, VendorState

__all__ = ["desk"]  # a fixture
REASON = "Three orders were shipped without the goods, see claims 1 to 3; rule 4 of the agreement."


def with_paper(vendor: Vendor) -> Vendor:
    """The vendor's register extract lies beside its line of the checklist."""
    content = b"%PDF-1.4 register extract"
    with transaction():
        stored = files.record(vendor.id, "extract.pdf", content)
        queries.requirements_of(vendor.id)["registry"].file_id = stored.id
    files.store(stored, content)
    return vendor


def test_a_paper_stands_beside_its_line_and_only_this_page_may_frame(desk: FlaskClient) -> None:
    vendor = with_paper(make_vendor(state=VendorState.UNDER_REVIEW))

    case, refused, queue = (
        desk.get(url(vendor)),
        desk.post(url(vendor), data=findings(vendor, act="refuse")),
        desk.get("/desk/verification"),
    )

    frame = re.search(r'<iframe class="paper" src="([^"#]+)#[^"]*" title="Registry entry, as it was sent"', case.get_data(as_text=True))
    assert frame
    assert desk.get(frame[1]).get_data() == b"%PDF-1.4 register extract"
    assert [page.status_code for page in (case, refused, queue)] == [200, 422, 200]
    assert ["frame-src" in page.headers["Content-Security-Policy"] for page in (case, refused, queue)] == [True, True, False]


def test_approval_gives_level_one_for_twelve_months_and_tells_the_vendor(app: Flask, desk: FlaskClient, run_jobs: RunJobs) -> None:
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)
    owner = make_member(db.session.get_one(Company, vendor.id))

    response = desk.post(url(vendor), data=findings(vendor))
    run_jobs()

    assert response.status_code == 303
    facts = queries.facts_of([vendor.id])[vendor.id]
    assert (facts.state, facts.level, facts.is_seen, facts.can_sell) == (VendorState.APPROVED, 1, True, True)
    assert facts.exposure_cap_minor == 500_000
    check = db.session.execute(select(LevelCheck).where(LevelCheck.vendor_id == vendor.id)).scalar_one()
    assert (check.checked_by, check.method) == ("Rosa Okafor", "identity")
    assert check.valid_until is not None
    assert (check.valid_until - check.checked_on).days in (365, 366)
    letter = letters_to(app, owner.email)[0]
    assert letter["Subject"] == f"{vendor.name} is approved"
    assert app.test_client().get(f"/shops/{vendor.slug}").status_code == 200


@pytest.mark.parametrize("kind", GIVEN)
def test_approval_is_refused_while_a_requirement_is_not_passed(desk: FlaskClient, kind: str) -> None:
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)

    response = desk.post(url(vendor), data=findings(vendor, **{kind: None}))

    assert response.status_code == 409
    assert "Approval needs every requirement passed." in response.get_data(as_text=True)
    assert state_of(vendor) is VendorState.UNDER_REVIEW


def test_approval_is_refused_while_the_payout_account_is_not_active(desk: FlaskClient) -> None:
    vendor = make_vendor(state=VendorState.UNDER_REVIEW, is_payout_active=False)

    response = desk.post(url(vendor), data=findings(vendor))

    assert response.status_code == 409
    assert "Payout account" in response.get_data(as_text=True)
    assert state_of(vendor) is VendorState.UNDER_REVIEW


def test_a_requirement_cannot_be_passed_by_a_smuggled_field(desk: FlaskClient) -> None:
    vendor = make_vendor(state=VendorState.UNDER_REVIEW, is_payout_active=False)

    desk.post(url(vendor), data=findings(vendor, payout_account="passed"))

    assert queries.requirements_of(vendor.id)["payout_account"].state is not RequirementState.PASSED


@pytest.mark.parametrize("cap", [None, "", "abc", "-5", "1e9", "12.345"])
def test_an_approval_names_a_cap_that_is_a_sum(desk: FlaskClient, cap: str | None) -> None:
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)

    response = desk.post(url(vendor), data=findings(vendor, exposure_cap=cap))

    assert response.status_code == 422
    assert 'id="exposure_cap-error"' in response.get_data(as_text=True)
    assert state_of(vendor) is VendorState.UNDER_REVIEW


def test_what_fails_carries_its_reason(desk: FlaskClient) -> None:
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)

    without = desk.post(url(vendor), data=findings(vendor, owners="failed", act="save"))
    with_reason = desk.post(url(vendor), data=findings(vendor, owners="failed", owners_reason="One owner is missing.", act="save"))

    assert without.status_code == 409
    assert 'id="owners_reason-error"' in without.get_data(as_text=True)
    assert with_reason.status_code == 303
    line = queries.requirements_of(vendor.id)["owners"]
    assert (line.state, line.reason) == (RequirementState.FAILED, "One owner is missing.")
    assert state_of(vendor) is VendorState.UNDER_REVIEW


def test_asking_for_more_stops_the_clock_and_tells_what_is_missing(app: Flask, desk: FlaskClient, run_jobs: RunJobs) -> None:
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)
    owner = make_member(db.session.get_one(Company, vendor.id))

    without = desk.post(url(vendor), data=findings(vendor, act="ask"))
    done = desk.post(
        url(vendor), data=findings(vendor, act="ask", registry="failed", registry_reason="It is of 2019.", reason="Send a newer extract.")
    )
    run_jobs()

    assert (without.status_code, done.status_code) == (422, 303)
    row = queries.vendor_by_id(vendor.id)
    assert (row.state, row.answer_due_at, row.state_reason) == (VendorState.DATA_NEEDED, None, "Send a newer extract.")
    text = text_of(letters_to(app, owner.email)[0])
    assert "Send a newer extract." in text
    assert "It is of 2019." in text


def test_a_refusal_carries_its_reason_to_the_vendor(app: Flask, desk: FlaskClient, run_jobs: RunJobs) -> None:
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)
    owner = make_member(db.session.get_one(Company, vendor.id))

    without = desk.post(url(vendor), data=findings(vendor, act="refuse"))
    desk.post(url(vendor), data=findings(vendor, act="refuse", reason="The company was dissolved in 2024."))
    run_jobs()

    assert without.status_code == 422
    assert state_of(vendor) is VendorState.REFUSED
    assert "The company was dissolved in 2024." in text_of(letters_to(app, owner.email)[0])


def test_a_decision_on_an_older_state_is_refused_and_keeps_what_was_typed(desk: FlaskClient) -> None:
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)
    seen = findings(vendor, act="ask", reason="My long reason.")
    _company, colleague = make_operator((Role.PLATFORM_VERIFIER,))
    with transaction():
        found = {"owners": services.Finding(is_passed=False, reason="Somebody is missing.")}
        services.save_findings(vendor.id, found, stamp=queries.case_stamp(vendor), actor=actor_of(colleague, _company))

    response = desk.post(url(vendor), data=seen)

    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert "Somebody has worked on this case meanwhile." in page
    assert "My long reason." in page
    assert state_of(vendor) is VendorState.UNDER_REVIEW


@pytest.mark.parametrize("state", [VendorState.DATA_NEEDED, VendorState.REFUSED, VendorState.SUSPENDED, VendorState.APPROVED])
def test_a_case_that_is_not_open_is_not_decided(desk: FlaskClient, state: VendorState) -> None:
    vendor = make_vendor(state=state)

    assert desk.post(url(vendor), data=findings(vendor)).status_code == 409
    assert state_of(vendor) is state


def test_a_suspension_names_its_effect_and_hides_everything(app: Flask, desk: FlaskClient, run_jobs: RunJobs) -> None:
    vendor = make_vendor()
    owner = make_member(db.session.get_one(Company, vendor.id))
    visitor = app.test_client()
    assert visitor.get(f"/shops/{vendor.slug}").status_code == 200

    preview = desk.get(url(vendor, "/suspend")).get_data(as_text=True)
    too_short = desk.post(url(vendor, "/suspend"), data={"reason": "Bad."})
    done = desk.post(url(vendor, "/suspend"), data={"reason": REASON})
    run_jobs()

    assert "0 live products leave search" in preview
    assert (too_short.status_code, done.status_code) == (422, 303)
    assert "Bad." in too_short.get_data(as_text=True)
    assert visitor.get(f"/shops/{vendor.slug}").status_code == 404
    assert vendor.name not in visitor.get("/shops").get_data(as_text=True)
    assert vendor.id not in queries.seen_ids() | queries.selling_ids()
    facts = queries.facts_of([vendor.id])[vendor.id]
    assert (facts.is_seen, facts.can_sell) == (False, False)
    assert REASON in text_of(letters_to(app, owner.email)[0])


def test_the_numbers_of_a_suspension_lead_to_exactly_the_rows_that_they_count(desk: FlaskClient) -> None:
    _, running = make_order()
    vendor = db.session.get_one(Vendor, running.vendor_id)
    make_order(state=VendorOrderState.PLACED)

    preview = html.unescape(desk.get(url(vendor, "/suspend")).get_data(as_text=True))

    assert "1 order is open and goes on" in preview
    rows = re.search(r'href="(/desk/orders\?[^"]*needs=open[^"]*)"', preview)
    assert rows
    listed = desk.get(rows[1]).get_data(as_text=True)
    assert re.findall(r'href="/desk/orders/(ORD-[^"/]+)"', listed) == [running.number]


def test_a_lifted_suspension_shows_the_shop_again(app: Flask, desk: FlaskClient) -> None:
    vendor = make_vendor(state=VendorState.SUSPENDED, state_reason=REASON)

    page = desk.get(url(vendor, "/restore")).get_data(as_text=True)
    desk.post(url(vendor, "/restore"), data={"reason": "The goods were sent after all; seen the papers."})

    assert REASON in page
    assert app.test_client().get(f"/shops/{vendor.slug}").status_code == 200
    assert state_of(vendor) is VendorState.APPROVED


@pytest.mark.parametrize("state", [VendorState.DATA_NEEDED, VendorState.UNDER_REVIEW, VendorState.REFUSED, VendorState.SUSPENDED])
def test_only_a_shop_that_is_seen_can_be_suspended(desk: FlaskClient, state: VendorState) -> None:
    vendor = make_vendor(state=state)

    assert desk.post(url(vendor, "/suspend"), data={"reason": REASON}).status_code == 409
    assert state_of(vendor) is state


@pytest.mark.parametrize(("first", "act"), [("suspend", "/suspend"), ("restore", "/restore")])
def test_whoever_comes_second_keeps_the_reason_and_reads_what_happened(desk: FlaskClient, first: str, act: str) -> None:
    state = VendorState.APPROVED if first == "suspend" else VendorState.SUSPENDED
    vendor = make_vendor(state=state, state_reason=None if first == "suspend" else REASON)
    assert desk.post(url(vendor, act), data={"reason": "The first one has seen it and says so."}).status_code == 303
    after = state_of(vendor)

    second = desk.post(url(vendor, act), data={"reason": "The second one has written a long statement."})

    page = second.get_data(as_text=True)
    assert second.status_code == 409
    assert "The second one has written a long statement.</textarea>" in page
    assert "Somebody was here before you, so nothing was done." in page
    assert "The first one has seen it and says so." in page
    assert state_of(vendor) is after


@pytest.mark.parametrize(("state", "act"), [(VendorState.SUSPENDED, "/suspend"), (VendorState.APPROVED, "/restore")])
def test_back_at_an_answered_question_shows_the_case(desk: FlaskClient, state: VendorState, act: str) -> None:
    vendor = make_vendor(state=state)

    back = desk.get(url(vendor, act))

    assert back.headers["Location"] == url(vendor)
    assert "Nothing is left to decide here." in desk.get(back.headers["Location"]).get_data(as_text=True)
    assert state_of(vendor) is state


@pytest.mark.parametrize("role", [Role.PLATFORM_SUPPORT, Role.PLATFORM_FINANCE])
def test_other_staff_neither_see_nor_decide_cases(client: FlaskClient, role: Role) -> None:
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)
    company, person = make_operator((role,))
    log_in(client, person, company)

    answers = [client.get("/desk/verification"), client.get(url(vendor)), client.post(url(vendor), data=findings(vendor))]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_a_vendor_cannot_reach_the_desk(client: FlaskClient) -> None:
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)
    company = db.session.get_one(Company, vendor.id)
    log_in(client, make_member(company), company)

    assert client.post(url(vendor), data=findings(vendor)).status_code == 403
    assert client.post(url(vendor, "/suspend"), data={"reason": REASON}).status_code == 403
    assert state_of(vendor) is VendorState.UNDER_REVIEW


def test_an_unknown_case_is_not_found(desk: FlaskClient) -> None:
    for vendor_id in (make_company().id, "nonsense"):
        assert desk.get(f"/desk/verification/{vendor_id}").status_code == 404
        assert desk.get(f"/desk/verification/{vendor_id}/suspend").status_code == 404


def test_the_queue_shows_the_soonest_deadline_first_and_what_is_late(desk: FlaskClient) -> None:
    now = clock.now()
    later = make_vendor(state=VendorState.UNDER_REVIEW, name="Later AB", answer_due_at=now + timedelta(hours=20))
    late = make_vendor(state=VendorState.UNDER_REVIEW, name="Late AB", answer_due_at=now - timedelta(hours=2))
    make_vendor(name="Approved AB")

    page = desk.get("/desk/verification").get_data(as_text=True)
    only_late = desk.get("/desk/verification?queue=late").get_data(as_text=True)
    approved = desk.get("/desk/verification?queue=approved").get_data(as_text=True)

    assert page.index(late.name) < page.index(later.name)
    assert "2 open, 1 late" in page
    assert "Approved AB" not in page
    assert later.name not in only_late
    assert "Approved AB" in approved


def test_the_case_shows_its_history(desk: FlaskClient) -> None:
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)
    desk.post(url(vendor), data=findings(vendor))

    page = desk.get(url(vendor)).get_data(as_text=True)

    assert "Approved, level 1 given" in page
    assert [event.act for event in audit.history_of(vendor.id, company_id=vendor.id)] == [
        "vendor.requirements_checked",
        "vendor.level_checked",
        "vendor.approved",
    ]


def test_the_history_tells_what_the_company_changed_in_words(desk: FlaskClient) -> None:
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)
    with transaction():
        after = {"number": "SE556677889901", "scheme": "se.vat"}
        audit.record(audit.Actor(company_id=vendor.id), "company.number_added", "company", vendor.id, companies=(vendor.id,), after=after)

    page = desk.get(url(vendor)).get_data(as_text=True)

    assert "Added the tax number SE556677889901" in page
    assert "number_added" not in page


def test_the_operators_import_admits_a_vendor_with_its_reason(client: FlaskClient) -> None:
    operator, person = make_operator()
    company = make_company(is_buyer=False, is_vendor=True)
    with transaction():
        services.admit_by_operator(company.id, kind="distributor", reason="operator import", actor=actor_of(person, operator))
        services.record_payout_state(company.id, True)
        services.admit_by_operator(company.id, kind="distributor", reason="operator import", actor=actor_of(person, operator))

    facts = queries.facts_of([company.id])[company.id]
    assert (facts.state, facts.level, facts.can_sell) == (VendorState.APPROVED, 1, True)
    admitted = [event for event in audit.history_of(company.id, company_id=None) if event.act == "vendor.admitted"]
    assert [event.after["reason"] for event in admitted] == ["operator import"]


def test_every_person_who_may_edit_the_shop_is_written_to(app: Flask, desk: FlaskClient, run_jobs: RunJobs) -> None:
    vendor = make_vendor()
    company = db.session.get_one(Company, vendor.id)
    told = [make_member(company), make_member(company, [Role.VENDOR_CATALOGUE])]
    not_told = [make_member(company, [Role.VENDOR_SALES]), make_member(company, [Role.VENDOR_OWNER], is_confirmed=False)]

    desk.post(url(vendor, "/suspend"), data={"reason": REASON})
    run_jobs()

    assert [len(letters_to(app, person.email)) for person in (*told, *not_told)] == [1, 1, 0, 0]
    assert db.session.scalars(select(jobs.Job).where(jobs.Job.name == "vendors.email_decision", jobs.Job.key.is_not(None))).all() == []
