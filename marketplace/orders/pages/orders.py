"""A vendor order as one reader sees it: lines with their promises, shipments, production, changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from marketplace.core import clock
from marketplace.core.i18n import gettext, instant, money, time_left
from marketplace.orders import queries, wording
from marketplace.orders.deadlines import inspection_day
from marketplace.orders.models import (
    ChangeKind,
    ChangeRequest,
    ChangeRequestLine,
    ChangeState,
    Claim,
    ClaimState,
    LinePromise,
    OrderLine,
    ProductionStage,
    Shipment,
    ShipmentLine,
    VendorOrder,
    VendorOrderState,
)
from payments.shares import Parts

S = VendorOrderState
CAN_CHANGE = frozenset({S.ACCEPTED, S.IN_PRODUCTION, S.READY})


@dataclass(frozen=True, slots=True)
class LineView:
    """A line with its promises and whether the first one was kept; `days_late` counts from the first promise."""

    line: OrderLine
    promises: tuple[LinePromise, ...]
    """The later ones, oldest first; the first stands on the line."""
    days_late: int
    days_early: int
    arrived_at: datetime | None
    """When all that left of it had arrived; empty before."""

    @property
    def promised_on(self) -> date | None:
        """What is promised now."""
        return self.promises[-1].promised_on if self.promises else self.line.first_promise_on

    @property
    def to_accept(self) -> int:
        """Base units that have arrived and are not accepted yet."""
        return self.line.delivered_quantity - self.line.accepted_quantity

    @property
    def missing(self) -> int:
        """Base units that left but did not arrive, once their shipments have been counted."""
        return self.line.shipped_quantity - self.line.delivered_quantity if self.arrived_at else 0


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """A shipment with what is in it."""

    shipment: Shipment
    contents: tuple[tuple[OrderLine, ShipmentLine], ...]


@dataclass(frozen=True, slots=True)
class StageView:
    """A stage of production with the files of its photos."""

    stage: ProductionStage
    photos: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change request with its lines; `word` says what became of it."""

    change: ChangeRequest
    rows: tuple[tuple[OrderLine, ChangeRequestLine], ...]
    word: str
    kind_word: str
    proposer: str
    currency: str
    asks_reader: bool
    """Whether it waits for this reader's answer."""

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.change.state is ChangeState.OPEN

    @property
    def is_cancel(self) -> bool:
        """Whether lines are to be cancelled."""
        return self.change.kind is ChangeKind.CANCEL

    @property
    def back_minor(self) -> int:
        """What goes back to the buyer for less of its lines."""
        return sum(row.back_minor for _, row in self.rows)


