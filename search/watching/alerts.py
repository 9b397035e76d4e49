"""Alerts of saved searches: who is looked at again and when, what a mail tells, and the link that ends them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import or_, select
from sqlalchemy.orm import undefer

from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Person
from marketplace.accounts.permissions import Permission
from marketplace.core import clock, emails, jobs
from marketplace.core.db import db
from marketplace.core.emails import Letter
from search import queries
from search.queries import ShownVariant
from search.watching.models import Alert, SavedSearch
from search.watching.offers import Priced, priced
from search.watching.prices import Moved, changed_since, fallen_since
from search.watching.searches import Look, keys_of, news, path_of, remembered, standpoint
from search.watching.wording import wording_of

EVERY = {Alert.AT_ONCE: timedelta(minutes=4), Alert.DAILY: timedelta(hours=24), Alert.WEEKLY: timedelta(days=7)}
"""How long after a look the next one is due; the timetable asks every five minutes."""
BATCH = 2_000
SHOWN = 20
"""Goods that a mail names; the rest is counted."""
COUNTED = 500
"""Goods that are looked at again for a mail, of each kind; beyond that it says how many were found, and does not name them."""
SALT = "search.alert"


def enqueue_due() -> int:
    """A job for each saved search whose time has come; how many there are."""
    now = clock.now()
    due = or_(*((SavedSearch.alert == alert) & (SavedSearch.looked_at <= now - pause) for alert, pause in EVERY.items()))
    rows = db.session.execute(select(SavedSearch.id, SavedSearch.looked_at).where(due).order_by(SavedSearch.looked_at).limit(BATCH)).all()
    for search_id, looked_at in rows:
        jobs.enqueue("search.look_again", key=f"search.look_again:{search_id}:{looked_at.timestamp():.3f}", search_id=search_id)
    return len(rows)


def find_saved(search_id: UUID) -> SavedSearch | None:
    """A saved search that still wants mails and whose owner may still get them."""
    saved = db.session.scalar(select(SavedSearch).where(SavedSearch.id == search_id).options(undefer(SavedSearch.told)))
    if saved is None or saved.alert is Alert.NEVER:
        return None
    people = accounts.people_to_write_to(saved.company_id, Permission.COMPANY_VIEW)
    return saved if any(person.id == saved.person_id for person in people) else None


def tell_of_news(search_id: UUID, found: Sequence[UUID], total: int) -> bool:
    """Compare what a search found with what was told before, and enqueue the mail; true where there was something to tell.

    Each new match is told once, each fall of a public price once.
    """
    saved = db.session.scalar(select(SavedSearch).where(SavedSearch.id == search_id).options(undefer(SavedSearch.told)).with_for_update())
    if saved is None or saved.alert is Alert.NEVER:
        return False
    [new] = news([Look(found, total, saved.told, saved.looked_at)])
    changed = changed_since(found, saved.looked_at).difference(new)
    shown = seen_by_owner(saved, [variant_id for variant_id in found if variant_id in changed])
    fallen = fallen_since(_quantities(saved, shown), {each.line.product_id for each in shown}, saved.looked_at)
    saved.told = remembered(found, saved.told)
    saved.looked_at = clock.now()
    if not new and not fallen:
        return False
    jobs.enqueue(
        "search.email_alert",
        search_id=search_id,
        new=[str(variant_id) for variant_id in new[:COUNTED]],
        fallen={str(variant_id): [move.was_micro, move.now_micro] for variant_id, move in islice(fallen.items(), COUNTED)},
        beyond=[max(0, len(new) - COUNTED), max(0, len(fallen) - COUNTED)],
    )
    return True


def seen_by_owner(saved: SavedSearch, variant_ids: Sequence[UUID]) -> list[ShownVariant]:
    """Of some variants those that the owner's company may see now, in their order."""
    ship_to, _ = standpoint(saved)
    return queries.shown_variants(variant_ids, keys=keys_of(saved.company_id, ship_to))


