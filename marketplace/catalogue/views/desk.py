"""The desk's look at submitted listings, changes of listings on sale, and photos."""

from collections.abc import Mapping
from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import attributes, queries, services
from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.drafts import VariantDraft, draft_of
from marketplace.catalogue.errors import EditedMeanwhile, ProductRefused, SKUTaken
from marketplace.catalogue.models import ProductState
from marketplace.catalogue.quantities import to_shown
from marketplace.catalogue.queries.desk import KINDS
from marketplace.catalogue.reasons import REASONS
from marketplace.catalogue.review import with_proposal
from marketplace.catalogue.schemas import DecisionInput
from marketplace.catalogue.views.blueprint import bp
from marketplace.catalogue.views.both import differences_in_words
from marketplace.catalogue.views.desk_past import past_of
from marketplace.catalogue.views.versions import category_names, codes_of
from marketplace.catalogue.wording import FIELDS
from marketplace.core import i18n
from marketplace.core.acting import Page
from marketplace.core.db import transaction
from marketplace.core.downloads import download_csv
from marketplace.core.errors import InvalidMove
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.waiting import count
from marketplace.core.web import current_actor, path_id, requires, see_other


@bp.get("/desk/products")
@requires(Permission.VENDOR_VERIFY)
def list_checks() -> str:
    """What waits for an answer, the longest waiting first."""
    asked = queries.CHECKS.read(request.args)
    page = queries.CHECKS.page(queries.checks(), asked)
    return render_template("catalogue/list_checks.html", page=page, asked=asked, total=count(queries.queue_of_listings()), kinds=KINDS)


@bp.get("/desk/products.csv")
@requires(Permission.VENDOR_VERIFY)
def export_checks() -> Response:
    """The same list, whole."""
    head = [gettext("Product"), "SKU", gettext("What"), gettext("Vendor"), gettext("Category"), gettext("Waiting since")]
    rows = (
        [
            i18n.text(row.Product.title),
            row.sku,
            gettext(KINDS[row.kind]),
            row.vendor_name,
            i18n.text(row.category_name),
            row.waiting_since.isoformat(),
        ]
        for row in queries.CHECKS.rows(queries.checks(), queries.CHECKS.read(request.args))
    )
    return download_csv(head, rows, "product-checks.csv")


@bp.get("/desk/products/<product_id>")
@requires(Permission.VENDOR_VERIFY)
def show_check(product_id: str) -> str:
    """One listing, whole, with the change that waits field by field."""
    return _page(path_id(product_id), Form(DecisionInput))


@bp.post("/desk/products/<product_id>")
@requires(Permission.VENDOR_VERIFY)
def decide_product(product_id: str) -> Page:
    """Accept what waits, or turn it down with reasons."""
    key = path_id(product_id)
    form = Form(DecisionInput, request.form)
    if not form.is_valid():
        return _page(key, form), 422
    data = form.data
    try:
        with transaction():
            _decide(key, data)
    except ProductRefused as refused:
        field = "reasons" if refused.faults[0].field == "reasons" else "form"
        form.add_error(field, refused.faults[0].words())
        return _page(key, form), 422
    except SKUTaken as refused:
        form.add_error("form", gettext("The vendor has given this SKU to another product since. Refuse the change."))
        return _page(key, form), refused.status
    except EditedMeanwhile as late:
        form.add_error("form", gettext("The vendor has saved version %(n)s or another change since. Look at it again.", n=late.version))
        return _page(key, form), late.status
    except InvalidMove as late:
        form.add_error("form", gettext("It was answered already, or the vendor has taken it back."))
        return _page(key, form), late.status
    flash(gettext("Accepted: it is live.") if data.decision == "accept" else gettext("Refused, with reasons."), "done")
    return see_other("catalogue.list_checks")


def _decide(key: UUID, data: DecisionInput) -> None:
    actor = current_actor()
    if queries.product_to_check(key).state is ProductState.CHECKING:
        if data.decision == "accept":
            services.accept_product(key, version=data.version, pictures=data.pictures, actor=actor)
        else:
            services.refuse_product(key, data.reasons, version=data.version, pictures=data.pictures, actor=actor)
    elif data.decision == "accept":
        services.accept_change(key, version=data.version, proposal_id=data.proposal, pictures=data.pictures, actor=actor)
    else:
        services.refuse_change(key, data.reasons, version=data.version, proposal_id=data.proposal, pictures=data.pictures, actor=actor)


def _page(product_id: UUID, form: Form[DecisionInput]) -> str:
    row = queries.product_to_check(product_id)
    draft = draft_of(row.content)
    wanted = with_proposal(row.content, row.proposed) if row.proposed else None
    definitions = queries.definitions_by_code(codes_of(dict(row.content)) | (codes_of(wanted) if wanted else set()))
    values = [
        (definitions[code], attributes.shown(definitions[code], stored))
        for code, stored in sorted(draft.attributes.items())
        if code in definitions
    ]
    factors = queries.factors_of([sku for variant in draft.variants for sku, _ in variant.parts], vendor_id=row.vendor_id)
    return render_template(
        "catalogue/show_check.html",
        row=row,
        draft=draft,
        values=values,
        further={variant.sku: _further(variant, definitions, factors) for variant in draft.variants},
        changes=differences_in_words(row.content, wanted, known=definitions, names=category_names()) if wanted else [],
        documents=queries.own_documents(row.id, vendor_id=row.vendor_id),
        form=form,
        waits=row.waits,
        is_new=row.state is ProductState.CHECKING,
        is_on_sale=row.state in (ProductState.LIVE, ProductState.PAUSED),
        reasons=[(code, gettext(words)) for code, words in REASONS.items()],
        **past_of(row),
    )


def _further(variant: VariantDraft, definitions: Mapping[str, Definition], factors: Mapping[str, int]) -> list[tuple[str, str]]:
    """What else buyers read of a variant, (word, value): all of `review.REVIEWED_OF_VARIANT` that has no column of its own."""
    rows = [
        (i18n.text(dict(definitions[code].name)), attributes.shown(definitions[code], stored))
        for code, stored in sorted(variant.attributes.items())
        if code in definitions
    ]
    parts = [f"{sku} × {to_shown(quantity, factors.get(sku, 1))}" for sku, quantity in variant.parts]
    said = {
        "codes": ", ".join(variant.codes),
        "origin": i18n.country(variant.origin) if variant.origin else "",
        "hs_code": variant.hs_code or "",
        "parts": "; ".join(parts),
    }
    return rows + [(gettext(FIELDS[name]), value) for name, value in said.items() if value]
