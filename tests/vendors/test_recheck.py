"""Level 1 runs out after twelve months: its next check is asked for a month ahead, and takes papers without an application."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.waiting import count
from tests.accounts.mailbox import letters_to
from tests.factories.accounts import make_member
from tests.factories.vendors import make_level_check, make_vendor
from tests.vendors.cases import RunJobs, desk, findings, state_of, url
from vendors import queries
from vendors.models import VendorState

__all__ = ["desk"]  # a fixture


def test_level_one_runs_out_after_its_last_day_and_comes_back_to_the_desk(desk: FlaskClient, run_jobs: RunJobs) -> None:
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)
    desk.post(url(vendor), data=findings(vendor))
    run_jobs()

    with clock.at(clock.now() + timedelta(days=368)):
        run_jobs()
        facts = queries.facts_fresh([vendor.id])[vendor.id]

    assert (facts.state, facts.level, facts.is_seen, facts.can_sell) == (VendorState.RECHECK_DUE, 0, True, False)
    assert count(queries.queue_of_cases()) == 1


def test_a_new_check_is_asked_for_a_month_before_and_the_shop_goes_on_selling(app: Flask, desk: FlaskClient, run_jobs: RunJobs) -> None:
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)
    owner = make_member(db.session.get_one(Company, vendor.id))
    desk.post(url(vendor), data=findings(vendor))
    run_jobs()
    begun = clock.now()

    def on_day(days: int) -> tuple[VendorState, bool, list[str]]:
        known = len(letters_to(app, owner.email))
        with clock.at(begun + timedelta(days=days)):
            run_jobs()
            facts = queries.facts_fresh([vendor.id])[vendor.id]
        return facts.state, facts.can_sell, [str(letter["Subject"]) for letter in letters_to(app, owner.email)[known:]]

    assert on_day(330) == (VendorState.APPROVED, True, [])
    assert on_day(340) == (VendorState.RECHECK_DUE, True, [f"A new check of {vendor.name} is due"])
    assert on_day(360) == (VendorState.RECHECK_DUE, True, [])
    assert on_day(368) == (VendorState.RECHECK_DUE, False, [f"The identity check of {vendor.name} has run out"])


def test_a_case_that_came_back_is_handed_to_the_vendor_and_its_shop_stays_seen(desk: FlaskClient) -> None:
    vendor = make_vendor(state=VendorState.RECHECK_DUE, answer_due_at=clock.now() + timedelta(days=1))
    page = desk.get(url(vendor)).get_data(as_text=True)

    asked = desk.post(url(vendor), data=findings(vendor, act="ask", reason="An extract of this year."))

    assert "Ask for more, stop the clock" in page
    assert 'value="refuse"' not in page
    assert asked.status_code == 303
    assert state_of(vendor) is VendorState.RECHECK_DUE
    row = queries.vendor_by_id(vendor.id)
    assert (row.state_reason, row.answer_due_at) == ("An extract of this year.", None)


def test_a_check_that_ran_out_during_a_suspension_is_asked_for_when_it_is_lifted(desk: FlaskClient) -> None:
    vendor = make_vendor(state=VendorState.SUSPENDED)
    for check in queries.level_checks_of(vendor.id):
        check.checked_on, check.valid_until = ((clock.now() - timedelta(days=days)).date() for days in (400, 35))

    page = desk.post(url(vendor, "/restore"), data={"reason": "The goods were sent after all."}, follow_redirects=True).get_data(
        as_text=True
    )

    assert state_of(vendor) is VendorState.RECHECK_DUE
    assert "A new check of its identity is due." in page


def test_a_newer_check_keeps_the_vendor_from_a_recheck(desk: FlaskClient, run_jobs: RunJobs) -> None:
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)
    desk.post(url(vendor), data=findings(vendor))
    make_level_check(vendor, 1, valid_days=800)

    with clock.at(clock.now() + timedelta(days=368)):
        run_jobs()

    assert state_of(vendor) is VendorState.APPROVED


def test_a_renewal_keeps_the_terms_of_the_shop(desk: FlaskClient) -> None:
    vendor = make_vendor(state=VendorState.RECHECK_DUE, exposure_cap_minor=None)

    response = desk.post(url(vendor), data=findings(vendor, exposure_cap="100"))

    assert response.status_code == 303
    assert queries.vendor_by_id(vendor.id).exposure_cap_minor is None
    assert state_of(vendor) is VendorState.APPROVED
