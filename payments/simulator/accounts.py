"""Connected accounts: the v2 object, its onboarding link, and how v1 shows the same account."""

import base64
from typing import Any

from payments.simulator import banks, events, metadata
from payments.simulator.clock import iso
from payments.simulator.errors import StripeError, check_address, invalid, missing
from payments.simulator.simulator import Call, Route, Simulator, route
from payments.simulator.store import Body, Row, new_id

INCLUDABLE = ("configuration", "defaults", "future_requirements", "identity", "requirements")
LINK_SECONDS = 300
_RESTRICTED = [{"code": "requirements_past_due", "resolution": "provide_info"}]
# v2 says `restricted` where v1 says `inactive`. Source: the two texts; the pairing is inferred.
_V1_STATUS = {"active": "active", "pending": "pending", "restricted": "inactive", "unsupported": "inactive"}


def create(call: Call) -> Body:
    """POST /v2/core/accounts. A requested capability stays restricted until the account was onboarded."""
    simulator, params = call.simulator, call.params
    body = simulator.validation.blank("v2.core.account")
    recipient = params.get("configuration", {}).get("recipient")
    requested = _requested(recipient)
    body.update(
        id=new_id("acct", 16),
        created=iso(simulator.clock.now()),
        applied_configurations=["recipient"] if recipient is not None else [],
        configuration={"customer": None, "merchant": None, "recipient": None},
        closed=False,
        dashboard=params.get("dashboard", "none"),
        display_name=params.get("display_name"),
        contact_email=params.get("contact_email"),
        contact_phone=params.get("contact_phone"),
        identity=params.get("identity"),
        metadata=params.get("metadata", {}),
        defaults=_defaults(params.get("defaults", {}), simulator),
    )
    if recipient is not None:
        capability = {"status": "restricted", "status_details": _RESTRICTED}
        capabilities = {"stripe_balance": {"stripe_transfers": capability, "payouts": capability}} if requested else {}
        body["configuration"]["recipient"] = {"applied": True, "capabilities": capabilities}
    body["requirements"] = _requirements(body)
    row = simulator.add("v2.core.account", body, hidden={"links": {}, "submitted": False})
    return shown(row, params.get("include", []))


def _requested(recipient: Body | None) -> bool:
    balance = ((recipient or {}).get("capabilities") or {}).get("stripe_balance") or {}
    return bool((balance.get("stripe_transfers") or {}).get("requested"))


def _defaults(given: Body, simulator: Simulator) -> Body:
    responsibilities = {"requirements_collector": "stripe", **given.get("responsibilities", {})}
    return {"currency": simulator.settings.currency, **given, "responsibilities": responsibilities}


def _requirements(body: Body) -> Body:
    transfers = transfers_capability(body)
    if transfers is None or transfers["status"] != "restricted":
        return {"entries": []}
    names = ("stripe_balance.stripe_transfers", "stripe_balance.payouts")
    deadline = {"status": "past_due"}
    restricts = [{"capability": name, "configuration": "recipient", "deadline": deadline} for name in names]
    entry = {
        "awaiting_action_from": "user",
        "description": "identity.business_details",
        "errors": [],
        "impact": {"restricts_capabilities": restricts},
        "minimum_deadline": deadline,
        "requested_reasons": [{"code": "routine_onboarding"}],
    }
    return {"entries": [entry], "summary": {"minimum_deadline": deadline}}


def transfers_capability(body: Body) -> Body | None:
    """The capability that money can be sent to this account, if it was requested."""
    recipient = (body["configuration"] or {}).get("recipient") or {}
    found: Body | None = recipient.get("capabilities", {}).get("stripe_balance", {}).get("stripe_transfers")
    return found


def shown(row: Row, include: list[str]) -> Body:
    """The account with only the parts that were asked for; the others are null."""
    body = dict(row.body)
    for name in INCLUDABLE:
        if name == "configuration":
            wanted = [each.split(".")[1] for each in include if each.startswith("configuration.")]
            body[name] = {kind: body[name][kind] if kind in wanted else None for kind in body[name]} if wanted else None
        elif name not in include:
            body[name] = None
    return body


