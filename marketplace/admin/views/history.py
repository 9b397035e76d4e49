"""The audit log."""

import json
from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from flask import render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts import telling
from marketplace.accounts.permissions import Permission
from marketplace.admin import queries
from marketplace.admin.views.blueprint import bp
from marketplace.admin.views.lines import lines_of, skus_named, with_skus
from marketplace.core import clock
from marketplace.core.audit import AuditEvent
from marketplace.core.downloads import download_csv
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import in_parts
from marketplace.core.web import requires

HEAD = (
    lazy("No."), lazy("When"), lazy("Who"), lazy("What was done"), lazy("Companies"), lazy("Before"), lazy("After"), lazy("Network"),
    lazy("Short code"), lazy("Person, by id"), lazy("Kind of thing"), lazy("Thing, by id"), lazy("Request, by id"),
)  # fmt: skip
"""What people read, then what programs tie other records to."""
COMPANIES_SHOWN = 5


@bp.get("/desk/audit")
@requires(Permission.AUDIT_VIEW)
def show_audit_log() -> str:
    """Lines of history, newest first, narrowed by company, act, person or days."""
    asked = queries.AUDIT.read(request.args)
    found = queries.AUDIT.page(queries.all_history(), asked)
    names = queries.company_names({company for event in found.rows for company in event.companies})
    return render_template(
        "admin/show_audit_log.html", asked=asked, found=found, lines=lines_of(found.rows), names=names, shown=COMPANIES_SHOWN
    )


@bp.get("/desk/audit.csv")
@requires(Permission.AUDIT_VIEW)
def export_audit_log() -> Response:
    """The same lines as a file."""
    events = queries.AUDIT.rows(queries.all_history(), queries.AUDIT.read(request.args))
    return download_csv([gettext(word) for word in HEAD], _rows(events), f"audit-{clock.now():%Y-%m-%d}.csv")


def _rows(events: Iterable[AuditEvent]) -> Iterator[list[object]]:
    names: dict[UUID, str] = {}
    for part in in_parts(events):
        names |= queries.company_names({company for event in part for company in event.companies}.difference(names))
        skus = skus_named(part)
        yield from (_row(event, names, skus) for event in part)


def _row(event: AuditEvent, names: Mapping[UUID, str], skus: Mapping[str, str]) -> list[object]:
    return [
        event.seq,
        event.at.isoformat(),
        event.actor_name,
        telling.sentence(event.act, event.before, event.after),
        "; ".join(names.get(company, str(company)) for company in event.companies),
        json.dumps(with_skus(event.before, skus), ensure_ascii=False),
        json.dumps(with_skus(event.after, skus), ensure_ascii=False),
        event.network,
        event.act,
        event.actor_id,
        event.subject_kind,
        event.subject_id,
        event.request_id,
    ]
