"""What a day changes in documents that nobody has written anew."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from marketplace.catalogue.models import Product, ProductState, Supply, Variant
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.pricing.models import ExchangeRate


def changed_by_days(since: date) -> set[UUID]:
    """Products on sale whose documents may say something else today than on the day before `since`: an exchange rate has begun since then, or
    fewer days are left until what is ordered back comes in.
    """
    begun = select(ExchangeRate.currency).where(ExchangeRate.valid_from.between(since, clock.now().date()))
    priced = select(Product.id).where(Product.state == ProductState.LIVE, Product.currency.in_(begun))
    awaited = (
        select(Variant.product_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Product.state == ProductState.LIVE, Variant.is_active, Variant.supply == Supply.STOCK, Variant.back_order_on >= since)
    )
    return set(db.session.scalars(priced.union(awaited)))
