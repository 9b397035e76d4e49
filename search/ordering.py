"""How hits are ordered beyond the engine's own score: by likeness of meaning, where it can be told, and by `ranking`.

The engine is asked once: goods that mean the same join what matches (so that totals and facets count them), lifted above all others,
so that they and the best by words come in one window. Behind the window the order is that of the words alone.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from search.engines.port import Engine
from search.keeping import KeptByIdentity
from search.lexical.reading import OWN_CODE
from search.lexical.tree import COMPLETE, HEAD_BONUS
from search.query import Best, Clause, Constant, Found, FoundVariant, OneOf, Plan, Sort, WithBonus
from search.ranking.minimum import counts_for, within_reach
from search.ranking.spread import BY_MEANING, BY_WORDS, ordered
from search.ranking.trust import Trust
from search.semantic.fusion import ALONE, RELAXED, fused
from search.semantic.vectors import NEAREST, Meanings

WINDOW = 200
"""Hits by words that meaning and facts about vendors may put in another order."""
LIFT = 1_000.0
"""More than any score of words, and little enough to be taken off again."""
NONE = 1e-3
"""Below it a score is what is left of the lift, not of words."""
HAS_FIGURE = re.compile(r"\b\d")
"""A question with a word that begins with a figure: a size, a count or the number of a model."""
HAS_DESIGNATION = re.compile(r"\b(?:[^\W\d_]+-?\d|\d+[^\W\d_])")
"""A question with a word of letters and figures, as trades call their sizes and makers their models: 08B of a chain, HL-2140 of a printer."""
Likeness = Callable[[Sequence[UUID]], dict[UUID, float]]
"""Cosines of the meaning of some variants with that of the question."""


@dataclass(frozen=True, slots=True)
class Window:
    """The first hits, in their order, with what the engine counted beside them, and what the words of each are worth, without the lift.

    All that only means the same stands in it, so that there its number, `alike`, is exact.
    """

    found: Found
    clause: Clause
    near: dict[UUID, float]
    scores: Sequence[float]
    alike: int


_joined = KeptByIdentity[Clause](most=256)
"""Clauses joined with near goods: engines know a clause by its identity."""
_windows = KeptByIdentity[Window](most=256)
_orders = KeptByIdentity[Sequence[FoundVariant]](most=1_024)
"""Orders by the answer and the factors that they were made of."""


def find(engine: Engine, plan: Plan, meanings: Meanings | None, trust: Trust | None = None) -> Found:
    """Answer a plan. With `trust` the first hits make room for each other's vendors; None where one vendor is asked for.

    Raises: SearchUnavailable; ValueError for a plan without visibility.
    """
    similar = meanings.nearest(plan.meaning) if meanings and plan.meaning and plan.limit else None
    if meanings is None or similar is None:
        return _by_words(engine, plan, trust) if trust is not None or counts_for(plan) else engine.find(plan)
    near = similar[1]
    if plan.sort is not Sort.RELEVANCE:
        return _in_another_order(engine, plan, near)
    first = plan.strict or plan.clause
    window = _window(engine, plan, first, near)
    relaxed = first != plan.clause and _by_all_words(engine, plan, first, window) < plan.enough
    if relaxed:
        window = _window(engine, plan, plan.clause, near)
    if near and not any(window.scores) and _have_no_word(engine, plan):
        window = _window(engine, plan, plan.clause, _much_alike(near))
    likeness = partial(meanings.likeness, similar[0], plan.meaning)
    kept_for = relaxed, plan.meaning_weight, plan.offset + plan.limit
    hits = _orders.of((window, trust), lambda: _by_meaning(window, likeness, plan, trust, relaxed=relaxed), *kept_for)
    return _page(engine, plan, replace(window.found, relaxed=relaxed, clause=window.clause, alike=window.alike), hits)


def _by_meaning(window: Window, likeness: Likeness, plan: Plan, trust: Trust | None, *, relaxed: bool) -> Sequence[FoundVariant]:
    """The hits of a window by what their words and their meaning are worth together."""
    found = window.found.hits
    alike = window.near | likeness([hit.variant_id for hit in found if hit.variant_id not in window.near])
    words = [_of_words(score) for score in window.scores]
    weight = RELAXED if relaxed and not HAS_DESIGNATION.search(plan.meaning) else plan.meaning_weight
    hits = within_reach(fused(found, words, alike, weight), plan)
    if trust is not None:
        hits = ordered(hits, trust, BY_MEANING, plan.offset + plan.limit)
    if relaxed:
        # The page says how few have every word: they stand first. Words that an attribute drops in passing ("table top stand", "lamp") make
        # no table lamp; beside a figure they count, since a meaning says little of numbers.
        least = 0.0 if HAS_FIGURE.search(plan.meaning) else HEAD_BONUS
        complete = {
            hit.variant_id for hit, score in zip(found, window.scores, strict=True) if _is_complete(score) and _of_words(score) >= least
        }
        hits = sorted(hits, key=lambda hit: hit.variant_id not in complete)
    return hits


def _in_another_order(engine: Engine, plan: Plan, near: dict[UUID, float]) -> Found:
    """The goods that are found by relevance, in another order."""
    first = plan.strict or plan.clause
    counted = replace(plan.unfiltered, clause=first, strict=None, meaning="", meaning_weight=0.0)
    relaxed = first != plan.clause and engine.find(counted).total < plan.enough
    by_words = plan.clause if relaxed else first
    counted = replace(plan, clause=by_words, strict=None, facets=(), offset=0, limit=0, meaning="", meaning_weight=0.0)
    matching = engine.find(counted).total
    clause = _join(by_words, near if matching or not _have_no_word(engine, plan) else _much_alike(near))
    found = engine.find(replace(plan, clause=clause, strict=None, meaning=""))
    return replace(found, relaxed=relaxed, clause=clause, alike=found.total - matching)


def _have_no_word(engine: Engine, plan: Plan) -> bool:
    """Whether no goods have any of the words, whatever the reader has chosen."""
    return not engine.find(replace(plan.unfiltered, clause=plan.clause, strict=None, meaning="", meaning_weight=0.0)).total


def _much_alike(near: dict[UUID, float]) -> dict[UUID, float]:
    return {variant_id: likeness for variant_id, likeness in near.items() if likeness >= ALONE}


def _by_all_words(engine: Engine, plan: Plan, strict: Clause, window: Window) -> int:
    """How many goods have every word, whatever the reader has chosen."""
    if plan.selections:
        return engine.find(replace(plan.unfiltered, clause=strict, strict=None, meaning="", meaning_weight=0.0)).total
    return window.found.total - window.alike


def _by_words(engine: Engine, plan: Plan, trust: Trust | None) -> Found:
    if plan.offset >= WINDOW:
        return engine.find(plan)
    found = engine.find(replace(plan, offset=0, limit=WINDOW))
    clause = plan.clause if found.relaxed or plan.strict is None else plan.strict
    hits = _orders.of((found, trust), lambda: _in_two(found.hits, trust, plan), plan.offset + plan.limit)
    return replace(_page(engine, plan, replace(found, clause=clause), hits), clause=None)


def _in_two(hits: Sequence[FoundVariant], trust: Trust | None, plan: Plan) -> Sequence[FoundVariant]:
    """What has every word, then what has some of them, each ordered by itself: facts about vendors let nobody pass from one to the other."""
    complete = [replace(hit, score=_of_words(hit.score)) for hit in hits if _is_complete(hit.score)]
    wanted = plan.offset + plan.limit
    if not complete:
        return _by_facts(hits, trust, plan, wanted)
    order = _by_facts(complete, trust, plan, wanted)
    return [*order, *_by_facts([hit for hit in hits if not _is_complete(hit.score)], trust, plan, wanted - len(order))]


def _by_facts(hits: Sequence[FoundVariant], trust: Trust | None, plan: Plan, wanted: int) -> Sequence[FoundVariant]:
    reached = within_reach(hits, plan)
    return reached[:wanted] if trust is None else ordered(reached, trust, BY_WORDS, wanted)


def _is_complete(score: float) -> bool:
    """Whether a hit of a list with some of the words has all of them."""
    return COMPLETE <= score < OWN_CODE


def _of_words(score: float) -> float:
    """What is left of a score without that."""
    return score - COMPLETE if _is_complete(score) else score


def _page(engine: Engine, plan: Plan, found: Found, hits: Sequence[FoundVariant]) -> Found:
    """The hits that a plan asks for: of the window's first ones, which were found, in their order, then of what lies behind it."""
    window = len(found.hits)
    shown = list(hits[plan.offset : plan.offset + plan.limit])
    if len(shown) < plan.limit and found.total > window and found.clause is not None:
        shown += _behind(engine, plan, found.clause, max(window, plan.offset), plan.limit - len(shown))
    return replace(found, hits=tuple(shown))


