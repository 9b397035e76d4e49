"""Pages of fulfilment: shipments of a part, counting, accepting by line, changes, production, reorder."""

import io
import re
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.i18n import amount, money
from marketplace.orders import queries, services
from marketplace.orders.models import ChangeRequestLine, VendorOrder, VendorOrderState
from tests.factories.accounts import log_in
from tests.factories.orders import Trade, company_of, fill_cart, fresh, hold_of, make_order, make_trade
from tests.orders.browsing import as_buyer, as_vendor, page, send_checkout, statements_of
from tests.orders.lines import lines_of, make_wide_order, make_wide_trade, number_of, rows

S = VendorOrderState


def photo() -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "grey").save(out, "PNG")
    return out.getvalue()


class TestShipping:
    def test_a_part_leaves_and_both_sides_read_what_is_in_it(self, client: FlaskClient) -> None:
        trade, order = make_wide_order()
        as_vendor(client, trade)
        at = f"/portal/orders/{order.number}"
        assert 'value="100"' in page(client.get(f"{at}/shipments/new"))

        form = rows(order, _0="60") | {"carrier": "NSL", "tracking": "NSL 7"}
        text = page(client.post(f"{at}/shipments", data=form, follow_redirects=True))

        assert "Partly shipped" in text
        assert "60 pcs shipped" in text
        assert text.count("0 pcs shipped") == len(lines_of(order)), "each line says what has left, also when that is nothing"
        as_buyer(client, trade)
        text = page(client.get(f"/orders/{number_of(order)}"))
        assert "Partly shipped" in text
        assert "Count what arrived" in text

    @pytest.mark.parametrize(("typed", "said"), [("101", "At most 100"), ("half", "Write a number"), ("0.5", "no whole number")])
    def test_a_wrong_quantity_is_said_at_its_field_and_nothing_typed_is_lost(self, client: FlaskClient, typed: str, said: str) -> None:
        trade, order = make_wide_order()
        as_vendor(client, trade)

        form = rows(order, _0=typed, _1="7") | {"carrier": "NSL", "tracking": "NSL 7"}
        response = client.post(f"/portal/orders/{order.number}/shipments", data=form)

        text = response.get_data(as_text=True).replace("\u00a0", " ")
        assert response.status_code in (409, 422)
        assert re.search(rf'id="lines-0-quantity-error">[^<]*{said}', text)
        assert all(f'value="{value}"' in text for value in (typed, "7", "NSL 7"))

    def test_ship_complete_says_why_a_part_does_not_leave(self, client: FlaskClient) -> None:
        trade, order = make_wide_order()
        order.ship_complete = True
        as_vendor(client, trade)
        form_link = f'href="/portal/orders/{order.number}/shipments/new"'

        text = page(client.post(f"/portal/orders/{order.number}/shipments", data=rows(order, _0="1") | {"carrier": "NSL"}), 409)

        assert "The buyer takes all lines in one shipment." in text
        assert form_link not in page(client.get(f"/portal/orders/{order.number}"))

    def test_a_proof_is_a_file_that_the_buyer_reads_too(self, client: FlaskClient) -> None:
        trade, order = make_wide_order(S.SHIPPED)
        as_vendor(client, trade)
        at = f"/portal/orders/{order.number}/shipments/1/delivered"
        page(client.get(at))
        text = page(client.post(at, data={"signed_by": "A. Berg", "proof": (io.BytesIO(b"hello"), "proof.txt")}), 422)
        assert 'id="proof-error"' in text
        assert 'value="A. Berg"' in text

        page(client.post(at, data={"signed_by": "A. Berg", "proof": (io.BytesIO(photo()), "signed.png")}, follow_redirects=True))

        assert fresh(order).state is S.DELIVERED
        file_id = queries.shipment_of_order(order.id, 1).proof_file_id
        assert file_id is not None
        as_buyer(client, trade)
        assert "Proof of delivery" in page(client.get(f"/orders/{number_of(order)}"))
        assert client.get(f"/files/{file_id}").status_code == 200
        as_buyer(client, make_trade())
        assert client.get(f"/files/{file_id}").status_code == 404

    def test_the_buyer_counts_a_shipment(self, client: FlaskClient) -> None:
        trade, order = make_wide_order(S.SHIPPED)
        as_buyer(client, trade)
        at = f"/orders/{order.number}/shipments/1"
        page(client.get(at))
        text = page(client.post(at, data=rows(order, _0="101", _1="100")), 409)
        assert f"{lines_of(order)[0].sku}: At most 100" in text

        text = page(client.post(at, data=rows(order, _0="90", _1="100"), follow_redirects=True))

        assert "10 pcs missing" in text
        assert fresh(order).state is S.DELIVERED

    def test_the_buyer_accepts_line_by_line(self, client: FlaskClient) -> None:
        trade, order = make_wide_order(S.DELIVERED)
        as_buyer(client, trade)
        at = f"/orders/{order.number}/accept-lines"
        page(client.get(at))
        page(client.post(at, data=rows(order)), 409)
        text = page(client.post(at, data=rows(order, _0="60"), follow_redirects=True))
        assert "Accepted. The rest waits for you." in text
        text = page(client.post(at, data=rows(order, _0="40"), follow_redirects=True))
        assert f"is released to {order.vendor_name}." in text
        assert "Partly released" in text
        assert "100 pcs accepted" in text  # also of a line that is accepted whole, while others wait
        held = f"EUR {hold_of(order).held_minor / 100:.2f}"
        assert f"freeze {held}" in page(client.get(f"/orders/{order.number}/problem"))

        text = page(client.post(at, data=rows(order, _1="100"), follow_redirects=True))

        assert "Everything is accepted, and the money is released." in text
        assert "pcs accepted" not in text
        assert fresh(order).state is S.ACCEPTED_BY_BUYER
        assert "Nothing waits" in page(client.get(at))

    def test_strangers_find_none_of_these_pages(self, client: FlaskClient) -> None:
        _, order = make_wide_order(S.SHIPPED)
        other = make_trade()
        as_buyer(client, other)
        for path in (f"/orders/{order.number}/shipments/1", f"/orders/{order.number}/accept-lines", f"/orders/{order.number}/change"):
            assert client.get(path).status_code == 404
        log_in(client, other.sellers[0], company_of(other.vendors[0]))
        db.session.commit()
        for path in ("shipments/new", "shipments/1/delivered", "change", "cancel-lines", "production"):
            assert client.get(f"/portal/orders/{order.number}/{path}").status_code == 404


