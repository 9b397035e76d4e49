"""Exemption certificates: papers that free a company from a tax."""

from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from marketplace.accounts.models import ExemptionCertificate
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.files import StoredFile


def exemptions_of(company_id: UUID, on: date) -> list[ExemptionCertificate]:
    """The certificates of a company that are valid on a day: not removed, and inside their dates."""
    query = select(ExemptionCertificate).where(
        ExemptionCertificate.company_id == company_id,
        ExemptionCertificate.removed_at.is_(None),
        ExemptionCertificate.valid_from <= on,
        or_(ExemptionCertificate.valid_until.is_(None), ExemptionCertificate.valid_until >= on),
    )
    return list(db.session.scalars(query.order_by(ExemptionCertificate.jurisdiction, ExemptionCertificate.id)))


def kept_exemptions(company_id: UUID) -> list[tuple[ExemptionCertificate, StoredFile]]:
    """All certificates of a company that were not removed, also those that ended, with their files, by jurisdiction."""
    rows = db.session.execute(
        select(ExemptionCertificate, StoredFile)
        .join(StoredFile, StoredFile.id == ExemptionCertificate.file_id)
        .where(ExemptionCertificate.company_id == company_id, ExemptionCertificate.removed_at.is_(None))
        .order_by(ExemptionCertificate.jurisdiction, ExemptionCertificate.valid_from.desc(), ExemptionCertificate.id)
    )
    return [(certificate, stored) for certificate, stored in rows]


def exemption_of(exemption_id: UUID, *, company_id: UUID) -> ExemptionCertificate:
    """One certificate. Raises: NotFound, also for another company's and a removed one."""
    found = db.session.scalar(
        select(ExemptionCertificate).where(
            ExemptionCertificate.id == exemption_id,
            ExemptionCertificate.company_id == company_id,
            ExemptionCertificate.removed_at.is_(None),
        )
    )
    if found is None:
        raise NotFound
    return found
