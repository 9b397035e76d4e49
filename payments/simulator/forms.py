"""Stripe's form encoding: `a[b][0][c]=1` to nested values, then strings to what the schema says they are."""

import re
from typing import Any
from urllib.parse import parse_qsl

_STEP = re.compile(r"\[([^\]]*)\]")
_INTEGER = re.compile(r"-?\d{1,18}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def decode(text: str) -> dict[str, Any]:
    """A query or form body as nested dicts; `a[]` counts up. Lists stay dicts of "0", "1", … until `coerce` knows better."""
    result: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head = name.split("[", 1)[0]
        steps = [head, *_STEP.findall(name[len(head) :])]
        place = result
        for at, step in enumerate(steps):
            key = step or str(len(place))
            if at == len(steps) - 1:
                place[key] = value
                break
            inner = place.setdefault(key, {})
            if not isinstance(inner, dict):  # `a=1&a[b]=2`: the later one wins, and the validator will say what is wrong
                inner = place[key] = {}
            place = inner
    return result


def coerce(value: Any, schema: dict[str, Any]) -> Any:
    """`value` with the strings turned into numbers, truth values and lists where the schema asks for them; what does not fit is left."""
    if "anyOf" in schema:
        return _coerce_any(value, schema["anyOf"])
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(value, dict):
        if "array" in kinds:
            return _coerce_list(value, schema)
        known, extra = schema.get("properties", {}), schema.get("additionalProperties")
        extra = extra if isinstance(extra, dict) else {}
        return {key: coerce(inner, known.get(key, extra)) for key, inner in value.items()}
    if not isinstance(value, str):
        return value
    if "integer" in kinds and _INTEGER.fullmatch(value):
        return int(value)
    if "number" in kinds and _NUMBER.fullmatch(value):
        return float(value)
    if "boolean" in kinds and value in ("true", "false"):
        return value == "true"
    return value


def _coerce_list(value: dict[str, Any], schema: dict[str, Any]) -> Any:
    if not all(key.isdigit() for key in value):
        return value
    items = schema.get("items", {})
    return [coerce(value[key], items) for key in sorted(value, key=int)]


def _coerce_any(value: Any, parts: list[dict[str, Any]]) -> Any:
    """The first reading that changes the value; a string that is itself one of the choices stays one."""
    if isinstance(value, str) and any(value in part.get("enum", []) for part in parts):
        return value
    for part in parts:
        made = coerce(value, part)
        if type(made) is not type(value):
            return made
    for part in parts:
        if isinstance(value, dict) and part.get("type") == "object":
            return coerce(value, part)
    return value


def dotted(value: Any, prefix: str = "") -> list[str]:
    """Names of the leaves as `line_items.price_data.currency`, without the places in lists."""
    if isinstance(value, dict) and value:
        return [name for key, inner in value.items() for name in dotted(inner, f"{prefix}.{key}" if prefix else key)]
    if isinstance(value, list) and value:
        return [name for inner in value for name in dotted(inner, prefix)]
    return [prefix]