class TestChanges:
    def propose(self, client: FlaskClient, trade: Trade, order: VendorOrder) -> str:
        as_vendor(client, trade)
        page(client.get(f"/portal/orders/{order.number}/change"))
        form = rows(order, kind="day", _0="2030-03-01") | {"reason": "The steel comes late."}
        return page(client.post(f"/portal/orders/{order.number}/change", data=form, follow_redirects=True))

    def test_a_condition_goes_from_the_inbox_to_the_buyers_yes(self, client: FlaskClient) -> None:
        trade, order = make_order()
        text = self.propose(client, trade, order)
        assert "Your own time to answer stands still." in text
        assert "Accept order" not in text

        as_buyer(client, trade)
        assert "A change needs your answer" in page(client.get("/orders"))
        text = page(client.get(f"/orders/{number_of(order)}"))
        assert "The vendor takes the order only with it." in text
        path = re.search(r'action="(/orders/[^"]+/accept)"', text)
        assert path is not None
        text = page(client.post(path[1], data={"answer": "Fine."}, follow_redirects=True))

        assert fresh(order).state is S.ACCEPTED
        assert "now 1 Mar 2030" in text

    def test_what_is_wrong_is_said_at_the_line(self, client: FlaskClient) -> None:
        trade, order = make_order(S.ACCEPTED)
        as_vendor(client, trade)
        at = f"/portal/orders/{order.number}/change"

        form = rows(order, kind="day", _0="2020-01-01") | {"reason": "The steel comes late."}
        text = page(client.post(at, data=form), 409)
        assert 'id="lines-0-day-error"' in text
        assert "The steel comes late." in text
        assert 'id="reason-error"' in page(client.post(at, data=rows(order, kind="day", _0="2030-01-01")), 422)
        far = page(client.post(at, data=rows(order, kind="day", _0="9999-12-31") | {"reason": "The steel comes late."}), 422)
        assert "This is more than five years from now." in far
        assert "Nothing would change" in page(client.post(at, data=rows(order, kind="day") | {"reason": "No reason."}), 409)

    def test_one_day_for_every_line_leaves_those_with_a_day_of_their_own(self, client: FlaskClient) -> None:
        trade, order = make_wide_order(S.ACCEPTED)
        first, second, *rest = lines_of(order)
        as_vendor(client, trade)
        at = f"/portal/orders/{order.number}/change"
        shown = {f"_{n}": str(line.first_promise_on) for n, line in enumerate([first, second, *rest])}
        form = rows(order, **{"kind": "day", **shown, "_1": "2030-04-02"}) | {"reason": "The steel comes late."}

        refused = page(client.post(at, data=form | {"day": "2020-01-01"}), 409)
        assert 'id="day-error"' in refused
        page(client.post(at, data=form | {"day": "2030-03-01"}, follow_redirects=True))

        wanted = {row.line_id: row.to_on for row in db.session.scalars(select(ChangeRequestLine))}
        assert wanted == {line.id: date(2030, 3, 1) for line in (first, *rest)} | {second.id: date(2030, 4, 2)}

    def test_lines_are_cancelled_by_both(self, client: FlaskClient) -> None:
        trade, order = make_wide_order(S.ACCEPTED)
        as_buyer(client, trade)
        at = f"/orders/{order.number}/cancel-lines"
        page(client.get(at))
        assert 'id="line_ids-error"' in page(client.post(at, data={"reason": "Too many."}), 422)
        page(client.post(at, data={"reason": "Too many.", "line_ids": str(lines_of(order)[1].id)}, follow_redirects=True))

        as_vendor(client, trade)
        assert "Answer the change" in page(client.get("/portal/orders"))
        text = page(client.get(f"/portal/orders/{order.number}"))
        path = re.search(r'action="(/portal/orders/[^"]+/accept)"', text)
        assert path is not None
        text = page(client.post(path[1], data={}, follow_redirects=True))

        assert "Cancelled" in text
        assert lines_of(order)[1].cancelled_at is not None

    def test_a_late_answer_shows_the_page_as_it_is_now(self, client: FlaskClient) -> None:
        trade, order = make_order(S.ACCEPTED)
        self.propose(client, trade, order)
        change = queries.find_open_change(order.id)
        assert change is not None
        with transaction():
            services.withdraw_change_as_vendor(change.id, actor=trade.seller())
        as_buyer(client, trade)

        text = page(client.post(f"/orders/{order.number}/changes/{change.id}/accept", data={}), 409)

        assert "has been answered, withdrawn" in text
        assert client.post(f"/orders/{order.number}/changes/nonsense/accept", data={}).status_code == 404


