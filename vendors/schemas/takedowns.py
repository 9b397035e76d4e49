"""What the desk writes when it takes products on sale down."""

from typing import Annotated, Literal

from pydantic import Field

from marketplace.core.forms import FormSchema, WholeNumber
from vendors.schemas.desk import ReasonInput

SKU_CHARS = 20_000


class StatementInput(ReasonInput):
    """Why products are taken down; `reason` is the statement that the vendor reads, `reference` is for the desk alone.

    `source` is a value of `catalogue.models.TakedownSource`, a room above.
    """

    reasons: Annotated[list[str], Field(min_length=1)]
    source: Literal["own_check", "notice", "authority"]
    reference: Annotated[str, Field(max_length=200)] = ""


class TakeDownInput(StatementInput):
    """One product; `version` is the one that was looked at."""

    version: WholeNumber


class SKUsInput(FormSchema):
    """SKUs of one vendor, one a line."""

    skus: Annotated[str, Field(min_length=1, max_length=SKU_CHARS)]


class TakeDownManyInput(SKUsInput, StatementInput):
    """Several products of one vendor for the same reason; `stamp` says which products and versions were looked at."""

    stamp: str
