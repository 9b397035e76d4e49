"""Freight (pure; product.md §4): a vendor's methods are zone × weight/volume band × price, free from an amount, collection, on request.

The buyer chooses among the methods that serve; by itself the cheapest that delivers counts. Source: docs/decisions/0009-freight-by-choice.md
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import Any

from vendors.facts import Method
from vendors.models import ShippingKind

WORLD = "*"


@dataclass(frozen=True, slots=True)
class Load:
    """What is to be sent; None is not known. Goods value in minor units of `currency`."""

    weight_g: Decimal | None
    volume_cm3: Decimal | None
    goods_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Freight:
    """What it costs to send the goods by a method; `weight_g` None where it does not matter."""

    method: Method
    price_minor: int
    days: tuple[int, int] | None
    weight_g: int | None
    is_free: bool = False
    """Nothing is charged since the goods reach the method's amount."""

    def as_stored(self) -> dict[str, Any]:
        """The copy that an order keeps: {key, name, incoterm, days, weight_g, kind}."""
        return {
            "key": self.method.key,
            "name": dict(self.method.name),
            "incoterm": self.method.incoterm,
            "days": list(self.days) if self.days else None,
            "weight_g": self.weight_g,
            "kind": self.method.kind.value,
        }


@dataclass(frozen=True, slots=True)
class NoFreight:
    """Why the freight is unknown: `no_freight_zone`, `no_weight`, `no_size`, `too_heavy`, `too_large`, `freight_on_request`, `only_collection`.

    `limit` is the most that any method takes, in grams or cubic centimetres.
    """

    code: str
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Shipping:
    """How a vendor's part is sent: what counts, and what could be chosen instead, the cheapest first and collection last."""

    freight: Freight | NoFreight
    options: tuple[Freight, ...] = field(default=())


def zone_for(method: Method, country: str) -> Mapping[str, Any] | None:
    """The zone that names the country, else the one for the whole world."""
    named = next((zone for zone in method.zones if country in zone["countries"]), None)
    return named or next((zone for zone in method.zones if WORLD in zone["countries"]), None)


def ship(methods: Sequence[Method], country: str, load: Load, *, own_currency: str, chosen: str | None = None) -> Shipping:
    """The freight of a load by the method that the buyer chose where it serves, else by the cheapest that delivers.

    `own_currency` is the vendor's. Collection is only ever chosen; what no method delivers is on request where the vendor says so.
    """
    tries = [quote(method, country, load, own_currency) for method in methods if method.kind is not ShippingKind.ON_REQUEST]
    served = [found for found in tries if isinstance(found, Freight)]
    delivered = [found for found in served if found.method.kind is ShippingKind.TABLE]
    # `sorted` is stable: of two that cost the same the vendor's first counts.
    options = (
        *sorted(delivered, key=lambda found: found.price_minor),
        *(found for found in served if found.method.kind is ShippingKind.COLLECTION),
    )
    wanted = next((found for found in options if found.method.key == chosen), None)
    if wanted or delivered:
        return Shipping(wanted or options[0], options)
    if any(m.kind is ShippingKind.ON_REQUEST and (not m.zones or zone_for(m, country)) for m in methods):
        return Shipping(NoFreight("freight_on_request"), options)
    refused = [found for found in tries if isinstance(found, NoFreight) and found.code != "no_freight_zone"]
    if not refused:
        return Shipping(NoFreight("only_collection" if options else "no_freight_zone"), options)
    return Shipping(max(refused, key=lambda found: found.limit or 0), options)


def quote(method: Method, country: str, load: Load, own_currency: str) -> Freight | NoFreight:
    """What one method costs. An unknown weight or size is never guessed: it has a price only where every band costs the same."""
    zone = zone_for(method, country)
    if method.kind is ShippingKind.COLLECTION:
        # Without zones everybody may come.
        if method.zones and zone is None:
            return NoFreight("no_freight_zone")
        return Freight(method, 0, _days(zone), _whole(load.weight_g))
    if zone is None or not zone["bands"] or (method.currency or own_currency) != load.currency:
        return NoFreight("no_freight_zone")
    price = _band_price(zone["bands"], load)
    if isinstance(price, NoFreight):
        return price
    is_free = method.free_from_minor is not None and load.goods_minor >= method.free_from_minor and price > 0
    return Freight(method, 0 if is_free else price, _days(zone), _whole(load.weight_g), is_free)


def _band_price(bands: Sequence[Mapping[str, Any]], load: Load) -> int | NoFreight:
    prices = {band["price_minor"] for band in bands}
    if load.weight_g is None:
        return int(prices.pop()) if len(prices) == 1 else NoFreight("no_weight")
    heavy = [band for band in bands if load.weight_g <= band["up_to_g"]]
    if not heavy:
        return NoFreight("too_heavy", max(band["up_to_g"] for band in bands))
    if load.volume_cm3 is None:
        # A band that does not ask for the size fits; behind one that does nothing is known.
        open_band = heavy[0].get("up_to_cm3") is None or len({band["price_minor"] for band in heavy}) == 1
        return int(heavy[0]["price_minor"]) if open_band else NoFreight("no_size")
    fitting = next((band for band in heavy if band.get("up_to_cm3") is None or load.volume_cm3 <= band["up_to_cm3"]), None)
    return int(fitting["price_minor"]) if fitting else NoFreight("too_large", max(band["up_to_cm3"] for band in heavy))


def _whole(weight_g: Decimal | None) -> int | None:
    return None if weight_g is None else int(weight_g.to_integral_value(rounding=ROUND_CEILING))


def _days(zone: Mapping[str, Any] | None) -> tuple[int, int] | None:
    return (zone["days"][0], zone["days"][1]) if zone and zone.get("days") else None
