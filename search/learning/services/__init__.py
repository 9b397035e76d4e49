"""The writes: synonyms and pins with their history; searches and what followed from them."""

from search.learning.services.hours import sum_hour
from search.learning.services.records import FORGOTTEN_AT_ONCE, add_acts, add_searches, attribute_orders, forget_old
from search.learning.services.rules import check_pin, remove_pin, remove_synonym, set_pin, set_synonym, undo_change

__all__ = [
    "FORGOTTEN_AT_ONCE",
    "add_acts",
    "add_searches",
    "attribute_orders",
    "check_pin",
    "forget_old",
    "remove_pin",
    "remove_synonym",
    "set_pin",
    "set_synonym",
    "sum_hour",
    "undo_change",
]
