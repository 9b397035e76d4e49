"""Which goods may stand above a list: only those that the list has itself, for words that the query is read with (pure over an engine)."""

from collections.abc import Callable, Collection
from dataclasses import replace
from uuid import UUID

from marketplace.core.i18n import gettext
from search import analysis, plan
from search.query import Found, In, Plan, Selection, Vocabulary

Ask = Callable[[Plan], Found]


def words_of(text: str) -> frozenset[str]:
    """The words that a query must be read with, for a place of this text to stand above its results."""
    return frozenset(token.text for token in analysis.split(text))


def among(ask: Ask, wish: Plan, found: Found, product_ids: Collection[UUID], *, limit: int) -> Found:
    """Those of some products that an answered list has, the best for the query first. Raises: whatever `ask` raises."""
    wanted = Selection("", In("product_id", frozenset(map(str, product_ids))))
    clause = found.clause or (wish.clause if found.relaxed or wish.strict is None else wish.strict)
    return ask(replace(wish, clause=clause, strict=None, selections=(*wish.selections, wanted), facets=(), limit=limit, meaning=""))


def why_never(ask: Ask, text: str, product_id: UUID, visibility: Collection[str], vocabulary: Vocabulary) -> str | None:
    """Why a product would never stand above the results of a text, as a sentence for whoever typed it; None: it can.

    `visibility` are the product's own keys: whether it can be found is asked for those who may see it. Raises: whatever `ask` raises.
    """
    wish = plan.build(text, vocabulary=vocabulary, visibility=visibility, limit=1)
    folded = analysis.fold(text)
    unread = [folded[token.start : token.end] for token in analysis.split(text) if token.text not in wish.words]
    if unread or not words_of(text):
        words = ", ".join(dict.fromkeys(unread)) or text
        return gettext("Searches are not read by “%(words)s”, so the place would never stand. Leave it out.", words=words)
    if not among(ask, wish, ask(wish), [product_id], limit=1).total:
        return gettext("A search for these words does not find this product, so the place would never stand.")
    return None
