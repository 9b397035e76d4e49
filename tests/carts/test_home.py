"""The buyer's home: every figure is the number of rows behind it; an empty account says what to do first."""

import csv
import io
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.permissions import Role
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.orders.queries import account
from marketplace.orders.queries.account import AccountFilter
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_member
from tests.factories.orders import Trade, fund, make_order, make_purchase, make_trade

pytestmark = pytest.mark.usefixtures("app")


def text_of(client: FlaskClient, path: str = "/home") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True).replace("\u00a0", " ")


def traded(client: FlaskClient) -> Trade:
    """One order that is paid, one that is not, one delivered."""
    trade, _ = make_order(account.S.DELIVERED)
    make_purchase(trade)
    _, paid = make_purchase(trade)
    fund(paid)
    log_in(client, trade.person, trade.buyer)
    db.session.commit()
    return trade


def figures(page: str) -> dict[str, tuple[str, str]]:
    """Filter → (figure, address)."""
    found = re.findall(r'<a href="(/home/orders\?state=([a-z]+))" aria-label="[^"]*">([^<]*)</a>', page)
    return {state: (figure, address) for address, state, figure in found}


def test_each_figure_is_the_number_of_rows_behind_its_link(client: FlaskClient) -> None:
    traded(client)

    shown = figures(text_of(client))

    assert {state: figure for state, (figure, _) in shown.items() if state != "held"} == {
        "open": "3",
        "coming": "0",
        "inspection": "1",
        "claim": "0",
    }
    for figure, address in (pair for state, pair in shown.items() if state != "held"):
        assert len(re.findall(r'<th scope="row">', text_of(client, address))) == int(figure)


def test_the_money_held_is_the_sum_of_the_rows_behind_it(client: FlaskClient) -> None:
    traded(client)

    shown, address = figures(text_of(client))["held"]
    rows = list(csv.DictReader(io.StringIO(client.get(address.replace("/orders?", "/orders.csv?")).get_data(as_text=True))))

    assert len(rows) == 2
    assert shown == f"EUR {sum(float(row['held']) for row in rows):.2f}"


def test_what_needs_this_buyer_stands_first(client: FlaskClient) -> None:
    traded(client)

    page = text_of(client)
    first = page[page.index('id="needs-you"') : page.index('id="now"')]

    assert len(re.findall(r'<tr data-tone="need">', first)) == 2
    assert "Waits for your payment" in first
    assert len(re.findall(r'<tr data-tone="need">', text_of(client, "/orders?state=waiting"))) == 2


def test_an_address_that_is_not_confirmed_says_so_and_what_to_do(client: FlaskClient) -> None:
    trade = make_trade()
    newcomer = make_member(trade.buyer, is_confirmed=False)
    log_in(client, newcomer, trade.buyer)
    db.session.commit()

    assert "Send the link again" in text_of(client)
    log_in(client, trade.person, trade.buyer)
    db.session.commit()
    assert "Send the link again" not in text_of(client)


def test_a_promised_day_that_is_over_is_late(client: FlaskClient) -> None:
    trade = make_trade()
    _, purchase = make_purchase(trade)
    fund(purchase)
    log_in(client, trade.person, trade.buyer)
    order = db.session.query(account.VendorOrder).filter_by(purchase_id=purchase.id).one()
    order.state = account.S.ACCEPTED
    db.session.commit()

    assert account.account_of(trade.buyer.id).counts[AccountFilter.LATE] == 0
    with clock.at(clock.now() + timedelta(days=90)):
        assert account.account_of(trade.buyer.id).counts[AccountFilter.LATE] == 1


def test_an_empty_account_says_what_to_do_first(client: FlaskClient) -> None:
    trade = make_trade()
    log_in(client, trade.person, trade.buyer)
    db.session.commit()

    page = text_of(client)

    assert "Your first order" in page
    assert "Say where goods go" in page
    assert 'href="/search"' in page
    assert figures(page)["open"][0] == "0"
    assert "No orders yet" in text_of(client, "/home/orders")
    assert "No order fits" in text_of(client, "/home/orders?state=claim")


def test_another_companys_orders_are_in_no_figure_and_no_row(client: FlaskClient) -> None:
    traded(client)
    stranger = make_trade()
    log_in(client, stranger.person, stranger.buyer)
    db.session.commit()

    assert {figure for figure, _ in figures(text_of(client)).values()} == {"0"}
    assert "ORD-" not in text_of(client, "/home/orders")
    assert client.get("/home/orders.csv").get_data(as_text=True).count("\n") == 1


def test_a_viewer_may_look_and_is_offered_no_cart(client: FlaskClient) -> None:
    trade = make_trade()
    viewer = make_member(trade.buyer, roles=[Role.VIEWER])
    log_in(client, viewer, trade.buyer)
    db.session.commit()

    assert "/quick-order" not in text_of(client).split("<main", 1)[1]


def test_the_list_costs_the_same_for_one_order_as_for_many(client: FlaskClient) -> None:
    trade = traded(client)
    text_of(client, "/home/orders")
    with count_queries() as few:
        text_of(client, "/home/orders")
    for _ in range(4):
        make_purchase(trade)
    db.session.commit()
    with count_queries() as many:
        text_of(client, "/home/orders")

    assert len(many) <= len(few) + 1  # the policy is read again after a second
    assert len(few) <= 8


def test_nonsense_in_the_address_shows_the_plain_list(client: FlaskClient) -> None:
    traded(client)

    assert text_of(client, "/home/orders?state=zzz&sort=%00&after=!!&placed_from=x").count('<th scope="row">') == 3


def test_the_bar_marks_the_room_that_a_page_stands_in(client: FlaskClient) -> None:
    trade, order = make_order(account.S.DELIVERED)
    log_in(client, trade.person, trade.buyer)
    db.session.commit()
    within = {"/home": "Home", "/lists": "Lists", f"/orders/{order.number}/problem": "Orders"}
    beside = dict.fromkeys(("/feed", "/follows", "/searches", "/wishes", "/wishes/new"), "Watching")

    for path, room in (within | beside).items():
        bar = re.search(r'<nav class="nav nav-bar".*?</nav>', text_of(client, path), re.DOTALL)
        assert bar
        assert re.findall(r'aria-current="page"><span>([^<]*)', bar[0]) == [room], path
