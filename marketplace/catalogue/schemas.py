"""What vendors, buyers and the desk may send."""

import re
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from marketplace.catalogue import bulk, documents
from marketplace.catalogue.drafts import (
    CODE_LIMIT,
    CODES_LIMIT,
    DESCRIPTION_LIMIT,
    HS_CODE,
    HS_CODE_WORDS,
    KEYWORDS_LIMIT,
    NAME_LIMIT,
    PACK_LIMIT,
    PART_LIMIT,
    SUBSTITUTE_LIMIT,
    TITLE_LIMIT,
)
from marketplace.catalogue.models import AttributeKind, DocumentAccess, Supply
from marketplace.core.forms import DecimalNumber, FormSchema, WholeNumber, WrittenDay, decimal_number, refuse
from marketplace.core.i18n import lazy

Title = Annotated[str, StringConstraints(max_length=TITLE_LIMIT)]
Code = Annotated[str, StringConstraints(max_length=CODE_LIMIT)]
Text = Annotated[str, StringConstraints(max_length=DESCRIPTION_LIMIT)]
Amount = Annotated[DecimalNumber, Field(ge=0, le=Decimal(10) ** 9)]
Days = Annotated[WholeNumber, Field(le=1_000)]


def _hs_code(value: str) -> str:
    """Digits alone: customs papers write 7318.15.58."""
    digits = value.replace(".", "").replace(" ", "")
    if not HS_CODE.fullmatch(digits):
        raise refuse(HS_CODE_WORDS)
    return digits


class TierInput(FormSchema):
    """A price from a quantity on, both as typed: display units, and the currency's major unit for `price_per` of them."""

    from_quantity: Amount
    price: Amount


class LeadTimeInput(FormSchema):
    """How long a quantity takes; `up_to` in display units, empty for the last band."""

    up_to: Amount | None = None
    days_from: Days
    days_to: Days | None = None


class PartInput(FormSchema):
    """A part of a kit: how many of it, in its display units, are in one."""

    sku: Code
    quantity: Amount


class SubstituteInput(FormSchema):
    """What to take instead."""

    sku: Code
    relation: Literal[
        "successor", "equivalent", "better_corrosion_class", "higher_category", "larger", "smaller", "thicker", "next_length", "larger_set",
        "same_construction", "other_voltage_24v", "no_washer_needed", "ball_valve_instead", "cobalt_version",
    ] = "equivalent"  # fmt: skip


class ProductInput(FormSchema):
    """The product form. Attributes come beside it as `attr-<code>`, since they depend on the category.

    `version` and `proposal`, the change that waited for the platform, are the guard.
    """

    version: WholeNumber = 0
    proposal: UUID | None = None
    variant_id: UUID | None = None
    title_en: Title = ""
    title_zh: Title = ""
    category_id: UUID
    description_en: Text = ""
    description_zh: Text = ""
    keywords: Annotated[str, StringConstraints(max_length=KEYWORDS_LIMIT)] = ""
    sku: Code
    label: Code = ""
    brand: Code = ""
    mpn: Code = ""
    gtin: Annotated[str, StringConstraints(max_length=20)] = ""
    unit: Literal["pc", "pair", "set", "box", "bag", "roll", "sheet", "m", "kg", "l"] = "pc"
    minimum: Amount = Decimal(1)
    increment: Amount = Decimal(1)
    maximum: Amount | None = None
    pack: Annotated[str, StringConstraints(max_length=PACK_LIMIT)] = ""
    pack_quantity: Amount | None = None
    supply: Supply = Supply.STOCK
    capacity_month: Amount | None = None
    price_per: Literal["1", "100", "1000"] = "1"
    tiers: list[TierInput] = Field(default_factory=list, max_length=10)
    lead_time: list[LeadTimeInput] = Field(default_factory=list, max_length=12)
    weight: Amount | None = None
    weight_unit: Literal["g", "kg"] = "g"
    length: Amount | None = None
    width: Amount | None = None
    height: Amount | None = None
    origin: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    hs_code: Annotated[str, AfterValidator(_hs_code)] | None = None
    codes: Annotated[str, StringConstraints(max_length=CODES_LIMIT)] = ""
    mix_group: Annotated[str, StringConstraints(max_length=NAME_LIMIT)] = ""
    back_order_on: WrittenDay | None = None
    sample: Literal["0", "1"] = "0"
    sample_price: Amount | None = None
    sample_credited: Literal["0", "1"] = "0"
    lifecycle: Literal["active", "not_for_new_designs", "last_time_buy", "end_of_life"] = "active"
    last_time_buy_on: WrittenDay | None = None
    substitutes: list[SubstituteInput] = Field(default_factory=list, max_length=SUBSTITUTE_LIMIT)
    parts: list[PartInput] = Field(default_factory=list, max_length=PART_LIMIT)
    videos: Annotated[str, StringConstraints(max_length=2_000)] = ""
    visibility: Literal["all", "registered", "named"] = "all"
    countries: list[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]] = Field(default_factory=list, max_length=250)
    companies: list[UUID] = Field(default_factory=list, max_length=250)
    segments: list[UUID] = Field(default_factory=list, max_length=50)


