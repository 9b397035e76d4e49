"""Article numbers: GTINs with their check digit, and the keys under which the same thing from several vendors is linked (pure)."""

import re
import secrets
from functools import lru_cache
from urllib.parse import parse_qs

from marketplace.core.ids import CODE_ALPHABET

SPELLING = re.compile(r"[\W_]+")
GAPS = re.compile(r"[\s\u00a0-]")
_WORTH = bytes.maketrans(b"0123456789", bytes(range(10)))
"""Digits as the numbers that they stand for."""
CODE_LENGTH = 6
_TO_CODE = bytes(ord(CODE_ALPHABET[byte % len(CODE_ALPHABET)]) for byte in range(256))
LINK_WORDS = 70
"""Characters of the title that go into an address, at most."""


@lru_cache(maxsize=8_192)
def gtin(written: str) -> str | None:
    """The digits of a GTIN of 8, 12, 13 or 14 digits whose check digit is right; None for anything else."""
    digits = written if written.isalnum() else GAPS.sub("", written)
    if len(digits) not in (8, 12, 13, 14) or not digits.isascii() or not digits.isdigit():
        return None
    # From the right: the check digit and every second one before it count once, the others three times.
    numbers = digits.encode().translate(_WORTH)
    return digits if (sum(numbers[::-2]) + 3 * sum(numbers[-2::-2])) % 10 == 0 else None


def gtin_key(digits: str | None) -> str | None:
    """A GTIN in 14 digits, so that the 12, 13 and 14 digit forms of one number meet."""
    return digits.rjust(14, "0") if digits else None


def maker_key(brand: str | None, mpn: str | None) -> str | None:
    """Brand and manufacturer's part number without spelling: `Qianzhu 4017-8-40` and `QIANZHU 4017 8 40` meet."""
    if not brand or not mpn:
        return None
    maker, number = _unspelled(brand), SPELLING.sub("", mpn.casefold())
    return f"{maker}:{number}" if maker and number else None


@lru_cache(maxsize=1_000)
def _unspelled(brand: str) -> str:
    """A file names few brands, and each of them again and again."""
    return SPELLING.sub("", brand.casefold())


def link_words(title: str) -> str:
    """The words of a title in an address; `product` for one without Latin letters or digits."""
    words = re.findall(r"[a-z0-9]+", title.casefold())
    out = ""
    for word in words:
        if len(out) + len(word) > LINK_WORDS:
            break
        out += f"-{word}" if out else word
    return out or "product"


def slug(title: str, code: str) -> str:
    """The last part of a product's address: words that may change, and the code that does not (decisions.md 12)."""
    return f"{link_words(title)}-{code}"


def code_of(address: str) -> str | None:
    """The code at the end of an address; None when there is none that a product could have."""
    code = address.rpartition("-")[2].casefold()
    return code if len(code) == CODE_LENGTH and set(code) <= set(CODE_ALPHABET) else None


def page_written(line: str) -> tuple[str | None, str] | None:
    """The code and the SKU (or nothing) in the address of a product page that somebody wrote into a form; None for what is no such address.

    No code where no product can have that address.
    """
    _, is_address, rest = line.partition("/products/")
    if not is_address:
        return None
    # By hand, since `urlsplit` takes what begins with two slashes for a host, and raises for one that it cannot read.
    path, _, asked = rest.partition("#")[0].partition("?")
    sku = parse_qs(asked).get("variant", [""])[0]
    return (None, "") if "\0" in sku else (code_of(path.strip("/")), sku)


def fresh_codes(count: int, taken: set[str]) -> list[str]:
    """`count` new codes, none of them in `taken` and no two alike."""
    made: list[str] = []
    while len(made) < count:
        random = secrets.token_bytes(CODE_LENGTH * (count - len(made))).translate(_TO_CODE).decode("ascii")
        for start in range(0, len(random), CODE_LENGTH):
            code = random[start : start + CODE_LENGTH]
            if code not in taken:
                taken.add(code)
                made.append(code)
    return made
