"""Whom a vendor can choose from: the companies that have ordered from it. All others are named exactly."""

from uuid import UUID

from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.orders.queries.facts import buyers_of_vendor
from marketplace.pricing.queries import portal
from marketplace.pricing.schemas import UseInput
from marketplace.pricing.services import Use


def customer_choices(vendor_id: UUID) -> list[tuple[str, str]]:
    """(id, name) of the companies that have paid for an order, by name."""
    return [(str(company_id), name) for company_id, name in portal.names_of(buyers_of_vendor(vendor_id))]


def use_of(form: Form[UseInput], vendor_id: UUID) -> Use | None:
    """The company, and its address, that the form means; None with the reason beside the field where it means none."""
    data = form.data
    if data.customer is not None:
        company_id = data.customer if data.customer in buyers_of_vendor(vendor_id) else None
        if company_id is None:
            form.add_error("customer", gettext("Choose one of the list."))
            return None
    else:
        company = portal.find_company(data.company or "", vendor_id=vendor_id)
        if company is None:
            form.add_error("company", gettext("There is no buying company with exactly this name or tax number."))
            return None
        company_id = company.id
    if not data.location:
        return Use(company_id)
    location = portal.find_location(company_id, data.location)
    if location is None:
        form.add_error("location", gettext("The company has no delivery address with exactly this name or postcode."))
        return None
    return Use(company_id, location.id)