def _quantities(saved: SavedSearch, shown: Sequence[ShownVariant]) -> dict[UUID, int]:
    """What the owner would buy of each, in base units."""
    wanted = _wanted(saved, shown)
    return {each.line.variant_id: max(each.line.rule.minimum, wanted[each.line.variant_id] or 0) for each in shown}


def _wanted(saved: SavedSearch, shown: Sequence[ShownVariant]) -> dict[UUID, int | None]:
    """What the owner has said to want of each, in base units; None where nothing was said."""
    _, wanted = standpoint(saved)
    return {
        each.line.variant_id: None if wanted is None else -(-wanted * each.line.display_factor // queries.QUANTITY_SCALE) for each in shown
    }


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the mail: the goods, how their public price moved, and what it is."""

    found: ShownVariant
    moved: Moved | None = None
    price: Priced | None = None

    @property
    def path(self) -> str:
        """The page of the listing, opened at these goods."""
        return f"/products/{quote(self.found.line.product_slug)}?{urlencode({'variant': self.found.line.sku})}"


def alert_letter(search_id: UUID, new: Sequence[str], fallen: Mapping[str, Sequence[int]], beyond: Sequence[int] = (0, 0)) -> Letter | None:
    """The mail to the owner, in their language; none when they want none any more, or nothing of it can be seen any more.

    `beyond` are the new matches and the lower prices that were found besides.
    """
    saved = find_saved(search_id)
    if saved is None:
        return None
    shown = seen_by_owner(saved, [UUID(variant_id) for variant_id in (*new, *fallen)])
    prices = priced(shown, _wanted(saved, shown))
    lines = [_told(each, fallen.get(str(each.line.variant_id)), prices.get(each.line.variant_id)) for each in shown]
    matches, cheaper = ([line for line in lines if (line.moved is None) is is_new] for is_new in (True, False))
    if not lines:
        return None
    person = db.session.get_one(Person, saved.person_id)
    values: dict[str, Any] = {
        "saved": saved,
        "wording": partial(wording_of, saved),  # called while the letter is written, in its language
        "matches": matches[:SHOWN],
        "cheaper": cheaper[:SHOWN],
        "more": max(0, len(matches) - SHOWN) + max(0, len(cheaper) - SHOWN) + sum(beyond),
        "counts": (len(matches) + beyond[0], len(cheaper) + beyond[1]),
        "path": path_of(saved),
        "stop_url": f"{current_app.config['BASE_URL'].rstrip('/')}/searches/stop/{stop_token(saved.id)}",
    }
    return emails.write("saved_search", to=person.email, locale=person.locale, time_zone=person.time_zone, **values)


def _told(found: ShownVariant, fallen: Sequence[int] | None, price: Priced | None) -> Told:
    moved = None if fallen is None else Moved(fallen[0], fallen[1], found.line.price_per, found.line.currency)
    return Told(found, moved, price)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=SALT)


def stop_token(search_id: UUID) -> str:
    """What the link of a mail carries that ends the mails of one saved search, without logging in."""
    return str(_serializer().dumps(str(search_id)))


def read_stop_token(token: str) -> UUID | None:
    """The saved search of such a link; None for a link that we did not make."""
    try:
        return UUID(_serializer().loads(token))
    except (BadSignature, ValueError, AttributeError, TypeError):
        return None


def search_of_link(search_id: UUID) -> SavedSearch | None:
    """The saved search that a link of ours names, whoever holds it; None when its owner has removed it."""
    return db.session.get(SavedSearch, search_id)


def stop_alert(search_id: UUID) -> SavedSearch | None:
    """No more mails of this search, which is returned; it stays in its owner's list. None when its owner has removed it."""
    saved = db.session.scalar(select(SavedSearch).where(SavedSearch.id == search_id).with_for_update())
    if saved is not None:
        saved.alert = Alert.NEVER
    return saved
