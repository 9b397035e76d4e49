"""A vendor's acts on its listings. Every change of content is a version; a change of state is a line of history.

What buyers are told about a listing on sale changes only with the platform's yes: until then it is a proposal (`review.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import any_, select, update
from sqlalchemy import text as sql_text

from marketplace.accounts.models import Company
from marketplace.catalogue import codes, review
from marketplace.catalogue.drafts import ProductDraft, content_of, draft_of, faults_of, missing_of
from marketplace.catalogue.errors import EditedMeanwhile, LastVariant, ProductIncomplete, ProductRefused
from marketplace.catalogue.faults import Fault
from marketplace.catalogue.models import Place, Product, ProductProposal, ProductState, ProductTakedown, ProposalState, TakedownEnd
from marketplace.catalogue.queries.categories import asked_by_category, definitions_by_code, leaf_category
from marketplace.catalogue.queries.products import lock_product, version_content, waiting_proposal
from marketplace.catalogue.queries.takedowns import takedown_in_force
from marketplace.catalogue.services.telling import tell_of_lifecycle
from marketplace.catalogue.services.writing import differences, fill_product, write_variants, write_version
from marketplace.core import arrays, audit, changes, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.core.i18n import gettext, lazy, speaking, text
from marketplace.core.ids import new_id
from vendors.models import Vendor

ON_SALE = (ProductState.LIVE, ProductState.PAUSED)
PLACE_NAME = lazy("Main warehouse")
NEW_PLACES = sql_text(
    "INSERT INTO places (id, vendor_id, name, is_default)"
    " SELECT *, true FROM unnest(CAST(:ids AS uuid[]), CAST(:vendors AS uuid[]), CAST(:names AS text[])) ON CONFLICT DO NOTHING"
)


def create_product(draft: ProductDraft, *, actor: Actor) -> Product:
    """A vendor starts a listing, as a draft that nobody else sees. The vendor is the actor's company.

    Raises: NotFound (the company does not sell), ProductRefused, SKUTaken.
    """
    vendor = db.session.get(Vendor, actor.company_id) if actor.company_id else None
    if vendor is None:
        raise NotFound
    _check(draft)
    now = clock.now()
    product = Product(
        id=new_id(),
        vendor_id=vendor.id,
        code=free_codes(1)[0],
        state=ProductState.DRAFT,
        reasons=[],
        version=1,
        currency=vendor.currency,
        published_at=None,
        created_at=now,
        updated_at=now,
    )
    fill_product(product, draft, now)
    db.session.add(product)
    db.session.flush()  # variants point to the row
    write_variants(product, draft, now, place_id=default_place(vendor.id))
    write_version(product, draft, actor, now)
    audit.record(actor, "product.created", "product", product.id, companies=(vendor.id,), after={"title": text(product.title)})
    changes.mark("product", [product.id])
    return product


def edit_product(product_id: UUID, draft: ProductDraft, *, version: int, actor: Actor, proposal_id: UUID | None = None) -> Product:
    """The vendor saves a listing whose form was opened at `version`, with a proposal that waited then. Orders keep the version they saw.

    Saving what already stands makes no version. Of a listing on sale, what is reviewed becomes a proposal and the rest a version at once.
    Raises: NotFound, EditedMeanwhile, ProductRefused, SKUTaken.
    """
    leaf_category(draft.category_id)  # locked before the listing, as when categories are merged
    product = lock_product(product_id, vendor_id=_vendor(actor))
    waiting = waiting_proposal(product.id)
    if product.version != version or (waiting.id if waiting else None) != proposal_id:
        raise EditedMeanwhile(product.version)
    if product.state is ProductState.RETIRED:
        raise ProductRefused([Fault("form", lazy("A retired product cannot be changed."))])
    _check(draft)
    if product.state in (*ON_SALE, ProductState.CHECKING):
        _check_complete(draft)
    wanted = content_of(draft, product.currency)
    if product.state in ON_SALE:
        live = version_content(product.id, product.version)
        now_live = review.at_once(live, wanted)
        save_version(product, draft_of(now_live), actor=actor)
        _propose(product, wanted if review.waits_for_a_yes(live, wanted) else None, waiting, actor)
    else:
        save_version(product, draft, actor=actor)
        if waiting is not None:  # since before the listing was taken down: the form shows the change, so it is saved by now
            _propose(product, None, waiting, actor)
    return product


def save_version(product: Product, draft: ProductDraft, *, actor: Actor) -> bool:
    """Make the next version of a locked listing; False where the draft is what already stands. Raises: ProductRefused, SKUTaken."""
    old = version_content(product.id, product.version)
    if content_of(draft, product.currency) == old:
        return False
    now = clock.now()
    fill_product(product, draft, now)
    product.version += 1
    write_variants(product, draft, now, place_id=default_place(product.vendor_id))
    new = write_version(product, draft, actor, now)
    before, after = differences(old, new)
    audit.record(actor, "product.edited", "product", product.id, companies=(product.vendor_id,), before=before, after=after)
    if product.state in ON_SALE:
        tell_of_lifecycle(product, old, new)
    changes.mark("product", [product.id])
    return True


def _propose(product: Product, content: Mapping[str, Any] | None, waiting: ProductProposal | None, actor: Actor) -> None:
    """Put what is reviewed of a change before the platform, in the place of what waited; None: nothing is left of it."""
    if waiting is not None and content == waiting.content:
        return
    now = clock.now()
    if waiting is not None:
        # Before the new one, since a listing has one proposal that waits.
        db.session.execute(
            update(ProductProposal).where(ProductProposal.id == waiting.id).values(state=ProposalState.WITHDRAWN, decided_at=now)
        )
    if content is not None:
        # A variant that is to be new has its id from here on, so that the form finds it again.
        variants = [variant | {"id": variant["id"] or str(new_id())} for variant in content["variants"]]
        proposal = ProductProposal(
            id=new_id(),
            product_id=product.id,
            vendor_id=product.vendor_id,
            content={**content, "variants": variants},
            state=ProposalState.WAITING,
            reasons=[],
            version=None,
            made_by=actor.person_id,
            made_at=now,
            decided_by=None,
            decided_at=None,
        )
        db.session.add(proposal)
        audit.record(actor, "product.change_submitted", "product", product.id, companies=(product.vendor_id,))
    elif waiting is not None:
        audit.record(actor, "product.change_withdrawn", "product", product.id, companies=(product.vendor_id,))
    product.updated_at = now


def withdraw_proposal(product_id: UUID, *, actor: Actor) -> Product:
    """The vendor takes back a change that the platform has not answered. Raises: NotFound, also where none waits."""
    product = lock_product(product_id, vendor_id=_vendor(actor))
    waiting = waiting_proposal(product.id)
    if waiting is None:
        raise NotFound
    _propose(product, None, waiting, actor)
    return product


def remove_variant(product_id: UUID, variant_id: UUID, *, version: int, actor: Actor, proposal_id: UUID | None = None) -> Product:
    """The vendor takes a variant out of a listing; its orders keep it. One that only a waiting change would add is taken out of that.

    Raises: NotFound (no such variant in it), LastVariant, EditedMeanwhile, ProductRefused (it is a part of a kit).
    """
    product = lock_product(product_id, vendor_id=_vendor(actor))
    waiting = waiting_proposal(product.id)
    live = version_content(product.id, product.version)
    draft = draft_of(review.with_proposal(live, waiting.content) if waiting else live)
    kept = tuple(variant for variant in draft.variants if variant.id != variant_id)
    if len(kept) == len(draft.variants):
        raise NotFound
    on_sale = {variant["id"] for variant in live["variants"]}
    if not any(str(variant.id) in on_sale for variant in kept):
        raise LastVariant
    return edit_product(product_id, replace(draft, variants=kept), version=version, actor=actor, proposal_id=proposal_id)


def publish_product(product_id: UUID, *, actor: Actor) -> Product:
    """The vendor submits a listing; the platform's answer makes it live. One that was taken down goes with the change that waited then.

    Raises: NotFound, ProductIncomplete, InvalidMove, and of such a change ProductRefused and SKUTaken.
    """
    product = lock_product(product_id, vendor_id=_vendor(actor))
    live, waiting = version_content(product.id, product.version), waiting_proposal(product.id)
    draft = draft_of(review.with_proposal(live, waiting.content) if waiting else live)
    _check_complete(draft)
    if product.state is ProductState.REFUSED:
        if waiting is not None:
            save_version(product, draft, actor=actor)
            _propose(product, None, waiting, actor)
        takedown = takedown_in_force(product.id)
        if takedown is not None:
            end_takedown(takedown, TakedownEnd.SENT_AGAIN, None, actor)
    return _move(product, ProductState.CHECKING, "product.submitted", actor)


def withdraw_product(product_id: UUID, *, actor: Actor) -> Product:
    """The vendor takes a listing back before the platform has answered. Raises: NotFound, InvalidMove."""
    product = lock_product(product_id, vendor_id=_vendor(actor))
    check_stands(product, ProductState.CHECKING, ProductState.DRAFT)
    return _move(product, ProductState.DRAFT, "product.withdrawn", actor)


def pause_product(product_id: UUID, *, actor: Actor) -> Product:
    """The vendor takes a listing off sale for a while. Raises: NotFound, InvalidMove."""
    return _move(lock_product(product_id, vendor_id=_vendor(actor)), ProductState.PAUSED, "product.paused", actor)


def resume_product(product_id: UUID, *, actor: Actor) -> Product:
    """The vendor puts a paused listing on sale again. Raises: NotFound, InvalidMove, ProductIncomplete."""
    product = lock_product(product_id, vendor_id=_vendor(actor))
    # Without this a vendor could make live what waits for the platform's answer: `checking` leads to `live`, too.
    check_stands(product, ProductState.PAUSED, ProductState.LIVE)
    _check_complete(draft_of(version_content(product.id, product.version)))
    return _move(product, ProductState.LIVE, "product.resumed", actor)


def retire_product(product_id: UUID, *, actor: Actor) -> Product:
    """The vendor ends a listing for good; orders keep their copy, and a change that waits is taken back. Raises: NotFound, InvalidMove."""
    product = lock_product(product_id, vendor_id=_vendor(actor))
    waiting = waiting_proposal(product.id)
    if waiting is not None:
        _propose(product, None, waiting, actor)
    return _move(product, ProductState.RETIRED, "product.retired", actor)


def mark_reviewed(product_id: UUID) -> None:
    """A buyer has judged the product: from now on its pages ask for reviews. No change of the listing, so no version and no history."""
    db.session.execute(update(Product).where(Product.id == product_id, ~Product.is_reviewed).values(is_reviewed=True))


def check_stands(product: Product, state: ProductState, to: ProductState) -> None:
    """The act is for listings in one state only, though others lead to the same. Raises: InvalidMove."""
    if product.state is not state:
        raise InvalidMove(state=product.state.value, to=to.value)


def end_takedown(takedown: ProductTakedown, end: TakedownEnd, reason: str | None, actor: Actor) -> None:
    """A taking down of a locked listing holds no longer; what becomes of the listing is the caller's."""
    takedown.ended, takedown.ended_at = end, clock.now()
    takedown.ended_by_name, takedown.end_reason = actor.name, reason


