"""Reads of the cart: always of one person in one company."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import aliased

from marketplace.carts.models import Cart, CartLine
from marketplace.catalogue.models import Product, Variant
from marketplace.catalogue.queries import LineVariant
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.waiting import Queue, count, queue
from marketplace.pricing import queries as pricing
from marketplace.pricing.models import PriceList
from marketplace.pricing.samples import Samples
from vendors.models import Vendor


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of a cart: how much, and the price that the buyer last saw for it."""

    id: UUID
    variant_id: UUID
    is_sample: bool
    quantity: int
    shown_price_micro: int
    shown_at: datetime


@dataclass(frozen=True, slots=True)
class FirstLine:
    """The line that gives a cart its currency; `public_currency` is that of its public price, unless a list of the vendor's has another."""

    variant_id: UUID
    quantity: int
    is_sample: bool
    public_currency: str
    may_differ: bool
    held: int
    """Base units in the cart that count for the tier together with the goods that were asked about."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What the open cart means for goods that may be added to it. `other_currency`: its own, where these cannot join it."""

    other_currency: str | None
    held: int


def find_open_cart(company_id: UUID, person_id: UUID) -> Cart | None:
    """The person's open cart in the company."""
    return db.session.scalar(select(Cart).where(Cart.company_id == company_id, Cart.person_id == person_id, Cart.purchase_id.is_(None)))


def last_purchase(company_id: UUID, person_id: UUID, *, since: datetime) -> UUID | None:
    """What the person's newest cart became that was ordered since then, so that the back button finds it."""
    return db.session.scalar(
        select(Cart.purchase_id)
        .where(Cart.company_id == company_id, Cart.person_id == person_id, Cart.purchase_id.is_not(None), Cart.ordered_at > since)
        .order_by(Cart.ordered_at.desc())
        .limit(1)
    )


def chosen_methods(cart: Cart) -> dict[UUID, str]:
    """The shipping methods that the buyer chose, by vendor."""
    return {UUID(vendor_id): key for vendor_id, key in cart.methods.items()}


def lock_cart(cart_id: UUID, *, company_id: UUID, person_id: UUID) -> Cart:
    """A cart of the person, open or ordered, locked and read afresh. Raises: NotFound, also for another's."""
    cart = db.session.scalar(
        select(Cart)
        .where(Cart.id == cart_id, Cart.company_id == company_id, Cart.person_id == person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if cart is None:
        raise NotFound
    return cart


def cart_lines(cart_id: UUID) -> list[LineRow]:
    """The lines of a cart in the order in which they were added. The caller has found the cart by its owner."""
    rows = db.session.execute(
        select(CartLine.id, CartLine.variant_id, CartLine.is_sample, CartLine.quantity, CartLine.shown_price_micro, CartLine.shown_at)
        .where(CartLine.cart_id == cart_id)
        .order_by(CartLine.added_at, CartLine.id)
    )
    return [LineRow(*row) for row in rows]


def samples_in(rows: Sequence[LineRow]) -> frozenset[UUID]:
    """The variants of which a cart holds the sample."""
    return frozenset(row.variant_id for row in rows if row.is_sample)


def returns_of(vendor_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """What vendors say about returns: {window_days, freight_paid_by, restocking_bp, accepts, custom_goods}; shown before an order."""
    rows = db.session.execute(select(Vendor.id, Vendor.returns).where(Vendor.id.in_(vendor_ids))) if vendor_ids else ()
    return {row.id: row.returns for row in rows}


def find_first_line(company_id: UUID, person_id: UUID, *, goods: LineVariant | None = None) -> FirstLine | None:
    """The first line of the person's open cart, and how much the cart holds that counts together with `goods` (product.md §3)."""
    other_list = select(PriceList.id).where(PriceList.vendor_id == Product.vendor_id, PriceList.currency != Product.currency)
    row = db.session.execute(
        select(CartLine.variant_id, CartLine.quantity, CartLine.is_sample, Product.currency, other_list.exists(), _held(goods))
        .join(Cart, Cart.id == CartLine.cart_id)
        .join(Variant, Variant.id == CartLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Cart.company_id == company_id, Cart.person_id == person_id, Cart.purchase_id.is_(None))
        .order_by(CartLine.added_at, CartLine.id)
        .limit(1)
    ).one_or_none()
    return FirstLine(*row) if row else None


def _held(goods: LineVariant | None) -> ColumnElement[int]:
    """Of the same variant, and of its mix group: their lines count together for the tier. Samples count for nothing."""
    if goods is None:
        return literal(0)
    line, variant = aliased(CartLine), aliased(Variant)
    counts = line.variant_id == goods.variant_id
    if goods.mix_group is not None:
        counts |= (variant.mix_group == goods.mix_group) & (variant.vendor_id == goods.vendor_id)
    query = select(func.coalesce(func.sum(line.quantity), 0)).join(variant, variant.id == line.variant_id)
    return query.where(line.cart_id == Cart.id, ~line.is_sample, counts).correlate(Cart).scalar_subquery()


def beside_cart(goods: LineVariant, currency: str, *, company_id: UUID, person_id: UUID, ship_to: str) -> Beside:
    """What the person's open cart means for goods in `currency`, as a page tells before they are added.

    A cart is priced only where its currency may differ: its first goods are publicly sold in another one, or their vendor has such a list.
    """
    first = find_first_line(company_id, person_id, goods=goods)
    if first is None:
        return Beside(None, 0)
    if first.public_currency == currency and not first.may_differ:
        return Beside(None, first.held)
    samples = Samples(frozenset([first.variant_id]) if first.is_sample else frozenset())
    basket = pricing.price_lines([(first.variant_id, first.quantity)], buyer_id=company_id, ship_to=ship_to, samples=samples)
    return Beside(basket.currency if basket.currency != currency else None, first.held)


def queue_of_lines(company_id: UUID, person_id: UUID) -> Queue:
    """The lines that stand in the person's open cart."""
    return queue(CartLine.cart_id == Cart.id, Cart.company_id == company_id, Cart.person_id == person_id, Cart.purchase_id.is_(None))


def count_lines(company_id: UUID, person_id: UUID) -> int:
    """How many they are."""
    return count(queue_of_lines(company_id, person_id))
