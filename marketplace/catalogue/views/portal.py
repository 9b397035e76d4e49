"""The vendor's listings: the list, the product form, the stock count."""

from collections.abc import Mapping
from uuid import UUID

from flask import flash, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import attributes, queries, services
from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.drafts import UNITS, ProductDraft, VariantDraft, content_of, draft_of
from marketplace.catalogue.errors import EditedMeanwhile, ProductRefused, SKUTaken, StockBelowReserved
from marketplace.catalogue.faults import Fault
from marketplace.catalogue.form import draft_from, initial
from marketplace.catalogue.models import AttributeKind, ProductState
from marketplace.catalogue.quantities import NotWhole, to_base
from marketplace.catalogue.queries import OwnProduct
from marketplace.catalogue.reasons import REASONS
from marketplace.catalogue.schemas import ProductInput, StockInput
from marketplace.catalogue.views.blueprint import bp
from marketplace.catalogue.views.both import both_versions
from marketplace.catalogue.views.hints import tier_hints
from marketplace.catalogue.wording import FIELDS, PACKS, STATES, UNIT_WORDS
from marketplace.core import i18n, once
from marketplace.core.db import transaction
from marketplace.core.errors import NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, once_key, path_id, requires, see_other
from vendors import queries as vendors

ROW_LIMITS = {"tiers": 10, "lead_time": 12}


@bp.get("/portal/products")
@requires(Permission.PRODUCT_EDIT)
def list_products() -> str:
    """The vendor's listings, the last changed first."""
    vendor_id = _vendor_id()
    state = ProductState(request.args["state"]) if request.args.get("state") in set(ProductState) else None
    words = request.args.get("q", "")[:200].replace("\0", "")
    page = queries.product_rows(vendor_id, state=state, words=words, after=request.args.get("after"), before=request.args.get("before"))
    counts = queries.product_counts(vendor_id)
    return render_template(
        "catalogue/list_products.html", page=page, counts=counts, total=sum(counts.values()), state=state, words=words, states=STATES
    )


@bp.route("/portal/products/new", methods=["GET", "POST"])
@requires(Permission.PRODUCT_EDIT)
def new_product() -> str | Response | tuple[str, int]:
    """A new listing, saved as a draft."""
    vendor = vendors.vendor_by_id(_vendor_id())
    if request.method != "POST":
        category = next((c for _, leaves in queries.leaf_categories() for c in leaves if c.slug == request.args.get("category")), None)
        start = {"category_id": str(category.id) if category else "", "unit": "pc", "minimum": "1", "increment": "1", "supply": "stock"}
        return _form_page(Form(ProductInput, initial=start | {"price_per": "1", "visibility": "all", "weight_unit": "g"}), vendor.currency)
    form = Form(ProductInput, request.form)
    if _asks_for_more():
        return _form_page(form, vendor.currency)
    draft = _draft(form, None)
    if draft is None:
        return _form_page(form, vendor.currency), 422
    try:
        with transaction():
            stored = once.claim("catalogue.create_product", once_key(), content_of(draft, vendor.currency))
            if stored is None:
                product = services.create_product(draft, actor=current_actor())
                stored = {"product_id": str(product.id)}
                once.answer("catalogue.create_product", once_key(), stored)
    except (ProductRefused, SKUTaken) as refused:
        _put_faults(form, refused)
        return _form_page(form, vendor.currency), refused.status
    flash(gettext("Saved as a draft. Only your company sees it."), "done")
    return see_other("catalogue.edit_product", product_id=stored["product_id"])


@bp.route("/portal/products/<product_id>/edit", methods=["GET", "POST"])
@requires(Permission.PRODUCT_EDIT)
def edit_product(product_id: str) -> str | Response | tuple[str, int]:
    """A listing's form: one variant of it at a time."""
    own = queries.own_product(path_id(product_id), vendor_id=_vendor_id())
    before = draft_of(own.content)
    if request.method != "POST":
        variant = _asked_variant(before)
        return _form_page(Form(ProductInput, initial=initial(before, variant, own.version)), own.currency, own, before)
    form = Form(ProductInput, request.form)
    if _asks_for_more():
        return _form_page(form, own.currency, own, before)
    draft = _draft(form, before)
    if draft is None:
        return _form_page(form, own.currency, own, before), 422
    if form.data.variant_id is not None and form.data.variant_id not in {v.id for v in before.variants}:
        raise NotFound  # only an empty field adds a variant; somebody else's is nobody's
    try:
        with transaction():
            product = services.edit_product(own.id, draft, version=form.data.version, actor=current_actor())
    except (ProductRefused, SKUTaken) as refused:
        _put_faults(form, refused, before)
        return _form_page(form, own.currency, own, before), refused.status
    except EditedMeanwhile as late:
        own = queries.own_product(own.id, vendor_id=_vendor_id())
        both = both_versions(own.content, content_of(draft, own.currency))
        # What was typed stays, and now stands against the version that the page shows beside it.
        again = MultiDict(request.form)
        again["version"] = str(own.version)
        form = Form(ProductInput, again)
        form.add_error("form", gettext(late.text))
        return _form_page(form, own.currency, own, draft_of(own.content), both=both), late.status
    saved = gettext("Saved as version %(n)s.", n=product.version) if product.version != own.version else gettext("Nothing was changed.")
    flash(saved, "done" if product.version != own.version else "off")
    sku = form.data.sku if len(draft.variants) > 1 else None
    return see_other("catalogue.edit_product", product_id=own.id, variant=sku)


