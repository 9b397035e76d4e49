"""What the order pages show: reads of several rooms put together, sums computed here so that no template adds money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from marketplace.core import clock
from marketplace.core.i18n import day, gettext, instant, money, time_left
from marketplace.orders import queries, wording
from marketplace.orders.deadlines import inspection_day
from marketplace.orders.models import Claim, ClaimState, OrderLine, Purchase, Shipment, VendorOrder, VendorOrderState
from payments.models import Hold, HoldState

S = VendorOrderState
HELD = frozenset({HoldState.FUNDED})


@dataclass(frozen=True, slots=True)
class LineView:
    """A line with its promise and whether it was kept; `days_late` counts from the first promise."""

    line: OrderLine
    days_late: int
    days_early: int
    arrived_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderView:
    """A vendor order as one reader sees it."""

    order: VendorOrder
    lines: tuple[LineView, ...]
    shipments: tuple[Shipment, ...]
    claims: tuple[Claim, ...]
    open_claim: Claim | None
    slug: str | None
    word: str
    tone: str | None
    stages: list[wording.Stage]
    inspection: dict[str, Any] | None
    """{title, sub, day, days, consequence} of a running inspection, as `macros/money.html: clock` takes it"""
    tax: list[tuple[str, int]]

    @property
    def can_inspect(self) -> bool:
        """Whether the buyer accepts or reports now."""
        return self.order.state is S.DELIVERED and self.open_claim is None and self.order.inspection_ends_at is not None

    @property
    def can_confirm_delivery(self) -> bool:
        """Whether the buyer may say that the goods are there."""
        return self.order.state is S.SHIPPED

    @property
    def can_cancel(self) -> bool:
        """Whether the buyer may still take the paid order back."""
        return self.order.state is S.PLACED and self.order.funded_at is not None


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


def order_views(orders: Sequence[VendorOrder], reader: str, zone: str) -> list[OrderView]:
    """The orders of a page for one reader (`buyer`, `vendor` or `staff`), in four statements for any number of them."""
    ids = [order.id for order in orders]
    lines = queries.lines_of_orders(ids)
    shipments = queries.shipments_of_orders(ids)
    claims = queries.claims_of_orders(ids)
    slugs = queries.shop_slugs([order.vendor_id for order in orders])
    return [
        _order_view(
            order, lines[order.id], shipments[order.id], claims.get(order.id, []), slug=slugs.get(order.vendor_id), reader=reader, zone=zone
        )
        for order in orders
    ]


def _order_view(
    order: VendorOrder,
    lines: list[OrderLine],
    shipments: list[Shipment],
    claims: list[Claim],
    *,
    slug: str | None,
    reader: str,
    zone: str,
) -> OrderView:
    open_claim = next((claim for claim in claims if claim.state is ClaimState.OPEN), None)
    views = tuple(_line_view(order, line, zone) for line in lines)
    late = max((view.days_late for view in views), default=0)
    word, tone = _said(order, reader, is_disputed=open_claim is not None, days_late=late)
    inspection = _inspection(order) if order.state is S.DELIVERED and open_claim is None else None
    note = gettext("day %(day)s of %(days)s", day=inspection["day"], days=inspection["days"]) if inspection else None
    if open_claim is not None:
        note = gettext("clock stopped")
    name = gettext("Your inspection") if reader == "buyer" else gettext("Inspection")
    return OrderView(
        order=order,
        lines=views,
        shipments=tuple(shipments),
        claims=tuple(claims),
        open_claim=open_claim,
        slug=slug,
        word=word,
        tone=tone,
        stages=wording.path_of(order, inspection_word=name, tone=tone, inspection_note=note),
        inspection=inspection,
        tax=wording.tax_rows([(line.tax_reason, line.tax_rate_bp, line.tax_minor) for line in lines]),
    )


def _said(order: VendorOrder, reader: str, *, is_disputed: bool, days_late: int) -> wording.Said:
    if reader == "buyer":
        return wording.for_buyer(order, is_disputed=is_disputed, days_late=days_late)
    if reader == "vendor":
        return wording.for_vendor(order, is_disputed=is_disputed)
    return wording.for_staff(order, is_disputed=is_disputed)


def _line_view(order: VendorOrder, line: OrderLine, zone: str) -> LineView:
    if order.state in (S.DECLINED, S.CANCELLED) or line.first_promise_on is None:
        return LineView(line, 0, 0, order.delivered_at)
    arrived_on = (order.delivered_at or clock.now()).astimezone(ZoneInfo(zone)).date()
    early = (line.first_promise_on - arrived_on).days if order.delivered_at else 0
    return LineView(line, wording.days_late(line.first_promise_on, arrived_on), max(0, early), order.delivered_at)


def _inspection(order: VendorOrder) -> dict[str, Any] | None:
    if order.delivered_at is None or order.inspection_ends_at is None:
        return None
    total = money(order.total_minor, order.currency)
    today = inspection_day(order.delivered_at, clock.now(), days=order.inspection_days)
    ends = instant(order.inspection_ends_at)
    return {
        "title": gettext("%(left)s left to inspect", left=time_left(order.inspection_ends_at)),
        "sub": gettext("Day %(day)s of %(days)s. Ends %(at)s.", day=today, days=order.inspection_days, at=ends),
        "day": today,
        "days": order.inspection_days,
        "consequence": gettext("If you do nothing, %(sum)s is released then. Reporting a problem stops the clock.", sum=total),
    }


def money_view(holds: Sequence[Hold], orders: Sequence[VendorOrder], currency: str) -> MoneyView:
    """Where the money of a purchase, or of one of its orders, is. Each order has one hold so far."""
    by_order = {hold.vendor_order_id: hold for hold in holds}
    total = sum(hold.amount_minor for hold in holds)
    held = sum(hold.amount_minor - hold.released_minor - hold.refunded_minor for hold in holds if hold.state in HELD)
    released = sum(hold.released_minor for hold in holds)
    refunded = sum(hold.amount_minor if hold.state is HoldState.REFUNDED else hold.refunded_minor for hold in holds)
    words: list[tuple[str, str, int]] = [
        ("done", gettext("Released"), released),
        ("held", gettext("Held"), held),
        ("ink", gettext("Refunded"), refunded),
    ]
    parts = [{"tone": tone, "word": word, "amount_minor": minor, "share": minor / total} for tone, word, minor in words if minor]
    said = ", ".join(f"{word} {money(minor, currency)}" for _, word, minor in words if minor)
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
            return gettext("Split"), "done", None
        case HoldState.EXPIRED:
            return gettext("Never paid"), "off", None


def story(purchase: Purchase, orders: Sequence[VendorOrder], *, company_id: UUID | None) -> list[wording.Event]:
    """The history of a purchase and its orders, newest first."""
    events = queries.history([purchase.id, *(order.id for order in orders)], company_id=company_id)
    numbers = {order.id: order.number for order in orders} if len(orders) > 1 else {}
    return wording.history_lines(events, numbers)


def arrival(days: Sequence[date | None]) -> date | None:
    """When the last of some lines arrives; none when one of them is not promised."""
    promised = [on for on in days if on is not None]
    return max(promised) if promised and len(promised) == len(days) else None


def on_time_so_far(views: Sequence[OrderView]) -> tuple[int, int]:
    """Delivered lines that kept their first promise, and delivered lines that had one."""
    arrived = [line for view in views for line in view.lines if line.arrived_at and line.line.first_promise_on]
    return sum(1 for line in arrived if line.days_late == 0), len(arrived)


def story_of_order(order: VendorOrder, *, company_id: UUID | None) -> list[wording.Event]:
    """The history of one vendor order, newest first."""
    return wording.history_lines(queries.history([order.id], company_id=company_id), {})
