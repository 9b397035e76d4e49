"""What may come in about sponsored places."""

from datetime import date
from typing import Annotated

from pydantic import Field

from marketplace.core.forms import DecimalNumber, FormSchema, WrittenDay

Day = Annotated[WrittenDay, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]
Price = Annotated[DecimalNumber, Field(gt=0, lt=10_000_000)]


class PlaceInput(FormSchema):
    """A new place. `product` is the address of its page or a SKU; either `words` or `category`, a slug."""

    product: Annotated[str, Field(min_length=1, max_length=300)]
    words: Annotated[str, Field(max_length=100)] = ""
    category: Annotated[str, Field(max_length=100)] = ""
    from_on: Day
    until_on: Day
    click_price: Price
    monthly_cap: Price
    """Both in the currency of the product's vendor."""
