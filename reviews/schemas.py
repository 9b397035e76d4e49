"""What may come in: a review and a reply."""

from typing import Annotated, Literal

from pydantic import Field

from marketplace.core.forms import FormSchema, WholeNumber

Mark = Annotated[WholeNumber, Field(ge=1, le=5)]


class ReviewInput(FormSchema):
    """A judgement of one line. Marks are 1 (bad) to 5 (good)."""

    stars: Mark
    quality: Mark
    on_time: Mark
    communication: Mark
    documents: Mark
    would_reorder: Literal["yes", "no"]
    text: Annotated[str, Field(max_length=4000)]


class ReplyInput(FormSchema):
    """The vendor's answer."""

    text: Annotated[str, Field(max_length=2000)]
