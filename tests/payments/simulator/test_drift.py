"""The text we validate against is older than the SDK we use: every difference for our endpoints is known and was looked at."""

import importlib
import inspect
import typing
from typing import Any

import pytest
import stripe
import typing_extensions
from stripe import StripeContext, _request_options
from stripe._request_options import RequestOptions

from payments.simulator import spec
from payments.simulator.api import ROUTES

# Endpoint → where the SDK describes its parameters.
PARAMETERS = {
    "POST /v2/core/accounts": "v2.core._account_create_params.AccountCreateParams",
    "GET /v2/core/accounts": "v2.core._account_list_params.AccountListParams",
    "GET /v2/core/accounts/{id}": "v2.core._account_retrieve_params.AccountRetrieveParams",
    "POST /v2/core/accounts/{id}": "v2.core._account_update_params.AccountUpdateParams",
    "POST /v2/core/accounts/{id}/close": "v2.core._account_close_params.AccountCloseParams",
    "POST /v2/core/account_links": "v2.core._account_link_create_params.AccountLinkCreateParams",
    "GET /v1/accounts/{account}": "_account_retrieve_params.AccountRetrieveParams",
    "GET /v1/accounts/{account}/external_accounts": "_account_external_account_list_params.AccountExternalAccountListParams",
    "GET /v1/accounts/{account}/external_accounts/{id}": "_account_external_account_retrieve_params.AccountExternalAccountRetrieveParams",
    "GET /v1/account": "_account_retrieve_current_params.AccountRetrieveCurrentParams",
    "GET /v1/balance": "_balance_retrieve_params.BalanceRetrieveParams",
    "GET /v1/balance_settings": "_balance_settings_retrieve_params.BalanceSettingsRetrieveParams",
    "POST /v1/balance_settings": "_balance_settings_update_params.BalanceSettingsUpdateParams",
    "GET /v1/balance_transactions": "_balance_transaction_list_params.BalanceTransactionListParams",
    "GET /v1/balance_transactions/{id}": "_balance_transaction_retrieve_params.BalanceTransactionRetrieveParams",
    "POST /v1/checkout/sessions": "checkout._session_create_params.SessionCreateParams",
    "GET /v1/checkout/sessions": "checkout._session_list_params.SessionListParams",
    "GET /v1/checkout/sessions/{session}": "checkout._session_retrieve_params.SessionRetrieveParams",
    "GET /v1/checkout/sessions/{session}/line_items": "checkout._session_line_item_list_params.SessionLineItemListParams",
    "POST /v1/checkout/sessions/{session}/expire": "checkout._session_expire_params.SessionExpireParams",
    "GET /v1/events": "_event_list_params.EventListParams",
    "GET /v1/events/{id}": "_event_retrieve_params.EventRetrieveParams",
    "POST /v1/payment_intents": "_payment_intent_create_params.PaymentIntentCreateParams",
    "GET /v1/payment_intents": "_payment_intent_list_params.PaymentIntentListParams",
    "GET /v1/payment_intents/{intent}": "_payment_intent_retrieve_params.PaymentIntentRetrieveParams",
    "POST /v1/payment_intents/{intent}": "_payment_intent_update_params.PaymentIntentUpdateParams",
    "POST /v1/payment_intents/{intent}/confirm": "_payment_intent_confirm_params.PaymentIntentConfirmParams",
    "POST /v1/payment_intents/{intent}/cancel": "_payment_intent_cancel_params.PaymentIntentCancelParams",
    "GET /v1/charges": "_charge_list_params.ChargeListParams",
    "GET /v1/charges/{charge}": "_charge_retrieve_params.ChargeRetrieveParams",
    "POST /v1/refunds": "_refund_create_params.RefundCreateParams",
    "GET /v1/refunds": "_refund_list_params.RefundListParams",
    "GET /v1/refunds/{refund}": "_refund_retrieve_params.RefundRetrieveParams",
    "POST /v1/refunds/{refund}": "_refund_update_params.RefundUpdateParams",
    "POST /v1/transfers": "_transfer_create_params.TransferCreateParams",
    "GET /v1/transfers": "_transfer_list_params.TransferListParams",
    "GET /v1/transfers/{transfer}": "_transfer_retrieve_params.TransferRetrieveParams",
    "POST /v1/transfers/{transfer}": "_transfer_update_params.TransferUpdateParams",
    "POST /v1/transfers/{id}/reversals": "_transfer_reversal_create_params.TransferReversalCreateParams",
    "GET /v1/transfers/{id}/reversals": "_transfer_reversal_list_params.TransferReversalListParams",
    "GET /v1/transfers/{transfer}/reversals/{id}": "_transfer_reversal_retrieve_params.TransferReversalRetrieveParams",
    "POST /v1/webhook_endpoints": "_webhook_endpoint_create_params.WebhookEndpointCreateParams",
    "GET /v1/webhook_endpoints": "_webhook_endpoint_list_params.WebhookEndpointListParams",
    "GET /v1/webhook_endpoints/{webhook_endpoint}": "_webhook_endpoint_retrieve_params.WebhookEndpointRetrieveParams",
    "POST /v1/webhook_endpoints/{webhook_endpoint}": "_webhook_endpoint_update_params.WebhookEndpointUpdateParams",
    "DELETE /v1/webhook_endpoints/{webhook_endpoint}": "_webhook_endpoint_delete_params.WebhookEndpointDeleteParams",
}
# Parameters that differ and that the simulator does not take, so that a request with one is refused and not misunderstood.
NOT_TAKEN = (
    "client_secret",  # confirm: for publishable keys, which the simulator does not know
    "configuration.merchant",
    "configuration.recipient.capabilities.bank_accounts",
    "configuration.recipient.capabilities.cards",
    "defaults.payout_methods",
    "identity.attestations.terms_of_service",  # services we do not use
    "identity.business_details.additional_addresses",
    "line_items.dynamic_tax_rates",
    "line_items.price_data.product_data.tax_details",
    "page",  # accounts: the SDK follows `next_page_url` by itself
    "payment_method_data",
    "payment_method_options",
    "payments.payouts.automatic_transfer_rules_by_currency",
    "radar_options",
    "shipping_options",
    "subscription_data",
)
# Object → fields that the SDK has and the text has not; each is optional there and absent here. The reverse does not occur.
FIELDS: dict[str, tuple[type, set[str]]] = {
    "account": (stripe.Account, {"deleted"}),
    "balance": (stripe.Balance, set()),
    "balance_settings": (stripe.BalanceSettings, set()),
    "balance_transaction": (stripe.BalanceTransaction, set()),
    "capability": (stripe.Capability, set()),
    "charge": (stripe.Charge, {"authorization_code", "level3", "source"}),
    "checkout.session": (stripe.checkout.Session, set()),
    "event": (stripe.Event, set()),
    "item": (stripe.LineItem, set()),
    "payment_intent": (stripe.PaymentIntent, {"payment_record", "source"}),
    "payment_method": (stripe.PaymentMethod, {"paypay", "sequra"}),
    "price": (stripe.Price, {"deleted"}),
    "refund": (stripe.Refund, {"customer", "customer_account", "payment_method"}),
    "transfer": (stripe.Transfer, set()),
    "transfer_reversal": (stripe.TransferReversal, set()),
    "v2.core.account": (stripe.v2.core.Account, set()),
    "v2.core.account_link": (stripe.v2.core.AccountLink, set()),
    "webhook_endpoint": (stripe.WebhookEndpoint, {"deleted"}),
}


