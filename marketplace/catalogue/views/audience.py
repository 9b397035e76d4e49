"""Whom a vendor can name as those who see a listing: countries, companies that have ordered from it, its segments."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Company
from marketplace.core import i18n
from marketplace.core.db import db
from marketplace.core.ids import parse_id
from marketplace.pricing.models import Segment
from marketplace.quality import queries as quality

LIMIT = 200
Options = list[tuple[str, str]]


def countries() -> Options:
    """(code, name) of all countries."""
    return i18n.countries()


def companies(vendor_id: UUID, named: Sequence[str]) -> Options:
    """(id, name) of the vendor's customers, and of those that the listing names already."""
    found = {str(row.buyer_id): row.name for row in db.session.execute(quality.customers(vendor_id).limit(LIMIT))}
    missing = [key for one in named if one not in found and (key := parse_id(one))]
    if missing:
        found |= {str(key): name for key, name in db.session.execute(select(Company.id, Company.name).where(Company.id.in_(missing)))}
    return sorted(found.items(), key=lambda pair: pair[1].casefold())


def segments(vendor_id: UUID) -> Options:
    """(id, name) of the vendor's own segments."""
    rows = db.session.execute(select(Segment.id, Segment.name).where(Segment.vendor_id == vendor_id).order_by(Segment.name).limit(LIMIT))
    return [(str(segment_id), name) for segment_id, name in rows]


def strangers(vendor_id: UUID, companies_named: Sequence[UUID], segments_named: Sequence[UUID], before: Sequence[str]) -> bool:
    """Whether a form names companies that are no customers, or segments of somebody else: nobody typed those by hand."""
    known = {key for key, _ in companies(vendor_id, before)}
    own = {key for key, _ in segments(vendor_id)}
    return not ({str(one) for one in companies_named} <= known and {str(one) for one in segments_named} <= own)
