"""The history of a company: its own lines only, in words, filtered, taken home."""

import ast
import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts import telling, telling_words
from marketplace.accounts.models import Company, Person
from marketplace.accounts.permissions import Permission, Role, permissions_of
from marketplace.core import audit, clock, duties
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.i18n import speaking
from marketplace.core.ids import new_id
from marketplace.orders.models import ChangeState
from search.learning.models import RuleKind
from search.learning.services.rules import ACTS as RULE_ACTS
from tests.conftest import count_queries
from tests.factories.accounts import actor_of, log_in, make_company, make_member, make_operator

ROOT = Path(__file__).parents[2]
Record = Callable[..., None]


def enter(client: FlaskClient, *roles: Role) -> tuple[Company, Person]:
    company = make_company(name="Halden Rail AB")
    person = make_member(company, roles or None, name="Britta Falk")
    log_in(client, person, company)
    return company, person


def write(actor: Actor, act: str, *companies: Company, **after: object) -> None:
    audit.record(actor, act, "thing", new_id(), companies=tuple(c.id for c in companies), after=after)
    db.session.flush()


def lines(client: FlaskClient, query: str = "") -> list[str]:
    """What was done, as the page says it."""
    page = client.get(f"/company/history?{query}").get_data(as_text=True)
    return re.findall(r'data-label="What was done">(?:<span translate="no">)?([^<]*)<', page)


def test_acts_are_told_in_sentences_newest_first(client: FlaskClient) -> None:
    company, person = enter(client)
    actor = actor_of(person, company)
    write(actor, "member.invited", company, email="ada@halden.example", roles=["buyer", "finance"])
    write(actor, "session.opened", company, device="Firefox, Linux", way="passkey")
    write(SYSTEM, "vendor_order.partly_shipped", company, number="ORD-2026-000042")

    assert lines(client) == [
        "Order: shipped in part · ORD-2026-000042",
        "Logged in: passkey, Firefox, Linux",
        "Invited ada@halden.example: Buyer, Finance",
    ]
    page = client.get("/company/history").get_data(as_text=True)
    assert "Britta Falk" in page
    assert "The platform&#39;s own clockwork" in page
    assert "vendor_order" not in page, "no code is shown to people"


def test_what_changed_stands_before_and_after(client: FlaskClient) -> None:
    enter(client)
    client.post("/company", data={"name": "Halden <Rail>", "country": "NO", "currency": "EUR", "phone": "+46 31 390 06 40"})

    page = client.get("/company/history").get_data(as_text=True)

    assert "Changed the company&#39;s profile" in page
    assert re.search(r'Name: <del translate="no">Halden Rail AB</del> <ins translate="no">Halden &lt;Rail&gt;</ins>', page)
    assert re.search(r'Country: <del translate="no">Sweden</del> <ins translate="no">Norway</ins>', page)
    assert re.search(r'Phone: <ins translate="no">\+46 31 390 06 40</ins>', page)


def test_lines_of_other_companies_are_never_seen(client: FlaskClient) -> None:
    company, person = enter(client)
    other = make_company()
    stranger = make_member(other, name="Zed Stranger")
    write(actor_of(stranger, other), "company.number_added", other, number="SECRET-1")
    write(actor_of(person, company), "company.number_added", company, number="OURS-1")

    page = client.get("/company/history").get_data(as_text=True)
    file = client.get("/company/history.csv").get_data(as_text=True)

    assert "OURS-1" in page
    assert "SECRET-1" not in page + file
    assert "Zed Stranger" not in page + file
    assert lines(client, f"who={stranger.id}") == lines(client), "a person of others is no choice of the filter"


def test_the_other_side_of_a_line_is_named_by_company_and_its_network_is_not_shown(client: FlaskClient) -> None:
    company, _ = enter(client)
    other = make_company(name="Norrvik Fasteners AB")
    third = make_company(name="A third company")
    seller = make_member(other, name="Sven Seller")
    make_member(third, person=seller)
    theirs = Actor(person_id=seller.id, company_id=other.id, name=seller.name, network="203.0.113.7")
    write(theirs, "vendor_order.accepted", company, other)
    operator, verifier = make_operator()
    write(Actor(person_id=verifier.id, company_id=operator.id, name=verifier.name, network="203.0.113.8"), "vendor.approved", company)

    page = client.get("/company/history").get_data(as_text=True)

    assert "Sven Seller" in page
    assert "Norrvik Fasteners AB" in page
    assert "A third company" not in page
    assert "The platform" in page
    assert "203.0.113." not in page


def test_the_own_network_is_shown(client: FlaskClient) -> None:
    company, person = enter(client)
    write(Actor(person_id=person.id, company_id=company.id, name=person.name, network="198.51.100.9"), "person.password_changed", company)

    assert "198.51.100.9" in client.get("/company/history").get_data(as_text=True)


