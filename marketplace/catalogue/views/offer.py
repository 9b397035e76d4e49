"""What a product page says of the offer at my quantity: tiers, lead times, the next tier, stock, a sample, sums in my currency."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from marketplace.catalogue import queries
from marketplace.catalogue.prices import saved_share
from marketplace.catalogue.quantities import QuantityRule, to_shown
from marketplace.catalogue.queries import VariantView
from marketplace.core import clock, i18n
from marketplace.core.money import line_total_minor
from marketplace.pricing import queries as pricing
from marketplace.pricing.basket import PricedLine, VendorPart
from marketplace.pricing.tiers import next_tier, tier_at


@dataclass(frozen=True, slots=True)
class TierRow:
    """A line of the price table; `about_micro` is an indication in the reader's currency."""

    from_quantity: int
    micro: int
    about_micro: int | None
    saved: float | None
    is_mine: bool


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A line of the lead-time table."""

    first: int
    last: int | None
    days: tuple[int, int] | None
    arrives_on: date | None
    is_mine: bool
    is_short: bool
    """Less is there than the band begins with, or than my quantity in it."""


def nearest(rule: QuantityRule, quantity: int, display_factor: int) -> list[tuple[int, str]]:
    """The quantities that can be ordered next to this one: (base units, as it stands in an address)."""
    if rule.problem(quantity) is None:
        return []
    near = {rule.nearest_down(quantity), rule.nearest_up(quantity)} - {None}
    return [(n, to_shown(n, display_factor)) for n in sorted(n for n in near if n is not None)]


def tier_rows(line: PricedLine, currency: str, reader_currency: str, rates: Mapping[str, pricing.Rate]) -> list[TierRow]:
    """The price table; `is_mine` marks the tier of the line's quantity."""
    rows = []
    for position, (start, micro) in enumerate(line.tiers):
        below = line.tiers[position + 1][0] if position + 1 < len(line.tiers) else None
        indication = pricing.indicative_micro(micro, currency, to=reader_currency, known=rates) if currency != reader_currency else None
        is_mine = start <= line.quantity and (below is None or line.quantity < below)
        rows.append(TierRow(start, micro, indication, saved_share(micro, line.tiers[0][1]), is_mine))
    return rows


def lead_rows(part: VendorPart, facts: queries.LineVariant, *, shows_stock: bool) -> list[LeadRow]:
    """The bands, parted at what is there where readers may know it; what is beyond waits for what the vendor expects, or cannot be had."""
    line = part.lines[0]
    transit = part.freight["days"] if part.freight else None
    rows: list[LeadRow] = []
    first = line.minimum_quantity
    for up_to in _ends(facts, first, shows_stock=shows_stock):
        is_mine = max(first, line.minimum_quantity) <= line.quantity and (up_to is None or line.quantity <= up_to)
        wanted = line.quantity if is_mine else first
        days = facts.lead_days(wanted)
        arrives = clock.now().date() + timedelta(days=days[1] + transit[1]) if days and transit else None
        row = LeadRow(first, up_to, days, arrives, is_mine, facts.is_short(wanted))
        if rows and rows[-1].is_short and row.is_short and rows[-1].days == row.days:
            # Two bands of which nothing is there say the same: one line for both.
            row = replace(row, first=rows[-1].first, is_mine=rows[-1].is_mine or is_mine)
            rows.pop()
        rows.append(row)
        first = (up_to or 0) + 1
    return rows


def _ends(facts: queries.LineVariant, first: int, *, shows_stock: bool) -> Iterator[int | None]:
    """The last quantity of each row, rising; None where there is none."""
    for up_to, _days_from, _days_to in facts.lead_time:
        if shows_stock and facts.available is not None and first <= facts.available < (facts.available + 1 if up_to is None else up_to):
            yield facts.available
        yield up_to
        first = (up_to or 0) + 1


def about(part: VendorPart, currency: str, rates: Mapping[str, pricing.Rate]) -> dict[str, pricing.Indication] | None:
    """The sums of the panel in the reader's currency; None when it is the vendor's, or without a rate."""
    sums = {"goods": part.goods_minor, "freight": part.freight_minor, "tax": part.tax_minor, "total": part.total_minor}
    found = {name: pricing.indicative(minor, part.currency, to=currency, known=rates) for name, minor in sums.items()}
    shown = {name: indication for name, indication in found.items() if indication is not None}
    return shown if len(shown) == len(sums) else None


def next_step(line: PricedLine, currency: str, *, held: int = 0) -> dict[str, Any] | None:
    """What the next tier would change: how many more, its price, what the goods then cost more or less, each unit's saving.

    `held` is what lies in the reader's cart and counts together with them: then only what it changes is said, for the sums are the cart's.
    """
    if line.problems:
        return None
    if held:
        return _step_with_cart(line, held)
    if line.next_tier is None:
        return None
    start, micro = line.next_tier
    then = line_total_minor(start, micro, price_per=line.price_per, currency=currency)
    return {
        "more": start - line.quantity,
        "micro": micro,
        "more_minor": then - line.goods_minor if then >= line.goods_minor else None,
        "less_minor": line.goods_minor - then,
        "saved": saved_share(micro, line.unit_price_micro),
    }


def _step_with_cart(line: PricedLine, held: int) -> dict[str, Any] | None:
    """The price that the goods will have in the cart where it is another one, and how many more reach the next tier there."""
    together = line.quantity + held
    reached, following = tier_at(line.tiers, together), next_tier(line.tiers, together)
    is_other = reached is not None and reached[1] != line.unit_price_micro
    if following is None and not is_other:
        return None
    return {
        "held": held,
        "reached_micro": reached[1] if reached is not None and is_other else None,
        "more": following[0] - together if following else None,
        "micro": following[1] if following else None,
    }


def sample_words(variant: VariantView, currency: str) -> str:
    """What a sample costs, to the currency's decimals; a free one is said."""
    if variant.sample is None:
        return i18n.gettext("Not offered")
    minor = line_total_minor(1, variant.sample["price_micro"], price_per=1, currency=currency)
    return i18n.money(minor, currency) if minor else i18n.gettext("free")


def stock_words(line: PricedLine, display: str) -> str | None:
    """What the vendor lets readers know of its stock; None for goods made to order."""
    if line.available is None:
        return None
    if display == "hidden":
        return i18n.gettext("Not shown by the vendor")
    if line.available <= 0:
        return i18n.gettext("Out of stock")
    if display == "exact":
        return i18n.quantity(line.available, line.display_unit, display_factor=line.display_factor)
    least = 10 ** (len(str(max(1, line.available // line.display_factor))) - 1)
    return i18n.gettext("at least %(quantity)s", quantity=i18n.quantity(least, line.display_unit))
