"""What this room refuses."""

from marketplace.core.errors import Unavailable


class SearchUnavailable(Unavailable):
    """The index does not answer: too slow, unreachable, or not built yet."""

    code = "search_unavailable"
    message = "Search is down. Categories, orders and payments work."
