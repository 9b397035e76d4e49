"""The shop: its page, terms and shipping. Legal facts change by the application, not here."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from marketplace.core import audit
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.ids import new_code, new_id
from vendors import queries
from vendors.models import ShippingMethod, Vendor
from vendors.slugs import slug_of

SHOP_FIELDS = (
    "about",
    "languages",
    "founded",
    "staff",
    "phone",
    "email",
    "website",
    "hours",
    "returns",
    "opening_minimum_minor",
    "reorder_minimum_minor",
    "inspection_days",
    "stock_display",
    "holiday_from",
    "holiday_until",
)


def edit_shop(
    vendor_id: UUID,
    *,
    about: Mapping[str, str],
    languages: Sequence[str],
    founded: int | None,
    staff: int | None,
    phone: str | None,
    email: str | None,
    website: str | None,
    hours: Mapping[str, str],
    returns: Mapping[str, Any],
    opening_minimum_minor: int,
    reorder_minimum_minor: int,
    inspection_days: int,
    stock_display: str,
    holiday_from: date | None,
    holiday_until: date | None,
    actor: Actor,
) -> Vendor:
    """Change what the shop says and asks. `about` by language; `returns` as on the model; minimums in the vendor's currency.

    Orders that are placed keep the terms that they were placed with. Raises: NotFound.
    """
    vendor = queries.lock_vendor(vendor_id)
    given = {
        "about": dict(about),
        "languages": list(languages),
        "founded": founded,
        "staff": staff,
        "phone": phone,
        "email": email,
        "website": website,
        "hours": dict(hours),
        "returns": dict(returns),
        "opening_minimum_minor": opening_minimum_minor,
        "reorder_minimum_minor": reorder_minimum_minor,
        "inspection_days": inspection_days,
        "stock_display": stock_display,
        "holiday_from": holiday_from,
        "holiday_until": holiday_until,
    }
    changed = [field for field in SHOP_FIELDS if getattr(vendor, field) != given[field]]
    before = {field: _plain(getattr(vendor, field)) for field in changed}
    for field in changed:
        setattr(vendor, field, given[field])
    if changed:
        after = {field: _plain(given[field]) for field in changed}
        audit.record(actor, "vendor.shop_edited", "vendor", vendor_id, companies=(vendor_id,), before=before, after=after)
    queries.forget(vendor_id)
    return vendor


def add_shipping_method(
    vendor_id: UUID, *, name: Mapping[str, str], incoterm: str, zones: Sequence[Mapping[str, Any]], actor: Actor, key: str | None = None
) -> ShippingMethod:
    """Another way to ship, after those that are there. `zones` as on the model, prices in the vendor's currency. Raises: NotFound."""
    queries.lock_vendor(vendor_id)
    present = queries.shipping_methods(vendor_id)
    wanted = key or slug_of(name.get("en", "")) or "shipping"
    method = ShippingMethod(
        id=new_id(),
        vendor_id=vendor_id,
        key=f"{wanted}-{new_code(4)}" if any(m.key == wanted for m in present) else wanted,
        name=dict(name),
        incoterm=incoterm,
        position=max((m.position for m in present), default=0) + 1,
        zones=[dict(zone) for zone in zones],
    )
    db.session.add(method)
    _record(vendor_id, "vendor.shipping_added", method, actor)
    return method


def edit_shipping_method(
    method_id: UUID, *, vendor_id: UUID, name: Mapping[str, str], incoterm: str, zones: Sequence[Mapping[str, Any]], actor: Actor
) -> ShippingMethod:
    """Change a way to ship; orders that are placed keep their freight. Raises: NotFound."""
    queries.lock_vendor(vendor_id)
    method = queries.shipping_method_of(method_id, vendor_id=vendor_id)
    method.name, method.incoterm, method.zones = dict(name), incoterm, [dict(zone) for zone in zones]
    _record(vendor_id, "vendor.shipping_edited", method, actor)
    return method


def remove_shipping_method(method_id: UUID, *, vendor_id: UUID, actor: Actor) -> None:
    """Ship this way no longer. Raises: NotFound."""
    queries.lock_vendor(vendor_id)
    method = queries.shipping_method_of(method_id, vendor_id=vendor_id)
    _record(vendor_id, "vendor.shipping_removed", method, actor)
    db.session.delete(method)


def prefer_shipping_method(method_id: UUID, *, vendor_id: UUID, actor: Actor) -> None:
    """Make this way the first: it is used wherever it has a zone (decisions.md 6). Raises: NotFound."""
    queries.lock_vendor(vendor_id)
    method = queries.shipping_method_of(method_id, vendor_id=vendor_id)
    others = [m for m in queries.shipping_methods(vendor_id) if m.id != method_id]
    for position, each in enumerate((method, *others), start=1):
        each.position = position
    _record(vendor_id, "vendor.shipping_preferred", method, actor)


def _record(vendor_id: UUID, act: str, method: ShippingMethod, actor: Actor) -> None:
    after = {"key": method.key, "incoterm": method.incoterm, "zones": len(method.zones)}
    audit.record(actor, act, "vendor", vendor_id, companies=(vendor_id,), after=after)
    queries.forget(vendor_id)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
