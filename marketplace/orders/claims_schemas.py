"""What may be sent about claims."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from marketplace.core.forms import DecimalNumber, FormSchema, refuse
from marketplace.core.i18n import lazy
from marketplace.orders.models import ProblemKind, Remedy
from marketplace.orders.schemas import Reason, Short

FILL_IN = lazy("Fill this in.")
MORE_THAN_NOUGHT = lazy("This must be more than 0.")
DESCRIBE = lazy("Describe it in 10 characters at least.")
Text = Annotated[str, StringConstraints(max_length=4000)]


def _positive(value: Decimal | None) -> Decimal:
    """What has to be written here, and is more than nothing."""
    if value is None:
        raise refuse(FILL_IN)
    if not value:
        raise refuse(MORE_THAN_NOUGHT)
    return value


class ClaimLineInput(FormSchema):
    """What is wrong with one line; without a kind nothing is. Quantity in the shown unit, amount in the order's currency."""

    line_id: UUID
    kind: ProblemKind | None = None
    quantity: Annotated[DecimalNumber | None, Field(validate_default=True)] = None
    text: Annotated[Text | None, Field(validate_default=True)] = None
    wish: Remedy = Remedy.CREDIT
    amount: DecimalNumber | None = None

    @field_validator("quantity")
    @classmethod
    def _says_how_much(cls, quantity: Decimal | None, info: ValidationInfo) -> Decimal | None:
        return quantity if info.data.get("kind") is None else _positive(quantity)

    @field_validator("text")
    @classmethod
    def _says_what(cls, text: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("kind") is not None and len(text or "") < 10:
            raise refuse(DESCRIBE)
        return text

    @field_validator("wish")
    @classmethod
    def _is_a_wish(cls, wish: Remedy) -> Remedy:
        if wish is Remedy.REFUSE:
            raise refuse(lazy("Choose one of the list."))
        return wish

    @field_validator("amount")
    @classmethod
    def _asks_for_something(cls, amount: Decimal | None, info: ValidationInfo) -> Decimal | None:
        """A credit of nothing is no wish. Left out, it is all that the goods are worth."""
        is_asked = info.data.get("kind") is not None and info.data.get("wish") is Remedy.CREDIT
        return _positive(amount) if is_asked and amount is not None else amount


class ClaimInput(FormSchema):
    """A claim: a row for each line of the order, most of them without a problem."""

    lines: list[ClaimLineInput] = []


class AnswerLineInput(FormSchema):
    """A vendor's answer to one line. The amount belongs to a credit; the address and the fee, in percent, to a return."""

    answer: Remedy
    text: Annotated[Annotated[str, StringConstraints(max_length=2000)] | None, Field(validate_default=True)] = None
    amount: Annotated[DecimalNumber | None, Field(validate_default=True)] = None
    street: Annotated[Annotated[str, StringConstraints(max_length=200)] | None, Field(validate_default=True)] = None
    postcode: Annotated[str, StringConstraints(max_length=20)] | None = None
    city: Annotated[Annotated[str, StringConstraints(max_length=120)] | None, Field(validate_default=True)] = None
    restocking: Annotated[DecimalNumber, Field(le=100)] | None = None

    @field_validator("text")
    @classmethod
    def _says_why(cls, text: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("answer") is Remedy.REFUSE and len(text or "") < 10:
            raise refuse(lazy("Say why: the buyer reads this."))
        return text

    @field_validator("amount")
    @classmethod
    def _says_how_much(cls, amount: Decimal | None, info: ValidationInfo) -> Decimal | None:
        return _positive(amount) if info.data.get("answer") is Remedy.CREDIT else amount

    @field_validator("street", "city")
    @classmethod
    def _says_where(cls, written: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("answer") is Remedy.RETURN and not written:
            raise refuse(FILL_IN)
        return written


class ParcelInput(FormSchema):
    """Who carries a replacement or a return, and how it is followed."""

    carrier: Short
    tracking: Annotated[str, StringConstraints(max_length=120)] | None = None


class Decision(StrEnum):
    """What the platform's finance decides about held money."""

    RELEASE = "release"
    SPLIT = "split"
    REFUND = "refund"


class DecisionInput(FormSchema):
    """A decision with its reason, which both sides read. The amount belongs to a split: what goes back."""

    decision: Decision
    amount: Annotated[DecimalNumber | None, Field(validate_default=True)] = None
    reason: Reason

    @field_validator("amount")
    @classmethod
    def _says_how_much(cls, amount: Decimal | None, info: ValidationInfo) -> Decimal | None:
        return _positive(amount) if info.data.get("decision") is Decision.SPLIT else amount
