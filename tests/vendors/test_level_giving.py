"""Levels 2 to 4: who, how, when, until when; four eyes for level 3; withdrawn with the reason."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.exc import IntegrityError

from marketplace.accounts.models import Company, Person
from marketplace.accounts.permissions import Role
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.files import FileAccess
from tests.accounts.mailbox import letters_to, text_of
from tests.factories.accounts import actor_of, log_in, make_member, make_operator
from tests.factories.vendors import make_vendor
from vendors import queries, services
from vendors.errors import LevelNotEarned
from vendors.models import LevelProposal, ProposalState, Vendor
from vendors.services import LevelFacts

RunJobs = Callable[[], int]
REASON = "The auditor has withdrawn the report after a complaint of three buyers."


def verifier(app: Flask, name: str) -> tuple[FlaskClient, Company, Person]:
    client = app.test_client()
    company, person = make_operator((Role.PLATFORM_VERIFIER,), name=name)
    log_in(client, person, company)
    return client, company, person


def picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "PNG")
    out.seek(0)
    return out


def fields(level: int, **changes: Any) -> dict[str, Any]:
    today = clock.now().date()
    page = {
        "level": str(level),
        "auditor": "Hallbeck Audit",
        "checked_on": str(today - timedelta(days=10)),
        "valid_until": str(today + timedelta(days=300)),
        "points": "86" if level == 3 else "",
        "note": "Two lines, own laboratory.",
    }
    return page | changes


def level_of(vendor: Vendor) -> int:
    queries.forget(vendor.id)
    return queries.facts_of([vendor.id])[vendor.id].level


def test_level_two_is_given_by_one_verifier_and_says_who_how_and_until_when(app: Flask, run_jobs: RunJobs) -> None:
    desk, _, _ = verifier(app, "Rosa Okafor")
    vendor = make_vendor()
    owner = make_member(db.session.get_one(Company, vendor.id), [Role.VENDOR_OWNER])

    response = desk.post(f"/desk/verification/{vendor.id}/levels", data=fields(2))
    run_jobs()

    assert response.status_code == 303
    assert level_of(vendor) == 2
    page = app.test_client().get(f"/shops/{vendor.slug}").get_data(as_text=True)
    assert "Hallbeck Audit" in page
    assert "Documents looked up at their issuers" in page
    assert "Hallbeck Audit" in text_of(letters_to(app, owner.email)[0])


def test_level_three_counts_only_after_a_second_pair_of_eyes(app: Flask) -> None:
    first, _, _ = verifier(app, "Rosa Okafor")
    second, _, _ = verifier(app, "Taro Mori")
    vendor = make_vendor(level=2)

    first.post(f"/desk/verification/{vendor.id}/levels", data=fields(3, photos=(picture(), "hall.png")))
    proposal = queries.proposals_of(vendor.id)[0]
    url = f"/desk/verification/{vendor.id}/levels/{proposal.id}"
    after_first = level_of(vendor)
    by_the_same = first.post(url, data={"act": "confirm"})
    still = level_of(vendor)
    by_another = second.post(url, data={"act": "confirm"})

    assert (after_first, by_the_same.status_code, still) == (2, 409, 2)
    assert by_another.status_code == 303
    assert level_of(vendor) == 3
    check = queries.level_checks_of(vendor.id)[0]
    assert (check.points, check.checked_by) == (86, "Hallbeck Audit; Rosa Okafor, Taro Mori")
    stored = queries.files_by_id(check.photo_ids, company_id=vendor.id)
    assert [photo.access for photo in stored.values()] == [FileAccess.PUBLIC]
    assert second.post(url, data={"act": "confirm"}).status_code == 409


def test_the_database_itself_refuses_one_pair_of_eyes(app: Flask) -> None:
    _, company, person = verifier(app, "Rosa Okafor")
    vendor = make_vendor(level=2)
    today = clock.now().date()
    facts = LevelFacts(3, "Hallbeck Audit", "site_audit", today, today + timedelta(days=300), 80)
    with transaction():
        proposal = services.propose_level(vendor.id, facts, actor=actor_of(person, company))

    row = db.session.get_one(LevelProposal, proposal.id)
    row.state, row.decided_by = ProposalState.CONFIRMED, person.id

    with pytest.raises(IntegrityError, match="four_eyes"):
        db.session.flush()
    db.session.rollback()


def test_a_second_reader_refuses_with_a_reason_and_the_first_takes_back(app: Flask) -> None:
    first, _, _ = verifier(app, "Rosa Okafor")
    second, _, _ = verifier(app, "Taro Mori")
    vendor = make_vendor(level=2)
    first.post(f"/desk/verification/{vendor.id}/levels", data=fields(3))
    url = f"/desk/verification/{vendor.id}/levels/{queries.proposals_of(vendor.id)[0].id}"

    twice = first.post(f"/desk/verification/{vendor.id}/levels", data=fields(3))
    without = second.post(url, data={"act": "refuse", "reason": "No."})
    not_his = second.post(url, data={"act": "take_back"})
    refused = second.post(url, data={"act": "refuse", "reason": REASON})
    first.post(f"/desk/verification/{vendor.id}/levels", data=fields(3))
    newest = queries.proposals_of(vendor.id)[0]
    taken_back = first.post(f"/desk/verification/{vendor.id}/levels/{newest.id}", data={"act": "take_back"})

    assert (twice.status_code, without.status_code, not_his.status_code) == (409, 422, 404)
    assert (refused.status_code, taken_back.status_code) == (303, 303)
    db.session.expire_all()
    assert {p.state for p in queries.proposals_of(vendor.id)} == {ProposalState.REFUSED, ProposalState.RETURNED}
    assert level_of(vendor) == 2


@pytest.mark.parametrize(
    ("level", "changes", "status", "field"),
    [
        (3, {}, 409, "level"),
        (2, {"auditor": ""}, 422, "auditor"),
        (2, {"valid_until": "2020-01-01"}, 422, "valid_until"),
        (2, {"checked_on": "2099-01-01", "valid_until": "2099-06-01"}, 422, "checked_on"),
        (2, {"valid_until": "2099-01-01"}, 422, "valid_until"),
        (3, {"points": ""}, 422, "points"),
        (3, {"points": "101"}, 422, "points"),
        (3, {"photos": (io.BytesIO(b"%PDF-1.7\n%%EOF\n"), "x.pdf")}, 422, "photos"),
    ],
)
def test_a_wrong_level_is_refused_at_its_field(app: Flask, level: int, changes: dict[str, Any], status: int, field: str) -> None:
    desk, _, _ = verifier(app, "Rosa Okafor")
    vendor = make_vendor(level=1)

    response = desk.post(f"/desk/verification/{vendor.id}/levels", data=fields(level, **changes))

    assert response.status_code == status
    assert f'href="#{field}"' in response.get_data(as_text=True)
    assert level_of(vendor) == 1


def test_level_four_comes_from_orders_alone(app: Flask) -> None:
    desk, company, person = verifier(app, "Rosa Okafor")
    vendor = make_vendor(level=3)
    today = clock.now().date()
    facts = LevelFacts(4, "Millgate", "orders", today, today + timedelta(days=30))

    refused = desk.post(f"/desk/verification/{vendor.id}/levels", data=fields(4))
    with pytest.raises(LevelNotEarned), transaction():
        services.give_level(vendor.id, facts, accepted_orders=24, actor=actor_of(person, company))
    with transaction():
        services.give_level(vendor.id, facts, accepted_orders=25, actor=actor_of(person, company))

    assert refused.status_code == 409
    assert "Level 4 needs 25 accepted orders; so far: 0." in refused.get_data(as_text=True)
    assert level_of(vendor) == 4


def test_a_withdrawn_level_takes_those_above_with_it(app: Flask, run_jobs: RunJobs) -> None:
    desk, _, _ = verifier(app, "Rosa Okafor")
    vendor = make_vendor(level=3)
    owner = make_member(db.session.get_one(Company, vendor.id), [Role.VENDOR_OWNER])
    check = next(check for check in queries.level_checks_of(vendor.id) if check.level == 2)
    url = f"/desk/verification/{vendor.id}/levels/{check.id}/withdraw"

    assert desk.get(url).status_code == 200
    assert desk.post(url, data={"reason": "No."}).status_code == 422
    done = desk.post(url, data={"reason": REASON})
    run_jobs()

    assert done.status_code == 303
    assert level_of(vendor) == 1
    assert REASON in text_of(letters_to(app, owner.email)[0])


def test_whoever_withdraws_a_level_second_keeps_the_reason_and_reads_what_happened(app: Flask) -> None:
    desk, _, _ = verifier(app, "Rosa Okafor")
    vendor = make_vendor(level=3)
    check = next(check for check in queries.level_checks_of(vendor.id) if check.level == 2)
    url = f"/desk/verification/{vendor.id}/levels/{check.id}/withdraw"
    assert desk.post(url, data={"reason": REASON}).status_code == 303

    second = desk.post(url, data={"reason": "The second one has written this at length."})
    back = desk.get(url)

    page = second.get_data(as_text=True)
    assert second.status_code == 409
    assert "The second one has written this at length.</textarea>" in page
    assert "This level is withdrawn already." in page
    assert REASON in page
    assert back.headers["Location"] == f"/desk/verification/{vendor.id}"


def test_who_verified_a_vendor_and_when_is_public(app: Flask) -> None:
    vendor, unchecked = make_vendor(level=2), make_vendor(level=0)

    found = queries.verification_of(vendor.id)

    assert found is not None
    assert (found.level, found.checked_by, found.method) == (2, "Rosa Okafor", "documents")
    assert queries.verification_of(unchecked.id) is None
