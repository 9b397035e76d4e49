"""How public prices moved: what a variant costs now against what it cost at a moment, from the versions of its listing.

Only price tiers of listings are read: what a company has agreed with a vendor stands elsewhere, and is never compared here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, func, literal, select

from marketplace.catalogue.models import Product, ProductVersion, Variant
from marketplace.core.db import db
from marketplace.pricing.tiers import tier_at


@dataclass(frozen=True, slots=True)
class Moved:
    """A public price then and now, in millionths of `currency` for `price_per` base units."""

    was_micro: int
    now_micro: int
    price_per: int
    currency: str


def variants_in(content: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Variant id as text → the variant, of a version's content."""
    return {variant["id"]: variant for variant in content["variants"] if variant.get("id")}


def moved(before: Mapping[str, Any], after: Mapping[str, Any], variant_id: UUID, quantity: int | None = None) -> Moved | None:
    """How the price of a variant moved between two contents of its listing, at a quantity (None: its minimum); None where it did not,
    or where the two cannot be compared: another currency, another size of the price, no price.
    """
    old, new = (variants_in(content).get(str(variant_id)) for content in (before, after))
    if old is None or new is None or before["currency"] != after["currency"] or old["price_per"] != new["price_per"]:
        return None
    wanted = new["minimum_quantity"] if quantity is None else quantity
    was, now = (tier_at([(start, micro) for start, micro in sorted(v["tiers"])], wanted) for v in (old, new))
    if was is None or now is None or was[1] == now[1]:
        return None
    return Moved(was[1], now[1], new["price_per"], after["currency"])


def changed_since(variant_ids: Iterable[UUID], moment: datetime) -> set[UUID]:
    """Those of some variants whose listing has another version than it had at a moment."""
    return set(
        db.session.scalars(
            select(Variant.id)
            .join(Product, Product.id == Variant.product_id)
            .join(ProductVersion, (ProductVersion.product_id == Product.id) & (ProductVersion.version == Product.version))
            .where(Variant.id == any_(literal(list(variant_ids), ARRAY(Uuid))), ProductVersion.made_at > moment)
        )
    )


def fallen_since(quantities: Mapping[UUID, int], product_ids: Iterable[UUID], moment: datetime) -> dict[UUID, Moved]:
    """Variants whose public price is lower now than it was at a moment. `quantities`: variant → base units that are bought."""
    listed = list(product_ids)
    if not listed:
        return {}
    changed = (
        select(Product.id, ProductVersion.content)
        .join(ProductVersion, (ProductVersion.product_id == Product.id) & (ProductVersion.version == Product.version))
        .where(Product.id.in_(listed), ProductVersion.made_at > moment)
    )
    now: dict[UUID, Any] = dict(db.session.execute(changed).all())
    if not now:
        return {}
    last = (
        select(ProductVersion.product_id, func.max(ProductVersion.version).label("version"))
        .where(ProductVersion.product_id.in_(now), ProductVersion.made_at <= moment)
        .group_by(ProductVersion.product_id)
        .subquery()
    )
    same = (ProductVersion.product_id == last.c.product_id) & (ProductVersion.version == last.c.version)
    then: dict[UUID, Any] = dict(db.session.execute(select(ProductVersion.product_id, ProductVersion.content).join(last, same)).all())
    found: dict[UUID, Moved] = {}
    for product_id, before in then.items():
        after = now[product_id]
        for key in variants_in(after):
            variant_id = UUID(key)
            if variant_id in quantities:
                change = moved(before, after, variant_id, quantities[variant_id])
                if change is not None and change.now_micro < change.was_micro:
                    found[variant_id] = change
    return found
