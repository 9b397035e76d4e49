"""Where money is, on pages: the vendor's orders, statement, refunds and debts, the buyer's payments and refunds; each as CSV."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from marketplace.core import clock
from marketplace.core.audit import SYSTEM
from marketplace.core.db import transaction
from payments import queries, services
from payments.models import Hold
from payments.shares import Parts
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.payments import AT_ONCE, holds_of, make_payable_vendor, new_hold
from tests.payments.conftest import Shop
from tests.payments.test_pages import FRAME, as_vendor
from tests.payments.test_recalls import HALF, empty_account, refund, release, transferred

LISTS = ("/portal/money", "/portal/money/statement", "/portal/money/refunds")
BUYER_LISTS = ("/payments", "/payments/refunds")


def page(client: FlaskClient, address: str) -> str:
    """The text of a page, with ordinary spaces."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True).replace("\u00a0", " ")


def back(shop: Shop) -> None:
    """The browser is the buyer's again."""
    log_in(shop.client, shop.person, shop.company)


def test_a_debt_is_shown_with_its_order_and_its_reason(shop: Shop) -> None:
    hold = transferred(shop)
    empty_account(shop, hold)
    refund(hold)
    shop.hear()
    as_vendor(shop, hold)

    text = page(shop.client, "/portal/money")

    assert "You owe money." in text
    assert "EUR 1,235.00" in text
    assert "CLM-2026-000001" in text
    (sums,) = queries.vendor_money(hold.vendor_id)
    kept = sums.held_minor + sums.fee_kept_minor + sums.payable_minor + sums.paid_out_minor
    assert sums.gross_minor == kept + sums.refunded_minor - sums.owed_minor
    assert sums.owed_minor == 123_500


def test_the_sums_of_a_vendor_agree_through_partial_refunds_releases_and_reversals(shop: Shop) -> None:
    vendor = make_payable_vendor()
    payments = [shop.open(holds=[new_hold(vendor)]) for _ in range(4)]
    for payment in payments:
        shop.pay(payment, card=AT_ONCE)
    shop.hear()
    first, second, third, _ = (holds_of(payment)[0] for payment in payments)
    release(first)
    shop.hear()
    refund(first, HALF)
    refund(second, HALF)
    with transaction():
        services.release_part(third.vendor_order_id, Parts(10_000), actor=SYSTEM)
    shop.hear()

    (sums,) = queries.vendor_money(vendor.id)

    kept = sums.held_minor + sums.fee_kept_minor + sums.payable_minor + sums.paid_out_minor
    assert sums.gross_minor == kept + sums.refunded_minor - sums.owed_minor
    assert sums.refunded_minor == 2 * HALF.total_minor
    assert sums.held_minor == 127_500 + 63_750 + 117_500


def test_each_sum_leads_to_its_rows(shop: Shop) -> None:
    _, (held,) = shop.funded(holds=[new_hold(make_payable_vendor())])
    as_vendor(shop, held)
    text = page(shop.client, "/portal/money")

    for address in ("/portal/money?state=held&amp;sort=release", "/portal/money/statement?kind=transfer", "/portal/money/refunds"):
        assert f'href="{address}' in text
    assert held.order_number in page(shop.client, "/portal/money?state=held")
    assert "No order fits" in page(shop.client, "/portal/money?state=paid_out")


def test_the_statement_of_a_period_goes_from_its_opening_to_its_closing(shop: Shop) -> None:
    hold = transferred(shop)
    refund(hold, HALF)
    shop.hear()
    as_vendor(shop, hold)
    today = clock.now().date()

    text = page(shop.client, "/portal/money/statement")
    asked = queries.STATEMENT.read({"at_from": (today + timedelta(days=2)).isoformat()})
    with_nothing = queries.periods(hold.vendor_id, asked)
    (all_of_it,) = queries.periods(hold.vendor_id, queries.STATEMENT.read({}))

    for word in ("Released", "Commission given back", "Taken back from your account", hold.order_number):
        assert word in text
    assert all_of_it.opening_minor + sum(all_of_it.sums.values()) == all_of_it.closing_minor == 0
    assert [(period.opening_minor, period.closing_minor) for period in with_nothing] == [(0, 0)]
    assert "Nothing moved" in page(shop.client, f"/portal/money/statement?at_from={today + timedelta(days=2)}")


