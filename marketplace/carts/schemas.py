"""What may be sent to the cart."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from marketplace.core.forms import DecimalNumber, FormSchema

Quantity = Annotated[DecimalNumber, Field(gt=0)]


class AddLineInput(FormSchema):
    """A variant and how much of it, in its shown unit."""

    variant_id: UUID
    quantity: Quantity


class AddSampleInput(FormSchema):
    """The variant of which a sample is wanted."""

    variant_id: UUID


class LineInput(FormSchema):
    """The wished quantity of one line, in its shown unit."""

    id: UUID
    quantity: Quantity


class MethodInput(FormSchema):
    """How the goods of one vendor are to be sent: the key of one of its shipping methods."""

    vendor_id: UUID
    key: Annotated[str, StringConstraints(max_length=80)]


class ChangeLinesInput(FormSchema):
    """All lines of the cart as they stand on the page, and the way to ship of each vendor."""

    lines: list[LineInput] = []
    methods: list[MethodInput] = []


class QuickRowInput(FormSchema):
    """A row of a quick order: the code as written, the quantity as written, the variant where several bear the code.

    Both are text, since a wrong one is said beside its row and never loses the others.
    """

    code: Annotated[str, StringConstraints(max_length=300)] = ""
    quantity: Annotated[str, StringConstraints(max_length=40)] = ""
    variant: Annotated[str, StringConstraints(max_length=40)] = ""


class QuickOrderInput(FormSchema):
    """The rows that pasted lines have become. The lines themselves may be longer than any field of a form, and are read apart."""

    rows: list[QuickRowInput] = []


ListName = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class ListInput(FormSchema):
    """A requisition list by its name."""

    name: ListName


class ChosenLineInput(FormSchema):
    """The wished quantity of a line of a list, in its shown unit."""

    id: UUID
    quantity: Quantity


class ChangeListInput(FormSchema):
    """All lines of a list as they stand on the page; `chosen` are ids of those that go into the cart."""

    lines: list[ChosenLineInput] = []
    chosen: list[UUID] = []


class AddToListInput(FormSchema):
    """A variant and how much of it, for a list of the company or a new one."""

    variant_id: UUID
    quantity: Quantity
    list_id: UUID | None = None
    name: Annotated[str, StringConstraints(max_length=80)] = ""
