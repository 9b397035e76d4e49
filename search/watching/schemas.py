"""What may be sent about wishes, saved searches and follows."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo

from marketplace.core import clock
from marketplace.core.forms import DecimalNumber, FormSchema, WrittenDay, refuse
from marketplace.core.i18n import lazy
from search.schemas import TEXT_LIMIT
from search.watching.models import Alert

NAME_LIMIT, UNIT_LIMIT, NOTE_LIMIT, QUERY_LIMIT = 80, 30, 4_000, 2_000

LAST_DAY = date(2999, 12, 31)


def _to_come(day: date) -> date:
    if day < clock.now().date():
        raise refuse(lazy("Choose a day that is still to come."))
    if day > LAST_DAY:
        raise refuse(lazy("Choose a day before the year 3000."))
    return day


def _of_words(text: str) -> str:
    if not any(map(str.isalnum, text)):
        raise refuse(lazy("Write it in words or numbers: signs alone say nothing to a factory."))
    return text


def _beside_its_unit(quantity: Decimal | None, others: ValidationInfo) -> Decimal | None:
    if quantity is None and others.data.get("unit"):
        raise refuse(lazy("Write how many, or leave the unit empty."))
    return quantity


class WishInput(FormSchema):
    """What factories are asked for. Quantity and unit are as the buyer says them."""

    words: Annotated[str, StringConstraints(min_length=1, max_length=TEXT_LIMIT), AfterValidator(_of_words)]
    unit: Annotated[str, StringConstraints(max_length=UNIT_LIMIT)] = ""
    quantity: Annotated[
        Annotated[DecimalNumber, Field(gt=0, le=Decimal(10) ** 12)] | None, AfterValidator(_beside_its_unit), Field(validate_default=True)
    ] = None
    wanted_on: Annotated[WrittenDay, AfterValidator(_to_come)] | None = None
    note: Annotated[str, StringConstraints(max_length=NOTE_LIMIT)] = ""
    category_id: UUID | None = None
    seen: str = ""
    """What stood when the form was opened, as `wishes.mark_of` writes it; empty for a new wish."""


class SaveSearchInput(FormSchema):
    """A search under a name. `query` is the query string of the page, `category` the slug of a category's page."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=NAME_LIMIT)]
    query: Annotated[str, StringConstraints(max_length=QUERY_LIMIT)] = ""
    category: Annotated[str, StringConstraints(max_length=200)] | None = None
    alert: Alert = Alert.NEVER


class ChangeSearchInput(FormSchema):
    """Another name, another alert."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=NAME_LIMIT)]
    alert: Alert
