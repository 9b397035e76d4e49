"""The second wall: row security on payments, holds and refunds, seen from connections of the pages' own role."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.core import db as database
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db, transaction
from marketplace.core.ids import new_id
from marketplace.supervisor.simulator import Simulator
from payments import ledger, services
from payments.errors import MoneyNotHeld
from payments.models import Hold, HoldState, Payment, Refund
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.payments import holds_of, make_payable_vendor, make_payment, new_hold, pay_page, run_payment_jobs
from tests.factories.vendors import make_vendor

pytestmark = pytest.mark.committed


@pytest.fixture
def as_company(app: Flask) -> Iterator[Callable[[UUID | None], None]]:
    """Begin to act for a company, in a transaction that begins with it."""

    def act(company_id: UUID | None) -> None:
        db.session.remove()
        database.acting_company.set(company_id)

    yield act
    act(None)


@pytest.fixture
def trade(app: Flask, as_company: Callable[[UUID | None], None]) -> tuple[UUID, UUID, UUID, UUID]:
    """Buyer, its vendor, another vendor of the same payment, and the payment."""
    database.as_staff.set(True)
    with transaction():
        buyer, one, two = make_company(), make_vendor(), make_vendor()
        payment = services.open_payment(
            purchase_id=new_id(),
            purchase_number=f"PO-{new_id()}",
            buyer_id=buyer.id,
            currency="EUR",
            holds=[new_hold(one), new_hold(two)],
            actor=SYSTEM,
        )
        ids = buyer.id, one.id, two.id, payment.id
    database.as_staff.set(False)
    as_company(None)
    return ids


def seen(kind: type[Payment] | type[Hold] | type[Refund], payment_id: UUID) -> int:
    """How many rows of a payment the connection sees."""
    column = Payment.id if kind is Payment else kind.payment_id  # type: ignore[union-attr]
    return db.session.query(kind).filter(column == payment_id).count()


def test_each_side_sees_its_own_rows_and_a_stranger_none(
    trade: tuple[UUID, UUID, UUID, UUID], as_company: Callable[[UUID | None], None]
) -> None:
    buyer_id, one_id, _, payment_id = trade
    expected = {buyer_id: (1, 2), one_id: (0, 1), new_id(): (0, 0), None: (0, 0)}

    found = {}
    for company_id in expected:
        as_company(company_id)
        found[company_id] = (seen(Payment, payment_id), seen(Hold, payment_id))

    assert found == expected


def test_a_vendor_cannot_touch_the_other_vendors_hold(
    trade: tuple[UUID, UUID, UUID, UUID], as_company: Callable[[UUID | None], None]
) -> None:
    _, one_id, two_id, payment_id = trade
    as_company(one_id)
    with transaction():
        changed = db.session.query(Hold).filter(Hold.payment_id == payment_id).update({Hold.frozen_reason: "mine"})
    as_company(two_id)

    assert changed == 1
    assert db.session.query(Hold.frozen_reason).filter(Hold.payment_id == payment_id).all() == [(None,)]


def test_a_request_after_another_on_the_same_connection_carries_nothing_over(
    trade: tuple[UUID, UUID, UUID, UUID], as_company: Callable[[UUID | None], None]
) -> None:
    buyer_id, *_, payment_id = trade
    as_company(buyer_id)
    assert seen(Hold, payment_id) == 2
    as_company(None)

    assert seen(Hold, payment_id) == 0


def test_two_open_connections_see_two_worlds_at_once(
    trade: tuple[UUID, UUID, UUID, UUID], as_company: Callable[[UUID | None], None]
) -> None:
    buyer_id, one_id, _, payment_id = trade
    query = "SELECT count(*) FROM holds WHERE payment_id = %s"
    with db.engine.connect() as first, db.engine.connect() as second:
        for connection, company_id in ((first, buyer_id), (second, one_id)):
            connection.exec_driver_sql("SELECT set_config('app.company', %s, true)", (str(company_id),))

        counts = [connection.exec_driver_sql(query, (payment_id,)).scalar_one() for connection in (first, second)]

    assert counts == [2, 1]


@pytest.fixture
def paid(app: Flask, client: FlaskClient, provider: Simulator, as_company: Callable[[UUID | None], None]) -> tuple[UUID, list[UUID], UUID]:
    """A buyer, two vendors, and their payment: started, paid and booked by pages that connect as the pages' own role."""
    as_company(None)
    database.as_staff.set(True)
    buyer = make_company()
    person = make_member(buyer)
    vendors = [make_payable_vendor(), make_payable_vendor()]
    payment = make_payment(buyer_id=buyer.id, holds=[new_hold(vendor) for vendor in vendors])
    log_in(client, person, buyer)
    db.session.commit()
    ids = buyer.id, [vendor.id for vendor in vendors], payment.id
    as_company(None)
    database.as_staff.set(False)

    assert client.post(f"/payments/{ids[2]}/start").location == f"/payments/{ids[2]}/continue"
    as_company(buyer.id)
    pay_page(provider, str(db.session.get_one(Payment, ids[2]).stripe_session_id))
    text = client.get(f"/payments/{ids[2]}/return", follow_redirects=True).get_data(as_text=True)
    assert "held" in text
    as_company(None)
    return ids


def order_of(vendor_id: UUID, payment_id: UUID) -> UUID:
    """The vendor order of a hold, as whoever acts sees it."""
    return db.session.query(Hold).filter(Hold.payment_id == payment_id, Hold.vendor_id == vendor_id).one().vendor_order_id


def test_every_act_works_for_the_side_that_does_it_under_the_pages_own_role(
    app: Flask, paid: tuple[UUID, list[UUID], UUID], as_company: Callable[[UUID | None], None], provider: Simulator
) -> None:
    buyer_id, (one_id, two_id), payment_id = paid
    as_company(one_id)
    with transaction():  # the vendor declines
        services.refund_order(order_of(one_id, payment_id), reason="declined", actor=SYSTEM)
    as_company(buyer_id)
    with transaction():  # the buyer reports a problem, takes it back, and accepts
        order_id = order_of(two_id, payment_id)
        services.freeze_hold(order_id, reason="damaged", actor=SYSTEM)
        services.unfreeze_hold(order_id, actor=SYSTEM)
        services.set_release_time(order_id, None)
        services.release_on_acceptance(order_id, actor=SYSTEM)
    as_company(None)
    database.as_staff.set(True)  # the tasks' role
    run_payment_jobs(app)
    states = [hold.state for hold in holds_of(db.session.get_one(Payment, payment_id))]
    found = ledger.check_ledger()
    as_company(None)
    database.as_staff.set(False)

    assert states == [HoldState.REFUNDED, HoldState.PAID_OUT]
    assert found == []


def test_a_buyer_cannot_move_the_money_of_another_payment_even_by_a_fault_of_ours(
    paid: tuple[UUID, list[UUID], UUID], as_company: Callable[[UUID | None], None]
) -> None:
    buyer_id, (one_id, _), payment_id = paid
    as_company(buyer_id)
    order_id = order_of(one_id, payment_id)
    as_company(new_id())

    with pytest.raises(MoneyNotHeld), transaction():
        services.release_on_acceptance(order_id, actor=SYSTEM)
