"""What is wrong with a field of a listing, in words of the catalogue of texts."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.core.i18n import gettext


@dataclass(frozen=True, slots=True)
class Fault:
    """A broken rule: `field` is the name the form uses, `text` an English source text, `values` what is put into it."""

    field: str
    text: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def words(self) -> str:
        """The fault in the reader's language."""
        return gettext(self.text, **self.values)
