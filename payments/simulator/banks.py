"""Bank accounts of connected accounts: what money on such an account is paid out to. Only its holder changes them, on the provider's form."""

import hashlib

from payments.simulator import events
from payments.simulator.errors import StripeError, missing
from payments.simulator.simulator import LISTS, Call, Route, Simulator, route
from payments.simulator.store import Body, Row

BANKS = ("Handelsbanken", "Commerzbank", "Nordea", "BNP Paribas", "Rabobank")
_MODULUS, _VALID = 97, 98


def plausible_iban(account_id: str, country: str) -> str:
    """An account number for testing, another for each account, with a right check sum."""
    digits = str(int(hashlib.sha256(account_id.encode()).hexdigest(), 16))[:18]
    country = country.upper() if len(country) == 2 and country.isalpha() and country.isascii() else "DE"
    letters = "".join(str(int(letter, 36)) for letter in country)
    check = _VALID - int(f"{digits}{letters}00") % _MODULUS
    return f"{country}{check:02}{digits}"


def country_of(row: Row) -> str:
    """The country that an account gave, in capitals; empty when it gave none."""
    return str((row.body["identity"] or {}).get("country") or "").upper()


def banks_of(simulator: Simulator, row: Row) -> list[Body]:
    """The bank accounts of a connected account, newest first. Whoever has sent the form without a number has a plausible one."""
    if not row.hidden["submitted"]:
        return []
    numbers = row.hidden.get("ibans") or [plausible_iban(row.id, country_of(row))]
    return [_bank(simulator, row, number) for number in numbers]


def _bank(simulator: Simulator, row: Row, iban: str) -> Body:
    body = simulator.validation.blank("bank_account")
    digest = hashlib.sha256(iban.encode()).hexdigest()
    body.update(
        id=f"ba_{hashlib.sha256(f'{row.id} {iban}'.encode()).hexdigest()[:24]}",
        account=row.id,
        account_holder_name=row.body["display_name"],
        account_holder_type="company",
        available_payout_methods=["standard"],
        bank_name=BANKS[int(digest[:4], 16) % len(BANKS)].upper(),
        country=iban[:2].upper(),
        currency=row.body["defaults"]["currency"],
        default_for_currency=True,
        fingerprint=digest[:16],
        last4=iban[-4:],
        metadata={},
        status="new",
    )
    return body


def give(simulator: Simulator, row: Row, iban: str | None, *, reason: Body | None = None) -> None:
    """The holder has written a number into the form: it takes the place of the one before, and both are told. None keeps what is there."""
    number = "".join((iban or "").split()).upper()
    before = banks_of(simulator, row)
    first = not row.hidden["submitted"]
    row.hidden["submitted"] = True
    if number:
        row.hidden["ibans"] = [number]
    simulator.store.save(row)
    after = banks_of(simulator, row)
    if before == after:
        return
    for body in after:
        events.emit(simulator, "account.external_account.created", body, reason=reason, account=row.id)
    for body in () if first else before:
        events.emit(simulator, "account.external_account.deleted", body, reason=reason, account=row.id)


def external_accounts(simulator: Simulator, row: Row) -> Body:
    """The list as an account of the first version shows it."""
    url = f"/v1/accounts/{row.id}/external_accounts"
    return {"object": "list", "data": banks_of(simulator, row), "has_more": False, "url": url}


def _row(call: Call) -> Row:
    row = call.simulator.store.find(call.path["account"], "v2.core.account")
    if row is None:
        name = call.path["account"]
        text = f"The provided key does not have access to account '{name}' (or that account does not exist)."
        raise StripeError(403, text, code="account_invalid")
    return row


def list_banks(call: Call) -> Body:
    """GET /v1/accounts/{account}/external_accounts: all of them on one page."""
    found = external_accounts(call.simulator, _row(call))
    kind = call.params.get("object", "bank_account")
    return {**found, "data": [body for body in found["data"] if body["object"] == kind]}


def retrieve_bank(call: Call) -> Body:
    """GET /v1/accounts/{account}/external_accounts/{id}."""
    wanted = call.path["id"]
    for body in banks_of(call.simulator, _row(call)):
        if body["id"] == wanted:
            return body
    raise missing("external_account", wanted)


ROUTES: dict[str, Route] = {
    "GET /v1/accounts/{account}/external_accounts": route(list_banks, *LISTS, "object"),
    "GET /v1/accounts/{account}/external_accounts/{id}": route(retrieve_bank),
}
