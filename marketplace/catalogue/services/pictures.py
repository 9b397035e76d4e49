"""Photos of a listing: added, described, put in order, taken away. Buyers see one when the platform has looked at it."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import func, select

from marketplace.catalogue.errors import TooManyPictures
from marketplace.catalogue.models import PictureState, Product, ProductPicture
from marketplace.catalogue.queries.pictures import own_pictures, shown_pictures
from marketplace.catalogue.queries.products import lock_product
from marketplace.core import audit, changes, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.files import StoredFile
from marketplace.core.ids import new_id

LIMIT = 12


def add_picture(product_id: UUID, stored: StoredFile, alt: Mapping[str, str], *, actor: Actor) -> ProductPicture:
    """The vendor adds a photo, whose bytes are stored, at the end. Raises: NotFound, TooManyPictures."""
    product = lock_product(product_id, vendor_id=_vendor(actor))
    last = db.session.execute(
        select(func.count(), func.max(ProductPicture.position)).where(
            ProductPicture.product_id == product.id, ProductPicture.removed_at.is_(None)
        )
    ).one()
    if last[0] >= LIMIT:
        raise TooManyPictures
    db.session.flush()  # the photo points to its file
    picture = ProductPicture(
        id=new_id(),
        product_id=product.id,
        vendor_id=product.vendor_id,
        file_id=stored.id,
        alt=dict(alt),
        position=(last[1] or 0) + 1,
        state=PictureState.WAITING,
        reasons=[],
        removed_at=None,
        created_at=clock.now(),
    )
    db.session.add(picture)
    _record("product.picture_added", product, picture, actor)
    return picture


def describe_picture(picture_id: UUID, alt: Mapping[str, str], *, product_id: UUID, actor: Actor) -> ProductPicture:
    """The vendor says in other words what a photo shows. Raises: NotFound."""
    product, picture = _lock(product_id, picture_id, actor)
    if dict(alt) != picture.alt:
        picture.alt = dict(alt)
        _record("product.picture_described", product, picture, actor)
    return picture


def move_picture_up(picture_id: UUID, *, product_id: UUID, actor: Actor) -> ProductPicture:
    """The photo changes places with the one before it; the first that is shown stands for the product. Raises: NotFound."""
    product, picture = _lock(product_id, picture_id, actor)
    rows = own_pictures(product.id, vendor_id=product.vendor_id)
    at = next(n for n, row in enumerate(rows) if row.id == picture.id)
    if at:
        rows[at - 1], rows[at] = rows[at], rows[at - 1]
        for position, row in enumerate(rows):
            row.position = position
        choose_picture(product)
        _record("product.picture_moved", product, picture, actor)
    return picture


def remove_picture(picture_id: UUID, *, product_id: UUID, actor: Actor) -> ProductPicture:
    """The vendor takes a photo away. Raises: NotFound."""
    product, picture = _lock(product_id, picture_id, actor)
    picture.removed_at = clock.now()
    choose_picture(product)
    _record("product.picture_removed", product, picture, actor)
    return picture


def choose_picture(product: Product) -> None:
    """Let the first photo that is shown stand for the product."""
    db.session.flush()  # the order is read from the rows
    shown = shown_pictures(product.id)
    product.picture_id = shown[0].id if shown else None


def _lock(product_id: UUID, picture_id: UUID, actor: Actor) -> tuple[Product, ProductPicture]:
    product = lock_product(product_id, vendor_id=_vendor(actor))
    picture = next((row for row in own_pictures(product.id, vendor_id=product.vendor_id) if row.id == picture_id), None)
    if picture is None:
        raise NotFound
    return product, picture


def _vendor(actor: Actor) -> UUID:
    if actor.company_id is None:
        raise NotFound
    return actor.company_id


def _record(act: str, product: Product, picture: ProductPicture, actor: Actor) -> None:
    audit.record(actor, act, "product", product.id, companies=(product.vendor_id,), after={"picture_id": str(picture.id)})
    changes.mark("product", [product.id])