def _window(engine: Engine, plan: Plan, clause: Clause, near: dict[UUID, float]) -> Window:
    joined = _join(clause, near)
    found = engine.find(replace(plan, clause=joined, strict=None, offset=0, limit=WINDOW + NEAREST, meaning="", meaning_weight=0.0))
    return _windows.of((found, near, joined), lambda: _window_of(found, joined, near))


def _window_of(found: Found, clause: Clause, near: dict[UUID, float]) -> Window:
    lifted = [hit.score - LIFT if hit.variant_id in near else hit.score for hit in found.hits]
    scores = [score if score > NONE else 0.0 for score in lifted]
    return Window(found, clause, near, scores, alike=scores.count(0.0))


def _join(clause: Clause, near: dict[UUID, float]) -> Clause:
    def joined() -> Clause:
        ids = OneOf(frozenset(near))
        return WithBonus(Best((clause, ids)), (Constant(ids, LIFT),))

    return _joined.of((clause, near), joined) if near else clause


def _behind(engine: Engine, plan: Plan, clause: Clause, offset: int, wanted: int) -> tuple[FoundVariant, ...]:
    """Hits behind the window: the engine's own order goes on there, since all that was lifted stands in the window."""
    return engine.find(replace(plan, clause=clause, strict=None, facets=(), offset=offset, limit=wanted, meaning="")).hits
