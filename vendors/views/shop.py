"""The shop as its vendor writes it: page and terms, what it is best at, holiday."""

from typing import Any

from flask import flash, render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.core import clock
from marketplace.core.acting import Page, viewer_here
from marketplace.core.db import transaction
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.waiting import count
from marketplace.core.web import current_actor, requires, see_other
from marketplace.orders import queries as orders
from vendors import queries, services
from vendors.lists import CAPACITY_UNITS, TERMS
from vendors.models import ListKind, Vendor
from vendors.schemas import RETURN_WORDS, CapabilitiesInput, HolidayInput, ShopInput
from vendors.views.blueprint import bp
from vendors.views.fact_words import opened_change
from vendors.views.sums import typed_minor, written_sum
from vendors.views.words import weekdays
from vendors.week import working_days, written_days

CHOSEN = {"processes": ListKind.PROCESS, "materials": ListKind.MATERIAL, "industries": ListKind.INDUSTRY}
NUMBERS = ("capacity_month", "tolerance_um", "largest_mm", "lot_from", "lot_to")


def by_language(english: str | None, chinese: str | None) -> dict[str, str]:
    """A text by language, as it is stored."""
    return {tag: words for tag, words in (("en", english), ("zh-Hans", chinese)) if words}


@bp.get("/portal/shop")
@requires(Permission.SHOP_EDIT)
def edit_shop() -> str:
    """The shop page's words and terms."""
    vendor = queries.vendor_by_id(viewer_here().company_id)
    returns = vendor.returns
    initial: dict[str, Any] = {
        "about_en": vendor.about.get("en"),
        "about_zh": vendor.about.get("zh-Hans"),
        "languages": ", ".join(vendor.languages),
        "founded": vendor.founded,
        "staff": vendor.staff,
        "phone": vendor.phone,
        "email": vendor.email,
        "website": vendor.website,
        "hours_days": [str(day) for day in sorted(working_days(vendor.hours.get("days")))],
        "hours_open": vendor.hours.get("open"),
        "hours_close": vendor.hours.get("close"),
        "opening_minimum": written_sum(vendor.opening_minimum_minor, vendor.currency),
        "reorder_minimum": written_sum(vendor.reorder_minimum_minor, vendor.currency),
        "inspection_days": vendor.inspection_days,
        "stock_display": vendor.stock_display,
        "returns_accepts": returns.get("accepts", "defect only"),
        "returns_window_days": returns.get("window_days", 30),
        "returns_freight_paid_by": returns.get("freight_paid_by", "vendor"),
        "returns_restocking": f"{returns.get('restocking_bp', 0) / 100:g}",
        "returns_custom_goods": returns.get("custom_goods", "defect only"),
        "closed_days": ", ".join(day.isoformat() for day in vendor.closed_days),
        "terms": vendor.terms,
        "terms_note_en": vendor.terms_note.get("en"),
        "terms_note_zh": vendor.terms_note.get("zh-Hans"),
    }
    return _shop(vendor, Form(ShopInput, initial=initial))


@bp.post("/portal/shop")
@requires(Permission.SHOP_EDIT)
def save_shop() -> Page:
    """Change the shop page's words and terms."""
    vendor = queries.vendor_by_id(viewer_here().company_id)
    form = Form(ShopInput, request.form)
    if not form.is_valid():
        return _shop(vendor, form), 422
    data = form.data
    opening = typed_minor(form, "opening_minimum", data.opening_minimum, vendor.currency)
    reorder = typed_minor(form, "reorder_minimum", data.reorder_minimum, vendor.currency)
    if opening is None or reorder is None:
        return _shop(vendor, form), 422
    hours = {"days": written_days(int(day) for day in data.hours_days), "open": data.hours_open, "close": data.hours_close}
    with transaction():
        services.edit_shop(
            vendor.id,
            about=by_language(data.about_en, data.about_zh),
            languages=data.languages or (),
            founded=data.founded,
            staff=data.staff,
            phone=data.phone,
            email=data.email,
            website=data.website,
            hours={key: value for key, value in hours.items() if value},
            returns={
                "window_days": data.returns_window_days,
                "freight_paid_by": data.returns_freight_paid_by,
                "restocking_bp": int(data.returns_restocking * 100),
                "accepts": data.returns_accepts,
                "custom_goods": data.returns_custom_goods,
            },
            opening_minimum_minor=opening,
            reorder_minimum_minor=reorder,
            inspection_days=data.inspection_days,
            stock_display=data.stock_display,
            holiday_from=vendor.holiday_from,
            holiday_until=vendor.holiday_until,
            closed_days=data.closed_days or (),
            terms=data.terms,
            terms_note=by_language(data.terms_note_en, data.terms_note_zh),
            actor=current_actor(),
        )
    flash(gettext("Saved."), "done")
    return see_other("vendors.edit_shop")