def _account(call: Call, account_id: str) -> Row:
    row = call.simulator.store.find(account_id, "v2.core.account")
    if row is None:
        raise StripeError(404, f"No such account: '{account_id}'", kind="invalid_request_error", code="not_found")
    return row


def retrieve(call: Call) -> Body:
    """GET /v2/core/accounts/{id}."""
    return shown(_account(call, call.path["id"]), call.params.get("include", []))


def update(call: Call) -> Body:
    """POST /v2/core/accounts/{id}: names, contact, metadata, identity, and asking for the recipient configuration."""
    params, row = call.params, _account(call, call.path["id"])
    for name in ("display_name", "contact_email", "contact_phone", "dashboard"):
        if name in params:
            row.body[name] = params[name]
    if "identity" in params:
        row.body["identity"] = {**(row.body["identity"] or {}), **params["identity"]}
    row.body["metadata"] = metadata.updated(row.body["metadata"], params.get("metadata"))
    recipient = params.get("configuration", {}).get("recipient")
    if recipient is not None and transfers_capability(row.body) is None:
        row.body["applied_configurations"] = ["recipient"]
        capability = {"status": "restricted", "status_details": _RESTRICTED}
        capabilities = {"stripe_balance": {"stripe_transfers": capability, "payouts": capability}} if _requested(recipient) else {}
        row.body["configuration"]["recipient"] = {"applied": True, "capabilities": capabilities}
        row.body["requirements"] = _requirements(row.body)
    call.simulator.store.save(row)
    return shown(row, params.get("include", []))


def list_accounts(call: Call) -> Body:
    """GET /v2/core/accounts, by page tokens."""
    simulator, params = call.simulator, call.params
    after = None
    if "page" in params:
        try:
            after = simulator.store.find(base64.urlsafe_b64decode(params["page"]).decode(), "v2.core.account")
        except ValueError as error:
            raise invalid("The page token is not valid.", code="invalid_page_token") from error
    rows, more = simulator.store.page(
        "v2.core.account", "", where={}, created={}, limit=min(max(params.get("limit", 10), 1), 100), after=after, before=None
    )
    token = base64.urlsafe_b64encode(rows[-1].id.encode()).decode() if more else None
    url = f"/v2/core/accounts?limit={params.get('limit', 10)}&page={token}" if token else None
    return {"data": [shown(row, []) for row in rows], "next_page_url": url, "previous_page_url": None}


def close(call: Call) -> Body:
    """POST /v2/core/accounts/{id}/close: no money can be sent to it any more."""
    row = _account(call, call.path["id"])
    row.body["closed"] = True
    if transfers_capability(row.body) is not None:
        set_transfers(call.simulator, row, "restricted", [{"code": "restricted_other", "resolution": "no_resolution"}], call.reason)
    call.simulator.store.save(row)
    return shown(row, [])


def create_link(call: Call) -> Body:
    """POST /v2/core/account_links: the address of the onboarding page, good for five minutes and one submission."""
    simulator, params = call.simulator, call.params
    row = _account(call, params["account"])
    use = params["use_case"]
    details = use.get(use["type"])
    if details is None:
        raise invalid(f"use_case.{use['type']} is required.", code="invalid_request")
    for address in (details.get("return_url"), details["refresh_url"]):
        check_address(address, "use_case")
    token = new_id("link")
    expires = simulator.clock.now() + LINK_SECONDS
    row.hidden["links"][token] = {"expires": expires, "return_url": details.get("return_url"), "refresh_url": details["refresh_url"]}
    simulator.store.save(row)
    return {
        "object": "v2.core.account_link",
        "account": row.id,
        "created": iso(simulator.clock.now()),
        "expires_at": iso(expires),
        "livemode": False,
        "url": f"{simulator.settings.public_url}/onboard/{row.id}/{token}",
        "use_case": use,
    }


