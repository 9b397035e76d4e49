"""The operator's synonyms: what they do to a search, what is refused of them, history, and who may touch them."""

import html
import re
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.permissions import Role
from marketplace.catalogue.models import Product
from marketplace.core.audit import Actor, AuditEvent
from marketplace.core.db import db
from search.learning import rules, services
from search.learning.errors import RuleChangedSince, RuleRefused, TakenBackAlready
from search.learning.models import RuleChange, SynonymKind, SynonymLanguage, SynonymRule
from search.learning.wishes import SynonymWish, check_synonym, digest, query_key, synonym_snapshot
from search.synonyms import TRADE
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member, make_operator
from tests.factories.catalogue import make_category, make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, skus

STAFF = Actor(name="Rosa Okafor", is_staff=True)
BOTH, ONE_WAY = SynonymKind.BOTH, SynonymKind.ONE_WAY


def wish(*terms: str, kind: SynonymKind = BOTH, is_active: bool = True) -> SynonymWish:
    return SynonymWish(kind, SynonymLanguage.ENGLISH, terms, is_active)


def goods(title: str, sku: str) -> Product:
    """A listing whose category says nothing of it."""
    return make_product(make_vendor(), title=title, sku=sku, category=make_category(name="Sundries"))


def add(*terms: str, **changes: Any) -> SynonymRule:
    """A synonym that the desk has saved."""
    return rules.synonym_by_id(services.set_synonym(None, wish(*terms, **changes), seen="", actor=STAFF))


def staff(client: FlaskClient, role: Role = Role.PLATFORM_ADMIN) -> None:
    company, person = make_operator((role,))
    log_in(client, person, company)


def sent(**changes: str) -> dict[str, str]:
    return {"asked": "gizmo", "also": "hex bolt", "kind": "both", "language": "en", "active": "1", "seen": "", "told": "", **changes}


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, name
    return found.group(1)


def save(client: FlaskClient, address: str, **changes: str) -> Any:
    """Send the form twice, as people do: the first answer shows what it does."""
    first = client.post(address, data=sent(**changes))
    text = first.get_data(as_text=True)
    if first.status_code != 200:
        return first
    return client.post(address, data=sent(**changes, told=hidden(text, "told"), seen=hidden(text, "seen")))


