"""The platform's answer to listings, to changes of listings on sale and to photos. For staff: doors ask for the permission, nothing
here scopes to a company.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from marketplace.catalogue.drafts import draft_of
from marketplace.catalogue.errors import EditedMeanwhile, ProductRefused
from marketplace.catalogue.faults import Fault
from marketplace.catalogue.models import PictureState, Product, ProductPicture, ProductProposal, ProductState, ProposalState
from marketplace.catalogue.queries.pictures import pictures_to_check
from marketplace.catalogue.queries.products import lock_product, refused_change, version_content, waiting_proposal
from marketplace.catalogue.reasons import REASONS
from marketplace.catalogue.review import with_proposal
from marketplace.catalogue.services.pictures import choose_picture
from marketplace.catalogue.services.products import ON_SALE, check_stands, save_version
from marketplace.core import audit, changes, clock
from marketplace.core.audit import Actor
from marketplace.core.errors import InvalidMove
from marketplace.core.i18n import lazy

NO_PICTURES: frozenset[UUID] = frozenset()


def accept_product(product_id: UUID, *, version: int, actor: Actor, pictures: Collection[UUID] = NO_PICTURES) -> Product:
    """A listing that was looked at goes live, with those of its photos that were seen.

    Raises: NotFound, EditedMeanwhile (the vendor changed it since), InvalidMove.
    """
    product = _lock(product_id, version)
    check_stands(product, ProductState.CHECKING, ProductState.LIVE)
    product.move(ProductState.LIVE)
    product.reasons = []
    product.published_at = product.published_at or clock.now()
    _answer_pictures(product, pictures, PictureState.SHOWN, ())
    _record("product.accepted", product, actor, "checking", {"state": product.state.value, "version": version})
    return product


def refuse_product(
    product_id: UUID, reasons: Sequence[str], *, version: int, actor: Actor, pictures: Collection[UUID] = NO_PICTURES
) -> Product:
    """A listing is turned down with reason codes. Raises: NotFound, EditedMeanwhile, InvalidMove, ProductRefused (no known reason)."""
    codes = _known(reasons)
    product = _lock(product_id, version)
    check_stands(product, ProductState.CHECKING, ProductState.REFUSED)
    product.move(ProductState.REFUSED)
    product.reasons = codes
    _answer_pictures(product, pictures, PictureState.REFUSED, codes)
    _record("product.refused", product, actor, "checking", {"state": product.state.value, "version": version, "reasons": codes})
    return product


def check_again(product_id: UUID, *, actor: Actor) -> Product:
    """A refusal was wrong: the listing waits for the platform's answer again, as it stands. Raises: NotFound, InvalidMove (not refused)."""
    product = lock_product(product_id, vendor_id=None)
    check_stands(product, ProductState.REFUSED, ProductState.CHECKING)
    product.move(ProductState.CHECKING)
    product.reasons = []
    _record("product.check_reopened", product, actor, "refused", {"state": product.state.value, "version": product.version})
    return product


def accept_change(
    product_id: UUID, *, version: int, proposal_id: UUID | None, actor: Actor, pictures: Collection[UUID] = NO_PICTURES
) -> Product:
    """A change of a listing on sale becomes its next version; photos that were seen are shown.

    Raises: NotFound, EditedMeanwhile (the listing or the change is another one now), InvalidMove (nothing of it waits), ProductRefused
    and SKUTaken (what was right when it was sent is so no more).
    """
    product, waiting = _lock_change(product_id, version, proposal_id, pictures)
    if waiting is not None:
        live = version_content(product.id, product.version)
        save_version(product, draft_of(with_proposal(live, waiting.content)), actor=actor)
        _answer(waiting, ProposalState.ACCEPTED, (), actor)
        waiting.version = product.version
    _answer_pictures(product, pictures, PictureState.SHOWN, ())
    _record("product.change_accepted", product, actor, product.state.value, {"version": product.version})
    return product


