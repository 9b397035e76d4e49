"""Wishes: what a buyer looked for and did not find, kept until factories can be asked. Acts and reads."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.accounts.models import Company
from marketplace.catalogue import queries as catalogue
from marketplace.core import audit, clock, i18n
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, NotFound
from marketplace.core.i18n import lazy
from marketplace.core.ids import new_id
from marketplace.core.tables import Asked, Choice, Days, Sort, Stretch, Table, Words
from search.watching.errors import NoSuchCategory, WishChangedSince, WishClosed
from search.watching.models import QuoteWish, WishState
from search.watching.schemas import WishInput

STATES = {WishState.OPEN: (lazy("Open"), None), WishState.WITHDRAWN: (lazy("Withdrawn"), "off")}
LOGGED = ("words", "unit", "note")

STATE = Choice(
    "state",
    lazy("State"),
    lambda: [(state.value, i18n.gettext(word)) for state, (word, _) in STATES.items()],
    lambda value: QuoteWish.state == WishState(value),
)
MINE = Table(
    name="search.wishes",
    key=QuoteWish.id,
    sorts={
        "words": Sort(func.lower(QuoteWish.words)),
        "created": Sort(QuoteWish.created_at, falls=True),
    },
    default="-created",
    filters=(
        Words(
            "q",
            lazy("Words"),
            lambda words: QuoteWish.words.icontains(words, autoescape=True) | QuoteWish.note.icontains(words, autoescape=True),
        ),
        STATE,
    ),
)
ALL = Table(
    name="search.desk_wishes",
    key=QuoteWish.id,
    sorts={
        "words": Sort(func.lower(QuoteWish.words)),
        "company": Sort(func.lower(Company.name)),
        "created": Sort(QuoteWish.created_at, falls=True),
    },
    default="-created",
    filters=(
        Words(
            "q",
            lazy("Words or company"),
            lambda words: QuoteWish.words.icontains(words, autoescape=True) | Company.name.icontains(words, autoescape=True),
        ),
        STATE,
        Choice(
            "language",
            lazy("Language"),
            lambda: list(i18n.LOCALES.items()),
            lambda value: QuoteWish.language == value,
        ),
        Days("made", lazy("Asked"), QuoteWish.created_at),
    ),
)


def make_wish(data: WishInput, *, actor: Actor) -> QuoteWish:
    """Keep what a buyer asks factories for. Raises: NoSuchCategory."""
    if actor.company_id is None or actor.person_id is None:
        raise Forbidden
    now = clock.now()
    wish = QuoteWish(
        id=new_id(),
        company_id=actor.company_id,
        person_id=actor.person_id,
        person_name=actor.name,
        language=i18n.locale(),
        state=WishState.OPEN,
        created_at=now,
    )
    _fill(wish, data)
    db.session.add(wish)
    audit.record(actor, "wish.created", "quote_wish", wish.id, companies=(wish.company_id,), after=_logged(wish))
    return wish


def edit_wish(wish_id: UUID, data: WishInput, *, actor: Actor) -> QuoteWish:
    """Say it otherwise. Raises: NotFound (also for another company's), WishClosed, WishChangedSince, NoSuchCategory."""
    wish = _lock(wish_id, actor)
    if data.seen != mark_of(wish):
        raise WishChangedSince
    before = _logged(wish)
    _fill(wish, data)
    audit.record(actor, "wish.edited", "quote_wish", wish.id, companies=(wish.company_id,), before=before, after=_logged(wish))
    return wish


def withdraw_wish(wish_id: UUID, *, actor: Actor) -> QuoteWish:
    """Look for it no longer. Raises: NotFound, WishClosed."""
    wish = _lock(wish_id, actor)
    wish.state = WishState.WITHDRAWN
    wish.updated_at = clock.now()
    audit.record(actor, "wish.withdrawn", "quote_wish", wish.id, companies=(wish.company_id,), after={"state": wish.state.value})
    return wish


def mark_of(wish: QuoteWish) -> str:
    """By which a form tells whether a wish has been changed since."""
    return wish.updated_at.isoformat()


def _fill(wish: QuoteWish, data: WishInput) -> None:
    if data.category_id is not None and catalogue.leaf_category(data.category_id) is None:
        raise NoSuchCategory
    wish.words = data.words
    wish.quantity = data.quantity
    wish.unit = data.unit
    wish.wanted_on = data.wanted_on
    wish.note = data.note
    wish.category_id = data.category_id
    wish.updated_at = clock.now()


def _logged(wish: QuoteWish) -> dict[str, Any]:
    return {
        **{name: getattr(wish, name) for name in LOGGED},
        "quantity": None if wish.quantity is None else i18n.ungrouped(wish.quantity),
        "wanted_on": wish.wanted_on.isoformat() if wish.wanted_on else None,
    }


def _lock(wish_id: UUID, actor: Actor) -> QuoteWish:
    own = select(QuoteWish).where(QuoteWish.id == wish_id, QuoteWish.company_id == actor.company_id)
    wish = db.session.scalar(own.with_for_update())
    if wish is None:
        raise NotFound
    if wish.state is not WishState.OPEN:
        raise WishClosed
    return wish


def wish_of(wish_id: UUID, *, company_id: UUID) -> QuoteWish:
    """One wish of a company. Raises: NotFound."""
    wish = db.session.scalar(select(QuoteWish).where(QuoteWish.id == wish_id, QuoteWish.company_id == company_id))
    if wish is None:
        raise NotFound
    return wish


def wishes(company_id: UUID, asked: Asked) -> Stretch[Any]:
    """A page of the company's wishes, as asked of `MINE`."""
    return MINE.page(select(QuoteWish).where(QuoteWish.company_id == company_id), asked)


def export_wishes(company_id: UUID, asked: Asked) -> Iterator[Any]:
    """The same without pages."""
    return MINE.rows(select(QuoteWish).where(QuoteWish.company_id == company_id), asked)


def _all() -> Select[Any]:
    columns: list[Any] = [QuoteWish, Company.name.label("company")]
    return select(*columns).join(Company, Company.id == QuoteWish.company_id)


def all_wishes(asked: Asked) -> Stretch[Any]:
    """A page of everybody's, as asked of `ALL`: for the platform's staff. Shape of a row: (wish, company)."""
    return ALL.page(_all(), asked)


def export_all_wishes(asked: Asked) -> Iterator[Any]:
    """The same without pages."""
    return ALL.rows(_all(), asked)
