"""Wishes: kept with what was searched for, changed and withdrawn by the company alone, listed at the desk."""

import html
import re
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from marketplace.core import clock
from marketplace.core.db import db
from search.watching.models import QuoteWish, WishState
from search.watching.wishes import mark_of
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member, make_operator
from tests.factories.catalogue import make_category
from tests.search.reading import page

WANTED = {"words": "PTFE hose DN 50, 3 bar", "quantity": "1,200", "unit": "m", "note": "With a 3.1 certificate"}


def a_buyer(client: FlaskClient) -> UUID:
    company = make_company()
    log_in(client, make_member(company), company)
    return company.id


def a_wish(client: FlaskClient, **fields: str) -> QuoteWish:
    answer = client.post("/wishes/new", data={**WANTED, **fields})
    assert answer.status_code == 303
    return db.session.query(QuoteWish).order_by(QuoteWish.id.desc()).limit(1).one()


def test_the_form_brings_along_what_was_searched_for(client: FlaskClient) -> None:
    category = make_category(name="Hoses")
    a_buyer(client)

    text = html.unescape(page(client, f"/wishes/new?words=ptfe+hose&quantity=50&category={category.slug}"))

    assert 'value="ptfe hose"' in text
    assert 'value="50"' in text
    assert f'<option value="{category.id}" selected>Hoses' in text


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
def test_who_reads_a_request_is_said_before_it_is_sent(client: FlaskClient, locale: str) -> None:
    a_buyer(client)
    staff, none = {
        "en": ("The platform’s staff read it", "no factory is told of it"),
        "zh-Hans": ("平台人员会看到", "不会通知任何工厂"),
    }[locale]

    for address in ("/wishes/new", "/wishes"):
        text = html.unescape(page(client, f"{address}?lang={locale}"))
        assert staff in text
        assert none in text


def test_a_wish_is_kept_with_company_person_and_language(client: FlaskClient) -> None:
    company_id = a_buyer(client)
    day = clock.now().date() + timedelta(days=30)

    wish = a_wish(client, wanted_on=day.isoformat())
    text = page(client, "/wishes")

    assert (wish.company_id, wish.quantity, wish.unit, wish.wanted_on) == (company_id, Decimal(1200), "m", day)
    assert (wish.language, wish.state) == ("en", WishState.OPEN)
    assert "PTFE hose DN 50, 3 bar" in text
    assert "1,200 m" in text
    assert "PTFE hose" in page(client, "/wishes.csv")


