"""A vendor's acts on its listings. Every change of content is a version; a change of state is a line of history."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, delete, insert, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from marketplace.catalogue import codes
from marketplace.catalogue.drafts import ProductDraft, VariantDraft, content_of, draft_of, faults_of, missing_of
from marketplace.catalogue.errors import EditedMeanwhile, ProductIncomplete, ProductRefused, SKUTaken
from marketplace.catalogue.faults import Fault
from marketplace.catalogue.models import Place, PriceTier, Product, ProductState, ProductVersion, Stock, Supply, Variant
from marketplace.catalogue.queries.categories import asked_by_category, definitions_by_code, leaf_category
from marketplace.catalogue.queries.products import lock_product, version_content
from marketplace.catalogue.services.items import keys_of, link_items
from marketplace.core import audit, changes, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.core.i18n import lazy, text
from marketplace.core.ids import new_id
from vendors.models import Vendor

LOGGED_DIFFERENCES = 40
PLACE_NAME = "Main warehouse"


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
    _fill(product, draft, now)
    db.session.add(product)
    db.session.flush()  # variants point to the row
    default_place(vendor.id)
    _write_variants(product, draft, now)
    _write_version(product, draft, actor, now)
    audit.record(actor, "product.created", "product", product.id, companies=(vendor.id,), after={"title": text(product.title)})
    changes.mark("product", [product.id])
    return product


def edit_product(product_id: UUID, draft: ProductDraft, *, version: int, actor: Actor) -> Product:
    """The vendor saves a listing whose form was opened at `version`. Orders keep the version they saw.

    Saving what already stands makes no version. Raises: NotFound, EditedMeanwhile, ProductRefused, SKUTaken.
    """
    product = lock_product(product_id, vendor_id=_vendor(actor))
    if product.version != version:
        raise EditedMeanwhile(product.version)
    if product.state is ProductState.RETIRED:
        raise ProductRefused([Fault("form", lazy("A retired product cannot be changed."))])
    _check(draft)
    if product.state in (ProductState.LIVE, ProductState.CHECKING, ProductState.PAUSED):
        _check_complete(draft)
    old = version_content(product.id, product.version)
    if content_of(draft, product.currency) == old:
        return product
    now = clock.now()
    _fill(product, draft, now)
    product.version += 1
    _write_variants(product, draft, now)
    new = _write_version(product, draft, actor, now)
    before, after = differences(old, new)
    audit.record(actor, "product.edited", "product", product.id, companies=(product.vendor_id,), before=before, after=after)
    changes.mark("product", [product.id])
    return product


def publish_product(product_id: UUID, *, actor: Actor) -> Product:
    """The vendor submits a listing; the platform's answer makes it live. Raises: NotFound, ProductIncomplete, InvalidMove."""
    product = lock_product(product_id, vendor_id=_vendor(actor))
    _check_complete(draft_of(version_content(product.id, product.version)))
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
    """The vendor ends a listing for good; orders keep their copy. Raises: NotFound, InvalidMove."""
    return _move(lock_product(product_id, vendor_id=_vendor(actor)), ProductState.RETIRED, "product.retired", actor)


def check_stands(product: Product, state: ProductState, to: ProductState) -> None:
    """The act is for listings in one state only, though others lead to the same. Raises: InvalidMove."""
    if product.state is not state:
        raise InvalidMove(state=product.state.value, to=to.value)


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
    taken = set(db.session.scalars(select(Product.code).where(Product.code == any_(literal(made, ARRAY(Text))))))
    if not taken:
        return made
    return [code for code in made if code not in taken] + free_codes(len(taken))


def default_place(vendor_id: UUID) -> UUID:
    """The vendor's default place, made where there is none."""
    found = db.session.scalar(select(Place.id).where(Place.vendor_id == vendor_id, Place.is_default))
    if found is not None:
        return found
    db.session.execute(upsert(Place).values(id=new_id(), vendor_id=vendor_id, name=PLACE_NAME, is_default=True).on_conflict_do_nothing())
    return db.session.execute(select(Place.id).where(Place.vendor_id == vendor_id, Place.is_default)).scalar_one()


