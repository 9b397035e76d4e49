"""Members: invitations, roles, the last owner."""

import re
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.accounts import queries, services
from marketplace.accounts.errors import LastOwner
from marketplace.accounts.models import Company, Invitation, Membership, Person
from marketplace.accounts.permissions import Role
from marketplace.core import clock
from marketplace.core.db import db, transaction
from tests.accounts.mailbox import letters_to, link_in
from tests.conftest import count_queries
from tests.factories.accounts import PASSWORD, actor_of, log_in, make_company, make_member, make_person, make_unit

RunJobs = Callable[[], int]


def membership_of(person: Person, company: Company) -> UUID:
    return db.session.execute(
        select(Membership.id).where(Membership.person_id == person.id, Membership.company_id == company.id, Membership.ended_at.is_(None))
    ).scalar_one()


def as_owner(client: FlaskClient) -> tuple[Company, Person]:
    company = make_company()
    owner = make_member(company)
    log_in(client, owner, company)
    return company, owner


def invite(client: FlaskClient, email: str, *roles: str) -> int:
    return client.post("/company/members/invite", data={"email": email, "roles": list(roles)}).status_code


def test_a_new_person_takes_the_seat_with_name_and_password(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    company, _owner = as_owner(client)
    assert invite(client, "new.colleague@halden.example", "buyer") == 303
    run_jobs()
    link = link_in(letters_to(app, "new.colleague@halden.example")[0], "/invitations/")
    guest = app.test_client()

    assert company.name in guest.get(link).get_data(as_text=True)
    short = guest.post(link, data={"name": "Ada Berg", "password": "short", "rules": "1"})
    done = guest.post(link, data={"name": "Ada Berg", "password": "a long new password", "rules": "1"})

    assert (short.status_code, done.status_code) == (422, 303)
    person = db.session.execute(select(Person).where(Person.email == "new.colleague@halden.example")).scalar_one()
    assert person.email_confirmed_at is not None, "the link came by mail"
    assert company.name in guest.get("/company").get_data(as_text=True)
    assert app.test_client().get(link).status_code == 404
    assert app.test_client().post(link, data={"name": "Eve", "password": "a long new password", "rules": "1"}).status_code == 404


def test_what_is_missing_at_an_invitation_is_told_in_the_order_of_the_page(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    as_owner(client)
    invite(client, "in.order@halden.example", "buyer")
    run_jobs()
    link = link_in(letters_to(app, "in.order@halden.example")[0], "/invitations/")

    page = app.test_client().post(link, data={}).get_data(as_text=True)

    assert re.findall(r'<a href="#(name|password|rules)">', page) == ["name", "password", "rules"]


def test_somebody_with_an_account_logs_in_and_takes_the_seat(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    company, _owner = as_owner(client)
    other = make_company()
    person = make_member(other)
    invite(client, person.email, "viewer")
    run_jobs()
    link = link_in(letters_to(app, person.email)[0], "/invitations/")
    guest = app.test_client()

    sent_to_log_in = guest.post(link)
    guest.post("/log-in", data={"email": person.email, "password": PASSWORD, "next": link})
    taken = guest.post(link)

    assert sent_to_log_in.headers["Location"].startswith("/log-in?next=/invitations/")
    assert taken.status_code == 303
    assert queries.roles_in(company.id, person.id) == {"viewer"}
    assert company.name in guest.get("/company").get_data(as_text=True)


def test_the_inviter_sees_the_same_whether_the_address_has_an_account(client: FlaskClient) -> None:
    as_owner(client)
    known = make_person()

    answers = set()
    for email in (known.email, "unknown@elsewhere.example"):
        response = client.post("/company/members/invite", data={"email": email, "roles": ["viewer"]})
        answers.add(
            (response.status_code, response.headers["Location"], client.get("/company/members").get_data(as_text=True).count(email))
        )

    assert len(answers) == 1


def test_another_person_cannot_take_the_seat(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    company, _owner = as_owner(client)
    invite(client, "right.one@halden.example", "buyer")
    run_jobs()
    link = link_in(letters_to(app, "right.one@halden.example")[0], "/invitations/")
    thief_company = make_company()
    thief = make_member(thief_company)
    other = app.test_client()
    log_in(other, thief, thief_company)

    other.post(link)

    assert queries.roles_in(company.id, thief.id) == frozenset()


def test_a_withdrawn_and_an_old_invitation_are_dead(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    company, _owner = as_owner(client)
    for email in ("withdrawn@halden.example", "old@halden.example"):
        invite(client, email, "viewer")
    run_jobs()
    links = {email: link_in(letters_to(app, email)[0], "/invitations/") for email in ("withdrawn@halden.example", "old@halden.example")}
    invitation = next(i for i in queries.open_invitations(company.id) if i.email == "withdrawn@halden.example")

    client.post(f"/company/invitations/{invitation.id}/withdraw")

    guest = app.test_client()
    assert guest.get(links["withdrawn@halden.example"]).status_code == 404
    with clock.at(clock.now() + timedelta(days=8)):
        assert guest.get(links["old@halden.example"]).status_code == 404


def test_inviting_again_replaces_the_link(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    company, _owner = as_owner(client)
    for _ in range(2):
        invite(client, "again@halden.example", "viewer")
        run_jobs()
    first, second = (link_in(letter, "/invitations/") for letter in letters_to(app, "again@halden.example"))

    assert len(queries.open_invitations(company.id)) == 1
    assert app.test_client().get(first).status_code == 404
    assert app.test_client().get(second).status_code == 200


def test_a_member_is_not_invited_again(client: FlaskClient) -> None:
    company, _owner = as_owner(client)
    member = make_member(company, [Role.VIEWER])

    assert invite(client, member.email, "buyer") == 409


@pytest.mark.parametrize("role", [Role.VIEWER, Role.BUYER, Role.APPROVER, Role.REQUESTER, Role.FINANCE])
def test_who_may_not_edit_members_cannot_invite(client: FlaskClient, role: Role) -> None:
    company = make_company()
    make_member(company)
    member = make_member(company, [role])
    log_in(client, member, company)

    assert invite(client, "somebody@halden.example", "viewer") == 403
    assert client.get("/company/members").status_code == 200
    assert "Invite somebody" not in client.get("/company/members").get_data(as_text=True)
    assert db.session.scalars(select(Invitation).where(Invitation.company_id == company.id)).all() == []


@pytest.mark.parametrize("role", ["owner", "vendor_sales", "platform_admin"])
def test_an_administrator_cannot_hand_out_more_than_is_theirs(client: FlaskClient, role: str) -> None:
    company = make_company()
    make_member(company)
    admin = make_member(company, [Role.ADMIN])
    log_in(client, admin, company)

    assert invite(client, "somebody@halden.example", role) == 403
    assert client.post(f"/company/members/{membership_of(admin, company)}", data={"roles": [role]}).status_code == 403


def test_an_administrator_cannot_touch_an_owner(client: FlaskClient) -> None:
    company = make_company()
    owner, second = make_member(company), make_member(company)
    admin = make_member(company, [Role.ADMIN])
    log_in(client, admin, company)
    theirs = membership_of(owner, company)

    assert client.post(f"/company/members/{theirs}", data={"roles": ["viewer"]}).status_code == 403
    assert client.post(f"/company/members/{theirs}/remove").status_code == 403
    assert queries.roles_in(company.id, owner.id) == queries.roles_in(company.id, second.id) == {"owner"}


def test_the_last_owner_can_neither_step_down_nor_leave(client: FlaskClient) -> None:
    company, owner = as_owner(client)
    make_member(company, [Role.ADMIN])
    mine = membership_of(owner, company)

    down = client.post(f"/company/members/{mine}", data={"roles": ["admin"]})
    left = client.post(f"/company/members/{mine}/remove")

    assert (down.status_code, left.status_code) == (409, 409)
    assert "This is the last owner." in down.get_data(as_text=True)
    assert "This is the last owner." in left.get_data(as_text=True)


def test_with_another_owner_one_may_leave(app: Flask, client: FlaskClient) -> None:
    company, owner = as_owner(client)
    make_member(company)

    response = client.post(f"/company/members/{membership_of(owner, company)}/remove")

    assert response.status_code == 303
    assert client.get("/company").status_code == 303


@pytest.mark.parametrize("side", [Role.OWNER, Role.VENDOR_OWNER])
def test_each_side_keeps_its_own_last_owner(client: FlaskClient, side: Role) -> None:
    company = make_company(is_vendor=True)
    both = make_member(company, [Role.OWNER, Role.VENDOR_OWNER])
    make_member(company, [Role.VENDOR_OWNER if side is Role.OWNER else Role.OWNER])

    with transaction(), pytest.raises(LastOwner):
        services.remove_member(membership_of(both, company), company_id=company.id, actor=actor_of(both, company))


def test_a_removed_member_is_out_at_the_next_request(app: Flask, client: FlaskClient) -> None:
    company, _owner = as_owner(client)
    member = make_member(company, [Role.BUYER])
    theirs = app.test_client()
    log_in(theirs, member, company)

    client.post(f"/company/members/{membership_of(member, company)}/remove")

    assert theirs.get("/company").status_code == 303


def test_a_strangers_member_is_not_found(client: FlaskClient) -> None:
    as_owner(client)
    strange = make_company()
    victim = make_member(strange)
    theirs = membership_of(victim, strange)
    invitation = Invitation(
        id=make_person().id, company_id=strange.id, email="a@b.example", roles=["viewer"], token_hash="x", invited_by=victim.id,
        created_at=clock.now(), expires_at=clock.now() + timedelta(days=1), accepted_at=None, withdrawn_at=None,
    )  # fmt: skip
    db.session.add(invitation)

    assert client.get(f"/company/members/{theirs}").status_code == 404
    assert client.post(f"/company/members/{theirs}", data={"roles": ["viewer"]}).status_code == 404
    assert client.get(f"/company/members/{theirs}/remove").status_code == 404
    assert client.post(f"/company/members/{theirs}/remove").status_code == 404
    assert client.post(f"/company/invitations/{invitation.id}/withdraw").status_code == 404
    assert queries.roles_in(strange.id, victim.id) == {"owner"}


def test_members_are_filtered_ordered_and_taken_home(client: FlaskClient) -> None:
    company, _owner = as_owner(client)
    unit = make_unit(company, name="Track fittings")
    ada = make_member(company, [Role.VIEWER], name="Ada Aberg", email="ada@track.example")
    make_member(company, [Role.BUYER], name="=Zoe")
    seat = db.session.get_one(Membership, membership_of(ada, company))
    seat.unit_id = unit.id

    def names(query: str) -> list[str]:
        page = client.get(f"/company/members?{query}").get_data(as_text=True)
        found = [(page.index(f'row">{name}'), name) for name in ("Ada Aberg", "=Zoe", "Marta Lindqvist") if f'row">{name}' in page]
        return [name for _, name in sorted(found)]

    assert names("") == ["=Zoe", "Ada Aberg", "Marta Lindqvist"]
    assert names("sort=-name") == ["Marta Lindqvist", "Ada Aberg", "=Zoe"]
    assert names("q=TRACK.example") == ["Ada Aberg"]
    assert names("role=buyer") == ["=Zoe"]
    assert names(f"unit={unit.id}") == ["Ada Aberg"]
    assert "No member fits" in client.get("/company/members?q=nobody").get_data(as_text=True)
    file = client.get("/company/members.csv?role=buyer")
    assert (file.mimetype, file.headers["Content-Disposition"]) == ("text/csv", "attachment; filename=members.csv")
    assert "'=Zoe" in file.get_data(as_text=True)
    assert "Ada" not in file.get_data(as_text=True)


def test_a_page_of_many_members_asks_the_database_as_often_as_one_of_few(client: FlaskClient) -> None:
    company, _owner = as_owner(client)
    client.get("/company/members")
    with count_queries() as few:
        client.get("/company/members")
    for _ in range(30):
        make_member(company, [Role.VIEWER])

    with count_queries() as many:
        page = client.get("/company/members").get_data(as_text=True)

    assert len(many) == len(few) <= 12
    assert page.count('scope="row"') == 25
    assert 'rel="next"' in page


def test_a_unit_or_address_of_another_company_cannot_be_a_members(client: FlaskClient) -> None:
    company, owner = as_owner(client)
    strange = make_company()
    foreign = {"unit_id": str(make_unit(strange).id), "location_id": str(queries.locations(strange.id)[0].id)}

    for name, value in foreign.items():
        refused = client.post(f"/company/members/{membership_of(owner, company)}/place", data={name: value})
        assert refused.status_code == 422
        assert "It is no longer there." in refused.get_data(as_text=True)

    seat = db.session.get_one(Membership, membership_of(owner, company))
    assert (seat.unit_id, seat.location_id) == (None, None)
    seat.unit_id = UUID(foreign["unit_id"])
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.flush()


def test_the_secrets_of_changed_roles_are_asked_for_before_the_form(client: FlaskClient) -> None:
    company, _owner = as_owner(client)
    member = make_member(company, [Role.VIEWER])
    url = f"/company/members/{membership_of(member, company)}"

    with clock.at(clock.now() + timedelta(minutes=11)):
        asked = client.get(url)
        client.post("/confirm-identity", data={"identity_password": PASSWORD, "next": url})
        changed = client.post(url, data={"roles": ["buyer"]})

    assert asked.headers["Location"] == f"/confirm-identity?next={url}"
    assert changed.status_code == 303
    assert queries.roles_in(company.id, member.id) == {"buyer"}


@pytest.mark.committed
def test_two_owners_who_remove_each_other_leave_one(app: Flask) -> None:
    with transaction():
        company = make_company()
        owners = [make_member(company), make_member(company)]
    seats = [membership_of(owner, company) for owner in owners]
    actors = [actor_of(owner, company) for owner in owners]
    company_id = company.id
    db.session.remove()
    start = Barrier(2)
    refused = []

    def remove(mine: int) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    services.remove_member(seats[1 - mine], company_id=company_id, actor=actors[mine])
            except Exception as error:  # noqa: BLE001 - which refusal it is, is asserted below
                refused.append(type(error).__name__)

    threads = [Thread(target=remove, args=(n,)) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refused in (["NotYoursToGive"], ["LastOwner"])
    assert len(queries.members_of(company_id)) == 1


def test_several_roles_stand_apart_in_the_readers_language(app: Flask, client: FlaskClient, run_jobs: RunJobs) -> None:
    as_owner(client)
    invite(client, "two.roles@halden.example", "buyer", "finance")
    run_jobs()
    link = link_in(letters_to(app, "two.roles@halden.example")[0], "/invitations/")

    page = app.test_client().get(f"{link}?lang=zh-Hans").get_data(as_text=True)

    assert "买家，财务" in page or "财务，买家" in page
