"""The desk's list of vendors."""

from collections.abc import Iterator

from flask import render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.admin import queries, words
from marketplace.admin.views.blueprint import bp
from marketplace.core import clock
from marketplace.core.downloads import download_csv
from marketplace.core.i18n import country, gettext, lazy
from marketplace.core.tables import EXPORT_CHUNK, Asked
from marketplace.core.web import requires
from vendors import queries as vendors
from vendors.models import Vendor

HEAD = (
    lazy("Name"), lazy("Country"), lazy("State"), lazy("Reason"), lazy("Level"), lazy("Payout account ready since"), lazy("Orders"), lazy("Since"),
)  # fmt: skip


@bp.get("/desk/vendors")
@requires(Permission.DESK_VIEW)
def list_vendors() -> str:
    """All vendors in any state."""
    asked = queries.VENDORS.read(request.args)
    found = queries.VENDORS.page(queries.all_vendors(), asked)
    ids = [vendor.id for vendor in found.rows]
    return render_template(
        "admin/list_vendors.html", asked=asked, found=found, facts=vendors.facts_of(ids), orders=queries.order_counts(ids), words=words
    )


@bp.get("/desk/vendors.csv")
@requires(Permission.DESK_VIEW)
def export_vendors() -> Response:
    """The same rows as a file."""
    return download_csv([gettext(word) for word in HEAD], _rows(queries.VENDORS.read(request.args)), f"vendors-{clock.now():%Y-%m-%d}.csv")


def _rows(asked: Asked) -> Iterator[tuple[object, ...]]:
    part: list[Vendor] = []
    for vendor in queries.VENDORS.rows(queries.all_vendors(), asked):
        part.append(vendor)
        if len(part) == EXPORT_CHUNK:
            yield from _written(part)
            part = []
    yield from _written(part)


def _written(part: list[Vendor]) -> Iterator[tuple[object, ...]]:
    ids = [vendor.id for vendor in part]
    facts, orders = vendors.facts_of(ids), queries.order_counts(ids)
    for vendor in part:
        fact, since = facts.get(vendor.id), vendor.payout_active_at
        yield (
            vendor.name,
            country(vendor.country),
            gettext(words.VENDOR[vendor.state][0]),
            vendor.state_reason or "",
            fact.level if fact and fact.level is not None else "",
            since.isoformat() if since else "",
            orders.get(vendor.id, 0),
            vendor.created_at.isoformat(),
        )