@pytest.mark.parametrize(
    ("field", "value"),
    [("words", ""), ("words", "x" * 201), ("words", "😀 !"), ("quantity", "0"), ("quantity", "-5"), ("quantity", "many"), ("wanted_on", "2020-01-01"),
     ("wanted_on", "soon"), ("wanted_on", "3000-01-01"), ("unit", "x" * 31), ("category_id", "no-id")],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_beside_its_field(client: FlaskClient, field: str, value: str) -> None:
    a_buyer(client)

    answer = client.post("/wishes/new", data={**WANTED, field: value})

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.get_data(as_text=True)
    assert db.session.query(QuoteWish).count() == 0


@pytest.mark.parametrize("written", ["", "  "])
def test_a_unit_stands_beside_a_quantity(client: FlaskClient, written: str) -> None:
    a_buyer(client)

    text = client.post("/wishes/new", data={**WANTED, "quantity": written, "unit": "m"}).get_data(as_text=True)

    assert re.search(r'id="quantity-error"[^>]*>(?:<[^>]*>)*Write how many, or leave the unit empty', text)
    assert 'value="m"' in text
    assert a_wish(client, quantity=written, unit="").quantity is None


@pytest.mark.parametrize("kind", ["none", "retired", "group"])
def test_an_unknown_category_is_refused_at_its_field_and_nothing_typed_is_lost(client: FlaskClient, kind: str) -> None:
    a_buyer(client)
    wish = a_wish(client)
    category = make_category()
    chosen = uuid4() if kind == "none" else category.id
    if kind == "retired":
        category.retired_at = clock.now()
    else:
        category.is_leaf = False
    db.session.commit()

    for address, seen in (("/wishes/new", ""), (f"/wishes/{wish.id}", mark_of(wish))):
        answer = client.post(address, data={**WANTED, "words": "Another hose", "category_id": str(chosen), "seen": seen})
        text = answer.get_data(as_text=True)

        assert answer.status_code == 422
        assert 'id="category_id-error"' in text
        assert 'value="Another hose"' in text
        assert "With a 3.1 certificate" in text
    assert db.session.query(QuoteWish).one().words == WANTED["words"]


def test_of_two_windows_the_later_one_is_told_and_loses_nothing(client: FlaskClient) -> None:
    a_buyer(client)
    wish = a_wish(client)
    opened = re.findall(r'name="seen" value="([^"]+)"', page(client, f"/wishes/{wish.id}"))[0]
    assert client.post(f"/wishes/{wish.id}", data={**WANTED, "words": "PTFE hose DN 65", "seen": opened}).status_code == 303

    late = client.post(f"/wishes/{wish.id}", data={**WANTED, "words": "PTFE hose DN 80", "seen": opened})
    text = late.get_data(as_text=True)
    db.session.refresh(wish)

    assert late.status_code == 409
    assert wish.words == "PTFE hose DN 65"
    assert 'value="PTFE hose DN 80"' in text
    assert "<dd>PTFE hose DN 65</dd>" in text
    again = re.findall(r'name="seen" value="([^"]+)"', text)[0]
    assert client.post(f"/wishes/{wish.id}", data={**WANTED, "words": "PTFE hose DN 80", "seen": again}).status_code == 303
    db.session.refresh(wish)
    assert wish.words == "PTFE hose DN 80"


def test_what_was_typed_for_a_withdrawn_request_can_be_sent_anew(client: FlaskClient) -> None:
    a_buyer(client)
    wish = a_wish(client)
    opened = mark_of(wish)
    client.post(f"/wishes/{wish.id}/withdraw")

    late = client.post(f"/wishes/{wish.id}", data={**WANTED, "words": "PTFE hose DN 80", "seen": opened})
    text = late.get_data(as_text=True)

    assert late.status_code == 409
    assert "was withdrawn" in text
    assert 'action="/wishes/new"' in text
    assert 'value="PTFE hose DN 80"' in text


def test_the_same_form_twice_is_one_wish(client: FlaskClient) -> None:
    a_buyer(client)

    for _ in range(2):
        client.post("/wishes/new", data={**WANTED, "_once": "twice"})

    assert db.session.query(QuoteWish).count() == 1


def test_a_wish_is_changed_then_withdrawn_for_good(client: FlaskClient) -> None:
    a_buyer(client)
    category = make_category(name="Hoses and pipes")
    wish = a_wish(client, category_id=str(category.id))

    client.post(f"/wishes/{wish.id}", data={**WANTED, "words": "PTFE hose DN 65", "category_id": str(category.id), "seen": mark_of(wish)})
    client.post(f"/wishes/{wish.id}/withdraw")
    again = client.post(f"/wishes/{wish.id}", data=WANTED)
    db.session.refresh(wish)

    assert (wish.words, wish.state) == ("PTFE hose DN 65", WishState.WITHDRAWN)
    assert again.status_code == 409
    assert client.post(f"/wishes/{wish.id}/withdraw").status_code == 409
    withdrawn = page(client, f"/wishes/{wish.id}")
    assert "Withdraw the request" not in withdrawn
    assert "Hoses and pipes" in withdrawn, "all that was asked for can be read"
    assert "No request fits" in page(client, "/wishes?state=open")


def test_another_company_neither_sees_nor_changes_it(client: FlaskClient) -> None:
    a_buyer(client)
    wish = a_wish(client)
    a_buyer(client)

    assert "PTFE" not in page(client, "/wishes")
    assert "PTFE" not in page(client, "/wishes.csv")
    for method, address in (("GET", ""), ("POST", ""), ("POST", "/withdraw")):
        assert client.open(f"/wishes/{wish.id}{address}", method=method, data=WANTED).status_code == 404
    db.session.refresh(wish)
    assert wish.state is WishState.OPEN


def test_a_viewer_reads_and_cannot_ask(client: FlaskClient) -> None:
    company = make_company()
    log_in(client, make_member(company, ["viewer"]), company)

    assert client.get("/wishes").status_code == 200
    assert client.get("/wishes/new").status_code == 403
    assert client.post("/wishes/new", data=WANTED).status_code == 403


def test_the_desk_lists_all_wishes_in_few_statements(client: FlaskClient) -> None:
    for _ in range(2):
        a_buyer(client)
        for n in range(4):
            a_wish(client, words=f"Hose {n}")
    company, person = make_operator()
    log_in(client, person, company)
    page(client, "/desk/wishes")

    with count_queries() as statements:
        text = page(client, "/desk/wishes?q=Hose&state=open")

    assert text.count("Hose 1") == 2
    assert len(statements) <= 16
    assert page(client, "/desk/wishes.csv").count("Hose") == 8
    assert "No request fits" in page(client, "/desk/wishes?q=membrane")
