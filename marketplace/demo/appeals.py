"""Appeals of the demo world: one that waits for an answer, and one that was answered. Nothing that the files say of a state changes."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.models import Product, ProductState
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.demo.cast import Cast
from marketplace.demo.world import Calendar
from marketplace.quality import queries, services
from vendors import queries as vendors

REFUSED_DAY, OBJECTED_DAY, ANSWERED_DAY = -20, -19, -16
APPEALED_DAY = -2
SECOND_VERIFIER = "T. Mori"
"""Whoever suspends or answers beside the verifier of the tour, who then has the open appeal to answer."""
OBJECTION = "The declaration of conformity stands on our own website, and the picture was taken in our works: nobody else's mark is on it."
ANSWER = (
    "A declaration on a website can change, and the listing has none of its own. The end plate in the picture "
    "carries the mark of another maker. Add your declaration and your own picture, and send it again."
)
APPEAL = (
    "Eight of the sixteen late orders were held at the port of Dublin by the strike of the tugs; the carrier's letter is on its way to you. "
    "Without them 7.1 % of our orders were late, under the limit of 10 %."
)


def play_answered(vendor_id: UUID, cast: Cast, calendar: Calendar) -> None:
    """A refused product of a vendor: sent, refused for the reasons that it has, appealed against; the decision stands."""
    product = db.session.scalars(select(Product).where(Product.vendor_id == vendor_id, Product.state == ProductState.REFUSED)).one()
    reasons: Sequence[str] = list(product.reasons)
    owner = cast.actor(vendor_id, Permission.DECISION_APPEAL)
    verifier = cast.actor(cast.operator_id, Permission.VENDOR_VERIFY, is_staff=True)
    second = cast.actor(cast.operator_id, Permission.VENDOR_VERIFY, name=SECOND_VERIFIER, is_staff=True)
    with clock.at(calendar.instant(REFUSED_DAY - 1)):
        catalogue.publish_product(product.id, actor=owner)
    with clock.at(calendar.instant(REFUSED_DAY)):
        catalogue.refuse_product(product.id, reasons, version=product.version, actor=verifier)
    standing = queries.standing_of_product(product.id, product.state, vendor_id=vendor_id)
    if standing is None:
        raise RuntimeError("a refused product has no decision")
    with clock.at(calendar.instant(OBJECTED_DAY)):
        appeal = services.file_appeal(standing.decision.decision_id, said=OBJECTION, file_ids=(), actor=owner)
    with clock.at(calendar.instant(ANSWERED_DAY)):
        services.uphold_appeal(appeal.id, reason=ANSWER, actor=second)


def play_open(vendor_id: UUID, cast: Cast, calendar: Calendar) -> None:
    """The suspended vendor appeals; nobody has answered yet."""
    standing = queries.standing_of_vendor(vendors.vendor_by_id(vendor_id))
    if standing is None:
        raise RuntimeError("a suspended vendor has no decision")
    with clock.at(calendar.instant(APPEALED_DAY)):
        actor = cast.actor(vendor_id, Permission.DECISION_APPEAL)
        services.file_appeal(standing.decision.decision_id, said=APPEAL, file_ids=(), actor=actor)
