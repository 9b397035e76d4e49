"""The promise in force: the last change of a line's day, else the first promise."""

from datetime import date

from sqlalchemy import ScalarSelect, func, select

from marketplace.orders.models import LinePromise, OrderLine, VendorOrder


def next_promise() -> ScalarSelect[date]:
    """The next day on which goods of the `VendorOrder` around are promised; NULL where nothing is stated or all has arrived."""
    last = select(LinePromise.promised_on).where(LinePromise.line_id == OrderLine.id).order_by(LinePromise.at.desc(), LinePromise.id.desc())
    promised = func.coalesce(last.limit(1).correlate(OrderLine).scalar_subquery(), OrderLine.first_promise_on)
    waits = (OrderLine.delivered_quantity < OrderLine.quantity) & OrderLine.cancelled_at.is_(None)
    of_order = select(func.min(promised)).where(OrderLine.vendor_order_id == VendorOrder.id, waits)
    return of_order.correlate(VendorOrder).scalar_subquery()
