"""Reads of prices: what a basket costs and why, price lists and segments of a vendor, the operator's tables, indications."""

from marketplace.pricing.queries.baskets import LandedBasket, buyers_location, keys_for, land_each, land_lines, price_each, price_lines
from marketplace.pricing.queries.lists import (
    ListUse,
    formula_of,
    list_prices,
    lists_by_id,
    prices_in,
    reckoned_prices,
    segment_keys,
    vendors_with_lists,
)
from marketplace.pricing.queries.rates import Indication, Rate, indicative, indicative_micro, rates
from marketplace.pricing.queries.tables import duty_table, standard_rates, tax_table
from marketplace.pricing.queries.why import WhyPrice, WhyStep, reduction_of, why_line, why_price

__all__ = [
    "Indication",
    "LandedBasket",
    "ListUse",
    "Rate",
    "WhyPrice",
    "WhyStep",
    "buyers_location",
    "duty_table",
    "formula_of",
    "indicative",
    "indicative_micro",
    "keys_for",
    "land_each",
    "land_lines",
    "list_prices",
    "lists_by_id",
    "price_each",
    "price_lines",
    "prices_in",
    "rates",
    "reckoned_prices",
    "reduction_of",
    "segment_keys",
    "standard_rates",
    "tax_table",
    "vendors_with_lists",
    "why_line",
    "why_price",
]
