"""Builders of delivered lines and reviews."""

from datetime import timedelta
from itertools import count
from typing import Any

from marketplace.accounts.models import Company, Person
from marketplace.carts.models import Cart
from marketplace.catalogue import services as catalogue
from marketplace.catalogue.models import Product
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.ids import new_id
from marketplace.orders.models import OrderLine, Purchase, PurchaseState, VendorOrder, VendorOrderState
from reviews.models import Review
from tests.factories.accounts import make_company, make_member
from tests.factories.catalogue import make_product, only_variant
from tests.factories.vendors import make_vendor
from vendors.models import Vendor

_numbers = count(1)


def make_delivered_line(
    *,
    buyer: Company | None = None,
    person: Person | None = None,
    vendor: Vendor | None = None,
    product: Product | None = None,
    state: VendorOrderState = VendorOrderState.ACCEPTED_BY_BUYER,
    delivered_days_ago: float | None = 5,
    goods_minor: int = 10_000,
    quantity: int = 100,
) -> OrderLine:
    """A line of an order whose goods arrived, for a buyer with a person who may review; None as days: not delivered."""
    buyer = buyer or make_company()
    person = person or make_member(buyer)
    vendor = vendor or (db.session.get_one(Vendor, product.vendor_id) if product else make_vendor())
    product = product or make_product(vendor)
    variant = only_variant(product)
    number, now = next(_numbers), clock.now()
    delivered_at = now - timedelta(days=delivered_days_ago) if delivered_days_ago is not None else None
    placed_at = (delivered_at or now) - timedelta(days=14)
    purchase_id, cart_id = new_id(), new_id()
    cart = Cart(
        id=cart_id,
        company_id=buyer.id,
        person_id=person.id,
        purchase_id=purchase_id,
        ordered_at=placed_at,
        created_at=placed_at,
        updated_at=placed_at,
    )
    purchase = Purchase(
        id=purchase_id,
        number=f"PO-REVIEW-{number:06d}",
        buyer_id=buyer.id,
        cart_id=cart_id,
        placed_by=person.id,
        placed_by_name=person.name,
        state=PurchaseState.PLACED,
        buyer_reference=None,
        ship_to={"name": "Plant", "street": "Rälsgatan 4", "postcode": "417 05", "city": "Göteborg", "country": "SE"},
        currency=vendor.currency,
        goods_minor=goods_minor,
        freight_minor=0,
        tax_minor=0,
        total_minor=goods_minor,
        note=None,
        placed_at=placed_at,
    )
    order = VendorOrder(
        id=new_id(),
        number=f"ORD-REVIEW-{number:06d}",
        purchase_id=purchase_id,
        buyer_id=buyer.id,
        buyer_name=buyer.name,
        vendor_id=vendor.id,
        vendor_name=vendor.name,
        state=state,
        currency=vendor.currency,
        goods_minor=goods_minor,
        freight_minor=0,
        tax_minor=0,
        total_minor=goods_minor,
        commission_bp=400,
        commission_minor=goods_minor * 4 // 100,
        freight={},
        inspection_days=10,
        returns={},
        ship_complete=False,
        placed_at=placed_at,
        funded_at=placed_at,
        pay_by_at=placed_at,
        delivered_at=delivered_at,
        delivered_by="vendor" if delivered_at else None,
    )
    line = OrderLine(
        id=new_id(),
        vendor_order_id=order.id,
        position=1,
        variant_id=variant.id,
        product_id=product.id,
        product_version=product.version,
        product_slug=product.slug,
        sku=variant.sku,
        title=product.title,
        quantity=quantity,
        unit=variant.unit,
        display_unit=variant.display_unit,
        display_factor=variant.display_factor,
        unit_price_micro=500_000,
        price_per=variant.price_per,
        price_source="public_tier",
        goods_minor=goods_minor,
        freight_minor=0,
        tax_minor=0,
        tax_rate_bp=0,
        tax_reason="export:SE",
        first_promise_on=None,
        shipped_quantity=quantity if delivered_at else 0,
        delivered_quantity=quantity if delivered_at else 0,
        accepted_quantity=0,
    )
    for row in (cart, purchase, order, line):
        db.session.add(row)
        db.session.flush()  # rows that follow point to it
    return line


def make_review(line: OrderLine, *, stars: int = 4, days_ago: float = 1, **fields: Any) -> Review:
    """The review of a line, by the buyer of its order."""
    order = db.session.get_one(VendorOrder, line.vendor_order_id)
    defaults: dict[str, Any] = {
        "quality": 4,
        "on_time": 5,
        "communication": 4,
        "documents": 3,
        "would_reorder": True,
        "text": "Gauge passed on all samples.",
        "language": "en",
        "label": "verified_order",
        "spend_minor": line.goods_minor,
        "edited_at": None,
        "proof_withdrawn_at": None,
    }
    review = Review(
        id=new_id(),
        order_line_id=line.id,
        product_id=line.product_id,
        variant_id=line.variant_id,
        vendor_id=order.vendor_id,
        buyer_id=order.buyer_id,
        person_id=None,
        stars=stars,
        written_at=clock.now() - timedelta(days=days_ago),
        **(defaults | fields),
    )
    db.session.add(review)
    db.session.flush()  # found by queries at once
    catalogue.mark_reviewed(line.product_id)
    return review
