"""The lines of a requisition list as its page shows them: at today's price, and what has ended marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.carts import queries as carts
from marketplace.carts.models import RequisitionLine
from marketplace.carts.ordering import priced_beside
from marketplace.carts.quantities import check_quantity
from marketplace.carts.views.quick_rows import refusal_words
from marketplace.carts.views.stock import stock_of
from marketplace.carts.wording import quantity_message
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.quantities import in_field
from marketplace.core.audit import Viewer
from marketplace.core.i18n import gettext
from marketplace.pricing import queries as pricing
from marketplace.pricing.basket import PricedLine
from search import queries
from search.queries import ShownVariant


@dataclass(frozen=True, slots=True)
class ListRow:
    """A line. `seen` None: its goods have ended or are not open to the company; it is kept under the name that it had."""

    line: RequisitionLine
    prefix: str
    seen: ShownVariant | None
    priced: PricedLine | None
    problem: str | None

    @property
    def is_ended(self) -> bool:
        """Whether it cannot be ordered any more."""
        return self.seen is None

    @property
    def stock(self) -> str | None:
        """What the vendor says of its stock."""
        return stock_of(self.seen) if self.seen else None

    @property
    def field(self) -> str:
        """The quantity as it stands in its field."""
        return in_field(self.line.quantity, self.line.display_factor)


def rows_of(lines: Sequence[RequisitionLine], *, viewer: Viewer, ship_to: str) -> list[ListRow]:
    """All lines with prices of today: a few statements for any number."""
    keys = catalogue.keys_of(viewer.company_id, ship_to) | pricing.segment_keys(viewer.company_id)
    seen = {found.line.variant_id: found for found in queries.shown_variants([line.variant_id for line in lines], keys=keys)}
    wanted = [(line.variant_id, line.quantity) for line in lines if line.variant_id in seen]
    first = carts.find_first_line(viewer.company_id, viewer.person_id)
    ready = [variant_id for variant_id, _ in wanted]
    prices, refused = priced_beside(first, wanted, ready=ready, buyer_id=viewer.company_id, ship_to=ship_to)
    rows = []
    for number, line in enumerate(lines):
        found = seen.get(line.variant_id)
        why = refused.get(line.variant_id)
        if found is None:
            problem: str | None = gettext("This product is not for sale any more.")
        elif why is not None:
            problem = refusal_words(why, found.line)
        else:
            problem = _quantity_problem(line, found)
        rows.append(ListRow(line, f"lines-{number}", found, prices.get(line.variant_id), problem))
    return rows


def _quantity_problem(line: RequisitionLine, found: ShownVariant) -> str | None:
    problem = check_quantity(line.quantity, found.line.rule, display_factor=found.line.display_factor)
    if problem is None:
        return None
    return quantity_message(problem, found.line.rule, display_unit=found.line.display_unit, display_factor=found.line.display_factor)


def initial(rows: Sequence[ListRow]) -> Mapping[str, object]:
    """What stands in the form of a list at first: every line that can be ordered is ticked."""
    values: dict[str, object] = {f"{row.prefix}-quantity": row.field for row in rows}
    chosen: list[UUID] = [row.line.id for row in rows if row.problem is None]
    return values | {"chosen": [str(each) for each in chosen]}
