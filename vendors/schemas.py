"""What people may send: the application, the verifier's findings and decisions, the shop and its shipping."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal

from babel import Locale
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from marketplace.accounts.schemas import Country, Email, Line, Phone, country_codes
from marketplace.accounts.tax_ids import EU
from marketplace.core.forms import DecimalNumber, FormSchema, WholeNumber, refuse
from marketplace.core.i18n import lazy

INCOTERMS = ("EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF")
KIND_WORDS = {
    "maker": lazy("maker"),
    "maker and stockist": lazy("maker and stockist"),
    "one-person maker": lazy("one-person maker"),
    "stockist": lazy("stockist"),
    "distributor": lazy("distributor"),
    "reseller": lazy("reseller"),
}
RETURN_WORDS = {"defect only": lazy("defect only"), "unopened boxes": lazy("unopened boxes"), "none": lazy("none")}
"""What a vendor takes back, in the usual words; it may write others."""
_ENGLISH = Locale("en")
BANDS = 8
"""Weight bands of a zone in the form."""
HEAVIEST_KG = 1_000_000

Words = Annotated[str, Field(max_length=4000)]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]


def _web_address(value: object) -> object:
    if isinstance(value, str) and value.strip():
        written = value.strip()
        if not written.startswith(("https://", "http://")) or " " in written or "." not in written or len(written) > 200:
            raise refuse(lazy("Write the whole address, such as https://www.company.com."))
    return value


def _kind(value: str) -> str:
    if value not in KIND_WORDS:
        raise refuse(lazy("Choose one of the list."))
    return value


def _languages(value: object) -> object:
    """`en, sv` as language codes, each once."""
    if not isinstance(value, str):
        return value
    codes = list(dict.fromkeys(part for part in value.lower().replace(";", ",").replace(" ", ",").split(",") if part))
    for code in codes:
        if code not in _ENGLISH.languages or len(code) > 3:
            raise refuse(lazy("%(code)s is no language code. Write codes such as en, zh, de."), code=code)
    return tuple(codes)


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


class FindingsInput(FormSchema):
    """The verifier's page: a finding and a reason for each line, then what is decided. `stamp` is how the case stood when it was opened."""

    stamp: Annotated[str, Field(max_length=40)]
    registry: Literal["passed", "failed"] | None = None
    registry_reason: Annotated[str, Field(max_length=1000)] | None = None
    tax_id: Literal["passed", "failed"] | None = None
    tax_id_reason: Annotated[str, Field(max_length=1000)] | None = None
    address: Literal["passed", "failed"] | None = None
    address_reason: Annotated[str, Field(max_length=1000)] | None = None
    owners: Literal["passed", "failed"] | None = None
    owners_reason: Annotated[str, Field(max_length=1000)] | None = None
    agreement: Literal["passed", "failed"] | None = None
    agreement_reason: Annotated[str, Field(max_length=1000)] | None = None
    exposure_cap: DecimalNumber | None = None
    reason: Annotated[str, Field(max_length=4000)] | None = None
    act: Literal["save", "approve", "ask", "refuse"] = "save"


class ReasonInput(FormSchema):
    """A statement of reasons that the vendor reads."""

    reason: Annotated[str, Field(min_length=1, max_length=4000)]

    @field_validator("reason")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if len(value) < 20:
            raise refuse(lazy("Write what happened and which rule it breaks, so that the vendor can answer: 20 characters or more."))
        return value


# A union, so that the form hands over the text of the one field and not a list of fields.
LanguageCodes = Annotated[tuple[str, ...] | None, BeforeValidator(_languages)]


class ShopInput(FormSchema):
    about_en: Words | None = None
    about_zh: Words | None = None
    languages: LanguageCodes = None
    founded: Annotated[WholeNumber, Field(ge=1000, le=2100)] | None = None
    staff: Annotated[WholeNumber, Field(ge=1, le=10_000_000)] | None = None
    phone: Phone | None = None
    email: Email | None = None
    website: Annotated[str, BeforeValidator(_web_address)] | None = None
    hours_days: Annotated[str, Field(max_length=40)] | None = None
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
    holiday_from: Day | None = None
    holiday_until: Day | None = None

    @field_validator("holiday_until")
    @classmethod
    def _ends_after_it_begins(cls, value: date | None, info: ValidationInfo) -> date | None:
        begins = info.data.get("holiday_from")
        if value is not None and begins is not None and value < begins:
            raise refuse(lazy("The last day lies before the first."))
        return value

    @model_validator(mode="after")
    def _holiday_is_whole(self) -> "ShopInput":
        if (self.holiday_from is None) != (self.holiday_until is None):
            raise refuse(lazy("A holiday needs its first and its last day."))
        return self


