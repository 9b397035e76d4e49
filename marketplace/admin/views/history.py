"""The audit log."""

import json
from datetime import date
from uuid import UUID

from flask import Response, render_template

from marketplace.accounts.permissions import Permission
from marketplace.admin import queries, words
from marketplace.admin.queries import AuditFilter
from marketplace.admin.views.blueprint import asked, bp
from marketplace.core import clock
from marketplace.core.audit import AuditEvent
from marketplace.core.sheets import write_csv
from marketplace.core.web import current_viewer, requires

HEAD = ("seq", "at", "actor", "actor_id", "act", "subject_kind", "subject_id", "companies", "before", "after", "request_id", "network")


@bp.get("/desk/audit")
@requires(Permission.AUDIT_VIEW)
def show_audit_log() -> str:
    """Lines of history, newest first, narrowed by company, act or day."""
    chosen = _filter()
    place = asked("after")
    events, following = queries.history(chosen, before_seq=int(place) if place.isascii() and place.isdigit() and len(place) < 19 else None)
    names = queries.company_names({company for event in events for company in event.companies})
    return render_template(
        "admin/show_audit_log.html", events=events, names=names, next=following, chosen=chosen, typed_day=asked("day"), words=words
    )


@bp.get("/desk/audit.csv")
@requires(Permission.AUDIT_VIEW)
def export_audit_log() -> Response:
    """The same lines as a file, at most 10,000."""
    events = queries.history_for_export(_filter())
    names = queries.company_names({company for event in events for company in event.companies})
    response = Response(write_csv(HEAD, [_row(event, names) for event in events]), mimetype="text/csv")
    response.headers["Content-Disposition"] = f"attachment; filename=audit-{clock.now():%Y-%m-%d}.csv"
    return response


def _filter() -> AuditFilter:
    viewer = current_viewer()
    try:
        day = date.fromisoformat(asked("day"))
    except ValueError:
        day = None
    return AuditFilter(company=asked("company"), act=asked("act"), day=day, zone=viewer.time_zone if viewer else "UTC")


def _row(event: AuditEvent, names: dict[UUID, str]) -> list[object]:
    return [
        event.seq,
        event.at.isoformat(),
        event.actor_name,
        event.actor_id,
        event.act,
        event.subject_kind,
        event.subject_id,
        "; ".join(names.get(company, str(company)) for company in event.companies),
        json.dumps(event.before, ensure_ascii=False),
        json.dumps(event.after, ensure_ascii=False),
        event.request_id,
        event.network,
    ]