class TestProduction:
    def test_the_buyer_sees_the_stage_and_its_photos(self, client: FlaskClient) -> None:
        trade, order = make_order(S.IN_PRODUCTION)
        as_vendor(client, trade)
        at = f"/portal/orders/{order.number}/production"
        page(client.get(at))

        form = {"title": "Hardened", "note": "58 HRC.", "photos": [(io.BytesIO(photo()), "a.png"), (io.BytesIO(photo()), "b.png")]}
        page(client.post(at, data=form, follow_redirects=True))

        as_buyer(client, trade)
        text = page(client.get(f"/orders/{number_of(order)}"))
        assert "58 HRC." in text
        shown = re.findall(r'src="(/files/[^"]+/160\.webp)"', text)
        assert len(shown) == 2
        assert client.get(shown[0]).status_code == 200
        as_buyer(client, make_trade())
        assert client.get(shown[0]).status_code == 404

    def test_a_picture_that_cannot_be_read_is_said_and_nothing_is_written(self, client: FlaskClient) -> None:
        trade, order = make_order(S.IN_PRODUCTION)
        as_vendor(client, trade)

        form = {"title": "Hardened", "photos": (io.BytesIO(photo()[:60]), "broken.png")}
        text = page(client.post(f"/portal/orders/{order.number}/production", data=form), 422)

        assert "broken.png" in text
        assert 'value="Hardened"' in text
        assert queries.stages_of_orders([order.id]) == {}

    def test_photos_that_a_refused_form_cannot_keep_are_named(self, client: FlaskClient) -> None:
        trade, order = make_order(S.IN_PRODUCTION)
        as_vendor(client, trade)
        at = f"/portal/orders/{order.number}/production"

        form = {"title": "", "photos": [(io.BytesIO(photo()), "a.png"), (io.BytesIO(photo()), "b.png")]}
        text = page(client.post(at, data=form), 422)

        assert "Choose again: a.png, b.png" in text
        assert re.search(r'<input type="file" id="photos"[^>]*aria-describedby="photos-lost ', text)
        assert "Choose again" not in page(client.get(at))

    def test_too_many_photos(self, client: FlaskClient) -> None:
        trade, order = make_order(S.IN_PRODUCTION)
        as_vendor(client, trade)
        form = {"title": "Hardened", "photos": [(io.BytesIO(photo()), f"{n}.png") for n in range(7)]}

        assert "At most 6 photos." in page(client.post(f"/portal/orders/{order.number}/production", data=form), 422)

    def test_nothing_is_told_once_everything_has_left(self, client: FlaskClient) -> None:
        trade, order = make_order(S.SHIPPED)
        as_vendor(client, trade)

        page(client.post(f"/portal/orders/{order.number}/production", data={"title": "Hardened"}), 409)

        assert queries.stages_of_orders([order.id]) == {}


