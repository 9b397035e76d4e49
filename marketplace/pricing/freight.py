"""Freight in its first form (pure; decisions.md 6): the vendor's first method with a zone for the country, by weight band."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

WORLD = "*"


@dataclass(frozen=True, slots=True)
class Method:
    """A shipping method as stored: zones [{zone, countries, days [from, to], bands [{up_to_g, price_minor}]}]."""

    key: str
    name: Mapping[str, str]
    incoterm: str
    zones: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Freight:
    """What it costs to send the goods, in minor units of the vendor's currency; `weight_g` None where it does not matter."""

    method: Method
    price_minor: int
    days: tuple[int, int] | None
    weight_g: int | None

    def as_stored(self) -> dict[str, Any]:
        """The copy that an order keeps: {key, name, incoterm, days, weight_g}."""
        return {
            "key": self.method.key,
            "name": dict(self.method.name),
            "incoterm": self.method.incoterm,
            "days": list(self.days) if self.days else None,
            "weight_g": self.weight_g,
        }


@dataclass(frozen=True, slots=True)
class NoFreight:
    """Why the freight is unknown: `no_freight_zone`, `no_weight` or `too_heavy` (then with the limit in grams)."""

    code: str
    limit_g: int | None = None


def zone_for(method: Method, country: str) -> Mapping[str, Any] | None:
    """The zone that names the country, else the one for the whole world."""
    named = next((zone for zone in method.zones if country in zone["countries"]), None)
    return named or next((zone for zone in method.zones if WORLD in zone["countries"]), None)


def freight_for(methods: Sequence[Method], country: str, weight_g: Decimal | None) -> Freight | NoFreight:
    """The freight of goods of this weight by the first method, in the vendor's order, that reaches the country.

    An unknown weight is never guessed: it has a price only where every band of the zone costs the same.
    """
    for method in methods:
        zone = zone_for(method, country)
        if zone is None or not zone["bands"]:
            continue
        days = (zone["days"][0], zone["days"][1]) if zone.get("days") else None
        bands = zone["bands"]
        if weight_g is None:
            prices = {band["price_minor"] for band in bands}
            return Freight(method, prices.pop(), days, None) if len(prices) == 1 else NoFreight("no_weight")
        whole = int(weight_g.to_integral_value(rounding=ROUND_CEILING))
        for band in bands:
            if whole <= band["up_to_g"]:
                return Freight(method, band["price_minor"], days, whole)
        return NoFreight("too_heavy", bands[-1]["up_to_g"])
    return NoFreight("no_freight_zone")
