"""What the pages of claims show: a claim with its lines as one reader sees it, and what that reader can do now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.core import clock
from marketplace.core.i18n import gettext, instant, time_left
from marketplace.orders import queries
from marketplace.orders.claims_wording import SETTLEMENTS, claim_said, line_said
from marketplace.orders.models import Claim, ClaimLine, ClaimLineState, OrderLine, Settlement, VendorOrder
from marketplace.orders.returns import ReturnTerms, return_terms
from marketplace.orders.wording import decision_word

L = ClaimLineState


@dataclass(frozen=True, slots=True)
class ClaimLineView:
    """A line of a claim with the order line that it is about."""

    line: ClaimLine
    order_line: OrderLine
    photos: tuple[UUID, ...]
    word: str
    tone: str | None
    terms: ReturnTerms
    is_handed_over: bool

    @property
    def can_be_answered(self) -> bool:
        """Whether the vendor may answer, or answer better."""
        return self.line.state in (L.OPEN, L.ANSWERED)

    @property
    def can_be_taken(self) -> bool:
        """Whether the buyer may take the answer."""
        return self.line.state is L.ANSWERED

    @property
    def can_be_withdrawn(self) -> bool:
        """Whether the buyer may take the line back."""
        return self.line.state in (L.OPEN, L.ANSWERED)

    def needs(self, reader: str) -> bool:
        """Whether this reader has to do something with it."""
        if reader == "vendor":
            return self.line.state is L.OPEN or self.awaits_parcel == "replacement" or self.awaits_arrival == "return"
        return self.line.state is L.ANSWERED or self.awaits_parcel == "return" or self.awaits_arrival == "replacement"

    @property
    def awaits_parcel(self) -> str | None:
        """`replacement` or `return`, while it is to be sent; who sends it follows from that."""
        if self.line.sent_at is not None:
            return None
        return {L.REPLACING: "replacement", L.RETURNING: "return"}.get(self.line.state)

    @property
    def awaits_arrival(self) -> str | None:
        """`replacement` or `return`, while it is on its way."""
        if self.line.sent_at is None:
            return None
        return {L.REPLACING: "replacement", L.RETURNING: "return"}.get(self.line.state)


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim as one reader sees it; sums in minor units of the order's currency."""

    claim: Claim
    order: VendorOrder
    lines: tuple[ClaimLineView, ...]
    word: str
    tone: str | None
    value_minor: int
    undecided_minor: int
    credited_minor: int
    next_step: str | None
    """What happens if nobody acts, with its moment."""

    @property
    def can_hand_over(self) -> bool:
        """Whether a side may ask the platform now."""
        return self.claim.is_between_sides and self.claim.handed_over_at is None and self.claim.answer_by_at <= clock.now()

    @property
    def ruling_word(self) -> str:
        """What the platform has decided, whether it is carried out yet or not; only asked for where it has."""
        return decision_word(self.claim.ruling or self.claim.state)

    @property
    def kinds(self) -> list[str]:
        """The kinds of problems in it, each once."""
        return list(dict.fromkeys(view.line.kind.value for view in self.lines))


def claim_views(found: Sequence[tuple[Claim, VendorOrder]], reader: str) -> list[ClaimView]:
    """Claims with their orders for one reader (`buyer`, `vendor` or `staff`), in a few statements for any number of them."""
    lines = queries.lines_of_claims([claim.id for claim, _ in found])
    all_lines = [line for each in lines.values() for line in each]
    order_lines = queries.order_lines_by_id(list({line.line_id for line in all_lines}))
    photos = queries.photos_of_claim_lines([line.id for line in all_lines])
    custom = queries.custom_variants(list({line.variant_id for line in order_lines.values()}))
    views = []
    for claim, order in found:
        own = tuple(
            _line(claim, order, line, goods=order_lines[line.line_id], photos=photos[line.id], custom=custom, reader=reader)
            for line in lines[claim.id]
        )
        word, tone = claim_said(claim, lines[claim.id], reader)
        views.append(
            ClaimView(
                claim=claim,
                order=order,
                lines=own,
                word=word,
                tone=tone,
                value_minor=sum(view.line.value_minor for view in own),
                undecided_minor=sum(view.line.value_minor for view in own if view.line.state is not L.SETTLED),
                credited_minor=sum(view.line.credited_minor for view in own),
                next_step=_next_step(claim, lines[claim.id], reader),
            )
        )
    return views


def _line(
    claim: Claim,
    order: VendorOrder,
    line: ClaimLine,
    *,
    goods: OrderLine,
    photos: Sequence[UUID],
    custom: set[UUID],
    reader: str,
) -> ClaimLineView:
    word, tone = line_said(line, reader)
    if claim.is_open and claim.handed_over_at is not None and line.state is not L.SETTLED:
        is_ruled = claim.ruling is not None and not claim.is_appealed
        word, tone = gettext(SETTLEMENTS[Settlement.DECIDED]) if is_ruled else gettext("The platform decides"), "held"
    terms = return_terms(
        order.returns,
        line.kind,
        is_custom=goods.variant_id in custom,
        delivered_at=order.delivered_at or claim.opened_at,
        reported_at=claim.opened_at,
    )
    return ClaimLineView(line, goods, tuple(photos), word, tone, terms, claim.handed_over_at is not None)


def _next_step(claim: Claim, lines: Sequence[ClaimLine], reader: str) -> str | None:
    if not claim.is_open:
        return None
    if claim.ruling is not None and claim.appeal_by_at is not None and not claim.is_appealed:
        at = instant(claim.appeal_by_at)
        return gettext("Decided: %(word)s. It is carried out on %(at)s unless a side appeals.", word=decision_word(claim.ruling), at=at)
    if claim.is_appealed and claim.decide_by_at is not None:
        return gettext("Appealed: another person decides by %(at)s, and that is final.", at=instant(claim.decide_by_at))
    states = {line.state for line in lines}
    granted = ""
    if L.OPEN in states and claim.grant_at is not None:
        granted = " " + gettext("What is not answered by %(at)s is granted up to its value.", at=instant(claim.grant_at))
    if claim.handed_over_at is not None and claim.decide_by_at is not None:
        return gettext("The platform decides by %(at)s.", at=instant(claim.decide_by_at)) + granted
    if granted:
        at, left = instant(claim.answer_by_at), _left(claim.answer_by_at)
        if reader == "vendor":
            return gettext("Answer by %(at)s (%(left)s).", at=at, left=left) + granted
        return gettext("The vendor answers by %(at)s (%(left)s).", at=at, left=left) + granted
    if L.ANSWERED in states and claim.hand_over_at is not None:
        return gettext("What is not agreed by %(at)s goes to the platform, which decides.", at=instant(claim.hand_over_at))
    return None


def _left(at: datetime) -> str:
    return time_left(at) if at > clock.now() else gettext("overdue")
