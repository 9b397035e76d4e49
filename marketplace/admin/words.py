"""Pure: the words and tones of states as staff read them (look/README.md §8)."""

from marketplace.core.i18n import lazy, ngettext
from marketplace.orders.models import ClaimState, VendorOrder, VendorOrderState
from payments.models import HoldState
from vendors.models import VendorState

VENDOR: dict[VendorState, tuple[str, str | None]] = {
    VendorState.INVITED: (lazy("Invited"), None),
    VendorState.DATA_NEEDED: (lazy("Data needed"), None),
    VendorState.UNDER_REVIEW: (lazy("Under review"), "need"),
    VendorState.APPROVED: (lazy("Approved"), "done"),
    VendorState.REFUSED: (lazy("Refused"), "late"),
    VendorState.SUSPENDED: (lazy("Suspended"), "late"),
    VendorState.RECHECK_DUE: (lazy("Recheck due"), "need"),
}
ORDER: dict[VendorOrderState, tuple[str, str | None]] = {
    VendorOrderState.PLACED: (lazy("Placed"), None),
    VendorOrderState.ACCEPTED: (lazy("Accepted"), None),
    VendorOrderState.DECLINED: (lazy("Declined"), "off"),
    VendorOrderState.CANCELLED: (lazy("Cancelled"), "off"),
    VendorOrderState.IN_PRODUCTION: (lazy("In production"), None),
    VendorOrderState.READY: (lazy("Ready"), None),
    VendorOrderState.SHIPPED: (lazy("Shipped"), None),
    VendorOrderState.DELIVERED: (lazy("Delivered"), None),
    VendorOrderState.ACCEPTED_BY_BUYER: (lazy("Accepted by the buyer"), "done"),
    VendorOrderState.CLOSED: (lazy("Closed"), "done"),
}
PARTLY = (lazy("Partly shipped"), None)


def order_state(order: VendorOrder) -> tuple[str, str | None]:
    """The word and tone of an order, as both of its sides read it."""
    return PARTLY if order.is_partly_shipped else ORDER[order.state]


HOLD: dict[HoldState, tuple[str, str | None]] = {
    HoldState.AWAITING_FUNDS: (lazy("Not paid"), None),
    HoldState.FUNDING: (lazy("The bank works on it"), None),
    HoldState.FUNDED: (lazy("Held"), "held"),
    HoldState.RELEASED: (lazy("Released"), "done"),
    HoldState.PAID_OUT: (lazy("Paid out"), "done"),
    HoldState.REFUNDED: (lazy("Refunded"), "off"),
    HoldState.SPLIT: (lazy("Refunded in part"), "done"),
    HoldState.EXPIRED: (lazy("Expired unused"), "off"),
}
CLAIM: dict[ClaimState, tuple[str, str | None]] = {
    ClaimState.OPEN: (lazy("Open"), "late"),
    ClaimState.SETTLED: (lazy("Settled"), "done"),
    ClaimState.WITHDRAWN: (lazy("Withdrawn"), "off"),
    ClaimState.RELEASED: (lazy("Decided: released to the vendor"), "done"),
    ClaimState.SPLIT: (lazy("Decided: a part each way"), "done"),
    ClaimState.REFUNDED: (lazy("Decided: refunded to the buyer"), "off"),
}
JOB: dict[str, str] = {
    "queued": lazy("Waiting for their time"),
    "sent": lazy("Being done"),
    "done": lazy("Done in the last 7 days"),
    "failed": lazy("Given up"),
}
PART: dict[str, str] = {
    "database": lazy("Database"),
    "jobs": lazy("Background work"),
    "index queue": lazy("Index queue"),
    "search": lazy("Search"),
    "payments": lazy("Payments"),
    "files": lazy("Files"),
    "mail": lazy("Mail"),
}
DUTY: dict[str, str] = {
    "index": lazy("Index compared with the database"),
    "backup": lazy("Backup"),
    "books": lazy("Daily close of the books"),
    "recovery": lazy("Look at the whole world"),
}
DUTY_STATE: dict[str, tuple[str, str]] = {
    "well": (lazy("In order"), "done"),
    "found": (lazy("Found something"), "need"),
    "late": (lazy("Late"), "late"),
    "never": (lazy("Not done yet"), "need"),
}


def figure(name: str, count: int) -> str:
    """What a duty found, counted; `name` as `queries.standings` gives it. Raises: KeyError."""
    said = {
        "documents": ngettext("%(num)s document", "%(num)s documents", count),
        "drift": ngettext("%(num)s differed and was mended", "%(num)s differed and were mended", count),
        "waiting": ngettext("%(num)s waits to be indexed now", "%(num)s wait to be indexed now", count),
        "bytes": ngettext("%(num)s byte", "%(num)s bytes", count),
        "violations": ngettext("%(num)s violation", "%(num)s violations", count),
        "differences": ngettext(
            "%(num)s currency that differs from the provider", "%(num)s currencies that differ from the provider", count
        ),
        "faults": ngettext("%(num)s fault", "%(num)s faults", count),
    }
    return said[name]
