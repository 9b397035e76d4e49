"""Where the money of some orders is: sums computed here, so that no template adds money."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.core.i18n import day, gettext, money
from marketplace.orders.models import VendorOrder
from payments.models import Hold, HoldState


@dataclass(frozen=True, slots=True)
class MoneyView:
    """Where the money of some orders is, to the cent: sums in minor units, parts for the bar, a row for each order."""

    currency: str
    total_minor: int
    held_minor: int
    released_minor: int
    refunded_minor: int
    parts: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    said: str


def money_view(holds: Sequence[Hold], orders: Sequence[VendorOrder], currency: str) -> MoneyView:
    """Where the money of a purchase, or of one of its orders, is. Each order has one hold so far."""
    by_order = {hold.vendor_order_id: hold for hold in holds}
    total = sum(hold.amount_minor for hold in holds)
    held = sum(hold.held_minor for hold in holds)
    released = sum(hold.released_minor - hold.taken_back_minor for hold in holds)
    refunded = sum(hold.returned_minor for hold in holds)
    words: list[tuple[str, str, int]] = [
        ("done", gettext("Released"), released),
        ("held", gettext("Held"), held),
        ("ink", gettext("Refunded"), refunded),
    ]
    parts = [{"tone": tone, "word": word, "amount_minor": minor, "share": minor / total} for tone, word, minor in words if minor]
    said = gettext(", ").join(f"{word} {money(minor, currency)}" for _, word, minor in words if minor)
    return MoneyView(
        currency=currency,
        total_minor=total,
        held_minor=held,
        released_minor=released,
        refunded_minor=refunded,
        parts=parts,
        rows=[_hold_row(order, by_order[order.id]) for order in orders if order.id in by_order],
        said=said,
    )


def _hold_row(order: VendorOrder, hold: Hold) -> dict[str, Any]:
    """A row of `macros/money.html: holds`."""
    word, tone, note = _hold_said(order, hold)
    return {
        "title": order.vendor_name,
        "condition": order.number,
        "amount_minor": hold.amount_minor,
        "word": word,
        "tone": tone,
        "note": note,
        "needs_you": False,
    }


def _hold_said(order: VendorOrder, hold: Hold) -> tuple[str, str | None, str | None]:
    match hold.state:
        case HoldState.AWAITING_FUNDS:
            return gettext("Not paid"), "need", None
        case HoldState.FUNDING:
            return gettext("Bank works on it"), None, None
        case HoldState.FUNDED if hold.frozen_at is not None:
            return gettext("Held"), "held", gettext("frozen")
        case HoldState.FUNDED if hold.released_minor:
            return gettext("Partly released"), "held", gettext("%(sum)s held", sum=money(hold.held_minor, hold.currency))
        case HoldState.FUNDED if hold.release_at is not None:
            return gettext("Held"), "held", gettext("until %(day)s", day=day(hold.release_at))
        case HoldState.FUNDED:
            return gettext("Held"), "held", gettext("until acceptance")
        case HoldState.RELEASED:
            return gettext("Released"), "done", day(hold.released_at) if hold.released_at else None
        case HoldState.PAID_OUT:
            return gettext("Paid out"), "done", day(hold.paid_out_at) if hold.paid_out_at else None
        case HoldState.REFUNDED:
            return gettext("Refunded"), "off", day(order.ended_at) if order.ended_at else None
        case HoldState.SPLIT:
            return gettext("Refunded in part"), "done", None
        case HoldState.EXPIRED:
            return gettext("Never paid"), "off", None
