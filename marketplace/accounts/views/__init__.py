"""The door of this room."""

from marketplace.accounts.views import (
    address,
    company,
    entry,
    files,
    history,
    identity,
    invitations,
    members,
    papers,
    passkeys,
    places,
    second_step,
    sessions,
    settings,
    two_step,
    units,
)
from marketplace.accounts.views.blueprint import bp

__all__ = [
    "address",
    "blueprints",
    "company",
    "entry",
    "files",
    "history",
    "identity",
    "invitations",
    "members",
    "papers",
    "passkeys",
    "places",
    "second_step",
    "sessions",
    "settings",
    "two_step",
    "units",
]

blueprints = [bp]
