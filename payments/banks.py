"""Pure rules of bank details: whether two looks saw the same ones, and why nothing is transferred. Source: product.md §9, docs/decisions/0035."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from payments.facts import BankAccount
from payments.models import BankDetails, BankState, PayoutAccount

LOOK_LIFE = timedelta(minutes=10)
"""How old the last look at the bank details may be when a transfer is written: the messages of a change are usually quicker."""

UNSEEN = "bank_unseen"
"""The provider did not let us look at them."""
UNKNOWN = "bank_unknown"
STOPPED = "bank_stopped"
WAITS = "bank_waits"
REFUSED = "bank_refused"
BECAUSE_OF_BANK = frozenset({UNSEEN, UNKNOWN, STOPPED, WAITS, REFUSED})
"""Why a transfer waits, in the words that its call keeps; `payments/words.py` has them for people."""


@dataclass(frozen=True, slots=True)
class Banks:
    """The bank details behind one account: those in force, and those that wait or were refused."""

    account: PayoutAccount
    in_force: BankDetails | None
    coming: BankDetails | None

    @property
    def why_stopped(self) -> str | None:
        """Why nothing may be transferred now, as one of `BECAUSE_OF_BANK`; None when it may."""
        if self.account.stopped_at is not None:
            return STOPPED
        if self.coming is not None:
            return WAITS if self.coming.state is BankState.WAITING else REFUSED
        return None if self.in_force is not None else UNKNOWN

    def is_ripe(self, now: datetime) -> bool:
        """Whether the details that wait may come into force: the time is over, a verifier has confirmed them, nobody has stopped payouts."""
        coming = self.coming
        return (
            coming is not None
            and coming.state is BankState.WAITING
            and coming.checked_at is not None
            and coming.waits_until is not None
            and coming.waits_until <= now
            and self.account.stopped_at is None
        )


def fingerprint_of(accounts: Sequence[BankAccount]) -> str:
    """Of all the accounts together; their names do not count, a bank may be renamed. Empty for none."""
    if not accounts:
        return ""
    return sha256("\n".join(sorted(f"{bank.currency} {bank.fingerprint}" for bank in accounts)).encode()).hexdigest()
