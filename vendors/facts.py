"""What other rooms ask about a vendor: pure, frozen, computed from its rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from vendors.levels import level_of
from vendors.models import Certificate, LevelCheck, ShippingMethod, Vendor, VendorState

EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class VendorFacts:
    """A vendor as search, cart and checkout see it on one day. `can_sell` says whether it can be bought from now."""

    id: UUID
    slug: str
    name: str
    country: str
    currency: str
    state: VendorState
    is_seen: bool
    can_sell: bool
    level: int
    certificates: tuple[tuple[str, date | None], ...]
    """(scheme, valid until) of those that are checked and valid today."""
    ships_to: frozenset[str]
    """Country codes; `*` means every country."""
    payout_active: bool
    on_holiday: bool
    holiday_until: date | None
    inspection_days: int
    opening_minimum_minor: int
    reorder_minimum_minor: int
    exposure_cap_minor: int | None
    stock_display: str
    approved_at: datetime | None

    def ships_to_country(self, country: str) -> bool:
        """Whether one of its shipping methods has a zone for the country."""
        return country in self.ships_to or EVERYWHERE in self.ships_to


def is_valid_certificate(certificate: Certificate, today: date) -> bool:
    """Whether a certificate may be shown: checked, and the day within its dates (product.md §10)."""
    is_begun = certificate.valid_from <= today
    return certificate.checked_at is not None and is_begun and (certificate.valid_until is None or today <= certificate.valid_until)


def is_on_holiday(vendor: Vendor, today: date) -> bool:
    """Whether the vendor has closed for some days: the catalogue is seen, buying stops."""
    if vendor.holiday_from is None or vendor.holiday_until is None:
        return False
    return vendor.holiday_from <= today <= vendor.holiday_until


def countries_of(methods: Iterable[ShippingMethod]) -> frozenset[str]:
    """All countries that have a zone."""
    return frozenset(str(code) for method in methods for zone in method.zones for code in zone["countries"])


def facts_from(
    vendor: Vendor, checks: Iterable[LevelCheck], certificates: Iterable[Certificate], methods: Iterable[ShippingMethod], today: date
) -> VendorFacts:
    """The facts of one vendor on a day (UTC)."""
    level = level_of(checks, today)
    on_holiday = is_on_holiday(vendor, today)
    return VendorFacts(
        id=vendor.id,
        slug=vendor.slug,
        name=vendor.name,
        country=vendor.country,
        currency=vendor.currency,
        state=vendor.state,
        is_seen=vendor.is_seen,
        can_sell=vendor.is_seen and level >= 1 and vendor.payout_active_at is not None and not on_holiday,
        level=level,
        certificates=tuple((c.scheme, c.valid_until) for c in certificates if is_valid_certificate(c, today)),
        ships_to=countries_of(methods),
        payout_active=vendor.payout_active_at is not None,
        on_holiday=on_holiday,
        holiday_until=vendor.holiday_until if on_holiday else None,
        inspection_days=vendor.inspection_days,
        opening_minimum_minor=vendor.opening_minimum_minor,
        reorder_minimum_minor=vendor.reorder_minimum_minor,
        exposure_cap_minor=vendor.exposure_cap_minor,
        stock_display=vendor.stock_display,
        approved_at=vendor.approved_at,
    )
