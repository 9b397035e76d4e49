"""Appeals of the demo world: two that wait for an answer, one of them about a product that was taken down, and one that was answered.

Of what the files say of a state, only the product that is taken down changes.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.models import Product, ProductState, TakedownSource, Variant
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.demo.cast import Cast
from marketplace.demo.world import Calendar
from marketplace.quality import queries, services
from vendors import queries as vendors

REFUSED_DAY, OBJECTED_DAY, ANSWERED_DAY = -20, -19, -16
APPEALED_DAY = -2
TAKEN_DAY, TAKEN_APPEALED_DAY = -6, -3
TAKEN_VENDOR, TAKEN_SKU = "kestane", "KV-RV-3206"
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
TAKEN_REASONS = ("ATTR-IMPLAUSIBLE", "MISLEADING")
TAKEN_STATEMENT = (
    "The data sheet states the shear load of ISO 15977. The laboratory of a buyer has tested ten rivets of two lots and measured 31 % less; "
    "its report is with us. Rule broken: what a listing states about strength is what the goods hold."
)
TAKEN_NOTICE = "Notice of 14 pages by the quality department of a buyer, with the report of its laboratory"
TAKEN_OBJECTION = (
    "The rivets of the report carry the mark of another maker on the mandrel: they did not come from us. Our own report on the two lots "
    "shows loads above the standard. We ask for the lots to be tested by a laboratory that both sides name."
)


def play_taken_down(cast: Cast, calendar: Calendar) -> None:
    """A product on sale is taken down on the notice of a buyer; its vendor appeals, and nobody has answered yet."""
    vendor_id = cast.companies[TAKEN_VENDOR]
    named = select(Product).join(Variant, Variant.product_id == Product.id)
    product = db.session.scalars(named.where(Product.vendor_id == vendor_id, Variant.sku == TAKEN_SKU)).one()
    second = cast.actor(cast.operator_id, Permission.VENDOR_VERIFY, name=SECOND_VERIFIER, is_staff=True)
    statement = catalogue.Statement(TAKEN_REASONS, TAKEN_STATEMENT, TakedownSource.NOTICE, TAKEN_NOTICE)
    with clock.at(calendar.instant(TAKEN_DAY)):
        catalogue.take_down_products(vendor_id, {product.id: product.version}, statement, actor=second)
    standing = queries.standing_of_product(product.id, product.state, vendor_id=vendor_id)
    if standing is None:
        raise RuntimeError("a product that was taken down has no decision")
    with clock.at(calendar.instant(TAKEN_APPEALED_DAY)):
        owner = cast.actor(vendor_id, Permission.DECISION_APPEAL)
        services.file_appeal(standing.decision.decision_id, said=TAKEN_OBJECTION, file_ids=(), actor=owner)


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
