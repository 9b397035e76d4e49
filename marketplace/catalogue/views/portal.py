"""The vendor's listings: the list and the product form."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import attributes, queries, services
from marketplace.catalogue.drafts import ProductDraft, VariantDraft, content_of, draft_of, over_faults, told_beside
from marketplace.catalogue.errors import EditedMeanwhile, LastVariant, ProductRefused, SKUTaken
from marketplace.catalogue.faults import Fault
from marketplace.catalogue.form import draft_from, initial
from marketplace.catalogue.merging import chosen, merge
from marketplace.catalogue.queries import OwnProduct
from marketplace.catalogue.reasons import words_of
from marketplace.catalogue.review import with_proposal
from marketplace.catalogue.schemas import ProductInput, VariantInput
from marketplace.catalogue.views import audience
from marketplace.catalogue.views.blueprint import bp
from marketplace.catalogue.views.form_page import (
    ROW_FIELDS,
    ROW_LIMITS,
    Conflict,
    as_typed,
    as_values,
    definitions_of,
    form_page,
    labels_of,
    saved_words,
)
from marketplace.catalogue.wording import STATES, TAKEN_DOWN
from marketplace.core import clock, i18n
from marketplace.core.acting import Page, answer_once
from marketplace.core.db import transaction
from marketplace.core.downloads import download_csv
from marketplace.core.errors import NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.web import current_actor, path_id, requires, see_other
from vendors import queries as vendors

NEW = {
    "unit": "pc", "minimum": "1", "increment": "1", "supply": "stock", "price_per": "1", "visibility": "all", "weight_unit": "g",
    "sample": "0", "sample_credited": "1", "lifecycle": "active",
}  # fmt: skip
STAND_INS = {"sku": "", "category_id": UUID(int=0)}
"""For fields without which a form cannot be read any further."""


@bp.get("/portal/products")
@requires(Permission.PRODUCT_EDIT)
def list_products() -> str:
    """The vendor's listings, the last changed first."""
    company_id = vendor_id()
    asked = queries.PRODUCTS.read(request.args)
    counts = queries.product_counts(company_id)
    return render_template(
        "catalogue/list_products.html",
        page=queries.product_page_of(company_id, asked),
        asked=asked,
        total=sum(counts.values()),
        states=STATES,
        taken_down=TAKEN_DOWN,
        words_of_reasons=words_of,
    )


@bp.get("/portal/products.csv")
@requires(Permission.PRODUCT_EDIT)
def export_products() -> Response:
    """The same list, whole; the catalogue with everything in it is the import room's export."""
    asked = queries.PRODUCTS.read(request.args)
    head = ["SKU", gettext("Title"), gettext("State"), gettext("Price from"), gettext("Currency"), gettext("Unit")]
    head += [gettext("On hand"), gettext("Reserved"), gettext("Version"), gettext("Changed")]
    rows = (_csv_row(row) for row in queries.product_rows_of(vendor_id(), asked))
    return download_csv(head, rows, "products.csv")


def _csv_row(row: queries.ProductRow) -> list[object]:
    price = i18n.unit_price(row.price[0], row.price[1], row.currency, display_factor=row.price[2]).replace(",", "") if row.price else ""
    stock = [row.on_hand / row.display_factor, row.reserved / row.display_factor] if row.is_stocked else ["", ""]
    state = gettext((TAKEN_DOWN if row.is_taken_down else STATES[row.state])[0])
    return [
        row.sku,
        i18n.text(dict(row.title)),
        state,
        price,
        row.currency,
        row.display_unit,
        *stock,
        row.version,
        row.updated_at.isoformat(),
    ]


