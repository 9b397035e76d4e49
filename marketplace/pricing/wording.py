"""Prices in the reader's language."""

from marketplace.core import i18n
from marketplace.core.i18n import gettext, ngettext
from marketplace.pricing.basket import PricedLine
from marketplace.pricing.freight import Freight
from marketplace.pricing.resolution import source_words
from vendors.models import ShippingKind


def tier_hint(line: PricedLine) -> str | None:
    """How much more reaches the next price: `12 pcs more reach EUR 0.0389`; None where no more costs less, or where something else is to settle first."""
    if line.next_tier is None or line.problems:
        return None
    start, micro = line.next_tier
    more = i18n.quantity(start - line.counted_quantity, line.display_unit, display_factor=line.display_factor)
    price = i18n.unit_price(micro, line.price_per, line.currency, display_factor=line.display_factor)
    return gettext("%(more)s more reach %(price)s", more=more, price=price)


def own_price_words(line: PricedLine) -> str | None:
    """Why the price is not the public one: `Price list of your company: Frame 2026, until 31 Dec 2026`; None where it is."""
    if line.price_list is None:
        return None
    words = source_words(line.price_source)
    if line.price_list.shown_name:
        words = gettext("%(source)s: %(name)s", source=words, name=line.price_list.shown_name)
    if line.price_list.valid_until:
        words = gettext("%(words)s, until %(day)s", words=words, day=i18n.day(line.price_list.valid_until))
    return words


def days_words(days: tuple[int, int] | None) -> str:
    """`2–5 days on the way`; where the vendor says nothing, that."""
    if days is None:
        return gettext("days not stated")
    if days[0] == days[1]:
        return ngettext("%(num)s day on the way", "%(num)s days on the way", days[0])
    return gettext("%(days)s days on the way", days=f"{days[0]}–{days[1]}")


def method_words(option: Freight, currency: str) -> str:
    """A shipping method as a choice: `Parcel, EUR 12.50, 2–5 days on the way, DAP`; the Incoterm once, where the name does not say it."""
    name, incoterm = i18n.text(dict(option.method.name)), option.method.incoterm
    if option.method.kind is ShippingKind.COLLECTION:
        words = gettext("%(name)s, you fetch the goods", name=name)
    else:
        price = gettext("free") if option.price_minor == 0 else i18n.money(option.price_minor, currency)
        words = gettext("%(name)s, %(price)s, %(days)s", name=name, price=price, days=days_words(option.days))
    return words if incoterm in name else gettext("%(words)s, %(incoterm)s", words=words, incoterm=incoterm)


def method_options(options: tuple[Freight, ...], currency: str) -> list[tuple[str, str]]:
    """What a select offers for a vendor's part: (key, words)."""
    return [(option.method.key, method_words(option, currency)) for option in options]
