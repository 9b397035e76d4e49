"""Products on sale that the platform takes down, with a statement of reasons, and what undoes that. For staff: doors ask for the permission.

A taken-down product is a refused one: the vendor cannot put it on sale, only send it to be checked again.
Source: docs/decisions/0038-a-product-on-sale-is-taken-down-as-refused.md
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.catalogue import review
from marketplace.catalogue.drafts import draft_of, missing_of
from marketplace.catalogue.errors import EditedMeanwhile, ProductRefused
from marketplace.catalogue.faults import Fault
from marketplace.catalogue.models import Product, ProductState, ProductTakedown, TakedownEnd, TakedownSource
from marketplace.catalogue.queries.categories import asked_by_category
from marketplace.catalogue.queries.products import lock_product, lock_products, version_content
from marketplace.catalogue.queries.takedowns import takedown_in_force
from marketplace.catalogue.reasons import TAKEDOWN_REASONS
from marketplace.catalogue.services.products import ON_SALE, check_stands, end_takedown
from marketplace.catalogue.services.telling import tell_of_takedown, tell_of_undone_takedown
from marketplace.core import audit, changes, clock
from marketplace.core.audit import Actor, Done
from marketplace.core.db import db
from marketplace.core.errors import InvalidMove
from marketplace.core.i18n import lazy
from marketplace.core.ids import new_id
from vendors.errors import ReasonNeeded

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Statement:
    """Why products are taken down. `reasons` are codes of `TAKEDOWN_REASONS`; the vendor reads all but `reference`.

    The caller has stored the files for the vendor.
    """

    reasons: Sequence[str]
    words: str
    source: TakedownSource
    reference: str | None = None
    file_ids: Sequence[UUID] = ()


def take_down_products(vendor_id: UUID, seen: Mapping[UUID, int], statement: Statement, *, actor: Actor) -> list[ProductTakedown]:
    """Take products of one vendor off sale, all or none, and tell the vendor once why. Open orders go on; a change that waits goes on waiting.

    `seen` is {product: version that was looked at}. Raises: NotFound, EditedMeanwhile (the vendor has saved another version), InvalidMove
    (one is not on sale), ReasonNeeded, ProductRefused (no known reason).
    """
    if not seen or len(seen) > MOST_AT_ONCE:
        raise ValueError(f"1 to {MOST_AT_ONCE} products are taken down at once")
    codes = sorted(set(statement.reasons))
    if not codes or not set(codes) <= set(TAKEDOWN_REASONS):
        raise ProductRefused([Fault("reasons", lazy("Choose at least one."))])
    if not statement.words.strip():
        raise ReasonNeeded
    products = lock_products(seen, vendor_id=vendor_id)
    for product in products.values():
        if product.state not in ON_SALE:
            raise InvalidMove(state=product.state.value, to=ProductState.REFUSED.value)
        if product.version != seen[product.id]:
            raise EditedMeanwhile(product.version)
    act_id, now = new_id(), clock.now()
    taken = []
    for product in products.values():
        taken.append(
            ProductTakedown(
                id=new_id(),
                act_id=act_id,
                product_id=product.id,
                vendor_id=vendor_id,
                version=product.version,
                state_before=product.state,
                reasons=codes,
                statement=statement.words,
                source=statement.source,
                reference=statement.reference,
                file_ids=list(statement.file_ids),
                taken_by=actor.person_id,
                taken_by_name=actor.name,
                taken_at=now,
                ended=None,
                ended_at=None,
                ended_by_name=None,
                end_reason=None,
            )
        )
        product.move(ProductState.REFUSED)
        product.reasons, product.updated_at = codes, now
    db.session.add_all(taken)
    audit.record_all(actor, "product.taken_down", "product", [_done(row) for row in taken], companies=(vendor_id,))
    changes.mark("product", products)
    tell_of_takedown(act_id, vendor_id)
    return taken


def _done(row: ProductTakedown) -> Done:
    after = {
        "state": ProductState.REFUSED.value,
        "version": row.version,
        "reasons": row.reasons,
        "reason": row.statement,
        "source": row.source.value,
        "takedown_id": str(row.id),
    }
    return Done(row.product_id, {"state": row.state_before.value}, after)


def undo_takedown(product_id: UUID, *, reason: str, actor: Actor) -> Product:
    """The platform takes its own taking down back, and tells the vendor why. Raises: NotFound, ReasonNeeded, InvalidMove (none is in force)."""
    if not reason.strip():
        raise ReasonNeeded
    product = lock_product(product_id, vendor_id=None)
    takedown = _put_back(product, TakedownEnd.UNDONE, reason, actor)
    tell_of_undone_takedown(takedown.id, product.vendor_id)
    return product


def grant_takedown_appeal(product_id: UUID, *, reason: str, actor: Actor) -> Product:
    """The vendor was right: the product is back where it was. The answer to the appeal tells the vendor.

    Raises: NotFound, InvalidMove (none is in force).
    """
    product = lock_product(product_id, vendor_id=None)
    _put_back(product, TakedownEnd.GRANTED, reason, actor)
    return product


def state_after_undoing(takedown: ProductTakedown) -> ProductState:
    """Where a product goes to when its taking down is undone: back, or to be checked when buyers would read what nobody has looked at."""
    product = db.session.get_one(Product, takedown.product_id)
    then, now = version_content(product.id, takedown.version), version_content(product.id, product.version)
    if review.waits_for_a_yes(then, now) or missing_of(draft_of(now), asked_by_category(product.category_id)):
        return ProductState.CHECKING
    return takedown.state_before


def _put_back(product: Product, end: TakedownEnd, reason: str, actor: Actor) -> ProductTakedown:
    takedown = takedown_in_force(product.id)
    if takedown is None:
        raise InvalidMove(state=product.state.value)
    check_stands(product, ProductState.REFUSED, takedown.state_before)
    to = state_after_undoing(takedown)
    # The machine has no way from `refused` to what is on sale but over a check, which is what the one who decides has done.
    product.move(ProductState.CHECKING)
    if to is not ProductState.CHECKING:
        product.move(ProductState.LIVE)
    if to is ProductState.PAUSED:
        product.move(ProductState.PAUSED)
    product.reasons, product.updated_at = [], clock.now()
    end_takedown(takedown, end, reason, actor)
    audit.record(
        actor,
        "product.restored",
        "product",
        product.id,
        companies=(product.vendor_id,),
        before={"state": ProductState.REFUSED.value},
        after={"state": to.value, "version": product.version, "reason": reason},
    )
    changes.mark("product", [product.id])
    return takedown
