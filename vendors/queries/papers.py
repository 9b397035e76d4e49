"""What stands behind a vendor: checklist, documents, levels, certificates, shipping. For the vendor itself and the desk unless it says public."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, select

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.files import StoredFile
from vendors.certificates import was_valid_on
from vendors.facts import Verified
from vendors.levels import is_valid
from vendors.models import Certificate, LevelCheck, LevelProposal, ProposalState, Requirement, ShippingMethod, Vendor
from vendors.queries.vendors import facts_of


def requirements_of(vendor_id: UUID) -> dict[str, Requirement]:
    """The checklist of a vendor by kind."""
    rows = db.session.scalars(select(Requirement).where(Requirement.vendor_id == vendor_id).execution_options(populate_existing=True))
    return {requirement.kind: requirement for requirement in rows}


def documents_of(vendor_id: UUID) -> dict[UUID, StoredFile]:
    """The files that stand behind a vendor's checklist and certificates, by id."""
    ids = [r.file_id for r in requirements_of(vendor_id).values() if r.file_id]
    ids += [c.file_id for c in certificates_of(vendor_id) if c.file_id]
    return {f.id: f for f in db.session.scalars(select(StoredFile).where(StoredFile.id.in_(ids), StoredFile.company_id == vendor_id))}


def level_checks_of(vendor_id: UUID) -> list[LevelCheck]:
    """What was checked for each level, the newest first."""
    query = select(LevelCheck).where(LevelCheck.vendor_id == vendor_id)
    return list(db.session.scalars(query.order_by(LevelCheck.level.desc(), LevelCheck.checked_on.desc(), LevelCheck.id.desc())))


def certificates_of(vendor_id: UUID) -> list[Certificate]:
    """All certificates of a vendor; what may be shown of them, `facts.is_valid_certificate` says."""
    query = select(Certificate).where(Certificate.vendor_id == vendor_id)
    return list(db.session.scalars(query.order_by(Certificate.scheme, Certificate.valid_from.desc())))


def shipping_methods(vendor_id: UUID) -> list[ShippingMethod]:
    """How a vendor ships, the first one first: the first with a zone for a country is used (decisions.md 6)."""
    query = select(ShippingMethod).where(ShippingMethod.vendor_id == vendor_id)
    return list(db.session.scalars(query.order_by(ShippingMethod.position, ShippingMethod.key)))


def shipping_method_of(method_id: UUID, *, vendor_id: UUID) -> ShippingMethod:
    """One shipping method. Raises: NotFound, also for another vendor's."""
    found = next((m for m in shipping_methods(vendor_id) if m.id == method_id), None)
    if found is None:
        raise NotFound
    return found


def verification_of(vendor_id: UUID) -> Verified | None:
    """The check behind the level that is shown today: public, at most a second old. None for a vendor without a level."""
    return facts_of([vendor_id])[vendor_id].verified


def identity_until(vendor_id: UUID) -> date | None:
    """The last day of the check behind level 1; None where it has no end, or has run out."""
    today = clock.now().date()
    ends = [check.valid_until for check in level_checks_of(vendor_id) if check.level == 1 and is_valid(check, today)]
    return None if None in ends else max((end for end in ends if end is not None), default=None)


def proposals_of(vendor_id: UUID) -> list[LevelProposal]:
    """The levels that were recorded for a second reader, the newest first; for the desk."""
    query = select(LevelProposal).where(LevelProposal.vendor_id == vendor_id)
    return list(db.session.scalars(query.order_by(LevelProposal.proposed_at.desc(), LevelProposal.id.desc())))


def open_proposals() -> list[tuple[LevelProposal, str]]:
    """The levels that wait for a second reader with the vendors' names, the oldest first; for the desk."""
    query = select(LevelProposal, Vendor.name).join(Vendor, Vendor.id == LevelProposal.vendor_id)
    rows = db.session.execute(query.where(LevelProposal.state == ProposalState.OPEN).order_by(LevelProposal.proposed_at, LevelProposal.id))
    return [(proposal, name) for proposal, name in rows]


def proposal_of(proposal_id: UUID, *, vendor_id: UUID) -> LevelProposal:
    """A level that was recorded for a second reader; for the desk. Raises: NotFound."""
    found = next((proposal for proposal in proposals_of(vendor_id) if proposal.id == proposal_id), None)
    if found is None:
        raise NotFound
    return found


def level_check_of(check_id: UUID, *, vendor_id: UUID) -> LevelCheck:
    """One check of a level. Raises: NotFound."""
    found = next((check for check in level_checks_of(vendor_id) if check.id == check_id), None)
    if found is None:
        raise NotFound
    return found


def lock_proposal(proposal_id: UUID, *, vendor_id: UUID) -> LevelProposal:
    """A level that waits for a second reader, locked; for the desk. Raises: NotFound."""
    query = select(LevelProposal).where(LevelProposal.id == proposal_id, LevelProposal.vendor_id == vendor_id)
    found = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def certificates_on(vendor_id: UUID, day: date) -> list[Certificate]:
    """What a buyer could rely on that day: the proof that an order of the day keeps (product.md §10). Public for who may see the vendor."""
    return [certificate for certificate in certificates_of(vendor_id) if was_valid_on(certificate, day)]


def certificate_of(certificate_id: UUID, *, vendor_id: UUID) -> Certificate:
    """One certificate. Raises: NotFound, also for another vendor's."""
    query = select(Certificate).where(Certificate.id == certificate_id, Certificate.vendor_id == vendor_id)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def certificate_by_id(certificate_id: UUID) -> Certificate:
    """Any vendor's certificate; for the desk and the clockwork. Raises: NotFound."""
    found = db.session.get(Certificate, certificate_id)
    if found is None:
        raise NotFound
    return found


def lock_certificate(certificate_id: UUID, *, vendor_id: UUID | None = None) -> Certificate:
    """A certificate, locked; without `vendor_id` for the desk and the clockwork. Raises: NotFound, also for another vendor's."""
    query = select(Certificate).where(Certificate.id == certificate_id)
    if vendor_id is not None:
        query = query.where(Certificate.vendor_id == vendor_id)
    found = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def certificates_ending(vendor_id: UUID, *, within_days: int) -> list[Certificate]:
    """Certificates that are shown today and end within so many days, the soonest first."""
    today = clock.now().date()
    query = select(Certificate).where(
        Certificate.vendor_id == vendor_id,
        Certificate.checked_at.is_not(None),
        Certificate.withdrawn_at.is_(None),
        Certificate.valid_until.between(today, today + timedelta(days=within_days)),
    )
    return list(db.session.scalars(query.order_by(Certificate.valid_until, Certificate.id)))


def files_by_id(file_ids: Sequence[UUID], *, company_id: UUID) -> dict[UUID, StoredFile]:
    """Files of a company by id; others are left out."""
    query = select(StoredFile).where(StoredFile.id.in_(file_ids), StoredFile.company_id == company_id)
    return {stored.id: stored for stored in db.session.scalars(query)} if file_ids else {}


def sent_by_others(sha256: str, *, company_id: UUID) -> int:
    """How many other companies have sent the very same file; for the desk."""
    query = select(func.count(StoredFile.company_id.distinct())).where(StoredFile.sha256 == sha256, StoredFile.company_id != company_id)
    return db.session.scalar(query) or 0
