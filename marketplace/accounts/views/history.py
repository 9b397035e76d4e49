"""The history of the company: what was done, by whom, when; for those who answer for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Response, render_template, request

from marketplace.accounts import queries, telling
from marketplace.accounts.permissions import Permission
from marketplace.accounts.views.blueprint import bp
from marketplace.core import clock
from marketplace.core.acting import viewer_here
from marketplace.core.audit import AuditEvent
from marketplace.core.downloads import download_csv
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import in_parts
from marketplace.core.web import requires

HEAD = (
    lazy("When"),
    lazy("Who"),
    lazy("Company"),
    lazy("What was done"),
    lazy("Before"),
    lazy("After"),
    lazy("Network"),
    lazy("Short code"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """An act as the page tells it. `company` stands there for people of the other side; their network is not ours to see."""

    at: datetime
    who: str
    company: str | None
    text: str
    is_told: bool
    changes: list[telling.Changed]
    network: str
    act: str


def _lines(events: Sequence[AuditEvent], company_id: UUID) -> Iterator[Line]:
    own, sides = queries.people_ever_in(company_id), queries.sides_of(events)
    for event in events:
        is_own = event.actor_id is None or event.actor_id in own
        other = next((sides[person, c] for c in event.companies if (person, c) in sides), None) if (person := event.actor_id) else None
        text = telling.sentence(event.act, event.before, event.after)
        yield Line(
            event.at,
            event.actor_name if event.actor_id else gettext("The platform's own clockwork"),
            None if is_own else other or gettext("The platform"),
            text,
            event.act in telling.SENTENCES or telling.composed(event.act) is not None,
            telling.unsaid(text, telling.changes(event.before, event.after)),
            event.network if event.actor_id in own else "",
            event.act,
        )


@bp.get("/company/history")
@requires(Permission.HISTORY_VIEW)
def show_history() -> str:
    """Acts that concern the company, newest first."""
    viewer = viewer_here()
    table = queries.history_table(viewer.company_id)
    asked = table.read(request.args)
    found = table.page(queries.history_of_company(viewer.company_id), asked)
    lines = list(_lines(found.rows, viewer.company_id))
    return render_template("accounts/show_history.html", asked=asked, found=found, lines=lines)


@bp.get("/company/history.csv")
@requires(Permission.HISTORY_VIEW)
def export_history() -> Response:
    """The same lines as a file, at most 50,000."""
    viewer = viewer_here()
    table = queries.history_table(viewer.company_id)
    events = table.rows(queries.history_of_company(viewer.company_id), table.read(request.args))
    cells = (
        (
            line.at.isoformat(),
            line.who,
            line.company or viewer.company_name,
            line.text,
            "; ".join(f"{change.field}: {change.before}" for change in line.changes if change.before),
            "; ".join(f"{change.field}: {change.after}" for change in line.changes if change.after),
            line.network,
            line.act,
        )
        for part in in_parts(events)
        for line in _lines(part, viewer.company_id)
    )
    return download_csv([gettext(word) for word in HEAD], cells, f"history-{clock.now():%Y-%m-%d}.csv")
