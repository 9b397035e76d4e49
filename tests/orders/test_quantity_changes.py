"""Less of a line after placement: both sides sign it, and its money and stock go back. Source: product.md §8, decision 0014."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.core.money import line_total_minor, share_bp
from marketplace.orders import emails, queries, services
from marketplace.orders.errors import ChangeIsOpen, LineHasLeft, NothingChanges, QuantityNotRaised, QuantityTooSmall
from marketplace.orders.lowering import given_up
from marketplace.orders.models import ChangeRequest, InvoiceKind, OrderLine, VendorOrder, VendorOrderState
from marketplace.orders.papers.printing import Paper, purchase_order
from payments.models import HoldState
from tests.factories.accounts import log_in
from tests.factories.catalogue import make_kit, make_product, only_variant, stock_of
from tests.factories.orders import Trade, company_of, fresh, hold_of, make_order, make_trade
from tests.orders.clockwork import mails
from tests.orders.lines import lines_of, make_wide_order

S = VendorOrderState
WHY = "The hall takes fewer lamps."
app_needed = pytest.mark.usefixtures("app")


def ask(trade: Trade, order: VendorOrder, quantity: int, *, side: str = "buyer", place: int = 0) -> ChangeRequest:
    """Another quantity of a line."""
    wanted: Mapping = {lines_of(order)[place].id: quantity}
    with transaction():
        if side == "buyer":
            return services.propose_quantities_as_buyer(order.id, quantities=wanted, reason=WHY, actor=trade.actor)
        return services.propose_quantities_as_vendor(order.id, quantities=wanted, reason=WHY, actor=trade.seller())


def sign(trade: Trade, change: ChangeRequest, *, side: str = "vendor") -> None:
    with transaction():
        if side == "vendor":
            services.accept_change_as_vendor(change.id, answer=None, actor=trade.seller())
        else:
            services.accept_change_as_buyer(change.id, answer=None, actor=trade.actor)


@app_needed
class TestSigned:
    def test_money_and_stock_of_the_difference_go_back_and_the_rest_stays(self) -> None:
        trade, order = make_order(S.ACCEPTED)
        before = lines_of(order)[0]
        change = ask(trade, order, 60)
        row = queries.lines_of_changes([change.id])[change.id][0]

        sign(trade, change)

        line = lines_of(order)[0]
        assert (line.quantity, line.goods_minor) == (60, 3_000)
        assert row.back_goods_minor == 2_000
        assert hold_of(order).refunded_minor == row.back_minor == order.total_minor - line.goods_minor - line.freight_minor - line.tax_minor
        assert hold_of(order).state is HoldState.FUNDED
        assert stock_of(before.variant_id) == (1_000, 60)

    def test_nothing_moves_before_the_other_side_has_signed(self) -> None:
        trade, order = make_order(S.ACCEPTED)
        change = ask(trade, order, 60)
        with transaction():
            services.decline_change_as_vendor(change.id, answer="It is cut.", actor=trade.seller())

        assert (lines_of(order)[0].quantity, hold_of(order).refunded_minor) == (100, 0)

    def test_what_is_left_is_shipped_invoiced_and_released(self) -> None:
        trade, order = make_order(S.ACCEPTED)
        sign(trade, ask(trade, order, 60))

        for act in (
            lambda: services.mark_ready(order.id, actor=trade.seller()),
            lambda: services.ship_order(order.id, carrier="NSL", tracking=None, actor=trade.seller()),
            lambda: services.confirm_delivery(order.id, actor=trade.actor),
            lambda: services.accept_goods(order.id, actor=trade.actor),
        ):
            with transaction():
                act()

        hold, line = hold_of(order), lines_of(order)[0]
        assert (fresh(order).state, hold.released_minor + hold.refunded_minor) == (S.ACCEPTED_BY_BUYER, order.total_minor)
        (invoice,) = queries.invoices_of_orders([order.id])[order.id]
        assert invoice.kind is InvoiceKind.INVOICE
        assert invoice.total_minor == line.goods_minor + line.freight_minor + line.tax_minor == hold.released_minor
        assert stock_of(line.variant_id) == (940, 0)

    def test_a_partly_shipped_order_ends_with_what_has_left(self) -> None:
        trade, order = make_order(S.IN_PRODUCTION)
        line = lines_of(order)[0]
        with transaction():
            services.ship_part(order.id, quantities={line.id: 60}, carrier="NSL", tracking=None, actor=trade.seller())
        with transaction():
            services.confirm_delivery(order.id, actor=trade.actor)

        sign(trade, ask(trade, order, 60, side="vendor"), side="buyer")

        found = fresh(order)
        assert (found.state, found.inspection_ends_at is not None) == (S.DELIVERED, True)
        assert len(queries.invoices_of_orders([order.id])[order.id]) == 1

    def test_the_vendor_takes_an_order_on_the_condition_of_less(self) -> None:
        trade, order = make_order(S.PLACED)
        change = ask(trade, order, 40, side="vendor")
        assert change.is_condition

        sign(trade, change, side="buyer")

        assert (fresh(order).state, lines_of(order)[0].quantity) == (S.ACCEPTED, 40)

    def test_less_of_a_kit_gives_back_its_parts(self) -> None:
        trade = make_trade()
        part = only_variant(make_product(trade.vendors[0], stock=500))
        make_kit(trade.variants[0], {part: 3})
        db.session.commit()
        trade, order = make_order(S.ACCEPTED, trade=trade)
        assert stock_of(part.id) == (500, 300)

        sign(trade, ask(trade, order, 60))

        assert stock_of(part.id) == (500, 180)

    def test_what_waits_to_come_in_is_given_up_first(self) -> None:
        on = (clock.now() + timedelta(days=20)).date()
        trade, order = make_order(S.ACCEPTED, trade=make_trade(stock=30, back_order_on=on))
        assert stock_of(trade.variants[0].id) == (30, 30)

        sign(trade, ask(trade, order, 40))
        assert stock_of(trade.variants[0].id) == (30, 30)
        sign(trade, ask(trade, order, 20))

        assert stock_of(trade.variants[0].id) == (30, 20)

    def test_the_purchase_order_prints_what_was_placed(self) -> None:
        trade, order = make_order(S.ACCEPTED)
        sign(trade, ask(trade, order, 60))
        lines = lines_of(order)

        paper = Paper(
            order,
            queries.purchase_by_id(order.purchase_id),
            lines,
            queries.seller(order.vendor_id),
            queries.customer(order.buyer_id),
            "Millgate",
            queries.lowered_lines([line.id for line in lines]),
        )

        assert "100" in purchase_order(paper)["rows"][0][3]

    def test_the_other_side_reads_both_quantities_in_its_mail(self) -> None:
        trade, order = make_order(S.ACCEPTED)
        ask(trade, order, 60)

        letter = emails.change_proposed(order.id, trade.sellers[0].id)

        assert letter is not None
        for words in (letter.text, letter.html):
            assert "100\u00a0pcs" in words
            assert "60\u00a0pcs" in words
        assert mails("email_change_proposed") == 1


@app_needed
class TestRefused:
    def test_more_would_need_a_second_payment(self) -> None:
        trade, order = make_order(S.ACCEPTED)

        with pytest.raises(QuantityNotRaised):
            ask(trade, order, 101)

    def test_the_same_quantity_changes_nothing(self) -> None:
        trade, order = make_order(S.ACCEPTED)

        with pytest.raises(NothingChanges):
            ask(trade, order, 100)

    def test_nothing_of_a_line_is_a_cancelled_line(self) -> None:
        trade, order = make_order(S.ACCEPTED)

        with pytest.raises(QuantityTooSmall):
            ask(trade, order, 0)

    def test_less_than_has_left(self) -> None:
        trade, order = make_order(S.READY)
        with transaction():
            services.ship_part(order.id, quantities={lines_of(order)[0].id: 30}, carrier="NSL", tracking=None, actor=trade.seller())

        with pytest.raises(QuantityTooSmall) as refused:
            ask(trade, order, 29)
        assert refused.value.least == 30

    def test_what_left_meanwhile_cannot_be_signed_away(self) -> None:
        trade, order = make_order(S.READY)
        change = ask(trade, order, 20)
        with transaction():
            services.ship_part(order.id, quantities={lines_of(order)[0].id: 30}, carrier="NSL", tracking=None, actor=trade.seller())

        with pytest.raises(LineHasLeft):
            sign(trade, change)
        assert hold_of(order).refunded_minor == 0

    def test_production_waits_for_the_answer(self) -> None:
        trade, order = make_order(S.ACCEPTED)
        ask(trade, order, 20)

        with pytest.raises(ChangeIsOpen), transaction():
            services.mark_in_production(order.id, actor=trade.seller())

    @pytest.mark.parametrize("state", [S.PLACED, S.SHIPPED, S.DELIVERED])
    def test_the_buyer_asks_between_the_yes_and_the_last_shipment(self, state: VendorOrderState) -> None:
        trade, order = make_order(state)

        with pytest.raises(InvalidMove):
            ask(trade, order, 20)

    def test_a_line_of_another_order_is_not_found(self) -> None:
        trade, order = make_order(S.ACCEPTED)
        _, other = make_order(S.ACCEPTED)

        with pytest.raises(NotFound), transaction():
            services.propose_quantities_as_buyer(order.id, quantities={lines_of(other)[0].id: 5}, reason=WHY, actor=trade.actor)


@app_needed
class TestPages:
    def test_the_buyer_proposes_and_the_vendor_reads_the_sum(self, client: FlaskClient) -> None:
        trade, order = make_wide_order(S.ACCEPTED)
        first, second = lines_of(order)
        log_in(client, trade.person, trade.buyer)
        rows = {"lines-0-line_id": str(first.id), "lines-0-quantity": "60", "lines-1-line_id": str(second.id), "lines-1-quantity": ""}
        assert "New quantity" in client.get(f"/orders/{order.number}/quantities").text

        answer = client.post(f"/orders/{order.number}/quantities", data=rows | {"reason": WHY, "_once": "q"})

        assert answer.status_code == 303
        purchase = queries.purchase_by_id(order.purchase_id)
        assert "goes back" in client.get(f"/orders/{purchase.number}").text
        (change,) = queries.changes_of_orders([order.id])[order.id]
        assert [row.to_quantity for row in queries.lines_of_changes([change.id])[change.id]] == [60]
        sign(trade, change)
        assert "went back by agreed changes" in client.get(f"/orders/{purchase.number}").text

    @pytest.mark.parametrize(
        ("typed", "said"), [("101", "More cannot be added"), ("0", "propose to cancel it"), ("1.5", "no whole number")]
    )
    def test_a_wrong_quantity_is_said_at_its_field(self, client: FlaskClient, typed: str, said: str) -> None:
        trade, order = make_order(S.ACCEPTED)
        log_in(client, trade.person, trade.buyer)

        data = {"lines-0-line_id": str(lines_of(order)[0].id), "lines-0-quantity": typed, "reason": WHY}
        answer = client.post(f"/orders/{order.number}/quantities", data=data)

        assert answer.status_code in (409, 422)
        assert said in answer.text
        assert f'value="{typed}"' in answer.text

    def test_the_vendor_of_a_placed_order_is_led_to_it(self, client: FlaskClient) -> None:
        trade, order = make_order(S.PLACED)
        log_in(client, trade.sellers[0], company_of(trade.vendors[0]))

        assert f"/portal/orders/{order.number}/quantities" in client.get(f"/portal/orders/{order.number}").text
        assert "accepted as soon as the buyer agrees" in client.get(f"/portal/orders/{order.number}/quantities").text

    def test_when_everything_has_left_the_page_says_so(self, client: FlaskClient) -> None:
        trade, order = make_order(S.SHIPPED)
        log_in(client, trade.person, trade.buyer)

        assert "no quantity can change" in client.get(f"/orders/{order.number}/quantities").text


@given(
    quantity=st.integers(2, 10_000),
    micro=st.integers(0, 90_000_000),
    freight=st.integers(0, 50_000),
    rate=st.sampled_from([0, 600, 1_900, 2_500]),
    credit=st.integers(0, 5_000),
    data=st.data(),
)
def test_no_part_goes_back_twice_or_grows(quantity: int, micro: int, freight: int, rate: int, credit: int, data: st.DataObject) -> None:
    full = line_total_minor(quantity, micro, price_per=1, currency="EUR")
    credit = min(credit, full)
    line = OrderLine(
        quantity=quantity,
        unit_price_micro=micro,
        price_per=1,
        sample_credit_minor=credit,
        goods_minor=full - credit,
        freight_minor=freight,
        tax_minor=share_bp(full - credit + freight, rate),
        tax_rate_bp=rate,
    )
    to_quantity = data.draw(st.integers(1, quantity - 1))

    back = given_up(line, to_quantity, currency="EUR")

    assert back.is_whole
    assert back.goods_minor <= line.goods_minor
    assert back.freight_minor <= line.freight_minor
    assert back.tax_minor <= line.tax_minor
    assert Decimal(line.goods_minor - back.goods_minor) == max(
        0, line_total_minor(to_quantity, micro, price_per=1, currency="EUR") - credit
    )
