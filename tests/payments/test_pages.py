"""The pages of money: to the cent, in few queries, and a stranger's is not there."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Company
from marketplace.accounts.permissions import Role
from marketplace.core import clock
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db, transaction
from marketplace.core.ids import new_id
from payments import queries, services
from payments.models import Hold
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member, make_operator
from tests.factories.payments import control, holds_of, make_payable_vendor, make_payment, new_hold, transfer_of
from tests.payments.conftest import Shop
from tests.payments.test_refunds import refund
from tests.payments.test_release import release, restrict

FRAME = 8
"""Queries that the frame of any page needs: session, viewer, policy, navigation."""


def as_vendor(shop: Shop, hold: Hold) -> None:
    """Let the browser be the vendor of a hold."""
    company = db.session.get_one(Company, hold.vendor_id)
    log_in(shop.client, make_member(company), company)


def as_finance(shop: Shop) -> None:
    """Let the browser be the platform's finance."""
    operator, person = make_operator([Role.PLATFORM_FINANCE])
    log_in(shop.client, person, operator)


def page(client: FlaskClient, path: str) -> str:
    """A page that is there."""
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_buyer_sees_the_sum_each_part_and_the_way_to_pay(shop: Shop) -> None:
    payment = shop.open()

    text = page(shop.client, f"/payments/{payment.id}")

    assert "EUR\u00a01,275.00" in text
    assert all(part in text for part in ("1,000.00", "20.00", "255.00"))
    assert "Pay EUR\u00a01,275.00" in text


def test_the_buyer_sees_what_is_held_released_and_refunded_to_the_cent(shop: Shop) -> None:
    parts = [new_hold(make_payable_vendor(), goods_minor=goods) for goods in (100_001, 200_002, 300_003)]
    payment, holds = shop.funded(holds=parts)
    release(holds[0])
    refund(holds[1])
    shop.hear()

    text = page(shop.client, f"/payments/{payment.id}")

    assert "EUR\u00a03,275.03" in text  # held
    assert "Released 1,275.01" in text
    assert "Refunded 2,275.02" in text


def test_a_role_that_may_not_pay_sees_why_there_is_no_button(shop: Shop) -> None:
    payment = shop.open()
    log_in(shop.client, make_member(shop.company, [Role.APPROVER]), shop.company)

    text = page(shop.client, f"/payments/{payment.id}")

    assert "Your roles do not allow paying." in text
    assert shop.client.post(f"/payments/{payment.id}/start").status_code == 403


