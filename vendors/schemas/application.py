"""What a vendor writes into its application."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from marketplace.accounts.schemas import Country, Email, Phone
from marketplace.core.forms import FormSchema, refuse
from marketplace.core.i18n import lazy

KIND_WORDS = {
    "maker": lazy("maker"),
    "maker and stockist": lazy("maker and stockist"),
    "one-person maker": lazy("one-person maker"),
    "stockist": lazy("stockist"),
    "distributor": lazy("distributor"),
    "reseller": lazy("reseller"),
}


def _kind(value: str) -> str:
    if value not in KIND_WORDS:
        raise refuse(lazy("Choose one of the list."))
    return value


class ApplicationInput(FormSchema):
    kind: Annotated[str, AfterValidator(_kind)] | None = None
    registry_number: Annotated[str, Field(max_length=80)] | None = None
    street: Annotated[str, Field(max_length=200)] | None = None
    postcode: Annotated[str, Field(max_length=20)] | None = None
    city: Annotated[str, Field(max_length=200)] | None = None
    region: Annotated[str, Field(max_length=100)] | None = None
    country: Country | None = None
    owners: Annotated[str, Field(max_length=1000)] | None = None
    phone: Phone | None = None
    email: Email | None = None
    agreement: Literal["1"] | None = None
