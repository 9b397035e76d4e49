"""Pure: the acts of a purchase of the demo world, each with its moment, and why some purchases wait (decisions.md 30)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from marketplace.demo.talks import REFUND_WORDS, ChangeTold, ClaimTold, change_of, claim_about
from marketplace.demo.world import Calendar, Row
from marketplace.orders.models import ProblemKind


class Act(StrEnum):
    """What somebody does. The platform's own clockwork runs between the acts by itself."""

    PLACE = "place"  # the buyer
    PAY = "pay"  # the buyer, on the provider's page
    ACCEPT = "accept"  # the vendor, as the following ones
    DECLINE = "decline"
    PRODUCE = "produce"
    READY = "ready"
    SHIP = "ship"
    DELIVER = "deliver"
    REPORT = "report"  # the buyer
    ANSWER = "answer"  # the vendor answers what was reported
    TAKE = "take"  # the buyer takes the answer
    HAND_OVER = "hand_over"  # the buyer asks the platform to decide
    PROPOSE = "propose"  # either side, another arrival day
    SIGN = "sign"  # the other side
    REFUND = "refund"  # the platform decides a reported problem for the buyer
    CANCEL = "cancel"  # the platform
    ACCEPT_GOODS = "accept_goods"  # the buyer
    CHANGE_BANK = "change_bank"  # somebody of the vendor, on the provider's form
    REVIEW = "review"  # the buyer
    REPLY = "reply"  # the vendor


@dataclass(frozen=True, slots=True)
class Step:
    """One act. `vendor` is whose order it is about; `facts` are what the act says."""

    at: datetime
    act: Act
    vendor: str
    facts: Row = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """What is bought from one vendor. `goods_minor` is what the story says that it costs, None where it does not say."""

    vendor: str
    lines: tuple[tuple[str, int], ...]
    goods_minor: int | None = None
    is_fetched: bool = False
    """The buyer collects the goods."""
    is_sample: bool = False
    """One of each as a sample: a company has one of a SKU, where the files sometimes say two."""


@dataclass(frozen=True, slots=True)
class Play:
    """A purchase to be played: who buys what, and the acts in order. `person` None is the buyer's first buyer."""

    key: str
    buyer: str
    person: str | None
    location: str | None
    parts: tuple[Part, ...]
    steps: tuple[Step, ...]

    @property
    def vendors(self) -> tuple[str, ...]:
        """Whom it is bought from."""
        return tuple(part.vendor for part in self.parts)


STAND_IN = frozenset({"accepted_quote", "promotion"})
"""Prices of the story that a contract price list stands in for until their own rooms are there (decisions.md 30)."""
PLAIN_ACTS = {
    "accepted": Act.ACCEPT,
    "in_production": Act.PRODUCE,
    "ready": Act.READY,
    "shipped": Act.SHIP,
    "delivered": Act.DELIVER,
    "accepted_by_buyer": Act.ACCEPT_GOODS,
    "bank_details_changed": Act.CHANGE_BANK,
}
UNPAID = "unpaid"
COLLECTION = "collection"
SUSPENDED = "vendor_suspended"
REFUNDED = "refund_full"
SAMPLE, SAMPLE_LABEL = "sample", "verified_sample"
PLAYED_LABELS = frozenset({"verified_order", SAMPLE_LABEL})
MINUTES_BETWEEN, AFTERNOON = 10, 300
DEADLINE_STORY = timedelta(hours=21, minutes=20)
"""How long an order of yesterday waits for its vendor: the answer is due in less than three hours (P08)."""
REFUND_AFTER_REPORT_DAYS = 5
GOODS_DAYS, LATE_DAYS, SAMPLE_DAYS = (7, 3, 2), (28, 3, 2), (2, 1, 1)
"""Days before the delivery on which an order of a review's own is placed, ready and shipped."""
LEAST_PUNCTUAL = 3
"""Marks below it are for goods that came late."""
REASONS = {"EXPOSURE-CAP": "The sum is above what a new vendor may hold at a time."}
"""Codes of the files for why an order ends, in the words that the buyer reads."""


def reason_to_wait(purchase: Row) -> str | None:
    """Why a purchase of the story cannot be played yet; None when it can."""
    approval = purchase["approval"]
    if approval is not None and approval["state"] != "approved":
        return "needs an open approval"
    used = {line["price_source"] for order in purchase["vendor_orders"] for line in order["lines"]}
    sources = sorted(used - STAND_IN - {"public_tier", "price_list", SAMPLE})
    return f"needs a price that no list stands in for ({', '.join(sources)})" if sources else None


