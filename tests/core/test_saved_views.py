"""A table as one person likes to see it: kept by name, seen by nobody else."""

from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.accounts.permissions import Role
from marketplace.core.db import db
from marketplace.core.saved_views import MOST, SavedView
from tests.factories.accounts import log_in, make_company, make_member


def save(client: FlaskClient, name: str, query: str = "state=waiting") -> int:
    return client.post("/saved-views", data={"table": "room.list", "name": name, "next": f"/orders?{query}"}).status_code


def names() -> list[tuple[str, str]]:
    return [(view.name, view.query) for view in db.session.scalars(select(SavedView).order_by(SavedView.name))]


def test_a_view_is_kept_and_a_known_name_is_kept_anew(client: FlaskClient) -> None:
    company = make_company()
    log_in(client, make_member(company, [Role.OWNER]), company)

    assert [save(client, "Late"), save(client, "  Late  ", "state=done")] == [303, 303]

    assert names() == [("Late", "state=done")]


def test_without_a_name_the_form_is_shown_with_its_error(client: FlaskClient) -> None:
    company = make_company()
    log_in(client, make_member(company, [Role.OWNER]), company)

    answer = client.post("/saved-views", data={"table": "room.list", "name": " ", "next": "/orders?state=done"})

    assert answer.status_code == 422
    assert 'value="/orders?state=done"' in answer.get_data(as_text=True)
    assert names() == []


def test_a_person_has_at_most_so_many_of_a_table(client: FlaskClient) -> None:
    company = make_company()
    log_in(client, make_member(company, [Role.OWNER]), company)

    for number in range(MOST + 1):
        assert save(client, f"View {number}") == 303

    assert len(names()) == MOST
    assert save(client, "View 0", "state=done") == 303
    assert ("View 0", "state=done") in names()


def test_a_colleague_cannot_remove_it(client: FlaskClient) -> None:
    company = make_company()
    log_in(client, make_member(company, [Role.OWNER]), company)
    save(client, "Late")
    view = db.session.scalars(select(SavedView)).one()
    colleague = client.application.test_client()
    log_in(colleague, make_member(company, [Role.OWNER]), company)

    assert colleague.post(f"/saved-views/{view.id}/remove").status_code == 404
    assert client.post(f"/saved-views/{view.id}/remove", data={"next": "https://elsewhere.example"}).headers["Location"] == "/"
    assert names() == []
