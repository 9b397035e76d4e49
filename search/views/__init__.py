"""Pages of search: results, categories, comparison."""

from search.views import categories, compare, results, start, suggest
from search.views.blueprint import bp

blueprints = [bp]

__all__ = ["blueprints", "categories", "compare", "results", "start", "suggest"]