def test_a_new_synonym_is_searched_by_at_once_without_indexing(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(goods("Hex bolt M8", "HB-1"), goods("Ball valve", "BV-1"))
    assert skus(page(client, "/search?q=gizmo")) == []

    rule = add("gizmo", "hex bolt")
    assert skus(page(client, "/search?q=gizmo")) == ["HB-1"]
    assert client.get("/search/suggest?q=gizmo+m8").get_json()["items"][0]["note"] == "HB-1"

    services.remove_synonym(rule.id, seen=digest(synonym_snapshot(rule)), actor=STAFF)
    assert skus(page(client, "/search?q=gizmo")) == []


def test_one_way_leads_one_way_and_a_rule_that_is_off_nowhere(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(goods("Gizmo", "GZ-1"), goods("Hex bolt M8", "HB-1"))
    rule = add("gizmo", "hex bolt", kind=ONE_WAY)

    assert set(skus(page(client, "/search?q=gizmo"))) == {"GZ-1", "HB-1"}
    assert skus(page(client, "/search?q=hex+bolt")) == ["HB-1"]

    services.set_synonym(rule.id, wish("gizmo", "hex bolt", is_active=False), seen=digest(synonym_snapshot(rule)), actor=STAFF)
    assert skus(page(client, "/search?q=gizmo")) == ["GZ-1"]


def test_a_new_word_also_means_what_the_shipped_tables_say_of_its_other_name() -> None:
    tables = rules.tables_with([wish("gizmo", "hex bolt")])

    found = {synonym.words: synonym.weight for synonym in tables.find(("gizmo",))}

    assert found["hex", "bolt"] == 1.0
    assert 0 < found["machine", "bolt"] < 1.0
    assert {synonym.words for synonym in tables.find(("hex", "bolt"))} == {s.words for s in TRADE.find(("hex", "bolt"))} | {("gizmo",)}
    assert tables.find(("ball", "valve")) == TRADE.find(("ball", "valve"))


def test_a_chinese_word_of_the_operator_cuts_a_run() -> None:
    assert "齿轮泵浦" in rules.tables_with([wish("齿轮泵浦", "gear pump")]).han_words


def test_a_search_is_one_and_the_same_however_it_is_written() -> None:
    assert query_key("Hex-Bolts  M8") == query_key("hex bolt m8") != query_key("bolt hex m8")


@pytest.mark.parametrize(
    ("terms", "field", "part"),
    [
        (("gizmo",), "also", "Fill this in"), (("gizmo", "Gizmos"), "also", "twice"), (("x", "hex bolt"), "asked", "no word"),
        (("gizmo", "one two three four five"), "also", "more than"), (("pcs", "packet"), "asked", "unit"), (("-bolt", "nut"), "asked", "minus"),
        (("bolt", "nut -wing"), "also", "minus"), (("g" * 201, "bolt"), "asked", "too long"),
        (("gizmo", "bolt 12 mm"), "also", "size"), (("hex bolt", "hexagon bolt"), "also", "shipped"), (("gizmo", "--"), "also", "no word"),
        (("gizmo", *(f"word{n}" for n in range(13))), "also", "too many"),
    ],
)  # fmt: skip
def test_a_synonym_that_does_nothing_or_harm_is_refused_at_its_field(terms: tuple[str, ...], field: str, part: str) -> None:
    with pytest.raises(RuleRefused) as refused:
        check_synonym(wish(*terms), [])

    assert refused.value.field == field
    assert part in refused.value.text


def test_a_circle_of_one_way_synonyms_is_refused() -> None:
    others = [wish("aaa", "bbb", kind=ONE_WAY), wish("bbb", "ccc", kind=ONE_WAY)]

    with pytest.raises(RuleRefused, match="circle"):
        check_synonym(wish("ccc", "aaa", kind=ONE_WAY), others)
    with pytest.raises(RuleRefused, match="already"):
        check_synonym(wish("bbb", "ccc", kind=ONE_WAY), others)
    check_synonym(wish("aaa", "ccc", kind=ONE_WAY), others)


def test_the_form_shows_what_it_does_before_it_is_saved(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(goods("Hex bolt M8", "HB-1"))
    staff(client)

    first = client.post("/desk/search/synonyms/new", data=sent())
    assert "What visitors find for “gizmo”" in first.get_data(as_text=True)
    assert db.session.query(SynonymRule).count() == 0

    assert save(client, "/desk/search/synonyms/new").status_code == 303
    assert db.session.query(SynonymRule).one().terms == ["gizmo", "hex bolt"]
    assert "gizmo" in page(client, "/desk/search/synonyms?words=gizm")
    assert "No synonym fits" in page(client, "/desk/search/synonyms?words=other")
    assert client.get("/desk/search/synonyms.csv").get_data(as_text=True).splitlines()[1].startswith("Both ways,English,gizmo,hex bolt,")


def test_a_part_number_is_refused_beside_its_field(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(goods("Hex bolt", "QZ-4017-A2"))
    staff(client)

    answer = save(client, "/desk/search/synonyms/new", also="qz4017a2")

    assert answer.status_code == 409
    assert "is a part number of the catalogue" in answer.get_data(as_text=True)
    assert client.post("/desk/search/synonyms/new", data=sent(also="")).status_code == 422


def test_a_late_answer_shows_what_stands_and_overwrites_nothing(client: FlaskClient, index_now: IndexNow) -> None:
    staff(client)
    rule = add("gizmo", "hex bolt")
    seen = digest(synonym_snapshot(rule))
    services.set_synonym(rule.id, wish("gizmo", "flange nut", is_active=False), seen=seen, actor=STAFF)

    first = client.post(f"/desk/search/synonyms/{rule.id}", data=sent(also="washer", seen=seen))
    late = client.post(
        f"/desk/search/synonyms/{rule.id}", data=sent(also="washer", seen=seen, told=hidden(first.get_data(as_text=True), "told"))
    )

    assert late.status_code == 409
    stands = late.get_data(as_text=True).split('aria-labelledby="stands"')[1].split("</section>")[0]
    for label, value in (("Words", "gizmo, flange nut"), ("Direction", "Both ways"), ("Language", "English"), ("In use", "No")):
        assert f"<dt>{label}</dt><dd>{value}</dd>" in stands
    with pytest.raises(RuleChangedSince):
        services.remove_synonym(rule.id, seen=seen, actor=STAFF)


def test_what_was_typed_is_kept_where_the_synonym_was_removed_meanwhile(client: FlaskClient, index_now: IndexNow) -> None:
    staff(client)
    rule = add("gizmo", "hex bolt")
    address, seen = f"/desk/search/synonyms/{rule.id}", digest(synonym_snapshot(rule))
    shown = client.post(address, data=sent(also="washer", seen=seen)).get_data(as_text=True)
    services.remove_synonym(rule.id, seen=seen, actor=STAFF)

    late = [client.post(address, data=sent(also="washer", seen=seen, told=told)) for told in ("", hidden(shown, "told"))]
    for answer in late:
        assert answer.status_code == 409
        text = answer.get_data(as_text=True)
        assert "Somebody else has removed this since." in text
        assert "washer</textarea>" in text
    again = sent(also="washer", seen=hidden(late[0].get_data(as_text=True), "seen"))
    again["told"] = hidden(client.post(address, data=again).get_data(as_text=True), "told")
    assert client.post(address, data=again).status_code == 303

    assert rules.synonym_by_id(rule.id).terms == ["gizmo", "washer"]
    assert client.get(f"/desk/search/synonyms/{uuid4()}").status_code == 404
    assert client.post(f"/desk/search/synonyms/{uuid4()}", data=again).status_code == 404


def test_a_form_that_is_sent_twice_is_done_once_and_answered_as_done(client: FlaskClient, index_now: IndexNow) -> None:
    staff(client)
    shown = client.post("/desk/search/synonyms/new", data=sent()).get_data(as_text=True)
    new = sent(told=hidden(shown, "told"), _once=hidden(shown, "_once"))
    assert [client.post("/desk/search/synonyms/new", data=new).status_code for _ in range(2)] == [303, 303]
    made = db.session.query(SynonymRule).one()

    address = f"/desk/search/synonyms/{made.id}"
    edit = sent(also="washer", seen=hidden(page(client, address), "seen"))
    edit["told"] = hidden(client.post(address, data=edit).get_data(as_text=True), "told")
    assert [client.post(address, data=edit).status_code for _ in range(2)] == [303, 303], "two windows, one wish"

    gone = {"seen": digest(synonym_snapshot(rules.synonym_by_id(made.id)))}
    assert [client.post(f"{address}/remove", data=gone).status_code for _ in range(2)] == [303, 303]
    assert client.post(f"/desk/search/synonyms/{uuid4()}/remove", data=gone).status_code == 404
    assert db.session.query(RuleChange).count() == 3


def test_each_change_can_be_taken_back_while_it_stands(client: FlaskClient, index_now: IndexNow) -> None:
    staff(client)
    rule = add("gizmo", "hex bolt")
    rule_id, seen = rule.id, digest(synonym_snapshot(rule))
    services.set_synonym(rule_id, wish("gizmo", "flange nut"), seen=seen, actor=STAFF)
    added, edited = db.session.query(RuleChange).order_by(RuleChange.made_at, RuleChange.id)

    with pytest.raises(RuleRefused, match="changed since"):
        services.undo_change(added.id, actor=STAFF)
    client.post(f"/desk/search/changes/{edited.id}/undo")
    assert rules.synonym_by_id(rule_id).terms == ["gizmo", "hex bolt"]
    with pytest.raises(TakenBackAlready):
        services.undo_change(edited.id, actor=STAFF)
    services.remove_synonym(rule_id, seen=seen, actor=STAFF)
    removed = db.session.query(RuleChange).order_by(RuleChange.made_at.desc(), RuleChange.id.desc()).first()
    assert removed is not None
    services.undo_change(removed.id, actor=STAFF)
    assert rules.synonym_by_id(rule_id).terms == ["gizmo", "hex bolt"]
    acts = [event.act for event in db.session.query(AuditEvent).filter_by(subject_id=rule_id).order_by(AuditEvent.seq)]
    assert acts == [f"search_synonym.{act}" for act in ("added", "edited", "change_undone", "removed", "change_undone")]


def test_the_history_says_who_took_a_change_back_and_offers_what_still_can_be(client: FlaskClient, index_now: IndexNow) -> None:
    staff(client)
    rule = add("gizmo", "hex bolt")
    services.set_synonym(rule.id, wish("gizmo", "flange nut"), seen=digest(synonym_snapshot(rule)), actor=STAFF)
    added, edited = db.session.query(RuleChange).order_by(RuleChange.made_at, RuleChange.id)
    added_undo, edited_undo = (f"/desk/search/changes/{change.id}/undo" for change in (added, edited))

    before = page(client, "/desk/search/changes")
    services.undo_change(edited.id, actor=Actor(name="Noor Haddad", is_staff=True))
    after = page(client, "/desk/search/changes")
    sheet = client.get("/desk/search/changes.csv").get_data(as_text=True)

    assert (edited_undo in before, added_undo in before) == (True, False)
    assert (edited_undo in after, added_undo in after) == (False, True)
    assert "Noor Haddad" not in before
    assert "Noor Haddad" in after.split("Taken back")[1].split("</td>")[0]
    assert edited.undone_at is not None
    assert edited.undone_at.strftime('datetime="%Y-%m-%dT%H:%M') in after.split("Taken back")[1].split("</td>")[0]
    assert sum(line.endswith(",Noor Haddad") for line in sheet.splitlines()) == 1


def test_taken_back_twice_is_taken_back_once_and_said_calmly_where_it_was_pressed(client: FlaskClient, index_now: IndexNow) -> None:
    staff(client)
    rule = add("gizmo", "hex bolt")
    services.set_synonym(rule.id, wish("gizmo", "flange nut"), seen=digest(synonym_snapshot(rule)), actor=STAFF)
    edited = db.session.query(RuleChange).order_by(RuleChange.made_at.desc(), RuleChange.id.desc()).first()
    assert edited is not None
    here = "/desk/search/changes?kind=synonym&words=gizmo"

    answers = [client.post(f"/desk/search/changes/{edited.id}/undo", data={"next": here}) for _ in range(2)]

    assert [(answer.status_code, answer.location) for answer in answers] == [(303, here)] * 2
    text = page(client, here)
    acts = [event.act for event in db.session.query(AuditEvent).filter_by(subject_id=rule.id).order_by(AuditEvent.seq)]
    assert acts == [f"search_synonym.{act}" for act in ("added", "edited", "change_undone")]
    assert rules.synonym_by_id(rule.id).terms == ["gizmo", "hex bolt"]
    assert "This was taken back already. Nothing more was changed." in text
    assert 'role="alert"' not in text
    assert client.post(f"/desk/search/changes/{edited.id}/undo", data={"next": "https://elsewhere.example"}).location.startswith("/desk/")


def test_the_whole_history_is_walked_filtered_and_exported(client: FlaskClient) -> None:
    staff(client, Role.PLATFORM_SUPPORT)
    assert "Never changed." in page(client, "/desk/search/changes")
    rule = add("gizmo", "hex bolt")
    for n in range(60):
        seen = digest(synonym_snapshot(rules.synonym_by_id(rule.id)))
        services.set_synonym(rule.id, wish("gizmo", "hex bolt", is_active=bool(n % 2)), seen=seen, actor=STAFF)
    db.session.flush()
    n = db.session.query(RuleChange).count()
    assert n > 50

    first = page(client, "/desk/search/changes?kind=synonym")
    following = html.unescape(re.findall(r'href="([^"]+)" rel="next"', first)[0])
    second = page(client, f"/desk/search/changes{following}")
    sheet = client.get("/desk/search/changes.csv?kind=synonym").get_data(as_text=True)

    assert first.count('<tr><th scope="row">') + second.count('<tr><th scope="row">') == n
    assert sheet.count(",In use,") == n
    assert "Take back" not in first, "who only reads takes nothing back"
    assert "No change fits" in page(client, "/desk/search/changes?kind=pin&words=gizmo")
    assert page(client, "/desk/search/synonyms").count("<del>") == 10
    assert "/desk/search/changes?kind=synonym" in page(client, "/desk/search/synonyms")


def test_the_shipped_tables_are_shown_and_searched(client: FlaskClient) -> None:
    staff(client, Role.PLATFORM_SUPPORT)

    assert "grub screw" in page(client, "/desk/search/dictionaries?words=Grub")
    assert "No line has this word" in page(client, "/desk/search/dictionaries?words=zzzz")
    assert "1–100 of" in page(client, "/desk/search/dictionaries?page=x")


def test_support_reads_and_buyers_do_not_come_in(client: FlaskClient, index_now: IndexNow) -> None:
    rule = add("gizmo", "hex bolt")
    company = make_company()
    log_in(client, make_member(company), company)
    assert client.get("/desk/search/synonyms").status_code == 403

    staff(client, Role.PLATFORM_SUPPORT)
    assert "gizmo" in page(client, "/desk/search/synonyms")
    assert client.get("/desk/search/synonyms/new").status_code == 403
    assert client.post(f"/desk/search/synonyms/{rule.id}/remove", data={"seen": ""}).status_code == 403


def test_the_list_costs_the_same_however_many_rules(client: FlaskClient) -> None:
    add("gizmo", "hex bolt")
    staff(client)
    page(client, "/desk/search/synonyms")
    with count_queries() as few:
        page(client, "/desk/search/synonyms")
    for letter in "abcdefgh":
        add(f"gizmo{letter}", "hex bolt")
    page(client, "/desk/search/synonyms")

    with count_queries() as many:
        page(client, "/desk/search/synonyms")

    assert len(many) <= len(few) <= 20, many