class VariantInput(FormSchema):
    """A variant that is to be taken out, and what the reader saw."""

    variant_id: UUID
    version: WholeNumber
    proposal: UUID | None = None


class StockInput(FormSchema):
    """What happened to the stock of one variant, in display units. Without a kind it is a count, without a place of the default one."""

    variant_id: UUID
    kind: Literal["counted", "received", "scrapped", "moved"] = "counted"
    place_id: UUID | None = None
    to_place_id: UUID | None = None
    on_hand: Amount
    note: Annotated[str, StringConstraints(max_length=200)] = ""


class PlaceInput(FormSchema):
    """The name of a place."""

    name: Annotated[str, StringConstraints(max_length=NAME_LIMIT)]


class PictureInput(FormSchema):
    """What a photo shows, in words; the file comes beside it."""

    alt_en: Annotated[str, StringConstraints(max_length=200)] = ""
    alt_zh: Annotated[str, StringConstraints(max_length=200)] = ""

    @model_validator(mode="after")
    def has_words(self) -> Self:
        """Who does not see the photo is told what it shows, in one language at least."""
        if not self.alt_en and not self.alt_zh:
            raise refuse(lazy("Say what the photo shows."))
        return self


def _one_of(values: Collection[str]) -> Any:
    """The rule that a word is one of these."""

    def check(value: str) -> str:
        if value not in values:
            raise refuse(lazy("Choose one of the list."))
        return value

    return AfterValidator(check)


class DocumentInput(FormSchema):
    """What is said about a document; the file comes beside it."""

    kind: Annotated[str, _one_of(documents.KINDS)]
    title: Annotated[str, StringConstraints(max_length=documents.TITLE_LIMIT)]
    language: Annotated[str, _one_of(documents.LANGUAGES)] = "en"
    access: DocumentAccess = DocumentAccess.PUBLIC
    valid_from: WrittenDay | None = None
    valid_until: WrittenDay | None = None

    @field_validator("valid_until")
    @classmethod
    def _ends_after_it_begins(cls, until: date | None, info: ValidationInfo) -> date | None:
        begins = info.data.get("valid_from")
        if until and begins and until < begins:
            raise refuse(lazy("The last day lies before the first."))
        return until


class GrantInput(FormSchema):
    """A vendor's answer to a company that asked for closed documents."""

    answer: Literal["granted", "refused", "ended"]


class AskInput(FormSchema):
    """Which closed documents a buyer asks for."""

    access: Literal["approved", "nda"]


class DecisionInput(FormSchema):
    """The desk's answer to a listing; `version`, `proposal` and `pictures` are what was looked at."""

    version: WholeNumber
    proposal: UUID | None = None
    pictures: list[UUID] = Field(default_factory=list)
    decision: Literal["accept", "refuse"]
    reasons: list[str] = Field(default_factory=list)


