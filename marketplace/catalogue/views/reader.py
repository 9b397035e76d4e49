"""What a reader has chosen: where goods go, how many he works with, in which currency he thinks (decisions.md 12)."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from uuid import UUID

from flask import request, session

from marketplace.catalogue.quantities import (
    BIGGEST,
    NotWhole,
    in_field,
    is_twofold,
    my_quantity,
    to_base,
    to_shown,
    unread_fault,
    unwhole_fault,
)
from marketplace.catalogue.visibility import keys_of
from marketplace.core import i18n, policy
from marketplace.core.audit import Viewer
from marketplace.pricing import queries as pricing


def ship_to_of(viewer: Viewer | None) -> str:
    """The country goods go to: the one in the address, else remembered, else the reader's own, else the platform's."""
    known = i18n.country_codes()
    asked = request.args.get("ship_to", "").upper()
    if asked in known:
        session["ship_to"] = asked
        return asked
    remembered = session.get("ship_to")
    if remembered in known:
        return str(remembered)
    return (viewer.ship_to_country if viewer else None) or policy.current().platform_country


def currency_of(viewer: Viewer | None) -> str:
    """The currency in which sums are shown as an indication."""
    return viewer.currency if viewer else policy.current().platform_currency


def found_by() -> dict[str, str]:
    """The trail by which a reader came to a product, as the addresses of the same product carry it on; empty without one."""
    token = request.args.get("from", "")
    return {"from": token} if token else {}


def company_of(viewer: Viewer | None) -> UUID | None:
    """The company that reads; None for a visitor."""
    return viewer.company_id if viewer else None


def keys_of_reader(viewer: Viewer | None, *, ship_to: str | None = None) -> frozenset[str]:
    """What the reader may see: by his company, the segments that it is in, and the country that goods go to, if the page knows it."""
    company_id = company_of(viewer)
    return keys_of(company_id, ship_to or ship_to_of(viewer)) | pricing.segment_keys(company_id)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many a reader works with: in base units, as an address sends it, as it stands in the field, and what is wrong with it."""

    base: int
    sent: str
    field: str
    fault: str | None = None


def wanted_quantity(minimum: int, display_factor: int) -> Wanted:
    """What is wanted of a variant; its minimum where nothing was asked, or nothing that can be read.

    What was asked in the address is remembered, in display units, and forgotten when its field comes empty.
    """
    asked = request.args.get("quantity", "").strip()
    if "quantity" in request.args and not asked:
        session.pop("quantity", None)
    wanted = my_quantity(asked, None if asked else session.get("quantity"))
    if wanted is None:
        fault = unread_fault(asked) if asked else None
        return Wanted(minimum, asked or to_shown(minimum, display_factor), asked or in_field(minimum, display_factor), fault)
    if asked and is_twofold(wanted, display_factor):
        return Wanted(minimum, asked, asked, i18n.gettext("Write a whole number, such as 500."))
    if asked:
        session["quantity"] = i18n.ungrouped(wanted)
    sent, field = i18n.ungrouped(wanted), i18n.in_field(wanted)
    try:
        return Wanted(max(to_base(wanted, display_factor), 1), sent, field)
    except NotWhole:
        fault = unwhole_fault(wanted, display_factor)
        return Wanted(min(_up(wanted, display_factor), BIGGEST), sent, field, fault)


def base_quantity(shown: str, display_factor: int, fallback: int) -> int:
    """My quantity in another variant's base units, rounded up to whole ones."""
    wanted = my_quantity(shown, None)
    return fallback if wanted is None else max(1, min(_up(wanted, display_factor), BIGGEST))


def _up(wanted: Decimal, display_factor: int) -> int:
    return int((wanted * display_factor).to_integral_value(rounding=ROUND_CEILING))
