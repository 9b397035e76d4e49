"""How the orders speak: the word and the tone of a state for each reader, the path, the history. Tones: look/README.md §8."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from marketplace.accounts.docks import hours_text
from marketplace.core import clock
from marketplace.core.audit import AuditEvent
from marketplace.core.i18n import day, gettext, instant, lazy, money, ngettext
from marketplace.orders.models import ChangeKind, ChangeState, ClaimState, ProblemKind, Remedy, VendorOrder, VendorOrderState
from marketplace.pricing.tax import tax_words, tax_words_to_others

S = VendorOrderState
Said = tuple[str, str | None]
"""A word and its tone."""

WORDS = {
    S.PLACED: lazy("Placed"),
    S.ACCEPTED: lazy("Accepted"),
    S.DECLINED: lazy("Declined"),
    S.CANCELLED: lazy("Cancelled"),
    S.IN_PRODUCTION: lazy("In production"),
    S.READY: lazy("Ready"),
    S.SHIPPED: lazy("Shipped"),
    S.DELIVERED: lazy("Delivered"),
    S.ACCEPTED_BY_BUYER: lazy("Goods accepted"),
    S.CLOSED: lazy("Closed"),
}
PARTLY = lazy("Partly shipped")
TONES = {S.DECLINED: "off", S.CANCELLED: "off", S.ACCEPTED_BY_BUYER: "done", S.CLOSED: "done"}
PROBLEMS = {
    ProblemKind.DAMAGED: lazy("Damaged"),
    ProblemKind.MISSING: lazy("Missing"),
    ProblemKind.WRONG: lazy("Wrong goods"),
    ProblemKind.LATE: lazy("Late"),
}
DECISIONS = {
    ClaimState.OPEN: lazy("Open"),
    ClaimState.SETTLED: lazy("Settled"),
    ClaimState.WITHDRAWN: lazy("Withdrawn"),
    ClaimState.RELEASED: lazy("Released to the vendor"),
    ClaimState.SPLIT: lazy("A part each way"),
    ClaimState.REFUNDED: lazy("Refunded to the buyer"),
}
CHANGE_KINDS = {
    ChangeKind.DATE: lazy("another arrival day"),
    ChangeKind.CANCEL: lazy("lines that are not made"),
    ChangeKind.QUANTITY: lazy("less of some lines"),
}
CHANGES = {
    ChangeState.OPEN: lazy("Waits for an answer"),
    ChangeState.ACCEPTED: lazy("Agreed"),
    ChangeState.DECLINED: lazy("Declined"),
    ChangeState.WITHDRAWN: lazy("Withdrawn"),
    ChangeState.EXPIRED: lazy("Not answered in time"),
}
BEFORE_ARRIVAL = frozenset({S.PLACED, S.ACCEPTED, S.IN_PRODUCTION, S.READY, S.SHIPPED})


def driver_words(place: Mapping[str, Any]) -> list[str]:
    """What a carrier must know of an address beside where it is: gate, hours, whom to ring (product.md §7). Empty where nothing is stated.

    Purchases placed before hours and contacts were copied into them have none.
    """
    hours, reach = hours_text(place.get("dock_hours") or {}), [place.get("contact_name"), place.get("contact_phone")]
    found = [
        place.get("dock"),
        gettext("Goods are taken: %(hours)s", hours=hours) if hours else None,
        gettext("Contact: %(who)s", who=", ".join(part for part in reach if part)) if any(reach) else None,
    ]
    return [line for line in found if line]


def problem_word(kind: str) -> str:
    """The kind of a reported problem."""
    return gettext(PROBLEMS[ProblemKind(kind)])


def problem_options() -> list[tuple[str, str]]:
    """All kinds of problems, to choose from."""
    return [(kind.value, gettext(word)) for kind, word in PROBLEMS.items()]


def decision_word(state: ClaimState) -> str:
    """What became of a reported problem."""
    return gettext(DECISIONS[state])


def change_word(state: ChangeState) -> str:
    """What became of a change request."""
    return gettext(CHANGES[state])


def state_word(order: VendorOrder) -> str:
    """The state as everybody reads it."""
    return gettext(PARTLY) if order.is_partly_shipped else gettext(WORDS[order.state])


def for_buyer(
    order: VendorOrder, *, is_disputed: bool = False, is_claim_mine: bool = False, days_late: int = 0, asked_by: str | None = None
) -> Said:
    """The state as the buyer reads it; `asked_by` is the side that has proposed an open change, `is_claim_mine` says that the next step
    of a claim is the buyer's.
    """
    if is_claim_mine:
        return gettext("A claim waits for you"), "need"
    if is_disputed:
        return gettext("Disputed"), "late"
    if asked_by == "vendor":
        return gettext("A change needs your answer"), "need"
    if order.state is S.PLACED and order.funded_at is None:
        return gettext("Waits for your payment"), "need"
    if order.state is S.DELIVERED:
        return gettext("Delivered, your inspection"), "need"
    if days_late > 0 and order.state in BEFORE_ARRIVAL:
        return ngettext("%(word)s, %(num)s day late", "%(word)s, %(num)s days late", days_late, word=state_word(order)), "late"
    if order.state is S.PLACED:
        return gettext("Waiting for the vendor"), None
    return state_word(order), TONES.get(order.state)


def for_vendor(order: VendorOrder, *, is_disputed: bool = False, asked_by: str | None = None) -> Said:
    """The state as the vendor reads it; `asked_by` is the side that has proposed an open change."""
    if is_disputed:
        return gettext("Problem reported"), "late"
    if asked_by == "buyer":
        return gettext("A change needs your answer"), "need"
    if order.state is S.PLACED and asked_by == "vendor":
        return gettext("The buyer answers your change"), None
    if order.state is S.PLACED:
        is_late = order.accept_by_at is not None and order.accept_by_at < clock.now()
        return gettext("Needs your answer"), "late" if is_late else "need"
    if order.state is S.DELIVERED:
        return gettext("Delivered, buyer inspects"), "held"
    return state_word(order), TONES.get(order.state)


def for_staff(order: VendorOrder, *, is_disputed: bool = False) -> Said:
    """The state as the platform's staff read it."""
    if is_disputed:
        return gettext("Disputed"), "need"
    if order.state is S.PLACED and order.funded_at is None:
        return gettext("Not paid"), None
    return state_word(order), TONES.get(order.state)


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the known path, as `macros/status.html: stages` takes it."""

    word: str
    note: str | None
    is_done: bool
    is_current: bool
    tone: str | None


def path_of(order: VendorOrder, *, inspection_word: str, tone: str | None, inspection_note: str | None) -> list[Stage]:
    """The path of an order: what is behind it with its day, where it stands with its tone, what is still to come.

    `inspection_word` is the reader's name of the inspection, `inspection_note` how far it has run.
    """
    if order.state in (S.DECLINED, S.CANCELLED):
        return _ended_path(order)
    reached: list[tuple[str, datetime | None]] = [(WORDS[S.PLACED], order.placed_at), (WORDS[S.ACCEPTED], order.accepted_at)]
    if order.in_production_at is not None or order.ready_at is None:
        reached.append((WORDS[S.IN_PRODUCTION], order.in_production_at))
    reached += [
        (WORDS[S.READY], order.ready_at),
        (PARTLY, order.first_shipped_at) if order.is_partly_shipped else (WORDS[S.SHIPPED], order.shipped_at),
        (WORDS[S.DELIVERED], order.delivered_at),
    ]
    words = [(gettext(word), day(at) if at else None) for word, at in reached]
    words.append((inspection_word, day(order.accepted_by_buyer_at) if order.accepted_by_buyer_at else inspection_note))
    words.append((gettext(WORDS[S.CLOSED]), day(order.ended_at) if order.state is S.CLOSED and order.ended_at else None))
    stands = _position(order, words)
    return [
        Stage(word, note, is_done=i < stands, is_current=i == stands, tone=tone if i == stands else None)
        for i, (word, note) in enumerate(words)
    ]


def _position(order: VendorOrder, words: list[tuple[str, str | None]]) -> int:
    """Which step is the current one: the last that is reached, but the inspection begins with the delivery."""
    match order.state:
        case S.CLOSED:
            return len(words)
        case S.ACCEPTED_BY_BUYER:
            return len(words) - 1
        case S.DELIVERED:
            return len(words) - 2
        case _:
            return max(i for i, (_, note) in enumerate(words[:-2]) if note)


def _ended_path(order: VendorOrder) -> list[Stage]:
    reached = [
        (WORDS[S.PLACED], order.placed_at),
        (WORDS[S.ACCEPTED], order.accepted_at),
        (WORDS[S.IN_PRODUCTION], order.in_production_at),
        (WORDS[S.READY], order.ready_at),
        (WORDS[S.SHIPPED], order.shipped_at),
        (WORDS[S.DELIVERED], order.delivered_at),
    ]
    stages = [Stage(gettext(word), day(at), is_done=True, is_current=False, tone=None) for word, at in reached if at]
    note = day(order.ended_at) if order.ended_at else None
    return [*stages, Stage(gettext(WORDS[order.state]), note, is_done=False, is_current=True, tone="off")]


def days_late(promised_on: date | None, arrived_on: date) -> int:
    """Days after the first promise; 0 when in time or when nothing was promised."""
    return max(0, (arrived_on - promised_on).days) if promised_on else 0


@dataclass(frozen=True, slots=True)
class Event:
    """A line of history, as `macros/status.html: steps` takes it."""

    text: str
    at: datetime
    note: str | None
    is_done: bool = True


ACTS = {
    "purchase.placed": lazy("Placed"),
    "purchase.cancelled": lazy("Purchase cancelled"),
    "vendor_order.paid": lazy("Paid: %(sum)s is held"),
    "vendor_order.accepted": lazy("Accepted by the vendor"),
    "vendor_order.declined": lazy("Declined by the vendor"),
    "vendor_order.cancelled": lazy("Cancelled"),
    "vendor_order.cancelled_by_platform": lazy("Cancelled by the platform"),
    "vendor_order.in_production": lazy("In production"),
    "vendor_order.ready": lazy("Ready to ship"),
    "vendor_order.stage_written": lazy("Production: %(stage)s"),
    "vendor_order.partly_shipped": lazy("A part is shipped"),
    "vendor_order.shipped": lazy("Shipped"),
    "vendor_order.partly_delivered": lazy("A part is delivered"),
    "vendor_order.delivered": lazy("Delivered"),
    "vendor_order.lines_accepted": lazy("A part of the goods is accepted: %(lines)s"),
    "vendor_order.part_released": lazy("%(sum)s is released for the lines that are accepted whole"),
    "vendor_order.change_proposed": lazy("Change proposed: %(change)s"),
    "vendor_order.change_accepted": lazy("Change agreed: %(change)s"),
    "vendor_order.change_declined": lazy("Change declined: %(change)s"),
    "vendor_order.change_withdrawn": lazy("Change withdrawn: %(change)s"),
    "vendor_order.change_expired": lazy("Change not answered in time: %(change)s"),
    "vendor_order.accepted_by_buyer": lazy("Goods accepted: %(sum)s is released"),
    "vendor_order.problem_reported": lazy("Problem reported: %(claim)s"),
    "vendor_order.closed": lazy("Closed"),
    "vendor_order.claim_answered": lazy("%(claim)s answered"),
    "vendor_order.claim_agreed": lazy("%(claim)s: answer accepted"),
    "vendor_order.claim_withdrawn": lazy("%(claim)s: a line is withdrawn"),
    "vendor_order.claim_credited": lazy("%(claim)s: %(sum)s goes back"),
    "vendor_order.claim_granted": lazy("%(claim)s: granted, because the vendor did not answer in time"),
    "vendor_order.claim_handed_over": lazy("%(claim)s: handed to the platform"),
    "vendor_order.claim_ruled": lazy("%(claim)s: the platform has ruled"),
    "vendor_order.claim_appealed": lazy("%(claim)s: appealed"),
    "vendor_order.claim_ruling_accepted": lazy("%(claim)s: the decision is accepted"),
    "vendor_order.claim_closed": lazy("%(claim)s settled"),
    "vendor_order.replacement_sent": lazy("%(claim)s: free replacement sent"),
    "vendor_order.replacement_arrived": lazy("%(claim)s: replacement arrived"),
    "vendor_order.return_sent": lazy("%(claim)s: goods sent back"),
    "vendor_order.return_arrived": lazy("%(claim)s: returned goods arrived"),
    "claim.decided": lazy("%(claim)s decided: %(decision)s"),
}
WISHES = {
    Remedy.REPLACE: lazy("Replacement"),
    Remedy.CREDIT: lazy("Credit"),
    Remedy.RETURN: lazy("Return and refund"),
    Remedy.REFUSE: lazy("Refused"),
}
ACCEPTED_BY = {
    "buyer": lazy("By the buyer"),
    "timer": lazy("The time to inspect ended"),
    "platform": lazy("Decided by the platform"),
}


def history_lines(events: list[AuditEvent], numbers: dict[UUID, str]) -> list[Event]:
    """The acts that readers follow, in words, newest first. `numbers` names the orders when a page holds several."""
    return [
        Event(_text(event.act, event.after), event.at, _note(event, numbers.get(event.subject_id))) for event in events if event.act in ACTS
    ]


def _text(act: str, after: dict[str, Any]) -> str:
    values: dict[str, str] = {}
    if "total_minor" in after and "currency" in after:
        values["sum"] = money(after["total_minor"], after["currency"])
    if "claim" in after:
        values["claim"] = after["claim"]
    if "stage" in after:
        values["stage"] = after["stage"]
    if "lines" in after:
        values["lines"] = ", ".join(after["lines"])
    if act.startswith("vendor_order.change_"):
        values["change"] = gettext(CHANGE_KINDS[ChangeKind(after["kind"])])
    if "decision" in after:
        values["decision"] = decision_word(ClaimState(after["decision"]))
    return gettext(ACTS[act], **values) if values else gettext(ACTS[act])


def _note(event: AuditEvent, number: str | None) -> str | None:
    after = event.after
    parts = [number]
    by, reason = after.get("accepted_by"), after.get("reason")
    if by:
        parts.append(gettext(ACCEPTED_BY[by]))
    elif event.actor_id is not None:
        parts.append(event.actor_name)
    if after.get("carrier"):
        parts.append(" ".join(part for part in (after["carrier"], after.get("tracking")) if part))
    if after.get("delivered_by") == "vendor":
        parts.append(gettext("Signed by %(name)s", name=after["signed_by"]))
    if after.get("accept_by_at"):
        parts.append(gettext("The vendor answers by %(at)s", at=instant(datetime.fromisoformat(after["accept_by_at"]))))
    if after.get("answer"):
        wish = WISHES[after["answer"]]
        parts.append(gettext(wish))
    if after.get("said"):
        parts.append(after["said"])
    if reason:
        parts.append(gettext(reason))
    return " · ".join(part for part in parts if part) or None


def tax_rows(taxes: list[tuple[str, int, int]], *, reader: str = "buyer") -> list[tuple[str, int]]:
    """(reason, rate, tax) of lines as rows (word, sum in minor units), one for each kind of tax."""
    sums: dict[str, int] = {}
    for reason, rate_bp, tax_minor in taxes:
        word = tax_words(reason, rate_bp) if reader == "buyer" else tax_words_to_others(reason, rate_bp)
        sums[word] = sums.get(word, 0) + tax_minor
    return list(sums.items())
