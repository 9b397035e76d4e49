"""The operator's tables at the desk: tax rates, tax classes of categories, duty rates. Rates are never changed, new ones begin."""

from typing import Any

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.core import clock, i18n
from marketplace.core.acting import Page, act_once
from marketplace.core.downloads import download_csv
from marketplace.core.errors import Conflict
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.regions import TAXED_BY_REGION, region_code
from marketplace.core.web import current_actor, path_id, requires, see_other
from marketplace.pricing import services
from marketplace.pricing.models import DutyRate, TaxRate
from marketplace.pricing.queries import desk
from marketplace.pricing.schemas import DutyRateInput, TaxClassInput, TaxRateInput
from marketplace.pricing.views.blueprint import bp

TAX_HEAD = (lazy("Country"), lazy("Region"), lazy("Tax class"), lazy("Rate, %"), lazy("First day"), lazy("Example"))
DUTY_HEAD = (lazy("Country"), lazy("HS code"), lazy("Rate, %"), lazy("First day"), lazy("Example"))


@bp.get("/desk/taxes")
@requires(Permission.SETTING_EDIT)
def list_taxes() -> str:
    """Every tax rate with its first day; examples are marked until somebody vouches for them."""
    asked = desk.TAXES.read(request.args)
    return render_template(
        "pricing/list_taxes.html",
        asked=asked,
        found=desk.TAXES.page(desk.all_tax_rates(), asked),
        classes=desk.CLASS_WORDS,
        examples=desk.count_examples(),
        today=clock.now().date(),
    )


@bp.get("/desk/taxes.csv")
@requires(Permission.SETTING_EDIT)
def export_taxes() -> Response:
    """The table as it is filtered and sorted, in the columns that `pricing load-taxes` reads."""
    asked = desk.TAXES.read(request.args)
    rows = [
        (row.country, row.region, row.tax_class, row.rate_bp / 100, row.valid_from.isoformat(), _yes(row))
        for row in desk.TAXES.rows(desk.all_tax_rates(), asked)
    ]
    return download_csv([gettext(head) for head in TAX_HEAD], rows, "taxes.csv")


def _yes(row: TaxRate | DutyRate) -> str:
    return gettext("example") if row.is_example else ""


@bp.route("/desk/taxes/new", methods=["GET", "POST"])
@requires(Permission.SETTING_EDIT)
def add_tax() -> Page:
    """A rate that begins today or later."""
    if request.method != "POST":
        return _tax_page(Form(TaxRateInput, initial={"begins_on": _today(), "tax_class": "standard"}))
    form = Form(TaxRateInput, request.form)
    if not form.is_valid():
        return _tax_page(form), 422
    data = form.data
    region = region_code(data.country, data.region)
    if (data.region and not region) or (data.country in TAXED_BY_REGION and not region):
        form.add_error("region", gettext("Write the state or region, such as WI or Wisconsin."))
        return _tax_page(form), 422
    try:
        act_once(
            "record_tax_rate",
            data.model_dump(),
            lambda: services.record_tax_rate(
                data.country, region, data.tax_class, rate_bp=data.rate, valid_from=data.begins_on, actor=current_actor()
            ),
        )
    except Conflict as refused:
        form.add_error("begins_on", gettext(refused.text))
        return _tax_page(form), refused.status
    flash(gettext("The rate counts from its first day on."), "done")
    return see_other("pricing.list_taxes", country=data.country)


def _tax_page(form: Form[TaxRateInput]) -> str:
    return render_template("pricing/add_tax.html", form=form, countries=i18n.countries(), classes=_class_options(desk.CLASS_WORDS))


def _class_options(codes: Any) -> list[tuple[str, str]]:
    return [(code, gettext(desk.CLASS_WORDS[code])) for code in codes]


def _today() -> str:
    return clock.now().date().isoformat()


@bp.post("/desk/taxes/<rate_id>/vouch")
@requires(Permission.SETTING_EDIT)
def vouch_for_tax(rate_id: str) -> Response:
    """Somebody has checked an example."""
    wanted = path_id(rate_id)
    act_once("vouch_tax", {"rate": wanted}, lambda: services.vouch_for_tax_rate(wanted, actor=current_actor()))
    flash(gettext("Marked as checked."), "done")
    return see_other("pricing.list_taxes")


