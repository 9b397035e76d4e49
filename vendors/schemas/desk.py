"""What the verification desk writes: findings, levels, examinations, reasons, assignments, lists."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, ValidationInfo, create_model, field_validator

from marketplace.core.forms import DecimalNumber, FormSchema, WholeNumber, refuse
from marketplace.core.i18n import lazy
from vendors.models import LookUp
from vendors.requirements import GIVEN_BY_VENDOR
from vendors.schemas.shop import Day

Point = Annotated[str, Field(max_length=40)]
Points = Annotated[list[Point], Field(max_length=10)]


class CaseInput(FormSchema):
    """What is decided about a case. `stamp` is how it stood when it was opened; the findings of each line come from `FindingsInput`."""

    stamp: Annotated[str, Field(max_length=40)]
    exposure_cap: DecimalNumber | None = None
    reason: Annotated[str, Field(max_length=4000)] | None = None
    act: Literal["save", "approve", "ask", "refuse"] = "save"


def _fields_of(kind: str) -> dict[str, Any]:
    """The fields of one line of the checklist, each under the name of its line."""
    return {
        f"{kind}_points": (Points, Field(default_factory=list)),
        f"{kind}_look_up": (LookUp | None, None),
        f"{kind}_look_up_at": (Annotated[str, Field(max_length=200)] | None, None),
        f"{kind}_look_up_note": (Annotated[str, Field(max_length=1000)] | None, None),
        kind: (Literal["passed", "failed"] | None, None),
        f"{kind}_reason": (Annotated[str, Field(max_length=1000)] | None, None),
    }


_fields: dict[str, Any] = {name: field for kind in GIVEN_BY_VENDOR for name, field in _fields_of(kind).items()}
FindingsInput = create_model("FindingsInput", __base__=CaseInput, **_fields)
"""The verifier's page: for each line of the checklist the points, the look-up, a finding and a reason; then what is decided."""


class ReasonInput(FormSchema):
    """A statement of reasons that the vendor reads."""

    reason: Annotated[str, Field(min_length=1, max_length=4000)]

    @field_validator("reason")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if len(value) < 20:
            raise refuse(lazy("Write what happened and which rule it breaks, so that the vendor can answer: 20 characters or more."))
        return value


class AppealInput(FormSchema):
    """Why a vendor thinks a decision about it wrong."""

    said: Annotated[str, Field(min_length=1, max_length=4000)]

    @field_validator("said")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if len(value) < 20:
            raise refuse(lazy("Write what is wrong about the decision, so that somebody else can judge it: 20 characters or more."))
        return value


class AnswerInput(FormSchema):
    """The answer to an appeal: what becomes of the decision, and why."""

    act: Literal["uphold", "grant"]
    reason: Annotated[str, Field(min_length=1, max_length=4000)]

    @field_validator("reason")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if len(value) < 20:
            raise refuse(lazy("Write what you have looked at and why you decide so: 20 characters or more. The vendor reads it."))
        return value


class AssignInput(FormSchema):
    """Who works on something: a verifier, or nobody. `seen` is who had it when the page was opened."""

    to: UUID | None = None
    seen: UUID | None = None


class LevelInput(FormSchema):
    """A level that was checked: by whom, how, when, until when."""

    level: Literal["2", "3", "4"]
    auditor: Annotated[str, Field(min_length=1, max_length=200)]
    method: Annotated[str, Field(max_length=500)] | None = None
    checked_on: Day
    valid_until: Day
    points: Annotated[Annotated[WholeNumber, Field(ge=0, le=100)] | None, Field(validate_default=True)] = None
    note: Annotated[str, Field(max_length=1000)] | None = None

    @field_validator("valid_until")
    @classmethod
    def _after(cls, value: date, info: ValidationInfo) -> date:
        begins = info.data.get("checked_on")
        if begins is not None and value <= begins:
            raise refuse(lazy("The last day lies before the first."))
        return value

    @field_validator("points")
    @classmethod
    def _scored(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is None and info.data.get("level") == "3":
            raise refuse(lazy("An audit has its points."))
        return value


class ReadingInput(FormSchema):
    """What the second reader of a level says, or its proposer."""

    act: Literal["confirm", "refuse", "take_back"]
    reason: Annotated[Annotated[str, Field(max_length=4000)] | None, Field(validate_default=True)] = None

    @field_validator("reason")
    @classmethod
    def _says_why(cls, value: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("act") == "refuse" and len(value or "") < 20:
            raise refuse(lazy("Write what is wrong, so that the first reader can answer: 20 characters or more."))
        return value


class ExaminationInput(FormSchema):
    """What a verifier saw of a certificate, and what is decided."""

    ticked: Points = []
    look_up: LookUp | None = None
    look_up_note: Annotated[str, Field(max_length=1000)] | None = None
    reason: Annotated[str, Field(max_length=2000)] | None = None
    act: Literal["save", "check", "refuse"] = "save"


class KeyInput(FormSchema):
    """Which entry of a list is meant."""

    key: Annotated[str, Field(min_length=1, max_length=80)]


class EntryInput(FormSchema):
    """An entry of one of the operator's lists."""

    name_en: Annotated[str, Field(min_length=1, max_length=60)]
    name_zh: Annotated[str, Field(max_length=60)] | None = None