def test_it_is_filtered_by_subject_person_and_day(client: FlaskClient) -> None:
    company, person = enter(client)
    colleague = make_member(company, [Role.BUYER], name="Ada Aberg")
    write(actor_of(person, company), "unit.added", company, name="Track")
    write(actor_of(colleague, company), "purchase.placed", company)
    with clock.at(clock.now() - timedelta(days=3)):
        write(actor_of(colleague, company), "location.added", company, name="Old yard")
        early = clock.now().date()

    assert lines(client, "about=orders") == ["Placed an order"]
    assert lines(client, "about=members") == ["Added the unit Track"]
    assert lines(client, f"who={colleague.id}&about=company") == ["Added the delivery address Old yard"]
    assert lines(client, f"day_from={early}&day_to={early}") == ["Added the delivery address Old yard"]
    assert "No line fits" in client.get("/company/history?about=goods").get_data(as_text=True)
    assert len(lines(client, "about=nonsense&who=nonsense&day_from=2026-99-99")) == 3


def test_it_is_taken_home_with_formulas_made_harmless(client: FlaskClient) -> None:
    company, person = enter(client)
    write(actor_of(person, company), "unit.added", company, name="=1+1")

    response = client.get("/company/history.csv?about=members")
    rows = list(csv.reader(io.StringIO(response.get_data(as_text=True).removeprefix("\ufeff"))))

    assert response.headers["Content-Disposition"].startswith("attachment; filename=history-")
    assert rows[0] == ["When", "Who", "Company", "What was done", "Before", "After", "Network", "Short code"]
    assert [row[1:4] for row in rows[1:]] == [["Britta Falk", "Halden Rail AB", "Added the unit =1+1"]]
    assert rows[1][-1] == "unit.added"


def test_only_those_who_answer_for_the_company_read_it(client: FlaskClient) -> None:
    readers = {role for role in Role if Permission.HISTORY_VIEW in permissions_of(frozenset({role.value}))}
    enter(client, Role.BUYER)

    assert readers == {Role.OWNER, Role.ADMIN, Role.VENDOR_OWNER, Role.PLATFORM_ADMIN}
    assert client.get("/company/history").status_code == 403
    assert client.get("/company/history.csv").status_code == 403
    assert "History" not in client.get("/company").get_data(as_text=True)


def test_a_full_page_asks_the_database_as_often_as_a_short_one(client: FlaskClient) -> None:
    company, person = enter(client)
    other = make_company()
    write(actor_of(person, company), "unit.added", company, name="First")
    client.get("/company/history")
    with count_queries() as few:
        client.get("/company/history")
    for n in range(40):
        who = make_member(other, name=f"Seller {n}")
        write(actor_of(who, other), "vendor_order.accepted", company, other)

    with count_queries() as many:
        client.get("/company/history")

    assert len(many) == len(few) <= 13


def test_in_chinese_no_english_word_of_ours_is_left(client: FlaskClient) -> None:
    with speaking("pseudo"):
        said = [telling.sentence(act, {}, {}) for act in telling.SENTENCES]
        said += [telling.composed("product.picture_added") or "", telling.composed("hold.released") or ""]

    assert [text for text in said if re.search(r"[A-Za-z]", text)] == []


@pytest.mark.parametrize(
    ("act", "text"),
    [
        ("product.picture_added", "Product: picture added"),
        ("vendor.certificate_refused", "Shop: certificate refused"),
        ("vendor_order.cancelled_by_platform", "Order: cancelled by the platform"),
        ("vendor_order.in_production", "Order: in production"),
        ("price_list.priced", "Price list: prices set"),
    ],
)
def test_acts_of_other_rooms_are_put_together(act: str, text: str) -> None:
    assert telling.sentence(act, {}, {}) == text


def test_what_has_a_name_in_two_languages_is_called_in_the_readers() -> None:
    named = {"title": {"en": "Hex bolt", "zh-Hans": "六角螺栓"}}

    with speaking("zh_Hans"):
        chinese = telling.sentence("product.edited", {}, named)

    assert telling.sentence("product.edited", {}, named) == "Product: changed · Hex bolt"
    assert chinese.endswith(" · 六角螺栓")


def test_days_are_called_by_what_they_count() -> None:
    """The same word stands for the days a shop is open, those that goods travel, and the new days of an order."""
    before = {"hours": {"days": "Mon-Fri", "open": "08:00"}, "days": {"1": "2026-01-02"}}
    after = {"hours": {"days": "Mon-Tue, Sat", "open": "08:00"}, "zones": [{"zone": "1", "days": [2, 5]}], "days": {"1": "2026-01-05"}}

    with speaking("zh_Hans"):
        chinese = {change.field: change.after for change in telling.changes(before, after)}
    english = {change.field: change.after for change in telling.changes(before, after)}

    assert english["Hours"] == "Open on: Mon–Tue, Sat; Opens: 08:00"
    assert "Days on the way: 2, 5" in english["Zones"]
    assert "New days" in english
    assert any(text.startswith(("营业日：", "营业日:")) for text in chinese.values())
    assert not any("Mon" in text for text in chinese.values())


