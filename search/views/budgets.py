"""A price in the words of a search ("monitor under 150 EUR") becomes the filter by price, which the page shows and takes back."""

from decimal import ROUND_HALF_UP, Decimal

from flask import redirect, request
from werkzeug import Response

from marketplace.core.links import query_string
from marketplace.pricing import queries as pricing
from search.lexical import budgets
from search.schemas import SearchInput, clean
from search.views.blueprint import bp
from search.views.categories import FILTERED

PLACES, SMALL_PLACES = Decimal("0.01"), Decimal("0.0001")


@bp.before_request
def follow_budget() -> Response | None:
    """The same search with the price as a filter, in the platform's currency by its indicative rate. Not where the address filters by price
    already, asks for its words as they are written, or names a currency without a rate.
    """
    if "q" not in request.args or request.endpoint not in FILTERED:
        return None
    words, budget = budgets.parted(clean(request.args["q"]))
    if budget is None:
        return None
    wanted = SearchInput.read(request.args)
    if wanted.exact or wanted.price or wanted.price_from or wanted.price_to:
        return None
    rate = pricing.rates().get(budget.currency)
    if rate is None:
        return None
    low, high = (None if end is None else _in_field(end * rate.rate) for end in (budget.low, budget.high))
    return redirect(f"{request.path}?{query_string({'q': words, 'price_from': low, 'price_to': high}, ('page',))}", 303)


def _in_field(price: Decimal) -> str:
    rounded = price.quantize(SMALL_PLACES if price < 1 else PLACES, ROUND_HALF_UP)
    return f"{rounded:f}".rstrip("0").rstrip(".")
