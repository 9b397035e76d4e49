"""`expand[]`: ids replaced by the objects they name. Source: docs.stripe.com/api/expanding_objects"""

from payments.simulator import accounts, checkout, refunds
from payments.simulator.errors import invalid
from payments.simulator.simulator import Simulator
from payments.simulator.store import Body, Row

_DEEPEST = 4


def expand(simulator: Simulator, body: Body, paths: list[str]) -> None:
    """Change the answer in place. Raises StripeError 400 for a field that cannot be expanded."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > _DEEPEST:
            raise invalid(f"You cannot expand more than {_DEEPEST} levels of a property. Property: {path}", param="expand")
        _expand(simulator, body, steps, path)


def _expand(simulator: Simulator, body: Body, steps: list[str], path: str) -> None:
    step, rest = steps[0], steps[1:]
    kind = body.get("object", "")
    if kind == "list":
        if step != "data":
            raise _refusal(path)
        for item in body["data"] if rest else []:
            _expand(simulator, item, rest, path)
        return
    if isinstance(body.get(step), dict) and rest:
        _expand(simulator, body[step], rest, path)
        return
    if step not in simulator.validation.text.expandable.get(kind, []):
        raise _refusal(path)
    value = body.get(step)
    if step in ("line_items", "refunds") and value is None:
        owner = simulator.store.must(body["id"])
        body[step] = checkout.line_items(owner) if step == "line_items" else refunds.of_charge(simulator, owner)
    elif isinstance(value, str) and (row := simulator.store.find(value)) is not None:
        body[step] = _shown(simulator, row)
    if rest and isinstance(body.get(step), dict):
        _expand(simulator, body[step], rest, path)


def _shown(simulator: Simulator, row: Row) -> Body:
    return accounts.as_v1(simulator, row) if row.kind == "v2.core.account" else row.body


def _refusal(path: str) -> Exception:
    return invalid(f"This property cannot be expanded ({path}).", param="expand")
