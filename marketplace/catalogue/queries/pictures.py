"""Photos of products: those that buyers see, all of them for their vendor, those that wait for the desk."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select

from marketplace.catalogue.models import PictureState, Product, ProductPicture, ProductState
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.files import StoredFile
from vendors.models import SEEN_STATES, Vendor


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo with its file, and whether every visitor may keep a copy of it."""

    picture: ProductPicture
    stored: StoredFile
    is_public: bool


def shown_pictures(product_id: UUID) -> list[ProductPicture]:
    """The photos that buyers see, in their order; the caller has decided that the product may be seen."""
    query = select(ProductPicture).where(
        ProductPicture.product_id == product_id, ProductPicture.state == PictureState.SHOWN, ProductPicture.removed_at.is_(None)
    )
    return list(db.session.scalars(query.order_by(ProductPicture.position, ProductPicture.id)))


def own_pictures(product_id: UUID, *, vendor_id: UUID) -> list[ProductPicture]:
    """All photos of a vendor's listing, in their order, whatever the platform has said."""
    query = select(ProductPicture).where(
        ProductPicture.product_id == product_id, ProductPicture.vendor_id == vendor_id, ProductPicture.removed_at.is_(None)
    )
    ordered = query.order_by(ProductPicture.position, ProductPicture.id)
    return list(db.session.scalars(ordered.execution_options(populate_existing=True)))


def pictures_to_check(product_id: UUID) -> list[ProductPicture]:
    """The photos of a listing that wait for the desk; for staff only."""
    query = select(ProductPicture).where(
        ProductPicture.product_id == product_id, ProductPicture.state == PictureState.WAITING, ProductPicture.removed_at.is_(None)
    )
    ordered = query.order_by(ProductPicture.position, ProductPicture.id)
    return list(db.session.scalars(ordered.execution_options(populate_existing=True)))


def photo_for(picture_id: UUID, *, keys: frozenset[str], company_id: UUID | None, is_staff: bool) -> Photo:
    """A photo for a reader: one that is shown of a product that he may see, any of his own company's, any for platform staff.

    `keys` are the reader's (`visibility.keys_of`). Raises: NotFound.
    """
    is_seen = (
        (ProductPicture.state == PictureState.SHOWN)
        & (Product.state == ProductState.LIVE)
        & Product.visibility.overlap(sorted(keys))
        & Vendor.state.in_(SEEN_STATES)
    )
    query = (
        select(ProductPicture, StoredFile, Product.visibility)
        .join(Product, Product.id == ProductPicture.product_id)
        .join(Vendor, Vendor.id == Product.vendor_id)
        .join(StoredFile, StoredFile.id == ProductPicture.file_id)
        .where(ProductPicture.id == picture_id, ProductPicture.removed_at.is_(None))
    )
    if not is_staff:
        query = query.where(or_(is_seen, ProductPicture.vendor_id == company_id))
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    picture, stored, visibility = row
    return Photo(picture, stored, is_public="all" in visibility and picture.state is PictureState.SHOWN)
