"""What the cart refuses."""

from uuid import UUID

from marketplace.carts.quantities import QuantityProblem
from marketplace.core.errors import Conflict
from marketplace.core.i18n import lazy
from marketplace.pricing.basket import TEXTS


class QuantityRefused(Conflict):
    """One or more lines ask for a quantity that cannot be ordered; `problems` says why, by line or by variant."""

    code = "quantity_refused"
    message = lazy("This quantity cannot be ordered.")

    def __init__(self, problems: dict[UUID, QuantityProblem]) -> None:
        super().__init__()
        self.problems = problems


class OtherCurrency(Conflict):
    """The cart holds goods in another currency (decisions.md 5)."""

    code = "other_currency"
    message = lazy("Your cart holds goods in another currency. One order is paid in one currency: order those first, or remove them.")

    def __init__(self, *, cart_currency: str, line_currency: str) -> None:
        super().__init__(cart_currency=cart_currency, line_currency=line_currency)
        self.cart_currency = cart_currency
        self.line_currency = line_currency


class NotForSale(Conflict):
    """The thing is seen, but cannot be bought now; `reason` is the problem's code of the price."""

    code = "not_for_sale"
    message = lazy("This cannot be bought now.")

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text, reason=reason)
        self.reason = reason


class HeldAsGoods(Conflict):
    """The cart holds the goods of which a sample is asked for: a sample is for deciding before that."""

    code = "held_as_goods"
    message = lazy("Your cart holds the goods themselves. A sample is ordered before them: remove them first.")


class HeldAsSample(Conflict):
    """The cart holds the sample of what is added."""

    code = "held_as_sample"
    message = TEXTS["held_as_sample"]


class CartFull(Conflict):
    """No further line fits."""

    code = "cart_full"
    message = lazy("Your cart is full. Order what is in it, or remove lines.")


class ListFull(Conflict):
    """A requisition list holds no more lines."""

    code = "list_full"
    message = lazy("This list is full: at most 999 lines. Begin another list.")


class NameTaken(Conflict):
    """The company has a list of this name already, in whatever case."""

    code = "list_name_taken"
    message = lazy("Your company has a list with this name already.")
