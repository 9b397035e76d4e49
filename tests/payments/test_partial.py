"""Money in parts: a part goes back while the rest is held, a part is released, a hold goes both ways. Source: payments.md J10, J16."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.core.audit import SYSTEM
from marketplace.core.db import db, transaction
from payments import ledger, queries, services
from payments.chart import COMMISSION, HELD, PAYABLE, REFUNDS_PAYABLE, STRIPE_BALANCE
from payments.errors import MoneyAlreadyReleased, MoneyNotHeld, MoreThanHeld, VendorNotPayable
from payments.models import Hold, HoldState, Refund
from payments.shares import Parts, commission_of, commission_share
from tests.factories.payments import control, holds_of, make_payable_vendor, new_hold, provider_balance, provider_get
from tests.payments.conftest import Shop

HALF = Parts(50_000, 1_000, 12_750)


def refund(hold: Hold, parts: Parts) -> None:
    """A part goes back to the buyer."""
    with transaction():
        services.refund_part(hold.vendor_order_id, parts, reason="CLM-2026-000001", actor=SYSTEM)


def release(hold: Hold, parts: Parts | None = None) -> None:
    """All that is held, or a part of it, becomes the vendor's."""
    with transaction():
        if parts is None:
            services.release_on_acceptance(hold.vendor_order_id, actor=SYSTEM)
        else:
            services.release_part(hold.vendor_order_id, parts, actor=SYSTEM)


def refunds_of(hold: Hold) -> list[Refund]:
    """The refunds of a hold as they stand."""
    return list(db.session.query(Refund).filter(Refund.hold_id == hold.id).order_by(Refund.id).populate_existing())


def test_half_goes_back_and_the_rest_stays_held(shop: Shop) -> None:
    payment, (hold,) = shop.funded()

    refund(hold, HALF)

    hold = holds_of(payment)[0]
    assert (hold.state, hold.held_minor, hold.refunded_minor) == (HoldState.FUNDED, 63_750, 63_750)
    assert ledger.balance_of(HELD, "EUR", hold.id) == 63_750
    assert ledger.balance_of(REFUNDS_PAYABLE, "EUR", refunds_of(hold)[0].id) == 63_750
    shop.check()


def test_the_rest_is_released_with_its_share_of_the_commission_and_the_hold_is_split(shop: Shop) -> None:
    payment, (hold,) = shop.funded()
    shop.funded()  # more money on the balance
    control(shop.provider, "clock", {"advance": 3 * 86_400})
    refund(hold, HALF)

    release(hold)
    shop.hear()

    hold = holds_of(payment)[0]
    assert hold.state is HoldState.SPLIT
    assert (hold.released_minor, hold.refunded_minor, hold.kept_commission_minor) == (63_750, 63_750, 2_000)
    assert ledger.balance_of(COMMISSION, "EUR") == 2_000
    assert [transfer["amount"] for transfer in provider_get(shop.provider, "/v1/transfers")["data"]] == [61_750]
    assert [answer["amount"] for answer in provider_get(shop.provider, "/v1/refunds")["data"]] == [63_750]
    assert provider_balance(shop.provider) == ledger.balances_of(STRIPE_BALANCE)
    shop.check()


def test_a_part_is_released_before_the_rest(shop: Shop) -> None:
    payment, (hold,) = shop.funded()

    release(hold, Parts(40_000, 800, 10_200))
    shop.hear()

    hold = holds_of(payment)[0]
    assert (hold.state, hold.held_minor) == (HoldState.FUNDED, 76_500)
    assert ledger.balance_of(COMMISSION, "EUR") == 1_600
    release(hold)
    shop.hear()
    hold = holds_of(payment)[0]
    assert (hold.state, hold.held_minor) == (HoldState.PAID_OUT, 0)
    assert ledger.balance_of(COMMISSION, "EUR") == 4_000
    assert sorted(transfer["amount"] for transfer in provider_get(shop.provider, "/v1/transfers")["data"]) == [49_400, 74_100]
    shop.check()


def test_three_refunds_of_a_third_take_the_whole_commission_and_no_more(shop: Shop) -> None:
    part = new_hold(make_payable_vendor(), goods_minor=10_000, freight_minor=0, tax_minor=0, commission_minor=333)
    payment, (hold,) = shop.funded(holds=[part])

    for goods in (3_333, 3_333, 3_334):
        refund(hold, Parts(goods))

    hold = holds_of(payment)[0]
    assert (hold.state, hold.commission_waived_minor, hold.kept_commission_minor) == (HoldState.REFUNDED, 333, 0)
    assert ledger.balance_of(HELD, "EUR", hold.id) == 0
    shop.check()