@pytest.mark.parametrize(("method", "path"), [("get", ""), ("post", "/start"), ("get", "/continue"), ("get", "/return")])
def test_a_strangers_payment_answers_like_one_that_never_was(shop: Shop, method: str, path: str) -> None:
    foreign = make_payment()
    own = shop.open()

    answers = [getattr(shop.client, method)(f"/payments/{payment_id}{path}") for payment_id in (foreign.id, new_id(), "nonsense")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert getattr(shop.client, method)(f"/payments/{own.id}{path}").status_code in (200, 303)
    db.session.refresh(foreign)
    assert foreign.attempt == 0


def test_an_unpaid_order_shows_the_vendor_nothing(shop: Shop) -> None:
    payment = shop.open()
    as_vendor(shop, holds_of(payment)[0])

    assert "No money yet" in page(shop.client, "/portal/money")


def test_the_vendor_sees_gross_fee_net_and_where_each_sum_is(shop: Shop) -> None:
    vendor = make_payable_vendor()
    payment, holds = shop.funded(holds=[new_hold(vendor, goods_minor=100_000 + n, commission_minor=4_000 + n) for n in range(4)])
    with transaction():
        services.set_release_time(holds[0].vendor_order_id, clock.now() + timedelta(days=9))
    release(holds[1])
    shop.hear()
    restrict(shop, holds[0], "restricted")
    release(holds[2])
    refund(holds[3])
    shop.hear()
    as_vendor(shop, holds[0])

    text = page(shop.client, "/portal/money")

    (sums,) = queries.vendor_money(vendor.id)
    kept = sums.held_minor + sums.fee_kept_minor + sums.payable_minor + sums.paid_out_minor
    assert sums.gross_minor == kept + sums.refunded_minor - sums.owed_minor
    assert (sums.held_minor, sums.payable_minor, sums.paid_out_minor) == (127_500, 123_500, 123_500)
    assert (sums.fee_kept_minor, sums.refunded_minor) == (8_003, 127_503)
    for word in ("at the latest", "Payable", "Paid out", ">Refunded<"):
        assert word in text
    assert payment.purchase_number not in text


def test_the_sheet_has_the_same_sums_as_plain_numbers(shop: Shop) -> None:
    _, (hold,) = shop.funded()
    as_vendor(shop, hold)

    answer = shop.client.get("/portal/money.csv")

    assert answer.mimetype == "text/csv"
    assert f"{hold.order_number},EUR,1275.00,40.00,1235.00,1275.00,0.00,Held," in answer.get_data(as_text=True)


def test_another_vendors_money_is_not_on_my_page(shop: Shop) -> None:
    _, holds = shop.funded(holds=[new_hold(make_payable_vendor()), new_hold(make_payable_vendor())])
    as_vendor(shop, holds[0])

    text = page(shop.client, "/portal/money") + shop.client.get("/portal/money.csv").get_data(as_text=True)

    assert holds[0].order_number in text
    assert holds[1].order_number not in text


def test_the_vendors_list_goes_on_by_key_and_needs_the_same_queries_for_many(shop: Shop) -> None:
    vendor = make_payable_vendor()
    _, holds = shop.funded(holds=[new_hold(vendor, goods_minor=1_000 + n, commission_minor=1) for n in range(60)])
    as_vendor(shop, holds[0])

    with count_queries() as statements:
        first = page(shop.client, "/portal/money")
    second = page(shop.client, "/portal/money?" + first.split('rel="next"')[0].rsplit('href="?', 1)[1].split('"')[0])

    numbers = {hold.order_number for hold in holds}
    shown = [{number for number in numbers if number in text} for text in (first, second)]
    assert (len(shown[0]), len(shown[1]), len(shown[0] & shown[1])) == (25, 25, 0)
    assert len(statements) <= FRAME + 7, statements


def test_the_payment_page_needs_the_same_queries_for_many_orders(shop: Shop) -> None:
    vendor = make_payable_vendor()
    payment = shop.open(holds=[new_hold(vendor) for _ in range(30)])

    with count_queries() as statements:
        page(shop.client, f"/payments/{payment.id}")

    assert len(statements) <= FRAME + 3, statements


def test_finance_sees_both_books_and_that_they_agree(shop: Shop) -> None:
    shop.funded()
    as_finance(shop)

    text = page(shop.client, "/desk/ledger")

    assert "Agrees" in text
    assert "1,255.62" in text  # 1,275.00 less the provider's fee
    assert "JE-" in text


def test_finance_sees_a_difference_to_the_cent(shop: Shop) -> None:
    shop.funded()
    control(shop.provider, "outcome", {"adjust": 5_001, "currency": "eur"})
    as_finance(shop)

    text = page(shop.client, "/desk/ledger")

    assert "Differs" in text
    assert "50.01" in text


def test_with_the_provider_down_the_books_are_still_shown(shop: Shop) -> None:
    shop.funded()
    as_finance(shop)
    control(shop.provider, "fault", {"mode": "drop_before", "path": "^/v1/balance$", "times": 3})

    text = page(shop.client, "/desk/ledger")

    assert "Provider does not answer" in text
    assert "1,255.62" in text


def test_entries_are_found_by_purchase_order_and_account(shop: Shop) -> None:
    payment, (hold,) = shop.funded()
    other, _ = shop.funded()
    release(hold)
    as_finance(shop)

    by_purchase = page(shop.client, f"/desk/ledger?reference={payment.purchase_number.lower()}")
    by_order = page(shop.client, f"/desk/ledger?reference={hold.order_number}")
    by_account = page(shop.client, "/desk/ledger?code=4010")
    nothing = page(shop.client, "/desk/ledger?reference=PO-1999-000001")

    for text in (by_purchase, by_order):
        assert f"release:{queries.releases_of_hold(hold.id)[0].id}" in text
        assert text.count('scope="rowgroup"') == 3
    assert by_account.count('scope="rowgroup"') == 1
    assert "No entries" in nothing
    assert str(other.id) not in by_purchase


def test_entries_go_on_by_key_both_ways_in_few_queries(shop: Shop) -> None:
    vendor = make_payable_vendor()
    _, holds = shop.funded(holds=[new_hold(vendor, goods_minor=1_000 + n, commission_minor=1) for n in range(40)])
    for hold in holds:
        release(hold)
    as_finance(shop)

    with count_queries() as statements:
        first = page(shop.client, "/desk/ledger")
    second = page(shop.client, "/desk/ledger" + link(first, "next"))
    back = page(shop.client, "/desk/ledger" + link(second, "prev"))

    assert [text.count('scope="rowgroup"') for text in (first, second, back)] == [25, 17, 25]
    assert keys(back) == keys(first)
    assert not keys(first) & keys(second)
    assert len(statements) <= FRAME + 12, statements


def link(text: str, rel: str) -> str:
    """The query string of the link on or back."""
    return "?" + text.split(f'rel="{rel}"', maxsplit=1)[0].rsplit('href="?', 1)[1].split('"', maxsplit=1)[0]


def keys(text: str) -> set[str]:
    """The keys of the entries on a page."""
    return {part.split("<")[0] for part in text.split("<code>")[1:]}


@pytest.mark.parametrize("query", ["reference=%00", "reference=" + "x" * 70, "after=-1", "after=9e9", "before=99999999999999999999"])
def test_a_filter_that_cannot_be_read_says_so(shop: Shop, query: str) -> None:
    as_finance(shop)

    assert shop.client.get("/desk/ledger?" + query).status_code == 422


def test_finance_lets_a_waiting_transfer_go_on(shop: Shop) -> None:
    _, (hold,) = shop.funded()
    restrict(shop, hold, "restricted")
    release(hold)
    shop.hear()
    as_finance(shop)
    operation = transfer_of(hold)
    assert operation is not None

    text = page(shop.client, "/desk/ledger")
    assert "The vendor&#39;s account is restricted." in text
    assert hold.order_number in text
    answer = shop.client.post(f"/desk/ledger/operations/{operation.id}/retry")

    assert answer.status_code == 303
    assert shop.client.post(f"/desk/ledger/operations/{operation.id}/retry").status_code == 409
    assert shop.client.post(f"/desk/ledger/operations/{new_id()}/retry").status_code == 404


def test_the_desk_is_for_finance_only(shop: Shop) -> None:
    operator, verifier = make_operator([Role.PLATFORM_VERIFIER])
    assert shop.client.get("/desk/ledger").status_code == 403
    log_in(shop.client, verifier, operator)

    assert shop.client.get("/desk/ledger").status_code == 403


def test_the_vendors_pages_are_not_for_buyers(shop: Shop) -> None:
    for path in ("/portal/money", "/portal/money.csv", "/portal/payout-account", "/portal/payout-account/continue"):
        assert shop.client.get(path).status_code == 403


def test_a_frozen_hold_is_said_on_both_sides(shop: Shop) -> None:
    payment, (hold,) = shop.funded()
    with transaction():
        services.freeze_hold(hold.vendor_order_id, reason="damaged", actor=SYSTEM)

    assert ">Frozen<" in page(shop.client, f"/payments/{payment.id}")
    as_vendor(shop, hold)
    assert ">Frozen<" in page(shop.client, "/portal/money")


def test_a_closed_payment_says_so_and_offers_no_button(shop: Shop) -> None:
    payment = shop.open()
    with transaction():
        services.expire_payment(payment.purchase_id, actor=SYSTEM)

    text = page(shop.client, f"/payments/{payment.id}")

    assert "not paid in time" in text
    assert "Pay EUR" not in text
    assert make_company().id  # another company changes nothing