@bp.route("/portal/products/<product_id>/stock", methods=["GET", "POST"])
@requires(Permission.PRODUCT_EDIT)
def count_stock(product_id: str) -> str | Response | tuple[str, int]:
    """What lies in the default place; the vendor writes what it has counted."""
    own = queries.own_product(path_id(product_id), vendor_id=_vendor_id())
    rows = queries.stock_of_product(own.id, vendor_id=_vendor_id())
    if request.method != "POST":
        return render_template("catalogue/count_stock.html", product=own, rows=rows, form=Form(StockInput))
    form = Form(StockInput, request.form)
    status = 422
    if form.is_valid():
        variant = next((variant for variant, _, _ in rows if variant.id == form.data.variant_id), None)
        if variant is None:
            raise NotFound
        factor, unit = variant.display_factor, variant.display_unit
        try:
            with transaction():
                services.count_stock(variant.id, to_base(form.data.on_hand, factor), actor=current_actor())
        except NotWhole:
            form.add_error("on_hand", gettext("This is not a whole number of the smallest unit."))
        except StockBelowReserved as refused:
            promised = i18n.quantity(refused.reserved, unit, display_factor=factor)
            form.add_error("on_hand", gettext("Open orders have been promised %(quantity)s.", quantity=promised))
            status = refused.status
        else:
            flash(gettext("Counted: %(sku)s.", sku=variant.sku), "done")
            return see_other("catalogue.count_stock", product_id=own.id)
    if form.error("variant_id"):
        raise NotFound  # the page sends the id of its row; another one was not typed by anybody
    rows = queries.stock_of_product(own.id, vendor_id=_vendor_id())
    return render_template("catalogue/count_stock.html", product=own, rows=rows, form=form), status


def _vendor_id() -> UUID:
    company_id = current_actor().company_id
    if company_id is None:
        raise NotFound
    return company_id


def _asks_for_more() -> bool:
    """Whether a button asked for another row, or for another category's attributes, and not to save."""
    return request.form.get("add") in ROW_LIMITS or "use_category" in request.form


def _asked_variant(draft: ProductDraft) -> VariantDraft | None:
    asked = request.args.get("variant")
    if asked is None:
        return draft.variants[0]
    return next((variant for variant in draft.variants if variant.sku == asked), None)


def _draft(form: Form[ProductInput], before: ProductDraft | None) -> ProductDraft | None:
    """The listing that was typed; None when the form says what is wrong with it."""
    is_valid = form.is_valid()
    asked = _definitions(form.value("category_id"))
    typed = {
        d.code: {"v": value, "unit": request.form.get(f"attr-{d.code}-unit") or None}
        for d in asked
        if (value := request.form.get(f"attr-{d.code}", "").strip())
    }
    values, faults = attributes.read_values(asked, typed)
    if not is_valid:
        _add_faults(form, faults)
        return None
    if before is not None:
        shown = {d.code for d in asked}
        kept = next(
            (dict(before.attributes) | dict(v.attributes) for v in before.variants if v.id == form.data.variant_id), before.attributes
        )
        values = {code: value for code, value in kept.items() if code not in shown} | values
    draft, unfit = draft_from(form.data, values, before)
    _add_faults(form, [*faults, *unfit])
    return None if faults or unfit else draft


def _definitions(category_id: str) -> list[Definition]:
    try:
        return queries.asked_by_category(UUID(category_id))
    except ValueError:
        return []


def _put_faults(form: Form[ProductInput], refused: ProductRefused | SKUTaken, before: ProductDraft | None = None) -> None:
    if isinstance(refused, SKUTaken):
        form.add_error("sku", gettext(refused.text))
        return
    position = next((n for n, v in enumerate(before.variants) if v.id == form.data.variant_id), len(before.variants)) if before else 0
    prefix = f"variants-{position}-"
    _add_faults(form, [Fault(fault.field.removeprefix(prefix), fault.text, fault.values) for fault in refused.faults])


def _add_faults(form: Form[ProductInput], faults: list[Fault]) -> None:
    for fault in faults:
        form.add_error(_field(form, fault.field), fault.words())


