"""The desk takes products on sale down, one or many of a vendor, with a statement of reasons; the list of all of them; the way back."""

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue import services as catalogue_services
from marketplace.catalogue.errors import EditedMeanwhile, ProductRefused
from marketplace.catalogue.models import ProductState, ProductTakedown, TakedownSource
from marketplace.catalogue.queries import Named
from marketplace.catalogue.reasons import TAKEDOWN_REASONS, words_of
from marketplace.catalogue.services import MOST_AT_ONCE, Statement
from marketplace.catalogue.wording import STATES, TAKEN_DOWN
from marketplace.core import i18n
from marketplace.core.acting import Page, act_once, answer_once
from marketplace.core.downloads import download_csv
from marketplace.core.errors import InvalidMove
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy, ngettext
from marketplace.core.web import current_actor, path_id, requires, see_other, takes_files
from marketplace.quality import queries as quality
from marketplace.quality import services as decisions
from search.watching import follows
from vendors import queries
from vendors.errors import CaseChanged
from vendors.models import Vendor
from vendors.schemas import ReasonInput, SKUsInput, TakeDownInput, TakeDownManyInput
from vendors.views.blueprint import bp
from vendors.views.papers import keep_papers
from vendors.views.words import Word

MOST_PAPERS = 5
ON_SALE = (ProductState.LIVE, ProductState.PAUSED)
HEAD = (
    lazy("Product"), "SKU", lazy("Vendor"), lazy("Taken down"), lazy("By"), lazy("Reasons"), lazy("Known from"), lazy("Statement of reasons"),
    lazy("State"), lazy("Ended"),
)  # fmt: skip
LABELS = {
    "reasons": lazy("Reasons"), "reason": lazy("Statement of reasons"), "source": lazy("Known from"), "reference": lazy("Who or which number"),
    "papers": lazy("Evidence"), "skus": lazy("SKUs"),
}  # fmt: skip
WRITTEN = ("source", "reference", "reason")
"""What is typed beside the list, and goes with it from page to page."""
NONE_ON_SALE = lazy("None of them is on sale: there is nothing to take down.")
TOO_MANY = lazy("These are %(n)s SKUs: at most %(most)s at once.")
LOOK_AGAIN = lazy("Something of it has changed since you looked: look at it again. What you wrote is kept.")


def how_it_stands(takedown: ProductTakedown, state: ProductState) -> Word:
    """Whether a taking down holds, or how it ended."""
    return Word(catalogue.how_it_stands(takedown, state), "late" if catalogue.is_in_force(takedown, state) else "off")


@bp.get("/desk/takedowns")
@requires(Permission.VENDOR_VERIFY)
def list_takedowns() -> str:
    """The products that were taken down, the last first, with what became of it."""
    asked = catalogue.TAKEDOWNS.read(request.args)
    found = catalogue.TAKEDOWNS.page(catalogue.takedowns_with_products(), asked)
    rows = [
        {
            "each": row,
            "taken": row.ProductTakedown,
            "reasons": words_of(row.ProductTakedown.reasons),
            "word": how_it_stands(row.ProductTakedown, row.state),
        }
        for row in found.rows
    ]
    total = catalogue.count_takedowns()
    return render_template("vendors/list_takedowns.html", asked=asked, found=found, rows=rows, total=total, sources=catalogue.SOURCES)


@bp.get("/desk/takedowns.csv")
@requires(Permission.VENDOR_VERIFY)
def export_takedowns() -> Response:
    """The same as CSV."""
    rows = (
        (
            i18n.text(row.title),
            row.sku or "",
            row.name,
            taken.taken_at.isoformat(),
            taken.taken_by_name,
            "; ".join(words_of(taken.reasons)),
            gettext(catalogue.SOURCES[taken.source]),
            taken.statement,
            how_it_stands(taken, row.state).text,
            taken.ended_at.isoformat() if taken.ended_at else "",
        )
        for row in catalogue.TAKEDOWNS.rows(catalogue.takedowns_with_products(), catalogue.TAKEDOWNS.read(request.args))
        for taken in (row.ProductTakedown,)
    )
    return download_csv([gettext(word) for word in HEAD], rows, "takedowns.csv")


@dataclass(frozen=True, slots=True)
class Effect:
    """What taking products down touches."""

    products: int
    touched: quality.Touched
    follows: int
    searches: int

    @property
    def is_held(self) -> bool:
        """Whether anything hangs on them."""
        return bool(any(astuple(self.touched)) or self.follows or self.searches)


def _effect(product_ids: Sequence[UUID]) -> Effect:
    return Effect(len(product_ids), quality.touched_by(product_ids), *follows.watching(product_ids))


def _choices() -> dict[str, Any]:
    return {
        "reasons": [(code, gettext(words)) for code, words in TAKEDOWN_REASONS.items()],
        "sources": [(source.value, gettext(word)) for source, word in catalogue.SOURCES.items()],
        "labels": {name: gettext(word) for name, word in LABELS.items()},
        "most_papers": MOST_PAPERS,
    }


