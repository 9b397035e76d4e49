"""What may be sent to the cart."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from marketplace.core.forms import DecimalNumber, FormSchema

Quantity = Annotated[DecimalNumber, Field(gt=0)]


class AddLineInput(FormSchema):
    """A variant and how much of it, in its shown unit."""

    variant_id: UUID
    quantity: Quantity


class LineInput(FormSchema):
    """The wished quantity of one line, in its shown unit."""

    id: UUID
    quantity: Quantity


class ChangeLinesInput(FormSchema):
    """All lines of the cart as they stand on the page."""

    lines: list[LineInput] = []
