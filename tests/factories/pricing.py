"""Builders of price lists."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import count
from uuid import UUID

from marketplace.core import clock
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.pricing import services
from marketplace.pricing.formulas import Formula
from marketplace.pricing.models import ListKind, PriceList, Segment, Standing
from marketplace.pricing.services import NewList, Use
from vendors.models import Vendor

_numbers = count(1)


def make_price_list(
    vendor: Vendor,
    *,
    companies: Sequence[UUID] = (),
    locations: Sequence[tuple[UUID, UUID]] = (),
    segments: Sequence[UUID] = (),
    prices: Mapping[UUID, Sequence[tuple[int, int]]] | None = None,
    formula: Formula | None = None,
    base: PriceList | None = None,
    name: str | None = None,
    currency: str | None = None,
    standing: Standing = Standing.LIST,
    valid_from: date | None = None,
    valid_until: date | None = None,
    is_active: bool = True,
) -> PriceList:
    """A list that counts from today: written `prices` by variant, or a `formula`. `locations` are (company, location)."""
    today = clock.now().date()
    kind = ListKind.FORMULA if formula else ListKind.FIXED
    begins = valid_from or today
    made = services.add_list(
        NewList(
            name or f"List {next(_numbers)}", currency or vendor.currency, begins, valid_until, kind, standing, base.id if base else None
        ),
        vendor_id=vendor.id,
        actor=SYSTEM,
    )
    first = max(begins, today)
    if formula:
        services.set_formula(made.id, formula, vendor_id=vendor.id, valid_from=first, actor=SYSTEM)
    elif prices:
        services.set_prices(made.id, prices, vendor_id=vendor.id, valid_from=first, actor=SYSTEM)
    uses = [*(Use(company_id) for company_id in companies), *(Use(company_id, location_id) for company_id, location_id in locations)]
    if uses or segments:
        services.assign_list(made.id, vendor_id=vendor.id, uses=uses, segment_ids=segments, actor=SYSTEM)
    if is_active:
        services.activate_list(made.id, vendor_id=vendor.id, actor=SYSTEM)
    db.session.flush()  # found by queries at once
    return made


def make_segment(vendor: Vendor, *, members: Sequence[UUID] = (), name: str | None = None) -> Segment:
    """A group of buyers."""
    segment = services.add_segment(name or f"Group {next(_numbers)}", vendor_id=vendor.id, actor=SYSTEM)
    for company_id in members:
        services.add_to_segment(segment.id, company_id, vendor_id=vendor.id, actor=SYSTEM)
    db.session.flush()  # found by queries at once
    return segment


def days(number: int) -> date:
    """A day from today."""
    return clock.now().date() + timedelta(days=number)
