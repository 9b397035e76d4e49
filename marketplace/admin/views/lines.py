"""Lines of history as the desk tells them: what was done in words, with the way to what it was done to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marketplace.accounts import telling
from marketplace.accounts.permissions import Permission
from marketplace.admin import queries
from marketplace.admin.settings import SETTINGS
from marketplace.core.acting import viewer_here
from marketplace.core.audit import SYSTEM, AuditEvent
from marketplace.core.i18n import gettext
from marketplace.core.links import url_for
from search.queries import skus_of

PAGES: dict[str, tuple[Permission, str, str]] = {
    "category": (Permission.CATEGORY_EDIT, "catalogue.show_category", "category_id"),
    "company": (Permission.DESK_VIEW, "admin.show_company", "company_id"),
    "payout_account": (Permission.VENDOR_VERIFY, "vendors.show_case", "vendor_id"),
    "person": (Permission.DESK_VIEW, "admin.show_person", "person_id"),
    "product": (Permission.VENDOR_VERIFY, "catalogue.show_check", "product_id"),
    "vendor": (Permission.VENDOR_VERIFY, "vendors.show_case", "vendor_id"),
}
"""Kind of subject → who may open its page, the page, and what the page calls its id. What belongs to an order is found by number."""

VARIANTS = "variant_ids"
"""The field in which acts keep variants; it tells people nothing."""


@dataclass(frozen=True, slots=True)
class Line:
    """One act in words; `url` leads to what it was done to, where the reader may open that."""

    event: AuditEvent
    who: str
    text: str
    changes: list[telling.Changed]
    url: str | None


def lines_of(events: Sequence[AuditEvent]) -> list[Line]:
    """The acts in the reader's language, in the order that they come in."""
    numbers = queries.order_numbers({event.subject_id for event in events if event.subject_kind in queries.OF_AN_ORDER})
    skus = skus_named(events)
    return [_line(event, numbers.get(event.subject_id), skus) for event in events]


def skus_named(events: Iterable[AuditEvent]) -> dict[str, str]:
    """SKUs of the variants that acts keep by their ids alone, by id as text; not asked for where no act does."""
    ids = {one for event in events for side in (event.before, event.after) for one in side.get(VARIANTS, ())}
    return {str(one): sku for one, sku in skus_of(map(UUID, ids)).items()} if ids else {}


def with_skus(side: Mapping[str, Any], skus: Mapping[str, str]) -> dict[str, Any]:
    """What an act keeps, with the variants beside their ids as people know them."""
    return {**side, "variants": [skus.get(one, one) for one in side[VARIANTS]]} if VARIANTS in side else dict(side)


def _line(event: AuditEvent, number: str | None, skus: Mapping[str, str]) -> Line:
    viewer = viewer_here()
    url = url_for("admin.show_order", number=number) if number and viewer.can(Permission.ANY_ORDER_VIEW) else None
    if event.subject_kind in PAGES:
        permission, endpoint, name = PAGES[event.subject_kind]
        url = url_for(endpoint, **{name: event.subject_id}) if viewer.can(permission) else None
    text = telling.sentence(event.act, event.before, event.after)
    before, after = (with_skus(side, skus) for side in (event.before, event.after))
    if (setting := SETTINGS.get(after.get("setting", ""))) is not None:
        text = f"{text} · {gettext(setting.meaning)}"
        before, after = (
            {name: setting.written(value) if name == "value" else value for name, value in side.items()} for side in (before, after)
        )
    changes = telling.changes(before, after, silent=telling.FOR_PROGRAMS)
    return Line(event, _who(event), text, telling.unsaid(text, changes), url)


def _who(event: AuditEvent) -> str:
    if event.actor_id is not None or not event.actor_name:
        return event.actor_name or gettext("nobody signed in")
    return gettext("The platform's own clockwork") if event.actor_name == SYSTEM.name else telling.told(event.actor_name)
