"""The lists of the desk and of a company cost the same however long they are, and their words find what the rows say."""

import csv
import io

import pytest
from flask.testing import FlaskClient

from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.db import db
from marketplace.core.ids import new_id
from tests.factories.accounts import log_in, make_company, make_member, make_operator
from tests.factories.orders import make_order, make_trade
from tests.orders.browsing import as_buyer, page, statements_of


def as_admin(client: FlaskClient) -> None:
    company, person = make_operator(["platform_admin"])
    log_in(client, person, company)
    db.session.commit()


@pytest.mark.parametrize(
    ("address", "budget"),
    [
        ("/desk/orders", 10),
        ("/desk/vendors", 10),
        ("/desk/companies", 10),
        ("/desk/people", 10),
        ("/desk/audit?who=a&act=a", 15),
    ],
)
def test_a_list_of_the_desk_asks_the_same_for_one_row_and_for_many(address: str, budget: int, client: FlaskClient) -> None:
    trade = make_trade(stock=100_000)
    make_order(trade=trade, quantities=(1,))
    as_admin(client)
    few = statements_of(client, address)
    for n in range(4):
        make_order(trade=trade, quantities=(1,))
        company = make_company(name=f"Nordwall {n}")
        make_member(company, name=f"Person {n}")
    db.session.commit()

    assert statements_of(client, address) == few <= budget


@pytest.mark.parametrize(("address", "budget"), [("/company/history", 9), ("/home/orders", 7), ("/home", 10)])
def test_a_list_of_a_buyer_asks_the_same_for_one_row_and_for_many(address: str, budget: int, client: FlaskClient) -> None:
    trade = make_trade(stock=100_000)
    make_order(trade=trade, quantities=(1,))
    as_buyer(client, trade)
    few = statements_of(client, address)
    for _ in range(4):
        make_order(trade=trade, quantities=(1,))

    assert statements_of(client, address) == few <= budget


def test_a_buyers_download_asks_the_same_for_one_purchase_and_for_many(client: FlaskClient) -> None:
    trade = make_trade(stock=100_000)
    make_order(trade=trade, quantities=(1,))
    as_buyer(client, trade)
    one = statements_of(client, "/orders.csv")
    numbers = {make_order(trade=trade, quantities=(1,))[1].number for _ in range(4)}

    assert statements_of(client, "/orders.csv") == one
    rows = list(csv.reader(io.StringIO(client.get("/orders.csv").get_data(as_text=True))))
    assert numbers <= {cell for row in rows for cell in row}
    assert len(rows) == 1 + 5


@pytest.mark.parametrize(
    "words", ["who=rosa", "who=OKA", "act=level_given", "act=LEVEL", "company=bolt+hou", "who=rosa&act=vendor.&company=BOLT"]
)
def test_words_find_lines_of_the_log_by_a_part_in_any_letters(words: str, client: FlaskClient) -> None:
    company = make_company(name="Bolt House 77")
    actor = Actor(person_id=new_id(), name="Rosa Okafor")
    record(actor, "vendor.level_given", "vendor", new_id(), companies=(company.id,), after={"note": "the line that is looked for"})
    record(SYSTEM, "stock.expired", "stock", new_id(), after={"note": "another line"})
    as_admin(client)

    found = client.get(f"/desk/audit.csv?{words}").get_data(as_text=True)

    assert "the line that is looked for" in found
    assert "another line" not in found
    assert "the line that is looked for" not in client.get(f"/desk/audit.csv?{words}zz").get_data(as_text=True)


def test_part_of_a_number_is_found_in_small_letters_and_a_name_is_no_number(client: FlaskClient) -> None:
    trade, order = make_order()
    as_buyer(client, trade)

    for address in ("/orders.csv", "/home/orders.csv"):
        assert order.number in page(client.get(address, query_string={"q": order.number.lower()[:-2]}))
        assert order.number in page(client.get(address, query_string={"q": order.vendor_name.upper()[1:]}))
        assert order.number not in page(client.get(address, query_string={"q": f"{order.number}9"}))
        assert order.number not in page(client.get(address, query_string={"q": "%"}))
