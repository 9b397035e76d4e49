"""Follows: who wants to hear of which vendor, product or category. Each is one person's, in one company."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from marketplace.catalogue.models import Category, Product, ProductState, Variant
from marketplace.core import clock, i18n
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, NotFound
from marketplace.core.i18n import lazy
from marketplace.core.ids import new_id
from marketplace.core.tables import Asked, Choice, Sort, Stretch, Table
from search import queries
from search.watching.errors import TooMany
from search.watching.models import Alert, Follow, FollowKind, SavedSearch

MOST_FOLLOWS = 500
NAMELESS = (None, "", False)
KINDS = {FollowKind.VENDOR: lazy("Vendor"), FollowKind.PRODUCT: lazy("Product"), FollowKind.CATEGORY: lazy("Category")}

FOLLOWS = Table(
    name="search.follows",
    key=Follow.id,
    sorts={"since": Sort(Follow.created_at, falls=True)},
    default="-since",
    filters=(
        Choice(
            "kind",
            lazy("Kind"),
            lambda: [(kind.value, i18n.gettext(word)) for kind, word in KINDS.items()],
            lambda value: Follow.kind == FollowKind(value),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Followed:
    """Something that is followed, as its follower may see it today: without a name where they may not."""

    id: UUID
    kind: FollowKind
    subject_id: UUID
    since: datetime
    name: str | None
    slug: str = ""
    has_page: bool = False
    """Whether its page can be opened: that of a listing cannot while it is off sale."""


def follow(kind: FollowKind, subject_id: UUID, *, keys: frozenset[str], actor: Actor) -> None:
    """Hear of it from now on; following twice is following. `keys` are what the follower may see. Raises: NotFound, TooMany."""
    if actor.company_id is None or actor.person_id is None:
        raise Forbidden
    if subject_id not in _names([(kind, subject_id)], keys):
        raise NotFound
    mine = (Follow.company_id == actor.company_id) & (Follow.person_id == actor.person_id)
    if (db.session.scalar(select(func.count()).select_from(Follow).where(mine)) or 0) >= MOST_FOLLOWS:
        raise TooMany
    row: dict[str, Any] = {
        "id": new_id(),
        "company_id": actor.company_id,
        "person_id": actor.person_id,
        "kind": kind,
        "subject_id": subject_id,
        "created_at": clock.now(),
    }
    db.session.execute(insert(Follow).values(row).on_conflict_do_nothing())


def name_of(kind: FollowKind, subject_id: UUID, *, keys: frozenset[str]) -> str:
    """The name of something that could be followed, as a reader with these keys sees it today. Raises: NotFound."""
    found = _names([(kind, subject_id)], keys).get(subject_id)
    if found is None:
        raise NotFound
    return found[0]


def unfollow(kind: FollowKind, subject_id: UUID, *, actor: Actor) -> None:
    """Hear of it no longer, whether it can still be seen or not; what is not followed stays so."""
    mine = (Follow.company_id == actor.company_id) & (Follow.person_id == actor.person_id)
    db.session.execute(delete(Follow).where(mine, Follow.kind == kind, Follow.subject_id == subject_id))


def is_followed(kind: FollowKind, subject_id: UUID, *, company_id: UUID, person_id: UUID) -> bool:
    """Whether somebody follows it."""
    mine = (Follow.company_id == company_id) & (Follow.person_id == person_id)
    return db.session.scalar(select(Follow.id).where(mine, Follow.kind == kind, Follow.subject_id == subject_id)) is not None


def follows(company_id: UUID, person_id: UUID, asked: Asked, *, keys: frozenset[str]) -> tuple[Stretch[Follow], list[Followed]]:
    """A page of what a person follows, as asked of `FOLLOWS`, with what may be shown of it."""
    mine = (Follow.company_id == company_id) & (Follow.person_id == person_id)
    found = FOLLOWS.page(select(Follow).where(mine), asked)
    return found, _shown(found.rows, keys)


def export_follows(company_id: UUID, person_id: UUID, asked: Asked, *, keys: frozenset[str]) -> list[Followed]:
    """The same without pages: at most `MOST_FOLLOWS`."""
    mine = (Follow.company_id == company_id) & (Follow.person_id == person_id)
    return _shown(list(FOLLOWS.rows(select(Follow).where(mine), asked)), keys)


def _shown(rows: Sequence[Follow], keys: frozenset[str]) -> list[Followed]:
    names = _names([(row.kind, row.subject_id) for row in rows], keys)
    return [Followed(row.id, row.kind, row.subject_id, row.created_at, *names.get(row.subject_id, NAMELESS)) for row in rows]


def watching(product_ids: Sequence[UUID]) -> tuple[int, int]:
    """(follows of these products, saved searches with mails that have found one of them); for the desk."""
    followed = select(func.count()).select_from(Follow).where(Follow.kind == FollowKind.PRODUCT, Follow.subject_id.in_(product_ids))
    variants = func.array(select(Variant.id).where(Variant.product_id.in_(product_ids)).scalar_subquery())
    found = select(func.count()).select_from(SavedSearch).where(SavedSearch.alert != Alert.NEVER, SavedSearch.known.overlap(variants))
    row = db.session.execute(select(followed.scalar_subquery(), found.scalar_subquery())).one()
    return int(row[0]), int(row[1])


def subjects_of(company_id: UUID, person_id: UUID) -> dict[FollowKind, frozenset[UUID]]:
    """Everything that a person follows, by kind."""
    mine = (Follow.company_id == company_id) & (Follow.person_id == person_id)
    found: dict[FollowKind, set[UUID]] = {kind: set() for kind in FollowKind}
    for kind, subject_id in db.session.execute(select(Follow.kind, Follow.subject_id).where(mine)):
        found[kind].add(subject_id)
    return {kind: frozenset(ids) for kind, ids in found.items()}


def _names(wanted: Iterable[tuple[FollowKind, UUID]], keys: frozenset[str]) -> dict[UUID, tuple[str, str, bool]]:
    """Id → (name, slug, whether it has a page) of those that a reader with these keys may see."""
    by_kind: dict[FollowKind, list[UUID]] = {kind: [] for kind in FollowKind}
    for kind, subject_id in wanted:
        by_kind[kind].append(subject_id)
    seen = queries.seen_vendors()
    found: dict[UUID, tuple[str, str, bool]] = {}
    for vendor_id in by_kind[FollowKind.VENDOR]:
        facts = seen.facts.get(vendor_id)
        if facts is not None:
            found[vendor_id] = (facts.name, facts.slug, True)
    if by_kind[FollowKind.PRODUCT]:
        rows = db.session.execute(
            select(Product.id, Product.title, Product.slug, Product.state).where(
                Product.id.in_(by_kind[FollowKind.PRODUCT]),
                Product.vendor_id.in_(seen.ids),
                Product.visibility.overlap(sorted(keys)),
                Product.state.in_(queries.KNOWN_STATES),
            )
        )
        found |= {row.id: (i18n.text(row.title), row.slug, row.state is ProductState.LIVE) for row in rows}
    if by_kind[FollowKind.CATEGORY]:
        nodes = db.session.execute(
            select(Category.id, Category.name, Category.slug).where(
                Category.id.in_(by_kind[FollowKind.CATEGORY]), Category.retired_at.is_(None)
            )
        )
        found |= {row.id: (i18n.text(row.name), row.slug, True) for row in nodes}
    return found
