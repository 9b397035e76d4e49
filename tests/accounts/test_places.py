"""Delivery addresses with dock hours, and the tree of units."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.accounts import docks, queries
from marketplace.accounts.models import Company, Location, Membership, Person, Unit
from marketplace.accounts.permissions import Role
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member, make_unit

ADDRESS = {"name": "Malmö depot", "street": "Spårvägen 22", "postcode": "211 24", "city": "Malmö", "country": "SE"}
WEEK = {f"hours-0-{day}": "1" for day in ("mon", "tue", "wed", "thu")} | {"hours-0-starts": "7:00", "hours-0-ends": "15.30"}
FRIDAY = {"hours-1-fri": "1", "hours-1-starts": "07:00", "hours-1-ends": "12:00"}


def enter(client: FlaskClient, *roles: Role) -> tuple[Company, Person]:
    company = make_company()
    person = make_member(company, roles or None)
    log_in(client, person, company)
    return company, person


def newest(company: Company) -> Location:
    return next(location for location in queries.locations(company.id) if location.name == "Malmö depot")


def test_dock_hours_are_kept_by_weekday_and_read_as_people_write_them(client: FlaskClient) -> None:
    company, _ = enter(client)

    saved = client.post(
        "/company/locations/new",
        data={**ADDRESS, **WEEK, **FRIDAY, "dock": "Gate B", "contact_name": "A. Berg", "contact_phone": "+46 40 10 20"},
    )

    assert saved.status_code == 303
    location = newest(company)
    assert location.dock_hours == {day: ["07:00", "15:30"] for day in ("mon", "tue", "wed", "thu")} | {"fri": ["07:00", "12:00"]}
    page = client.get("/company/locations").get_data(as_text=True)
    assert "Mon–Thu 07:00–15:30, Fri 07:00–12:00" in page
    assert "A. Berg" in page
    form = client.get(f"/company/locations/{location.id}").get_data(as_text=True)
    assert re.search(r'name="hours-1-fri" value="1" checked', form)
    assert 'name="hours-0-ends" type="time" value="15:30"' in form
    assert 'name="hours-2-starts"' in form, "another row to fill in"


def test_an_address_in_the_united_states_names_its_state_and_others_need_not(client: FlaskClient) -> None:
    company, _ = enter(client)
    american = {**ADDRESS, "country": "US", "postcode": "53703", "city": "Madison"}

    for typed in ({}, {"region": "ZZ"}):
        refused = client.post("/company/locations/new", data=american | typed)
        assert refused.status_code == 422
        assert "Write the state" in refused.text
    assert client.post("/company/locations/new", data=american | {"region": "US-WI"}).status_code == 303

    assert newest(company).region == "WI"


def test_an_address_without_hours_says_so(client: FlaskClient) -> None:
    company, _ = enter(client)

    client.post("/company/locations/new", data=ADDRESS)

    assert newest(company).dock_hours == {}
    assert "Not stated" in client.get("/company/locations").get_data(as_text=True)


@pytest.mark.parametrize(
    ("typed", "field", "text"),
    [
        ({"hours-0-mon": "1", "hours-0-starts": "07:00"}, "hours-0-ends", "Fill this in."),
        ({"hours-0-mon": "1"}, "hours-0-starts", "Fill this in."),
        ({"hours-0-starts": "07:00", "hours-0-ends": "08:00"}, "hours-0-mon", "Tick the days"),
        ({"hours-0-mon": "\u3000", "hours-0-starts": "07:00", "hours-0-ends": "08:00"}, "hours-0-mon", "Tick the days"),
        ({"hours-0-mon": "1", "hours-0-starts": "15:00", "hours-0-ends": "07:00"}, "hours-0-ends", "later than the beginning"),
        ({"hours-0-mon": "1", "hours-0-starts": "07:00", "hours-0-ends": "07:00"}, "hours-0-ends", "later than the beginning"),
        ({"hours-0-mon": "1", "hours-0-starts": "25:00", "hours-0-ends": "26:00"}, "hours-0-starts", "Write a time"),
        ({"hours-0-mon": "yes", "hours-0-starts": "07:00", "hours-0-ends": "08:00"}, "hours-0-mon", "Choose one of the list."),
        ({"contact_phone": "040 10 20"}, "contact_phone", "country code"),
        ({**WEEK, "hours-1-mon": "1", "hours-1-starts": "16:00", "hours-1-ends": "18:00"}, None, "A day stands in two rows."),
    ],
)
def test_wrong_hours_are_said_at_their_field_and_nothing_typed_is_lost(
    client: FlaskClient, typed: dict[str, str], field: str | None, text: str
) -> None:
    company, _ = enter(client)

    response = client.post("/company/locations/new", data={**ADDRESS, "dock": "Gate <B>", **typed})

    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert text in page
    assert field is None or f'id="{field}-error"' in page
    assert 'value="Gate &lt;B&gt;"' in page
    assert len(queries.locations(company.id)) == 1


def test_changed_hours_stand_in_the_history(client: FlaskClient) -> None:
    company, _ = enter(client)
    location = queries.locations(company.id)[0]

    client.post(f"/company/locations/{location.id}", data={**ADDRESS, **WEEK})

    event = db.session.execute(select(AuditEvent).where(AuditEvent.act == "location.edited")).scalar_one()
    assert event.after["dock_hours"]["mon"] == ["07:00", "15:30"]
    assert "Mon–Thu 07:00–15:30" in client.get("/company/history").get_data(as_text=True)


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        ({}, ""),
        ({"sun": ["10:00", "11:00"]}, "Sun 10:00–11:00"),
        ({"mon": ["07:00", "15:00"], "tue": ["07:00", "15:00"]}, "Mon, Tue 07:00–15:00"),
        (
            {"mon": ["07:00", "15:00"], "wed": ["07:00", "15:00"], "thu": ["07:00", "15:00"], "fri": ["07:00", "15:00"]},
            "Mon, Wed–Fri 07:00–15:00",
        ),
        ({"tue": ["08:00", "09:00"], "mon": ["07:00", "15:00"]}, "Mon 07:00–15:00, Tue 08:00–09:00"),
    ],
)
def test_a_week_in_words(hours: dict[str, list[str]], text: str) -> None:
    assert docks.hours_text(hours) == text
    assert docks.written_hours(hours) == hours


def tree(company: Company) -> list[str]:
    return [" / ".join(unit.path) for unit in queries.units(company.id)]


def add(client: FlaskClient, name: str, parent: object = "", **fields: str) -> int:
    return client.post("/company/units/new", data={"name": name, "parent_id": str(parent), **fields}).status_code


def unit_named(company: Company, name: str) -> Unit:
    return db.session.execute(select(Unit).where(Unit.company_id == company.id, Unit.name == name, Unit.removed_at.is_(None))).scalar_one()


def test_units_stand_as_a_tree(client: FlaskClient) -> None:
    company, _ = enter(client)
    assert "No unit yet" in client.get("/company/units").get_data(as_text=True)

    add(client, "Vehicles", cost_centre="4420")
    add(client, "Track", cost_centre="4410")
    add(client, "Maintenance", unit_named(company, "Track").id)

    assert tree(company) == ["Track", "Track / Maintenance", "Vehicles"]
    page = client.get("/company/units").get_data(as_text=True)
    assert "4410" in page
    assert page.index("Maintenance") < page.index("Vehicles")


def test_a_double_click_adds_one_unit(client: FlaskClient) -> None:
    company, _ = enter(client)

    for _ in range(2):
        add(client, "Track", _once="one-click")

    assert tree(company) == ["Track"]


def test_two_units_beside_each_other_have_two_names(client: FlaskClient) -> None:
    company, _ = enter(client)
    add(client, "Track")

    same = client.post("/company/units/new", data={"name": "TRACK", "cost_centre": "4410"})
    below = add(client, "Track", unit_named(company, "Track").id)

    assert (same.status_code, below) == (409, 303)
    assert "There is a unit of this name in the same place." in same.get_data(as_text=True)
    assert 'value="4410"' in same.get_data(as_text=True)
    assert tree(company) == ["Track", "Track / Track"]


def test_the_database_refuses_a_second_name_and_a_parent_of_another_company(client: FlaskClient) -> None:
    company = make_company()
    unit, foreign = make_unit(company, name="Track"), make_unit(make_company(), name="Track")

    with pytest.raises(IntegrityError), db.session.begin_nested():
        make_unit(company, name="Track")
    unit.parent_id = foreign.id
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.flush()


def test_a_unit_never_stands_below_itself(client: FlaskClient) -> None:
    company, _ = enter(client)
    top = make_unit(company, name="Top")
    middle = make_unit(company, name="Middle", parent=top)
    low = make_unit(company, name="Low", parent=middle)

    page = client.get(f"/company/units/{middle.id}").get_data(as_text=True)
    answers = [client.post(f"/company/units/{middle.id}", data={"name": "Middle", "parent_id": str(parent.id)}) for parent in (middle, low)]

    assert f'value="{low.id}"' not in page, "what stands below is not offered"
    assert f'value="{top.id}"' in page
    assert [answer.status_code for answer in answers] == [409, 409]
    assert "A unit cannot stand below itself." in answers[0].get_data(as_text=True)
    assert tree(company) == ["Top", "Top / Middle", "Top / Middle / Low"]


def test_a_moved_unit_takes_what_stands_below_along_six_deep_at_most(client: FlaskClient) -> None:
    company, _ = enter(client)
    above: Unit | None = None
    for name in "ABCDE":
        above = make_unit(company, name=name, parent=above)
    moved = make_unit(company, name="X")
    make_unit(company, name="Y", parent=moved)
    fifth, fourth = unit_named(company, "E"), unit_named(company, "D")

    too_deep = client.post(f"/company/units/{moved.id}", data={"name": "X", "parent_id": str(fifth.id)})
    fits = client.post(f"/company/units/{moved.id}", data={"name": "X", "parent_id": str(fourth.id)})

    assert (too_deep.status_code, fits.status_code) == (409, 303)
    assert "Units can stand 6 deep." in too_deep.get_data(as_text=True)
    assert "A / B / C / D / X / Y" in tree(company)


def test_a_unit_is_removed_when_nothing_stands_below_and_its_members_move_up(client: FlaskClient) -> None:
    company, person = enter(client)
    top = make_unit(company, name="Top")
    low = make_unit(company, name="Low", parent=top)
    seat = db.session.execute(select(Membership).where(Membership.person_id == person.id)).scalar_one()
    seat.unit_id = low.id

    client.post(f"/company/units/{top.id}/remove")
    refused = client.get("/company/units").get_data(as_text=True)
    client.post(f"/company/units/{low.id}/remove")

    assert "Other units stand below it." in refused
    assert tree(company) == ["Top"]
    db.session.refresh(seat)
    assert seat.unit_id == top.id
    assert add(client, "Low", top.id) == 303, "the name is free again"


def test_a_unit_of_another_company_is_not_found(client: FlaskClient) -> None:
    company, _ = enter(client)
    theirs = make_unit(make_company(), name="Theirs")

    assert client.get(f"/company/units/{theirs.id}").status_code == 404
    assert client.post(f"/company/units/{theirs.id}", data={"name": "Mine"}).status_code == 404
    assert client.post(f"/company/units/{theirs.id}/remove").status_code == 404
    below = client.post("/company/units/new", data={"name": "Below", "parent_id": str(theirs.id)})
    assert below.status_code == 409
    assert "It is no longer there." in below.get_data(as_text=True)
    assert (tree(company), theirs.name, theirs.removed_at) == ([], "Theirs", None)


def test_who_may_not_change_the_company_reads_its_units(client: FlaskClient) -> None:
    company, _ = enter(client, Role.BUYER)
    unit = make_unit(company)

    page = client.get("/company/units")

    assert page.status_code == 200
    assert "Remove" not in page.get_data(as_text=True)
    assert add(client, "More") == 403
    assert client.post(f"/company/units/{unit.id}/remove").status_code == 403


def test_a_large_tree_asks_the_database_as_often_as_a_small_one(client: FlaskClient) -> None:
    company, _ = enter(client)
    make_unit(company, name="First")
    client.get("/company/units")
    with count_queries() as few:
        client.get("/company/units")
    for n in range(60):
        make_unit(company, name=f"Unit {n}")

    with count_queries() as many:
        client.get("/company/units")

    assert len(many) == len(few)
