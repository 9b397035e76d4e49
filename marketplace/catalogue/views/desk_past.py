"""What was decided about a listing before, for whoever decides again: its takings down, the change refused last, its history."""

from typing import Any
from uuid import UUID

from marketplace.accounts import telling
from marketplace.catalogue import queries
from marketplace.catalogue.models import ProductState
from marketplace.catalogue.queries import CheckRow
from marketplace.catalogue.reasons import words_of
from marketplace.catalogue.review import with_proposal
from marketplace.catalogue.views.both import differences_in_words
from marketplace.catalogue.views.versions import category_names, codes_of
from marketplace.catalogue.wording import STATES, TAKEN_DOWN
from marketplace.core import audit
from marketplace.core.i18n import gettext
from vendors import queries as vendors

MOST_LINES = 60
"""Lines of history that the page shows, the newest; the audit log has all of them."""


def past_of(row: CheckRow) -> dict[str, Any]:
    """What the page says of the past; `since` are the fields that were changed since the last taking down."""
    takedowns = queries.takedowns_of(row.id)
    files = vendors.files_by_id([one for each in takedowns for one in each.file_ids], company_id=row.vendor_id)
    is_down = bool(takedowns) and takedowns[0].ended is None and row.state is ProductState.REFUSED
    refused = queries.refused_change(row.id)
    before = queries.version_content(row.id, takedowns[0].version) if takedowns and takedowns[0].version != row.version else None
    wanted = with_proposal(row.content, refused.content) if refused is not None else None
    return {
        "takedowns": [
            {
                "taken": each,
                "reasons": words_of(each.reasons),
                "source": gettext(queries.SOURCES[each.source]),
                "stands": queries.how_it_stands(each, row.state),
                "evidence": [files[one] for one in each.file_ids if one in files],
            }
            for each in takedowns
        ],
        "may_undo": is_down,
        "state": TAKEN_DOWN if is_down else STATES[row.state],
        "since": _differences(before, row.content) if before else [],
        "refused_reasons": words_of(refused.reasons) if refused is not None else [],
        "refused": _differences(row.content, wanted) if wanted is not None else [],
        "history": _history(row.id),
    }


def _differences(stands: Any, wanted: Any) -> list[tuple[str, str, str]]:
    known = queries.definitions_by_code(codes_of(dict(stands)) | codes_of(dict(wanted)))
    return differences_in_words(stands, wanted, known=known, names=category_names())


def _history(product_id: UUID) -> list[dict[str, Any]]:
    """For the macro `steps`, the newest first."""
    steps = []
    for event in reversed(audit.history_of(product_id, company_id=None)[-MOST_LINES:]):
        words = [str(event.after["reason"])] if event.after.get("reason") else []
        note = " · ".join([event.actor_name if event.actor_id else gettext("the platform"), *words])
        steps.append({"text": telling.sentence(event.act, event.before, event.after), "at": event.at, "note": note, "is_done": True})
    return steps
