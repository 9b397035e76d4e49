"""What other rooms ask about a vendor: pure, frozen, computed from its rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from vendors.certificates import Dated, Standing, standing
from vendors.levels import level_of, valid_checks
from vendors.models import SEEN_STATES, CertificateScope, ShippingKind, VendorState

EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class CertificateFact:
    """A certificate that is checked and valid today, as buyers and search may know it."""

    id: UUID
    scheme: str
    number: str
    issuer: str
    scope_kind: CertificateScope
    scope: str | None
    valid_from: date
    valid_until: date | None
    checked_on: date
    file_id: UUID | None
    """Only where the vendor lets buyers open it."""


@dataclass(frozen=True, slots=True)
class Method:
    """A shipping method as stored: zones [{zone, countries, days [from, to], bands [{up_to_g, up_to_cm3, price_minor}]}].

    `currency` None is the vendor's own; `free_from_minor` is a goods value in the method's currency.
    """

    key: str
    name: Mapping[str, str]
    incoterm: str
    zones: Sequence[Mapping[str, Any]] = ()
    kind: ShippingKind = ShippingKind.TABLE
    free_from_minor: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """Who checked a vendor for a level, how and when. `method` is a key of `requirements.METHODS` or words."""

    level: int
    checked_by: str
    method: str
    checked_on: date
    valid_until: date | None


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
    holiday_from: date | None = None
    """First day of a holiday that runs or is still to come; its last one is `next_holiday_until`."""
    next_holiday_until: date | None = None
    proofs: tuple[CertificateFact, ...] = ()
    """The certificates valid today with number, issuer, scope, dates and file."""
    terms: tuple[str, ...] = ()
    """Payment terms that it offers, keys of `lists.TERMS`: words only, whether a buyer gets them is another matter."""
    transit: Mapping[str, tuple[int, int] | None] = field(default_factory=dict)
    """Country code or `*` → the shortest (from, to) days on the way of the methods that deliver there; None: not stated."""
    processes: frozenset[str] = frozenset()
    materials: frozenset[str] = frozenset()
    industries: frozenset[str] = frozenset()
    languages: tuple[str, ...] = ()
    verified: Verified | None = None
    """The check behind its level; None for a vendor without a level."""
    methods: tuple[Method, ...] = ()
    """How it ships, the first one first: the first with a zone for a country is used (decisions.md 6)."""
    region: str = ""
    """Of its address, as written: a state or province that may tax by itself."""

    def transit_days(self, country: str) -> tuple[int, int] | None:
        """Days on the way to a country by the fastest method that delivers there; None when none does, or it is not stated."""
        return self.transit[country] if country in self.transit else self.transit.get(EVERYWHERE)

    def ships_to_country(self, country: str) -> bool:
        """Whether one of its shipping methods has a zone for the country."""
        return country in self.ships_to or EVERYWHERE in self.ships_to


def is_valid_certificate(certificate: Dated, today: date) -> bool:
    """Whether a certificate may be shown: checked, not withdrawn, and the day within its dates (product.md §10)."""
    return standing(certificate, today) is Standing.VALID


class Holiday(Protocol):
    """What is asked of a vendor's holiday."""

    @property
    def holiday_from(self) -> date | None: ...

    @property
    def holiday_until(self) -> date | None: ...


class Way(Protocol):
    """What is asked of a shipping method where only its reach counts."""

    @property
    def kind(self) -> ShippingKind: ...

    @property
    def zones(self) -> Sequence[Mapping[str, Any]]: ...


def is_on_holiday(vendor: Holiday, today: date) -> bool:
    """Whether the vendor has closed for some days: the catalogue is seen, buying stops."""
    if vendor.holiday_from is None or vendor.holiday_until is None:
        return False
    return vendor.holiday_from <= today <= vendor.holiday_until


def countries_of(methods: Iterable[Way]) -> frozenset[str]:
    """All countries that have a zone in a method that delivers; where the buyer fetches or asks, nothing is promised."""
    return frozenset(transit_of(methods))