@bp.route("/portal/products/new", methods=["GET", "POST"])
@requires(Permission.PRODUCT_EDIT)
def new_product() -> Page:
    """A new listing, saved as a draft."""
    vendor = vendors.vendor_by_id(vendor_id())
    if request.method != "POST":
        category = next((c for _, leaves in queries.leaf_categories() for c in leaves if c.slug == request.args.get("category")), None)
        start = NEW | {"category_id": str(category.id) if category else ""}
        return form_page(Form(ProductInput, initial=start), vendor.id, vendor.currency)
    form = Form(ProductInput, request.form)
    if _asks_for_more():
        return form_page(form, vendor.id, vendor.currency)
    draft = _draft(form, vendor.id)
    if draft is None:
        return form_page(form, vendor.id, vendor.currency), 422
    try:
        created = answer_once(
            "create_product",
            content_of(draft, vendor.currency),
            lambda: {"product_id": str(services.create_product(draft, actor=current_actor()).id)},
        )
    except (ProductRefused, SKUTaken) as refused:
        _put_faults(form, refused)
        _tell_rules(form, draft, None, vendor.id, None)
        return form_page(form, vendor.id, vendor.currency), refused.status
    flash(gettext("Saved as a draft. Only your company sees it."), "done")
    return see_other("catalogue.edit_product", product_id=created["product_id"])


@bp.route("/portal/products/<product_id>/edit", methods=["GET", "POST"])
@requires(Permission.PRODUCT_EDIT)
def edit_product(product_id: str) -> Page:
    """A listing's form: one variant of it at a time."""
    own = queries.own_product(path_id(product_id), vendor_id=vendor_id())
    before = draft_of(own.content)
    if request.method != "POST":
        return form_page(
            Form(ProductInput, initial=_initial(own, before, _asked_variant(before))), own.vendor_id, own.currency, own, before
        )
    form = _sent_form(own, before)
    if _asks_for_more():
        return form_page(form, own.vendor_id, own.currency, own, before)
    draft = _draft(form, own.vendor_id, before, own.id)
    if draft is None:
        return form_page(form, own.vendor_id, own.currency, own, before), 422
    is_known = form.data.variant_id is None or form.data.variant_id in _variants_of(own.content)
    if not is_known and form.data.variant_id not in _variants_of(_base(own, form.data)):
        raise NotFound  # only an empty field adds a variant; somebody else's is nobody's
    try:
        with transaction():
            product = services.edit_product(own.id, draft, version=form.data.version, proposal_id=form.data.proposal, actor=current_actor())
    except (ProductRefused, SKUTaken) as refused:
        _put_faults(form, refused, before)
        _tell_rules(form, draft, form.data.variant_id, own.vendor_id, own.id)
        return form_page(form, own.vendor_id, own.currency, own, before), refused.status
    except EditedMeanwhile as late:
        return _both(own.id, form), late.status
    _say_what_was_saved(own, product.version)
    sku = form.data.sku if len(draft.variants) > 1 else None
    return see_other("catalogue.edit_product", product_id=own.id, variant=sku)


@bp.post("/portal/products/<product_id>/variants/remove")
@requires(Permission.PRODUCT_EDIT)
def remove_variant(product_id: str) -> Page:
    """Take a variant out of a listing."""
    key = path_id(product_id)
    form = Form(VariantInput, request.form)
    if not form.is_valid():
        raise NotFound  # the page sends its own ids; others were not typed by anybody
    data = form.data
    try:
        with transaction():
            services.remove_variant(key, data.variant_id, version=data.version, proposal_id=data.proposal, actor=current_actor())
    except ProductRefused as refused:
        return form_page_of(key, refused, variant_id=data.variant_id), refused.status
    except (LastVariant, EditedMeanwhile) as refused:
        return form_page_of(key, gettext(refused.text), variant_id=data.variant_id), refused.status
    flash(gettext("Taken out. Its orders keep it."), "done")
    return see_other("catalogue.edit_product", product_id=key)


@bp.post("/portal/products/<product_id>/change/withdraw")
@requires(Permission.PRODUCT_EDIT)
def withdraw_proposal(product_id: str) -> Response:
    """Take back a change that the platform has not answered."""
    key = path_id(product_id)
    with transaction():
        services.withdraw_proposal(key, actor=current_actor())
    flash(gettext("Taken back. What is on sale stays as it is."), "done")
    return see_other("catalogue.edit_product", product_id=key)


def vendor_id() -> UUID:
    """The company that acts."""
    company_id = current_actor().company_id
    if company_id is None:
        raise NotFound
    return company_id


