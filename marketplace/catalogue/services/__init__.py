"""Every write of the catalogue: one public function per act."""

from marketplace.catalogue.services.categories import define_attributes, link_attributes, load_categories
from marketplace.catalogue.services.checks import accept_product, refuse_product
from marketplace.catalogue.services.imports import import_products
from marketplace.catalogue.services.products import (
    create_product,
    edit_product,
    pause_product,
    publish_product,
    resume_product,
    retire_product,
    withdraw_product,
)
from marketplace.catalogue.services.stock import (
    Wanted,
    count_stock,
    give_back,
    give_back_expired,
    keep_reservations,
    reserve_stock,
    use_reservations,
)

__all__ = [
    "Wanted",
    "accept_product",
    "count_stock",
    "create_product",
    "define_attributes",
    "edit_product",
    "give_back",
    "give_back_expired",
    "import_products",
    "keep_reservations",
    "link_attributes",
    "load_categories",
    "pause_product",
    "publish_product",
    "refuse_product",
    "reserve_stock",
    "resume_product",
    "retire_product",
    "use_reservations",
    "withdraw_product",
]
