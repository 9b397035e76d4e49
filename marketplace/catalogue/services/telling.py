"""What buyers are told later, by mail: a job in the act's transaction for each thing that happened."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

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
