"""Certificates: sent by the vendor, checked by the desk, shown while they hold, and the proof that orders keep."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.accounts.permissions import Role
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.files import FileAccess, StoredFile
from tests.accounts.mailbox import letters_to, text_of
from tests.factories.accounts import actor_of, log_in, make_member, make_operator
from tests.factories.orders import make_order
from tests.factories.vendors import make_certificate, make_vendor
from vendors import queries, services
from vendors.certificates import POINTS, Standing, standing
from vendors.errors import CertificateClosed
from vendors.models import Certificate, LookUp, Vendor

RunJobs = Callable[[], int]
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
REASON = "Suspended by its issuer on 12 May, as their register says."


def enter(client: FlaskClient, vendor: Vendor, *roles: Role) -> Company:
    company = db.session.get_one(Company, vendor.id)
    log_in(client, make_member(company, roles or None), company)
    return company


@pytest.fixture
def desk(app: Flask) -> FlaskClient:
    client = app.test_client()
    company, person = make_operator((Role.PLATFORM_VERIFIER,))
    log_in(client, person, company)
    return client


def paper(**changes: Any) -> dict[str, Any]:
    today = clock.now().date()
    fields = {
        "scheme": "ISO 9001",
        "number": "40-11873",
        "issuer": "Nordisk Attestregister",
        "scope_kind": "site",
        "scope": "Norrköping",
        "valid_from": str(today - timedelta(days=100)),
        "valid_until": str(today + timedelta(days=265)),
        "is_public": "1",
        "file": (io.BytesIO(PDF), "iso.pdf"),
    }
    return {key: value for key, value in (fields | changes).items() if value is not None}


def seen(**changes: Any) -> dict[str, Any]:
    return {"ticked": list(POINTS), "look_up": "agrees", "act": "check"} | changes


def only(vendor: Vendor) -> Certificate:
    db.session.expire_all()
    return queries.certificates_of(vendor.id)[0]


def schemes(vendor: Vendor) -> list[str]:
    queries.forget(vendor.id)
    return [scheme for scheme, _ in queries.facts_of([vendor.id])[vendor.id].certificates]


def test_a_certificate_is_sent_checked_and_then_shown(app: Flask, client: FlaskClient, desk: FlaskClient, run_jobs: RunJobs) -> None:
    vendor = make_vendor()
    company = enter(client, vendor)
    owner = make_member(company, [Role.VENDOR_OWNER])

    sent = client.post("/portal/certificates/new", data=paper())
    certificate = only(vendor)
    due_at = certificate.due_at
    before = app.test_client().get(f"/shops/{vendor.slug}").get_data(as_text=True)
    checked = desk.post(f"/desk/certificates/{certificate.id}", data=seen())
    run_jobs()

    assert (sent.status_code, checked.status_code) == (303, 303)
    assert due_at is not None
    assert "40-11873" not in before
    after = app.test_client().get(f"/shops/{vendor.slug}").get_data(as_text=True)
    assert "40-11873" in after
    proof = queries.facts_of([vendor.id])[vendor.id].proofs[0]
    assert (proof.scheme, proof.issuer, proof.scope, proof.file_id) == (
        "ISO 9001",
        "Nordisk Attestregister",
        "Norrköping",
        certificate.file_id,
    )
    assert app.test_client().get(f"/files/{certificate.file_id}").status_code == 200
    assert "was looked up" in text_of(letters_to(app, owner.email)[0])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scheme": "Best of all"}, "scheme"),
        ({"scheme": ""}, "scheme"),
        ({"scope": ""}, "scope"),
        ({"valid_until": "2019-01-01"}, "valid_until"),
        ({"number": ""}, "number"),
        ({"file": None}, "file"),
    ],
)
def test_a_wrong_field_is_said_and_the_rest_is_kept(client: FlaskClient, changes: dict[str, Any], field: str) -> None:
    vendor = make_vendor()
    enter(client, vendor)

    response = client.post("/portal/certificates/new", data=paper(**changes))

    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert f'href="#{field}"' in page
    assert "Nordisk Attestregister" in page
    assert queries.certificates_of(vendor.id) == []


def test_a_paper_of_another_kind_is_refused_at_its_field(client: FlaskClient) -> None:
    vendor = make_vendor()
    enter(client, vendor)

    response = client.post("/portal/certificates/new", data=paper(file=(io.BytesIO(b"MZ" + bytes(200)), "iso.pdf")))

    assert response.status_code == 422
    assert 'href="#file"' in response.get_data(as_text=True)
    assert queries.certificates_of(vendor.id) == []


def test_the_same_certificate_is_sent_once_and_its_renewal_again(client: FlaskClient) -> None:
    """Sent a second time it would stand twice in the verifier's queue and twice in the shop; one that was refused may come again."""
    vendor = make_vendor()
    enter(client, vendor)
    client.post("/portal/certificates/new", data=paper())

    twice = client.post("/portal/certificates/new", data=paper())
    renewed = client.post("/portal/certificates/new", data=paper(valid_until=str(clock.now().date() + timedelta(days=600))))
    db.session.expire_all()
    for certificate in queries.certificates_of(vendor.id):
        certificate.refused_at = clock.now()
    db.session.commit()
    again = client.post("/portal/certificates/new", data=paper())

    assert (twice.status_code, renewed.status_code, again.status_code) == (409, 303, 303)
    assert "You have sent this certificate already" in twice.get_data(as_text=True)
    assert len(queries.certificates_of(vendor.id)) == 3