def _signed(value: object) -> object:
    """A number with an optional minus sign; `−` of typography counts as one."""
    if isinstance(value, str):
        written = value.strip().replace("−", "-")
        if written.startswith("-"):
            number = decimal_number(written[1:])
            return -number if isinstance(number, Decimal) else number
        return decimal_number(written.removeprefix("+"))
    return value


Signed = Annotated[Decimal, BeforeValidator(_signed), Field(ge=-(10**9), le=10**9)]


def _in_basis_points(value: Decimal) -> Decimal:
    """Prices move by hundredths of a percent; a finer one would be cut off."""
    if value != round(value, 2):
        raise refuse(lazy("Write a percentage with at most two decimals."))
    return value


class BulkInput(FormSchema):
    """What is to be done to many listings: those ticked (`ids`), or those that fit the list's filters (`everything`)."""

    act: Annotated[str, _one_of(bulk.ACTS)]
    percent: Annotated[Signed, Field(gt=-100, le=1_000), AfterValidator(_in_basis_points)] | None = None
    amount: Signed | None = None
    rounding: Annotated[str, _one_of(bulk.ROUNDINGS)] = "100"
    on_hand: Amount | None = None
    to: Annotated[str, _one_of(bulk.STATES)] | None = None
    ids: list[UUID] = Field(default_factory=list, max_length=1_000)
    everything: Literal["0", "1"] = "0"


def _written_as(pattern: str, words: str) -> Any:
    """The rule that a text, where there is one, is written so; `words` say how."""

    def check(value: str) -> str:
        if value and not re.fullmatch(pattern, value, re.ASCII):
            raise refuse(words)
        return value

    return AfterValidator(check)


UNSPSC = _written_as(r"\d{8}", lazy("Write eight digits, such as 31161801."))
SLUG = _written_as(r"[a-z0-9]+(-[a-z0-9]+)*", lazy("Write small letters, digits and hyphens, such as hex-bolts."))
ATTRIBUTE_CODE = _written_as(r"[a-z][a-z0-9_]*", lazy("Write small letters, digits and underscores, such as thread_length."))


class CategoryInput(FormSchema):
    """A category at the desk. `seen` is what stood when the form was opened, `told` what its effect was shown for."""

    name_en: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    name_zh: Annotated[str, StringConstraints(max_length=80)] = ""
    parent_id: UUID | None = None
    position: Annotated[WholeNumber, Field(le=100_000)] = 0
    unspsc: Annotated[str, UNSPSC] = ""
    hs_codes: Annotated[str, StringConstraints(max_length=400)] = ""
    seen: str = ""
    told: str = ""


class NewCategoryInput(CategoryInput):
    """A category that is not there yet. Without an address one is made of the English name."""

    slug: Annotated[str, StringConstraints(max_length=60), SLUG] = ""
    holds: Literal["products", "categories"] = "products"


class AttributeInput(FormSchema):
    """An attribute as a category asks for it. `choices` are lines of `code: English = Chinese`."""

    code: Annotated[str, StringConstraints(max_length=60), ATTRIBUTE_CODE] = ""
    name_en: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    name_zh: Annotated[str, StringConstraints(max_length=80)] = ""
    kind: AttributeKind
    unit: Annotated[str, StringConstraints(max_length=20)] = ""
    choices: str = ""
    required: Literal["1"] | None = None
    facet: Literal["1"] | None = None
    comparable: Literal["1"] | None = None
    position: Annotated[WholeNumber, Field(le=100_000)] = 0
    seen: str = ""
    told: str = ""


class MergeInput(FormSchema):
    """Into which category; `told` is for what the effect was shown."""

    into_id: UUID
    seen: str = ""
    told: str = ""


class SeenInput(FormSchema):
    """What stood when the page was opened."""

    seen: str = ""
