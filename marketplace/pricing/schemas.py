"""What may be sent to pricing."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints, field_validator, model_validator

from marketplace.core.forms import FormSchema, WholeNumber, WrittenDay, decimal_number, refuse
from marketplace.core.i18n import lazy
from marketplace.pricing.models import ListKind, Rounding, Standing

Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
EARLIEST, LATEST = date(1990, 1, 1), date(2199, 12, 31)
Day = Annotated[WrittenDay, Field(ge=EARLIEST, le=LATEST)]


def rate(value: object) -> object:
    """A percent with at most two decimals and without a sign, as basis points: `19`, `2.5 %`."""
    if not isinstance(value, str):
        return value
    points = decimal_number(value.strip().removesuffix("%")) * 100  # type: ignore[operator]
    if points != int(points):
        raise refuse(lazy("A percent has at most two decimals."))
    return int(points)


def percent(value: object) -> object:
    """The same with a sign: `-3`, `+2.5 %`."""
    if not isinstance(value, str):
        return value
    written = value.strip().replace("−", "-")
    sign = -1 if written.startswith("-") else 1
    return sign * rate(written[1:] if written[:1] in ("+", "-") else written)  # type: ignore[operator]


Percent = Annotated[int, BeforeValidator(percent), Field(ge=-10_000, le=100_000)]
Rate = Annotated[int, BeforeValidator(rate), Field(ge=0, le=100_000)]


class _Dates(FormSchema):
    """First and last day."""

    valid_from: Day
    valid_until: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "_Dates":
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise refuse(lazy("The last day is before the first."))
        return self


class ListInput(_Dates):
    """A new price list. `base` is empty for the public prices."""

    name: Name
    kind: ListKind
    standing: Standing
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    base: UUID | None = None


class ListChangeInput(_Dates):
    """Name, rank and validity of a list; `version` is what the form was filled in from."""

    name: Name
    standing: Standing
    version: Annotated[str, StringConstraints(max_length=40)]


class PricesInput(FormSchema):
    """Prices as lines: SKU, from quantity, price."""

    rows: str = ""
    begins_on: Day


class BandInput(FormSchema):
    """Another percent from a quantity on."""

    from_quantity: Annotated[WholeNumber, Field(ge=1, le=10**9)]
    percent: Percent


class FormulaInput(FormSchema):
    """How a list reckons from a day on."""

    percent: Percent
    bands: list[BandInput] = []
    round_micro: Literal["1", "100", "1000", "10000", "50000", "100000", "1000000"]
    rounding: Rounding
    begins_on: Day


class UseInput(FormSchema):
    """A company by its exact legal name or tax number, or one of the customers; and, if only for it, one of its addresses."""

    company: Annotated[str, StringConstraints(max_length=200)] | None = None
    customer: UUID | None = None
    location: Annotated[str, StringConstraints(max_length=120)] | None = None

    @model_validator(mode="after")
    def _is_named(self) -> "UseInput":
        if not self.company and self.customer is None:
            raise refuse(lazy("Choose a customer, or write a company's exact name or tax number."))
        return self


class SegmentsInput(FormSchema):
    """The segments that a list is meant for."""

    segments: list[UUID] = []


class SegmentInput(FormSchema):
    """The name of a segment."""

    name: Name


class PreviewInput(FormSchema):
    """What a company would pay for a quantity of a SKU."""

    buyer: UUID
    sku: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    quantity: Annotated[WholeNumber, Field(ge=1, le=10**9)]
    location: UUID | None = None
    on: Day | None = None


class TaxRateInput(FormSchema):
    """A tax rate that begins on a day."""

    country: Country
    region: Annotated[str, StringConstraints(max_length=60)] = ""
    tax_class: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_0-9]{1,30}$")]
    rate: Rate
    begins_on: Day


class TaxClassInput(FormSchema):
    """The tax class of a category."""

    category_id: UUID
    tax_class: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_0-9]{1,30}$")]


class DutyRateInput(FormSchema):
    """A duty rate that begins on a day."""

    country: Country
    hs: Annotated[str, StringConstraints(pattern=r"^[0-9]{2,10}$")]
    rate: Rate
    begins_on: Day

    @field_validator("hs", mode="before")
    @classmethod
    def _digits_only(cls, value: object) -> object:
        return value.replace(".", "").replace(" ", "") if isinstance(value, str) else value
