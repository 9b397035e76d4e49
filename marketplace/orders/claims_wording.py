"""How claims speak: the word and the tone of a claim and of its lines for each reader. Tones: look/README.md §8."""

from collections.abc import Sequence

from marketplace.core import clock
from marketplace.core.i18n import gettext, lazy
from marketplace.orders.models import Claim, ClaimLine, ClaimLineState, ClaimState, Remedy, Settlement
from marketplace.orders.wording import WISHES, Said, decision_word

L = ClaimLineState
TONES = {ClaimState.WITHDRAWN: "off"}
ANSWER_HINTS = {
    Remedy.REPLACE: lazy("You send the goods again, free of charge."),
    Remedy.CREDIT: lazy("A sum goes back; the buyer keeps the goods."),
    Remedy.RETURN: lazy("The buyer sends the goods back; the refund follows when they have arrived."),
    Remedy.REFUSE: lazy("Nothing goes back. The buyer can hand it to the platform."),
}
SETTLEMENTS = {
    Settlement.AGREED: lazy("Agreed"),
    Settlement.GRANTED: lazy("Granted: not answered in time"),
    Settlement.DECIDED: lazy("Decided by the platform"),
    Settlement.WITHDRAWN: lazy("Withdrawn"),
    Settlement.LAPSED: lazy("Ended: not sent back in time"),
}


def claim_said(claim: Claim, lines: Sequence[ClaimLine], reader: str) -> Said:
    """Where a claim stands, as buyer, vendor or staff read it."""
    if claim.state is not ClaimState.OPEN:
        return decision_word(claim.state), TONES.get(claim.state, "done")
    if claim.ruling is not None and not claim.is_appealed:
        return gettext("Decided: %(word)s", word=decision_word(claim.ruling)), "held"
    if claim.is_appealed:
        return gettext("Appealed"), "need" if reader == "staff" else "held"
    if claim.handed_over_at is not None:
        return gettext("The platform decides"), "need" if reader == "staff" else "held"
    states = {line.state for line in lines}
    if L.OPEN in states:
        is_late = claim.answer_by_at < clock.now()
        if reader == "vendor":
            return gettext("Needs your answer"), "late" if is_late else "need"
        return gettext("Waits for the vendor"), None
    if L.ANSWERED in states:
        return (gettext("Needs your answer"), "need") if reader == "buyer" else (gettext("Waits for the buyer"), None)
    return gettext("Agreed, on its way"), None


def line_said(line: ClaimLine, reader: str) -> Said:
    """Where a line of a claim stands, as buyer, vendor or staff read it."""
    match line.state:
        case ClaimLineState.OPEN:
            return (gettext("Needs your answer"), "need") if reader == "vendor" else (gettext("Waits for the vendor"), None)
        case ClaimLineState.ANSWERED:
            return (gettext("Needs your answer"), "need") if reader == "buyer" else (gettext("Waits for the buyer"), None)
        case ClaimLineState.REPLACING if line.sent_at is None:
            return gettext("Replacement to be sent"), "need" if reader == "vendor" else None
        case ClaimLineState.REPLACING:
            return gettext("Replacement on its way"), "need" if reader == "buyer" else None
        case ClaimLineState.RETURNING if line.sent_at is None:
            return gettext("To be sent back"), "need" if reader == "buyer" else None
        case ClaimLineState.RETURNING:
            return gettext("On its way back"), "need" if reader == "vendor" else None
        case ClaimLineState.SETTLED:
            how = line.settlement or Settlement.AGREED
            return gettext(SETTLEMENTS[how]), "off" if how in (Settlement.WITHDRAWN, Settlement.LAPSED) else "done"


def wish_options(remedies: Sequence[Remedy]) -> list[tuple[str, str]]:
    """Remedies to choose from."""
    return [(remedy.value, gettext(WISHES[remedy])) for remedy in remedies]
