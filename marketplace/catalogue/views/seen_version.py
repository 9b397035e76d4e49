"""A version of a listing as an order saw it: for the buyer and the vendor of such an order, also when the listing is gone."""

from uuid import UUID

from flask import render_template

from marketplace.catalogue import attributes, queries
from marketplace.catalogue.drafts import draft_of
from marketplace.catalogue.models import Product
from marketplace.catalogue.wording import LIFECYCLES, UNIT_WORDS
from marketplace.core import i18n
from marketplace.core.audit import Viewer
from marketplace.core.errors import NotFound
from marketplace.orders.queries.buyers import order_of_version


def show_version(slug: str, written: str, viewer: Viewer | None) -> str:
    """The page of `?version=n`. Raises: NotFound, for everybody else and for what is no version."""
    product: Product = queries.product_by_address(slug)
    number = int(written) if written.isascii() and written.isdigit() and len(written) < 10 else 0
    company_id: UUID | None = viewer.company_id if viewer else None
    order = order_of_version(product.id, number, company_id=company_id) if company_id else None
    if order is None or company_id is None:
        raise NotFound
    version = queries.version_of(product.id, number)
    draft = draft_of(version.content)
    known = queries.definitions_by_code(draft.codes_used)
    asked = queries.asked_by_category(draft.category_id)
    values = {code: attributes.shown(known[code], stored) for code, stored in draft.attributes.items() if code in known}
    names = [d for d in asked if d.code in values] + [
        d for code, d in sorted(known.items()) if code in values and code not in {a.code for a in asked}
    ]
    return render_template(
        "catalogue/show_version.html",
        product=product,
        version=version,
        draft=draft,
        currency=version.content["currency"],
        specifications=[(d, values[d.code]) for d in names],
        own_values=lambda variant: [(known[c], attributes.shown(known[c], s)) for c, s in variant.attributes.items() if c in known],
        order=order,
        is_mine=company_id == product.vendor_id,
        lifecycles=LIFECYCLES,
        units={code: i18n.gettext(word) for code, word in UNIT_WORDS.items()},
    )
