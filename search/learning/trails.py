"""How a search is remembered without remembering who searched (pure): what is kept, for how long a trail leads, and its signed token.

A token stands in the addresses of a page of results: which search, signed, and the position. It says nothing about the reader, and an
address with it that is passed on counts no second time (docs/decisions/0020).
"""

import base64
import binascii
import hmac
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import Any, NamedTuple
from uuid import UUID

from search.learning.models import SearchActKind

ACTS_WITHIN = timedelta(days=1)
"""How long after a search a click, a comparison or a cart still belongs to it."""
ORDERS_WITHIN = timedelta(days=30)
"""How long after the cart an order still does."""
VENDORS_KEPT = 50
"""Of how many vendors, beside those that are shown, it is kept how many of their goods matched: those with the most."""
MAC_BYTES = 6
TOKEN = re.compile(r"([\w-]{22})([\w-]{8})(?:\.(\d{1,5}))?", re.ASCII)
ADDRESS = re.compile(r"\S+@\S+")
DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
ALONE = r"(?<![A-Za-z0-9.,/+-])"
PHONE = re.compile(
    rf"""
    (?P<said>(?:(?<![a-z])(?:tel|tfn|tlf|telefon|telephone|phone|mobile|mob|fax|whatsapp)|电话|电话号码|手机|手机号|手机号码|热线|传真|微信)[.:]?\s*)
        [+(]?\d(?:[ ()./-]{{0,2}}\d){{5,14}}                                 # said to be one
    | (?<![A-Za-z0-9])\+\s?\(?\d(?:[ ()./-]{{0,3}}\d){{7,14}}                # as it is written for abroad
    | {ALONE}00[ ]?(?P<abroad>[1-9](?:[ ()./-]{{0,3}}\d){{7,14}})(?![\w-])
    | {ALONE}(?:\(0\d{{1,4}}\)\s?\d(?:[ -]?\d){{4,8}} | \(\d{{3}}\)\s?\d{{3}}-\d{{4}})(?![\w-])     # an area in brackets
    | {ALONE}0\d{{1,3}}(?:                                                 # an area, and groups as people speak them
        [ ./-]{{1,3}}(?:\d{{3}}[ ]\d{{2}}[ ]\d{{2}} | \d{{2}}(?:[ .]\d{{2}}){{2,3}} | \d{{3}}[ ]\d{{3}}[ ]\d{{2}} | \d{{3,4}}[ -]\d{{4}})
        | [ ]?[/-][ ]?(?:\d{{7,8}} | \d{{3}}[ ]\d{{2}}))(?![\w-])
    | {ALONE}1[3-9]\d(?:[ ]\d{{4}}[ ]\d{{4}}|-\d{{4}}-\d{{4}})(?![\w-])   # a mobile number of China
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What is surely a telephone number. Digits without any of these signs could be anybody's part number or EAN, and stay."""
GTIN_DIGITS = 14


class Answered(NamedTuple):
    """A page of results as it was answered; the columns of `SearchRecord`."""

    id: UUID
    asked_at: datetime
    key: str
    words: str
    category: str
    filters: Mapping[str, Any]
    sort: str
    page: int
    found: int
    took_ms: int
    correction: str
    is_relaxed: bool
    language: str
    company_mark: str
    first_position: int
    variants: list[UUID]
    versions: list[int]
    vendors: list[UUID]
    matches: Mapping[str, int]


class Followed(NamedTuple):
    """What somebody did with a result, as the address said it: checked against what was shown before it is kept."""

    search_id: UUID
    kind: SearchActKind
    at: datetime
    position: int | None = None
    product_code: str | None = None
    variant_id: UUID | None = None


def without_addresses(words: str) -> str:
    """What somebody typed, without mail addresses and what is surely a telephone number: people paste them into any field.

    Signs of full width are read like those of one; where nothing is cut out, what was typed stays as it is.
    """
    folded = unicodedata.normalize("NFKC", words).translate(DASHES)
    cut = PHONE.sub(_cut, ADDRESS.sub("@", folded))
    return words if cut == folded else cut


def _cut(found: re.Match[str]) -> str:
    abroad = found["abroad"]
    if abroad and len(found[0]) == GTIN_DIGITS and found[0].isdigit() and _is_gtin(found[0]):
        return found[0]
    return f"{found['said'] or ''}+"


def _is_gtin(digits: str) -> bool:
    """Whether the last digit checks the others, as in the number of an article."""
    return sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(digits)) % 10 == 0


def values_without_addresses(values: Any) -> Any:
    """Filters, their names and values alike, without mail addresses and telephone numbers."""
    if isinstance(values, str):
        return without_addresses(values)
    if isinstance(values, Mapping):
        return {without_addresses(name): values_without_addresses(value) for name, value in values.items()}
    return [values_without_addresses(value) for value in values] if isinstance(values, list | tuple) else values


def matches_kept(counts: Sequence[tuple[str, int]], shown: Iterable[UUID]) -> dict[str, int]:
    """Vendor → how many of its goods matched, out of the counts of all, most first: whoever is shown is among them."""
    named = {str(vendor_id) for vendor_id in set(shown)}
    return {vendor: count for place, (vendor, count) in enumerate(counts) if place < VENDORS_KEPT or vendor in named}


def company_mark(company_id: UUID | None, secret: str) -> str:
    """What stands for a company: the same each time, and no way back without the platform's secret. Empty for visitors."""
    return "" if company_id is None else hmac.new(secret.encode(), b"search:" + company_id.bytes, sha256).hexdigest()[:32]


def token_of(search_id: UUID, secret: str) -> str:
    """The signed name of a search; `.` and a position may follow."""
    return _text(search_id.bytes) + _text(_mac(search_id.bytes, secret))


def read_token(token: str, secret: str) -> tuple[UUID, int | None] | None:
    """(search, position) of a token that this platform has signed; None for anything else."""
    found = TOKEN.fullmatch(token)
    if found is None:
        return None
    try:
        name, mac = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in found.groups()[:2])
    except (ValueError, binascii.Error):
        return None
    if not hmac.compare_digest(mac, _mac(name, secret)):
        return None
    return UUID(bytes=name), int(found[3]) if found[3] else None


def _mac(name: bytes, secret: str) -> bytes:
    return blake2b(name, digest_size=MAC_BYTES, key=_key(secret), person=b"search trail").digest()


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    """The platform's secret at the length that the hash takes as its key."""
    return blake2b(secret.encode()).digest()


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
