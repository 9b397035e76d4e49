"""Where a member works and where their goods go: said by themselves or by who edits members, of the company's own places only."""

from flask.testing import FlaskClient

from marketplace.accounts import queries
from marketplace.accounts.permissions import Role
from tests.accounts.test_members import as_owner, membership_of
from tests.factories.accounts import log_in, make_company, make_location, make_member, make_unit


def test_a_member_is_placed_in_a_unit_and_gets_an_address_of_their_own(client: FlaskClient) -> None:
    company, owner = as_owner(client)
    unit, depot = make_unit(company), make_location(company, name="Malmö depot", country="NO", is_default=False)
    mine = f"/company/members/{membership_of(owner, company)}/place"

    saved = client.post(mine, data={"unit_id": str(unit.id), "location_id": str(depot.id)})

    assert saved.status_code == 303
    assert "Malmö depot, NO" in client.get("/company").get_data(as_text=True)
    assert queries.location_of_member(company.id, owner.id) == depot
    client.post(f"/company/locations/{depot.id}/remove")
    gone = queries.location_of_member(company.id, owner.id)
    assert gone is not None
    assert gone.name == "Gothenburg plant", "without it, the company's default"


def test_a_unit_or_an_address_that_is_gone_is_said_beside_its_own_choice(client: FlaskClient) -> None:
    company, owner = as_owner(client)
    unit, depot = make_unit(company), make_location(company, name="Malmö depot", country="NO", is_default=False)
    elsewhere = make_company()
    foreign_unit, foreign_place = make_unit(elsewhere), make_location(elsewhere, name="Their depot", is_default=False)
    mine = f"/company/members/{membership_of(owner, company)}/place"

    for unit_id, location_id, named in [
        (unit.id, foreign_place.id, ["location_id"]),
        (foreign_unit.id, depot.id, ["unit_id"]),
        (foreign_unit.id, foreign_place.id, ["unit_id", "location_id"]),
    ]:
        answer = client.post(mine, data={"unit_id": str(unit_id), "location_id": str(location_id)})
        page = answer.get_data(as_text=True)

        assert answer.status_code == 422
        assert [name for name in ("unit_id", "location_id") if f'href="#{name}"' in page] == named
    assert queries.location_of_member(company.id, owner.id) != depot, "half a choice is not kept"


def test_a_viewer_places_themselves_and_nobody_else(client: FlaskClient) -> None:
    company = make_company()
    owner, viewer = make_member(company), make_member(company, [Role.VIEWER])
    unit = make_unit(company)
    log_in(client, viewer, company)

    mine = client.post(f"/company/members/{membership_of(viewer, company)}/place", data={"unit_id": str(unit.id)})
    theirs = client.post(f"/company/members/{membership_of(owner, company)}/place", data={"unit_id": str(unit.id)})

    assert (mine.status_code, theirs.status_code) == (303, 403)
