"""The checks themselves: strict enough to refuse broken answers, and the encoding they rest on."""

import copy
import json
import random
from typing import Any

import pytest

from payments.simulator import forms, spec
from payments.simulator.api import ROUTES
from payments.simulator.validation import Validation
from tests.payments.simulator.process import Process

Body = dict[str, Any]


@pytest.fixture(scope="module")
def validation() -> Validation:
    return Validation(spec.load(ROUTES))


def _good_answers(provider: Process) -> dict[str, Body]:
    """One real answer of each object."""
    client, supplier = provider.stripe, provider.supplier()
    charge = provider.charge(card="4000000000000077")
    transfer = client.v1.transfers.create({"amount": 100, "currency": "eur", "destination": supplier})
    reversal = client.v1.transfers.reversals.create(transfer.id, {"amount": 10})
    include: Any = ["configuration.recipient", "defaults", "identity", "requirements"]
    found: list[Any] = [
        charge,
        client.v1.transfers.retrieve(transfer.id),
        reversal,
        client.v1.refunds.create({"charge": charge.id, "amount": 100}),
        client.v1.payment_intents.retrieve(str(charge.payment_intent)),
        client.v1.checkout.sessions.list({"expand": ["data.line_items"]}).data[0],
        provider.transactions()[-1],
        client.v1.balance.retrieve(),
        provider.events()[0],
        client.v1.webhook_endpoints.list().data[0],
        client.v2.core.accounts.retrieve(supplier, {"include": include}),
    ]
    # The SDK reads decimal strings as numbers of its own; the answer had strings.
    return {each.object: json.loads(json.dumps(each.to_dict(), default=str)) for each in found}


def _required(schema: Body, body: Any, schemas: dict[str, Any], path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of all required fields that the body has, through references, lists and unions."""
    if "$ref" in schema:
        return _required(schemas[schema["$ref"].rsplit("/", 1)[-1]], body, schemas, path)
    found: list[tuple[Any, ...]] = []
    for part in schema.get("anyOf", []):
        if isinstance(body, dict) and "$ref" in part:
            found += _required(part, body, schemas, path)
    if isinstance(body, list):
        for at, inner in enumerate(body):
            found += _required(schema.get("items", {}), inner, schemas, (*path, at))
    if isinstance(body, dict):
        found += [(*path, name) for name in schema.get("required", []) if name in body]
        for name, inner in schema.get("properties", {}).items():
            if name in body:
                found += _required(inner, body[name], schemas, (*path, name))
    return found


def _mutations(body: Body, path: tuple[Any, ...]) -> list[Body]:
    """The body with the field at `path` deleted, renamed, and of another type."""
    *steps, last = path
    made = []
    for kind in ("delete", "rename", "retype"):
        broken = copy.deepcopy(body)
        place: Any = broken
        for step in steps:
            place = place[step]
        value = place.pop(last)
        if kind == "rename":
            place[f"{last}_x"] = value
        elif kind == "retype":
            place[last] = {"unexpected": True} if not isinstance(value, dict) or not value else "text"
        made.append(broken)
    return made


def test_an_answer_with_one_broken_required_field_is_refused(provider: Process, validation: Validation) -> None:
    answers = _good_answers(provider)
    tried = refused = 0
    missed: list[str] = []

    for name, body in answers.items():
        assert validation.object_problems(name, body) == [], name
        for path in _required(validation.text.schemas[name], body, validation.text.schemas):
            for broken in _mutations(body, path):
                tried += 1
                if validation.object_problems(name, broken):
                    refused += 1
                else:
                    missed.append(f"{name} {path}")

    assert tried > 300
    assert refused / tried >= 0.95, (refused, tried, missed)


def test_an_answer_with_a_field_the_text_does_not_know_is_refused(provider: Process, validation: Validation) -> None:
    for name, body in _good_answers(provider).items():
        assert validation.object_problems(name, {**body, "invented": 1}), name


def test_an_object_where_only_its_id_belongs_is_refused(provider: Process, validation: Validation) -> None:
    charge = _good_answers(provider)["charge"]

    assert validation.object_problems("charge", {**charge, "payment_method": {"id": "pm_1", "object": "payment_method"}})


def test_an_empty_object_of_the_text_is_valid(validation: Validation) -> None:
    for name in ("charge", "payment_intent", "transfer", "refund", "balance_transaction", "event", "checkout.session", "transfer_reversal"):
        assert validation.object_problems(name, validation.blank(name)) == [], name


def test_nested_form_fields_become_what_the_schema_says() -> None:
    schema = {
        "type": "object",
        "properties": {
            "amount": {"type": "integer"},
            "confirm": {"type": "boolean"},
            "lines": {
                "type": "array",
                "items": {"type": "object", "properties": {"quantity": {"type": "integer"}, "name": {"type": "string"}}},
            },
            "expand": {"type": "array", "items": {"type": "string"}},
            "metadata": {"anyOf": [{"type": "object", "additionalProperties": {"type": "string"}}, {"type": "string", "enum": [""]}]},
            "created": {"anyOf": [{"type": "object", "properties": {"gte": {"type": "integer"}}}, {"type": "integer"}]},
        },
    }
    text = "amount=12&confirm=true&lines[0][quantity]=2&lines[0][name]=7&lines[1][quantity]=3&expand[]=a&expand[]=b&metadata[n]=5&created[gte]=9"

    assert forms.coerce(forms.decode(text), schema) == {
        "amount": 12,
        "confirm": True,
        "lines": [{"quantity": 2, "name": "7"}, {"quantity": 3}],
        "expand": ["a", "b"],
        "metadata": {"n": "5"},
        "created": {"gte": 9},
    }
    assert forms.coerce(forms.decode("metadata=&created=9&amount=x"), schema) == {"metadata": "", "created": 9, "amount": "x"}


def test_random_form_text_never_breaks_the_decoder() -> None:
    source = random.Random(20261126)
    for _ in range(2_000):
        text = "".join(source.choice("ab[]=&%0 1.") for _ in range(source.randrange(40)))
        assert isinstance(forms.decode(text), dict)


def test_the_stored_text_is_used_again_and_a_broken_one_is_not(tmp_path: Any) -> None:
    stored = tmp_path / "text.json"
    made = spec.load(ROUTES, stored)
    first = stored.stat().st_mtime_ns

    again = spec.load(ROUTES, stored)
    assert (again == made, stored.stat().st_mtime_ns) == (True, first)
    stored.write_text(stored.read_text()[:1_000])
    assert spec.load(ROUTES, stored) == made
