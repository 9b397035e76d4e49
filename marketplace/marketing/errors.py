"""What is refused of sponsored places."""

from marketplace.core.errors import Conflict
from marketplace.core.i18n import lazy


class PlaceRefused(Conflict):
    """The place cannot be so; `field` names what is wrong."""

    code = "sponsored_place_refused"
    message = lazy("This cannot be done as things stand now.")

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text, field=field)
        self.field = field


class PlaceOver(Conflict):
    """The place has ended already."""

    code = "sponsored_place_over"
    message = lazy("This place has ended already.")