def _countries(value: object) -> object:
    """`SE, NO` `EU` and `*` as a list of codes; sorted, each once."""
    if not isinstance(value, str):
        return value
    codes: set[str] = set()
    for part in value.upper().replace(";", ",").replace(" ", ",").split(","):
        if part == "EU":
            codes |= EU
        elif part == "*" or part in country_codes():
            codes.add(part)
        elif part:
            raise refuse(
                lazy("%(code)s is no country code. Write codes such as SE, DE, or EU for all of the Union, or * for everywhere."), code=part
            )
    if not codes:
        raise refuse(lazy("Write at least one country code, such as SE."))
    return sorted(codes)


class ZoneRow(FormSchema):
    """A zone: where, how long, and what it costs by weight. Bands rise; the last one is the heaviest that is taken."""

    zone: Annotated[str, Field(min_length=1, max_length=60)]
    countries: Annotated[list[str], BeforeValidator(_countries)]
    days_from: Annotated[WholeNumber, Field(ge=0, le=365)]
    days_to: Annotated[WholeNumber, Field(ge=0, le=365)]
    kg_1: DecimalNumber
    price_1: DecimalNumber
    kg_2: DecimalNumber | None = None
    price_2: DecimalNumber | None = None
    kg_3: DecimalNumber | None = None
    price_3: DecimalNumber | None = None
    kg_4: DecimalNumber | None = None
    price_4: DecimalNumber | None = None
    kg_5: DecimalNumber | None = None
    price_5: DecimalNumber | None = None
    kg_6: DecimalNumber | None = None
    price_6: DecimalNumber | None = None
    kg_7: DecimalNumber | None = None
    price_7: DecimalNumber | None = None
    kg_8: DecimalNumber | None = None
    price_8: DecimalNumber | None = None

    @field_validator("days_to")
    @classmethod
    def _not_before(cls, value: int, info: ValidationInfo) -> int:
        if value < info.data.get("days_from", 0):
            raise refuse(lazy("This is fewer days than the first number."))
        return value

    @field_validator("price_2", "price_3", "price_4", "price_5", "price_6", "price_7", "price_8")
    @classmethod
    def _has_weight(cls, value: Any, info: ValidationInfo) -> Any:
        number = int(str(info.field_name).rpartition("_")[2])
        if value is not None and info.data.get(f"kg_{number}") is None:
            raise refuse(lazy("Write the weight of this band, or leave the price empty."))
        return value

    @model_validator(mode="after")
    def _rises(self) -> "ZoneRow":
        bands = self.bands()
        if any(getattr(self, f"kg_{n}") is not None and getattr(self, f"price_{n}") is None for n in range(1, BANDS + 1)):
            raise refuse(lazy("A weight band has no price."))
        if any(kg * 1000 != int(kg * 1000) or kg > HEAVIEST_KG for kg, _price in bands):
            raise refuse(lazy("Weights are whole grams, up to 1,000,000 kg."))
        if any(later[0] <= earlier[0] for earlier, later in pairwise(bands)) or bands[0][0] <= 0:
            raise refuse(lazy("Weight bands rise: each one ends above the one before."))
        return self

    def bands(self) -> list[tuple[Any, Any]]:
        """(kilograms, price) of the bands that are written."""
        pairs = [(getattr(self, f"kg_{n}"), getattr(self, f"price_{n}")) for n in range(1, BANDS + 1)]
        return [(kg, price) for kg, price in pairs if kg is not None and price is not None]


class ShippingInput(FormSchema):
    name_en: Line
    name_zh: Annotated[str, Field(max_length=200)] | None = None
    incoterm: Literal["EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF"]
    zones: Annotated[list[ZoneRow], Field(min_length=1, max_length=20)]
