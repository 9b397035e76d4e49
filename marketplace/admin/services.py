"""Acts of the desk that belong to no other room."""

from uuid import NAMESPACE_URL, UUID, uuid5

from marketplace.admin.errors import Stale
from marketplace.admin.models import DeskNote
from marketplace.core import audit, clock, jobs, policy
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound, Unauthenticated
from marketplace.core.ids import new_id
from marketplace.core.policy import PolicySetting


def try_job_again(job_id: UUID, *, actor: Actor) -> None:
    """Queue a job again that was given up. Raises: NotFound (no such job, or it was not given up)."""
    job = jobs.try_again(job_id)
    if job is None:
        raise NotFound
    audit.record(actor, "job.tried_again", "job", job_id, after={"name": job.name, "args": job.args})


def setting_id(key: str) -> UUID:
    """Under which the history of a setting is kept."""
    return uuid5(NAMESPACE_URL, f"setting:{key}")


def change_setting(key: str, value: int | str, *, seen: int | str, reason: str, actor: Actor) -> None:
    """Set a number of the trade from now on; what is frozen into orders stays. Raises: Stale (another has changed it since)."""
    policy.forget()
    now = getattr(policy.current(), key)
    if now != seen:
        raise Stale(now=now)
    row = db.session.get(PolicySetting, key, with_for_update=True)
    if row is None:
        row = PolicySetting(key=key, value={}, changed_at=clock.now(), changed_by=actor.person_id)
        db.session.add(row)
    row.value = {"value": value}
    row.changed_at, row.changed_by = clock.now(), actor.person_id
    after = {"setting": key, "value": value, "reason": reason}
    audit.record(actor, "setting.changed", "setting", setting_id(key), before={"setting": key, "value": now}, after=after)
    policy.forget()


def write_note(subject_kind: str, subject_id: UUID, text: str, *, actor: Actor) -> None:
    """Keep a note of staff about a company or a person."""
    if actor.person_id is None:
        raise Unauthenticated
    db.session.add(
        DeskNote(
            id=new_id(),
            subject_kind=subject_kind,
            subject_id=subject_id,
            text=text,
            by_id=actor.person_id,
            by_name=actor.name,
            at=clock.now(),
        )
    )
    audit.record(actor, "desk_note.written", subject_kind, subject_id)
