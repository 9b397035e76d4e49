"""Support acts as a company for half an hour, with a reason that the company can read (docs/decisions/0015)."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from marketplace.accounts.errors import NoVisit
from marketplace.accounts.models import Company, SupportVisit
from marketplace.core import audit, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id

LASTS = timedelta(minutes=30)


def begin_visit(company_id: UUID, *, session_id: UUID, reason: str, actor: Actor) -> None:
    """Act as the company from the next request on. Raises: NotFound, NoVisit (the operator's own company)."""
    company = db.session.get(Company, company_id)
    if company is None:
        raise NotFound
    if company.is_operator or actor.person_id is None:
        raise NoVisit
    end_visit(session_id, actor=actor)
    now = clock.now()
    visit = SupportVisit(
        id=new_id(),
        session_id=session_id,
        person_id=actor.person_id,
        company_id=company.id,
        reason=reason,
        began_at=now,
        ends_at=now + LASTS,
        ended_at=None,
    )
    db.session.add(visit)
    concerned = tuple(c for c in (company.id, actor.company_id) if c)
    after = {"reason": reason, "ends_at": visit.ends_at.isoformat()}
    audit.record(actor, "company.visited", "company", company.id, companies=concerned, after=after)


def end_visit(session_id: UUID, *, actor: Actor) -> UUID | None:
    """Be oneself again; returns the company that was visited, None when none was."""
    ended = db.session.execute(
        update(SupportVisit)
        .where(SupportVisit.session_id == session_id, SupportVisit.ended_at.is_(None))
        .values(ended_at=clock.now())
        .returning(SupportVisit.company_id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if ended is not None:
        operator = db.session.scalar(select(Company.id).where(Company.is_operator))
        audit.record(actor, "company.visit_ended", "company", ended, companies=tuple(c for c in (ended, operator) if c))
    return ended
