"""Which network an address belongs to (pure): what callers are counted by."""

from ipaddress import ip_address


def network_of(address: str) -> str:
    """A household has one IPv4 address, and a /64 of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return "network:unknown"
    return f"network:{found.exploded[:19]}" if found.version == 6 else f"network:{found}"
