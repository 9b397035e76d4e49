"""Synonyms and pins as they are read: those in force by every search, all of them by the desk."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from marketplace.catalogue.codes import page_written
from marketplace.catalogue.models import Product, Variant
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.recent import Kept, stamp_of
from marketplace.core.tables import Choice, Sort, Table, Words
from search import synonyms
from search.learning.models import Pin, RuleChange, SynonymKind, SynonymLanguage, SynonymRule
from search.learning.wishes import SynonymWish, query_key, wish_of_rule
from search.synonyms import TRADE, Synonyms

FOUND_LIMIT = 3


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator adds to every search: words, and variants that stand first by the key of a query."""

    synonyms: Synonyms
    pins: Mapping[str, tuple[UUID, ...]]

    def pins_of(self, query: str) -> tuple[UUID, ...]:
        """The variants that stand first for this query."""
        return self.pins.get(query_key(query), ()) if self.pins and query else ()


def _read() -> Rules:
    pins = db.session.execute(select(Pin.key, Pin.variant_ids).where(Pin.is_active))
    return Rules(tables_with(active_synonyms()), {key: tuple(ids) for key, ids in pins})


def tables_with(wishes: Iterable[SynonymWish]) -> Synonyms:
    """The shipped tables with these synonyms over them."""
    rows = [wish.row for wish in wishes]
    return TRADE.with_rows(rows) if rows else TRADE


def active_synonyms(*, but: UUID | None = None) -> list[SynonymWish]:
    """Synonyms that hold, the oldest first, without one of them."""
    query = select(SynonymRule).where(SynonymRule.is_active).order_by(SynonymRule.id)
    return [wish_of_rule(rule) for rule in db.session.scalars(query) if rule.id != but]


def other_synonyms(rule_id: UUID | None) -> list[SynonymWish]:
    """All but this one, switched off or not."""
    return [wish_of_rule(rule) for rule in db.session.scalars(select(SynonymRule)) if rule.id != rule_id]


_kept: Kept[Rules] = Kept(_read, lambda: stamp_of(("search_synonyms", "search_pins")))


def in_force() -> Rules:
    """What holds now, at most a second old; queries are read with its words from here on."""
    rules = _kept.get()
    synonyms.put_in_force(rules.synonyms)
    return rules


def _with_term(words: str) -> ColumnElement[bool]:
    return func.array_to_string(SynonymRule.terms, " ").icontains(words, autoescape=True)


LANGUAGES = {
    SynonymLanguage.ENGLISH: lazy("English"),
    SynonymLanguage.CHINESE: lazy("Chinese"),
    SynonymLanguage.ENGLISH_AND_CHINESE: lazy("English and Chinese"),
    SynonymLanguage.OTHER: lazy("Another language"),
}
KINDS = {SynonymKind.BOTH: lazy("Both ways"), SynonymKind.ONE_WAY: lazy("One way")}
STATES = {"on": lazy("In use"), "off": lazy("Switched off")}

SYNONYMS = Table(
    name="search.synonyms",
    key=SynonymRule.id,
    sorts={"word": Sort(SynonymRule.terms[1]), "changed": Sort(SynonymRule.changed_at, falls=True)},
    default="-changed",
    filters=(
        Words("words", lazy("Word"), _with_term),
        Choice(
            "language",
            lazy("Language"),
            lambda: [(one.value, gettext(word)) for one, word in LANGUAGES.items()],
            lambda value: SynonymRule.language == SynonymLanguage(value),
        ),
        Choice(
            "state",
            lazy("State"),
            lambda: [(key, gettext(word)) for key, word in STATES.items()],
            lambda value: SynonymRule.is_active.is_(value == "on"),
        ),
    ),
    size=50,
)
PINS = Table(
    name="search.pins",
    key=Pin.id,
    sorts={"query": Sort(Pin.words), "changed": Sort(Pin.changed_at, falls=True)},
    default="-changed",
    filters=(
        Words("words", lazy("Search words"), lambda words: Pin.words.icontains(words, autoescape=True)),
        Choice(
            "state",
            lazy("State"),
            lambda: [(key, gettext(word)) for key, word in STATES.items()],
            lambda value: Pin.is_active.is_(value == "on"),
        ),
    ),
    size=50,
)


def all_synonyms() -> Select[Any]:
    """The operator's own, for staff."""
    return select(SynonymRule)


def all_pins() -> Select[Any]:
    """Every pin, for staff."""
    return select(Pin)


def standing_synonym(rule_id: UUID) -> SynonymRule | None:
    """A synonym, as long as it stands."""
    return db.session.get(SynonymRule, rule_id, populate_existing=True)


def standing_pin(pin_id: UUID) -> Pin | None:
    """A pin, as long as it stands."""
    return db.session.get(Pin, pin_id, populate_existing=True)


def synonym_by_id(rule_id: UUID) -> SynonymRule:
    """A synonym. Raises: NotFound."""
    found = standing_synonym(rule_id)
    if found is None:
        raise NotFound
    return found


def pin_by_id(pin_id: UUID) -> Pin:
    """A pin. Raises: NotFound."""
    found = standing_pin(pin_id)
    if found is None:
        raise NotFound
    return found


def change_by_id(change_id: UUID) -> RuleChange:
    """A change of a synonym or a pin. Raises: NotFound."""
    found = db.session.get(RuleChange, change_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def variants_written(line: str) -> list[UUID]:
    """Variants that a line of a form names: by the address of a product page, or by a SKU in any case. At most a few; for staff."""
    query = select(Variant.id).join(Product, Product.id == Variant.product_id).limit(FOUND_LIMIT)
    address = page_written(line)
    if address is None:
        return list(db.session.scalars(query.where(func.lower(Variant.sku) == line.lower())))
    code, sku = address
    of_product = query.where(Product.code == code).order_by(Variant.position, Variant.id)
    return list(db.session.scalars(of_product.where(Variant.sku == sku) if sku else of_product.limit(1)))
