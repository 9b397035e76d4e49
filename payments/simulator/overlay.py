"""What differs between the official text we can have (2026-05-27.dahlia) and the version we imitate (2026-10-28.endive).

Also two corrections of the text itself, found by comparing it with Stripe's published examples. Everything here is reviewed by the
drift test (`tests/payments/simulator/test_drift.py`); nothing else of the text is changed.
"""

from typing import Any

API_VERSION = "2026-10-28.endive"
# The second one is what the text itself describes; an SDK that pins it may be used to compare.
ACCEPTED_VERSIONS = (API_VERSION, "2026-05-27.dahlia")

_TYPES = {"type": "array", "items": {"maxLength": 5000, "type": "string"}}
_ALLOWED = {"allowed_payment_method_types": _TYPES}

# (operation, parameters removed, parameters added). A removed one may be a dotted path. Sources, all under docs.stripe.com/changelog:
# endive/2026-09-30/removes-the-payment-method-types-parameter-from-payment-intents-and-setup-intents,
# endive/2026-09-30/remove-payment-method-types-checkout-sessions,
# endive/2026-09-30/removes-configurations-parameter-from-v2-core-account-links-api.
REQUESTS: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [
    ("POST /v1/payment_intents", ("payment_method_types",), _ALLOWED),
    ("POST /v1/payment_intents/{intent}", ("payment_method_types",), _ALLOWED),
    ("POST /v1/payment_intents/{intent}/confirm", ("payment_method_types",), _ALLOWED),
    ("POST /v1/checkout/sessions", ("payment_method_types",), _ALLOWED),
    ("POST /v2/core/account_links", tuple(f"use_case.{use}.configurations" for use in ("account_onboarding", "account_update")), {}),
]
# The same for objects in answers.
ANSWERS: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [
    ("checkout.session", (), {"allowed_payment_method_types": {**_TYPES, "nullable": True}}),
    ("payment_intent", (), {"allowed_payment_method_types": {**_TYPES, "nullable": True}}),
    ("v2.core.account_link", tuple(f"use_case.{use}.configurations" for use in ("account_onboarding", "account_update")), {}),
]

# In v2 a field that was not asked for by `include`, or has no value, is null in Stripe's examples; the text marks none nullable.
NULLABLE: list[tuple[str, tuple[str, ...]]] = [("v2.core.account", ()), ("v2.core.account", ("configuration",))]


def apply(operations: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Change the text in place. `operations` is "METHOD path" → operation, `schemas` is name → schema, both as in the text."""
    for name, removed, added in REQUESTS:
        _change(next(iter(operations[name]["requestBody"]["content"].values()))["schema"], removed, added)
    for name, removed, added in ANSWERS:
        _change(schemas[name], removed, added)
    for name, path in NULLABLE:
        schema = schemas[name]
        for step in path:
            schema = schema["properties"][step]
        for field, value in schema["properties"].items():
            if field not in schema.get("required", []):
                value["nullable"] = True


def _change(schema: dict[str, Any], removed: tuple[str, ...], added: dict[str, Any]) -> None:
    for path in removed:
        *steps, last = path.split(".")
        place = schema
        for step in steps:
            place = place["properties"][step]
        del place["properties"][last]
        place["required"] = [name for name in place.get("required", []) if name != last]
    schema["properties"].update(added)
