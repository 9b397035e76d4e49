"""Pure: the words and tones of states as staff read them (look/README.md §8), and lines of history in writing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.core import i18n
from marketplace.core.i18n import lazy
from marketplace.orders.models import ClaimState, VendorOrderState
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
HOLD: dict[HoldState, tuple[str, str | None]] = {
    HoldState.AWAITING_FUNDS: (lazy("Not paid"), None),
    HoldState.FUNDING: (lazy("The bank works on it"), None),
    HoldState.FUNDED: (lazy("Held"), "held"),
    HoldState.RELEASED: (lazy("Released"), "done"),
    HoldState.PAID_OUT: (lazy("Paid out"), "done"),
    HoldState.REFUNDED: (lazy("Refunded"), "off"),
    HoldState.SPLIT: (lazy("Split"), "done"),
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
FIGURE: dict[str, str] = {
    "documents": lazy("documents"),
    "drift": lazy("differed and were mended"),
    "waiting": lazy("wait to be indexed now"),
    "bytes": lazy("bytes"),
    "violations": lazy("violations"),
    "differences": lazy("currencies that differ from the provider"),
    "faults": lazy("faults"),
}
LONGEST = 160


def told(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The values of a line of history for people: sums with their currency, moments in the reader's zone, long texts cut."""
    currency = values.get("currency")
    return [
        (_named(name, value, currency), _written(name, value, currency))
        for name, value in values.items()
        if name != "currency" and value not in (None, "", [], {})
    ]


def _named(name: str, value: Any, currency: Any) -> str:
    """A sum whose currency is not said keeps the word that it is in minor units."""
    is_sum = isinstance(value, int) and isinstance(currency, str)
    return (name.removesuffix("_minor") if is_sum else name).removesuffix("_at").replace("_", " ")


def _written(name: str, value: Any, currency: Any) -> str:
    if name.endswith("_minor") and isinstance(value, int) and isinstance(currency, str):
        return i18n.money(value, currency)
    if name.endswith("_at") and isinstance(value, str):
        try:
            return i18n.instant(datetime.fromisoformat(value))
        except ValueError:
            return value
    text = str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