def test_freight_that_goes_back_costs_the_platform_no_commission(shop: Shop) -> None:
    payment, (hold,) = shop.funded()

    refund(hold, Parts(0, 2_000, 0))

    assert holds_of(payment)[0].commission_waived_minor == 0


@pytest.mark.parametrize("parts", [Parts(100_001), Parts(0, 2_001), Parts(0, 0, 25_501), Parts(0), Parts(-1, 2)])
def test_more_of_a_part_than_there_is_is_refused_before_the_provider_hears_of_it(shop: Shop, parts: Parts) -> None:
    _, (hold,) = shop.funded()

    with pytest.raises(MoreThanHeld):
        refund(hold, parts)
    with pytest.raises(MoreThanHeld):
        release(hold, parts)

    shop.hear()
    assert provider_get(shop.provider, "/v1/refunds")["data"] == []


def test_two_refunds_are_never_more_than_the_order(shop: Shop) -> None:
    payment, (hold,) = shop.funded()
    refund(hold, Parts(60_000))

    with pytest.raises(MoreThanHeld):
        refund(hold, Parts(40_001))

    assert holds_of(payment)[0].refunded_minor == 60_000


def test_a_part_of_unpaid_or_released_money_is_not_released(shop: Shop) -> None:
    with pytest.raises(MoneyNotHeld):
        release(holds_of(shop.open())[0], HALF)
    _, (hold,) = shop.funded()
    release(hold)
    with pytest.raises(MoneyAlreadyReleased):
        release(hold, HALF)


def test_a_frozen_hold_lets_a_decided_part_go_either_way(shop: Shop) -> None:
    payment, (hold,) = shop.funded()
    with transaction():
        services.freeze_hold(hold.vendor_order_id, reason="CLM-2026-000001", actor=SYSTEM)

    refund(hold, Parts(10_000))
    release(hold, Parts(20_000))

    hold = holds_of(payment)[0]
    assert (hold.held_minor, hold.refunded_minor, hold.released_minor) == (97_500, 10_000, 20_000)
    assert hold.frozen_at is not None
    assert ledger.balance_of(PAYABLE, "EUR", hold.vendor_id) == 19_200
    shop.check()


def test_the_whole_rest_of_a_hold_goes_back_after_a_part(shop: Shop) -> None:
    payment, (hold,) = shop.funded()
    refund(hold, HALF)

    with transaction():
        services.refund_order(hold.vendor_order_id, reason="cancelled", actor=SYSTEM)

    hold = holds_of(payment)[0]
    assert (hold.state, hold.refunded_minor, hold.commission_waived_minor) == (HoldState.REFUNDED, 127_500, 4_000)
    assert [each.amount_minor for each in refunds_of(hold)] == [63_750, 63_750]
    shop.check()


SUMS = st.integers(0, 10**9)


@settings(deadline=None)
@given(commission=SUMS, goods=st.integers(1, 10**9), cuts=st.lists(st.integers(0, 10**9), max_size=8))
def test_shares_of_the_commission_add_up_to_the_whole(commission: int, goods: int, cuts: list[int]) -> None:
    edges = [0, *sorted(cut % (goods + 1) for cut in cuts), goods]
    shares = [commission_of(commission, goods, edge) for edge in edges]

    assert shares[-1] == commission
    assert shares == sorted(shares)


@given(wanted=SUMS, uncharged=SUMS, charged=SUMS, refund=st.integers(1, 10**9), released=SUMS)
def test_no_more_commission_is_given_up_than_there_is(wanted: int, uncharged: int, charged: int, refund: int, released: int) -> None:
    share = commission_share(
        wanted_minor=wanted, uncharged_minor=uncharged, charged_minor=charged, refund_minor=refund, released_minor=released % (refund + 1)
    )

    assert 0 <= share.waived_minor <= uncharged
    assert 0 <= share.back_minor <= charged
    assert share.waived_minor + share.back_minor <= wanted


def test_a_vendor_whose_account_is_not_active_cannot_be_paid_for(shop: Shop) -> None:
    vendor = make_payable_vendor()
    account = queries.find_payout_account(vendor.id)
    assert account is not None
    control(shop.provider, "outcome", {"account": account.stripe_account_id, "transfers": "restricted"})
    shop.hear()

    with pytest.raises(VendorNotPayable):
        shop.open(holds=[new_hold(vendor)])
