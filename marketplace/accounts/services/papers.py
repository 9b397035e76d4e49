"""What a company shows to tax offices: its numbers, and the papers that free it from a tax."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from marketplace.accounts import queries
from marketplace.accounts.errors import FactsChecked, NumberThere, TooManyNumbers
from marketplace.accounts.models import ExemptionCertificate
from marketplace.core import audit, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id

MOST_NUMBERS = 30


def add_tax_number(company_id: UUID, number: dict[str, str], *, country: str, actor: Actor) -> None:
    """Put a number into the company's list. `number` is {scheme, value, display} as `check_tax_id` gave it: its form is right.

    Whether it is in use, a register would have to say: `checked_at` and `checked_how` stay empty until one was asked.
    Raises: NumberThere, TooManyNumbers.
    """
    company = queries.lock_company(company_id)
    if any((t["scheme"], t["value"]) == (number["scheme"], number["value"]) for t in company.tax_ids):
        raise NumberThere
    if len(company.tax_ids) >= MOST_NUMBERS:
        raise TooManyNumbers
    stamps = {"country": country, "added_at": clock.now().isoformat(), "checked_at": None, "checked_how": None}
    company.tax_ids = [*company.tax_ids, number | stamps]
    after = {"number": number["display"], "scheme": number["scheme"]}
    audit.record(actor, "company.number_added", "company", company_id, companies=(company_id,), after=after)


def remove_tax_number(company_id: UUID, scheme: str, value: str, *, checked: Collection[tuple[str, str]] = (), actor: Actor) -> None:
    """Take a number from the list; orders keep what they were taxed by. `checked` are the (scheme, value) of a vendor that a verifier has
    seen: they change by a check alone. Raises: NotFound, FactsChecked.
    """
    company = queries.lock_company(company_id)
    gone = next((t for t in company.tax_ids if (t["scheme"], t["value"]) == (scheme, value)), None)
    if gone is None:
        raise NotFound
    if (scheme, value) in checked:
        raise FactsChecked
    company.tax_ids = [t for t in company.tax_ids if t is not gone]
    before = {"number": gone["display"], "scheme": scheme}
    audit.record(actor, "company.number_removed", "company", company_id, companies=(company_id,), before=before)


def add_exemption(
    company_id: UUID, *, jurisdiction: str, number: str, file_id: UUID, valid_from: date, valid_until: date | None, actor: Actor
) -> ExemptionCertificate:
    """A certificate with its file, which the door has stored. It counts within its dates (product.md §4)."""
    certificate = ExemptionCertificate(
        id=new_id(),
        company_id=company_id,
        jurisdiction=jurisdiction,
        number=number,
        file_id=file_id,
        valid_from=valid_from,
        valid_until=valid_until,
        added_at=clock.now(),
        removed_at=None,
    )
    db.session.add(certificate)
    after = {
        "jurisdiction": jurisdiction,
        "number": number,
        "valid_from": valid_from.isoformat(),
        "valid_until": valid_until.isoformat() if valid_until else None,
    }
    audit.record(actor, "exemption.added", "exemption_certificate", certificate.id, companies=(company_id,), after=after)
    return certificate


def remove_exemption(exemption_id: UUID, *, company_id: UUID, actor: Actor) -> None:
    """The certificate counts no more; it and its file stay for the tax office. Raises: NotFound."""
    certificate = queries.exemption_of(exemption_id, company_id=company_id)
    certificate.removed_at = clock.now()
    before = {"jurisdiction": certificate.jurisdiction, "number": certificate.number}
    audit.record(actor, "exemption.removed", "exemption_certificate", exemption_id, companies=(company_id,), before=before)