def test_values_are_written_as_people_read_them() -> None:
    before = {"valid_from": "2026-01-01", "amount_minor": 100, "currency": "EUR", "sku_id": "x"}
    after = {"valid_from": "2026-02-01", "amount_minor": 250, "currency": "EUR", "sku_id": "y", "paid_at": "2026-03-04T05:06:07+00:00"}

    found = [(change.field, change.before, change.after, change.is_known) for change in telling.changes(before, after)]

    assert found == [
        ("First day", "1 Jan 2026", "1 Feb 2026", True),
        ("Sum", "EUR\u00a01.00", "EUR\u00a02.50", True),
        ("paid", "", "4 Mar 2026, 05:06 UTC", False),
    ]


def acts() -> set[str]:
    """Every act that a service writes, read from the sources."""
    found = set()
    for room in ("marketplace", "vendors", "payments", "reviews", "search"):
        for path in (ROOT / room).rglob("*.py"):
            if path.parts[-2] == "simulator":
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.IfExp) and "services" in path.parts:  # chosen first, recorded later
                    sides = [side.value for side in (node.body, node.orelse) if isinstance(side, ast.Constant)]
                    found |= {
                        side for side in sides if isinstance(side, str) and "." in side and side.partition(".")[0] in telling_words.THINGS
                    }
                if not isinstance(node, ast.Call):
                    continue
                name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
                if not name.endswith(("record", "record_about", "record_all", "_change")):  # the last one passes its act on
                    continue
                words = [arg.value for arg in node.args[:4] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
                found |= {word for word in words if re.fullmatch(r"[a-z_]+\.[a-z_]+", word)}
                if (
                    "orders" in path.parts and isinstance(node.func, ast.Name) and name.endswith("record")
                ):  # its own, which puts the noun before
                    found |= {f"vendor_order.{word}" for word in words if re.fullmatch(r"[a-z_]+", word)}
    found |= {f"vendor_order.change_{state.value}" for state in ChangeState if state is not ChangeState.OPEN}
    found |= {f"search_{kind.value}.{act}" for kind in RuleKind for act in (*RULE_ACTS.values(), "change_undone")}
    return found | set(duties.ACTS.values())


def test_every_act_of_the_house_can_be_told(app: Flask) -> None:
    written = acts()

    assert len(written) > 40
    untold = sorted(act for act in written if act not in telling.SENTENCES and telling.composed(act) is None)
    assert untold == [], "add what they are about and what was done to marketplace/accounts/telling_words.py"


def recorded_fields() -> set[str]:
    """The names in every `before` and `after` that a service writes out, read from the sources."""
    found = set()
    for room in ("marketplace", "vendors", "payments", "reviews", "search"):
        for path in (ROOT / room).rglob("*.py"):
            if not {"services", "services.py", "watching"} & set(path.parts):
                continue
            source = path.read_text(encoding="utf-8")
            if "watching" in path.parts and "audit.record" not in source:
                continue  # facts of the feed are shown there and stand in no history
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in {"LOGGED", "SHOP_FIELDS"}:
                    found |= set(ast.literal_eval(node.value))
                name = node.arg if isinstance(node, ast.keyword) else None
                if isinstance(node, (ast.Assign, ast.AnnAssign)):
                    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                    name = target.id if isinstance(target, ast.Name) else None
                value = getattr(node, "value", None)
                if name in {"before", "after", "facts"} and isinstance(value, ast.Dict):
                    found |= {key.value for key in value.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    return found


def test_every_field_of_a_line_of_history_has_a_word(app: Flask) -> None:
    written = {name for name in recorded_fields() if not name.endswith(("_id", "_ids")) and name not in telling.FOR_PROGRAMS}

    assert len(written) > 60
    unnamed = sorted(name for name in written for change in telling.changes({}, {name: 1}) if not change.is_known)
    assert unnamed == [], "add a word to marketplace/accounts/telling_fields.py"


def test_what_programs_write_is_told_in_words_and_what_people_write_as_it_is() -> None:
    other = str(new_id())
    after = {
        "answer": "refuse", "owners": "failed: torn_page", "registry.look_up": "not_found", "reason": "A reason of mine",
        "differences": {"EUR": 100, "SEK": 0}, "percent_bp": -250, "companies": [other], "product": other, "about": {"en": "Bolts", "zh-Hans": "螺栓"},
    }  # fmt: skip

    found = [(change.field, change.after) for change in telling.changes({}, after)]

    assert found == [
        ("Answer", "refuse"),
        ("Owners", "failed: torn_page"),
        ("Registry entry, Look-up", "not known there"),
        ("Reason", "A reason of mine"),
        ("Differences", "EUR: 100; SEK: 0"),
        ("Change of the list price", "-2.5\u00a0%"),
        ("About", "Bolts"),
    ]
