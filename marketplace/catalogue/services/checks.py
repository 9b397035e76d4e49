"""The platform's answer to a submitted listing. For staff: doors ask for the permission, nothing here scopes to a company."""

from collections.abc import Sequence
from uuid import UUID

from marketplace.catalogue.errors import EditedMeanwhile, ProductRefused
from marketplace.catalogue.faults import Fault
from marketplace.catalogue.models import Product, ProductState
from marketplace.catalogue.queries.products import lock_product
from marketplace.catalogue.reasons import REASONS
from marketplace.catalogue.services.products import check_stands
from marketplace.core import audit, changes, clock
from marketplace.core.audit import Actor
from marketplace.core.i18n import lazy


def accept_product(product_id: UUID, *, version: int, actor: Actor) -> Product:
    """A listing that was looked at goes live. Raises: NotFound, EditedMeanwhile (the vendor changed it since), InvalidMove."""
    product = _lock(product_id, version)
    check_stands(product, ProductState.CHECKING, ProductState.LIVE)
    product.move(ProductState.LIVE)
    product.reasons = []
    product.published_at = product.published_at or clock.now()
    _record("product.accepted", product, actor, {"state": product.state.value, "version": version})
    return product


def refuse_product(product_id: UUID, reasons: Sequence[str], *, version: int, actor: Actor) -> Product:
    """A listing is turned down with reason codes. Raises: NotFound, EditedMeanwhile, InvalidMove, ProductRefused (no known reason)."""
    if not reasons or not set(reasons) <= set(REASONS):
        raise ProductRefused([Fault("reasons", lazy("Choose at least one."))])
    product = _lock(product_id, version)
    check_stands(product, ProductState.CHECKING, ProductState.REFUSED)
    product.move(ProductState.REFUSED)
    product.reasons = sorted(set(reasons))
    _record("product.refused", product, actor, {"state": product.state.value, "version": version, "reasons": product.reasons})
    return product


def _lock(product_id: UUID, version: int) -> Product:
    product = lock_product(product_id, vendor_id=None)
    if product.version != version:
        raise EditedMeanwhile(product.version)
    return product


def _record(act: str, product: Product, actor: Actor, after: dict[str, object]) -> None:
    product.updated_at = clock.now()
    audit.record(actor, act, "product", product.id, companies=(product.vendor_id,), before={"state": "checking"}, after=after)
    changes.mark("product", [product.id])
