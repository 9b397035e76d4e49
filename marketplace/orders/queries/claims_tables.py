"""The tables of claims: the vendor's, and the platform's desk."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select

from marketplace.core.db import db
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Asked, Choice, Days, Sort, Stretch, Table, Words
from marketplace.orders.models import Claim, ClaimLine, ClaimLineState, ClaimState, VendorOrder
from marketplace.orders.queries.claims import waits_for_ruling


class ClaimFilter(StrEnum):
    """Whose turn it is."""

    VENDOR = "vendor"
    BUYER = "buyer"
    UNDERWAY = "underway"
    PLATFORM = "platform"
    DONE = "done"


CLAIM_WORDS = {
    ClaimFilter.VENDOR: lazy("The vendor answers"),
    ClaimFilter.BUYER: lazy("The buyer decides"),
    ClaimFilter.UNDERWAY: lazy("Agreed, on its way"),
    ClaimFilter.PLATFORM: lazy("The platform decides"),
    ClaimFilter.DONE: lazy("Settled or decided"),
}


def _options() -> list[tuple[str, str]]:
    return [(which.value, gettext(word)) for which, word in CLAIM_WORDS.items()]


def _any_line(state: ClaimLineState) -> ColumnElement[bool]:
    return exists().where(ClaimLine.claim_id == Claim.id, ClaimLine.state == state)


def _state(value: str) -> ColumnElement[bool]:
    is_open, is_ours = Claim.state == ClaimState.OPEN, Claim.handed_over_at.is_not(None)
    unanswered, answered = _any_line(ClaimLineState.OPEN), _any_line(ClaimLineState.ANSWERED)
    match ClaimFilter(value):
        case ClaimFilter.VENDOR:
            return is_open & ~is_ours & unanswered
        case ClaimFilter.BUYER:
            return is_open & ~is_ours & ~unanswered & answered
        case ClaimFilter.UNDERWAY:
            return is_open & ~is_ours & ~unanswered & ~answered
        case ClaimFilter.PLATFORM:
            return is_open & is_ours
        case ClaimFilter.DONE:
            return ~is_open


def _words(words: str) -> ColumnElement[bool]:
    return (
        Claim.number.icontains(words, autoescape=True)
        | VendorOrder.number.icontains(words, autoescape=True)
        | VendorOrder.buyer_name.icontains(words, autoescape=True)
        | VendorOrder.vendor_name.icontains(words, autoescape=True)
    )


def _value() -> ColumnElement[Any]:
    total = func.sum(ClaimLine.goods_minor + ClaimLine.freight_minor + ClaimLine.tax_minor)
    return func.coalesce(select(total).where(ClaimLine.claim_id == Claim.id).scalar_subquery(), 0)


FILTERS = (
    Words("q", lazy("Number or company"), _words),
    Choice("state", lazy("State"), _options, _state),
    Days("opened", lazy("Reported"), Claim.opened_at),
)
SORTS = {
    "reported": Sort(Claim.opened_at, falls=True),
    "answer": Sort(Claim.answer_by_at),
    "number": Sort(Claim.number),
    "order": Sort(VendorOrder.number),
}
VENDOR_CLAIMS = Table(name="orders.vendor_claims", key=Claim.id, sorts=SORTS, default="-reported", filters=FILTERS)
DESK_CLAIMS = Table(
    name="orders.claims",
    key=Claim.id,
    sorts=SORTS,
    default="-reported",
    filters=FILTERS,
)


def _all() -> Select[Any]:
    both: list[Any] = [Claim, VendorOrder]
    return select(*both).join(VendorOrder, VendorOrder.id == Claim.vendor_order_id)


def claims_of_vendor(vendor_id: UUID, asked: Asked) -> Stretch[Any]:
    """A page of the claims about a vendor's orders; each row has the claim and its order."""
    return VENDOR_CLAIMS.page(_all().where(Claim.vendor_id == vendor_id), asked)


def export_claims_of_vendor(vendor_id: UUID, asked: Asked) -> Iterator[Any]:
    """The same list without pages, with the value of each claim."""
    yield from VENDOR_CLAIMS.rows(_all().add_columns(_value()).where(Claim.vendor_id == vendor_id), asked)


def claims_at_desk(asked: Asked) -> Stretch[Any]:
    """A page of all companies' claims; for platform staff only."""
    return DESK_CLAIMS.page(_all(), asked)


def export_claims_at_desk(asked: Asked) -> Iterator[Any]:
    """The same list without pages, with the value of each claim; for platform staff only."""
    yield from DESK_CLAIMS.rows(_all().add_columns(_value()), asked)


def claims_to_decide(limit: int = 50) -> list[tuple[Claim, VendorOrder]]:
    """What was handed to the platform or appealed and is not decided, the first deadline first; for platform staff only."""
    query = _all().where(waits_for_ruling()).order_by(Claim.decide_by_at, Claim.id)
    return [(claim, order) for claim, order in db.session.execute(query.limit(limit))]