def _fill(product: Product, draft: ProductDraft, now: datetime) -> None:
    product.category_id = draft.category_id
    product.title = dict(draft.title)
    product.slug = codes.slug(draft.title.get("en") or "", product.code)
    product.description = dict(draft.description)
    product.keywords = list(draft.keywords)
    product.attributes = dict(draft.attributes)
    product.visibility = list(draft.visibility)
    product.drawing = draft.drawing
    product.updated_at = now


def _write_variants(product: Product, draft: ProductDraft, now: datetime) -> None:
    items = link_items(keys_of(variant) for variant in draft.variants)
    rows = {row.id: row for row in db.session.scalars(select(Variant).where(Variant.product_id == product.id))}
    by_sku = {row.sku: row for row in rows.values()}
    place_id = default_place(product.vendor_id)
    kept: list[UUID] = []
    for position, variant in enumerate(draft.variants):
        row = rows.get(variant.id) if variant.id else None
        # A variant that was taken out and comes back under its SKU is the same one.
        row = row or by_sku.get(variant.sku)
        if row is None:
            row = Variant(id=new_id(), product_id=product.id, vendor_id=product.vendor_id, created_at=now)
            db.session.add(row)
            rows[row.id] = row
        _fill_variant(row, variant, position)
        row.item_id = items.get(keys_of(variant))
        kept.append(row.id)
    for row in rows.values():
        row.is_active = row.id in kept
    try:
        db.session.flush()  # tiers and stock point to the rows; a SKU that is taken shows here
    except IntegrityError as error:
        if "uq_variants_vendor_id_sku" in str(error.orig):
            raise SKUTaken from error
        raise
    db.session.execute(delete(PriceTier).where(PriceTier.variant_id.in_(kept)))
    tiers = [
        {"variant_id": row_id, "from_quantity": start, "unit_price_micro": price, "currency": product.currency}
        for row_id, variant in zip(kept, draft.variants, strict=True)
        for start, price in variant.tiers
    ]
    if tiers:
        db.session.execute(insert(PriceTier), tiers)
    stocked = set(db.session.scalars(select(Stock.variant_id).where(Stock.variant_id.in_(kept), Stock.place_id == place_id)))
    db.session.add_all(Stock(variant_id=row_id, place_id=place_id, on_hand=0, reserved=0) for row_id in kept if row_id not in stocked)


def _fill_variant(row: Variant, variant: VariantDraft, position: int) -> None:
    row.position = position
    row.is_active = True
    for name in (
        "sku", "label", "brand", "mpn", "gtin", "unit", "display_unit", "display_factor", "pack", "pack_quantity", "minimum_quantity",
        "increment", "maximum_quantity", "price_per", "capacity_month", "weight_g", "hs_code", "origin", "lifecycle",
    ):  # fmt: skip
        setattr(row, name, getattr(variant, name))
    row.supply = Supply(variant.supply)
    row.codes = list(variant.codes)
    row.attributes = dict(variant.attributes)
    row.lead_time = [list(band) for band in variant.lead_time]
    row.sample = dict(variant.sample) if variant.sample is not None else None
    row.dims_mm = list(variant.dims_mm) if variant.dims_mm is not None else None


def _write_version(product: Product, draft: ProductDraft, actor: Actor, now: datetime) -> dict[str, object]:
    content = content_of(draft, product.currency)
    ids = {row.sku: row.id for row in db.session.scalars(select(Variant).where(Variant.product_id == product.id))}
    for variant in content["variants"]:
        variant["id"] = str(ids[variant["sku"]])
    db.session.add(
        ProductVersion(
            product_id=product.id,
            version=product.version,
            state=product.state.value,
            content=content,
            reasons=list(product.reasons),
            made_by=actor.person_id,
            made_at=now,
        )
    )
    return content


def differences(old: dict[str, object], new: dict[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """(before, after) of the fields that differ between two contents, one level into the variants, as `sku.field`."""
    first, second = flat(old), flat(new)
    names = [name for name in {**first, **second} if first.get(name) != second.get(name)][:LOGGED_DIFFERENCES]
    return {name: first.get(name) for name in names}, {name: second.get(name) for name in names}


def flat(content: dict[str, object]) -> dict[str, object]:
    """A content with its variants' fields beside its own."""
    out = {name: value for name, value in content.items() if name != "variants"}
    variants = content.get("variants")
    for variant in variants if isinstance(variants, list) else []:
        out |= {f"{variant['sku']}.{name}": value for name, value in variant.items() if name not in ("id", "sku")}
    return out
