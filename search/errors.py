"""What this room refuses."""

from marketplace.core.errors import TooMany, Unavailable
from marketplace.core.i18n import lazy


class SearchUnavailable(Unavailable):
    """The index does not answer: too slow, unreachable, or not built yet."""

    code = "search_unavailable"
    message = "Search is down. Categories, orders and payments work."


class TooManyDearPages(TooMany):
    """The reader has asked for many pages in a short time that take much working out."""

    code = "too_many_dear_pages"
    message = lazy(
        "Landed prices and sheets are worked out anew for every page, and you have asked for many in a short time. "
        "Wait a minute, or sort by unit price."
    )
