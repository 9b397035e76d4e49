"""What people may send: sign-up, log-in, members, company, addresses, settings."""

import re
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo, field_validator

from marketplace.accounts.docks import DAYS
from marketplace.accounts.passwords import LEAST_CHARS, MOST_CHARS, is_weak
from marketplace.accounts.permissions import Role
from marketplace.accounts.tax_ids import TaxIDWrong, check_tax_id, scheme_of
from marketplace.core.forms import FormSchema, WrittenDay, refuse
from marketplace.core.i18n import LOCALES, countries, lazy
from marketplace.core.regions import TAXED_BY_REGION, region_code


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


def _agreed(value: str) -> str:
    if value != "1":
        raise refuse(lazy("Tick this to go on."))
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


def _clock_time(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])", value.strip())
    if found is None:
        raise refuse(lazy("Write a time, such as 07:30."))
    return f"{int(found[1]):02}:{found[2]}"


def _region(value: str) -> str:
    written = value.strip().upper()
    if not re.fullmatch(r"[A-Z0-9]{1,3}", written):
        raise refuse(lazy("Write the code of the state or region: one to three letters or digits, such as TX."))
    return written


def known_region(value: str | None, info: ValidationInfo) -> str | None:
    """The part of `country`, as its code where the country's parts tax by themselves; there it must be named. Else as it is written."""
    country = str(info.data.get("country", ""))
    if country not in TAXED_BY_REGION:
        return value
    code = region_code(country, value)
    if not code:
        raise refuse(lazy("Write the state, such as WI or Wisconsin. Tax depends on it."))
    return code


def _sane_day(value: date) -> date:
    if not date(1990, 1, 1) <= value <= date(2100, 1, 1):
        raise refuse(lazy("Write a day between 1990 and 2100."))
    return value


def _new_password(value: str) -> str:
    if len(value) < LEAST_CHARS:
        raise refuse(lazy("Use 12 characters or more."))
    return value


Line = Annotated[str, Field(min_length=1, max_length=200)]
Email = Annotated[str, BeforeValidator(_email), Field(max_length=254)]
Country = Annotated[str, AfterValidator(_country)]
Currency = Literal["EUR", "USD", "GBP", "SEK", "NOK", "PLN", "CNY", "JPY"]
Agreed = Annotated[str, AfterValidator(_agreed), Field(validate_default=True)]
"""A box that must be ticked."""

Language = Annotated[str, AfterValidator(_language)]
Region = Annotated[str, Field(max_length=100)]
Phone = Annotated[str, Field(max_length=40), AfterValidator(_phone)]
# A password is taken as it is typed: blanks at its ends count.
Secret = Annotated[str, StringConstraints(strip_whitespace=False, max_length=MOST_CHARS)]
NewSecret = Annotated[str, StringConstraints(strip_whitespace=False, max_length=MOST_CHARS), AfterValidator(_new_password)]
ClockTime = Annotated[str, BeforeValidator(_clock_time)]
Day = Annotated[WrittenDay, AfterValidator(_sane_day)]
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
    region: Annotated[Region | None, Field(validate_default=True)] = None
    tax_id: Annotated[str, Field(max_length=60)] | None = None
    does: Annotated[list[Literal["buy", "sell"]], Field(min_length=1)]
    language: Language = "en"
    currency: Currency = "EUR"
    rules: Agreed = ""

    @field_validator("password")
    @classmethod
    def _is_strong(cls, value: str, info: ValidationInfo) -> str:
        return check_strength(value, str(info.data.get("email", "")))

    _names_state = field_validator("region")(known_region)

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


def _strong(value: str) -> str:
    return check_strength(value, "")


StrongSecret = Annotated[NewSecret, AfterValidator(_strong)]


class NewPasswordInput(FormSchema):
    password: StrongSecret


class JoinInput(FormSchema):
    name: Line
    password: StrongSecret
    rules: Agreed = ""


class InviteInput(FormSchema):
    email: Email
    roles: Roles


class RolesInput(FormSchema):
    roles: Roles


class IdentityInput(FormSchema):
    identity_password: Secret | None = None
    identity_code: Annotated[str, Field(max_length=60)] | None = None
    identity_passkey: Annotated[str, Field(max_length=16_000)] | None = None


class SecondStepInput(FormSchema):
    code: Annotated[str, Field(max_length=60)] | None = None
    passkey: Annotated[str, Field(max_length=16_000)] | None = None


class PasskeyInput(FormSchema):
    passkey: Annotated[str, Field(max_length=16_000)]


class AppCodeInput(FormSchema):
    code: Annotated[str, Field(min_length=1, max_length=60)]


class NameInput(FormSchema):
    name: Annotated[str, Field(min_length=1, max_length=60)]


class NewPasskeyInput(NameInput):
    passkey: Annotated[str, Field(max_length=16_000)]


class PersonInput(FormSchema):
    name: Line
    language: Language
    time_zone: Annotated[str, AfterValidator(_time_zone)]


