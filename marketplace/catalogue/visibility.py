"""Who may see a listing: keywords on the product, keywords of the reader (pure). Source: product.md §3, decisions.md 23."""

from uuid import UUID

EVERYONE = "all"
REGISTERED = "registered"


def keys_of(company_id: UUID | None, ship_to: str) -> frozenset[str]:
    """The keywords of a reader: everybody sees `all` and what is open to the country that goods go to; a company sees its own too."""
    keys = {EVERYONE, f"country:{ship_to}"}
    if company_id is not None:
        keys |= {REGISTERED, f"company:{company_id}"}
    return frozenset(keys)
