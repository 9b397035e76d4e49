"""The vendor's home: what needs it now, with deadlines, and plots whose numbers lead to their rows."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.permissions import Role
from marketplace.catalogue.models import ProductState
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.db import db, transaction
from marketplace.core.i18n import day
from marketplace.core.waiting import counted
from marketplace.orders import queries as orders
from marketplace.orders import services as order_services
from marketplace.orders.models import ClaimState, Remedy, VendorOrder, VendorOrderState
from tests.conftest import count_queries
from tests.factories.accounts import actor_of, log_in, make_company, make_member
from tests.factories.catalogue import make_kit, make_product, only_variant
from tests.factories.orders import Trade, company_of, make_order, report
from tests.factories.vendors import make_certificate, make_vendor
from tests.orders.claiming import HOME, accept, answer, the_line
from vendors.models import Vendor, VendorState

S = VendorOrderState


def enter(client: FlaskClient, vendor: Vendor, *roles: Role) -> None:
    company = company_of(vendor)
    log_in(client, make_member(company, roles or None), company)


def home(client: FlaskClient) -> str:
    return client.get("/portal").get_data(as_text=True)


def test_an_order_to_accept_names_the_day_of_its_cancellation(client: FlaskClient) -> None:
    trade, order = make_order()
    enter(client, trade.vendors[0])

    page = home(client)

    assert f"Accept order {order.number}" in page
    assert order.cancel_unaccepted_at is not None
    assert f"Cancelled with refund on {day(order.cancel_unaccepted_at)}" in page


@pytest.mark.parametrize(
    ("remedy", "said", "otherwise"),
    [
        (Remedy.REPLACE, "Send the replacement of", "It is granted at its full value"),
        (Remedy.RETURN, "Receive what comes back by", "It counts as arrived, and the buyer is refunded"),
    ],
)
def test_what_is_agreed_in_a_claim_and_is_the_vendors_step_stands_there(
    client: FlaskClient, remedy: Remedy, said: str, otherwise: str
) -> None:
    trade, order = make_order(S.DELIVERED)
    claim = report(trade, order)
    answer(trade, claim, remedy, **({"address": HOME} if remedy is Remedy.RETURN else {}))
    enter(client, trade.vendors[0])
    assert f"{said} {claim.number}" not in home(client), "the buyer has not agreed yet"
    accept(trade, claim)

    def send(act: Callable[..., object], actor: Actor) -> None:
        with transaction():
            act(claim.id, the_line(claim).id, carrier="PostNord", tracking=None, actor=actor)

    if remedy is Remedy.RETURN:
        assert f"{said} {claim.number}" not in home(client), "the buyer sends first"
        send(order_services.send_return, trade.actor)
    page = home(client)

    assert f"{said} {claim.number}" in page
    assert otherwise in page
    assert f'href="/portal/orders/{order.number}/claims/{claim.number}"' in page
    assert counted([orders.queue_of_claims(trade.vendors[0].id)]) == [(1, 0)], "it is counted in the menu"
    if remedy is Remedy.REPLACE:
        send(order_services.send_replacement, trade.seller())
        assert f"{said} {claim.number}" not in home(client)


def test_a_ruling_stands_there_while_the_vendor_may_appeal(client: FlaskClient) -> None:
    trade, order = make_order(S.DELIVERED)
    claim = report(trade, order)
    operator = make_company()
    judge = actor_of(make_member(operator, roles=[Role.PLATFORM_FINANCE]), operator)
    with transaction():
        order_services.rule_on_claim(claim.number, ruling=ClaimState.REFUNDED, amount_minor=None, reason="Seen.", actor=judge)
    enter(client, trade.vendors[0])
    said = f"Accept or appeal the decision on {claim.number}"

    assert said in home(client)
    assert "The decision is carried out" in home(client)
    with clock.at(clock.now() + timedelta(days=6)):
        enter(client, trade.vendors[0])
        assert said not in home(client)
    with transaction():
        order_services.appeal_as_vendor(claim.id, reason="The carrier has signed for it.", actor=trade.seller())
    enter(client, trade.vendors[0])
    assert said not in home(client)


def test_certificates_that_end_or_were_refused_stand_there(client: FlaskClient) -> None:
    vendor = make_vendor()
    make_certificate(vendor, scheme="REACH", valid_days=23)
    make_certificate(vendor, scheme="FSC", valid_days=200)
    make_certificate(vendor, scheme="UKCA", is_checked=False, refused_at=clock.now(), reason="Cannot be read.")
    enter(client, vendor)

    page = home(client)

    assert "Renew certificate REACH" in page
    assert "Leaves search and your shop that day" in page
    assert "Correct certificate UKCA" in page
    assert "certificate FSC" not in page


def _promise(order: VendorOrder, in_days: int) -> None:
    for line in orders.lines_of_orders([order.id])[order.id]:
        line.first_promise_on = clock.now().date() + timedelta(days=in_days)
    db.session.commit()


@pytest.mark.parametrize(
    ("state", "in_days", "said"),
    [
        (S.ACCEPTED, 6, "Ship "),
        (S.IN_PRODUCTION, -2, "Ship "),
        (S.READY, 60, "Ship "),
        (S.SHIPPED, -1, "Prove the delivery of "),
        (S.ACCEPTED, 60, None),
        (S.SHIPPED, 3, None),
        (S.DELIVERED, -2, None),
    ],
)
def test_goods_to_send_off_or_to_prove_stand_there(client: FlaskClient, state: VendorOrderState, in_days: int, said: str | None) -> None:
    trade, order = make_order(state)
    _promise(order, in_days)
    enter(client, trade.vendors[0])

    page = home(client)

    assert (f"{said}{order.number}" in page) is (said is not None)
    assert ("It arrives late" in page) is (said == "Ship ")
    enter(client, make_vendor())
    assert order.number not in home(client)


def test_the_promise_that_both_signed_last_is_what_is_due(client: FlaskClient) -> None:
    trade, order = make_order(S.ACCEPTED)
    _promise(order, 60)
    line = orders.lines_of_orders([order.id])[order.id][0]
    sooner = clock.now().date() + timedelta(days=3)
    with transaction():
        asked = order_services.propose_days_as_vendor(order.id, days={line.id: sooner}, reason="The press is free.", actor=trade.seller())
    with transaction():
        order_services.accept_change_as_buyer(asked.id, answer=None, actor=trade.actor)
    enter(client, trade.vendors[0])

    assert f"Promised to arrive on {day(sooner)}" in home(client)


def test_empty_shelves_are_said(client: FlaskClient) -> None:
    """The number is that of the rows behind its link; a kit whose part is there has not run out."""
    vendor = make_vendor()
    make_product(vendor, stock=0, title="Run out")
    part = only_variant(make_product(vendor, stock=5, title="There"))
    make_kit(only_variant(make_product(vendor, stock=0, title="Kit")), {part: 2})
    make_product(vendor, stock=0, title="Only a draft", state=ProductState.DRAFT)
    enter(client, vendor)

    page = home(client)
    assert "Fill up stock: something of 1 product has run out" in page
    link = re.search(r'href="(/portal/products\?[^"]*stock=[^"]*)"', page)
    assert link is not None
    rows = client.get(link[1].replace("&amp;", "&")).get_data(as_text=True)
    assert "Run out" in rows
    assert not any(title in rows for title in ("There<", "Kit<", "Only a draft"))


def test_each_role_sees_its_own_needs(client: FlaskClient) -> None:
    vendor = make_vendor(is_payout_active=False)
    make_certificate(vendor, scheme="REACH", valid_days=5)
    enter(client, vendor, Role.VENDOR_FINANCE)
    finance = home(client)
    enter(client, vendor, Role.VENDOR_CATALOGUE)
    catalogue = home(client)

    assert "Open the payout account" in finance
    assert "REACH" not in finance
    assert "Open the payout account" not in catalogue
    assert "Renew certificate REACH" in catalogue


def test_the_soonest_deadline_stands_first(client: FlaskClient) -> None:
    trade, order = make_order()
    make_certificate(trade.vendors[0], scheme="REACH", valid_days=60)
    enter(client, trade.vendors[0])

    page = home(client)

    assert page.index(order.number) < page.index("Renew certificate REACH")


def test_the_plots_have_tables_whose_rows_lead_to_the_orders(client: FlaskClient) -> None:
    trade, order = make_order()
    enter(client, trade.vendors[0])

    page = home(client)
    sold = client.get("/portal/figures/sold").get_data(as_text=True)
    none_then = client.get("/portal/figures/sold?placed_from=2020-01-06&placed_to=2020-01-12").get_data(as_text=True)
    csv = client.get("/portal/figures/sold.csv").get_data(as_text=True)

    assert 'id="plot-orders"' in page
    assert "/portal/figures/sold?placed_from=" in page
    assert f"{(order.goods_minor + order.freight_minor) / 100:,.2f}" in page
    assert order.number in sold
    assert "No order fits" in none_then
    assert order.number in csv


def test_the_rows_behind_the_revenue_add_up_to_it(client: FlaskClient) -> None:
    trade, one = make_order(quantities=(100,))
    _, two = make_order(trade=trade, quantities=(300,))
    enter(client, trade.vendors[0])
    revenue = [order.goods_minor + order.freight_minor for order in (one, two)]
    written = [f"EUR\u00a0{minor / 100:,.2f}" for minor in (*revenue, sum(revenue))]

    page = client.get("/portal/figures/sold").get_data(as_text=True)

    assert written[2] in home(client)
    for each in written:
        assert each in page
    assert page.index("<tfoot>") < page.index(written[2])
    csv = client.get("/portal/figures/sold.csv").get_data(as_text=True)
    assert f"{revenue[0] / 100:.2f}" in csv


def test_revenue_in_another_currency_is_told_and_each_leads_to_its_rows(client: FlaskClient) -> None:
    trade, one = make_order(quantities=(100,))
    _, other = make_order(trade=trade, quantities=(300,))
    other.currency = "USD"
    db.session.commit()
    enter(client, trade.vendors[0])

    page = unescape(home(client))

    for order in (one, other):
        revenue = f"{order.currency}\u00a0{(order.goods_minor + order.freight_minor) / 100:,.2f}"
        address = re.search(rf'<a href="([^"]*currency={order.currency})">{revenue}</a>', page)
        assert address is not None
        rows = client.get(address[1]).get_data(as_text=True)
        assert {number for number in (one.number, other.number) if number in rows} == {order.number}


@pytest.mark.parametrize("hour", [9, 23])
def test_a_bar_of_promises_leads_to_the_orders_of_its_week(client: FlaskClient, hour: int) -> None:
    """A Sunday at 23 hours of ours is a Monday in Sweden."""
    today = clock.now()
    with clock.at(today.replace(hour=hour, minute=30) + timedelta(days=6 - today.weekday())):
        trade, order = make_order(S.DELIVERED)
        enter(client, trade.vendors[0])

        bars = list(dict.fromkeys(re.findall(r'href="(/portal/figures/on-time\?[^"]+)"', home(client))))
        newest, oldest = (client.get(unescape(bars[n])).get_data(as_text=True) for n in (0, -1))

    assert len(bars) == 13
    assert order.number in newest
    assert "No order fits" in oldest


def test_the_steps_and_days_of_the_funnel_add_up_from_their_rows(client: FlaskClient) -> None:
    trade, _ = make_order()
    enter(client, trade.vendors[0])
    today = clock.now().date()

    whole = client.get("/portal/figures/products").get_data(as_text=True)
    now = client.get(f"/portal/figures/products?day={today}").get_data(as_text=True)
    before = client.get(f"/portal/figures/products?day={today - timedelta(days=3)}").get_data(as_text=True)

    assert f"/portal/figures/products?day={today}" in home(client)
    assert re.findall(r'data-label="Order lines">(\d+)<', whole) == ["1", "1"]
    assert re.findall(r'data-label="Order lines">(\d+)<', now) == ["1", "1"]
    assert "No product fits" in before


def test_who_is_not_approved_has_no_level_yet(client: FlaskClient) -> None:
    enter(client, make_vendor(approved_at=None, level=0))

    assert "none yet" in home(client)


def test_declined_and_unpaid_orders_are_no_sales(client: FlaskClient) -> None:
    trade, order = make_order()
    order.state = S.DECLINED
    db.session.commit()
    enter(client, trade.vendors[0])

    assert "No order yet" in client.get("/portal/figures/sold").get_data(as_text=True)


def test_the_promises_page_shows_each_order_with_its_dates(client: FlaskClient) -> None:
    trade, order = make_order(S.DELIVERED)
    enter(client, trade.vendors[0])

    page = client.get("/portal/figures/on-time").get_data(as_text=True)

    assert order.number in page
    assert "too few" in page
    assert order.number in client.get("/portal/figures/on-time.csv").get_data(as_text=True)
    assert "No order fits" in client.get("/portal/figures/on-time?result=late").get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("figures/sold", "订单,客户,已下单,币种,货款,运费,不含税,税款,合计"),
        ("figures/on-time", "订单,客户,已下单,首次承诺,到货,准时"),
        ("figures/products", "商品,SKU,浏览,加入购物车,订单行"),
        ("customers", "客户,国家,订单,进行中,消费额,币种,"),
    ],
)
def test_a_file_of_figures_is_headed_in_the_readers_language(client: FlaskClient, path: str, head: str) -> None:
    company = company_of(make_vendor())
    log_in(client, make_member(company, locale="zh_Hans"), company)

    csv = client.get(f"/portal/{path}.csv").get_data(as_text=True)

    assert csv.removeprefix("\ufeff").startswith(head)


def test_a_vendor_under_review_has_no_plots(client: FlaskClient) -> None:
    vendor = make_vendor(approved_at=None)
    enter(client, vendor)

    assert 'id="plot-orders"' not in home(client)


def test_the_home_page_costs_the_same_with_many_orders(client: FlaskClient, app: Flask) -> None:
    trade, _ = make_order()
    enter(client, trade.vendors[0])
    home(client)
    with count_queries() as few:
        home(client)
    for _ in range(4):
        make_order(trade=Trade(trade.buyer, trade.person, trade.vendors, trade.sellers, trade.variants))
    with count_queries() as many:
        home(client)

    def asked(statements: list[str]) -> int:
        # The operator's numbers are read again after a second, whatever the page.
        return sum("policy_settings" not in statement for statement in statements)

    assert asked(many) == asked(few)
    assert asked(many) <= 45


def test_a_strangers_numbers_are_not_shown(client: FlaskClient) -> None:
    trade, order = make_order(S.DELIVERED)
    enter(client, make_vendor())

    for path in ("sold", "on-time", "products", "sold.csv", "on-time.csv", "products.csv"):
        assert order.number not in client.get(f"/portal/figures/{path}").get_data(as_text=True)
    assert trade.buyer.name not in client.get("/portal/customers").get_data(as_text=True)


def test_a_suspended_shop_reads_that_it_is_and_whom_to_call(client: FlaskClient) -> None:
    """Not that its identity check comes first, which has passed."""
    vendor = make_vendor(state=VendorState.SUSPENDED, state_reason="Three reports of counterfeit labels.")
    enter(client, vendor)

    for address in ("/portal", "/portal/application"):
        page = client.get(address).get_data(as_text=True)
        assert "Three reports of counterfeit labels." in page
        assert "By phone: +46 10 123 45 00." in page
        assert "the identity check comes first" not in page


def test_a_deadline_that_has_passed_is_late(client: FlaskClient) -> None:
    trade, order = make_order()
    order.accept_by_at = clock.now() - timedelta(hours=3)
    db.session.commit()
    enter(client, trade.vendors[0])

    assert 'data-tone="late"' in home(client)
