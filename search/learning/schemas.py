"""What the desk may send about synonyms and pins."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from marketplace.core.forms import FormSchema
from search.learning.models import SynonymKind, SynonymLanguage
from search.learning.wishes import SynonymWish, lines_of

Line = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Lines = Annotated[str, StringConstraints(min_length=1, max_length=3_000)]


class PreviewInput(FormSchema):
    """What every form here has: `seen` is what stood when it was opened, `told` what its effect was shown for, `trial` a query to try."""

    active: Literal["1"] | None = None
    seen: str = ""
    told: str = ""
    trial: Annotated[str, Field(max_length=200)] = ""


class SynonymInput(PreviewInput):
    """A synonym. `also` is one term a line."""

    asked: Line
    also: Lines
    kind: SynonymKind = SynonymKind.BOTH
    language: SynonymLanguage = SynonymLanguage.ENGLISH

    def wish(self) -> SynonymWish:
        """What it asks for."""
        return SynonymWish(self.kind, self.language, (" ".join(self.asked.split()), *lines_of(self.also)), self.active == "1")


class PinInput(PreviewInput):
    """Pins of a query. `products` is one product a line: the address of its page, or its SKU."""

    words: Line
    products: Lines


class SeenInput(FormSchema):
    """What stood when the page was opened."""

    seen: str = ""
