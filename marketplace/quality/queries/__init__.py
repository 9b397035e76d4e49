"""Reads about vendors from what happened. What is public says so; the rest is scoped to one vendor."""

from marketplace.quality.queries.customers import (
    CUSTOMERS,
    Customer,
    buyers_with_open_orders,
    customer_from,
    customer_of,
    customers,
    newest_orders_of,
)
from marketplace.quality.queries.duties import Duty, changes_to_answer, claims_to_answer
from marketplace.quality.queries.goods import (
    Funnel,
    count_stock_outs,
    funnel,
    goods_figures,
    has_samples,
    vendors_with_samples,
    views_by_day,
)
from marketplace.quality.queries.on_time import ON_TIME, judged_orders, judged_rows, on_time, on_time_by_week, on_time_of
from marketplace.quality.queries.sales import SOLD, OpenTrade, WeekOfSales, accepted_orders, open_trade, sales_by_week, sold_orders

__all__ = [
    "CUSTOMERS",
    "ON_TIME",
    "SOLD",
    "Customer",
    "Duty",
    "Funnel",
    "OpenTrade",
    "WeekOfSales",
    "accepted_orders",
    "buyers_with_open_orders",
    "changes_to_answer",
    "claims_to_answer",
    "count_stock_outs",
    "customer_from",
    "customer_of",
    "customers",
    "funnel",
    "goods_figures",
    "has_samples",
    "judged_orders",
    "judged_rows",
    "newest_orders_of",
    "on_time",
    "on_time_by_week",
    "on_time_of",
    "open_trade",
    "sales_by_week",
    "sold_orders",
    "vendors_with_samples",
    "views_by_day",
]
