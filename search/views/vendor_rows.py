"""Facts of vendors side by side: what was checked, what they offer, how they delivered."""

from collections.abc import Callable, Sequence

from marketplace.core import i18n
from marketplace.core.i18n import gettext
from marketplace.quality import queries as quality
from reviews import queries as reviews
from reviews.scores import NO_SCORE, Score
from search.views.cells import Cell, Row, days_words, with_best
from vendors.facts import EVERYWHERE, VendorFacts
from vendors.lists import TERMS


def vendor_rows(columns: Sequence[VendorFacts]) -> list[Row]:
    """Level, country, certificates, terms and the on-time share of each column's vendor. Public facts only."""
    shares = quality.on_time_of([vendor.id for vendor in columns])

    def level(vendor: VendorFacts) -> Cell:
        return Cell(str(vendor.level), key=vendor.level, level=vendor.level)

    def certificates(vendor: VendorFacts) -> Cell:
        words = [
            gettext("%(scheme)s until %(day)s", scheme=scheme, day=i18n.day(until)) if until else scheme
            for scheme, until in vendor.certificates
        ]
        return Cell(gettext("; ").join(words) if words else gettext("None valid"))

    def terms(vendor: VendorFacts) -> Cell:
        return Cell(gettext("; ").join(gettext(TERMS[term]) for term in vendor.terms if term in TERMS) or None)

    def on_time(vendor: VendorFacts) -> Cell:
        share = shares[vendor.id]
        if share.value is None:
            return Cell(None, gettext("too few orders, n %(n)s", n=i18n.number(share.n)), is_number=True)
        return Cell(i18n.share(share.value), gettext("n %(n)s", n=i18n.number(share.n)), key=round(100 * share.value), is_number=True)

    return [
        _row(gettext("Level"), columns, level),
        _row(gettext("Country"), columns, lambda vendor: Cell(i18n.country(vendor.country))),
        _row(gettext("Certificates valid today"), columns, certificates),
        _row(gettext("Terms offered"), columns, terms),
        with_best(_row(gettext("On time, by first promise, 90 days"), columns, on_time), highest=True),
    ]


def trading_rows(columns: Sequence[VendorFacts], ship_to: str) -> list[Row]:
    """What it takes to buy from each vendor, and how long goods are on the way to a country."""

    def minimum(vendor: VendorFacts) -> Cell:
        if not vendor.opening_minimum_minor:
            return Cell(gettext("None"), is_number=True)
        first = i18n.money(vendor.opening_minimum_minor, vendor.currency)
        return Cell(first, gettext("then %(sum)s", sum=i18n.money(vendor.reorder_minimum_minor, vendor.currency)), is_number=True)

    def ships(vendor: VendorFacts) -> Cell:
        if not {ship_to, EVERYWHERE} & vendor.ships_to:
            return Cell(gettext("No"))
        days = vendor.transit.get(ship_to) or vendor.transit.get(EVERYWHERE)
        return Cell(gettext("Yes"), days_words(days) or gettext("days not stated"))

    def buying(vendor: VendorFacts) -> Cell:
        if vendor.can_sell:
            return Cell(gettext("Yes"))
        until = vendor.holiday_until
        note = gettext("holiday until %(day)s", day=i18n.day(until)) if vendor.on_holiday and until else None
        return Cell(gettext("No"), note)

    return [
        _row(gettext("Can be bought from now"), columns, buying),
        _row(gettext("Currency"), columns, lambda vendor: Cell(vendor.currency)),
        _row(gettext("Smallest first order"), columns, minimum),
        _row(gettext("Ships to %(place)s", place=i18n.country(ship_to)), columns, ships),
        _row(gettext("Days to inspect"), columns, lambda vendor: Cell(i18n.number(vendor.inspection_days), is_number=True)),
    ]


def score_row(columns: Sequence[VendorFacts]) -> Row:
    """The rating of each vendor over all its goods."""
    scores = reviews.score_of_vendors([vendor.id for vendor in columns])
    return with_best(Row(gettext("Rating"), tuple(rating_cell(scores.get(vendor.id, NO_SCORE)) for vendor in columns)), highest=True)


def rating_cell(score: Score) -> Cell:
    """A score with the number behind it; unknown where there are too few."""
    if score.value is None:
        return Cell(None, gettext("too few reviews, n %(n)s", n=i18n.number(score.n)), is_number=True)
    stars = round(score.value, 1)
    return Cell(i18n.number(stars), gettext("of 5, n %(n)s", n=i18n.number(score.n)), key=stars, is_number=True)


def _row(title: str, columns: Sequence[VendorFacts], cell: Callable[[VendorFacts], Cell]) -> Row:
    return Row(title, tuple(cell(vendor) for vendor in columns))
