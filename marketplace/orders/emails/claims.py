"""The messages about claims: one letter for each step, to one reader of one side, in that reader's language and zone."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.accounts.models import Person
from marketplace.core import i18n
from marketplace.core.db import db
from marketplace.core.emails import Letter
from marketplace.core.i18n import gettext, lazy
from marketplace.orders import queries
from marketplace.orders.claims_wording import SETTLEMENTS
from marketplace.orders.emails.letters import about_order
from marketplace.orders.models import Claim, ClaimLine, VendorOrder
from marketplace.orders.wording import WISHES, decision_word, problem_word


@dataclass(frozen=True, slots=True)
class Step:
    """A message: its subject, what happened, and what the button says. Values: claim, number, buyer, vendor, at."""

    subject: str
    text: str
    act: str


OPEN_IT = lazy("Open %(claim)s")
STEPS = {
    "opened": Step(
        lazy("%(buyer)s claims on %(number)s"),
        lazy("%(buyer)s reports a problem on %(number)s. Answer each line by %(at)s; the money stays held until it is settled."),
        lazy("Answer %(claim)s"),
    ),
    "reminder": Step(
        lazy("Answer %(claim)s by %(at)s"),
        lazy("%(claim)s of %(buyer)s still waits for you. Lines that are not answered are granted some days after %(at)s."),
        lazy("Answer %(claim)s"),
    ),
    "answered": Step(
        lazy("%(vendor)s answers %(claim)s"),
        lazy("%(vendor)s has answered your claim on %(number)s. Accept the answer, or hand it to the platform."),
        OPEN_IT,
    ),
    "agreed": Step(
        lazy("%(buyer)s accepts your answer to %(claim)s"),
        lazy("%(buyer)s accepts your answer to %(claim)s. What is still to do stands on its page."),
        OPEN_IT,
    ),
    "withdrawn": Step(
        lazy("%(buyer)s withdraws a line of %(claim)s"), lazy("%(buyer)s has withdrawn a line of %(claim)s on %(number)s."), OPEN_IT
    ),
    "granted": Step(
        lazy("%(claim)s is granted"),
        lazy("What %(vendor)s did not answer or send in time is granted. The sum goes back to %(buyer)s."),
        OPEN_IT,
    ),
    "handed_over": Step(
        lazy("%(claim)s waits for the platform's decision"),
        lazy("%(claim)s of %(buyer)s on %(number)s of %(vendor)s was handed to the platform, which decides by %(at)s."),
        OPEN_IT,
    ),
    "replacement_sent": Step(
        lazy("A replacement for %(claim)s is on its way"),
        lazy("%(vendor)s has sent the replacement, free of charge. Say so when it has arrived."),
        OPEN_IT,
    ),
    "replacement_arrived": Step(
        lazy("The replacement for %(claim)s has arrived"), lazy("%(buyer)s has the replacement for %(claim)s."), OPEN_IT
    ),
    "return_sent": Step(
        lazy("Goods of %(claim)s are on their way back"),
        lazy("%(buyer)s has sent the goods back. Confirm when they have arrived; then the refund follows."),
        OPEN_IT,
    ),
    "return_arrived": Step(
        lazy("Your return of %(claim)s has arrived"), lazy("%(vendor)s has its goods again. The sum goes back to you."), OPEN_IT
    ),
    "lapsed": Step(
        lazy("A return of %(claim)s has ended"), lazy("The goods were not sent back in time, so this line of %(claim)s has ended."), OPEN_IT
    ),
    "ruled": Step(
        lazy("%(claim)s is decided: %(word)s"),
        lazy("The platform has decided %(claim)s: %(word)s. It is carried out on %(at)s unless you or the other side appeals before."),
        OPEN_IT,
    ),
    "appealed": Step(
        lazy("The decision about %(claim)s is appealed"),
        lazy("The decision about %(claim)s of %(buyer)s on %(number)s of %(vendor)s is appealed. Another person decides by %(at)s."),
        OPEN_IT,
    ),
    "decided": Step(lazy("%(claim)s is decided: %(word)s"), lazy("The platform has decided %(claim)s: %(word)s."), OPEN_IT),
}
WHY = {
    "buyer": lazy("You get this because your company is part of this order."),
    "vendor": lazy("You get this because your company is part of this order."),
    "platform": lazy("You get this because you decide about held money for the platform."),
}


def claim_news(claim_id: UUID, person_id: UUID, *, side: str, step: str) -> Letter:
    """What happened to a claim; `step` names the message, `side` is buyer, vendor or platform."""
    claim = queries.claim_by_id(claim_id)
    order = queries.order_by_id(claim.vendor_order_id)
    lines = queries.lines_of_claims([claim.id])[claim.id]
    goods = queries.order_lines_by_id([line.line_id for line in lines])
    person = db.session.get_one(Person, person_id)
    with i18n.speaking(person.locale, person.time_zone):
        values = _values(claim, order, step)
        said = STEPS[step]
        texts = {"subject": gettext(said.subject, **values), "text": gettext(said.text, **values), "act": gettext(said.act, **values)}
        rows = [(goods[line.line_id], line, _row(line)) for line in lines]
        why = gettext(WHY[side])
    reason = claim.decision_reason if step in ("decided", "ruled") else None
    return about_order(
        "claim_news",
        order.id,
        person_id,
        claim=claim,
        rows=rows,
        claim_path=_path(claim, order, side),
        why_said=why,
        reason=reason,
        **texts,
    )


def _values(claim: Claim, order: VendorOrder, step: str) -> dict[str, str]:
    moments = {"handed_over": claim.decide_by_at, "appealed": claim.decide_by_at, "ruled": claim.appeal_by_at}
    moment = moments.get(step) or claim.answer_by_at
    return {
        "claim": claim.number,
        "number": order.number,
        "buyer": order.buyer_name,
        "vendor": order.vendor_name,
        "at": i18n.instant(moment),
        "word": decision_word(claim.ruling or claim.state),
    }


def _row(line: ClaimLine) -> str:
    """What stands beside a line: the problem, then the answer or how it ended."""
    parts = [problem_word(line.kind)]
    if line.settlement is not None:
        parts.append(gettext(SETTLEMENTS[line.settlement]))
    elif line.answer is not None:
        parts.append(gettext(WISHES[line.answer]))
    return " · ".join(parts)


def _path(claim: Claim, order: VendorOrder, side: str) -> str:
    """Where this reader finds the claim."""
    return {
        "buyer": f"/orders/{order.number}/claims/{claim.number}",
        "vendor": f"/portal/orders/{order.number}/claims/{claim.number}",
        "platform": f"/desk/problems/{claim.number}",
    }[side]