class ChangePasswordInput(NewPasswordInput):
    own_password: Secret


class ContactInput(FormSchema):
    """What a vendor whose facts were checked changes of its profile by itself."""

    currency: Currency
    phone: Phone | None = None
    email: Email | None = None


class CompanyInput(ContactInput):
    name: Line
    local_name: Annotated[str, Field(max_length=200)] | None = None
    country: Country
    region: Annotated[Region | None, Field(validate_default=True)] = None

    _names_state = field_validator("region")(known_region)


MOST_BANDS = 7


class HoursInput(FormSchema):
    """Some weekdays that have the same hours. Monday is read last, so that it can be told when no day is ticked."""

    starts: ClockTime
    ends: ClockTime
    tue: Literal["1"] | None = None
    wed: Literal["1"] | None = None
    thu: Literal["1"] | None = None
    fri: Literal["1"] | None = None
    sat: Literal["1"] | None = None
    sun: Literal["1"] | None = None
    mon: Annotated[Literal["1"] | None, Field(validate_default=True)] = None

    @field_validator("ends")
    @classmethod
    def _fits(cls, value: str, info: ValidationInfo) -> str:
        if value <= str(info.data.get("starts", "")):
            raise refuse(lazy("This must be later than the beginning."))
        return value

    @field_validator("mon")
    @classmethod
    def _some_day(cls, value: str | None, info: ValidationInfo) -> str | None:
        if not value and not any(info.data.get(day) for day in DAYS):
            raise refuse(lazy("Tick the days that have these hours."))
        return value

    @property
    def days(self) -> list[str]:
        """The days that were ticked."""
        return [day for day in DAYS if getattr(self, day)]


class LocationInput(FormSchema):
    name: Line
    street: Line
    postcode: Annotated[str, Field(min_length=1, max_length=20)]
    city: Line
    country: Country
    region: Annotated[Region | None, Field(validate_default=True)] = None
    hours: Annotated[list[HoursInput], Field(max_length=MOST_BANDS)] = []
    dock: Annotated[str, Field(max_length=300)] | None = None
    contact_name: Annotated[str, Field(max_length=200)] | None = None
    contact_phone: Phone | None = None

    _names_state = field_validator("region")(known_region)

    @field_validator("hours")
    @classmethod
    def _each_day_once(cls, value: list[HoursInput]) -> list[HoursInput]:
        days = [day for band in value for day in band.days]
        if len(days) != len(set(days)):
            raise refuse(lazy("A day stands in two rows. Give each day one time."))
        return value

    def content(self) -> dict[str, Any]:
        """What the services take: the hours by day."""
        hours = {day: [band.starts, band.ends] for band in self.hours for day in band.days}
        return self.model_dump(exclude={"hours"}) | {"dock_hours": hours}


class PlaceInput(FormSchema):
    unit_id: UUID | None = None
    location_id: UUID | None = None


class UnitInput(FormSchema):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    cost_centre: Annotated[str, Field(max_length=40)] | None = None
    parent_id: UUID | None = None


class TaxNumberInput(FormSchema):
    country: Country
    kind: Literal["found", "vat", "registry"] = "found"
    number: Annotated[str, Field(min_length=1, max_length=60)]

    @field_validator("number")
    @classmethod
    def _has_right_form(cls, value: str, info: ValidationInfo) -> str:
        country, kind = info.data.get("country"), info.data.get("kind")
        if not country or not kind:
            return value
        try:
            check_tax_id(country, value, scheme_of(country, kind))
        except TaxIDWrong as error:
            raise refuse(
                lazy(
                    "%(value)s does not fit: a digit is wrong or missing. Numbers of the chosen country are checked by their check digits."
                ),
                value=value,
            ) from error
        return value


class WhichNumberInput(FormSchema):
    scheme: Annotated[str, Field(max_length=60)]
    value: Annotated[str, Field(max_length=60)]


class ExemptionInput(FormSchema):
    country: Country
    region: Annotated[Region | None, Field(validate_default=True)] = None
    number: Annotated[str, Field(min_length=1, max_length=80)]
    valid_from: Day
    valid_until: Day | None = None

    @field_validator("region")
    @classmethod
    def _is_code(cls, value: str | None, info: ValidationInfo) -> str | None:
        """Where only the parts of a country tax, a paper is for one of them: it cannot free from what its country does not take."""
        if info.data.get("country") in TAXED_BY_REGION:
            return known_region(value, info)
        return _region(value) if value else None

    @field_validator("valid_until")
    @classmethod
    def _is_later(cls, value: date | None, info: ValidationInfo) -> date | None:
        begin = info.data.get("valid_from")
        if value is not None and begin is not None and value < begin:
            raise refuse(lazy("This is before the first day."))
        return value

    @property
    def jurisdiction(self) -> str:
        """`DE`, or `US-TX` where a part of a country was named (ISO 3166-2)."""
        return f"{self.country}-{self.region}" if self.region else self.country


class ShipToInput(FormSchema):
    country: Country