def _shop(vendor: Vendor, form: Form[ShopInput]) -> str:
    return render_template(
        "vendors/edit_shop.html",
        opened=opened_change(vendor.id),
        vendor=vendor,
        form=form,
        return_words=RETURN_WORDS,
        weekdays=weekdays(),
        terms=[(term, gettext(word)) for term, word in TERMS.items()],
    )


@bp.get("/portal/shop/capabilities")
@requires(Permission.SHOP_EDIT)
def show_capabilities() -> str:
    """What the shop says it is best at."""
    vendor = queries.vendor_by_id(viewer_here().company_id)
    initial = {
        "best_at_en": vendor.best_at.get("en"),
        "best_at_zh": vendor.best_at.get("zh-Hans"),
        "capacity_unit": vendor.capabilities.get("capacity_unit"),
    }
    initial |= {name: vendor.capabilities.get(name) for name in (*CHOSEN, *NUMBERS)}
    return _capabilities(vendor, Form(CapabilitiesInput, initial=initial))


@bp.post("/portal/shop/capabilities")
@requires(Permission.SHOP_EDIT)
def edit_capabilities() -> Page:
    """Change what the shop says it is best at."""
    vendor = queries.vendor_by_id(viewer_here().company_id)
    form = Form(CapabilitiesInput, request.form)
    is_valid = form.is_valid()
    lists = queries.all_entries()
    for name, kind in CHOSEN.items():
        # What the operator has taken out of a list stays with those that have chosen it.
        known = {entry.key for entry in lists[kind] if entry.is_offered or entry.key in vendor.capabilities.get(name, [])}
        if is_valid and not set(getattr(form.data, name)) <= known:
            form.add_error(name, gettext("Choose one of the list."))
    if form.messages:
        return _capabilities(vendor, form), 422
    data = form.data
    written: dict[str, Any] = {name: getattr(data, name) for name in (*CHOSEN, *NUMBERS) if getattr(data, name)}
    if data.capacity_month:
        written["capacity_unit"] = data.capacity_unit
    with transaction():
        services.edit_capabilities(
            vendor.id, best_at=by_language(data.best_at_en, data.best_at_zh), capabilities=written, actor=current_actor()
        )
    flash(gettext("Saved."), "done")
    return see_other("vendors.show_capabilities")


def _capabilities(vendor: Vendor, form: Form[CapabilitiesInput]) -> str:
    lists = queries.all_entries()
    return render_template(
        "vendors/edit_capabilities.html",
        vendor=vendor,
        form=form,
        options={
            name: [(entry.key, entry.name) for entry in lists[kind] if entry.is_offered or entry.key in vendor.capabilities.get(name, [])]
            for name, kind in CHOSEN.items()
        },
        units=[(unit, gettext(word)) for unit, word in CAPACITY_UNITS.items()],
    )


@bp.get("/portal/shop/holiday")
@requires(Permission.SHOP_EDIT)
def show_holiday() -> str:
    """When the shop closes, and what happens then."""
    vendor = queries.vendor_by_id(viewer_here().company_id)
    initial = {
        "holiday_from": vendor.holiday_from,
        "holiday_until": vendor.holiday_until,
        "note_en": vendor.holiday_note.get("en"),
        "note_zh": vendor.holiday_note.get("zh-Hans"),
    }
    return _holiday(vendor, Form(HolidayInput, initial=initial))


@bp.post("/portal/shop/holiday")
@requires(Permission.SHOP_EDIT)
def set_holiday() -> Page:
    """Close for some days, or open again: `act=open` empties the dates."""
    vendor = queries.vendor_by_id(viewer_here().company_id)
    is_opening = request.form.get("act") == "open"
    form = Form(HolidayInput, request.form)
    if not is_opening and not form.is_valid():
        return _holiday(vendor, form), 422
    first, last, note = None, None, {}
    if not is_opening:
        first, last, note = form.data.holiday_from, form.data.holiday_until, by_language(form.data.note_en, form.data.note_zh)
    if last is not None and last < clock.now().date():
        form.add_error("holiday_until", gettext("This day is over. Write when the shop opens again."))
        return _holiday(vendor, form), 422
    with transaction():
        services.set_holiday(vendor.id, first=first, last=last, note=note, actor=current_actor())
    flash(gettext("Saved.") if first else gettext("The shop is open."), "done")
    return see_other("vendors.show_holiday")


def _holiday(vendor: Vendor, form: Form[HolidayInput]) -> str:
    return render_template(
        "vendors/edit_holiday.html",
        vendor=vendor,
        form=form,
        facts=queries.facts_fresh([vendor.id])[vendor.id],
        waiting=count(orders.queue_of_vendor_orders(vendor.id)),
    )