def onboard(simulator: Simulator, account_id: str, reason: Body | None = None, *, iban: str | None = None) -> None:
    """The supplier has filled in the provider's form: money can be sent to the account. The same a second time changes nothing.

    Another `iban` takes the place of the one before; without one a plausible one is there, or what was there stays.
    """
    row = simulator.get("v2.core.account", account_id)
    row.hidden["links"] = {}
    banks.give(simulator, row, iban, reason=reason)
    if transfers_capability(row.body) is not None and not row.body["closed"]:
        set_transfers(simulator, row, "active", [], reason)


def set_transfers(simulator: Simulator, row: Row, status: str, details: list[dict[str, Any]], reason: Body | None = None) -> None:
    """Change the capability, and say so by `capability.updated` and `account.updated`."""
    capability = transfers_capability(row.body)
    if capability is None:
        raise missing("capability", "stripe_transfers", status=400)
    if capability == {"status": status, "status_details": details}:
        return
    new = {"status": status, "status_details": details}
    row.body["configuration"]["recipient"]["capabilities"]["stripe_balance"] = {"stripe_transfers": new, "payouts": new}
    row.body["requirements"] = _requirements(row.body)
    simulator.store.save(row)
    body = simulator.validation.blank("capability")
    body.update(id="transfers", account=row.id, requested=True, requested_at=row.created, status=_V1_STATUS[status])
    events.emit(simulator, "capability.updated", body, reason=reason, account=row.id)
    events.emit(simulator, "account.updated", as_v1(simulator, row), reason=reason, account=row.id)


def as_v1(simulator: Simulator, row: Row) -> Body:
    """The same account as the first version of the interface shows it."""
    body, source = simulator.validation.blank("account"), row.body
    capability = transfers_capability(source)
    active = capability is not None and capability["status"] == "active"
    identity = source["identity"] or {}
    body.update(
        id=row.id,
        created=row.created,
        capabilities={} if capability is None else {"transfers": _V1_STATUS[capability["status"]]},
        charges_enabled=False,
        payouts_enabled=active,
        details_submitted=row.hidden["submitted"],
        country=identity.get("country", "").upper(),
        default_currency=source["defaults"]["currency"],
        email=source["contact_email"],
        external_accounts=banks.external_accounts(simulator, row),
        metadata=source["metadata"],
        type="express" if source["dashboard"] == "express" else "none",
    )
    return body


def retrieve_v1(call: Call) -> Body:
    """GET /v1/accounts/{account}."""
    row = call.simulator.store.find(call.path["account"], "v2.core.account")
    if row is not None:
        return as_v1(call.simulator, row)
    if call.path["account"] == platform_id(call.simulator):
        return retrieve_own(call)
    raise StripeError(403, f"The provided key does not have access to account '{call.path['account']}' (or that account does not exist).", code="account_invalid")  # fmt: skip


def retrieve_own(call: Call) -> Body:
    """GET /v1/account: the platform itself, or the account named in `Stripe-Account`."""
    if call.account:
        return as_v1(call.simulator, _account(call, call.account))
    body = call.simulator.validation.blank("account")
    currency = call.simulator.settings.currency
    body.update(charges_enabled=True, payouts_enabled=True, details_submitted=True, type="standard")
    body.update(id=platform_id(call.simulator), default_currency=currency, metadata={})
    return body


def platform_id(simulator: Simulator) -> str:
    """The id of the platform's own account, made once."""
    found: str | None = simulator.store.setting("platform", None)
    if found is None:
        found = new_id("acct", 16)
        simulator.store.set("platform", found)
    return found


_NAMES = ("display_name", "contact_email", "contact_phone", "dashboard", "identity", "metadata", "configuration.recipient")
ROUTES: dict[str, Route] = {
    "POST /v2/core/accounts": route(create, *_NAMES, "defaults"),
    "GET /v2/core/accounts": route(list_accounts, "limit", "page"),
    "GET /v2/core/accounts/{id}": route(retrieve),
    "POST /v2/core/accounts/{id}": route(update, *_NAMES),
    "POST /v2/core/accounts/{id}/close": route(close, "applied_configurations"),
    "POST /v2/core/account_links": route(create_link, "account", "use_case"),
    "GET /v1/accounts/{account}": route(retrieve_v1),
    "GET /v1/account": route(retrieve_own),
}