def _field(form: Form[ProductInput], field: str) -> str:
    """A fault's field as the page has it: blank rows were left out, so the nth row may stand further down."""
    for name in ROW_LIMITS:
        if field.startswith(f"{name}-"):
            number, _, rest = field.removeprefix(f"{name}-").partition("-")
            filled = [row for row in form.rows(name, blank=0) if any(form.value(f"{row}-{part}").strip() for part in ROW_FIELDS[name])]
            return f"{filled[int(number)]}-{rest}" if int(number) < len(filled) else name
    return field


ROW_FIELDS = {"tiers": ("from_quantity", "price"), "lead_time": ("up_to", "days_from", "days_to")}


def _rows(form: Form[ProductInput], name: str) -> list[str]:
    """The rows of a list field, one more where a button asked for it."""
    rows = form.rows(name, blank=1)
    if request.method == "POST" and (not rows or request.form.get("add") == name):
        rows.append(f"{name}-{len(rows)}")
    return rows[: ROW_LIMITS[name]]


def _form_page(
    form: Form[ProductInput],
    currency: str,
    own: OwnProduct | None = None,
    draft: ProductDraft | None = None,
    *,
    both: list[tuple[str, str, str]] | None = None,
) -> str:
    asked = _definitions(form.value("category_id"))
    shown = {f"attr-{d.code}{part}" for d in asked for part in ("", "-unit")}
    unit = form.value("unit") if form.value("unit") in UNITS else "pc"
    tiers = _rows(form, "tiers")
    labels = {name: gettext(text) for name, text in FIELDS.items()} | {f"attr-{d.code}": i18n.text(dict(d.name)) for d in asked}
    return render_template(
        "catalogue/edit_product.html",
        form=form,
        product=own,
        draft=draft,
        currency=currency,
        both=both,
        asked=asked,
        # Attributes typed for a category that cannot be read any more are carried, not lost.
        carried=[(name, request.form[name]) for name in request.form if name.startswith("attr-") and name not in shown],
        kinds=AttributeKind,
        other_units={d.code: [(u, u) for u in units] if len(units := attributes.units_for(d.unit)) > 1 else [] for d in asked},
        reasons=[gettext(REASONS[code]) for code in own.reasons if code in REASONS] if own else [],
        choice_options=lambda d: [(code, i18n.text(dict(names))) for code, names in d.choices],
        categories=[
            (i18n.text(root.name), [(str(leaf.id), i18n.text(leaf.name)) for leaf in leaves]) for root, leaves in queries.leaf_categories()
        ],
        units=[(code, gettext(word)) for code, word in UNIT_WORDS.items()],
        packs=[(code, gettext(word)) for code, word in PACKS.items()],
        unit=unit,
        tier_rows=tiers,
        tier_hints=tier_hints(form, tiers, currency),
        lead_rows=_rows(form, "lead_time"),
        labels=_row_labels(labels, form),
        countries=i18n.countries(),
        state=STATES[own.state] if own else None,
        variant_tabs=_variant_tabs(own, draft, form),
    )


def _row_labels(labels: dict[str, str], form: Form[ProductInput]) -> Mapping[str, str]:
    """Labels of the rows' fields for the summary: `Tier 3, price`."""
    for name, _ in form.errors:
        parts = name.split("-")
        if parts[0] == "tiers" and len(parts) == 3:
            part = gettext("price") if parts[2] == "price" else gettext("from")
            labels[name] = gettext("Tier %(n)s, %(part)s", n=int(parts[1]) + 1, part=part)
        elif parts[0] == "lead_time" and len(parts) == 3:
            labels[name] = gettext("Lead time, band %(n)s", n=int(parts[1]) + 1)
    return labels


def _variant_tabs(own: OwnProduct | None, draft: ProductDraft | None, form: Form[ProductInput]) -> list[tuple[str, str, bool]]:
    if own is None or draft is None:
        return []
    current = form.value("variant_id")
    tabs: list[tuple[str, str, bool]] = [
        (v.label or v.sku, url_for("catalogue.edit_product", product_id=own.id, variant=v.sku), str(v.id) == current)
        for v in draft.variants
    ]
    return [*tabs, (gettext("Add a variant"), url_for("catalogue.edit_product", product_id=own.id, variant=""), not current)]


def form_page_of(product_id: UUID, faults: ProductRefused) -> str:
    """The form of a saved listing with what is missing before it can be submitted."""
    own = queries.own_product(product_id, vendor_id=_vendor_id())
    draft = draft_of(own.content)
    form = Form(ProductInput, initial=initial(draft, draft.variants[0], own.version))
    for fault in faults.faults:
        form.add_error(fault.field, fault.words())
    return _form_page(form, own.currency, own, draft)
