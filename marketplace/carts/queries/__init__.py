"""Reads of carts, always of one person in one company, and of requisition lists, always of one company."""

from marketplace.carts.queries.cart import (
    Beside,
    FirstLine,
    LineRow,
    beside_cart,
    cart_lines,
    chosen_methods,
    count_lines,
    find_first_line,
    find_open_cart,
    last_purchase,
    lock_cart,
    queue_of_lines,
    returns_of,
    samples_in,
)
from marketplace.carts.queries.lists import LISTS, export_lists, find_list_by_name, lines_of, list_of, lists, lock_list, names_of_lists

__all__ = [
    "LISTS",
    "Beside",
    "FirstLine",
    "LineRow",
    "beside_cart",
    "cart_lines",
    "chosen_methods",
    "count_lines",
    "export_lists",
    "find_first_line",
    "find_list_by_name",
    "find_open_cart",
    "last_purchase",
    "lines_of",
    "list_of",
    "lists",
    "lock_cart",
    "lock_list",
    "names_of_lists",
    "queue_of_lines",
    "returns_of",
    "samples_in",
]
