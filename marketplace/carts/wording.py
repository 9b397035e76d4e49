"""How the cart says what is wrong with a quantity, in the reader's language and the variant's shown unit."""

from marketplace.carts.quantities import QuantityProblem
from marketplace.catalogue.quantities import QuantityRule
from marketplace.core.i18n import gettext, in_field, number, quantity, unit_name


def quantity_message(problem: QuantityProblem, rule: QuantityRule, *, display_unit: str, display_factor: int) -> str:
    """The problem in words: the value that was typed, and what would be right."""
    message = _message(problem, rule, display_unit=display_unit, display_factor=display_factor)
    if not problem.held:
        return message
    holds = gettext("Your cart already holds %(held)s.", held=quantity(problem.held, display_unit, display_factor=display_factor))
    return f"{message} {holds}"


def _message(problem: QuantityProblem, rule: QuantityRule, *, display_unit: str, display_factor: int) -> str:
    def shown(base: int) -> str:
        return number(base / display_factor)

    asked = in_field(problem.asked)
    choices = [shown(q) for q in problem.choices]
    match problem.code:
        case "not_whole" if display_factor == 1:
            return gettext("Write a whole number, such as 500.")
        case "not_whole":
            step = f"{number(1 / display_factor)} {unit_name(display_unit)}"
            return gettext("%(asked)s is too fine: the smallest step is %(step)s.", asked=asked, step=step)
        case "below_minimum_quantity":
            return gettext("%(asked)s is less than the minimum order. Write %(minimum)s or more.", asked=asked, minimum=choices[0])
        case "above_maximum" if not choices:
            return gettext("No more than this can be ordered at once.")
        case "above_maximum":
            return gettext("%(asked)s is more than can be ordered at once. Write %(maximum)s or less.", asked=asked, maximum=choices[0])
        case "off_increment" if len(choices) == 2:
            return gettext(
                "%(asked)s is not a multiple of %(increment)s. Write %(lower)s or %(upper)s.",
                asked=asked,
                increment=shown(rule.increment),
                lower=choices[0],
                upper=choices[1],
            )
        case "off_increment":
            return gettext(
                "%(asked)s is not a multiple of %(increment)s. Write %(right)s.",
                asked=asked,
                increment=shown(rule.increment),
                right=choices[0],
            )
        case "out_of_stock" if choices:
            return gettext("%(asked)s is more than is in stock. Write %(most)s or less.", asked=asked, most=choices[0])
        case "out_of_stock":
            return gettext("This is out of stock.")
        case "out_of_stock_unsaid":
            return gettext("Less than %(asked)s is in stock.", asked=asked)
        case _:
            return gettext("This number is too large.")
