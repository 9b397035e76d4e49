"""Forms with a row for each line of an order: `lines-0-line_id`, `lines-0-quantity`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from marketplace.core.forms import Form
from marketplace.core.ids import parse_id
from marketplace.orders import quantities
from marketplace.orders.models import OrderLine


def initial(lines: Sequence[OrderLine], fields: Mapping[str, Callable[[OrderLine], str]]) -> dict[str, Any]:
    """What stands in the rows when the form is opened."""
    filled: dict[str, Any] = {}
    for number, line in enumerate(lines):
        filled[f"lines-{number}-line_id"] = str(line.id)
        filled |= {f"lines-{number}-{name}": write(line) for name, write in fields.items()}
    return filled


def prefixes(form: Form[Any], lines: Iterable[OrderLine]) -> list[tuple[str, OrderLine]]:
    """(prefix, line) of each line, where the form has it; a line that was not sent takes a row of no line, or stands behind the others."""
    lines = list(lines)
    places = {parse_id(form.value(f"{prefix}-line_id")): prefix for prefix in form.rows("lines", blank=0)}
    astray = iter([prefix for line_id, prefix in places.items() if line_id not in {line.id for line in lines}])
    return [(places.get(line.id) or next(astray, f"lines-{900 + number}"), line) for number, line in enumerate(lines)]


def labels(form: Form[Any], lines: Iterable[OrderLine], field: str = "quantity") -> dict[str, str]:
    """What the field of each row is called in the summary of errors: by the SKU, since all rows have the same field."""
    return {f"{prefix}-{field}": line.sku for prefix, line in prefixes(form, lines)}


def read_quantities(form: Form[Any], lines: Sequence[OrderLine]) -> dict[UUID, int]:
    """The typed quantities in base units; what is wrong is said beside its field, and the form is then not valid any more."""
    found, wrong = quantities.read(((row.line_id, row.quantity) for row in form.data.lines), {line.id: line for line in lines})
    for line_id, message in wrong.items():
        say(form, lines, line_id, "quantity", message)
    return found


def say(form: Form[Any], lines: Sequence[OrderLine], line_id: UUID, field: str, message: str) -> None:
    """Put a message beside a field of a line's row."""
    place = next((prefix for prefix, line in prefixes(form, lines) if line.id == line_id), None)
    form.add_error(f"{place}-{field}" if place else "form", message)
