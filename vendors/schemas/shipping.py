"""Shipping methods: what kind, where, how long, and what it costs by weight and size."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from marketplace.accounts.schemas import country_codes
from marketplace.accounts.tax_ids import EU
from marketplace.core.forms import DecimalNumber, FormSchema, WholeNumber, refuse
from marketplace.core.i18n import gettext, lazy

INCOTERMS = ("EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF")
BANDS = 8
"""Bands of a zone in the form."""
HEAVIEST_KG = 1_000_000
LARGEST_LITRES = 100_000


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
    """A zone: where, how long, and what it costs by weight and size. The last band is the heaviest that is taken."""

    zone: Annotated[str, Field(min_length=1, max_length=60)]
    countries: Annotated[list[str], BeforeValidator(_countries)]
    days_from: Annotated[WholeNumber, Field(ge=0, le=365)]
    days_to: Annotated[WholeNumber, Field(ge=0, le=365)]
    kg_1: DecimalNumber | None = None
    litres_1: DecimalNumber | None = None
    price_1: DecimalNumber | None = None
    kg_2: DecimalNumber | None = None
    litres_2: DecimalNumber | None = None
    price_2: DecimalNumber | None = None
    kg_3: DecimalNumber | None = None
    litres_3: DecimalNumber | None = None
    price_3: DecimalNumber | None = None
    kg_4: DecimalNumber | None = None
    litres_4: DecimalNumber | None = None
    price_4: DecimalNumber | None = None
    kg_5: DecimalNumber | None = None
    litres_5: DecimalNumber | None = None
    price_5: DecimalNumber | None = None
    kg_6: DecimalNumber | None = None
    litres_6: DecimalNumber | None = None
    price_6: DecimalNumber | None = None
    kg_7: DecimalNumber | None = None
    litres_7: DecimalNumber | None = None
    price_7: DecimalNumber | None = None
    kg_8: DecimalNumber | None = None
    litres_8: DecimalNumber | None = None
    price_8: DecimalNumber | None = None

    @field_validator("days_to")
    @classmethod
    def _not_before(cls, value: int, info: ValidationInfo) -> int:
        if value < info.data.get("days_from", 0):
            raise refuse(lazy("This is fewer days than the first number."))
        return value

    @field_validator("kg_1", "kg_2", "kg_3", "kg_4", "kg_5", "kg_6", "kg_7", "kg_8")
    @classmethod
    def _is_whole_grams(cls, value: Any) -> Any:
        if value is not None and (value <= 0 or value * 1000 != int(value * 1000) or value > HEAVIEST_KG):
            raise refuse(lazy("Weights are whole grams, up to 1,000,000 kg."))
        return value

    @field_validator("litres_1", "litres_2", "litres_3", "litres_4", "litres_5", "litres_6", "litres_7", "litres_8")
    @classmethod
    def _is_whole_cm3(cls, value: Any) -> Any:
        if value is not None and (value <= 0 or value * 1000 != int(value * 1000) or value > LARGEST_LITRES):
            raise refuse(lazy("Sizes are whole cubic centimetres above 0, up to 100,000 litres."))
        return value

    def bands(self) -> list[tuple[Any, Any, Any]]:
        """(kilograms, litres or None, price) of the bands that are written."""
        rows = [(getattr(self, f"kg_{n}"), getattr(self, f"litres_{n}"), getattr(self, f"price_{n}")) for n in range(1, BANDS + 1)]
        return [(kg, litres, price) for kg, litres, price in rows if kg is not None and price is not None]

    def faults(self) -> dict[str, str]:
        """What is wrong with the bands, by field: a band has a weight and a price, and each takes more than the one before."""
        found, before = {}, None
        for n in range(1, BANDS + 1):
            kg, litres, price = getattr(self, f"kg_{n}"), getattr(self, f"litres_{n}"), getattr(self, f"price_{n}")
            if kg is None:
                if price is not None:
                    found[f"kg_{n}"] = gettext("Write the weight of this band, or leave the price empty.")
                if litres is not None:
                    found[f"litres_{n}"] = gettext("A size stands beside the weight of its band.")
                continue
            if price is None:
                found[f"price_{n}"] = gettext("Write the price of this band, or leave its weight empty.")
            if before and (kg < before[0] or (kg == before[0] and not _is_larger(litres, before[1]))):
                found[f"kg_{n}"] = gettext("Bands rise: each one ends above the one before, in weight or in size.")
            before = kg, litres
        return found


def _is_larger(later: Any, earlier: Any) -> bool:
    """Of two bands of one weight the later one takes more: no size is the most."""
    return earlier is not None and (later is None or later > earlier)


class ShippingInput(FormSchema):
    kind: Literal["table", "collection", "on_request"] = "table"
    name_en: Annotated[str, Field(max_length=200)] | None = None
    name_zh: Annotated[str, Field(max_length=200)] | None = None
    incoterm: Literal["EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF"]
    free_from: DecimalNumber | None = None
    zones: Annotated[list[ZoneRow], Field(max_length=20)]
