"""What every proposal of a change has in common: sent once, refused at its line or on its page, and back to the order."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import flash

from marketplace.core.acting import Page, act_once
from marketplace.core.errors import Conflict
from marketplace.core.forms import Form, FormSchema
from marketplace.core.i18n import gettext
from marketplace.orders.models import VendorOrder
from marketplace.orders.views.sides import Side

Schema = TypeVar("Schema", bound=FormSchema)


def _nowhere(_refused: Conflict) -> bool:
    return False


def propose(
    side: Side,
    number: str,
    form: Form[Schema],
    act: str,
    service: Callable[[], Any],
    *,
    ask: Callable[[Side, VendorOrder, Form[Schema]], str],
    done: str,
    at_line: Callable[[Conflict], bool] = _nowhere,
) -> Page:
    """Send a checked form as an act. `ask` makes its page again, `done` is English source text, and `at_line` says a refusal beside the
    line that it is about, if it is about one.
    """
    try:
        act_once(f"{act}.{side.name}", {"order": number, **form.data.model_dump(mode="json")}, service)
    except Conflict as refused:
        if not at_line(refused):
            form.add_error("form", gettext(refused.text))
        return ask(side, side.order(number), form), refused.status
    flash(gettext(done), "done")
    return side.back(side.order(number))
