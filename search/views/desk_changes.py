"""The whole history of synonyms and pins at the desk: filtered, walked and exported like every table, and changes taken back."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core import clock
from marketplace.core.acting import Page
from marketplace.core.db import transaction
from marketplace.core.downloads import download_csv
from marketplace.core.i18n import gettext, lazy
from marketplace.core.links import url_for
from marketplace.core.tables import in_parts
from marketplace.core.web import current_actor, own_path, path_id, requires
from search import queries
from search.learning import changes, rules, services
from search.learning.errors import RuleRefused, TakenBackAlready
from search.learning.models import RuleChange
from search.views.blueprint import bp
from search.views.desk_forms import history

HEAD = (
    lazy("When"), lazy("Who"), lazy("Kind"), lazy("What"), lazy("Field"), lazy("Before"), lazy("After"), lazy("Taken back"),
    lazy("Taken back by"),
)  # fmt: skip


@bp.get("/desk/search/changes")
@requires(Permission.DESK_VIEW)
def list_changes() -> str:
    """Every change, the newest first."""
    asked = changes.CHANGES.read(request.args)
    found = changes.CHANGES.page(changes.all_changes(), asked)
    return render_template("search/list_changes.html", asked=asked, found=found, changes=history(found.rows, skus_in(found.rows)))


@bp.get("/desk/search/changes.csv")
@requires(Permission.DESK_VIEW)
def export_changes() -> Response:
    """The same rows as a file: a line for each field that changed."""
    found = changes.CHANGES.rows(changes.all_changes(), changes.CHANGES.read(request.args))
    lines = (line for part in in_parts(found) for line in _lines(part))
    return download_csv([gettext(word) for word in HEAD], lines, f"search-changes-{clock.now():%Y-%m-%d}.csv")


def _lines(part: Sequence[RuleChange]) -> Iterator[tuple[object, ...]]:
    for row in history(part, skus_in(part)):
        change = row["change"]
        kind = gettext(changes.KINDS[change.kind])
        undone = change.undone_at.isoformat() if change.undone_at else ""
        for label, before, after in row["fields"]:
            yield change.made_at.isoformat(), change.made_by_name, kind, row["done"], label, before, after, undone, change.undone_by_name


def skus_in(found: Sequence[RuleChange]) -> Mapping[str, str]:
    """SKUs of the variants that changes name, by id as text."""
    ids = {UUID(one) for change in found for side in (change.before, change.after) for one in side.get("variant_ids", ())}
    return {str(one): sku for one, sku in queries.skus_of(ids).items()} if ids else {}


@bp.post("/desk/search/changes/<change_id>/undo")
@requires(Permission.SEARCH_EDIT)
def undo_rule_change(change_id: str) -> Page:
    """Take a change of a synonym or a pin back, and say where it was pressed whether that went. A second press finds it done."""
    key = path_id(change_id)
    try:
        with transaction():
            services.undo_change(key, actor=current_actor())
        flash(gettext("Taken back. Searches follow within a second."), "done")
    except TakenBackAlready as done:
        flash(gettext(done.text), "done")
    except RuleRefused as refused:
        flash(gettext(refused.text, **refused.values), "late")
    there = url_for("search.list_changes", kind=rules.change_by_id(key).kind.value)
    return redirect(own_path(request.form.get("next"), there), 303)
