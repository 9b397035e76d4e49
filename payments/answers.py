"""What the provider answers, turned into `facts`: plain bodies in, frozen values out."""

from datetime import UTC, datetime
from typing import Any

from payments.facts import (
    BankAccount,
    Movement,
    ProviderAccount,
    ProviderIntent,
    ProviderRefund,
    ProviderReversal,
    ProviderSession,
    ProviderTransfer,
)


def instant_of(seconds: int) -> datetime:
    """Seconds since 1970 as a moment."""
    return datetime.fromtimestamp(seconds, UTC)


def movement_of(body: dict[str, Any]) -> Movement:
    """A balance transaction."""
    return Movement(
        id=body["id"],
        type=body["type"],
        currency=body["currency"].upper(),
        amount_minor=body["amount"],
        fee_minor=body["fee"],
        net_minor=body["net"],
        source_id=body.get("source"),
        available_at=instant_of(body["available_on"]),
        created_at=instant_of(body["created"]),
    )


def moved_of(body: dict[str, Any], name: str = "balance_transaction") -> Movement | None:
    """The expanded movement of an object, once there is one."""
    return movement_of(body[name]) if isinstance(body.get(name), dict) else None


def intent_of(body: dict[str, Any]) -> ProviderIntent:
    """An attempt to pay."""
    charge = body.get("latest_charge")
    refused = body.get("last_payment_error") or {}
    return ProviderIntent(
        id=body["id"],
        status=body["status"],
        amount_minor=body["amount"],
        received_minor=body.get("amount_received") or 0,
        currency=body["currency"].upper(),
        payment_id=(body.get("metadata") or {}).get("payment"),
        refusal=refused.get("decline_code") or refused.get("code"),
        charge_id=charge["id"] if isinstance(charge, dict) else charge,
        movement=moved_of(charge) if isinstance(charge, dict) else None,
    )


def session_of(body: dict[str, Any]) -> ProviderSession:
    """A payment page."""
    return ProviderSession(
        id=body["id"],
        status=body["status"],
        url=body.get("url"),
        amount_minor=body["amount_total"],
        currency=body["currency"].upper(),
        expires_at=instant_of(body["expires_at"]),
        payment_id=(body.get("metadata") or {}).get("payment"),
        intent=intent_of(body["payment_intent"]) if isinstance(body.get("payment_intent"), dict) else None,
    )


def transfer_of(body: dict[str, Any]) -> ProviderTransfer:
    """A transfer with its movement."""
    return ProviderTransfer(
        id=body["id"],
        amount_minor=body["amount"],
        currency=body["currency"].upper(),
        destination=body["destination"],
        operation_id=(body.get("metadata") or {}).get("op"),
        movement=movement_of(body["balance_transaction"]),
    )


def reversal_of(body: dict[str, Any]) -> ProviderReversal:
    """What came back of a transfer."""
    transfer = body["transfer"]
    return ProviderReversal(
        id=body["id"],
        amount_minor=body["amount"],
        currency=body["currency"].upper(),
        transfer_id=transfer["id"] if isinstance(transfer, dict) else transfer,
        operation_id=(body.get("metadata") or {}).get("op"),
        movement=movement_of(body["balance_transaction"]),
    )


def refund_of(body: dict[str, Any]) -> ProviderRefund:
    """A refund with its movements."""
    return ProviderRefund(
        id=body["id"],
        status=body["status"],
        failure=body.get("failure_reason"),
        amount_minor=body["amount"],
        currency=body["currency"].upper(),
        refund_id=(body.get("metadata") or {}).get("refund"),
        operation_id=(body.get("metadata") or {}).get("op"),
        movement=moved_of(body),
        failure_movement=moved_of(body, "failure_balance_transaction"),
    )


def account_of(body: dict[str, Any]) -> ProviderAccount:
    """A vendor's account."""
    recipient = (body.get("configuration") or {}).get("recipient") or {}
    capability = ((recipient.get("capabilities") or {}).get("stripe_balance") or {}).get("stripe_transfers") or {}
    details = capability.get("status_details") or []
    return ProviderAccount(
        id=body["id"],
        is_closed=bool(body.get("closed")),
        transfers=capability.get("status", "restricted"),
        reason=details[0]["code"] if details else None,
        vendor_id=(body.get("metadata") or {}).get("vendor"),
        operation_id=(body.get("metadata") or {}).get("op"),
    )


def banks_of(bodies: list[dict[str, Any]]) -> tuple[BankAccount, ...]:
    """Those that payouts go to. Another one beside them moves no money before it takes their place, which is a change then."""
    found = [
        BankAccount(
            bank_name=body.get("bank_name") or body.get("brand") or "",
            last_four=body["last4"],
            country=body.get("country") or "",
            currency=(body.get("currency") or "").upper(),
            fingerprint=body.get("fingerprint") or body["id"],
        )
        for body in bodies
        if body.get("default_for_currency")
    ]
    return tuple(sorted(found, key=lambda bank: (bank.currency, bank.fingerprint)))
