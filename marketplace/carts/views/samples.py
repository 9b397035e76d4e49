"""The sample of a product: asked for on its page, put into the cart."""

from uuid import UUID

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from marketplace.accounts.permissions import Permission
from marketplace.carts import services
from marketplace.carts.errors import QuantityRefused
from marketplace.carts.schemas import AddSampleInput
from marketplace.carts.views.blueprint import bp, ship_to_of
from marketplace.catalogue import queries as catalogue
from marketplace.core.acting import Page, act_once, viewer_here
from marketplace.core.errors import Conflict
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, own_path, requires
from marketplace.orders import queries as orders
from marketplace.pricing.basket import SAMPLE_TAKEN, TEXTS


@bp.post("/cart/samples")
@requires(Permission.CART_EDIT)
def add_sample() -> Page:
    """Put the sample of a variant into the cart; a refusal is said on a page that leads back and on."""
    viewer = viewer_here()
    form = Form(AddSampleInput, request.form)
    if not form.is_valid():
        form.messages.clear()  # said of the page: there is no control to lead to
        return _refuse(form, None, gettext("This form was too old or damaged. Open the product and ask for the sample again."), 422)
    variant_id = form.data.variant_id
    if variant_id in orders.samples_of(viewer.company_id, [variant_id], wanted=[variant_id]).taken:
        return _refuse(form, variant_id, gettext(TEXTS[SAMPLE_TAKEN]), 409)
    try:
        act_once(
            "add_sample",
            {"variant": variant_id},
            lambda: services.add_sample(variant_id, ship_to=ship_to_of(viewer), actor=current_actor()),
        )
    except QuantityRefused as refused:
        return _refuse(form, variant_id, gettext("This is out of stock."), refused.status)
    except Conflict as refused:
        return _refuse(form, variant_id, gettext(refused.text), refused.status)
    flash(gettext("The sample is in your cart."), "done")
    return Response(status=303, headers={"Location": own_path(request.form.get("next"), "/cart")})


def _refuse(form: Form[AddSampleInput], variant_id: UUID | None, why: str, status: int) -> Page:
    goods = catalogue.variants_for_lines([variant_id]) if variant_id else {}
    seen = [line for line in goods.values() if line.is_visible_to(catalogue.keys_of(viewer_here().company_id, ship_to_of(viewer_here())))]
    form.add_error("form", why)
    page = render_template(
        "carts/refuse_sample.html", form=form, line=seen[0] if seen else None, next=own_path(request.form.get("next"), "/cart")
    )
    return page, status
