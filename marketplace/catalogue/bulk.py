"""What can be done to many listings at once, and what becomes of one value (pure)."""

from collections.abc import Mapping, Sequence
from typing import Any

from marketplace.catalogue.models import MOVES, ProductState
from marketplace.catalogue.prices import tier_faults
from marketplace.catalogue.quantities import QuantityRule
from marketplace.core.i18n import lazy
from marketplace.core.money import BASIS_POINTS, divide_half_up

ACTS = {
    "price_percent": lazy("Prices: by percent"),
    "price_amount": lazy("Prices: by an amount"),
    "stock": lazy("Stock: set the count"),
    "state": lazy("State: pause, resume or retire"),
}
PRICE_ACTS = ("price_percent", "price_amount")
ROUNDINGS = {"100": lazy("4 decimals"), "10000": lazy("2 decimals"), "50000": "0.05", "1000000": lazy("whole numbers")}
"""Step in millionths of the major unit → its words"""
STATES = {
    "paused": lazy("Pause: off sale for a while"),
    "live": lazy("Resume: what is paused is on sale again"),
    "retired": lazy("Retire: for good"),
}
MOST = 20_000
"""Listings in one bulk edit"""
UNDO_HOURS = 24

NO_PRICE = lazy("It has no price.")
NOTHING_CHANGES = lazy("Nothing would change.")
BELOW_ZERO = lazy("The price would be less than 0.")
NOT_FALLING = lazy("The prices would not fall any more from tier to tier.")
NOT_STOCKED = lazy("It is not sold from stock.")
NOT_WHOLE = lazy("This is not a whole number of the smallest unit.")
NO_MOVE = lazy("Its present state does not lead there.")
RETIRED = lazy("It is retired.")
CHANGED_SINCE = lazy("Somebody has changed it since.")
PROMISED = lazy("Open orders have been promised more than this.")
BROKEN = lazy("The listing breaks a rule of the catalogue: open it to see which.")

Tiers = Sequence[Sequence[int]]
"""[[from quantity in base units, unit_price_micro]]"""


def new_tiers(act: str, values: Mapping[str, Any], tiers: Tiers, rule: QuantityRule) -> tuple[list[list[int]], str | None]:
    """(the tiers after, why it cannot be done) of a change of prices. Prices are rounded to the step, half up, each by itself."""
    step = int(values["round_micro"])
    after = []
    for start, price in tiers:
        if act == "price_percent":
            exact, part = price * (BASIS_POINTS + int(values["percent_bp"])), BASIS_POINTS
        else:
            exact, part = price + int(values["amount_micro"]), 1
        after.append([start, divide_half_up(exact, part * step) * step])
    if not tiers:
        return after, NO_PRICE
    if any(price < 0 for _, price in after):
        return after, BELOW_ZERO
    if after == [list(tier) for tier in tiers]:
        return after, NOTHING_CHANGES
    if tier_faults([(start, price) for start, price in after], rule):
        return after, NOT_FALLING
    return after, None


def move_fault(before: ProductState, to: ProductState) -> str | None:
    """Why a listing cannot go to a state by the vendor's hand; None when it can. `live` is for what is paused only."""
    if before is to:
        return NOTHING_CHANGES
    is_resumed = to is not ProductState.LIVE or before is ProductState.PAUSED
    return None if to in MOVES[before] and is_resumed else NO_MOVE