def test_a_second_click_sends_one_certificate(client: FlaskClient) -> None:
    vendor = make_vendor()
    enter(client, vendor)

    for _ in range(2):
        assert client.post("/portal/certificates/new", data=paper(_once="same")).status_code == 303

    assert len(queries.certificates_of(vendor.id)) == 1


@pytest.mark.parametrize(
    "changes",
    [{"ticked": [point for point in POINTS if point != "scope"]}, {"look_up": "differs"}, {"look_up": "not_found"}, {"look_up": ""}],
)
def test_it_passes_only_with_every_point_and_the_issuers_word(desk: FlaskClient, changes: dict[str, Any]) -> None:
    vendor = make_vendor()
    certificate = make_certificate(vendor, is_checked=False)

    response = desk.post(f"/desk/certificates/{certificate.id}", data=seen(**changes))

    assert response.status_code == 409
    (missing,) = changes
    assert re.findall(r'id="(ticked|look_up)-error"', response.get_data(as_text=True)) == [missing]
    assert only(vendor).checked_at is None


def test_a_refusal_has_its_reason_and_the_vendor_corrects_and_sends_again(
    app: Flask, client: FlaskClient, desk: FlaskClient, run_jobs: RunJobs
) -> None:
    vendor = make_vendor()
    enter(client, vendor)
    client.post("/portal/certificates/new", data=paper())
    url = f"/desk/certificates/{only(vendor).id}"

    without = desk.post(url, data=seen(act="refuse"))
    desk.post(url, data=seen(act="refuse", look_up="differs", reason="The register says trading, the paper says making."))
    page = client.get("/portal/certificates").get_data(as_text=True)
    again = client.post(f"/portal/certificates/{only(vendor).id}", data=paper(number="40-11874", file=None))

    assert without.status_code == 409
    assert "The register says trading" in page
    assert again.status_code == 303
    certificate = only(vendor)
    assert (certificate.number, certificate.refused_at, certificate.ticked, certificate.look_up) == ("40-11874", None, [], None)


def test_what_was_checked_cannot_be_changed(client: FlaskClient) -> None:
    vendor = make_vendor()
    enter(client, vendor)
    certificate = make_certificate(vendor)

    response = client.post(f"/portal/certificates/{certificate.id}", data=paper(number="1"))

    assert response.status_code == 409
    assert only(vendor).number == "40-11873"


