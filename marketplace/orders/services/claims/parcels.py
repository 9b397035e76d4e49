"""What is agreed and has to travel: a replacement to the buyer, returned goods to the vendor. What nobody confirms goes on by itself."""

from uuid import UUID

from marketplace.catalogue import services as catalogue
from marketplace.catalogue.services import Wanted
from marketplace.core import clock, policy
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.orders import queries
from marketplace.orders.models import Claim, ClaimLine, ClaimLineState, ProblemKind, Settlement, VendorOrder
from marketplace.orders.services.claims.agreeing import lock_by_clock, lock_for_buyer, lock_for_vendor
from marketplace.orders.services.claims_settling import claimed_line, close_if_settled, credit, credit_return, settle, start_line_clock
from marketplace.orders.services.history import record
from marketplace.orders.services.telling import tell_of_claim

L = ClaimLineState


def send_replacement(claim_id: UUID, claim_line_id: UUID, *, carrier: str, tracking: str | None, actor: Actor) -> ClaimLine:
    """The vendor sends the goods again, free of charge. Raises: NotFound, ProblemIsDecided, InvalidMove (not agreed, or sent already)."""
    order, claim, lines = lock_for_vendor(claim_id, actor.company_id)
    line = _waiting(lines, claim_line_id, L.REPLACING, is_sent=False)
    _send(line, carrier, tracking)
    catalogue.send_replacement(_goods(line), note=claim.number, actor=actor)
    record(actor, "replacement_sent", order, before=order.state, claim=claim.number, carrier=carrier, tracking=tracking)
    tell_of_claim(claim, "replacement_sent", to=("buyer",))
    return line


def confirm_replacement(claim_id: UUID, claim_line_id: UUID, *, actor: Actor) -> ClaimLine:
    """The buyer has the replacement: the line has ended. Raises: NotFound, ProblemIsDecided, InvalidMove (not sent)."""
    order, claim, lines = lock_for_buyer(claim_id, actor.company_id)
    line = _waiting(lines, claim_line_id, L.REPLACING, is_sent=True)
    _end_replacement(order, claim, line, actor=actor)
    return line


def send_return(claim_id: UUID, claim_line_id: UUID, *, carrier: str, tracking: str | None, actor: Actor) -> ClaimLine:
    """The buyer sends the goods back. Raises: NotFound, ProblemIsDecided, InvalidMove (not agreed, or sent already)."""
    order, claim, lines = lock_for_buyer(claim_id, actor.company_id)
    line = _waiting(lines, claim_line_id, L.RETURNING, is_sent=False)
    _send(line, carrier, tracking)
    record(actor, "return_sent", order, before=order.state, claim=claim.number, carrier=carrier, tracking=tracking)
    tell_of_claim(claim, "return_sent", to=("vendor",))
    return line


def confirm_return(claim_id: UUID, claim_line_id: UUID, *, actor: Actor) -> ClaimLine:
    """The vendor has its goods again: their money goes back to the buyer, and they stand in the history of its stock. What was damaged
    is scrapped there at once. Raises: NotFound, ProblemIsDecided, InvalidMove (not sent).
    """
    order, claim, lines = lock_for_vendor(claim_id, actor.company_id)
    line = _waiting(lines, claim_line_id, L.RETURNING, is_sent=True)
    _end_return(order, claim, line, actor=actor)
    take_back = catalogue.take_back_broken if line.kind is ProblemKind.DAMAGED else catalogue.take_back_goods
    take_back(_goods(line), note=claim.number, actor=actor)
    return line


def go_on_by_clock(claim_line_id: UUID) -> None:
    """A line goes on by itself: a replacement that was never sent is credited, goods that were never sent back lapse, and a parcel that
    nobody has confirmed counts as arrived; nobody has seen it, so it moves no stock. Nothing before its time. Source: docs/decisions/0012-claims-line-by-line.md
    """
    found = lock_by_clock(queries.claim_line_by_id(claim_line_id).claim_id)
    line = claimed_line(found[2], claim_line_id) if found else None
    if found is None or line is None or line.due_at is None or line.due_at > clock.now():
        return
    order, claim, _ = found
    if line.state is L.REPLACING and line.sent_at is None:
        credit(order, claim, line, line.value_minor, actor=SYSTEM)
        settle(line, Settlement.GRANTED)
        tell_of_claim(claim, "granted", to=("buyer", "vendor"))
        close_if_settled(order, claim, actor=SYSTEM)
    elif line.state is L.REPLACING:
        _end_replacement(order, claim, line, actor=SYSTEM)
    elif line.state is L.RETURNING and line.sent_at is None:
        settle(line, Settlement.LAPSED)
        tell_of_claim(claim, "lapsed", to=("buyer", "vendor"))
        close_if_settled(order, claim, actor=SYSTEM)
    elif line.state is L.RETURNING:
        _end_return(order, claim, line, actor=SYSTEM)


def _waiting(lines: list[ClaimLine], claim_line_id: UUID, state: ClaimLineState, *, is_sent: bool) -> ClaimLine:
    line = claimed_line(lines, claim_line_id)
    if line is None:
        raise NotFound
    if line.state is not state or (line.sent_at is not None) is not is_sent:
        raise InvalidMove(state=line.state.value)
    return line


def _goods(line: ClaimLine) -> Wanted:
    """What a claimed line is in the vendor's stock."""
    order_line = queries.order_lines_by_id([line.line_id])[line.line_id]
    return Wanted(order_line_id=line.line_id, variant_id=order_line.variant_id, quantity=line.quantity)


def _send(line: ClaimLine, carrier: str, tracking: str | None) -> None:
    line.carrier, line.tracking, line.sent_at = carrier, tracking, clock.now()
    start_line_clock(line, days=policy.current().claim_parcel_days)


def _end_replacement(order: VendorOrder, claim: Claim, line: ClaimLine, *, actor: Actor) -> None:
    line.arrived_at = clock.now()
    settle(line, Settlement.AGREED)
    record(actor, "replacement_arrived", order, before=order.state, claim=claim.number)
    tell_of_claim(claim, "replacement_arrived", to=("vendor",))
    close_if_settled(order, claim, actor=actor)


def _end_return(order: VendorOrder, claim: Claim, line: ClaimLine, *, actor: Actor) -> None:
    line.arrived_at = clock.now()
    credit_return(order, claim, line, actor=actor)
    settle(line, Settlement.AGREED)
    record(actor, "return_arrived", order, before=order.state, claim=claim.number)
    tell_of_claim(claim, "return_arrived", to=("buyer",))
    close_if_settled(order, claim, actor=actor)
