"""What the desk's forms send."""

from typing import Annotated, Literal

from pydantic import Field

from marketplace.core.forms import FormSchema


class SettingInput(FormSchema):
    """A new value with its reason; `seen` is the value that the form showed."""

    value: Annotated[str, Field(max_length=200)]
    reason: Annotated[str, Field(min_length=3, max_length=500)]
    seen: Annotated[str, Field(max_length=200)] = ""


class NoteInput(FormSchema):
    """What staff write down."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]


class AccessInput(FormSchema):
    """Whether a person is shut out or let in again, and why."""

    access: Literal["open", "shut"]
    reason: Annotated[str, Field(min_length=3, max_length=500)]


class VisitInput(FormSchema):
    """Why support acts as a company; the company can read it."""

    reason: Annotated[str, Field(min_length=5, max_length=500)]