def test_a_second_decision_is_refused(desk: FlaskClient) -> None:
    certificate = make_certificate(make_vendor())

    assert desk.post(f"/desk/certificates/{certificate.id}", data=seen()).status_code == 409


def test_reminders_come_90_30_and_7_days_before_the_end(app: Flask, client: FlaskClient, desk: FlaskClient, run_jobs: RunJobs) -> None:
    vendor = make_vendor()
    company = enter(client, vendor)
    owner = make_member(company, [Role.VENDOR_OWNER])
    client.post("/portal/certificates/new", data=paper())
    desk.post(f"/desk/certificates/{only(vendor).id}", data=seen())
    run_jobs()
    ends = only(vendor).valid_until
    assert ends is not None

    counts = []
    for days in (91, 89, 31, 29, 8, 6):
        with clock.at(datetime.combine(ends + timedelta(days=1), datetime.min.time(), UTC) - timedelta(days=days)):
            run_jobs()
        counts.append(sum("ends on" in str(letter["Subject"]) for letter in letters_to(app, owner.email)))

    assert counts == [0, 1, 1, 2, 2, 3]


def test_a_renewed_certificate_is_not_reminded_of(app: Flask, client: FlaskClient, desk: FlaskClient, run_jobs: RunJobs) -> None:
    vendor = make_vendor()
    company = enter(client, vendor)
    owner = make_member(company, [Role.VENDOR_OWNER])
    client.post("/portal/certificates/new", data=paper())
    first = only(vendor)
    desk.post(f"/desk/certificates/{first.id}", data=seen())
    assert first.valid_until is not None
    later = make_certificate(vendor, valid_days=900, scope="Norrköping")
    assert later.valid_until is not None

    with clock.at(datetime.combine(first.valid_until, datetime.min.time(), UTC)):
        run_jobs()

    assert not any("ends on" in str(letter["Subject"]) for letter in letters_to(app, owner.email))


def test_on_the_day_after_its_last_one_the_claim_is_gone_and_the_file_closed(
    app: Flask, client: FlaskClient, desk: FlaskClient, run_jobs: RunJobs
) -> None:
    vendor = make_vendor()
    enter(client, vendor)
    client.post("/portal/certificates/new", data=paper())
    certificate = only(vendor)
    desk.post(f"/desk/certificates/{certificate.id}", data=seen())
    last = certificate.valid_until
    assert last is not None

    with clock.at(datetime.combine(last, datetime.min.time(), UTC) + timedelta(hours=23)):
        on_the_last_day = schemes(vendor)
    with clock.at(datetime.combine(last + timedelta(days=1), datetime.min.time(), UTC) + timedelta(minutes=1)):
        the_day_after = schemes(vendor)
        run_jobs()
        run_jobs()
        shop = app.test_client().get(f"/shops/{vendor.slug}").get_data(as_text=True)
        enter(client, vendor)  # eight months later the session has ended too
        portal = client.get("/portal/certificates").get_data(as_text=True)

    queries.forget(vendor.id)
    assert (on_the_last_day, the_day_after) == (["ISO 9001"], [])
    assert "40-11873" not in shop
    assert "Expired" in portal
    assert db.session.get_one(StoredFile, certificate.file_id).access is FileAccess.COMPANY


def test_a_withdrawn_claim_leaves_at_once_and_buyers_with_open_orders_are_told(app: Flask, desk: FlaskClient, run_jobs: RunJobs) -> None:
    trade, order = make_order()
    vendor = trade.vendors[0]
    early = clock.now() - timedelta(days=10)
    certificate = make_certificate(vendor, checked_at=early)
    db.session.commit()

    too_short = desk.post(f"/desk/certificates/{certificate.id}/withdraw", data={"reason": "Bad."})
    done = desk.post(f"/desk/certificates/{certificate.id}/withdraw", data={"reason": REASON})
    run_jobs()

    assert (too_short.status_code, done.status_code) == (422, 303)
    assert schemes(vendor) == []
    letters = [letter for letter in letters_to(app, trade.person.email) if "is shown no longer" in str(letter["Subject"])]
    assert len(letters) == 1
    assert order.vendor_name in text_of(letters[0])


