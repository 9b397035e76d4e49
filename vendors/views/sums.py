"""Sums as they are typed and as they stand in a field."""

from decimal import Decimal
from typing import Any

from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.money import MAX_MINOR, exponent, plain

TOO_FINE = lazy("%(currency)s has %(digits)s decimals: write fewer.")
TOO_LARGE = lazy("This number is too large.")


def typed_minor(form: Form[Any], name: str, value: Decimal | None, currency: str) -> int | None:
    """A sum that was typed, in minor units; a fault is put at its field, and None returned."""
    if value is None:
        return None
    minor = value.scaleb(exponent(currency))
    if minor != minor.to_integral_value():
        form.add_error(name, gettext(TOO_FINE, currency=currency, digits=exponent(currency)))
        return None
    if minor > MAX_MINOR // 1_000_000:
        form.add_error(name, gettext(TOO_LARGE))
        return None
    return int(minor)


def written_sum(minor: int | None, currency: str) -> str:
    """A sum as it stands in a field: `1250.50`."""
    return "" if minor is None else plain(minor, currency)
