"""What the desk reads; public names of the room."""

from marketplace.admin.queries.companies import (
    COMPANIES,
    PEOPLE,
    SIDES,
    STANDINGS,
    all_companies,
    all_people,
    companies_of_people,
    newest_orders,
    notes_about,
    open_sessions,
    person_known,
    turnover,
)
from marketplace.admin.queries.desk import (
    company_names,
    history_of_company,
    needs,
    order_counts,
    vendor_states,
    workings,
)
from marketplace.admin.queries.lists import AUDIT, OF_AN_ORDER, ORDERS, VENDORS, all_history, all_orders, all_vendors, order_numbers

__all__ = [
    "AUDIT",
    "COMPANIES",
    "OF_AN_ORDER",
    "ORDERS",
    "PEOPLE",
    "SIDES",
    "STANDINGS",
    "VENDORS",
    "all_companies",
    "all_history",
    "all_orders",
    "all_people",
    "all_vendors",
    "companies_of_people",
    "company_names",
    "history_of_company",
    "needs",
    "newest_orders",
    "notes_about",
    "open_sessions",
    "order_counts",
    "order_numbers",
    "person_known",
    "turnover",
    "vendor_states",
    "workings",
]
