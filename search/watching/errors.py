"""What this room refuses when somebody saves, follows or asks."""

from marketplace.core.errors import Conflict, Invalid
from marketplace.core.i18n import lazy


class NameTaken(Conflict):
    """Another saved search of the same person has the name."""

    code = "saved_search_name_taken"
    message = lazy("You have a saved search of this name. Choose another.")


class TooMany(Conflict):
    """The person has as many of these as one can have."""

    code = "too_many_watched"
    message = lazy("You have as many as one person can have. Remove one first.")


class WishClosed(Conflict):
    """A withdrawn wish cannot be changed."""

    code = "wish_closed"
    message = lazy("This request was withdrawn and cannot be changed any more.")


class WishChangedSince(Conflict):
    """A colleague, or another window, has changed the wish since the form was opened."""

    code = "wish_changed_since"
    message = lazy("Somebody else has changed this since. Below stands what is true now; save again to write yours over it.")


class NoSuchCategory(Invalid):
    """Nothing can be asked for in this category: it never was, or is retired or merged by now."""

    code = "wish_category_unknown"
    message = lazy("Choose one of the list.")