def _say_what_was_saved(before: OwnProduct, version: int) -> None:
    now = queries.own_product(before.id, vendor_id=before.vendor_id)
    if now.proposal_id is not None and now.proposal_id != before.proposal_id:
        flash(gettext("Sent to the platform: what buyers read changes when it has looked at it. Everything else is saved."), "done")
    elif version != before.version:
        flash(gettext("Saved as version %(n)s.", n=version), "done")
    else:
        flash(gettext("Nothing was changed."), "off")


def _initial(own: OwnProduct, draft: ProductDraft, variant: VariantDraft | None) -> dict[str, Any]:
    skus = [sku for sku, _ in variant.parts] if variant else []
    factors = queries.factors_of(skus, vendor_id=own.vendor_id)
    return initial(draft, variant, own.version, proposal_id=own.proposal_id, factors=factors)


def _asks_for_more() -> bool:
    """Whether a button asked for another row, or for another category's attributes, and not to save."""
    return request.form.get("add") in ROW_LIMITS or "use_category" in request.form


def _asked_variant(draft: ProductDraft) -> VariantDraft | None:
    asked = request.args.get("variant")
    if asked is None:
        return draft.variants[0]
    return next((variant for variant in draft.variants if variant.sku == asked), None)


def _sent_form(own: OwnProduct, draft: ProductDraft) -> Form[ProductInput]:
    """What was sent; where both had changed a field and the saved value was chosen, that one."""
    typed = dict(request.form.lists())
    if not any(name.startswith("take-") for name in typed):
        return Form(ProductInput, request.form)
    variant = next((v for v in draft.variants if str(v.id) == request.form.get("variant_id")), None)
    return Form(ProductInput, as_typed(chosen(typed, as_values(_initial(own, draft, variant)))))


def _draft(
    form: Form[ProductInput], company_id: UUID, before: ProductDraft | None = None, product_id: UUID | None = None
) -> ProductDraft | None:
    """The listing that was typed; None when the form says what is wrong with it."""
    is_valid = form.is_valid()
    asked = definitions_of(form.value("category_id"))
    sent = form.typed if form.typed is not None else MultiDict()
    typed = {
        d.code: {"v": value, "unit": sent.get(f"attr-{d.code}-unit") or None}
        for d in asked
        if (value := sent.get(f"attr-{d.code}", "").strip())
    }
    values, faults = attributes.read_values(asked, typed)
    data = form.data if is_valid else form.readable(STAND_INS)
    if data is None:
        _add_faults(form, faults)
        return None
    if audience.strangers(company_id, data.companies, data.segments, form.values("companies") if before else ()):
        faults.append(Fault("visibility", lazy("Choose one of the list.")))
    old = next((variant for variant in before.variants if variant.id == data.variant_id), None) if before else None
    faults += over_faults(data.back_order_on, data.last_time_buy_on, old, clock.now().date())
    if before is not None:
        shown = {d.code for d in asked}
        kept = next((dict(before.attributes) | dict(v.attributes) for v in before.variants if v.id == data.variant_id), before.attributes)
        values = {code: value for code, value in kept.items() if code not in shown} | values
    factors = queries.factors_of([part.sku for part in data.parts], vendor_id=company_id)
    draft, unfit = draft_from(data, values, before, factors=factors)
    if is_valid and not faults and not unfit:
        return draft
    _add_faults(form, [*faults, *unfit])
    _tell_rules(form, draft, data.variant_id, company_id, product_id)
    return None


def _tell_rules(form: Form[ProductInput], draft: ProductDraft, variant_id: UUID | None, vendor_id: UUID, product_id: UUID | None) -> None:
    """Beside what is wrong already, everything else that the rules refuse and that can be told from what was read."""
    position = next((n for n, variant in enumerate(draft.variants) if variant.id == variant_id), 0)
    rules = queries.draft_faults(draft, vendor_id=vendor_id, product_id=product_id)
    own = [replace(fault, field=fault.field.removeprefix(f"variants-{position}-")) for fault in rules]
    unread = frozenset(form.messages)
    _add_faults(form, [fault for fault in told_beside(own, unread) if _field(form, fault.field) not in unread])


