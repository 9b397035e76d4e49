"""Money: integers of minor units with a currency. Rounding happens here and nowhere else.

Unit prices are `unit_price_micro`: millionths of the currency's major unit for `price_per` base units (product.md §3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from babel.numbers import get_currency_precision, list_currencies

BASIS_POINTS = 10_000
CURRENCIES = ("EUR", "USD", "GBP", "SEK", "NOK", "PLN", "CNY", "JPY")
"""Currencies that a company can choose: those with an indicative rate."""
MAX_MINOR = 2**62
"""Bound of any sum: a BIGINT column holds it, and the sum of two of them."""


@lru_cache(maxsize=1)
def known_currencies() -> frozenset[str]:
    """ISO 4217 codes that CLDR knows."""
    return frozenset(list_currencies())


@lru_cache(maxsize=256)
def exponent(currency: str) -> int:
    """Decimals of a currency: JPY 0, EUR 2, KWD 3."""
    return int(get_currency_precision(currency))


def plain(minor: int, currency: str) -> str:
    """A sum for a spreadsheet, in the major unit: digits, a point and a minus, nothing else."""
    digits = exponent(currency)
    major, rest = divmod(abs(minor), 10**digits)
    return ("-" if minor < 0 else "") + str(major) + (f".{rest:0{digits}d}" if digits else "")


def divide_half_up(numerator: int, denominator: int) -> int:
    """`numerator ÷ denominator`, rounded half away from zero, in integers."""
    if denominator <= 0:
        raise ValueError("the denominator is positive")
    quotient, rest = divmod(abs(numerator), denominator)
    if rest * 2 >= denominator:
        quotient += 1
    return quotient if numerator >= 0 else -quotient


def line_total_minor(quantity: int, unit_price_micro: int, *, price_per: int, currency: str) -> int:
    """The sum of a line in minor units, rounded half up once.

    `quantity` counts base units; source: product.md §3.
    """
    return divide_half_up(quantity * unit_price_micro, price_per * 10 ** (6 - exponent(currency)))


def share_bp(amount_minor: int, rate_bp: int) -> int:
    """`rate_bp` basis points of a sum, rounded half up."""
    return divide_half_up(amount_minor * rate_bp, BASIS_POINTS)


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split a sum by weights with largest remainders, ties by position: the parts always add up to the whole.

    Weights are not negative and not all zero. Source: payments.md §3.2.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights are not negative and not all zero")
    sign = -1 if total < 0 else 1
    parts = [abs(total) * weight // whole for weight in weights]
    remainders = [abs(total) * weight % whole for weight in weights]
    missing = abs(total) - sum(parts)
    for position in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:missing]:
        parts[position] += 1
    return [sign * part for part in parts]


@dataclass(frozen=True, slots=True)
class Money:
    """A sum in one currency. It refuses floats and mixed currencies."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("money is an integer of minor units")
        if self.currency not in known_currencies():
            raise ValueError(f"unknown currency {self.currency!r}")

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def split(self, rate_bp: int) -> tuple["Money", "Money"]:
        """A share of `rate_bp` basis points and the rest; together they are the whole."""
        share = share_bp(self.minor, rate_bp)
        return Money(share, self.currency), Money(self.minor - share, self.currency)