def refuse_change(
    product_id: UUID,
    reasons: Sequence[str],
    *,
    version: int,
    proposal_id: UUID | None,
    actor: Actor,
    pictures: Collection[UUID] = NO_PICTURES,
) -> Product:
    """A change of a listing on sale is turned down with reason codes; what is on sale stays. Raises: as `accept_change`."""
    codes = _known(reasons)
    product, waiting = _lock_change(product_id, version, proposal_id, pictures)
    if waiting is not None:
        _answer(waiting, ProposalState.REFUSED, codes, actor)
    _answer_pictures(product, pictures, PictureState.REFUSED, codes)
    # An appeal is about the words and facts that were refused; a photo is simply sent again.
    named = {"proposal_id": str(waiting.id)} if waiting is not None else {}
    _record("product.change_refused", product, actor, product.state.value, {"reasons": codes, **named})
    return product


def grant_change_appeal(product_id: UUID, proposal_id: UUID, *, actor: Actor) -> Product:
    """The refusal of a change was wrong: it becomes the next version, with what the vendor alone has changed since.

    Raises: NotFound, InvalidMove (it is not the last change that was asked for, not refused, or the listing is not on sale), ProductRefused
    and SKUTaken (what was right when it was sent is so no more).
    """
    product = lock_product(product_id, vendor_id=None)
    refused = refused_change(product.id)
    if product.state not in ON_SALE or refused is None or refused.id != proposal_id:
        raise InvalidMove(state=product.state.value)
    live = version_content(product.id, product.version)
    save_version(product, draft_of(with_proposal(live, refused.content)), actor=actor)
    _answer(refused, ProposalState.ACCEPTED, (), actor)
    refused.version = product.version
    _record("product.change_accepted", product, actor, product.state.value, {"version": product.version})
    return product


def _known(reasons: Sequence[str]) -> list[str]:
    if not reasons or not set(reasons) <= set(REASONS):
        raise ProductRefused([Fault("reasons", lazy("Choose at least one."))])
    return sorted(set(reasons))


def _lock(product_id: UUID, version: int) -> Product:
    product = lock_product(product_id, vendor_id=None)
    if product.version != version:
        raise EditedMeanwhile(product.version)
    return product


def _lock_change(
    product_id: UUID, version: int, proposal_id: UUID | None, pictures: Collection[UUID]
) -> tuple[Product, ProductProposal | None]:
    product = _lock(product_id, version)
    if product.state not in ON_SALE:  # taken down since: the change waits until the product is sent or put back
        raise InvalidMove(state=product.state.value)
    waiting = waiting_proposal(product.id)
    if (waiting.id if waiting else None) != proposal_id:
        raise EditedMeanwhile(product.version)
    if waiting is None and not {row.id for row in pictures_to_check(product.id)} & set(pictures):
        raise InvalidMove(state=product.state.value)
    return product, waiting


def _answer(waiting: ProductProposal, state: ProposalState, reasons: Sequence[str], actor: Actor) -> None:
    waiting.state = state
    waiting.reasons = list(reasons)
    waiting.decided_by = actor.person_id
    waiting.decided_at = clock.now()


def _answer_pictures(product: Product, seen: Collection[UUID], state: PictureState, reasons: Sequence[str]) -> None:
    """Answer the photos that were on the desk's page; one that came since waits for the next look."""
    rows: list[ProductPicture] = [row for row in pictures_to_check(product.id) if row.id in set(seen)]
    for row in rows:
        row.state = state
        row.reasons = list(reasons)
    if rows:
        choose_picture(product)


def _record(act: str, product: Product, actor: Actor, before: str, after: dict[str, object]) -> None:
    product.updated_at = clock.now()
    audit.record(actor, act, "product", product.id, companies=(product.vendor_id,), before={"state": before}, after=after)
    changes.mark("product", [product.id])
