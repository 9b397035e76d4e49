"""The shape of the interface: keys, addresses, unknown parameters, pages, expansion, and who may use the controls."""

from typing import Any

import pytest
import requests
import stripe

from tests.payments.simulator.process import SECRET_KEY, Process

BEARER = {"Authorization": f"Bearer {SECRET_KEY}"}


def _get(provider: Process, path: str, **headers: str) -> requests.Response:
    return requests.get(f"{provider.url}{path}", headers={**BEARER, **headers}, timeout=30)


def test_a_wrong_key_is_refused(provider: Process) -> None:
    with pytest.raises(stripe.AuthenticationError) as refused:
        provider.client("sk_test_someone_else").v1.balance.retrieve()
    assert refused.value.http_status == 401
    assert "someone_else" not in str(refused.value)
    assert requests.get(f"{provider.url}/v1/balance", timeout=30).status_code == 401
    assert requests.get(f"{provider.url}/v1/balance", auth=(SECRET_KEY, ""), timeout=30).status_code == 200


def test_an_unknown_parameter_is_refused_and_remembered(provider: Process) -> None:
    wrong: Any = {"amount": 1_000, "currency": "eur", "transfer_grup": "PO-1"}

    with pytest.raises(stripe.InvalidRequestError) as refused:
        provider.stripe.v1.payment_intents.create(wrong)

    assert (refused.value.http_status, refused.value.code, refused.value.param) == (400, "parameter_unknown", "transfer_grup")
    assert [(each["what"], each["where"]) for each in provider.violations()] == [("request", "POST /v1/payment_intents")]


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"currency": "eur"}, "parameter_missing", "amount"),
        ({"amount": "many", "currency": "eur"}, "parameter_invalid_integer", "amount"),
        ({"amount": 1_000, "currency": "eur", "metadata": {"x": "y" * 501}}, None, "metadata[x]"),
    ],
)
def test_a_wrong_parameter_is_named(provider: Process, body: Any, code: str | None, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        provider.stripe.v1.payment_intents.create(body)
    assert (refused.value.code, refused.value.param) == (code, param)


def test_a_misspelt_field_of_a_v2_body_is_refused(provider: Process) -> None:
    wrong: Any = {"display_nam": "A"}

    with pytest.raises(stripe.InvalidRequestError) as refused:
        provider.stripe.v2.core.accounts.create(wrong)
    assert refused.value.code == "parameter_unknown"


def test_what_stripe_has_and_the_simulator_has_not_is_said_so(provider: Process) -> None:
    with pytest.raises(stripe.APIError, match="simulator does not"):
        provider.stripe.v1.customers.create({"name": "A"})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        provider.stripe.v1.payment_intents.create({"amount": 1_000, "currency": "eur", "capture_method": "manual"})

    assert refused.value.code == "parameter_not_simulated"
    assert [each["what"] for each in provider.violations()] == ["not simulated", "not simulated"]


def test_an_address_that_stripe_does_not_have_is_404(provider: Process) -> None:
    response = _get(provider, "/v1/unicorns")

    assert response.status_code == 404
    assert "Unrecognized request URL" in response.json()["error"]["message"]


def test_an_object_that_does_not_exist_is_404(provider: Process) -> None:
    with pytest.raises(stripe.InvalidRequestError) as v1:
        provider.stripe.v1.payment_intents.retrieve("pi_nothing")
    with pytest.raises(stripe.InvalidRequestError) as v2:
        provider.stripe.v2.core.accounts.retrieve("acct_nothing")
    assert (v1.value.http_status, v1.value.code, v2.value.http_status, v2.value.code) == (404, "resource_missing", 404, "not_found")


def test_every_answer_names_its_request_and_version(provider: Process) -> None:
    response = _get(provider, "/v1/balance", **{"Stripe-Version": "2026-10-28.endive"})

    assert response.headers["Request-Id"].startswith("req_")
    assert response.headers["Stripe-Version"] == "2026-10-28.endive"
    assert _get(provider, "/v1/balance", **{"Stripe-Version": "2019-01-01"}).status_code == 400


def test_a_list_is_walked_by_cursor_newest_first(provider: Process) -> None:
    create = provider.stripe.v1.payment_intents.create
    made = [create({"amount": 1_000 + number, "currency": "eur"}).id for number in range(7)]

    walked = [each.id for each in provider.stripe.v1.payment_intents.list({"limit": 3}).auto_paging_iter()]
    first = provider.stripe.v1.payment_intents.list({"limit": 3})
    back = provider.stripe.v1.payment_intents.list({"limit": 3, "ending_before": made[0]})

    assert walked == made[::-1]
    assert (len(first.data), first.has_more) == (3, True)
    assert ([each.id for each in back.data], back.has_more) == (made[3:0:-1], True)
    with pytest.raises(stripe.InvalidRequestError, match="No such"):
        provider.stripe.v1.payment_intents.list({"starting_after": "pi_nothing"})


def test_accounts_are_walked_by_page(provider: Process) -> None:
    made = [provider.supplier() for _ in range(5)]

    walked = [each.id for each in provider.stripe.v2.core.accounts.list({"limit": 2}).auto_paging_iter()]

    assert walked == made[::-1]
    assert provider.violations() == []


def test_only_fields_that_name_objects_are_expanded(provider: Process) -> None:
    charge = provider.charge()

    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        provider.stripe.v1.charges.retrieve(charge.id, {"expand": ["amount"]})
    with pytest.raises(stripe.InvalidRequestError, match="more than 4 levels"):
        provider.stripe.v1.charges.list({"expand": ["data.payment_intent.latest_charge.payment_intent.latest_charge"]})
    found = provider.stripe.v1.charges.list({"expand": ["data.payment_intent"]}).data[0]
    assert isinstance(found.payment_intent, stripe.PaymentIntent)


def test_only_included_parts_of_an_account_are_shown(provider: Process) -> None:
    supplier = provider.supplier()

    bare = provider.stripe.v2.core.accounts.retrieve(supplier)
    whole = provider.stripe.v2.core.accounts.retrieve(supplier, {"include": ["configuration.recipient", "identity"]})

    assert (bare.configuration, bare.identity, bare.defaults) == (None, None, None)
    assert whole.configuration is not None
    assert whole.configuration.recipient is not None
    capabilities: Any = whole.configuration.recipient.capabilities
    assert capabilities.stripe_balance.stripe_transfers.status == "active"
    assert (whole.configuration.merchant, whole.identity is not None) == (None, True)


def test_another_account_is_seen_only_if_it_is_connected(provider: Process) -> None:
    supplier = provider.supplier()

    assert provider.balance(account=supplier) == (0, 0)
    with pytest.raises(stripe.PermissionError):
        provider.balance(account="acct_nobody")


def test_controls_are_for_this_machine_and_json_only(provider: Process) -> None:
    url = f"{provider.url}/_sim/clock"

    form = requests.post(url, data={"advance": 1}, timeout=30)
    elsewhere = requests.get(url, headers={"Host": "rebound.example"}, timeout=30)
    unknown = requests.post(f"{provider.url}/_sim/unknown", json={}, timeout=30)
    senseless = requests.post(f"{provider.url}/_sim/fault", json={"mode": "explode"}, timeout=30)

    assert [each.status_code for each in (form, elsewhere, unknown, senseless)] == [403, 403, 404, 400]


def test_money_and_objects_are_gone_after_a_reset(provider: Process) -> None:
    provider.charge()
    provider.advance(1_000)

    provider.control("reset", {})

    assert (provider.balance(), provider.transactions(), provider.events()) == ((0, 0), [], [])
    assert provider.control("clock")["offset"] == 0