class TestCheckoutWishes:
    def test_requested_days_and_ship_complete_reach_the_order(self, client: FlaskClient) -> None:
        trade = make_trade()
        fill_cart(trade, (100,))
        as_buyer(client, trade)

        send_checkout(client, **{"wishes-0-day": "2030-02-01", "ship_complete": "1"})

        order = db.session.scalars(select(VendorOrder)).one()
        assert (str(lines_of(order)[0].requested_on), order.ship_complete) == ("2030-02-01", True)
        assert "asked for: 1 Feb 2030" in page(client.get(f"/orders/{number_of(order)}"))

    def test_a_day_that_is_over_is_said_at_its_line(self, client: FlaskClient) -> None:
        trade = make_trade()
        fill_cart(trade, (100,))
        as_buyer(client, trade)

        text = page(send_checkout(client, **{"wishes-0-day": "2020-02-01"}), 422)

        assert 'id="wishes-0-day-error"' in text
        assert 'value="2020-02-01"' in text
        assert "This is more than five years from now." in page(send_checkout(client, **{"wishes-0-day": "2206-12-01"}), 422)


class TestLists:
    def test_the_list_walks_sorts_and_downloads(self, client: FlaskClient) -> None:
        trade = make_trade(stock=100_000)
        numbers = [number_of(make_order(trade=trade, quantities=(n + 1,))[1]) for n in range(3)]
        as_buyer(client, trade)

        text = page(client.get("/orders?sort=-total"))

        assert [text.index(number) for number in reversed(numbers)] == sorted(text.index(number) for number in numbers)
        csv = client.get("/orders.csv?sort=-total").get_data(as_text=True)
        assert [csv.index(number) for number in reversed(numbers)] == sorted(csv.index(number) for number in numbers)
        assert "No order fits" in page(client.get("/orders?placed_to=2001-01-01"))

    def test_nonsense_in_the_address_shows_the_plain_list(self, client: FlaskClient) -> None:
        trade, order = make_order()
        as_vendor(client, trade)

        for query in ("sort=nonsense", "after=x", "before=%00", "state=all", "endpoint=x&_external=1", "placed_from=never"):
            assert order.number in page(client.get(f"/portal/orders?{query}"))

    def test_the_inbox_sorts_by_what_is_due_next(self, client: FlaskClient) -> None:
        trade = make_trade(stock=100_000)
        _, answered = make_order(S.ACCEPTED_BY_BUYER, trade=trade)
        _, placed = make_order(trade=trade)
        as_vendor(client, trade)

        text = page(client.get("/portal/orders?sort=due&q=ORD"))

        assert text.index(placed.number) < text.index(answered.number)

    def test_a_promise_that_has_passed_is_late_in_the_list(self, client: FlaskClient) -> None:
        trade, order = make_order(S.IN_PRODUCTION)
        line = lines_of(order)[0]
        as_vendor(client, trade)

        kept = page(client.get("/portal/orders"))
        line.first_promise_on = clock.now().date() - timedelta(days=3)
        db.session.commit()
        broken = page(client.get("/portal/orders"))

        assert '<span class="due">' in kept
        assert '<span class="due" data-tone="late">' in broken

    def test_the_history_shows_eight_and_folds_the_rest(self, client: FlaskClient) -> None:
        trade, order = make_order(S.ACCEPTED_BY_BUYER, trade=make_trade(vendors=3))
        as_buyer(client, trade)

        text = page(client.get(f"/orders/{number_of(order)}"))

        assert re.search(r"<summary>\d+ earlier events</summary>", text)

    def test_an_order_of_many_lines_asks_the_same_as_one_of_one(self, client: FlaskClient) -> None:
        trade = make_wide_trade(12, stock=10_000)
        _, wide = make_wide_order(S.DELIVERED, trade=trade)
        narrow_trade, narrow = make_order(S.DELIVERED)
        as_vendor(client, narrow_trade)
        one = statements_of(client, f"/portal/orders/{narrow.number}")
        as_vendor(client, trade)

        assert statements_of(client, f"/portal/orders/{wide.number}") == one <= 36


