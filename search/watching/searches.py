"""Saved searches: keeping, naming, opening and removing them; what of their matches is new. Each is one person's, in one company."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from urllib.parse import parse_qsl, quote, urlencode
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, func, literal, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import undefer
from werkzeug.datastructures import MultiDict

from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import Product, Variant
from marketplace.catalogue.quantities import my_quantity
from marketplace.core import clock, i18n, policy
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, NotFound
from marketplace.core.i18n import lazy
from marketplace.core.ids import new_id
from marketplace.core.tables import Asked, Choice, Sort, Stretch, Table, Words
from marketplace.pricing import queries as pricing
from search import asking, queries
from search.query import In, Plan, Selection, Vocabulary
from search.query import Sort as Order
from search.schemas import SearchInput
from search.watching.errors import NameTaken, TooMany
from search.watching.models import Alert, SavedSearch
from search.watching.schemas import ChangeSearchInput, SaveSearchInput

MOST_SEARCHES = 200
TRACKED = 5_000
"""Matches of a search that are told apart, the newest; of the rest only what is published later counts as new."""
REMEMBERED = TRACKED - 1
"""Variants that a search remembers, those that it does not find any more among them: as many as `TRACKED` only where it found so many."""
DROPPED = ("page", "lang", "csrf_token")
"""Parameters of an address that are no part of what is searched for."""

ALERTS = {
    Alert.NEVER: lazy("No mails"),
    Alert.AT_ONCE: lazy("At once"),
    Alert.DAILY: lazy("Once a day"),
    Alert.WEEKLY: lazy("Once a week"),
}
SEARCHES = Table(
    name="search.saved_searches",
    key=SavedSearch.id,
    sorts={"name": Sort(func.lower(SavedSearch.name)), "created": Sort(SavedSearch.created_at, falls=True)},
    default="name",
    filters=(
        Words("q", lazy("Name"), lambda words: SavedSearch.name.icontains(words, autoescape=True)),
        Choice(
            "alert",
            lazy("Mails"),
            lambda: [(alert.value, i18n.gettext(word)) for alert, word in ALERTS.items()],
            lambda value: SavedSearch.alert == Alert(value),
        ),
    ),
)


def canonical(query: str, *, ship_to: str, quantity: str) -> str:
    """The parameters of a result page that say what is searched for. Country and quantity of the reader become part of them."""
    pairs = [(name, value) for name, value in parse_qsl(query.removeprefix("?")) if name not in DROPPED]
    named = {name for name, _ in pairs}
    if "ship_to" not in named:
        pairs.append(("ship_to", ship_to))
    if "quantity" not in named and quantity:
        pairs.append(("quantity", quantity))
    return urlencode(pairs)


def path_of(saved: SavedSearch) -> str:
    """The address of its result page, with what is counted for it: every word required."""
    place = f"/categories/{quote(saved.category)}" if saved.category else "/search"
    asked = dict(parse_qsl(saved.query))
    return f"{place}?{saved.query}" + ("&every=1" if asked.get("q") and "every" not in asked else "")


def plan_for(saved: SavedSearch, vocabulary: Vocabulary) -> Plan:
    """What the search finds today for its company: the plan of its page, the newest first, every word required.

    Where its category was merged or retired, it follows to where the page of it leads.
    """
    wanted = wanted_by(saved)
    ship_to, quantity = standpoint(saved)
    category = queries.standing_category(saved.category) if saved.category else None
    scene = asking.scene_of(wanted, ship_to=ship_to, quantity=quantity, category=category)
    keys = keys_of(saved.company_id, ship_to)
    wish = asking.plan_of(
        wanted.model_copy(update={"sort": Order.NEWEST, "every": True}), scene, keys=keys, vocabulary=vocabulary, limit=TRACKED
    )
    if saved.category and category is None:
        # Without its category it would find everything, and its mails would tell of every new product.
        return replace(wish, selections=(*wish.selections, Selection("", In("categories", frozenset()))))
    return wish


def wanted_by(saved: SavedSearch) -> SearchInput:
    """What a search asks for, the categories that it filters by as they stand today."""
    wanted = SearchInput.read(MultiDict(parse_qsl(saved.query)))
    return wanted.model_copy(update={"cat": queries.standing_slugs(wanted.cat)}) if wanted.cat else wanted


def is_lost(saved: SavedSearch) -> bool:
    """Whether the category that it was saved in, or each that it filters by, is gone with nothing in its place: then it finds nothing."""
    if saved.category and queries.standing_category(saved.category) is None:
        return True
    chosen = wanted_by(saved).cat
    return bool(chosen) and not any(queries.standing_category(slug) for slug in chosen)


def standpoint(saved: SavedSearch) -> tuple[str, int | None]:
    """(country, quantity in the index's unit) of a search."""
    ship_to = MultiDict(parse_qsl(saved.query)).get("ship_to", "").upper()
    quantity = quantity_of(saved)
    return (
        ship_to if ship_to in i18n.country_codes() else policy.current().platform_country,
        None if quantity is None else max(1, int(quantity * queries.QUANTITY_SCALE)),
    )


def quantity_of(saved: SavedSearch) -> Decimal | None:
    """The quantity of a search in display units; None where none was said."""
    return my_quantity(MultiDict(parse_qsl(saved.query)).get("quantity"), None)


def keys_of(company_id: UUID, ship_to: str) -> frozenset[str]:
    """What a company may see when it buys for a country."""
    return catalogue.keys_of(company_id, ship_to) | pricing.segment_keys(company_id)


@dataclass(frozen=True, slots=True)
class Look:
    """What a search finds now, the newest first and `TRACKED` at most, beside what it had found at a moment."""

    found: Sequence[UUID]
    total: int
    before: Sequence[UUID]
    since: datetime

    @property
    def is_whole(self) -> bool:
        """Whether everything is known that it finds now and had found then."""
        return self.total <= TRACKED and len(self.before) < TRACKED

    @property
    def unknown(self) -> list[UUID]:
        """The matches that were not among what it had found."""
        known = set(self.before)
        return [variant_id for variant_id in self.found if variant_id not in known]


def news(looks: Sequence[Look]) -> list[list[UUID]]:
    """For each look the matches that were not there before, whatever made them match. Where only a part is known of what was there,
    older goods may have come into that part: then only what was published since counts. One statement for all, if any.
    """
    unknown = [look.unknown for look in looks]
    doubtful = {variant_id for look, new in zip(looks, unknown, strict=True) if not look.is_whole for variant_id in new}
    came = _published(doubtful)
    return [
        new if look.is_whole else [variant_id for variant_id in new if variant_id in came and came[variant_id] > look.since]
        for look, new in zip(looks, unknown, strict=True)
    ]


def _published(variant_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """When variants came on sale: with their listing, or added to it later."""
    wanted = list(variant_ids)
    if not wanted:
        return {}
    rows = db.session.execute(
        select(Variant.id, func.greatest(Product.published_at, Variant.created_at))
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id == any_(literal(wanted, ARRAY(Uuid))))
    )
    return dict(rows.all())


def save_search(data: SaveSearchInput, *, query: str, found: Sequence[UUID], actor: Actor) -> SavedSearch:
    """Keep a search; what it finds today is not new any more. Raises: NotFound (no such category), NameTaken, TooMany."""
    if actor.company_id is None or actor.person_id is None:
        raise Forbidden
    if data.category is not None and data.category not in queries.category_tree().by_slug:
        raise NotFound
    mine = (SavedSearch.company_id == actor.company_id) & (SavedSearch.person_id == actor.person_id)
    if (db.session.scalar(select(func.count()).select_from(SavedSearch).where(mine)) or 0) >= MOST_SEARCHES:
        raise TooMany
    now = clock.now()
    saved = SavedSearch(
        id=new_id(),
        company_id=actor.company_id,
        person_id=actor.person_id,
        name=data.name,
        query=query,
        category=data.category,
        alert=data.alert,
        known=list(found),
        told=list(found),
        created_at=now,
        opened_at=now,
        looked_at=now,
    )
    db.session.add(saved)
    _flush()
    return saved


def _flush() -> None:
    try:
        db.session.flush()
    except IntegrityError as error:
        if "uq_saved_searches_name" in str(error.orig):
            raise NameTaken from error
        raise


def change_search(search_id: UUID, data: ChangeSearchInput, *, found: Sequence[UUID] | None, actor: Actor) -> SavedSearch:
    """Another name or another alert. Mails that begin now tell of nothing that is there already (`found`; None: the index is away).

    Raises: NotFound, NameTaken.
    """
    saved = _lock(search_id, actor)
    if saved.alert is Alert.NEVER and data.alert is not Alert.NEVER:
        saved.looked_at = clock.now()
        saved.told = remembered(found or (), saved.told)
    saved.name = data.name
    saved.alert = data.alert
    _flush()
    return saved


def open_search(search_id: UUID, *, found: Sequence[UUID] | None, actor: Actor) -> SavedSearch:
    """Somebody looks at the results: what is there (`found`; None: the index is away) is not new any more. Raises: NotFound."""
    saved = _lock(search_id, actor)
    if found is not None:
        saved.known = list(found)
        saved.opened_at = clock.now()
    return saved


def remove_search(search_id: UUID, *, actor: Actor) -> None:
    """Forget it, with its mails. Raises: NotFound."""
    db.session.delete(_lock(search_id, actor))


def remembered(found: Sequence[UUID], before: Iterable[UUID]) -> list[UUID]:
    """All that a search finds, then what it had found and does not find now: goods that come back are not told of twice."""
    return list(dict.fromkeys([*found, *before]))[: max(len(found), REMEMBERED)]


def _lock(search_id: UUID, actor: Actor) -> SavedSearch:
    own = (SavedSearch.company_id == actor.company_id) & (SavedSearch.person_id == actor.person_id)
    query = select(SavedSearch).where(SavedSearch.id == search_id, own).options(undefer(SavedSearch.told), undefer(SavedSearch.known))
    saved = db.session.scalar(query.with_for_update())
    if saved is None:
        raise NotFound
    return saved


def search_of(search_id: UUID, *, company_id: UUID, person_id: UUID) -> SavedSearch:
    """One saved search of a person. Raises: NotFound."""
    own = (SavedSearch.company_id == company_id) & (SavedSearch.person_id == person_id)
    saved = db.session.scalar(select(SavedSearch).where(SavedSearch.id == search_id, own).options(undefer(SavedSearch.known)))
    if saved is None:
        raise NotFound
    return saved


def searches(company_id: UUID, person_id: UUID, asked: Asked) -> Stretch[SavedSearch]:
    """A page of a person's saved searches, as asked of `SEARCHES`."""
    own = (SavedSearch.company_id == company_id) & (SavedSearch.person_id == person_id)
    return SEARCHES.page(select(SavedSearch).where(own).options(undefer(SavedSearch.known)), asked)


def export_searches(company_id: UUID, person_id: UUID, asked: Asked) -> Iterator[SavedSearch]:
    """The same without pages, and without what each had found."""
    own = (SavedSearch.company_id == company_id) & (SavedSearch.person_id == person_id)
    return SEARCHES.rows(select(SavedSearch).where(own), asked)
