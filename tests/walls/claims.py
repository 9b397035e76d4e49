"""The claims of a side: on its disputed order one in each state, so that every act on a claim has one that it fits."""

from datetime import timedelta
from uuid import UUID

from marketplace.core import clock
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db, transaction
from marketplace.orders import queries, services
from marketplace.orders.models import Claim, ClaimState, ProblemKind, Remedy, VendorOrder
from tests.factories.orders import claimed
from tests.walls.side import Side

ADDRESS = {"name": "Works", "street": "Smidesvägen 12", "postcode": "602 28", "city": "Norrköping", "country": "SE"}


def make_claims(side: Side, order: VendorOrder, *, buyer: Actor, vendor: Actor, text: str, prefix: str = "") -> None:
    """An open claim, one whose answer is late, and one for each kind of answer as far as it has come."""
    _open(side, order, buyer, text, f"{prefix}claim")
    late = _open(side, order, buyer, text, f"{prefix}late_claim")
    with transaction():
        queries.lock_claim(late.id).answer_by_at = clock.now() - timedelta(hours=1)
    for name, remedy in (("answered", Remedy.CREDIT), ("replacing", Remedy.REPLACE), ("replaced", Remedy.REPLACE)):
        _answered(side, order, buyer, vendor, text, f"{prefix}{name}_claim", remedy)
    for name in ("returning", "returned"):
        _answered(side, order, buyer, vendor, text, f"{prefix}{name}_claim", Remedy.RETURN)
    for name in ("ruled", "appealed"):
        ruled = _open(side, order, buyer, text, f"{prefix}{name}_claim")
        with transaction():
            services.rule_on_claim(ruled.number, ruling=ClaimState.SPLIT, amount_minor=1, reason="In order.", actor=SYSTEM)
    with transaction():
        services.appeal_as_buyer(ruled.id, reason=text, actor=buyer)
    for name, send, actor in (("replaced", services.send_replacement, vendor), ("returned", services.send_return, buyer)):
        claim = queries.claim_by_number(side.ids[f"{prefix}{name}_claim"])
        with transaction():
            send(claim.id, _line(claim), carrier="DSV", tracking="C-1", actor=actor)


def _open(side: Side, order: VendorOrder, buyer: Actor, text: str, name: str) -> Claim:
    with transaction():
        said = claimed(order, kind=ProblemKind.DAMAGED, quantity=1, text=text)
        claim = services.report_problem(order.id, lines=[said], actor=buyer)
    side.ids[name] = claim.number
    side.ids[f"{name}_line"] = str(_line(claim))
    return claim


def _answered(side: Side, order: VendorOrder, buyer: Actor, vendor: Actor, text: str, name: str, remedy: Remedy) -> None:
    claim = _open(side, order, buyer, text, name)
    with transaction():
        services.answer_line(claim.id, _line(claim), answer=remedy, text="As said.", address=ADDRESS, actor=vendor)
    if not name.endswith("answered_claim"):
        with transaction():
            services.accept_answer(claim.id, _line(claim), actor=buyer)


def _line(claim: Claim) -> UUID:
    db.session.expire_all()
    return queries.lines_of_claims([claim.id])[claim.id][0].id