def transit_of(methods: Iterable[Way]) -> dict[str, tuple[int, int] | None]:
    """Country code or `*` → the shortest (from, to) days on the way; None where no method states them."""
    found: dict[str, tuple[int, int] | None] = {}
    for method in methods:
        # A row that is not written yet has no kind: it is of the plain one.
        if method.kind not in (ShippingKind.TABLE, None):
            continue
        for zone in method.zones:
            days = (int(zone["days"][0]), int(zone["days"][1])) if zone.get("days") else None
            for code in zone["countries"]:
                known = found.setdefault(str(code), days)
                if days is not None and (known is None or (days[1], days[0]) < (known[1], known[0])):
                    found[str(code)] = days
    return found


def _proof_of(certificate: Any) -> CertificateFact:
    return CertificateFact(
        id=certificate.id,
        scheme=certificate.scheme,
        number=certificate.number,
        issuer=certificate.issuer,
        scope_kind=CertificateScope(certificate.scope_kind),
        scope=certificate.scope,
        valid_from=certificate.valid_from,
        valid_until=certificate.valid_until,
        checked_on=certificate.checked_at.date(),
        file_id=certificate.file_id if certificate.is_file_public else None,
    )


def _verified(checks: Sequence[Any], today: date) -> Verified | None:
    """The newest check of the level that is shown."""
    level = level_of(checks, today)
    if not level:
        return None
    check = next(check for check in valid_checks(checks, today) if check.level == level)
    return Verified(level, check.checked_by, check.method, check.checked_on, check.valid_until)


def _chosen(capabilities: Mapping[str, Any], name: str) -> frozenset[str]:
    return frozenset(str(key) for key in capabilities.get(name, ()))


def facts_from(vendor: Any, checks: Sequence[Any], certificates: Sequence[Any], methods: Sequence[Any], today: date) -> VendorFacts:
    """The facts of one vendor on a day (UTC), from rows as the driver gives them: of the vendor, its checks from the newest one, its
    certificates, and its shipping methods in their order.
    """
    verified = _verified(checks, today)
    level = verified.level if verified else 0
    state = VendorState(vendor.state)
    is_seen, on_holiday = state in SEEN_STATES, is_on_holiday(vendor, today)
    has_holiday = vendor.holiday_from is not None and vendor.holiday_until is not None and vendor.holiday_until >= today
    valid = [certificate for certificate in certificates if is_valid_certificate(certificate, today)]
    ways = tuple(Method(m.key, m.name, m.incoterm, m.zones, ShippingKind(m.kind), m.free_from_minor, m.currency) for m in methods)
    transit = transit_of(ways)
    return VendorFacts(
        id=vendor.id,
        slug=vendor.slug,
        name=vendor.name,
        country=vendor.country,
        currency=vendor.currency,
        state=state,
        is_seen=is_seen,
        can_sell=is_seen and level >= 1 and vendor.payout_active_at is not None and not on_holiday,
        level=level,
        certificates=tuple((c.scheme, c.valid_until) for c in valid),
        ships_to=frozenset(transit),
        payout_active=vendor.payout_active_at is not None,
        on_holiday=on_holiday,
        holiday_until=vendor.holiday_until if on_holiday else None,
        inspection_days=vendor.inspection_days,
        opening_minimum_minor=vendor.opening_minimum_minor,
        reorder_minimum_minor=vendor.reorder_minimum_minor,
        exposure_cap_minor=vendor.exposure_cap_minor,
        stock_display=vendor.stock_display,
        approved_at=vendor.approved_at,
        holiday_from=vendor.holiday_from if has_holiday else None,
        next_holiday_until=vendor.holiday_until if has_holiday else None,
        proofs=tuple(_proof_of(certificate) for certificate in valid),
        terms=tuple(vendor.terms),
        transit=transit,
        processes=_chosen(vendor.capabilities, "processes"),
        materials=_chosen(vendor.capabilities, "materials"),
        industries=_chosen(vendor.capabilities, "industries"),
        languages=tuple(vendor.languages),
        verified=verified,
        methods=ways,
        region=vendor.address.get("region") or "",
    )
