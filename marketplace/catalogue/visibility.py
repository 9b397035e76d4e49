"""Who may see a listing: keywords on the product, keywords of the reader (pure). Source: product.md §3, decisions.md 23."""

import re
from collections.abc import Iterable, Sequence
from uuid import UUID

from marketplace.catalogue.faults import Fault
from marketplace.core.i18n import country_codes, lazy

EVERYONE = "all"
REGISTERED = "registered"
KINDS = ("company", "country", "segment")
LIMIT = 300
"""Keywords of one listing: named companies, countries and segments together."""
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def keys_of(company_id: UUID | None, ship_to: str) -> frozenset[str]:
    """The keywords of a reader: everybody sees `all` and what is open to the country that goods go to; a company sees its own too."""
    keys = {EVERYONE, f"country:{ship_to}"}
    if company_id is not None:
        keys |= {REGISTERED, f"company:{company_id}"}
    return frozenset(keys)


def named(visibility: Iterable[str], kind: str) -> list[str]:
    """What a listing names of one of `KINDS`: ids of companies or segments, codes of countries."""
    prefix = f"{kind}:"
    return [key.removeprefix(prefix) for key in visibility if key.startswith(prefix)]


def visibility_faults(visibility: Sequence[str]) -> list[Fault]:
    """What is wrong with a listing's keywords; field `visibility`."""
    if not visibility:
        return [Fault("visibility", lazy("Name at least one company, country or segment."))]
    if len(visibility) > LIMIT:
        return [Fault("visibility", lazy("These are too many: at most %(max_length)s."), {"max_length": LIMIT})]
    return [] if all(map(_is_keyword, visibility)) else [Fault("visibility", lazy("Choose one of the list."))]


def _is_keyword(key: str) -> bool:
    if key in (EVERYONE, REGISTERED):
        return True
    kind, _, value = key.partition(":")
    return value in country_codes() if kind == "country" else kind in KINDS and _ID.fullmatch(value) is not None
