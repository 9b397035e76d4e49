"""What the provider says, as read by the gateway: plain values that services can check and apply without knowing the provider's library."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Movement:
    """A balance transaction; sums are signed, `net = amount - fee`. `source_id` is the charge, transfer or refund behind it."""

    id: str
    type: str
    currency: str
    amount_minor: int
    fee_minor: int
    net_minor: int
    source_id: str | None
    available_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ProviderIntent:
    """An attempt to pay. `refusal` is the code of the last declined try; `movement` is there once the money is."""

    id: str
    status: str
    amount_minor: int
    received_minor: int
    currency: str
    payment_id: str | None
    refusal: str | None
    charge_id: str | None
    movement: Movement | None


@dataclass(frozen=True, slots=True)
class ProviderSession:
    """A payment page: `open`, `complete` or `expired`."""

    id: str
    status: str
    url: str | None
    amount_minor: int
    currency: str
    expires_at: datetime
    payment_id: str | None
    intent: ProviderIntent | None


@dataclass(frozen=True, slots=True)
class ProviderTransfer:
    """Money sent to a vendor's account."""

    id: str
    amount_minor: int
    currency: str
    destination: str
    operation_id: str | None
    movement: Movement


@dataclass(frozen=True, slots=True)
class ProviderReversal:
    """Money that came back from a vendor's account."""

    id: str
    amount_minor: int
    currency: str
    transfer_id: str
    operation_id: str | None
    movement: Movement


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """Money on its way to a buyer. A failed one may have taken the money (`movement`) and brought it back (`failure_movement`)."""

    id: str
    status: str
    failure: str | None
    amount_minor: int
    currency: str
    refund_id: str | None
    operation_id: str | None
    movement: Movement | None
    failure_movement: Movement | None


@dataclass(frozen=True, slots=True)
class BankAccount:
    """What money on a vendor's account is paid out to, in one currency. `fingerprint` is the provider's: the same number, the same text."""

    bank_name: str
    last_four: str
    country: str
    currency: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """A vendor's account. `transfers` is the state of the capability to be paid; `reason` why it is not active.

    `banks` are the bank accounts that payouts go to, by currency, and `asked_at` is when they were asked for; None where they were not read.
    """

    id: str
    is_closed: bool
    transfers: str
    reason: str | None
    vendor_id: str | None
    operation_id: str | None
    banks: tuple[BankAccount, ...] | None = None
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """A verified message: what happened and to which object. Everything else in it is only a hint and is not kept."""

    id: str
    type: str
    created_at: datetime
    object_id: str | None
    object_kind: str
    account_id: str | None
    hints: dict[str, str]
