"""What may come in through the forms of the payments room."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from marketplace.core.forms import FormSchema, WholeNumber, refuse
from marketplace.core.i18n import lazy

SHORTEST = 20
"""Characters of a note that says something."""


class LedgerFilterInput(FormSchema):
    """Which entries finance wants to see: of one account, of one purchase or order, and from where in the list."""

    code: Annotated[str, Field(max_length=8)] = ""
    reference: Annotated[str, Field(max_length=64)] = ""
    before: WholeNumber | None = None
    after: WholeNumber | None = None


class BankDecisionInput(FormSchema):
    """What a verifier decides about bank details. How it was checked stays at the desk; the reason of a refusal is the vendor's to read."""

    act: Literal["confirm", "refuse", "lift"]
    details: UUID | None = None
    """Which details the page showed: others may have taken their place."""
    how_checked: Annotated[str, Field(max_length=2000, validate_default=True)] = ""
    reason: Annotated[str, Field(max_length=2000, validate_default=True)] = ""

    @field_validator("how_checked")
    @classmethod
    def _says_how(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("act") in ("confirm", "lift") and len(value) < SHORTEST:
            raise refuse(lazy("Write whom you called, at which number, and what was said: at least 20 characters."))
        return value

    @field_validator("reason")
    @classmethod
    def _says_why(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("act") == "refuse" and len(value) < SHORTEST:
            raise refuse(lazy("Write the reason for the vendor: at least 20 characters."))
        return value