def test_a_vendor_withdraws_its_own_and_not_anothers(client: FlaskClient) -> None:
    vendor, other = make_vendor(), make_vendor()
    enter(client, vendor)
    own, foreign = make_certificate(vendor), make_certificate(other)

    assert client.post(f"/portal/certificates/{own.id}/withdraw").status_code == 303
    assert client.post(f"/portal/certificates/{own.id}/withdraw").status_code == 409
    assert client.post(f"/portal/certificates/{foreign.id}/withdraw").status_code == 404
    assert client.get(f"/portal/certificates/{foreign.id}").status_code == 404
    assert standing(only(vendor), clock.now().date()) is Standing.WITHDRAWN


def test_a_certificate_without_end_never_expires_and_one_that_has_ended_cannot_be_checked(desk: FlaskClient) -> None:
    vendor = make_vendor()
    make_certificate(vendor, scheme="CE", valid_until=None)
    ended = make_certificate(vendor, is_checked=False, valid_days=-1)

    assert desk.post(f"/desk/certificates/{ended.id}", data=seen()).status_code == 409
    assert schemes(vendor) == ["CE"]


def test_the_queue_of_certificates_shows_what_waits_and_filters(desk: FlaskClient) -> None:
    vendor = make_vendor(name="Qqueue AB")
    make_certificate(vendor, scheme="FSC", is_checked=False)
    make_certificate(vendor, scheme="UKCA")

    waiting = desk.get("/desk/certificates").get_data(as_text=True)
    valid = desk.get("/desk/certificates?queue=valid").get_data(as_text=True)
    csv = desk.get("/desk/certificates.csv?queue=").get_data(as_text=True)

    assert "FSC" in waiting
    assert "UKCA" not in waiting
    assert "UKCA" in valid
    assert "FSC" in csv
    assert "UKCA" in csv


def test_the_operators_list_decides_what_can_be_chosen(app: Flask, client: FlaskClient) -> None:
    operator, admin = make_operator((Role.PLATFORM_ADMIN,))
    desk = app.test_client()
    log_in(desk, admin, operator)
    vendor = make_vendor()
    enter(client, vendor)

    added = desk.post("/desk/lists/scheme", data={"name_en": "NSF 61"})
    twice = desk.post("/desk/lists/scheme", data={"name_en": "nsf 61"})
    desk.post("/desk/lists/scheme/withdraw", data={"key": "ISO 9001"})
    sent = client.post("/portal/certificates/new", data=paper(scheme="NSF 61"))
    refused = client.post("/portal/certificates/new", data=paper())
    desk.post("/desk/lists/scheme/offer", data={"key": "ISO 9001"})
    again = client.post("/portal/certificates/new", data=paper())

    assert (added.status_code, twice.status_code) == (303, 409)
    assert (sent.status_code, refused.status_code, again.status_code) == (303, 422, 303)


def test_a_verifier_reads_the_lists_and_does_not_change_them(desk: FlaskClient) -> None:
    assert desk.get("/desk/lists").status_code == 200
    assert desk.post("/desk/lists/scheme", data={"name_en": "X 1"}).status_code == 403


def test_ending_twice_tells_once(app: Flask, run_jobs: RunJobs) -> None:
    vendor = make_vendor()
    owner = make_member(db.session.get_one(Company, vendor.id), [Role.VENDOR_OWNER])
    certificate = make_certificate(vendor, valid_days=-1)
    operator, verifier = make_operator((Role.PLATFORM_VERIFIER,))

    with transaction():
        services.end_certificate(certificate.id)
    run_jobs()

    assert len(letters_to(app, owner.email)) == 1
    with transaction(), pytest.raises(CertificateClosed):
        services.check_certificate(certificate.id, services.Examination(list(POINTS), LookUp.AGREES), actor=actor_of(verifier, operator))
