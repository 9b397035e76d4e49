"""What buyers and vendors are told later, by mail: a job in the act's transaction for each thing that happened."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import Permission
from marketplace.catalogue.models import Product
from marketplace.core import jobs

ACTIVE = "active"


def tell_of_lifecycle(product: Product, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Tell those who bought a variant that it is on its way out; coming back to life is no news."""
    before = {variant["id"]: variant for variant in old["variants"]}
    for variant in new["variants"]:
        was = before.get(variant["id"])
        if was is None or variant["lifecycle"] == ACTIVE:
            continue
        if (was["lifecycle"], was.get("last_time_buy_on")) != (variant["lifecycle"], variant["last_time_buy_on"]):
            jobs.enqueue("catalogue.tell_of_lifecycle", variant_id=UUID(variant["id"]), product_id=product.id)


def tell_of_document(document_id: UUID, version: int) -> None:
    """Tell those who bought the product that one of its documents is new."""
    jobs.enqueue("catalogue.tell_of_document", document_id=document_id, version=version, key=f"document:{document_id}:{version}")


def tell_of_takedown(act_id: UUID, vendor_id: UUID) -> None:
    """Tell the vendor what was taken down by one act, and why: one mail for each person, however many products it was."""
    for person_id in _answerable(vendor_id):
        jobs.enqueue("catalogue.email_takedown", act_id=act_id, person_id=person_id)


def tell_of_undone_takedown(takedown_id: UUID, vendor_id: UUID) -> None:
    """Tell the vendor that the platform has taken a taking down back."""
    for person_id in _answerable(vendor_id):
        jobs.enqueue("catalogue.email_takedown_undone", takedown_id=takedown_id, person_id=person_id)


def _answerable(vendor_id: UUID) -> list[UUID]:
    """Who can correct a listing, and who can appeal against a decision about it."""
    wanted = (Permission.PRODUCT_EDIT, Permission.DECISION_APPEAL)
    found = {person.id for permission in wanted for person in accounts.people_to_write_to(vendor_id, permission)}
    return sorted(found, key=str)
