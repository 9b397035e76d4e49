"""Pure: how a vendor of the demo world ships, as `vendors.services.add_shipping_method` takes it."""

from collections.abc import Iterable, Mapping
from typing import Any

from marketplace.core.money import divide_half_up
from marketplace.demo.world import Row, by_language
from vendors.models import ShippingKind

KINDS = {"collect": ShippingKind.COLLECTION, "on_request": ShippingKind.ON_REQUEST}
WITHOUT_TERM = "DAP"
"""What the files say nothing about: a way on request has no Incoterm yet."""
STEP_MINOR = 10
RATE_PARTS = 1_000_000


def shipping_of(row: Row, rates: Mapping[str, float]) -> list[dict[str, Any]]:
    """A vendor's ways to ship, in the order of the files; those with prices once more for each other currency of its price lists.

    `rates`: what one unit of a currency is worth in EUR. The prices in the other currency are this world's own, in round tens.
    """
    methods = [_method(method) for method in row["shipping"]]
    others = sorted({agreed["currency"] for agreed in row["price_lists"]} - {row["currency"]})
    for currency in others:
        rate = int(rates.get(row["currency"], 1) * RATE_PARTS), int(rates.get(currency, 1) * RATE_PARTS)
        methods += [_in_currency(m, currency, rate) for m in methods if m["kind"] is ShippingKind.TABLE and m["currency"] is None]
    return methods


def _method(method: Row) -> dict[str, Any]:
    return {
        "key": method["key"],
        "name": by_language(method),
        "incoterm": method["incoterm"] or WITHOUT_TERM,
        "kind": KINDS.get(method["key"], ShippingKind.TABLE),
        "free_from_minor": method["free_from_minor"],
        "currency": None,
        "zones": [_zone(method, zone) for zone in method["zones"]],
    }


def _zone(method: Row, zone: Row) -> Row:
    days = method["days"].get(zone["zone"], method["days"].get("default"))
    return {"zone": zone["zone"], "countries": zone["countries"], "days": days, "bands": zone["bands"]}


def _in_currency(method: Mapping[str, Any], currency: str, rate: tuple[int, int]) -> dict[str, Any]:
    free = method["free_from_minor"]
    return {
        **method,
        "key": f"{method['key']}-{currency.lower()}",
        "currency": currency,
        "free_from_minor": _tens(free, rate) if free is not None else None,
        "zones": [{**zone, "bands": list(_bands(zone["bands"], rate))} for zone in method["zones"]],
    }


def _bands(bands: Iterable[Row], rate: tuple[int, int]) -> Iterable[Row]:
    for band in bands:
        yield {**band, "price_minor": _tens(band["price_minor"], rate)}


def _tens(minor: int, rate: tuple[int, int]) -> int:
    own, other = rate
    return divide_half_up(minor * own, other * STEP_MINOR) * STEP_MINOR
