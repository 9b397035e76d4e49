"""The delivery address as a purchase keeps it (pure): a later change of the address changes no order."""

from typing import Any

from marketplace.accounts.models import Location

FOR_THE_DRIVER = ("dock_hours", "contact_name", "contact_phone")
"""When the gate is open and whom to ring. An invoice names the place without them."""
KEPT = ("name", "street", "postcode", "city", "region", "country", "dock", *FOR_THE_DRIVER)


def place_of(location: Location) -> dict[str, Any]:
    """What an order copies of an address: everything that its vendor and the carrier need (product.md §7)."""
    return {name: getattr(location, name) for name in KEPT}