def reason_to_wait_for_review(review: Row) -> str | None:
    """Why a review cannot be played yet; None when it can."""
    return None if review["label"] in PLAYED_LABELS else "needs in-use follow-ups"


REVIEWS_OF_STORY = {"P28": "rev-045"}
"""Reviews about a purchase of the story; the mark of this one is withdrawn with the refund."""


def play_of_purchase(purchase: Row, calendar: Calendar, review: Row | None = None) -> Play:
    """The acts of a purchase of the story. What has no act here yet is left out (decisions.md 30).

    `review` is the one that REVIEWS_OF_STORY names for it; it is written a day after the delivery.
    """
    orders = purchase["vendor_orders"]
    first = orders[0]["vendor"]
    steps = [Step(_placed_at(purchase, orders[0], calendar), Act.PLACE, first)]
    if UNPAID not in purchase["cases"]:
        steps.append(Step(steps[0].at + timedelta(minutes=2), Act.PAY, first))
    begun = steps[-1].at
    for order in orders:
        steps += _steps_of_order(purchase, order, calendar, begun, review)
    return Play(
        key=purchase["key"],
        buyer=purchase["buyer"],
        person=purchase["placed_by"],
        location=purchase["location"],
        parts=tuple(
            Part(
                vendor=order["vendor"],
                lines=tuple((line["sku"], 1 if SAMPLE in purchase["cases"] else line["quantity"]) for line in order["lines"]),
                goods_minor=order["goods_minor"],
                is_fetched=COLLECTION in purchase["cases"],
                is_sample=SAMPLE in purchase["cases"],
            )
            for order in orders
        ),
        steps=_one_after_another(steps),
    )


def _steps_of_order(purchase: Row, order: Row, calendar: Calendar, begun: datetime, review: Row | None) -> list[Step]:
    """What happens to one vendor's order after the payment, or after the placing of an unpaid one."""
    vendor = order["vendor"]
    steps: list[Step] = []
    last = begun
    skus = [line["sku"] for line in order["lines"]]
    claim = claim_about(purchase["key"], skus)
    for number, (day, act, facts) in enumerate(_days(order), start=1):
        if claim is not None and act is Act.DELIVER:
            day = min(day, claim.day)  # the files open some claims the day before the delivery that they are about
        last = max(calendar.instant(day, number * MINUTES_BETWEEN), last + timedelta(minutes=1))
        steps.append(Step(last, act, vendor, facts))
    if review is not None:
        last += timedelta(days=1)
        steps.append(Step(last, Act.REVIEW, vendor, review))
    if claim is not None:
        steps += _claim_steps(claim, vendor, calendar)
    change = change_of(purchase["key"], skus)
    if change is not None:
        steps += _change_steps(change, vendor, calendar)
    return steps + _endings(purchase, order, calendar, last)


def _claim_steps(told: ClaimTold, vendor: str, calendar: Calendar) -> list[Step]:
    """In the afternoon, after whatever else that day brings."""
    at = calendar.instant(told.day, AFTERNOON)
    steps = [Step(at, Act.REPORT, vendor, {"kind": told.kind, "text": told.text, "sku": told.sku, "quantity": told.quantity})]
    if told.answer is not None:
        at = calendar.instant(told.answer_day, AFTERNOON)
        steps.append(Step(at, Act.ANSWER, vendor, {"answer": told.answer, "text": told.answer_text}))
    if told.is_taken:
        steps.append(Step(at + timedelta(minutes=MINUTES_BETWEEN), Act.TAKE, vendor))
    if told.hand_over_day is not None:
        # A vendor has three days to answer; only then may the other side go to the platform.
        steps.append(Step(calendar.instant(told.hand_over_day, AFTERNOON + MINUTES_BETWEEN), Act.HAND_OVER, vendor))
    return steps


def _change_steps(told: ChangeTold, vendor: str, calendar: Calendar) -> list[Step]:
    at = calendar.instant(told.day, AFTERNOON if told.day else 0)
    facts = {"sku": told.sku, "to": calendar.day(told.to_day), "reason": told.reason, "is_vendors": told.is_vendors}
    steps = [Step(at, Act.PROPOSE, vendor, facts)]
    if told.is_signed:
        steps.append(Step(at + timedelta(minutes=3 * MINUTES_BETWEEN), Act.SIGN, vendor, facts))
    return steps