def _statement(data: TakeDownInput | TakeDownManyInput, file_ids: Sequence[UUID]) -> Statement:
    return Statement(data.reasons, data.reason, TakedownSource(data.source), data.reference or None, file_ids)


@bp.route("/desk/products/<product_id>/take-down", methods=["GET", "POST"])
@requires(Permission.VENDOR_SUSPEND)
@takes_files(MOST_PAPERS)
def take_down_product(product_id: str) -> Page:
    """What taking a product down would touch, and the statement of reasons that goes with it."""
    row = catalogue.product_to_check(path_id(product_id))
    form = Form(TakeDownInput, request.form if request.method == "POST" else None)
    if request.method != "POST":
        return _one(row, form) if row.state in ON_SALE else _as_it_stands(row)
    if not form.is_valid():
        return _one(row, form), 422
    file_ids = keep_papers(form, "papers", row.vendor_id, most=MOST_PAPERS, keep=decisions.keep_papers)
    if form.messages:
        return _one(row, form), 422
    statement, version = _statement(form.data, file_ids), form.data.version
    try:
        act_once(
            "take_down_product",
            {"product": str(row.id), "version": version, "reason": form.data.reason},
            lambda: catalogue_services.take_down_products(row.vendor_id, {row.id: version}, statement, actor=current_actor()),
        )
    except ProductRefused as refused:
        form.add_error("reasons", refused.faults[0].words())
        return _one(row, form), 422
    except EditedMeanwhile as late:
        form.add_error(
            "form", gettext("The vendor has saved version %(n)s since. Look at it again; what you wrote is kept.", n=late.version)
        )
        return _one(catalogue.product_to_check(row.id), form), late.status
    except InvalidMove as late:
        form.add_error("form", gettext("It is not on sale any more, so nothing was done. What you wrote stands below, to be copied."))
        return _one(catalogue.product_to_check(row.id), form), late.status
    flash(gettext("Taken down. The vendor is told why, and what it can do."), "done")
    return see_other("catalogue.show_check", product_id=row.id)


def _one(row: catalogue.CheckRow, form: Form[TakeDownInput]) -> str:
    return render_template(
        "vendors/take_down_product.html",
        row=row,
        form=form,
        state=STATES[row.state],
        is_on_sale=row.state in ON_SALE,
        effect=_effect([row.id]),
        has_change=row.proposal_id is not None,
        **_choices(),
    )


def _as_it_stands(row: catalogue.CheckRow) -> Page:
    flash(gettext("%(title)s is not on sale: there is nothing to take down.", title=i18n.text(dict(row.title))), "need")
    return see_other("catalogue.show_check", product_id=row.id)


@bp.route("/desk/products/<product_id>/restore", methods=["GET", "POST"])
@requires(Permission.VENDOR_SUSPEND)
def undo_takedown(product_id: str) -> Page:
    """Take the platform's own taking down back, with the reason."""
    row = catalogue.product_to_check(path_id(product_id))
    form = Form(ReasonInput, request.form if request.method == "POST" else None)
    if request.method != "POST":
        return _undo_page(row, form) if _holds(row) else _as_it_stands_restored(row)
    if not form.is_valid():
        return _undo_page(row, form), 422
    reason = form.data.reason
    try:
        act_once(
            "undo_takedown",
            {"product": str(row.id), "reason": reason},
            lambda: catalogue_services.undo_takedown(row.id, reason=reason, actor=current_actor()),
        )
    except InvalidMove as late:
        form.add_error("form", gettext("No taking down of it is in force any more, so nothing was done. What you wrote stands below."))
        return _undo_page(catalogue.product_to_check(row.id), form), late.status
    flash(gettext("Taken back. The vendor is told."), "done")
    return see_other("catalogue.show_check", product_id=row.id)


def _holds(row: catalogue.CheckRow) -> bool:
    return row.state is ProductState.REFUSED and catalogue.takedown_in_force(row.id) is not None


def _undo_page(row: catalogue.CheckRow, form: Form[ReasonInput]) -> str:
    return render_template(
        "vendors/undo_takedown.html",
        row=row,
        form=form,
        state=TAKEN_DOWN if _holds(row) else STATES[row.state],
        holds=_holds(row),
        takedown=catalogue.takedown_in_force(row.id),
        effect=effect_of_undoing(row.id),
    )


def _as_it_stands_restored(row: catalogue.CheckRow) -> Page:
    flash(gettext("No taking down of %(title)s is in force.", title=i18n.text(dict(row.title))), "need")
    return see_other("catalogue.show_check", product_id=row.id)


def effect_of_undoing(product_id: UUID) -> str:
    """Where a taken-down product would go to if that were undone now; empty when it is not taken down."""
    takedown = catalogue.takedown_in_force(product_id)
    if takedown is None:
        return ""
    to = catalogue_services.state_after_undoing(takedown)
    if to is ProductState.CHECKING:
        return gettext(
            "It has been changed since, or lacks something: it goes to the product checks, and is on sale when that check accepts it."
        )
    if to is ProductState.PAUSED:
        return gettext("It is paused again, as it was: the vendor can put it on sale.")
    return gettext("It is on sale again at once, while its shop is seen.")