def _base(own: OwnProduct, data: ProductInput) -> Mapping[str, Any] | None:
    """The content that a form was opened with; None for a version that never was."""
    try:
        content = queries.version_content(own.id, data.version)
    except NotFound:
        return None
    proposed = queries.proposal_content(data.proposal, product_id=own.id) if data.proposal else None
    return with_proposal(content, proposed) if proposed else content


def _variants_of(content: Mapping[str, Any] | None) -> set[UUID | None]:
    return {variant.id for variant in draft_of(content).variants} if content else set()


def _both(product_id: UUID, form: Form[ProductInput]) -> str:
    """The form again, with what somebody else has saved beside what was typed; it then stands against the version of now."""
    own = queries.own_product(product_id, vendor_id=vendor_id())
    draft = draft_of(own.content)
    base = _base(own, form.data)
    saved = _values(own, own.content, form.data.variant_id)
    merged = merge(_values(own, base, form.data.variant_id), saved, dict((form.typed or request.form).lists()))
    is_gone = form.data.variant_id is not None and form.data.variant_id not in _variants_of(own.content)
    values: dict[str, Sequence[str]] = {**merged.values, "version": [str(own.version)], "proposal": [str(own.proposal_id or "")]}
    again: Form[ProductInput] = Form(ProductInput, as_typed(values | ({"variant_id": [""]} if is_gone else {})))
    text = EditedMeanwhile(own.version).text
    again.add_error("form", gettext("Somebody has taken this variant out. Saving adds it again.") if is_gone else gettext(text))
    asked = definitions_of(again.value("category_id"))
    labels = labels_of(again, asked)
    beside = {} if is_gone else {group: saved_words(group, saved, asked) for group in merged.open}
    for group in beside:
        again.add_error(group, gettext("Two values: choose one."))
    conflict = Conflict(beside, tuple(labels.get(group, group) for group in merged.taken))
    return form_page(again, own.vendor_id, own.currency, own, draft, conflict=conflict)


def _values(own: OwnProduct, content: Mapping[str, Any] | None, variant_id: UUID | None) -> dict[str, list[str]]:
    if content is None:
        return {}
    draft = draft_of(content)
    variant = next((v for v in draft.variants if v.id == variant_id), None)
    return as_values(_initial(own, draft, variant))


def _put_faults(form: Form[ProductInput], refused: ProductRefused | SKUTaken, before: ProductDraft | None = None) -> None:
    if isinstance(refused, SKUTaken):
        form.add_error("sku", gettext(refused.text))
        return
    position = next((n for n, v in enumerate(before.variants) if v.id == form.data.variant_id), len(before.variants)) if before else 0
    prefix = f"variants-{position}-"
    _add_faults(form, [Fault(fault.field.removeprefix(prefix), fault.text, fault.values) for fault in refused.faults])


def _add_faults(form: Form[ProductInput], faults: Sequence[Fault]) -> None:
    """Put each fault beside its field; what is said there already, of its shape, came first and stays."""
    for fault in faults:
        field = _field(form, fault.field)
        if form.error(field) is None:
            form.add_error(field, fault.words())


def _field(form: Form[ProductInput], name: str) -> str:
    """A fault's field as the page has it: blank rows were left out, so the nth row may stand further down."""
    for rows in ROW_FIELDS:
        if name.startswith(f"{rows}-"):
            number, _, rest = name.removeprefix(f"{rows}-").partition("-")
            filled = [row for row in form.rows(rows, blank=0) if any(form.value(f"{row}-{part}").strip() for part in ROW_FIELDS[rows])]
            return f"{filled[int(number)]}-{rest}" if int(number) < len(filled) else rows
    return name


def form_page_of(product_id: UUID, refused: ProductRefused | str, *, variant_id: UUID | None = None) -> str:
    """The form of a saved listing, open at the variant that an act was about, with why it was refused."""
    own = queries.own_product(product_id, vendor_id=vendor_id())
    draft = draft_of(own.content)
    shown = next((variant for variant in draft.variants if variant.id == variant_id), draft.variants[0])
    form = Form(ProductInput, initial=_initial(own, draft, shown))
    if isinstance(refused, str):
        form.add_error("form", refused)
    else:
        for fault in refused.faults:
            form.add_error(fault.field, fault.words())
    return form_page(form, own.vendor_id, own.currency, own, draft)
