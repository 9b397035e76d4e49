"""One button each: submit, take back, pause, resume, retire."""

from collections.abc import Callable
from typing import Any

from flask import flash

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import services
from marketplace.catalogue.errors import ProductRefused
from marketplace.catalogue.views.blueprint import bp
from marketplace.catalogue.views.portal import form_page_of
from marketplace.core.acting import Page
from marketplace.core.db import transaction
from marketplace.core.i18n import gettext
from marketplace.core.web import current_actor, path_id, requires, see_other


def _act(product_id: str, service: Callable[..., Any], said: str) -> Page:
    key = path_id(product_id)
    try:
        with transaction():
            service(key, actor=current_actor())
    except ProductRefused as refused:
        return form_page_of(key, refused), refused.status
    flash(said, "done")
    return see_other("catalogue.edit_product", product_id=key)


@bp.post("/portal/products/<product_id>/submit")
@requires(Permission.PRODUCT_EDIT)
def publish_product(product_id: str) -> Page:
    """Ask the platform to look at it."""
    return _act(product_id, services.publish_product, gettext("Submitted. The platform looks at it, then it is live."))


@bp.post("/portal/products/<product_id>/withdraw")
@requires(Permission.PRODUCT_EDIT)
def withdraw_product(product_id: str) -> Page:
    """Take it back before the platform has answered."""
    return _act(product_id, services.withdraw_product, gettext("Taken back: it is a draft again."))


@bp.post("/portal/products/<product_id>/pause")
@requires(Permission.PRODUCT_EDIT)
def pause_product(product_id: str) -> Page:
    """Take it off sale for a while."""
    return _act(product_id, services.pause_product, gettext("Paused: nobody finds it until you resume it."))


@bp.post("/portal/products/<product_id>/resume")
@requires(Permission.PRODUCT_EDIT)
def resume_product(product_id: str) -> Page:
    """Put it on sale again."""
    return _act(product_id, services.resume_product, gettext("Live again."))


@bp.post("/portal/products/<product_id>/retire")
@requires(Permission.PRODUCT_EDIT)
def retire_product(product_id: str) -> Page:
    """End it for good."""
    return _act(product_id, services.retire_product, gettext("Retired. Orders keep their copy."))
