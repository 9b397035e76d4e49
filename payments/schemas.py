"""What may come in through the forms of the payments room."""

from typing import Annotated

from pydantic import Field

from marketplace.core.forms import FormSchema, WholeNumber


class LedgerFilterInput(FormSchema):
    """Which entries finance wants to see: of one account, of one purchase or order, and from where in the list."""

    code: Annotated[str, Field(max_length=8)] = ""
    reference: Annotated[str, Field(max_length=64)] = ""
    before: WholeNumber | None = None
    after: WholeNumber | None = None
