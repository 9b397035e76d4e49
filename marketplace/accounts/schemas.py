"""What people may send: sign-up, log-in, members, company, addresses, settings."""

from functools import lru_cache
from typing import Annotated, Literal
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo, field_validator

from marketplace.accounts.passwords import LEAST_CHARS, MOST_CHARS, is_weak
from marketplace.accounts.permissions import Role
from marketplace.accounts.tax_ids import TaxIDWrong, check_tax_id
from marketplace.core.forms import FormSchema, refuse
from marketplace.core.i18n import LOCALES, countries, lazy

CURRENCIES = ("EUR", "USD", "GBP", "SEK", "NOK", "PLN", "CNY", "JPY")
"""Currencies that a company can choose: those with an indicative rate."""


def _email(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        found = validate_email(value.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise refuse(lazy("Write an e-mail address, such as name@company.com.")) from error
    return found.ascii_email.lower() if found.ascii_email else value


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """Codes of all countries that can be chosen."""
    return frozenset(code for code, _name in countries())


def _country(value: str) -> str:
    if value not in country_codes():
        raise refuse(lazy("Choose one of the list."))
    return value


def _time_zone(value: str) -> str:
    if value not in available_timezones():
        raise refuse(lazy("Choose one of the list."))
    return value


def _language(value: str) -> str:
    if value not in LOCALES:
        raise refuse(lazy("Choose one of the list."))
    return value


def _phone(value: str) -> str:
    if not value.startswith("+") or sum(c.isdigit() for c in value) < 6 or not set(value) <= set("+0123456789 -()/."):
        raise refuse(lazy("Write the number with its country code, such as +46 31 390 06 40."))
    return value


def _new_password(value: str) -> str:
    if len(value) < LEAST_CHARS:
        raise refuse(lazy("Use 12 characters or more."))
    return value


Line = Annotated[str, Field(min_length=1, max_length=200)]
Email = Annotated[str, BeforeValidator(_email), Field(max_length=254)]
Country = Annotated[str, AfterValidator(_country)]
Currency = Literal["EUR", "USD", "GBP", "SEK", "NOK", "PLN", "CNY", "JPY"]
Language = Annotated[str, AfterValidator(_language)]
Phone = Annotated[str, Field(max_length=40), AfterValidator(_phone)]
# A password is taken as it is typed: blanks at its ends count.
Secret = Annotated[str, StringConstraints(strip_whitespace=False, max_length=MOST_CHARS)]
NewSecret = Annotated[str, StringConstraints(strip_whitespace=False, max_length=MOST_CHARS), AfterValidator(_new_password)]
Roles = Annotated[list[Role], Field(min_length=1, max_length=len(Role))]


class LogInInput(FormSchema):
    email: Email
    password: Secret


class SignUpInput(FormSchema):
    name: Line
    email: Email
    password: NewSecret
    company_name: Line
    country: Country
    tax_id: Annotated[str, Field(max_length=60)] | None = None
    does: Annotated[list[Literal["buy", "sell"]], Field(min_length=1)]
    language: Language = "en"
    currency: Currency = "EUR"
    rules: Literal["1"]

    @field_validator("password")
    @classmethod
    def _is_strong(cls, value: str, info: ValidationInfo) -> str:
        return check_strength(value, str(info.data.get("email", "")))

    @field_validator("tax_id")
    @classmethod
    def _fits_country(cls, value: str | None, info: ValidationInfo) -> str | None:
        return fitting_number(value, info)


def check_strength(password: str, email: str) -> str:
    """The password, when it is hard to guess. Raises: an error of the schema."""
    if is_weak(password, email):
        raise refuse(lazy("This password is too easy to guess. Use more different characters, and not your address."))
    return password


def fitting_number(value: str | None, info: ValidationInfo) -> str | None:
    """The number, when it fits the country that was chosen above. Raises: an error of the schema."""
    country = info.data.get("country")
    if value and country:
        try:
            check_tax_id(country, value)
        except TaxIDWrong as error:
            raise refuse(
                lazy(
                    "%(value)s does not fit: a digit is wrong or missing. Numbers of the chosen country are checked by their check digits."
                ),
                value=value,
            ) from error
    return value


class EmailInput(FormSchema):
    email: Email


class NewPasswordInput(FormSchema):
    password: NewSecret

    @field_validator("password")
    @classmethod
    def _is_strong(cls, value: str) -> str:
        return check_strength(value, "")


class JoinInput(NewPasswordInput):
    name: Line
    rules: Literal["1"]


class InviteInput(FormSchema):
    email: Email
    roles: Roles
    own_password: Secret | None = None


class RolesInput(FormSchema):
    roles: Roles
    own_password: Secret | None = None


class StepUpInput(FormSchema):
    own_password: Secret | None = None


class PersonInput(FormSchema):
    name: Line
    language: Language
    time_zone: Annotated[str, AfterValidator(_time_zone)]


class ChangePasswordInput(NewPasswordInput):
    own_password: Secret


class CompanyInput(FormSchema):
    name: Line
    local_name: Annotated[str, Field(max_length=200)] | None = None
    country: Country
    currency: Currency
    phone: Phone | None = None
    email: Email | None = None
    tax_id: Annotated[str, Field(max_length=60)] | None = None
    other_id: Annotated[str, Field(max_length=60)] | None = None

    @field_validator("tax_id", "other_id")
    @classmethod
    def _fits_country(cls, value: str | None, info: ValidationInfo) -> str | None:
        return fitting_number(value, info)


class LocationInput(FormSchema):
    name: Line
    street: Line
    postcode: Annotated[str, Field(min_length=1, max_length=20)]
    city: Line
    region: Annotated[str, Field(max_length=100)] | None = None
    country: Country
    dock: Annotated[str, Field(max_length=300)] | None = None


class ShipToInput(FormSchema):
    country: Country
