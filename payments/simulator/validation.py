"""Checks of every request and every answer against the official text, and empty objects made from it."""

import copy
import json
from typing import Any

import jsonschema_rs

from payments.simulator.errors import StripeError
from payments.simulator.spec import Text, references

Problem = dict[str, Any]


class Validation:
    """Compiled checks, made when first needed. Safe to share between threads: the worst case compiles one twice."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self._compiled: dict[str, Any] = {}
        self._blanks: dict[str, dict[str, Any]] = {}

    def parameter_problems(self, operation: str, parameters: dict[str, Any]) -> list[Problem]:
        """What is wrong with a request, most telling first; empty when it may pass."""
        problems = self._check(f"parameters of {operation}", self.text.operations[operation].parameters, parameters)
        return sorted(problems, key=lambda problem: _ORDER.get(problem["kind"], len(_ORDER)))

    def answer_problems(self, operation: str, body: Any) -> list[Problem]:
        """What is wrong with a 200 answer: unknown fields count as wrong."""
        return self._check(f"answer of {operation}", self.text.operations[operation].answer, body)

    def object_problems(self, name: str, body: Any) -> list[Problem]:
        """What is wrong with one object by its name in the text, such as `charge`."""
        return self._check(name, self.text.schemas[name], body)

    def _check(self, name: str, schema: dict[str, Any], body: Any) -> list[Problem]:
        check = self._compiled.get(name)
        if check is None:
            check = self._compiled[name] = jsonschema_rs.validator_for({**schema, "$defs": self._closure(schema)})
        if check.is_valid(body):
            return []
        return [_problem(error) for error in check.iter_errors(body)]

    def _closure(self, schema: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        open_names = references(schema)
        while open_names:
            name = open_names.pop()
            found[name] = self.text.schemas[name]
            open_names |= references(found[name]) - set(found)
        return found

    def blank(self, name: str) -> dict[str, Any]:
        """A new object of that name with its required fields empty and every field that may be null as null."""
        if name not in self._blanks:
            self._blanks[name] = self._empty(self.text.schemas[name])
        return copy.deepcopy(self._blanks[name])

    def _empty(self, schema: dict[str, Any]) -> Any:
        if "$ref" in schema:
            return self._empty(self.text.schemas[schema["$ref"].rsplit("/", 1)[-1]])
        if "anyOf" in schema:
            return None if {"type": "null"} in schema["anyOf"] else self._empty(schema["anyOf"][0])
        kinds = schema.get("type", "object")
        if isinstance(kinds, list):
            return None
        if "enum" in schema:
            return schema["enum"][0]
        if kinds == "object":
            required = schema.get("required", [])
            fields = schema.get("properties", {})
            return {key: self._empty(value) for key, value in fields.items() if key in required or _may_be_null(value)}
        return {"string": "", "integer": 0, "number": 0, "boolean": False, "array": []}[kinds]


def _may_be_null(schema: dict[str, Any]) -> bool:
    return isinstance(schema.get("type"), list) or {"type": "null"} in schema.get("anyOf", [])


_ORDER = {kind: rank for rank, kind in enumerate(("additionalProperties", "required", "type", "enum", "anyOf"))}


def _problem(error: Any) -> Problem:
    problem: Problem = {"kind": error.kind.name, "at": [str(step) for step in error.instance_path], "message": error.message}
    if error.kind.name == "additionalProperties":
        problem["names"] = list(error.kind.unexpected)
    elif error.kind.name == "required":
        problem["names"] = [error.kind.property]
    elif error.kind.name == "type":
        problem["types"] = list(error.kind.types)
    problem["value"] = error.instance
    return problem


def refusal(problem: Problem) -> StripeError:
    """Stripe's 400 for the first problem of a request."""
    at = problem["at"]
    if problem["kind"] == "additionalProperties":
        names = [_bracketed([*at, name]) for name in problem["names"]]
        plural = "s" if len(names) > 1 else ""
        return StripeError(400, f"Received unknown parameter{plural}: {', '.join(names)}", code="parameter_unknown", param=names[0])
    if problem["kind"] == "required":
        name = _bracketed([*at, problem["names"][0]])
        return StripeError(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
    name, shown = _bracketed(at), json.dumps(problem["value"], ensure_ascii=False)[:200]
    if problem["kind"] == "type" and problem["types"] == ["integer"]:
        return StripeError(400, f"Invalid integer: {shown.strip(chr(34))}", code="parameter_invalid_integer", param=name)
    if problem["value"] == "":
        message = f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter."
        return StripeError(400, message, code="parameter_invalid_empty", param=name)
    return StripeError(400, f"Invalid {name}: {shown}", param=name)


def _bracketed(steps: list[str]) -> str:
    return steps[0] + "".join(f"[{step}]" for step in steps[1:]) if steps else ""