def _described(place: str) -> type:
    module, name = place.rsplit(".", 1)
    found: type = getattr(importlib.import_module(f"stripe.params.{module}"), name)
    return found


def _classes(annotation: Any) -> list[type]:
    """The TypedDicts inside an annotation, through NotRequired, List, Union and strings that were resolved."""
    if inspect.isclass(annotation) and typing_extensions.is_typeddict(annotation):
        return [annotation]
    return [found for part in typing.get_args(annotation) for found in _classes(part)]


def _sdk_names(described: type, prefix: str = "") -> set[str]:
    names: set[str] = set()
    module = importlib.import_module(described.__module__)
    known = {**vars(_request_options), **vars(module), "StripeContext": StripeContext}
    for name, annotation in typing_extensions.get_type_hints(described, known).items():
        if name in RequestOptions.__annotations__ and not prefix:
            continue
        here = f"{prefix}{name}"
        inner = [each for found in _classes(annotation) for each in _sdk_names(found, f"{here}.")]
        names |= set(inner) or {here}
    return names


def _text_names(schema: dict[str, Any], prefix: str = "") -> set[str]:
    names: set[str] = set()
    for name, inner in schema.get("properties", {}).items():
        here = f"{prefix}{name}"
        below: set[str] = set()
        for part in [inner, *inner.get("anyOf", [])]:
            for each in (part, part.get("items", {}), *part.get("items", {}).get("anyOf", [])):
                below |= _text_names(each, f"{here}.")
        names |= below or {here}
    return names


@pytest.fixture(scope="module")
def text() -> spec.Text:
    return spec.load(ROUTES)


def test_every_endpoint_is_compared() -> None:
    assert set(PARAMETERS) == set(ROUTES)


@pytest.mark.parametrize("operation", sorted(PARAMETERS))
def test_the_sdk_and_the_text_differ_only_where_it_was_looked_at(operation: str, text: spec.Text) -> None:
    sdk, ours = _sdk_names(_described(PARAMETERS[operation])), _text_names(text.operations[operation].parameters)

    different = {name for name in sdk ^ ours if not any(name == each or name.startswith(f"{each}.") for each in NOT_TAKEN)}
    assert different == set()


@pytest.mark.parametrize("operation", ["POST /v1/checkout/sessions", "POST /v1/payment_intents", "POST /v2/core/account_links"])
def test_the_overlay_is_what_brings_the_text_up_to_date(operation: str, text: spec.Text) -> None:
    before = _text_names(spec.json_schema(spec.parameters(official_operation(operation)), set()))
    sdk, ours = _sdk_names(_described(PARAMETERS[operation])), _text_names(text.operations[operation].parameters)

    assert len(sdk ^ ours) < len(sdk ^ before)


def official_operation(name: str) -> dict[str, Any]:
    method, path = name.split(" ", 1)
    found: dict[str, Any] = spec.official(spec.text_file())["paths"][path][method.lower()]
    return found


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_the_sdk_and_the_text_know_the_same_fields_of_an_object(name: str, text: spec.Text) -> None:
    described, reviewed = FIELDS[name]
    sdk = {field for field in described.__annotations__ if not field.startswith("_") and field != "OBJECT_NAME"}

    ours = set(text.schemas[name]["properties"])
    assert (sdk - ours, ours - sdk) == (reviewed, set())
