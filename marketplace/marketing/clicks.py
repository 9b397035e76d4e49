"""The mark that a sponsored place puts into an address (pure): who clicks it was shown the place, and not sent there by somebody else."""

from datetime import date, timedelta
from uuid import UUID

from itsdangerous import Signer

from marketplace.core.ids import parse_id

PLACE = "ad"
"""The parameter of the address."""
SALT = "marketing.place"


def mark_of(place_id: UUID, company_id: UUID, day: date, secret: str) -> str:
    """The place and a signature over place, company and day (UTC) of showing."""
    return f"{place_id}.{_signature(place_id, company_id, day, secret)}"


def read_mark(mark: str, company_id: UUID, today: date, secret: str) -> tuple[UUID, date] | None:
    """(place, day of showing) of a mark that was made for this company today or yesterday; None for anything else."""
    name, _, signature = mark.partition(".")
    place_id = parse_id(name)
    if place_id is None:
        return None
    for day in (today, today - timedelta(days=1)):
        if Signer(secret, salt=SALT).verify_signature(_signed(place_id, company_id, day), signature):
            return place_id, day
    return None


def _signature(place_id: UUID, company_id: UUID, day: date, secret: str) -> str:
    return Signer(secret, salt=SALT).get_signature(_signed(place_id, company_id, day)).decode()


def _signed(place_id: UUID, company_id: UUID, day: date) -> str:
    return f"{place_id}:{company_id}:{day.isoformat()}"
