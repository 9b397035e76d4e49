"""The acts of a purchase of the demo, each through the room's service, inside the player's transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from marketplace.accounts.permissions import Permission
from marketplace.core import once
from marketplace.core.audit import Actor
from marketplace.demo.cast import Cast
from marketplace.demo.progress import SCOPE
from marketplace.demo.steps import Act, Play, Step
from marketplace.demo.world import LANGUAGES
from marketplace.orders import queries as orders
from marketplace.orders import services as order_services
from marketplace.orders.models import Claim, Remedy
from marketplace.orders.services import ClaimedLine
from reviews import services as review_services
from reviews.schemas import ReplyInput, ReviewInput


class Waits(Exception):
    """A purchase cannot be played as things stand; the message says why."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One act about one vendor order."""

    cast: Cast
    play: Play
    step: Step
    order_id: UUID
    buyer: Actor

    def vendor(self, permission: Permission = Permission.VENDOR_ORDER_FULFIL) -> Actor:
        """Somebody of the vendor who may do this."""
        return self.cast.actor(self.cast.companies[self.step.vendor], permission)

    def staff(self) -> Actor:
        """Somebody of the platform's finance."""
        return self.cast.actor(self.cast.operator_id, Permission.HOLD_DECIDE, is_staff=True)

    def fact(self, name: str) -> str:
        """What the step says."""
        return str(self.step.facts[name])


def _accept(scene: Scene) -> None:
    order_services.accept_order(scene.order_id, actor=scene.vendor())


def _decline(scene: Scene) -> None:
    order_services.decline_order(scene.order_id, reason=scene.fact("reason"), actor=scene.vendor())


def _produce(scene: Scene) -> None:
    order_services.mark_in_production(scene.order_id, actor=scene.vendor())


def _ready(scene: Scene) -> None:
    order_services.mark_ready(scene.order_id, actor=scene.vendor())


def _ship(scene: Scene) -> None:
    facts = scene.step.facts
    sent = {"carrier": facts["carrier"], "tracking": facts["tracking"], "actor": scene.vendor()}
    if facts["lines"] is None:
        order_services.ship_order(scene.order_id, **sent)
        return
    line_ids = {line.sku: line.id for line in orders.lines_of_orders([scene.order_id])[scene.order_id]}
    quantities = {line_ids[line["sku"]]: line["quantity"] for line in facts["lines"]}
    order_services.ship_part(scene.order_id, quantities=quantities, **sent)


def _deliver(scene: Scene) -> None:
    order_services.deliver_with_proof(scene.order_id, signed_by=scene.fact("signed_by"), actor=scene.vendor())


def _accept_goods(scene: Scene) -> None:
    order_services.accept_goods(scene.order_id, actor=scene.buyer)


def _report(scene: Scene) -> None:
    facts = scene.step.facts
    lines = orders.lines_of_orders([scene.order_id])[scene.order_id]
    claimed = [line for line in lines if line.delivered_quantity and line.sku == facts.get("sku", line.sku)]
    said = [ClaimedLine(line.id, facts["kind"], facts.get("quantity") or line.delivered_quantity, facts["text"]) for line in claimed]
    order_services.report_problem(scene.order_id, lines=said, actor=scene.buyer)


def _open_claim(scene: Scene) -> Claim:
    claim = orders.find_open_claim(scene.order_id)
    if claim is None:
        raise Waits("there is no open problem")
    return claim


def _answer(scene: Scene) -> None:
    claim = _open_claim(scene)
    (line,) = orders.lines_of_claims([claim.id])[claim.id]
    answer, text = Remedy(scene.fact("answer")), scene.fact("text")
    order_services.answer_line(claim.id, line.id, answer=answer, text=text, actor=scene.vendor())


def _take(scene: Scene) -> None:
    claim = _open_claim(scene)
    (line,) = orders.lines_of_claims([claim.id])[claim.id]
    order_services.accept_answer(claim.id, line.id, actor=scene.buyer)


def _hand_over(scene: Scene) -> None:
    order_services.hand_over_as_buyer(_open_claim(scene).id, actor=scene.buyer)


def _propose(scene: Scene) -> None:
    facts = scene.step.facts
    lines = {line.sku: line.id for line in orders.lines_of_orders([scene.order_id])[scene.order_id]}
    days, reason = {lines[facts["sku"]]: facts["to"]}, scene.fact("reason")
    if facts["is_vendors"]:
        order_services.propose_days_as_vendor(scene.order_id, days=days, reason=reason, actor=scene.vendor())
    else:
        order_services.propose_days_as_buyer(scene.order_id, days=days, reason=reason, actor=scene.buyer)


def _sign(scene: Scene) -> None:
    change = orders.find_open_change(scene.order_id)
    if change is None:
        raise Waits("there is no open change")
    if scene.step.facts["is_vendors"]:
        order_services.accept_change_as_buyer(change.id, answer=None, actor=scene.buyer)
    else:
        order_services.accept_change_as_vendor(change.id, answer=None, actor=scene.vendor())


def _refund(scene: Scene) -> None:
    claim = _open_claim(scene)
    order_services.refund_after_problem(claim.number, reason=scene.fact("reason"), actor=scene.staff())


def _cancel(scene: Scene) -> None:
    order_services.cancel_by_platform(scene.order_id, reason=scene.fact("reason"), actor=scene.staff())


def _review(scene: Scene) -> None:
    facts = scene.step.facts
    (line_id,) = orders.line_ids([scene.order_id])
    given = ReviewInput.model_validate({**facts, "would_reorder": "yes" if facts["would_reorder"] else "no"})
    review_id = review_services.write_review(line_id, given, language=LANGUAGES[facts["language"]], actor=scene.buyer)
    once.claim(SCOPE, f"{scene.play.key}:review", {})
    once.answer(SCOPE, f"{scene.play.key}:review", {"review_id": str(review_id)})


def _reply(scene: Scene) -> None:
    written = once.answer_of(SCOPE, f"{scene.play.key}:review") or {}
    reply = ReplyInput(text=scene.fact("text"))
    review_services.reply_to_review(UUID(written["review_id"]), reply, actor=scene.vendor(Permission.REVIEW_REPLY))


ACTS: dict[Act, Callable[[Scene], None]] = {
    Act.ACCEPT: _accept,
    Act.DECLINE: _decline,
    Act.PRODUCE: _produce,
    Act.READY: _ready,
    Act.SHIP: _ship,
    Act.DELIVER: _deliver,
    Act.REPORT: _report,
    Act.ANSWER: _answer,
    Act.TAKE: _take,
    Act.HAND_OVER: _hand_over,
    Act.PROPOSE: _propose,
    Act.SIGN: _sign,
    Act.REFUND: _refund,
    Act.CANCEL: _cancel,
    Act.ACCEPT_GOODS: _accept_goods,
    Act.REVIEW: _review,
    Act.REPLY: _reply,
}
"""Act → what does it. Placing and paying are the player's own: they need more than one transaction."""
