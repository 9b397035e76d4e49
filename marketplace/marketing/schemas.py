"""What may come in about sponsored places."""

from datetime import date
from typing import Annotated

from pydantic import Field

from marketplace.core.forms import FormSchema, WrittenDay

Day = Annotated[WrittenDay, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]


class PlaceInput(FormSchema):
    """A new place. `product` is the address of its page or a SKU; either `words` or `category`, a slug."""

    product: Annotated[str, Field(min_length=1, max_length=300)]
    words: Annotated[str, Field(max_length=100)] = ""
    category: Annotated[str, Field(max_length=100)] = ""
    from_on: Day
    until_on: Day
