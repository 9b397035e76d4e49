"""The door of this room."""

from vendors.views import (
    appeal_checks,
    appeals,
    applications,
    certificate_checks,
    certificates,
    customers,
    desk,
    fact_changes,
    fact_checks,
    figures,
    home,
    levels,
    lists,
    public,
    shipping,
    shop,
    suspension,
    takedowns,
    team,
)
from vendors.views.blueprint import bp

__all__ = [
    "appeal_checks",
    "appeals",
    "applications",
    "blueprints",
    "certificate_checks",
    "certificates",
    "customers",
    "desk",
    "fact_changes",
    "fact_checks",
    "figures",
    "home",
    "levels",
    "lists",
    "public",
    "shipping",
    "shop",
    "suspension",
    "takedowns",
    "team",
]

blueprints = [bp]
