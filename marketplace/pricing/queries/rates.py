"""What a sum is worth in another currency: indications from the operator's dated table, never used to charge."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from marketplace.core import clock, policy
from marketplace.core.db import db
from marketplace.core.money import divide_half_up, exponent
from marketplace.core.recent import Kept, stamp_of
from marketplace.pricing.models import ExchangeRate


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of a currency is worth in the platform's currency, as an indication."""

    currency: str
    rate: Decimal
    valid_from: date
    source: str


@dataclass(frozen=True, slots=True)
class Indication:
    """A sum in another currency, with the rate that was used: units of `currency` for one unit of the sum's own."""

    amount_minor: int
    currency: str
    rate: Decimal
    valid_from: date
    source: str


def rates(*, on: date | None = None) -> dict[str, Rate]:
    """The latest indicative rate of each currency on a day; the platform's own is 1. Today's are at most a second old."""
    return dict(_rates_today.get()) if on is None else _rates_on(on)


def _rates_on(day: date) -> dict[str, Rate]:
    rows = db.session.scalars(
        select(ExchangeRate)
        .where(ExchangeRate.valid_from <= day)
        .ext(distinct_on(ExchangeRate.currency))
        .order_by(ExchangeRate.currency, ExchangeRate.valid_from.desc())
    )
    found = {row.currency: Rate(row.currency, row.rate, row.valid_from, row.source) for row in rows}
    own = policy.current().platform_currency
    return found | {own: Rate(own, Decimal(1), day, "")}


_rates_today: Kept[dict[str, Rate]] = Kept(
    lambda: _rates_on(clock.now().date()), lambda: stamp_of(("exchange_rates",), policy.current().platform_currency)
)


def indicative(amount_minor: int, currency: str, *, to: str, known: Mapping[str, Rate] | None = None) -> Indication | None:
    """A sum in another currency, rounded half up; None when a rate is missing or the currencies are the same.

    Never used to charge. `known` spares the read where a page shows many sums.
    """
    if currency == to:
        return None
    found = rates() if known is None else known
    if currency not in found or to not in found:
        return None
    one, other = found[currency], found[to]
    ratio = _ratio(one.rate, other.rate)
    minor = divide_half_up(amount_minor * ratio.numerator * 10 ** exponent(to), ratio.denominator * 10 ** exponent(currency))
    return Indication(minor, to, ratio.shown, min(one.valid_from, other.valid_from), one.source or other.source)


def indicative_micro(unit_price_micro: int, currency: str, *, to: str, known: Mapping[str, Rate]) -> int | None:
    """A unit price in another currency, micro per the same quantity; None when a rate is missing."""
    if currency not in known or to not in known:
        return None
    ratio = _ratio(known[currency].rate, known[to].rate)
    return divide_half_up(unit_price_micro * ratio.numerator, ratio.denominator)


class _Ratio(NamedTuple):
    """What one currency is worth in another, exactly, and as it is shown."""

    numerator: int
    denominator: int
    shown: Decimal


@lru_cache(maxsize=1024)
def _ratio(one: Decimal, other: Decimal) -> _Ratio:
    """By two rates: a page of results asks fifty times for the same few pairs."""
    return _Ratio(*(Fraction(one) / Fraction(other)).as_integer_ratio(), (one / other).quantize(Decimal("0.0001")))