def test_the_opening_is_what_was_due_before(shop: Shop) -> None:
    hold = transferred(shop)
    yesterday = queries.STATEMENT.read({"at_to": (clock.now().date() - timedelta(days=1)).isoformat()})

    assert queries.periods(hold.vendor_id, yesterday) == []
    later = queries.STATEMENT.read({"at_from": (clock.now().date() + timedelta(days=1)).isoformat()})
    (period,) = queries.periods(hold.vendor_id, later)
    assert (period.opening_minor, sum(period.sums.values())) == (0, 0)


def test_the_sheets_hold_plain_numbers(shop: Shop) -> None:
    hold = transferred(shop)
    refund(hold, HALF)
    shop.hear()
    as_vendor(shop, hold)

    statement = shop.client.get("/portal/money/statement.csv").get_data(as_text=True)
    refunds = shop.client.get("/portal/money/refunds.csv").get_data(as_text=True)

    assert f"Taken back from your account,{hold.order_number},EUR,617.50" in statement
    assert f"{hold.order_number},CLM-2026-000001,EUR,637.50,Refunded," in refunds


def test_the_buyer_sees_its_payments_and_where_each_refund_is(shop: Shop) -> None:
    hold = transferred(shop)
    refund(hold, HALF)
    shop.hear()
    back(shop)

    payments = page(shop.client, "/payments")
    refunds = page(shop.client, "/payments/refunds")

    assert f"/payments/{hold.payment_id}" in payments
    assert "637.50" in payments
    assert "the provider has paid it" in refunds
    assert f"{hold.order_number}," in shop.client.get("/payments/refunds.csv").get_data(as_text=True)
    assert ",1275.00,0.00,637.50,637.50" in shop.client.get("/payments.csv").get_data(as_text=True)


@pytest.mark.parametrize("address", BUYER_LISTS)
def test_a_buyer_without_payments_is_told_what_stands_here(shop: Shop, address: str) -> None:
    assert 'class="empty"' in page(shop.client, address)


@pytest.mark.parametrize("address", LISTS)
def test_a_vendor_without_money_is_told_what_stands_here(shop: Shop, address: str) -> None:
    (hold,) = holds_of(shop.open())
    as_vendor(shop, hold)

    assert 'class="empty"' in page(shop.client, address)


def test_a_strangers_money_is_on_no_list_and_in_no_sheet(shop: Shop) -> None:
    hold = transferred(shop)
    refund(hold, HALF)
    shop.hear()
    other = make_payable_vendor()
    as_vendor(shop, Hold(vendor_id=other.id))
    for address in LISTS:
        assert hold.order_number not in page(shop.client, address)
        assert hold.order_number not in shop.client.get(f"{address}.csv").get_data(as_text=True)
    stranger = make_company()
    log_in(shop.client, make_member(stranger), stranger)
    for address in BUYER_LISTS:
        assert hold.order_number not in page(shop.client, address)
        assert hold.order_number not in shop.client.get(f"{address}.csv").get_data(as_text=True)


@pytest.mark.parametrize("address", [*LISTS, *BUYER_LISTS])
def test_a_list_takes_the_same_few_queries_for_many_rows(shop: Shop, address: str) -> None:
    vendor = make_payable_vendor()
    _, holds = shop.funded(holds=[new_hold(vendor) for _ in range(12)])
    for hold in holds:
        refund(hold, Parts(1_000))
    if address.startswith("/portal"):
        as_vendor(shop, holds[0])
    page(shop.client, address)

    with count_queries() as statements:
        page(shop.client, address)

    assert len(statements) <= FRAME + 7, statements
