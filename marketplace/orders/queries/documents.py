"""Reads of invoices and credit notes, and of the facts that a printed document needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Company
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.orders.models import Invoice, InvoiceKind
from vendors import queries as vendors
from vendors.changing import numbers_before
from vendors.models import Vendor


@dataclass(frozen=True, slots=True)
class Party:
    """A company as a document names it: `address` {street, postcode, city, region, country}, `tax_ids` as people write them."""

    name: str
    local_name: str | None
    address: dict[str, Any]
    country: str
    tax_ids: tuple[str, ...]
    registry_number: str | None
    email: str | None
    phone: str | None


def seller(vendor_id: UUID, *, at: datetime | None = None) -> Party:
    """A vendor with what has been checked about it, now or as it was at an instant: papers keep the facts of their day. Raises: NotFound."""
    row = db.session.execute(select(Company, Vendor).join(Vendor, Vendor.id == Company.id).where(Vendor.id == vendor_id)).one_or_none()
    if row is None:
        raise NotFound
    company, vendor = row
    was = vendors.changed_since(vendor_id, at) if at is not None else {}
    return Party(
        name=was.get("name", vendor.name),
        local_name=was.get("local_name", company.local_name),
        address=dict(was.get("address", vendor.address)),
        country=vendor.country,
        tax_ids=_written(numbers_before(company.tax_ids, was.get("numbers", ()))),
        registry_number=was.get("registry_number", vendor.registry_number),
        email=vendor.email,
        phone=vendor.phone,
    )


def customer(buyer_id: UUID) -> Party:
    """A buying company; its address is its first one, which may differ from where goods are delivered. Raises: NotFound."""
    company = db.session.get(Company, buyer_id)
    if company is None:
        raise NotFound
    place = accounts.default_location(buyer_id)
    return Party(
        name=company.name,
        local_name=company.local_name,
        address={name: getattr(place, name) for name in ("street", "postcode", "city", "region")} if place else {},
        country=company.country,
        tax_ids=_written(company.tax_ids),
        registry_number=None,
        email=company.email,
        phone=company.phone,
    )


def _written(numbers: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(str(one.get("display") or one["value"]) for one in numbers)


def find_invoice(vendor_order_id: UUID) -> Invoice | None:
    """The invoice of an order that the caller may see; none before its goods have left."""
    return db.session.scalar(select(Invoice).where(Invoice.vendor_order_id == vendor_order_id, Invoice.kind == InvoiceKind.INVOICE))


def invoices_of_orders(order_ids: Sequence[UUID]) -> dict[UUID, list[Invoice]]:
    """The invoices and credit notes of orders that the caller may see, by order, oldest first."""
    found: dict[UUID, list[Invoice]] = {}
    query = select(Invoice).where(Invoice.vendor_order_id.in_(order_ids)).order_by(Invoice.issued_at, Invoice.id)
    for invoice in db.session.scalars(query) if order_ids else ():
        found.setdefault(invoice.vendor_order_id, []).append(invoice)
    return found