def _days(order: Row) -> list[tuple[int, Act, Row]]:
    """(day, act, what it says) of what the vendor and the buyer do with an order, in the story's order; each shipment on its own days."""
    found: list[tuple[int, Act, Row]] = []
    for event in order["events"][1:]:
        act = PLAIN_ACTS.get(event["what"])
        if act is Act.SHIP:
            parts = order["shipments"]
            for shipment in parts:
                lines = shipment["lines"] if len(parts) > 1 else None
                found.append(
                    (shipment["day"], Act.SHIP, {"carrier": shipment["carrier"], "tracking": shipment["tracking"], "lines": lines})
                )
                if shipment["delivered_day"] is not None:
                    found.append((shipment["delivered_day"], Act.DELIVER, {"signed_by": shipment["signed_by"] or "Goods in"}))
        elif act is not None and act is not Act.DELIVER:
            found.append((event["day"], act, {}))
    return found


def _one_after_another(steps: list[Step]) -> tuple[Step, ...]:
    """By time, the orders of several vendors between each other, and no two at the same moment."""
    made: list[Step] = []
    for step in sorted(steps, key=lambda step: step.at):
        at = max(step.at, made[-1].at + timedelta(minutes=1)) if made else step.at
        made.append(Step(at, step.act, step.vendor, step.facts))
    return tuple(made)


def _placed_at(purchase: Row, order: Row, calendar: Calendar) -> datetime:
    if order["state"] == "placed" and purchase["placed_day"] == -1:
        return calendar.began_at - DEADLINE_STORY
    return calendar.instant(purchase["placed_day"])


def _endings(purchase: Row, order: Row, calendar: Calendar, last: datetime) -> list[Step]:
    vendor = order["vendor"]
    by_word = {event["what"]: event for event in order["events"]}
    if order["state"] == "declined":
        return [Step(last + timedelta(minutes=30), Act.DECLINE, vendor, {"reason": REASONS[by_word["declined"]["reason"]]})]
    if SUSPENDED in purchase["cases"]:
        at = calendar.instant(by_word["cancelled"]["day"], MINUTES_BETWEEN)
        return [Step(at, Act.CANCEL, vendor, {"reason": by_word["cancelled"]["reason"]})]
    if REFUNDED in purchase["cases"]:
        text, reason = REFUND_WORDS[purchase["key"]]
        facts = {"kind": ProblemKind.DAMAGED, "text": text, "reason": reason}
        reported = last + timedelta(days=2)
        return [
            Step(reported, Act.REPORT, vendor, facts),
            Step(reported + timedelta(days=REFUND_AFTER_REPORT_DAYS), Act.REFUND, vendor, facts),
        ]
    return []


def play_of_review(review: Row, calendar: Calendar) -> Play:
    """A purchase made for a review that has none in the story: ordered a week before its delivery, four weeks where the review calls it late.

    A sample is judged on the day that it comes, two days after its order: by the files' own days it would have been ordered before
    its vendor was let in.
    """
    vendor, written = review["vendor"], review["day"]
    is_sample = review["label"] == SAMPLE_LABEL
    delivered = written if is_sample else review["delivered_day"]
    is_late = review["on_time"] < LEAST_PUNCTUAL
    placed, ready, shipped = SAMPLE_DAYS if is_sample else LATE_DAYS if is_late else GOODS_DAYS
    days: list[tuple[int, Act, Row]] = [
        (delivered - placed, Act.PLACE, {}),
        (delivered - placed, Act.PAY, {}),
        (delivered - placed + 1, Act.ACCEPT, {}),
        (delivered - ready, Act.READY, {}),
        (delivered - shipped, Act.SHIP, {"carrier": "Kvistfrakt", "tracking": None, "lines": None}),
        (delivered, Act.DELIVER, {"signed_by": "Goods in"}),
        (min(delivered + 4, written), Act.ACCEPT_GOODS, {}),
        (written, Act.REVIEW, review),
    ]
    if review["reply"]:
        days.append((review["reply"]["day"], Act.REPLY, review["reply"]))
    steps = tuple(
        Step(calendar.instant(day, number * MINUTES_BETWEEN), act, vendor, facts) for number, (day, act, facts) in enumerate(days)
    )
    return Play(
        key=review["id"],
        buyer=review["reviewer"],
        person=None,
        location=None,
        parts=(Part(vendor, ((review["sku"], 1 if is_sample else review["quantity"]),), is_sample=is_sample),),
        steps=steps,
    )
