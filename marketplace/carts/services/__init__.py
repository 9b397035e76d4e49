"""Every write of carts and requisition lists. They promise nothing to anybody, so their acts leave no line of history."""

from marketplace.carts.services.cart import add_line, add_lines, add_sample, change_lines, choose_methods, mark_ordered, remove_line
from marketplace.carts.services.lists import (
    add_to_list,
    change_list_lines,
    copy_list,
    create_list,
    remove_list,
    remove_list_line,
    rename_list,
    save_for_later,
)

__all__ = [
    "add_line",
    "add_lines",
    "add_sample",
    "add_to_list",
    "change_lines",
    "change_list_lines",
    "choose_methods",
    "copy_list",
    "create_list",
    "mark_ordered",
    "remove_line",
    "remove_list",
    "remove_list_line",
    "rename_list",
    "save_for_later",
]