@bp.get("/desk/tax-classes")
@requires(Permission.SETTING_EDIT)
def list_tax_classes() -> str:
    """The category tree with the class that goods of each have."""
    return _classes_page(Form(TaxClassInput))


def _classes_page(form: Form[TaxClassInput]) -> str:
    return render_template(
        "pricing/list_tax_classes.html",
        form=form,
        categories=desk.categories_with_classes(),
        classes=_class_options(desk.GOODS_CLASSES),
        words=desk.CLASS_WORDS,
    )


@bp.post("/desk/tax-classes")
@requires(Permission.SETTING_EDIT)
def set_tax_class() -> Page:
    """Let the goods of a category, and of those below it, have a class."""
    form = Form(TaxClassInput, request.form)
    if not form.is_valid():
        return _classes_page(form), 422
    data = form.data
    wrong = [] if data.tax_class in desk.GOODS_CLASSES else ["tax_class"]
    if data.category_id not in {row.id for row in desk.categories_with_classes()}:
        wrong.insert(0, "category_id")
    if wrong:
        for name in wrong:
            form.add_error(name, gettext("Choose one of the list."))
        return _classes_page(form), 422
    act_once("set_tax_class", data.model_dump(), lambda: services.set_tax_class(data.category_id, data.tax_class, actor=current_actor()))
    flash(gettext("Saved. It counts for new prices at once."), "done")
    return see_other("pricing.list_tax_classes")


@bp.get("/desk/duties")
@requires(Permission.SETTING_EDIT)
def list_duties() -> str:
    """Every duty rate with its first day."""
    asked = desk.DUTIES.read(request.args)
    return render_template(
        "pricing/list_duties.html", asked=asked, found=desk.DUTIES.page(desk.all_duty_rates(), asked), today=clock.now().date()
    )


@bp.get("/desk/duties.csv")
@requires(Permission.SETTING_EDIT)
def export_duties() -> Response:
    """The table as it is filtered and sorted."""
    asked = desk.DUTIES.read(request.args)
    rows = [
        (row.country, row.hs_prefix, row.rate_bp / 100, row.valid_from.isoformat(), _yes(row))
        for row in desk.DUTIES.rows(desk.all_duty_rates(), asked)
    ]
    return download_csv([gettext(head) for head in DUTY_HEAD], rows, "duties.csv")


@bp.route("/desk/duties/new", methods=["GET", "POST"])
@requires(Permission.SETTING_EDIT)
def add_duty() -> Page:
    """A duty rate that begins today or later."""
    if request.method != "POST":
        return _duty_page(Form(DutyRateInput, initial={"begins_on": _today()}))
    form = Form(DutyRateInput, request.form)
    if not form.is_valid():
        return _duty_page(form), 422
    data = form.data
    try:
        act_once(
            "record_duty_rate",
            data.model_dump(),
            lambda: services.record_duty_rate(data.country, data.hs, rate_bp=data.rate, valid_from=data.begins_on, actor=current_actor()),
        )
    except Conflict as refused:
        form.add_error("begins_on", gettext(refused.text))
        return _duty_page(form), refused.status
    flash(gettext("The rate counts from its first day on."), "done")
    return see_other("pricing.list_duties", country=data.country)


def _duty_page(form: Form[DutyRateInput]) -> str:
    return render_template("pricing/add_duty.html", form=form, countries=[("EU", gettext("the EU")), *i18n.countries()])


@bp.post("/desk/duties/<rate_id>/vouch")
@requires(Permission.SETTING_EDIT)
def vouch_for_duty(rate_id: str) -> Response:
    """Somebody has checked an example."""
    wanted = path_id(rate_id)
    act_once("vouch_duty", {"rate": wanted}, lambda: services.vouch_for_duty_rate(wanted, actor=current_actor()))
    flash(gettext("Marked as checked."), "done")
    return see_other("pricing.list_duties")