@bp.route("/desk/verification/<vendor_id>/take-down", methods=["GET", "POST"])
@requires(Permission.VENDOR_SUSPEND)
@takes_files(MOST_PAPERS)
def take_down_products(vendor_id: str) -> Page:
    """Several products of one vendor for the same reason: a list of SKUs, what it would do, and then the act."""
    vendor = queries.vendor_by_id(path_id(vendor_id))
    if request.method != "POST":
        return _list_page(vendor, Form(SKUsInput))
    asked = Form(SKUsInput, request.form)
    if not asked.is_valid() or not _fits(asked):
        return _list_page(vendor, asked), 422
    if "act" not in request.form:
        return _many(vendor, Form(TakeDownManyInput, initial=_carried(asked)), 200)
    form = Form(TakeDownManyInput, request.form)
    if not form.is_valid():
        return _many(vendor, form)
    file_ids = keep_papers(form, "papers", vendor.id, most=MOST_PAPERS, keep=decisions.keep_papers)
    if form.messages:
        return _many(vendor, form)
    try:
        done = answer_once(
            "take_down_products",
            {"vendor": str(vendor.id), "stamp": form.data.stamp, "reason": form.data.reason},
            lambda: _take_many(vendor.id, form.data, file_ids),
        )
    except ProductRefused as refused:
        form.add_error("reasons", refused.faults[0].words())
        return _many(vendor, form)
    except (CaseChanged, EditedMeanwhile, InvalidMove) as late:
        form.add_error("form", gettext(LOOK_AGAIN))
        return _many(vendor, form, late.status)
    flash(
        ngettext(
            "%(num)s product is taken down. The vendor is told why.", "%(num)s products are taken down. The vendor is told why.", done["n"]
        ),
        "done",
    )
    return see_other("vendors.list_takedowns", q=vendor.name)


def _carried(asked: Form[SKUsInput]) -> dict[str, Any]:
    """What stands in the question behind a list: with what was written there before the list had to be mended."""
    written = {name: asked.value(name) for name in WRITTEN}
    return {"skus": asked.data.skus, "reasons": asked.values("reasons")} | written


def _take_many(vendor_id: UUID, data: TakeDownManyInput, file_ids: Sequence[UUID]) -> dict[str, int]:
    """The products as they were looked at, or none of them. Raises: CaseChanged, and what the service raises."""
    named = _on_sale(catalogue.products_with_skus(vendor_id, _skus(data.skus)))
    if not named or _stamp(named) != data.stamp:
        raise CaseChanged
    seen = {product.id: product.version for product in named}
    catalogue_services.take_down_products(vendor_id, seen, _statement(data, file_ids), actor=current_actor())
    return {"n": len(seen)}


def _skus(typed: str) -> list[str]:
    """The SKUs of a list, one a line; of a line with several columns the first."""
    return list(dict.fromkeys(sku for line in typed.splitlines() if (sku := line.split("\t")[0].strip())))


def _fits(form: Form[SKUsInput]) -> bool:
    count = len(_skus(form.data.skus))
    if count > MOST_AT_ONCE:
        form.add_error("skus", gettext(TOO_MANY, n=i18n.number(count), most=i18n.number(MOST_AT_ONCE)))
    return count <= MOST_AT_ONCE


def _on_sale(named: Sequence[Named]) -> list[Named]:
    return [product for product in named if product.state in ON_SALE]


def _stamp(named: Sequence[Named]) -> str:
    """What stands for the products that were looked at, in the versions that were looked at."""
    seen = sorted(f"{product.id}:{product.version}" for product in named)
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()[:32]


def _list_page(vendor: Vendor, form: Form[SKUsInput] | Form[TakeDownManyInput]) -> str:
    return render_template("vendors/take_down_skus.html", vendor=vendor, form=form, most=MOST_AT_ONCE, **_choices())


def _many(vendor: Vendor, form: Form[TakeDownManyInput], status: int = 422) -> Page:
    """What the list would do, and the question; where it would do nothing any more, the list again with what was written meanwhile."""
    skus = _skus(form.value("skus"))
    named = catalogue.products_with_skus(vendor.id, skus)
    taken = _on_sale(named)
    if not taken and (form.values("reasons") or any(form.value(name) for name in WRITTEN)):
        form.add_error("skus", gettext(NONE_ON_SALE))
        return _list_page(vendor, form), 422 if status == 200 else status
    found = {sku for product in named for sku in product.skus}
    page = render_template(
        "vendors/take_down_products.html",
        vendor=vendor,
        form=form,
        named=named,
        states=STATES,
        on_sale=ON_SALE,
        unknown=[sku for sku in skus if sku not in found],
        stamp=_stamp(taken),
        effect=_effect([product.id for product in taken]),
        none_on_sale=NONE_ON_SALE,
        **_choices(),
    )
    return page, status
