"""Pure: quantities of order lines as people write them in forms."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import UUID

from marketplace.catalogue.quantities import NotWhole, in_field, to_base
from marketplace.core import i18n
from marketplace.core.i18n import gettext, lazy
from marketplace.orders.errors import QuantityTooLarge
from marketplace.orders.models import OrderLine

NOT_WHOLE = lazy("This is no whole number of the smallest unit.")
AT_MOST = lazy("At most %(most)s.")


def written(quantity: int, line: OrderLine) -> str:
    """Base units as they stand in a field of the line's shown unit."""
    return in_field(quantity, line.display_factor)


def read(typed: Iterable[tuple[UUID, Decimal | None]], lines: Mapping[UUID, OrderLine]) -> tuple[dict[UUID, int], dict[UUID, str]]:
    """Typed quantities in base units by line, and what is wrong with others, in the reader's language. Unknown lines count as one unit each."""
    found: dict[UUID, int] = {}
    wrong: dict[UUID, str] = {}
    for line_id, shown in typed:
        line = lines.get(line_id)
        try:
            found[line_id] = to_base(shown or Decimal(0), line.display_factor if line else 1)
        except NotWhole:
            wrong[line_id] = gettext(NOT_WHOLE)
    return found, wrong


def too_large(refused: QuantityTooLarge) -> str:
    """The refusal with the most that is right."""
    return gettext(AT_MOST, most=i18n.quantity(refused.limit, refused.unit, display_factor=refused.display_factor))
