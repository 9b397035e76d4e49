"""A saved search in words, by which its owner tells it from another of the same words."""

from dataclasses import dataclass

from marketplace.core import i18n
from marketplace.core.i18n import gettext
from search import asking, queries
from search.naming import category_name, filters_in_use
from search.watching.models import SavedSearch
from search.watching.searches import quantity_of, standpoint, wanted_by


@dataclass(frozen=True, slots=True)
class Wording:
    """What is searched for, and the filters, quantity and country that it is searched with, each as the result page names it."""

    words: str
    filters: tuple[str, ...]


def wording_of(saved: SavedSearch) -> Wording:
    """A saved search in the language of the running context."""
    wanted, tree = wanted_by(saved), queries.category_tree()
    ship_to, index_quantity = standpoint(saved)
    category = queries.standing_category(saved.category) if saved.category else None
    place = category_name(category.slug if category else saved.category, tree) if saved.category else ""
    filters = [place] if wanted.q and place else []
    filters += [one.words for one in filters_in_use(wanted, asking.scene_of(wanted, ship_to=ship_to, quantity=index_quantity), tree)]
    quantity = quantity_of(saved)
    if quantity is not None:
        filters.append(gettext("Quantity: %(n)s", n=i18n.in_field(quantity)))
    filters.append(gettext("Deliver to: %(country)s", country=i18n.country(ship_to)))
    return Wording(wanted.q or place or gettext("All products"), tuple(filters))
