"""Price lists: made, priced, switched on, ended. Written prices and formulas only grow; they begin on a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from marketplace.catalogue.models import Variant
from marketplace.core import audit, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.ids import new_id
from marketplace.core.money import known_currencies
from marketplace.pricing.errors import BaseUnfit, ListChanged, ListNameTaken, ListNotReady, RateBegun
from marketplace.pricing.formulas import Formula
from marketplace.pricing.models import (
    ListKind,
    ListState,
    PriceList,
    PriceListFormula,
    PriceListPrice,
    PriceListSegment,
    Standing,
)
from marketplace.pricing.queries import lists as queries
from vendors.models import Vendor

MOST_TIERS = 10


@dataclass(frozen=True, slots=True)
class NewList:
    """What a price list is. Kind, currency and base stay for its life."""

    name: str
    currency: str
    valid_from: date
    valid_until: date | None = None
    kind: ListKind = ListKind.FIXED
    standing: Standing = Standing.LIST
    base_list_id: UUID | None = None


def add_list(new: NewList, *, vendor_id: UUID, actor: Actor) -> PriceList:
    """A price list that nobody but the vendor sees until it is switched on. Raises: ListNameTaken, BaseUnfit, Invalid (currency, dates)."""
    if new.currency not in known_currencies() or (new.valid_until is not None and new.valid_until < new.valid_from):
        raise Invalid
    _check_name(new.name, vendor_id, None)
    _check_base(new, vendor_id)
    now = clock.now()
    price_list = PriceList(
        id=new_id(),
        vendor_id=vendor_id,
        name=new.name,
        currency=new.currency,
        kind=new.kind,
        standing=new.standing,
        state=ListState.DRAFT,
        valid_from=new.valid_from,
        valid_until=new.valid_until,
        base_list_id=new.base_list_id,
        created_at=now,
        updated_at=now,
    )
    db.session.add(price_list)
    db.session.flush()  # prices and buyers point to it
    _record(price_list, "price_list.added", actor, after=_plain(price_list))
    return price_list


def change_list(
    list_id: UUID,
    *,
    vendor_id: UUID,
    version: str,
    name: str,
    standing: Standing,
    valid_from: date,
    valid_until: date | None,
    actor: Actor,
) -> PriceList:
    """Another name, rank or validity. `version` is the `updated_at` that the form was filled in from, ISO.

    Raises: NotFound, ListEnded, ListChanged, ListNameTaken, Invalid (dates).
    """
    price_list = queries.lock_open_list(list_id, vendor_id)
    if price_list.updated_at.isoformat() != version:
        raise ListChanged
    if valid_until is not None and valid_until < valid_from:
        raise Invalid
    _check_name(name, vendor_id, list_id)
    before = _plain(price_list)
    price_list.name, price_list.standing, price_list.valid_from, price_list.valid_until = name, standing, valid_from, valid_until
    after = _plain(price_list)
    changed = [key for key in after if after[key] != before[key]]
    if changed:
        _record(
            price_list,
            "price_list.changed",
            actor,
            before={key: before[key] for key in changed},
            after={key: after[key] for key in changed},
        )
        _touch(price_list)
    return price_list


def set_prices(
    list_id: UUID, prices: Mapping[UUID, Sequence[tuple[int, int]]], *, vendor_id: UUID, valid_from: date, actor: Actor
) -> list[UUID]:
    """Write what variants cost from a day on; no tiers take a variant out. Returns those that changed.

    `prices`: variant → [(from quantity in base units, unit_price_micro for its `price_per`)], rising quantities, falling prices.
    Raises: NotFound (list, or a variant that is not the vendor's), ListEnded, Invalid (tiers, a formula list), RateBegun.
    """
    price_list = queries.lock_open_list(list_id, vendor_id)
    if price_list.kind is not ListKind.FIXED or not all(_are_tiers(tiers) for tiers in prices.values()):
        raise Invalid
    _check_day(valid_from)
    per = dict(
        db.session.execute(select(Variant.id, Variant.price_per).where(Variant.id.in_(prices), Variant.vendor_id == vendor_id)).all()
    )
    if set(per) != set(prices):
        raise NotFound
    standing = queries.written_prices([list_id], list(prices), on=valid_from)
    now = clock.now()
    changed = []
    for variant_id, tiers in prices.items():
        wanted = [[start, micro] for start, micro in tiers]
        if standing.get((list_id, variant_id), (per[variant_id], [])) == (per[variant_id], wanted):
            continue
        changed.append(variant_id)
        db.session.add(
            PriceListPrice(
                id=new_id(),
                price_list_id=list_id,
                vendor_id=vendor_id,
                variant_id=variant_id,
                valid_from=valid_from,
                price_per=per[variant_id],
                tiers=wanted,
                made_at=now,
            )
        )
    if changed:
        _record(price_list, "price_list.priced", actor, after={"variants": len(changed), "valid_from": valid_from.isoformat()})
        _touch(price_list)
    return changed


def set_formula(list_id: UUID, formula: Formula, *, vendor_id: UUID, valid_from: date, actor: Actor) -> None:
    """Let a formula list reckon so from a day on. Raises: NotFound, ListEnded, Invalid (a list with written prices), RateBegun."""
    price_list = queries.lock_open_list(list_id, vendor_id)
    if price_list.kind is not ListKind.FORMULA:
        raise Invalid
    _check_day(valid_from)
    db.session.add(
        PriceListFormula(
            id=new_id(),
            price_list_id=list_id,
            vendor_id=vendor_id,
            valid_from=valid_from,
            percent_bp=formula.percent_bp,
            bands=[list(band) for band in formula.bands],
            round_micro=formula.round_micro,
            rounding=formula.rounding,
            made_at=clock.now(),
        )
    )
    after = {"percent_bp": formula.percent_bp, "bands": [list(band) for band in formula.bands], "valid_from": valid_from.isoformat()}
    _record(price_list, "price_list.formula_set", actor, after=after)
    _touch(price_list)


def activate_list(list_id: UUID, *, vendor_id: UUID, actor: Actor) -> PriceList:
    """Switch a list on: it counts within its dates. Raises: NotFound, InvalidMove, ListNotReady (no price, or nobody to have it)."""
    price_list = queries.lock_list(list_id, vendor_id)
    table = PriceListPrice if price_list.kind is ListKind.FIXED else PriceListFormula
    is_priced = db.session.scalar(select(func.count()).select_from(table).where(table.price_list_id == list_id))
    is_meant = db.session.scalar(
        select(func.count()).select_from(PriceListSegment).where(PriceListSegment.price_list_id == list_id)
    ) or queries.companies_meant(list_id)
    if not is_priced or not is_meant:
        raise ListNotReady
    price_list.move(ListState.ACTIVE)
    _record(price_list, "price_list.activated", actor)
    _touch(price_list)
    return price_list


def end_list(list_id: UUID, *, vendor_id: UUID, actor: Actor) -> PriceList:
    """Take a list back at once; its history stays. Raises: NotFound, InvalidMove."""
    price_list = queries.lock_list(list_id, vendor_id)
    price_list.move(ListState.ENDED)
    _record(price_list, "price_list.ended", actor)
    _touch(price_list)
    return price_list


def _check_name(name: str, vendor_id: UUID, list_id: UUID | None) -> None:
    # Names of one vendor are given one after another, so that two at once cannot both be new.
    db.session.execute(select(Vendor.id).where(Vendor.id == vendor_id).with_for_update())
    taken = db.session.scalar(select(PriceList.id).where(PriceList.vendor_id == vendor_id, PriceList.name == name))
    if taken is not None and taken != list_id:
        raise ListNameTaken


def _check_base(new: NewList, vendor_id: UUID) -> None:
    if new.kind is ListKind.FIXED:
        if new.base_list_id is not None:
            raise BaseUnfit
        return
    if new.base_list_id is None:
        currency = db.session.scalar(select(Vendor.currency).where(Vendor.id == vendor_id))
        if currency != new.currency:
            raise BaseUnfit
        return
    base = db.session.scalar(select(PriceList).where(PriceList.id == new.base_list_id, PriceList.vendor_id == vendor_id))
    if base is None:
        raise NotFound
    if base.kind is not ListKind.FIXED or base.currency != new.currency:
        raise BaseUnfit


def _check_day(valid_from: date) -> None:
    if valid_from < clock.now().date():
        raise RateBegun


def _are_tiers(tiers: Sequence[tuple[int, int]]) -> bool:
    starts, prices = [start for start, _ in tiers], [micro for _, micro in tiers]
    is_rising = starts == sorted(set(starts)) and all(start >= 1 for start in starts)
    return is_rising and prices == sorted(prices, reverse=True) and all(micro >= 0 for micro in prices) and len(tiers) <= MOST_TIERS


def _plain(price_list: PriceList) -> dict[str, str | None]:
    until = price_list.valid_until
    return {
        "name": price_list.name,
        "standing": price_list.standing.value,
        "currency": price_list.currency,
        "valid_from": price_list.valid_from.isoformat(),
        "valid_until": until.isoformat() if until else None,
    }


def _record(
    price_list: PriceList,
    act: str,
    actor: Actor,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    audit.record(
        actor, act, "price_list", price_list.id, companies=(price_list.vendor_id,), before=dict(before or {}), after=dict(after or {})
    )


def _touch(price_list: PriceList) -> None:
    price_list.updated_at = clock.now()