def test_both_sides_read_the_money_that_is_left_after_a_line_is_cancelled(client: FlaskClient) -> None:
    trade, order = make_wide_order(S.ACCEPTED)
    gone = lines_of(order)[1]
    with transaction():
        change = services.propose_cancel_as_buyer(order.id, line_ids=[gone.id], reason="Too many.", actor=trade.actor)
    for act in (
        lambda: services.accept_change_as_vendor(change.id, answer=None, actor=trade.seller()),
        lambda: services.mark_ready(order.id, actor=trade.seller()),
        lambda: services.ship_order(order.id, carrier="NSL", tracking=None, actor=trade.seller()),
        lambda: services.confirm_delivery(order.id, actor=trade.actor),
    ):
        with transaction():
            act()
    left = order.total_minor - gone.goods_minor - gone.freight_minor - gone.tax_minor

    as_buyer(client, trade)
    text = page(client.get(f"/orders/{number_of(order)}"))
    assert f"Accept goods, release {money(left, 'EUR')}".replace("\u00a0", " ") in text
    as_vendor(client, trade)
    text = page(client.get(f"/portal/orders/{order.number}"))
    assert "Went back to the buyer" in text
    assert amount(left - (order.goods_minor - gone.goods_minor) * 4 // 100, "EUR") in text
