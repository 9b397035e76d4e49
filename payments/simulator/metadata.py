"""Metadata of an object: the caller's own short texts. Source: docs.stripe.com/api/metadata"""

from typing import Any

from payments.simulator.errors import invalid
from payments.simulator.store import Body

_MOST, _LONGEST_KEY, _LONGEST_VALUE = 50, 40, 500


def updated(old: Body, given: Body | str | None) -> Body:
    """Metadata after an update: given keys replace, an empty value removes one, an empty `given` removes all."""
    if isinstance(given, str):
        return {}
    return {key: value for key, value in {**old, **(given or {})}.items() if value not in ("", None)}


def check(value: Any) -> None:
    """Refuse metadata that is too large, wherever it stands in the parameters. Raises StripeError 400."""
    if isinstance(value, list):
        for inner in value:
            check(inner)
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if name == "metadata" and isinstance(inner, dict):
            _check(inner)
        else:
            check(inner)


def _check(metadata: Body) -> None:
    if len(metadata) > _MOST:
        raise invalid(f"You can have at most {_MOST} metadata keys.", param="metadata")
    for key, value in metadata.items():
        if len(key) > _LONGEST_KEY:
            raise invalid(f"Metadata keys must be under {_LONGEST_KEY} characters long. Invalid key: {key}", param="metadata")
        if isinstance(value, str) and len(value) > _LONGEST_VALUE:
            message = (
                f"Metadata values can have up to {_LONGEST_VALUE} characters, but you passed in a value that is {len(value)} characters."
            )
            raise invalid(message, param=f"metadata[{key}]")
