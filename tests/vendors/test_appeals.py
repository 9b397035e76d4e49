"""Appeals of decisions as the vendor and the desk see them: from the notice to the answer, with what is refused on the way."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.permissions import Role
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.quality import queries, services
from marketplace.quality.models import AppealState, DecisionKind, VendorAppeal
from tests.accounts.mailbox import letters_to, text_of
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_member
from tests.quality.contested import ANSWER, REASON, SAID, Contest, Desk, make_contest, make_desk
from tests.walls.shops import PDF

RunJobs = Callable[[], int]
KINDS = list(DecisionKind)
every_kind = pytest.mark.parametrize("kind", KINDS, ids=[kind.value for kind in KINDS])


@pytest.fixture
def verifiers(app: Flask) -> Desk:
    return make_desk()


def enter(app: Flask, contest: Contest, *roles: Role) -> FlaskClient:
    client = app.test_client()
    log_in(client, make_member(contest.company, roles) if roles else contest.owner, contest.company)
    return client


def at_desk(app: Flask, verifiers: Desk, *, own: bool = False) -> FlaskClient:
    client = app.test_client()
    log_in(client, verifiers.first if own else verifiers.second, verifiers.company)
    return client


def words(client: FlaskClient, path: str) -> str:
    return client.get(path).get_data(as_text=True)


def form_url(contest: Contest) -> str:
    return f"/portal/appeals/new/{contest.decision_id}"


def filed(contest: Contest) -> VendorAppeal:
    appeal = services.file_appeal(contest.decision_id, said=SAID, file_ids=(), actor=contest.actor)
    db.session.commit()
    return appeal


def fresh(appeal_id: UUID) -> VendorAppeal:
    db.session.expire_all()
    return queries.appeal_by_id(appeal_id)


def pages_of(contest: Contest) -> list[str]:
    """Where the decision and the way to an appeal stand."""
    if contest.product is not None:
        return [f"/portal/products/{contest.product.id}/edit"]
    return ["/portal/application"] + (["/portal"] if contest.kind is DecisionKind.SUSPENDED else [])


@every_kind
def test_the_way_to_an_appeal_stands_beside_the_decision(app: Flask, verifiers: Desk, kind: DecisionKind) -> None:
    contest = make_contest(kind, verifiers)
    db.session.commit()
    owner, keeper = enter(app, contest), enter(app, contest, Role.VENDOR_CATALOGUE)
    url = form_url(contest)

    for path in pages_of(contest):
        page = words(owner, path)
        assert f'href="{url}"' in page
        assert "+46 10 123 45 00" in page
        assert "The owner or a manager of the shop can appeal until" in words(keeper, path)
    assert keeper.get(url).status_code == 403
    reason = "You already list the same product" if contest.product is not None else REASON
    assert reason in words(owner, url)
    assert "answers within 5 business days" in words(owner, url)


def test_an_appeal_comes_in_with_its_papers_and_is_told(app: Flask, verifiers: Desk, run_jobs: RunJobs) -> None:
    contest = make_contest(DecisionKind.SUSPENDED, verifiers)
    db.session.commit()
    owner, manager = enter(app, contest), make_member(contest.company, (Role.VENDOR_MANAGER,))
    run_jobs()
    before = len(letters_to(app, contest.owner.email))

    answer = owner.post(form_url(contest), data={"said": SAID, "papers": (BytesIO(PDF), "letter.pdf")})
    run_jobs()

    (appeal,) = queries.appeals_of(contest.vendor.id)
    assert (answer.status_code, answer.location) == (303, f"/portal/appeals/{appeal.id}")
    page = words(owner, answer.location)
    assert all(shown in page for shown in (SAID, "letter.pdf", "Waits for an answer"))
    assert owner.get(f"/files/{appeal.file_ids[0]}").status_code == 200
    letter = letters_to(app, contest.owner.email)[before]
    assert letter["Subject"] == "Your appeal has come in"
    assert f"/portal/appeals/{appeal.id}" in text_of(letter)
    assert letters_to(app, manager.email)[-1]["Subject"] == "Your appeal has come in"
    assert "Your appeal has come in: a person who did not take the decision answers it by" in words(owner, "/portal")
    assert owner.get(form_url(contest)).location == f"/portal/appeals/{appeal.id}"


def test_mails_speak_the_readers_language(app: Flask, verifiers: Desk, run_jobs: RunJobs) -> None:
    contest = make_contest(DecisionKind.PRODUCT_REFUSED, verifiers)
    contest.owner.locale = "zh_Hans"
    appeal = filed(contest)
    services.uphold_appeal(appeal.id, reason=ANSWER, actor=verifiers.other)
    db.session.commit()

    run_jobs()

    subjects = {str(letter["Subject"]) for letter in letters_to(app, contest.owner.email)}
    assert {"申诉已收到", "申诉已答复：维持决定"} <= subjects


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(app: Flask, verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.SUSPENDED, verifiers)
    db.session.commit()
    owner = enter(app, contest)

    short = owner.post(form_url(contest), data={"said": "Not so."})
    not_taken = owner.post(form_url(contest), data={"said": SAID, "papers": (BytesIO(b"words"), "letter.txt")})
    six = owner.post(form_url(contest), data={"said": SAID, "papers": [(BytesIO(PDF), f"{n}.pdf") for n in range(6)]})

    assert (short.status_code, not_taken.status_code, six.status_code) == (422, 422, 422)
    assert "20 characters or more" in short.get_data(as_text=True)
    assert "Not so." in short.get_data(as_text=True)
    for answer in (not_taken, six):
        assert SAID in answer.get_data(as_text=True)
    assert queries.appeals_of(contest.vendor.id) == []


def test_a_second_appeal_and_a_late_one_are_refused_on_the_page(app: Flask, verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.SUSPENDED, verifiers)
    with clock.at(clock.now() - timedelta(days=200)):
        late = make_contest(DecisionKind.SUSPENDED, verifiers)
    filed(contest)
    owner, slow = enter(app, contest), enter(app, late)

    twice = owner.post(form_url(contest), data={"said": "Something else that is wrong about it."})
    tardy = slow.post(form_url(late), data={"said": SAID})

    assert (twice.status_code, tardy.status_code) == (409, 409)
    assert "appealed against already" in twice.get_data(as_text=True)
    assert "Something else that is wrong about it." in twice.get_data(as_text=True)
    assert "The time to appeal against this decision is over." in tardy.get_data(as_text=True)
    assert "The time to appeal against this decision is over." in words(slow, form_url(late))
    assert len(queries.appeals_of(contest.vendor.id)) == 1
    assert queries.appeals_of(late.vendor.id) == []


def test_a_double_click_files_one_appeal(app: Flask, verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.SUSPENDED, verifiers)
    db.session.commit()
    owner = enter(app, contest)
    token = re.search(r'name="_once" value="([^"]+)"', words(owner, form_url(contest)))
    assert token is not None
    sent = {"said": SAID, "_once": token.group(1)}

    first, second = owner.post(form_url(contest), data=sent), owner.post(form_url(contest), data=sent)

    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert len(queries.appeals_of(contest.vendor.id)) == 1


def test_an_appeal_is_taken_back_while_nobody_has_answered(app: Flask, verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.SUSPENDED, verifiers)
    appeal = filed(contest)
    owner = enter(app, contest)

    answer = owner.post(f"/portal/appeals/{appeal.id}/withdraw")
    again = owner.post(f"/portal/appeals/{appeal.id}/withdraw")

    assert (answer.status_code, again.status_code) == (303, 409)
    assert fresh(appeal.id).state is AppealState.WITHDRAWN
    assert "You have withdrawn your appeal: the decision stands." in words(owner, "/portal")
    assert "Withdraw the appeal" not in words(owner, f"/portal/appeals/{appeal.id}")


def test_the_queue_is_filtered_sorted_and_exported(app: Flask, verifiers: Desk) -> None:
    contests = [make_contest(kind, verifiers) for kind in KINDS]
    appeals = [filed(contest) for contest in contests]
    with clock.at(clock.now() - timedelta(days=20)):
        late = make_contest(DecisionKind.SUSPENDED, verifiers)
        filed(late)
    services.uphold_appeal(appeals[0].id, reason=ANSWER, actor=verifiers.other)
    db.session.commit()
    desk = at_desk(app, verifiers)

    everything, waiting, overdue = (words(desk, f"/desk/appeals{q}") for q in ("?queue=", "", "?queue=late"))
    products = words(desk, "/desk/appeals?queue=&kind=product_refused")
    by_name = words(desk, f"/desk/appeals?queue=&q={late.vendor.name}&sort=-vendor")
    exported = words(desk, "/desk/appeals.csv?queue=").splitlines()

    names = [contest.vendor.name for contest in contests]
    assert [name in everything for name in [*names, late.vendor.name]] == [True] * 6
    assert [name in waiting for name in [*names, late.vendor.name]] == [False, True, True, True, True, True]
    assert [name in overdue for name in [*names, late.vendor.name]] == [False, False, False, False, False, True]
    assert [name in products for name in names] == [False, False, True, False, False]
    assert late.vendor.name in by_name
    assert len(exported) == 7
    home = words(desk, "/desk")
    assert "Appeals of vendors to answer" in home
    assert "1 past its answer" in home


def test_long_queues_come_in_pages(app: Flask, verifiers: Desk) -> None:
    for _ in range(27):
        filed(make_contest(DecisionKind.SUSPENDED, verifiers))
    desk = at_desk(app, verifiers)

    page = words(desk, "/desk/appeals")
    after = re.search(r'href="(\?[^"]*after=[^"]+)"', page)

    assert page.count("/desk/appeals/0") == 25
    assert after is not None
    assert words(desk, "/desk/appeals" + after.group(1).replace("&amp;", "&")).count("/desk/appeals/0") == 2


def test_the_queue_takes_the_same_statements_for_any_number_of_appeals(app: Flask, verifiers: Desk) -> None:
    desk, taken = at_desk(app, verifiers), []
    for _ in range(3):
        for kind in KINDS:
            filed(make_contest(kind, verifiers))
        db.session.commit()
        desk.get("/desk/appeals")
        with count_queries() as statements:
            assert desk.get("/desk/appeals").status_code == 200
        taken.append(len(statements))

    assert taken[0] == taken[1] == taken[2] <= 20


@every_kind
def test_the_desk_grants_an_appeal(app: Flask, verifiers: Desk, run_jobs: RunJobs, kind: DecisionKind) -> None:
    contest = make_contest(kind, verifiers)
    appeal = filed(contest)
    desk, owner, url = at_desk(app, verifiers), enter(app, contest), f"/desk/appeals/{appeal.id}"
    effects = {
        DecisionKind.SUSPENDED: "seen again at once",
        DecisionKind.APPLICATION_REFUSED: "goes back to the verification desk",
        DecisionKind.PRODUCT_REFUSED: "goes back to the product checks",
        DecisionKind.PRODUCT_TAKEN_DOWN: "It is on sale again at once, while its shop is seen.",
        DecisionKind.CHANGE_REFUSED: "becomes the version that buyers see, at once",
    }
    case = words(desk, url)
    assert all(shown in case for shown in (SAID, effects[kind], contest.vendor.name, verifiers.first.name))

    answer = desk.post(url, data={"act": "grant", "reason": ANSWER})
    run_jobs()

    assert answer.status_code == 303
    assert fresh(appeal.id).state is AppealState.GRANTED
    letter = letters_to(app, contest.owner.email)[-1]
    assert ANSWER in text_of(letter)
    assert ANSWER in words(owner, f"/portal/appeals/{appeal.id}")
    assert ANSWER in words(owner, "/portal")


def test_the_desk_says_that_another_person_answers(app: Flask, verifiers: Desk) -> None:
    appeal = filed(make_contest(DecisionKind.SUSPENDED, verifiers))
    own, url = at_desk(app, verifiers, own=True), f"/desk/appeals/{appeal.id}"

    case = words(own, url)
    answer = own.post(url, data={"act": "uphold", "reason": ANSWER})
    taken = own.post(f"{url}/assign", data={"to": str(verifiers.first.id), "seen": ""}, follow_redirects=True)

    assert "You took this decision: another verifier answers the appeal." in case
    assert "There is no other verifier" not in case
    assert answer.status_code == 409
    assert "another verifier answers the appeal" in taken.get_data(as_text=True)
    assert (fresh(appeal.id).state, fresh(appeal.id).assigned_to) == (AppealState.OPEN, None)


def test_the_desk_says_when_there_is_nobody_else(app: Flask, verifiers: Desk) -> None:
    appeal = filed(make_contest(DecisionKind.SUSPENDED, verifiers))
    verifiers.second.disabled_at = clock.now()
    db.session.commit()

    assert "There is no other verifier" in words(at_desk(app, verifiers, own=True), f"/desk/appeals/{appeal.id}")


def test_whoever_comes_second_keeps_what_was_written(app: Flask, verifiers: Desk) -> None:
    contest = make_contest(DecisionKind.SUSPENDED, verifiers)
    appeal = filed(contest)
    desk, url = at_desk(app, verifiers), f"/desk/appeals/{appeal.id}"
    without = desk.post(url, data={"act": "uphold", "reason": "short"})
    services.grant_appeal(appeal.id, reason="Decided by a colleague just before.", actor=verifiers.other)
    db.session.commit()

    answer = desk.post(url, data={"act": "uphold", "reason": ANSWER})

    assert without.status_code == 422
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "what you wrote is kept" in page
    assert ANSWER in page
    assert 'value="uphold"' not in page
    assert fresh(appeal.id).answer == "Decided by a colleague just before."


def test_an_appeal_is_taken_and_given_back(app: Flask, verifiers: Desk) -> None:
    appeal = filed(make_contest(DecisionKind.SUSPENDED, verifiers))
    desk, url = at_desk(app, verifiers), f"/desk/appeals/{appeal.id}/assign"

    desk.post(url, data={"to": str(verifiers.second.id), "seen": ""})
    taken = fresh(appeal.id).assigned_to
    mine, nobodys = (words(desk, f"/desk/appeals?queue=open&whose={whose}") for whose in ("mine", "nobody"))
    desk.post(url, data={"to": "", "seen": str(verifiers.second.id)})

    assert (taken, fresh(appeal.id).assigned_to) == (verifiers.second.id, None)
    assert (f"/desk/appeals/{appeal.id}" in mine, f"/desk/appeals/{appeal.id}" in nobodys) == (True, False)


def test_everybody_reads_the_counts_without_names(app: Flask, verifiers: Desk) -> None:
    visitor = app.test_client()
    empty = words(visitor, "/rules/decisions")
    contest = make_contest(DecisionKind.SUSPENDED, verifiers)
    appeal = filed(contest)
    services.grant_appeal(appeal.id, reason=ANSWER, actor=verifiers.other)
    db.session.commit()

    page = words(visitor, "/rules/decisions")

    assert "In the last 12 months nothing was refused, taken down or suspended" in empty
    assert [int(n) for n in re.findall(r'<td class="num">(\d+)</td>', page)] == [0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0]
    assert contest.vendor.name not in page
    assert verifiers.second.name not in page
    assert 'href="/rules/decisions"' in words(visitor, "/rules")
    assert 'href="/rules/decisions"' in words(visitor, "/fees")  # at the foot of every page
