"""Movements at the provider that no entry of ours explains, as a list for finance; for the platform's staff."""

from typing import Any

from sqlalchemy import Select, func, or_, select

from marketplace.core.db import db
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Choice, Days, Sort, Table, Words
from payments.models import ProviderMovement

STATES = {"suspense": lazy("In suspense"), "looked_up": lazy("Being looked up")}
UNEXPLAINED = Table(
    name="payments.unexplained_movements",
    key=ProviderMovement.id,
    sorts={"when": Sort(ProviderMovement.created_at, falls=True), "net": Sort(ProviderMovement.net_minor, falls=True)},
    default="-when",
    filters=(
        Words(
            "q",
            lazy("Movement or source"),
            lambda words: or_(*(column.icontains(words, autoescape=True) for column in (ProviderMovement.id, ProviderMovement.source_id))),
        ),
        Words("kind", lazy("Kind"), lambda words: ProviderMovement.type.icontains(words, autoescape=True)),
        Choice(
            "state",
            lazy("State"),
            lambda: [(state, gettext(word)) for state, word in STATES.items()],
            lambda state: ProviderMovement.is_unexplained.is_(state == "suspense"),
        ),
        Days("when", lazy("When"), ProviderMovement.created_at),
    ),
)


def unexplained_movements() -> Select[Any]:
    """Every movement that only suspense explains, or nothing, as a query for `UNEXPLAINED`."""
    return select(ProviderMovement).where(or_(ProviderMovement.entry_id.is_(None), ProviderMovement.is_unexplained))


def count_unexplained_movements() -> int:
    """How many there are."""
    return db.session.scalar(unexplained_movements().with_only_columns(func.count(ProviderMovement.id))) or 0
