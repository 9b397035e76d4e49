"""What a vendor writes to change what was checked about it, and what the desk writes about that."""

from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from marketplace.core.forms import FormSchema, WholeNumber
from vendors.changing import LINES
from vendors.models import ChangeReason, LookUp
from vendors.schemas.desk import Points
from vendors.schemas.shop import Day


class ChangeInput(FormSchema):
    """Every fact as it will be, the number that changes, and why. Country and currency are not asked: they do not change this way."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    local_name: Annotated[str, Field(max_length=200)] | None = None
    registry_number: Annotated[str, Field(min_length=1, max_length=80)]
    street: Annotated[str, Field(min_length=1, max_length=200)]
    postcode: Annotated[str, Field(min_length=1, max_length=20)]
    city: Annotated[str, Field(min_length=1, max_length=200)]
    region: Annotated[str, Field(max_length=100)] | None = None
    owners: Annotated[str, Field(min_length=1, max_length=1000)]
    replaces: Annotated[str, Field(max_length=120)] | None = None
    tax_number: Annotated[str, Field(max_length=60)] | None = None
    reason: ChangeReason
    holds_from: Day
    note: Annotated[str, Field(max_length=2000)] | None = None


class _CheckInput(FormSchema):
    """What is decided about a change. `revision` is that of the page."""

    revision: WholeNumber
    reason: Annotated[str, Field(max_length=4000)] | None = None
    act: Literal["save", "confirm", "ask", "refuse"] = "save"


CHANGE_LINES = tuple(dict.fromkeys(line for lines in LINES.values() for line in lines))
_fields: dict[str, Any] = {}
for _kind in CHANGE_LINES:
    _fields |= {
        f"{_kind}_points": (Points, Field(default_factory=list)),
        f"{_kind}_look_up": (LookUp | None, None),
        f"{_kind}_look_up_at": (Annotated[str, Field(max_length=200)] | None, None),
        f"{_kind}_look_up_note": (Annotated[str, Field(max_length=1000)] | None, None),
    }
ChangeCheckInput = create_model("ChangeCheckInput", __base__=_CheckInput, **_fields)
"""The verifier's page of a change: for each line of the checklist the points and the look-up; then what is decided."""
