"""Goods or vendors side by side, at my quantity and to my place; kept over pages and log-in, printed, as CSV, and as a link for others."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from flask import Response, make_response, render_template, request, session

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import ProductState
from marketplace.core import policy
from marketplace.core.downloads import download_csv
from marketplace.core.i18n import gettext
from marketplace.core.links import absolute_url, url_with_query
from marketplace.core.web import current_viewer, page_url, public
from search import queries
from search.queries import ShownVariant
from search.schemas import CompareInput
from search.views.blueprint import bp
from search.views.cells import Row, table_of
from search.views.comparison import Column, are_alike, columns_of, groups_of
from search.views.reader import Reader, reader
from search.views.ticks import MOST, keep_ticks, kept_ticks
from search.views.vendor_rows import score_row, trading_rows, vendor_rows
from vendors.facts import VendorFacts

MOST_VENDORS = 500
REMEMBERED = ("ship_to", "quantity")


@dataclass(frozen=True, slots=True)
class Compared:
    """What a page or a sheet shows of goods."""

    asked: CompareInput
    who: Reader
    columns: list[Column]
    groups: list[tuple[str, list[Row]]]
    kept: list[UUID]
    """What stays kept, in this order: what this reader sees, and what was kept before though it cannot be shown now, because it may be on
    sale again, or seen after the log-in. It goes when it is taken out.
    """
    waiting: Sequence[ShownVariant]
    """What does not fit beside the others; it is kept, and moves up when one of them is taken out."""
    unkept: Sequence[ShownVariant]
    """What is more than can be kept."""
    withheld: Sequence[ShownVariant]
    """What this reader may know of, and nobody can buy now."""
    gone: Sequence[UUID]
    """What is not for sale to this reader, and is not named."""


def _reader(asked: CompareInput) -> Reader:
    """The reader; of a shared link everybody reads what a visitor does: public goods at public prices."""
    remembered = {name: session[name] for name in REMEMBERED if name in session}
    who = reader()
    if not asked.shared:
        return who
    for name in REMEMBERED:  # somebody else's place and quantity are for this page alone
        session.pop(name, None)
    session.update(remembered)
    return replace(who, company_id=None, keys=catalogue.keys_of(None, who.ship_to))


def _compared() -> Compared:
    """What the address asks for, with what was compared before; a shared link neither shows nor changes what the reader keeps."""
    asked = CompareInput.read(request.args)
    who, limit = _reader(asked), policy.current().compare_limit
    wanted = asked.with_kept(() if asked.shared else kept_ticks())
    seen = queries.shown_variants(wanted, keys=who.keys)
    here, before = {found.line.variant_id for found in seen}, set(kept_ticks())
    away = [one for one in wanted if one not in here]
    # Who kept it has seen it; whoever only writes an id into the address is told nothing of what is not on sale.
    withheld = queries.withheld_variants(known, keys=who.keys) if (known := [one for one in away if one in before]) else []
    named = {found.line.variant_id for found in withheld}
    kept = [one for one in wanted if one in here or one in before][:MOST]
    columns = columns_of(seen[:limit], who)
    return Compared(
        asked,
        who,
        columns,
        groups=_shown(groups_of(columns, who) if columns else [], asked),
        kept=kept,
        waiting=[found for found in seen[limit:] if found.line.variant_id in kept],
        unkept=[found for found in seen[limit:] if found.line.variant_id not in kept],
        withheld=withheld,
        gone=[one for one in away if one not in named],
    )


def _kept_with(answer: Response | str, found: Compared) -> Response:
    """An answer after which the reader keeps what was found; a shared link changes nothing of that."""
    response = make_response(answer)
    return response if found.asked.shared else keep_ticks(response, found.kept)


def _shown(groups: Sequence[tuple[str, list[Row]]], asked: CompareInput) -> list[tuple[str, list[Row]]]:
    if not asked.differ:
        return [group for group in groups if group[1]]
    return [(title, differing) for title, rows in groups if (differing := [row for row in rows if row.differs])]


@bp.get("/compare")
@public
def compare() -> Response:
    """Side by side. What cannot be bought now is left out and said, by name where the reader may know it, until it is taken out."""
    if "vendor" in request.args:
        return make_response(_compare_vendors())
    found, viewer = _compared(), current_viewer()
    may_add = viewer is not None and viewer.can(Permission.CART_EDIT) and not found.asked.shared
    shown = render_template(
        "search/compare.html",
        columns=found.columns,
        waiting=found.waiting,
        unkept=found.unkept,
        are_alike=are_alike(found.columns),
        groups=found.groups,
        reader=found.who,
        asked=found.asked,
        limit=policy.current().compare_limit,
        withheld=[(each, _why_withheld(each)) for each in found.withheld],
        gone=found.gone,
        most=MOST,
        search_url=page_url("search.results"),
        shops_url=page_url("vendors.list_shops"),
        add_url=page_url("carts.add_line") if may_add else None,
        share_url=_share_url(found) if found.columns else None,
        csv_url=url_with_query("search.export_compare"),
        vendor_slugs=list(dict.fromkeys(column.found.vendor.slug for column in found.columns)),
    )
    return _kept_with(shown, found)


def _why_withheld(found: ShownVariant) -> str:
    line = found.line
    if line.product_state is ProductState.PAUSED:
        return gettext("Paused by the vendor")
    if line.is_listed:
        return gettext("A part of the kit cannot be bought now")
    return gettext("Taken off sale")


def _share_url(found: Compared) -> str:
    """The address for others: ids, quantity and place, and the word that makes everybody read public prices."""
    values: dict[str, object] = {
        "variant": [str(column.variant_id) for column in found.columns],
        "ship_to": found.who.ship_to,
        "shared": "1",
    }
    if found.who.quantity_sent:
        values["quantity"] = found.who.quantity_sent
    return absolute_url("search.compare", **values)


@bp.get("/compare.csv")
@public
def export_compare() -> Response:
    """The same table as a sheet; unknown stays the word."""
    if "vendor" in request.args:
        vendors, _ = _vendors()
        asked = CompareInput.read(request.args)
        groups = _shown(_vendor_groups(vendors, _reader(asked)), asked) if vendors else []
        return _sheet([vendor.name for vendor in vendors], groups)
    found = _compared()
    return _sheet([f"{column.found.line.sku}, {column.found.vendor.name}" for column in found.columns], found.groups)


def _sheet(titles: list[str], groups: Sequence[tuple[str, list[Row]]]) -> Response:
    return download_csv([gettext("Group"), gettext("Fact"), *titles], table_of(titles, groups), "comparison.csv")


def _vendors() -> tuple[list[VendorFacts], int]:
    """(the vendors that the address names and that may be seen, how many were left out)."""
    slugs = list(dict.fromkeys(slug for slug in request.args.getlist("vendor") if slug))
    removed = request.args.getlist("remove")
    by_slug = {vendor.slug: vendor for vendor in queries.seen_vendors().facts.values() if vendor.is_seen}
    found = [by_slug[slug] for slug in slugs if slug in by_slug and slug not in removed]
    limit = policy.current().compare_limit
    return found[:limit], len([slug for slug in slugs if slug not in removed]) - len(found[:limit])


def _vendor_groups(vendors: Sequence[VendorFacts], who: Reader) -> list[tuple[str, list[Row]]]:
    return [
        (gettext("Vendor"), [*vendor_rows(vendors), score_row(vendors)]),
        (gettext("Buying"), trading_rows(vendors, who.ship_to)),
    ]


def _compare_vendors() -> str:
    """Vendors side by side: only what is public of them. Without one the page asks for them."""
    asked = CompareInput.read(request.args)
    who, limit = _reader(asked), policy.current().compare_limit
    vendors, left_out = _vendors()
    seen = sorted(queries.seen_vendors().facts.values(), key=lambda vendor: vendor.name.casefold())
    others = [(vendor.slug, vendor.name) for vendor in seen if vendor.is_seen and vendor not in vendors]
    return render_template(
        "search/compare_vendors.html",
        vendors=vendors,
        groups=_shown(_vendor_groups(vendors, who), asked) if vendors else [],
        others=others[:MOST_VENDORS] if len(vendors) < limit else [],
        limit=limit,
        left_out=left_out,
        shops_url=page_url("vendors.list_shops"),
        share_url=absolute_url("search.compare", vendor=[vendor.slug for vendor in vendors], ship_to=who.ship_to, shared="1"),
        reader=who,
        asked=asked,
        csv_url=url_with_query("search.export_compare"),
    )
