"""What the platform's desk reads: listings, changes of listings and photos that wait for its answer. Not scoped: for staff only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, or_, select, union_all
from sqlalchemy.orm import aliased

from marketplace.catalogue.models import (
    Category,
    PictureState,
    Product,
    ProductPicture,
    ProductProposal,
    ProductState,
    ProductVersion,
    ProposalState,
    Variant,
)
from marketplace.catalogue.queries.pictures import pictures_to_check
from marketplace.catalogue.queries.products import waiting_proposal
from marketplace.core.db import db, one_of_found
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Choice, Days, Sort, Table, Words
from marketplace.core.waiting import Queue, queue
from vendors.models import Vendor, VendorState

_change = (ProductProposal.product_id == Product.id) & (ProductProposal.state == ProposalState.WAITING)
_photo = (ProductPicture.product_id == Product.id) & (ProductPicture.state == PictureState.WAITING) & ProductPicture.removed_at.is_(None)
_photos_since = select(func.min(ProductPicture.created_at)).where(_photo).correlate(Product).scalar_subquery()
_has_photo = select(ProductPicture.id).where(_photo).correlate(Product).exists()
_is_new = Product.state == ProductState.CHECKING
_checked = aliased(Product)
_waiting = union_all(
    select(_checked.id).where(_checked.state == ProductState.CHECKING),
    select(ProductProposal.product_id).where(ProductProposal.state == ProposalState.WAITING),
    select(ProductPicture.product_id).where(ProductPicture.state == PictureState.WAITING, ProductPicture.removed_at.is_(None)),
)
"""Found by partial indices: what waits is little beside what there is."""
_on_sale = Product.state.in_((ProductState.LIVE, ProductState.PAUSED))
WAITING_SINCE = case((_is_new, Product.updated_at), else_=func.coalesce(ProductProposal.made_at, _photos_since, Product.updated_at))
KINDS = {"new": lazy("New listing"), "change": lazy("Change"), "photos": lazy("Photos")}


def _kind(value: str) -> ColumnElement[bool]:
    if value == "new":
        return _is_new
    has_change = ProductProposal.id.is_not(None)
    return ~_is_new & (has_change if value == "change" else ~has_change)


def _fits(typed: str) -> ColumnElement[bool]:
    pattern = "%" + typed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    sku = select(Variant.id).where(Variant.product_id == Product.id, Variant.sku.ilike(pattern)).exists()
    return or_(Product.title["en"].astext.ilike(pattern), Product.title["zh-Hans"].astext.ilike(pattern), Vendor.name.ilike(pattern), sku)


CHECKS = Table(
    name="catalogue.checks",
    key=Product.id,
    sorts={"since": Sort(WAITING_SINCE), "vendor": Sort(func.lower(Vendor.name))},
    default="since",
    filters=(
        Words("q", lazy("Title, SKU or vendor"), _fits),
        Choice("kind", lazy("What"), lambda: [(key, gettext(word)) for key, word in KINDS.items()], _kind),
        Days("since", lazy("Waiting since"), WAITING_SINCE),
    ),
)


def checks() -> Select[Any]:
    """Everything that waits: (product, vendor_name, vendor_state, category_name, sku, kind, waiting_since)."""
    sku = (
        select(Variant.sku)
        .where(Variant.product_id == Product.id, Variant.is_active)
        .order_by(Variant.position)
        .limit(1)
        .correlate(Product)
        .scalar_subquery()
    )
    kind = case((_is_new, "new"), (ProductProposal.id.is_not(None), "change"), else_="photos")
    return (
        select(
            Product,
            Vendor.name.label("vendor_name"),
            Vendor.state.label("vendor_state"),
            Category.name.label("category_name"),
            sku.label("sku"),
            kind.label("kind"),
            WAITING_SINCE.label("waiting_since"),
        )
        .join(Vendor, Vendor.id == Product.vendor_id)
        .join(Category, Category.id == Product.category_id)
        .outerjoin(ProductProposal, _change)
        .where(one_of_found(Product.id, _waiting), or_(_is_new, _on_sale & or_(ProductProposal.id.is_not(None), _has_photo)))
    )


def queue_of_listings() -> Queue:
    """The listings that wait for the desk."""
    return queue().select_from(checks().with_only_columns(Product.id).subquery())


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A listing as the desk sees it: what stands, the change that waits beside it, and photos that wait."""

    id: UUID
    vendor_id: UUID
    title: Mapping[str, str]
    vendor_name: str
    vendor_state: VendorState
    category_name: Mapping[str, str]
    version: int
    content: Mapping[str, Any]
    currency: str
    state: ProductState
    proposal_id: UUID | None
    proposed: Mapping[str, Any] | None
    pictures: tuple[ProductPicture, ...]

    @property
    def waits(self) -> bool:
        """Whether there is something to answer."""
        is_on_sale = self.state in (ProductState.LIVE, ProductState.PAUSED)
        return self.state is ProductState.CHECKING or (is_on_sale and (self.proposal_id is not None or bool(self.pictures)))


def product_to_check(product_id: UUID) -> CheckRow:
    """One listing as the desk sees it, in any state. Raises: NotFound."""
    row = db.session.execute(
        select(Product, Vendor.name, Vendor.state, Category.name, ProductVersion.content)
        .join(Vendor, Vendor.id == Product.vendor_id)
        .join(Category, Category.id == Product.category_id)
        .join(ProductVersion, (ProductVersion.product_id == Product.id) & (ProductVersion.version == Product.version))
        .where(Product.id == product_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    product, vendor_name, vendor_state, category_name, content = row
    waiting = waiting_proposal(product.id)
    return CheckRow(
        id=product.id,
        vendor_id=product.vendor_id,
        title=product.title,
        vendor_name=vendor_name,
        vendor_state=vendor_state,
        category_name=category_name,
        version=product.version,
        content=content,
        currency=product.currency,
        state=product.state,
        proposal_id=waiting.id if waiting else None,
        proposed=waiting.content if waiting else None,
        pictures=tuple(pictures_to_check(product.id)),
    )
