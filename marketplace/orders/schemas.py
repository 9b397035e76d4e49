"""What may be sent to the orders."""

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, field_validator

from marketplace.carts.schemas import MethodInput
from marketplace.core import clock
from marketplace.core.forms import DecimalNumber, FormSchema, WholeNumber, WrittenDay, refuse
from marketplace.core.i18n import lazy

Short = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Reason = Annotated[str, StringConstraints(min_length=3, max_length=1000)]


FURTHEST = timedelta(days=5 * 365)
"""No lead time reaches so far: what lies beyond is a year mistyped."""


def _within_reach(day: date) -> date:
    if day > clock.now().date() + FURTHEST:
        raise refuse(lazy("This is more than five years from now. Is the year right?"))
    return day


ArrivalDay = Annotated[WrittenDay, AfterValidator(_within_reach)]


class WishInput(FormSchema):
    """The day on which the buyer would like to have a line."""

    variant_id: UUID
    day: ArrivalDay | None = None

    @field_validator("day")
    @classmethod
    def _is_not_over(cls, day: date | None) -> date | None:
        if day is not None and day < clock.now().date():
            raise refuse(lazy("This day is over. Write a later one."))
        return day


class PlaceOrderInput(FormSchema):
    """A checkout. The cart, its version and the total are what the buyer saw, and part of the act."""

    location_id: UUID
    buyer_reference: Annotated[str, StringConstraints(max_length=60)] | None = None
    note: Annotated[str, StringConstraints(max_length=1000)] | None = None
    wishes: list[WishInput] = []
    ship_complete: bool = False
    cart_id: UUID
    cart_version: datetime
    methods: list[MethodInput] = []
    """How each vendor is to send its goods; what is not named stays as the cart has it."""
    total_minor: WholeNumber
    currency: Annotated[str, StringConstraints(min_length=3, max_length=3)]


class ReasonInput(FormSchema):
    """Why: read by the other side."""

    reason: Reason


class ShipOrderInput(FormSchema):
    """Who carries the goods, and how they are followed."""

    carrier: Short
    tracking: Annotated[str, StringConstraints(max_length=120)] | None = None


class ProofInput(FormSchema):
    """Who signed for the goods."""

    signed_by: Short


class LineQuantityInput(FormSchema):
    """How much of a line, in its shown unit; blank is none."""

    line_id: UUID
    quantity: DecimalNumber | None = None


class ShipPartInput(ShipOrderInput):
    """A shipment of a part of the order: how much of each line."""

    lines: list[LineQuantityInput] = []


class LineQuantitiesInput(FormSchema):
    """How much of each line has arrived, or is right."""

    lines: list[LineQuantityInput] = []


class LineDayInput(FormSchema):
    """Another arrival day of a line; blank keeps the promised one."""

    line_id: UUID
    day: ArrivalDay | None = None


class ProposeDaysInput(FormSchema):
    """Other arrival days, and why. `day` is for every line whose own was left as it stands."""

    day: ArrivalDay | None = None
    lines: list[LineDayInput] = []
    reason: Reason


class ProposeQuantitiesInput(LineQuantitiesInput):
    """Smaller quantities of lines, and why; blank keeps the ordered one."""

    reason: Reason


class ProposeCancelInput(FormSchema):
    """Lines that are not to be made, and why."""

    line_ids: Annotated[list[UUID], Field(min_length=1)] = []
    reason: Reason


class AnswerInput(FormSchema):
    """What the other side says to a change."""

    answer: Annotated[str, StringConstraints(max_length=1000)] | None = None


class StageInput(FormSchema):
    """A stage of production in the vendor's words."""

    title: Short
    note: Annotated[str, StringConstraints(max_length=2000)] | None = None


class ReorderInput(FormSchema):
    """The lines that are put into the cart again."""

    line_ids: Annotated[list[UUID], Field(min_length=1)] = []
    lines: list[LineQuantityInput] = []
