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
from vendors.errors import ShippingNameTaken
from vendors.models import ShippingKind, ShippingMethod, Vendor
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
    "closed_days",
    "terms",
    "terms_note",
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
    closed_days: Sequence[date] | None = None,
    terms: Sequence[str] | None = None,
    terms_note: Mapping[str, str] | None = None,
) -> Vendor:
    """Change what the shop says and asks. `about` by language; `returns` as on the model; minimums in the vendor's currency.

    `terms` are keys of `lists.TERMS`, words only. What is None of the last three stays as it is. Orders that are placed keep the terms that they were placed with. Raises: NotFound.
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
        "closed_days": vendor.closed_days if closed_days is None else sorted(set(closed_days)),
        "terms": vendor.terms if terms is None else list(terms),
        "terms_note": vendor.terms_note if terms_note is None else dict(terms_note),
    }
    return _change(vendor, given, SHOP_FIELDS, "vendor.shop_edited", actor)


def edit_capabilities(vendor_id: UUID, *, best_at: Mapping[str, str], capabilities: Mapping[str, Any], actor: Actor) -> Vendor:
    """Change what the shop says it is best at: one line by language, and facts as on the model. Raises: NotFound."""
    vendor = queries.lock_vendor(vendor_id)
    given = {"best_at": dict(best_at), "capabilities": dict(capabilities)}
    return _change(vendor, given, ("best_at", "capabilities"), "vendor.capabilities_edited", actor)


def set_holiday(vendor_id: UUID, *, first: date | None, last: date | None, note: Mapping[str, str], actor: Actor) -> Vendor:
    """Close for some days, both included: everything stays visible with the dates, buying stops. None twice opens again. Raises: NotFound."""
    vendor = queries.lock_vendor(vendor_id)
    given = {"holiday_from": first, "holiday_until": last, "holiday_note": dict(note) if first else {}}
    return _change(vendor, given, ("holiday_from", "holiday_until", "holiday_note"), "vendor.holiday_set", actor)


def _change(vendor: Vendor, given: Mapping[str, Any], fields: Sequence[str], act: str, actor: Actor) -> Vendor:
    changed = [field for field in fields if getattr(vendor, field) != given[field]]
    before = {field: _plain(getattr(vendor, field)) for field in changed}
    for field in changed:
        setattr(vendor, field, given[field])
    if changed:
        after = {field: _plain(given[field]) for field in changed}
        if any(field.endswith("_minor") for field in changed):  # a sum is read with its currency
            before["currency"] = after["currency"] = vendor.currency
        audit.record(actor, act, "vendor", vendor.id, companies=(vendor.id,), before=before, after=after)
    queries.forget(vendor.id)
    return vendor


def add_shipping_method(
    vendor_id: UUID,
    *,
    name: Mapping[str, str],
    incoterm: str,
    zones: Sequence[Mapping[str, Any]],
    actor: Actor,
    key: str | None = None,
    kind: ShippingKind = ShippingKind.TABLE,
    free_from_minor: int | None = None,
    currency: str | None = None,
) -> ShippingMethod:
    """Another way to ship, after those that are there. `zones` as on the model, prices in `currency`, by default the vendor's.

    `free_from_minor` is the goods value from which it costs nothing. Raises: NotFound, ShippingNameTaken.
    """
    queries.lock_vendor(vendor_id)
    present = queries.shipping_methods(vendor_id)
    _check_name(name, [each for each in present if each.currency == currency])
    wanted = key or slug_of(name.get("en", "")) or "shipping"
    method = ShippingMethod(
        id=new_id(),
        vendor_id=vendor_id,
        key=f"{wanted}-{new_code(4)}" if any(m.key == wanted for m in present) else wanted,
        name=dict(name),
        incoterm=incoterm,
        kind=kind,
        free_from_minor=free_from_minor,
        currency=currency,
        position=max((m.position for m in present), default=0) + 1,
        zones=[dict(zone) for zone in zones],
    )
    db.session.add(method)
    _record(vendor_id, "vendor.shipping_added", method, actor)
    return method


def edit_shipping_method(
    method_id: UUID,
    *,
    vendor_id: UUID,
    name: Mapping[str, str],
    incoterm: str,
    zones: Sequence[Mapping[str, Any]],
    actor: Actor,
    kind: ShippingKind = ShippingKind.TABLE,
    free_from_minor: int | None = None,
) -> ShippingMethod:
    """Change a way to ship; orders that are placed keep their freight. Raises: NotFound, ShippingNameTaken."""
    queries.lock_vendor(vendor_id)
    method = queries.shipping_method_of(method_id, vendor_id=vendor_id)
    others = [each for each in queries.shipping_methods(vendor_id) if each.id != method_id]
    _check_name(name, [each for each in others if each.currency == method.currency])
    method.name, method.incoterm, method.zones = dict(name), incoterm, [dict(zone) for zone in zones]
    method.kind, method.free_from_minor = kind, free_from_minor
    _record(vendor_id, "vendor.shipping_edited", method, actor)
    return method


def remove_shipping_method(method_id: UUID, *, vendor_id: UUID, actor: Actor) -> None:
    """Ship this way no longer. Raises: NotFound."""
    queries.lock_vendor(vendor_id)
    method = queries.shipping_method_of(method_id, vendor_id=vendor_id)
    _record(vendor_id, "vendor.shipping_removed", method, actor)
    db.session.delete(method)


def prefer_shipping_method(method_id: UUID, *, vendor_id: UUID, actor: Actor) -> None:
    """Make this way the first: of two that cost the same it counts. Raises: NotFound."""
    queries.lock_vendor(vendor_id)
    method = queries.shipping_method_of(method_id, vendor_id=vendor_id)
    others = [m for m in queries.shipping_methods(vendor_id) if m.id != method_id]
    for position, each in enumerate((method, *others), start=1):
        each.position = position
    _record(vendor_id, "vendor.shipping_preferred", method, actor)


def _check_name(name: Mapping[str, str], others: Sequence[ShippingMethod]) -> None:
    """A buyer chooses by the name, so no two that a vendor offers in one currency are alike, in whatever case."""
    taken = [tag for tag, words in name.items() if any(words.casefold() == other.name.get(tag, "").casefold() for other in others)]
    if taken:
        raise ShippingNameTaken(languages=taken)


def _record(vendor_id: UUID, act: str, method: ShippingMethod, actor: Actor) -> None:
    after = {"key": method.key, "incoterm": method.incoterm, "kind": method.kind.value, "zones": len(method.zones)}
    audit.record(actor, act, "vendor", vendor_id, companies=(vendor_id,), after=after)
    queries.forget(vendor_id)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value
