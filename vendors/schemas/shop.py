"""What a vendor writes about its shop: page, terms, holiday, what it is best at; and its notes about customers."""

import re
from datetime import date
from typing import Annotated, Literal

from babel import Locale
from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from marketplace.accounts.schemas import Email, Line, Phone
from marketplace.core.forms import DecimalNumber, FormSchema, WholeNumber, WrittenDay, refuse
from marketplace.core.i18n import lazy

RETURN_WORDS = ("defect only", "unopened boxes", "none")
"""What a vendor takes back, in the usual words, which `macros/returns.html` tells in the reader's language; it may write others."""
_ENGLISH = Locale("en")
MOST_CLOSED_DAYS = 100

Words = Annotated[str, Field(max_length=4000)]
Day = Annotated[WrittenDay, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]


def _web_address(value: object) -> object:
    if isinstance(value, str) and value.strip():
        written = value.strip()
        if not written.startswith(("https://", "http://")) or " " in written or "." not in written or len(written) > 200:
            raise refuse(lazy("Write the whole address, such as https://www.company.com."))
    return value


def _languages(value: object) -> object:
    """`en, zh-Hans` as language codes, each once; how a language is written is no other language."""
    if not isinstance(value, str):
        return value
    parts = value.lower().replace(";", ",").replace(" ", ",").split(",")
    codes = list(dict.fromkeys(re.split(r"[-_]", part)[0] for part in parts if part))
    for code in codes:
        if code not in _ENGLISH.languages or len(code) > 3:
            raise refuse(lazy("%(code)s is no language code. Write codes such as en, zh, de."), code=code)
    return tuple(codes)


# A union, so that the form hands over the text of the one field and not a list of fields.
LanguageCodes = Annotated[tuple[str, ...] | None, BeforeValidator(_languages)]


def _closed_days(value: object) -> object:
    """`2026-12-24, 2026-12-25` as days in order, each once."""
    if not isinstance(value, str):
        return value
    days = set()
    for part in value.replace(";", " ").replace(",", " ").split():
        try:
            day = date.fromisoformat(part)
        except ValueError as error:
            raise refuse(lazy("%(part)s is no day. Write days such as 2026-12-28."), part=part[:40]) from error
        if not date(2000, 1, 1) <= day <= date(2100, 1, 1):
            raise refuse(lazy("%(part)s is no day. Write days such as 2026-12-28."), part=part[:40])
        days.add(day)
    if len(days) > MOST_CLOSED_DAYS:
        raise refuse(lazy("These are too many: at most %(most)s."), most=MOST_CLOSED_DAYS)
    return tuple(sorted(days))


ClosedDays = Annotated[tuple[date, ...] | None, BeforeValidator(_closed_days)]


class ShopInput(FormSchema):
    about_en: Words | None = None
    about_zh: Words | None = None
    languages: LanguageCodes = None
    founded: Annotated[WholeNumber, Field(ge=1000, le=2100)] | None = None
    staff: Annotated[WholeNumber, Field(ge=1, le=10_000_000)] | None = None
    phone: Phone | None = None
    email: Email | None = None
    website: Annotated[str, BeforeValidator(_web_address)] | None = None
    hours_days: Annotated[list[Literal["0", "1", "2", "3", "4", "5", "6"]], Field(max_length=7)] = []
    hours_open: Annotated[str, Field(pattern=r"^([01]?\d|2[0-3]):[0-5]\d$")] | None = None
    hours_close: Annotated[str, Field(pattern=r"^([01]?\d|2[0-3]):[0-5]\d$")] | None = None
    opening_minimum: DecimalNumber
    reorder_minimum: DecimalNumber
    inspection_days: Annotated[WholeNumber, Field(ge=1, le=30)]
    stock_display: Literal["exact", "band", "hidden"]
    returns_accepts: Line
    returns_window_days: Annotated[WholeNumber, Field(ge=0, le=365)]
    returns_freight_paid_by: Literal["vendor", "buyer"]
    returns_restocking: Annotated[DecimalNumber, Field(le=100)]
    returns_custom_goods: Line
    closed_days: ClosedDays = None
    terms: Annotated[list[Literal["protected", "prepay", "net7", "net15", "net30", "net45", "net60", "net90"]], Field(max_length=8)] = []
    terms_note_en: Annotated[str, Field(max_length=200)] | None = None
    terms_note_zh: Annotated[str, Field(max_length=200)] | None = None


class HolidayInput(FormSchema):
    """The shop closes for some days; both empty: it is open."""

    holiday_from: Day | None = None
    holiday_until: Day | None = None
    note_en: Annotated[str, Field(max_length=300)] | None = None
    note_zh: Annotated[str, Field(max_length=300)] | None = None

    @field_validator("holiday_until")
    @classmethod
    def _ends_after_it_begins(cls, value: date | None, info: ValidationInfo) -> date | None:
        begins = info.data.get("holiday_from")
        if value is not None and begins is not None and value < begins:
            raise refuse(lazy("The last day lies before the first."))
        return value

    @model_validator(mode="after")
    def _holiday_is_whole(self) -> "HolidayInput":
        if (self.holiday_from is None) != (self.holiday_until is None):
            raise refuse(lazy("A holiday needs its first and its last day."))
        return self


class CapabilitiesInput(FormSchema):
    """What the shop is best at: one line, entries of the operator's lists, and numbers."""

    best_at_en: Annotated[str, Field(max_length=120)] | None = None
    best_at_zh: Annotated[str, Field(max_length=120)] | None = None
    processes: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=40)] = []
    materials: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=40)] = []
    industries: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=40)] = []
    capacity_month: Annotated[WholeNumber, Field(ge=1, le=10_000_000_000)] | None = None
    capacity_unit: Annotated[Literal["pcs", "kg", "t", "m", "m2"] | None, Field(validate_default=True)] = None
    tolerance_um: Annotated[WholeNumber, Field(ge=1, le=100_000)] | None = None
    largest_mm: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] | None = None
    lot_from: Annotated[WholeNumber, Field(ge=1, le=1_000_000_000)] | None = None
    lot_to: Annotated[WholeNumber, Field(ge=1, le=1_000_000_000)] | None = None

    @field_validator("capacity_unit")
    @classmethod
    def _has_capacity(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("capacity_month") is not None:
            raise refuse(lazy("Choose what the capacity is counted in."))
        return value

    @field_validator("lot_to")
    @classmethod
    def _lot_rises(cls, value: int | None, info: ValidationInfo) -> int | None:
        first = info.data.get("lot_from")
        if value is not None and first is not None and value < first:
            raise refuse(lazy("This is less than the smallest lot."))
        return value


class NoteInput(FormSchema):
    """A note about a customer."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]
