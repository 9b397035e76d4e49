"""What vendors and the desk may send."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from marketplace.catalogue.drafts import CODE_LIMIT, TITLE_LIMIT
from marketplace.catalogue.models import Supply
from marketplace.core.forms import DecimalNumber, FormSchema, WholeNumber

Title = Annotated[str, StringConstraints(max_length=TITLE_LIMIT)]
Code = Annotated[str, StringConstraints(max_length=CODE_LIMIT)]
Text = Annotated[str, StringConstraints(max_length=10_000)]
Amount = Annotated[DecimalNumber, Field(ge=0, le=Decimal(10) ** 9)]
Days = Annotated[WholeNumber, Field(le=1_000)]


class TierInput(FormSchema):
    """A price from a quantity on, both as typed: display units, and the currency's major unit for `price_per` of them."""

    from_quantity: Amount
    price: Amount


class LeadTimeInput(FormSchema):
    """How long a quantity takes; `up_to` in display units, empty for the last band."""

    up_to: Amount | None = None
    days_from: Days
    days_to: Days | None = None


class ProductInput(FormSchema):
    """The product form. Attributes come beside it as `attr-<code>`, since they depend on the category. `version` is the guard."""

    version: WholeNumber = 0
    variant_id: UUID | None = None
    title_en: Title
    title_zh: Title = ""
    category_id: UUID
    description_en: Text = ""
    description_zh: Text = ""
    keywords: Annotated[str, StringConstraints(max_length=1_000)] = ""
    sku: Code
    label: Code = ""
    brand: Code = ""
    mpn: Code = ""
    gtin: Annotated[str, StringConstraints(max_length=20)] = ""
    unit: Literal["pc", "pair", "set", "box", "bag", "roll", "sheet", "m", "kg", "l"] = "pc"
    minimum: Amount = Decimal(1)
    increment: Amount = Decimal(1)
    maximum: Amount | None = None
    pack: Annotated[str, StringConstraints(max_length=40)] = ""
    pack_quantity: Amount | None = None
    supply: Supply = Supply.STOCK
    capacity_month: Amount | None = None
    price_per: Literal["1", "100", "1000"] = "1"
    tiers: list[TierInput] = Field(default_factory=list, max_length=10)
    lead_time: list[LeadTimeInput] = Field(default_factory=list, max_length=12)
    weight: Amount | None = None
    weight_unit: Literal["g", "kg"] = "g"
    origin: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    hs_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{4,10}$")] | None = None
    visibility: Literal["all", "registered", "kept"] = "all"


class StockInput(FormSchema):
    """A count of one variant, in display units."""

    variant_id: UUID
    on_hand: Amount


class DecisionInput(FormSchema):
    """The desk's answer to a listing; `version` is the one that was looked at."""

    version: WholeNumber
    decision: Literal["accept", "refuse"]
    reasons: list[str] = Field(default_factory=list)
