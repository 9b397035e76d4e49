"""Pages of search: results, categories, comparison."""

from search.views import (
    budgets,
    categories,
    compare,
    desk_changes,
    desk_pins,
    desk_reports,
    desk_synonyms,
    following,
    markup,
    parametric,
    results,
    saved,
    start,
    suggest,
    why,
    wishes,
)
from search.views.blueprint import bp

blueprints = [bp]

__all__ = [
    "blueprints",
    "budgets",
    "categories",
    "compare",
    "desk_changes",
    "desk_pins",
    "desk_reports",
    "desk_synonyms",
    "following",
    "markup",
    "parametric",
    "results",
    "saved",
    "start",
    "suggest",
    "why",
    "wishes",
]
