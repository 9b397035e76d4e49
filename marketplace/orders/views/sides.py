"""The two sides of an order at pages that both have: how each finds it, where it goes back to, in which frame it stands."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from flask import flash
from werkzeug.wrappers import Response

from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.errors import Conflict
from marketplace.core.i18n import gettext
from marketplace.core.web import see_other
from marketplace.orders import queries
from marketplace.orders.models import Claim, VendorOrder


@dataclass(frozen=True, slots=True)
class Side:
    """`name` is buyer or vendor; `find` reads an order by its number as that company, and raises NotFound for a stranger's."""

    name: str
    layout: str
    find: Callable[[str, UUID], VendorOrder]
    show: str
    """The endpoint of the page that the order stands on."""
    find_claim: Callable[[str, UUID, UUID], Claim]
    """A claim by its number, its order and the company; raises NotFound for a stranger's."""

    def order(self, number: str) -> VendorOrder:
        """The order of the reader's company. Raises: NotFound."""
        return self.find(number, viewer_here().company_id)

    def claim(self, number: str, claim: str) -> tuple[VendorOrder, Claim]:
        """An order of the reader's company with a claim on it. Raises: NotFound."""
        order = self.order(number)
        return order, self.find_claim(claim, order.id, viewer_here().company_id)

    def page_number(self, order: VendorOrder) -> str:
        """The number in the address of that page: the purchase's for the buyer."""
        return queries.purchase_by_id(order.purchase_id).number if self.name == "buyer" else order.number

    def back(self, order: VendorOrder) -> Response:
        """To the order, after an act."""
        anchor = {"_anchor": order.number} if self.name == "buyer" else {}
        return see_other(self.show, number=self.page_number(order), **anchor)


BUYER = Side(
    "buyer",
    "layouts/buyer.html",
    lambda number, own: queries.order_for_buyer(number, buyer_id=own),
    "orders.show_purchase",
    lambda claim, order_id, own: queries.claim_for_buyer(claim, vendor_order_id=order_id, buyer_id=own),
)
VENDOR = Side(
    "vendor",
    "layouts/vendor.html",
    lambda number, own: queries.vendor_order_by_number(number, vendor_id=own),
    "orders.show_vendor_order",
    lambda claim, order_id, own: queries.claim_for_vendor(claim, vendor_order_id=order_id, vendor_id=own),
)


def act_on_order(
    side: Side,
    number: str,
    act: str,
    service: Callable[[VendorOrder], object],
    done: Callable[[VendorOrder], str],
    *,
    show: Callable[[VendorOrder, str], str],
) -> Page:
    """Do one act on an order as one side. `show` makes the page of the order with the refusal that it is given."""
    order = side.order(number)
    try:
        act_once(act, {"order": number}, lambda: service(order))
    except Conflict as refused:
        return show(side.order(number), gettext(refused.text)), refused.status
    flash(done(order), "done")
    return side.back(order)
