"""The verification queue: filters, who works on what, second readers, what a suspension would do."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Company, Person
from marketplace.accounts.permissions import Role
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db, transaction
from tests.accounts.mailbox import letters_to, text_of
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_operator
from tests.factories.orders import make_order
from tests.factories.vendors import make_vendor
from tests.vendors.test_desk import findings, with_paper
from vendors import queries, services
from vendors.models import LookUp, VendorState

RunJobs = Callable[[], int]
REASON = "Three orders were shipped without the goods, see claims 1 to 3; rule 4 of the agreement."


def verifier(app: Flask, name: str) -> tuple[FlaskClient, Company, Person]:
    client = app.test_client()
    company, person = make_operator((Role.PLATFORM_VERIFIER,), name=name)
    log_in(client, person, company)
    return client, company, person


def test_a_case_is_taken_given_back_and_handed_over(app: Flask) -> None:
    rosa, _, rosa_person = verifier(app, "Rosa Okafor")
    _, _, taro_person = verifier(app, "Taro Mori")
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)
    url = f"/desk/verification/{vendor.id}/assign"

    rosa.post(url, data={"to": str(rosa_person.id), "seen": ""})
    taken = queries.vendor_by_id(vendor.id).assigned_to
    rosa.post(url, data={"to": str(taro_person.id), "seen": str(rosa_person.id)})
    db.session.expire_all()
    handed = queries.vendor_by_id(vendor.id).assigned_to
    rosa.post(url, data={"to": "", "seen": str(taro_person.id)})
    db.session.expire_all()

    assert (taken, handed) == (rosa_person.id, taro_person.id)
    assert queries.vendor_by_id(vendor.id).assigned_to is None


def test_the_second_who_takes_a_case_is_told(app: Flask) -> None:
    rosa, _, rosa_person = verifier(app, "Rosa Okafor")
    taro, _, taro_person = verifier(app, "Taro Mori")
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)
    url = f"/desk/verification/{vendor.id}/assign"
    rosa.post(url, data={"to": str(rosa_person.id), "seen": ""})

    page = taro.post(url, data={"to": str(taro_person.id), "seen": ""}, follow_redirects=True).get_data(as_text=True)

    db.session.expire_all()
    assert "A colleague has taken this meanwhile." in page
    assert queries.vendor_by_id(vendor.id).assigned_to == rosa_person.id


@pytest.mark.parametrize("to", ["00000000-0000-0000-0000-000000000000", "nonsense"])
def test_a_case_goes_to_a_verifier_only(app: Flask, to: str) -> None:
    rosa, _, _ = verifier(app, "Rosa Okafor")
    _, support = make_operator((Role.PLATFORM_SUPPORT,))
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)

    for wanted in (to, str(support.id)):
        rosa.post(f"/desk/verification/{vendor.id}/assign", data={"to": wanted, "seen": ""})

    assert queries.vendor_by_id(vendor.id).assigned_to is None


def test_the_queue_is_filtered_by_words_country_and_who_has_it(app: Flask) -> None:
    rosa, _, rosa_person = verifier(app, "Rosa Okafor")
    mine = make_vendor(state=VendorState.UNDER_REVIEW, name="Mine AB", assigned_to=rosa_person.id)
    free = make_vendor(state=VendorState.UNDER_REVIEW, name="Free GmbH", country="DE")

    def shown(query: str) -> set[str]:
        page = rosa.get(f"/desk/verification?queue=open&{query}").get_data(as_text=True)
        return {vendor.name for vendor in (mine, free) if vendor.name in page}

    assert shown("") == {"Mine AB", "Free GmbH"}
    assert shown("whose=mine") == {"Mine AB"}
    assert shown("whose=nobody") == {"Free GmbH"}
    assert shown("country=DE") == {"Free GmbH"}
    assert shown("q=mine") == {"Mine AB"}
    assert "Free GmbH" in rosa.get("/desk/verification.csv?queue=open").get_data(as_text=True)


def test_the_queue_costs_the_same_for_many_cases(app: Flask) -> None:
    rosa, _, _ = verifier(app, "Rosa Okafor")
    rosa.get("/desk/verification")
    make_vendor(state=VendorState.UNDER_REVIEW)
    with count_queries() as few:
        rosa.get("/desk/verification")
    for _ in range(10):
        make_vendor(state=VendorState.UNDER_REVIEW)
    with count_queries() as many:
        rosa.get("/desk/verification")

    assert len(many) == len(few)
    assert len(many) <= 25


def test_who_asks_for_a_second_reader_does_not_approve(app: Flask) -> None:
    rosa, _, _ = verifier(app, "Rosa Okafor")
    taro, _, _ = verifier(app, "Taro Mori")
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)
    url = f"/desk/verification/{vendor.id}"

    rosa.post(f"{url}/second-reader")
    again = rosa.post(f"{url}/second-reader")
    listed = taro.get("/desk/second-readings").get_data(as_text=True)
    by_asker = rosa.post(url, data=findings(vendor))
    by_other = taro.post(url, data=findings(vendor))

    assert again.status_code == 409
    assert vendor.name in listed
    assert (by_asker.status_code, by_other.status_code) == (409, 303)
    db.session.expire_all()
    row = queries.vendor_by_id(vendor.id)
    assert (row.state, row.second_asked_by) == (VendorState.APPROVED, None)


def test_a_second_reader_who_was_asked_for_is_still_needed_when_more_was_sent(app: Flask) -> None:
    rosa, _, _ = verifier(app, "Rosa Okafor")
    vendor = with_paper(make_vendor(state=VendorState.UNDER_REVIEW))
    url = f"/desk/verification/{vendor.id}"
    rosa.post(f"{url}/second-reader")

    asked = rosa.post(url, data=findings(vendor, act="ask", reason="The list of owners."))
    with transaction():
        services.submit_application(vendor.id, actor=SYSTEM)
    by_asker = rosa.post(url, data=findings(vendor))
    refused = rosa.post(url, data=findings(vendor, act="refuse", reason="Somebody else's extract."))

    assert (asked.status_code, by_asker.status_code, refused.status_code) == (303, 409, 303)
    assert "This needs a second reader: another verifier decides." in by_asker.get_data(as_text=True)
    db.session.expire_all()
    assert queries.vendor_by_id(vendor.id).second_asked_by is None


def test_a_line_passes_with_every_point_of_its_checklist(app: Flask) -> None:
    rosa, _, _ = verifier(app, "Rosa Okafor")
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)

    response = rosa.post(f"/desk/verification/{vendor.id}", data=findings(vendor, owners_points=["named"]))

    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert '<a href="#owners_points">Owners: ' in page
    assert 'id="owners_points-error"' in page
    assert queries.vendor_by_id(vendor.id).state is VendorState.UNDER_REVIEW


def test_what_a_register_says_is_kept_beside_the_line(app: Flask) -> None:
    rosa, _, _ = verifier(app, "Rosa Okafor")
    vendor = make_vendor(state=VendorState.UNDER_REVIEW)
    said = {"registry_look_up": "differs", "registry_look_up_at": "Bolagsverket", "registry_look_up_note": "Another address."}

    rosa.post(f"/desk/verification/{vendor.id}", data=findings(vendor, act="save", registry=None, **said))

    db.session.expire_all()
    line = queries.requirements_of(vendor.id)["registry"]
    assert (line.look_up, line.look_up_at, line.look_up_note) == (LookUp.DIFFERS, "Bolagsverket", "Another address.")
    assert line.looked_up_at is not None
    assert "Another address." in rosa.get(f"/desk/verification/{vendor.id}").get_data(as_text=True)


def test_a_suspension_previews_orders_money_and_who_is_told_and_tells_them(app: Flask, run_jobs: RunJobs) -> None:
    rosa, _, _ = verifier(app, "Rosa Okafor")
    trade, order = make_order()
    vendor = trade.vendors[0]
    db.session.commit()

    preview = rosa.get(f"/desk/verification/{vendor.id}/suspend").get_data(as_text=True)
    rosa.post(f"/desk/verification/{vendor.id}/suspend", data={"reason": REASON})
    run_jobs()

    assert "1 live product leaves search" in preview
    assert "1 order is open" in preview
    assert f"{order.total_minor / 100:.2f}" in preview
    assert "1 company with open orders is told" in preview
    letters = [letter for letter in letters_to(app, trade.person.email) if "is suspended" in str(letter["Subject"])]
    assert len(letters) == 1
    assert "stays held" in text_of(letters[0])


@pytest.mark.parametrize("path", ["certificates", "second-readings", "appeals", "bank-details", "lists"])
def test_every_queue_stands_under_verification(app: Flask, path: str) -> None:
    rosa, _, _ = verifier(app, "Rosa Okafor")

    shown = rosa.get(f"/desk/{path}").get_data(as_text=True)

    assert '<a href="/desk/verification" aria-current="page"><span>Verification</span>' in shown
