"""The time zone in which a country's companies work, until they choose another one."""

from babel.core import get_global


def zone_of(country: str) -> str:
    """The first zone of a country, `UTC` where none is known."""
    zones = get_global("territory_zones").get(country) or ["UTC"]
    return str(zones[0])