def _vendor(actor: Actor) -> UUID:
    if actor.company_id is None:
        raise NotFound
    return actor.company_id


def _move(product: Product, to: ProductState, act: str, actor: Actor) -> Product:
    before = product.state
    product.move(to)
    product.reasons = []
    product.updated_at = clock.now()
    audit.record(
        actor, act, "product", product.id, companies=(product.vendor_id,), before={"state": before.value}, after={"state": to.value}
    )
    changes.mark("product", [product.id])
    return product


def _check(draft: ProductDraft) -> None:
    faults = faults_of(draft, definitions_by_code(draft.codes_used))
    if leaf_category(draft.category_id) is None:
        faults.append(Fault("category_id", lazy("Choose one of the list.")))
    if faults:
        raise ProductRefused(faults)


def _check_complete(draft: ProductDraft) -> None:
    faults = missing_of(draft, asked_by_category(draft.category_id))
    if faults:
        raise ProductIncomplete(faults)


def free_codes(count: int) -> list[str]:
    """Codes that no product has yet."""
    made = codes.fresh_codes(count, set())
    taken = set(db.session.scalars(select(Product.code).where(Product.code == any_(arrays.texts(None, made)))))
    if not taken:
        return made
    return [code for code in made if code not in taken] + free_codes(len(taken))


def default_place(vendor_id: UUID) -> UUID:
    """The vendor's default place, made where there is none."""
    found = db.session.scalar(select(Place.id).where(Place.vendor_id == vendor_id, Place.is_default))
    if found is not None:
        return found
    make_default_places([vendor_id])
    return db.session.execute(select(Place.id).where(Place.vendor_id == vendor_id, Place.is_default)).scalar_one()


def make_default_places(vendor_ids: Sequence[UUID]) -> None:
    """A default place for each of these vendors that has none, named in the language of its company."""
    found = select(Company.id, Company.language).where(Company.id == any_(arrays.ids(None, vendor_ids)))
    languages = dict(db.session.execute(found).all())
    names = {}
    for language in set(languages.values()):
        with speaking(language):
            names[language] = gettext(PLACE_NAME)
    ids, vendors = arrays.ids("ids", [new_id() for _ in languages]), arrays.ids("vendors", languages)
    db.session.execute(NEW_PLACES.bindparams(ids, vendors, arrays.texts("names", [names[language] for language in languages.values()])))
