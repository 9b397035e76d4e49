"""Claims as tests take them along: the first line of a claim, its answer, and what was credited."""

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.orders import queries, services
from marketplace.orders.models import (
    Claim,
    ClaimLine,
    InvoiceKind,
    Remedy,
    VendorOrder,
)
from tests.factories.orders import Trade, make_trade

HOME = {"name": "Norrvik", "street": "Smidesvägen 12", "postcode": "602 28", "city": "Norrköping", "country": "SE"}


def the_line(claim: Claim) -> ClaimLine:
    """The first line of a claim as it stands."""
    db.session.expire_all()
    return queries.lines_of_claims([claim.id])[claim.id][0]


def now_of(claim: Claim) -> Claim:
    """A claim as it stands."""
    db.session.expire_all()
    return queries.claim_by_id(claim.id)


def answer(trade: Trade, claim: Claim, remedy: Remedy, **fields: object) -> None:
    """The vendor answers the first line."""
    with transaction():
        services.answer_line(claim.id, the_line(claim).id, answer=remedy, text="As said.", actor=trade.seller(), **fields)  # type: ignore[arg-type]


def accept(trade: Trade, claim: Claim) -> None:
    """The buyer takes the answer to the first line."""
    with transaction():
        services.accept_answer(claim.id, the_line(claim).id, actor=trade.actor)


def credited(order: VendorOrder) -> list[int]:
    """The sums of the credit notes of an order."""
    found = queries.invoices_of_orders([order.id])[order.id]
    return [one.total_minor for one in found if one.kind is InvoiceKind.CREDIT_NOTE]


def with_policy(**policy: object) -> Trade:
    """A trade whose vendor has this return policy."""
    returns = {
        "window_days": 30,
        "freight_paid_by": "buyer",
        "restocking_bp": 1_000,
        "accepts": "defect only",
        "custom_goods": "defect only",
    }
    return make_trade(vendor={"returns": returns | policy})


def let_ruling_stand(claim: Claim) -> None:
    """Nobody appeals, and the ruling is carried out."""
    appeal_by_at = now_of(claim).appeal_by_at
    assert appeal_by_at is not None
    with clock.at(appeal_by_at), transaction():
        services.carry_out_ruling(claim.id)
