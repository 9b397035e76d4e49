"""What a vendor writes about a certificate."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from marketplace.core.forms import FormSchema, refuse
from marketplace.core.i18n import lazy
from vendors.schemas.shop import Day


class CertificateInput(FormSchema):
    scheme: Annotated[str, Field(min_length=1, max_length=80)]
    number: Annotated[str, Field(min_length=1, max_length=80)]
    issuer: Annotated[str, Field(min_length=1, max_length=200)]
    scope_kind: Literal["company", "site", "products"]
    scope: Annotated[Annotated[str, Field(max_length=300)] | None, Field(validate_default=True)] = None
    valid_from: Day
    valid_until: Day | None = None
    is_public: Literal["1"] | None = None

    @field_validator("scope")
    @classmethod
    def _names_its_scope(cls, value: str | None, info: ValidationInfo) -> str | None:
        if not value and info.data.get("scope_kind") in ("site", "products"):
            raise refuse(lazy("Write which site or which products it speaks of."))
        return value

    @field_validator("valid_until")
    @classmethod
    def _ends_after_it_begins(cls, value: date | None, info: ValidationInfo) -> date | None:
        begins = info.data.get("valid_from")
        if value is not None and begins is not None and value < begins:
            raise refuse(lazy("The last day lies before the first."))
        return value