@dataclass(frozen=True, slots=True)
class OrderView:
    """A vendor order as one reader sees it."""

    order: VendorOrder
    lines: tuple[LineView, ...]
    shipments: tuple[ShipmentView, ...]
    production: tuple[StageView, ...]
    changes: tuple[ChangeView, ...]
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
    def can_claim(self) -> bool:
        """Whether the buyer may report a problem: something has left, and the order has not ended."""
        is_open = self.order.state not in (S.DECLINED, S.CANCELLED, S.CLOSED)
        return is_open and any(one.line.shipped_quantity for one in self.lines) and bool(self.shipments_that_arrived)

    @property
    def shipments_that_arrived(self) -> tuple[ShipmentView, ...]:
        """The shipments that are there."""
        return tuple(one for one in self.shipments if one.shipment.delivered_at is not None)

    @property
    def on_their_way(self) -> tuple[ShipmentView, ...]:
        """Shipments that have left and not arrived."""
        is_over = self.order.state in (S.CANCELLED, S.DECLINED)
        return () if is_over else tuple(one for one in self.shipments if one.shipment.delivered_at is None)

    @property
    def can_confirm_delivery(self) -> bool:
        """Whether the buyer may say that goods are there."""
        return bool(self.on_their_way)

    @property
    def can_accept_lines(self) -> bool:
        """Whether something has arrived that can be accepted by itself."""
        return self.order.state in (*CAN_CHANGE, S.SHIPPED, S.DELIVERED) and any(line.to_accept for line in self.lines)

    @property
    def can_cancel(self) -> bool:
        """Whether the buyer may still take the paid order back."""
        return self.order.state is S.PLACED and self.order.funded_at is not None

    @property
    def open_change(self) -> ChangeView | None:
        """The change that waits for an answer."""
        return next((change for change in self.changes if change.is_open), None)

    @property
    def can_propose(self) -> bool:
        """Whether either side may propose another day now."""
        return self.order.state in CAN_CHANGE and self.open_change is None and any(view.line.to_ship for view in self.lines)

    @property
    def can_propose_less(self) -> bool:
        """Whether either side may propose to make less of a line now; a sample is one or none."""
        return self.can_propose and any(view.line.to_ship and not view.line.is_sample for view in self.lines)

    @property
    def now(self) -> Parts:
        """What the lines cost as they stand: less than the order was placed for, where less of them is made."""
        return sum((Parts(one.line.goods_minor, one.line.freight_minor, one.line.tax_minor) for one in self.lines), Parts(0))

    @property
    def lowered_minor(self) -> int:
        """What went back because less of lines is made."""
        return self.order.total_minor - self.now.total_minor

    @property
    def can_propose_cancel(self) -> bool:
        """Whether either side may propose not to make a line."""
        return self.order.state is S.ACCEPTED and self.open_change is None and any(view.line.to_ship for view in self.lines)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What belongs to orders, read for all of them at once."""

    lines: Mapping[UUID, Sequence[OrderLine]]
    promises: Mapping[UUID, Sequence[LinePromise]]
    shipments: Mapping[UUID, Sequence[Shipment]]
    contents: Mapping[UUID, Sequence[ShipmentLine]]
    stages: Mapping[UUID, Sequence[ProductionStage]]
    photos: Mapping[UUID, Sequence[UUID]]
    changes: Mapping[UUID, Sequence[ChangeRequest]]
    change_lines: Mapping[UUID, Sequence[ChangeRequestLine]]
    claims: Mapping[UUID, Sequence[Claim]]
    slugs: Mapping[UUID, str]


def _read(orders: Sequence[VendorOrder]) -> _Parts:
    ids = [order.id for order in orders]
    lines = queries.lines_of_orders(ids)
    shipments = queries.shipments_of_orders(ids)
    stages = queries.stages_of_orders(ids)
    changes = queries.changes_of_orders(ids)
    return _Parts(
        lines=lines,
        promises=queries.promises_of_lines([line.id for of_order in lines.values() for line in of_order]),
        shipments=shipments,
        contents=queries.lines_of_shipments([one.id for of_order in shipments.values() for one in of_order]),
        stages=stages,
        photos=queries.photos_of_stages([one.id for of_order in stages.values() for one in of_order]),
        changes=changes,
        change_lines=queries.lines_of_changes([one.id for of_order in changes.values() for one in of_order]),
        claims=queries.claims_of_orders(ids),
        slugs=queries.shop_slugs([order.vendor_id for order in orders]),
    )


def order_views(orders: Sequence[VendorOrder], reader: str, zone: str, *, held: Mapping[UUID, int] | None = None) -> list[OrderView]:
    """The orders of a page for one reader (`buyer`, `vendor` or `staff`), in ten statements for any number of them.

    `held`: what is held now by order, in minor units; where it is not said, the whole order.
    """
    parts = _read(orders)
    held = held or {}
    return [_order_view(order, parts, reader=reader, zone=zone, held_minor=held.get(order.id, order.total_minor)) for order in orders]


def _order_view(order: VendorOrder, parts: _Parts, *, reader: str, zone: str, held_minor: int) -> OrderView:
    lines = parts.lines[order.id]
    by_id = {line.id: line for line in lines}
    claims = parts.claims.get(order.id, [])
    open_claim = next((claim for claim in claims if claim.state is ClaimState.OPEN), None)
    shipments = tuple(ShipmentView(one, _contents(parts.contents[one.id], by_id)) for one in parts.shipments[order.id])
    views = tuple(_line_view(order, line, parts.promises.get(line.id, ()), shipments, zone) for line in lines)
    changes = tuple(_change_view(order, change, parts.change_lines[change.id], by_id, reader) for change in parts.changes[order.id])
    asked_by = next((view.change.proposed_by for view in changes if view.is_open), None)
    late = max((view.days_late for view in views), default=0)
    word, tone = _said(order, reader, is_disputed=open_claim is not None, days_late=late, asked_by=asked_by)
    inspection = _inspection(order, held_minor) if order.state is S.DELIVERED and open_claim is None else None
    return OrderView(
        order=order,
        lines=views,
        shipments=shipments,
        production=tuple(StageView(stage, tuple(parts.photos[stage.id])) for stage in parts.stages[order.id]),
        changes=changes,
        claims=tuple(claims),
        open_claim=open_claim,
        slug=parts.slugs.get(order.vendor_id),
        word=word,
        tone=tone,
        stages=wording.path_of(
            order,
            inspection_word=gettext("Your inspection") if reader == "buyer" else gettext("Inspection"),
            tone=tone,
            inspection_note=_inspection_note(inspection, is_stopped=open_claim is not None),
        ),
        inspection=inspection,
        tax=wording.tax_rows([(line.tax_reason, line.tax_rate_bp, line.tax_minor) for line in lines], reader=reader),
    )


def _contents(rows: Sequence[ShipmentLine], lines: Mapping[UUID, OrderLine]) -> tuple[tuple[OrderLine, ShipmentLine], ...]:
    return tuple(sorted(((lines[row.line_id], row) for row in rows), key=lambda pair: pair[0].position))


def _change_view(
    order: VendorOrder, change: ChangeRequest, rows: Sequence[ChangeRequestLine], lines: Mapping[UUID, OrderLine], reader: str
) -> ChangeView:
    return ChangeView(
        change=change,
        rows=tuple(sorted(((lines[row.line_id], row) for row in rows), key=lambda pair: pair[0].position)),
        word=wording.change_word(change.state),
        kind_word=gettext(wording.CHANGE_KINDS[change.kind]),
        proposer=order.buyer_name if change.proposed_by == "buyer" else order.vendor_name,
        currency=order.currency,
        asks_reader=change.state is ChangeState.OPEN and reader in ("buyer", "vendor") and change.proposed_by != reader,
    )


def _said(order: VendorOrder, reader: str, *, is_disputed: bool, days_late: int, asked_by: str | None) -> wording.Said:
    if reader == "buyer":
        return wording.for_buyer(order, is_disputed=is_disputed, days_late=days_late, asked_by=asked_by)
    if reader == "vendor":
        return wording.for_vendor(order, is_disputed=is_disputed, asked_by=asked_by)
    return wording.for_staff(order, is_disputed=is_disputed)


def _line_view(
    order: VendorOrder, line: OrderLine, promises: Sequence[LinePromise], shipments: Sequence[ShipmentView], zone: str
) -> LineView:
    arrived_at = _arrived_at(line, shipments) or order.delivered_at
    if order.state in (S.DECLINED, S.CANCELLED) or line.cancelled_at is not None or line.first_promise_on is None:
        return LineView(line, tuple(promises), 0, 0, arrived_at)
    arrived_on = (arrived_at or clock.now()).astimezone(ZoneInfo(zone)).date()
    early = (line.first_promise_on - arrived_on).days if arrived_at else 0
    return LineView(line, tuple(promises), wording.days_late(line.first_promise_on, arrived_on), max(0, early), arrived_at)


def _arrived_at(line: OrderLine, shipments: Sequence[ShipmentView]) -> datetime | None:
    """When the last of a wholly shipped line arrived."""
    mine = [view.shipment.delivered_at for view in shipments for one, _ in view.contents if one.id == line.id]
    arrived = [at for at in mine if at is not None]
    return max(arrived) if arrived and len(arrived) == len(mine) and line.to_ship == 0 else None


def _inspection_note(inspection: dict[str, Any] | None, *, is_stopped: bool) -> str | None:
    if is_stopped:
        return gettext("clock stopped")
    return gettext("day %(day)s of %(days)s", day=inspection["day"], days=inspection["days"]) if inspection else None


def _inspection(order: VendorOrder, held_minor: int) -> dict[str, Any] | None:
    if order.delivered_at is None or order.inspection_ends_at is None:
        return None
    total = money(held_minor, order.currency)
    today = inspection_day(order.delivered_at, clock.now(), days=order.inspection_days)
    ends = instant(order.inspection_ends_at)
    return {
        "title": gettext("%(left)s left to inspect", left=time_left(order.inspection_ends_at)),
        "sub": gettext("Day %(day)s of %(days)s. Ends %(at)s.", day=today, days=order.inspection_days, at=ends),
        "day": today,
        "days": order.inspection_days,
        "consequence": gettext("If you do nothing, %(sum)s is released then. Reporting a problem stops the clock.", sum=total),
    }


def arrival(days: Sequence[date | None]) -> date | None:
    """When the last of some lines arrives; none when one of them is not promised."""
    promised = [on for on in days if on is not None]
    return max(promised) if promised and len(promised) == len(days) else None


def on_time_so_far(views: Sequence[OrderView]) -> tuple[int, int]:
    """Lines that kept their first promise, and lines of which that can be said: those that have arrived, and those that are late already."""
    told = [line for view in views for line in view.lines if line.line.first_promise_on and (line.arrived_at or line.days_late)]
    return sum(1 for line in told if line.days_late == 0), len(told)
