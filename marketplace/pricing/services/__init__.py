"""Every write of prices: the operator's tables, price lists, segments."""

from marketplace.pricing.services.lists import (
    NewList,
    activate_list,
    add_list,
    change_list,
    end_list,
    set_formula,
    set_prices,
)
from marketplace.pricing.services.segments import add_segment, add_to_segment, remove_from_segment, remove_segment, rename_segment
from marketplace.pricing.services.tables import (
    load_duty_rates,
    load_rates,
    load_tax_rates,
    record_duty_rate,
    record_tax_rate,
    set_tax_class,
    vouch_for_duty_rate,
    vouch_for_tax_rate,
)
from marketplace.pricing.services.uses import Use, add_use, assign_list, remove_use, set_segments

__all__ = [
    "NewList",
    "Use",
    "activate_list",
    "add_list",
    "add_segment",
    "add_to_segment",
    "add_use",
    "assign_list",
    "change_list",
    "end_list",
    "load_duty_rates",
    "load_rates",
    "load_tax_rates",
    "record_duty_rate",
    "record_tax_rate",
    "remove_from_segment",
    "remove_segment",
    "remove_use",
    "rename_segment",
    "set_formula",
    "set_prices",
    "set_segments",
    "set_tax_class",
    "vouch_for_duty_rate",
    "vouch_for_tax_rate",
]
