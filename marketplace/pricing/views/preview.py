"""What a buyer of one of the vendor's lists pays, and why, before the buyer asks."""

from flask import render_template, request

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import queries as catalogue
from marketplace.core import clock
from marketplace.core.acting import Page
from marketplace.core.errors import NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.web import requires
from marketplace.pricing.queries import portal
from marketplace.pricing.queries.lists import list_prices
from marketplace.pricing.queries.why import WhyPrice, why_for_vendor
from marketplace.pricing.schemas import PreviewInput
from marketplace.pricing.views.blueprint import bp, vendor_id


@bp.get("/portal/price-lists/preview")
@requires(Permission.PRODUCT_EDIT)
def preview_price() -> Page:
    """A company, a SKU and a quantity: the price, and every source that was looked at."""
    own = vendor_id()
    buyers = portal.buyers_of_lists(own)
    is_asked = "sku" in request.args
    form = Form(PreviewInput, request.args if is_asked else None, initial={"quantity": "1", "buyer": request.args.get("buyer", "")})
    found: WhyPrice | None = None
    if is_asked and form.is_valid():
        found = _explained(form, buyers=dict(buyers))
    page = render_template(
        "pricing/preview_price.html",
        form=form,
        buyers=[(str(company_id), name) for company_id, name in buyers],
        addresses=[(str(location_id), name) for location_id, name in portal.addresses_of_lists(own)],
        found=found,
    )
    return (page, 422) if form.messages else page


def _explained(form: Form[PreviewInput], *, buyers: dict[object, str]) -> WhyPrice | None:
    data = form.data
    if data.buyer not in buyers:
        raise NotFound  # a company that no list is meant for is nobody's business
    variant = portal.variants_by_sku(vendor_id(), [data.sku]).get(data.sku)
    if variant is None:
        form.add_error("sku", gettext("There is no variant with this SKU in your catalogue."))
        return None
    if data.location is not None and data.location not in dict(portal.addresses_of_lists(vendor_id())):
        raise NotFound
    facts = catalogue.variants_for_lines([variant.id])[variant.id]
    quantity = data.quantity * variant.display_factor
    day = data.on or clock.now().date()
    prices = list_prices({variant.id: facts}, buyer_id=data.buyer, location_id=data.location, on=day)
    found = why_for_vendor(facts, prices.get(variant.id, []), quantity)
    if found is None:
        form.add_error("sku", gettext("The vendor has not stated a price."))
    return found
