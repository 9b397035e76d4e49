"""How tests change a vendor's bank details at the provider, and look at what becomes of them."""

from datetime import timedelta
from uuid import UUID

from marketplace.core.audit import Actor
from marketplace.core.db import db, transaction
from payments import queries, services
from payments.banks import Banks
from payments.models import BankDetails, Hold, OperationState
from payments.simulator.banks import plausible_iban
from tests.factories.payments import control, transfer_of
from tests.payments.conftest import Shop
from vendors.models import Vendor

SPARE, OTHER = "DE89370400440532013000", "SE4550000000058398257466"
OVER = timedelta(hours=72, seconds=1)
HOUR = timedelta(hours=1, seconds=1)
VERIFIER = Actor(name="Rosa Okafor", is_staff=True)
HOW = "Called Anna Lind at +46 31 00 00 00, she read the last four figures."
WHY = "The person at the number on record knows nothing of it."


def change_bank(shop: Shop, vendor_id: UUID, iban: str = SPARE) -> None:
    """Somebody writes another number into the provider's form; nothing is told to us yet."""
    account = queries.find_payout_account(vendor_id)
    assert account is not None
    control(shop.provider, "onboard", {"account": account.stripe_account_id, "iban": iban})


def banks(vendor_id: UUID) -> Banks:
    """What stands behind the account now."""
    db.session.expire_all()
    found = queries.find_banks(vendor_id)
    assert found is not None
    return found


def coming(vendor_id: UUID) -> BankDetails:
    """The details that wait or were refused."""
    found = banks(vendor_id).coming
    assert found is not None
    return found


def first_number(vendor_id: UUID) -> str:
    """The number that the simulator gave the account when its form was sent without one."""
    account = queries.find_payout_account(vendor_id)
    assert account is not None
    return plausible_iban(str(account.stripe_account_id), db.session.get_one(Vendor, vendor_id).country)


def confirm(vendor_id: UUID) -> None:
    """A verifier has called the vendor."""
    details_id = coming(vendor_id).id
    with transaction():
        services.confirm_bank(vendor_id, details_id, how_checked=HOW, actor=VERIFIER)


def waiting_because(hold: Hold) -> str | None:
    """Why the transfer waits; None when it does not."""
    db.session.expire_all()
    operation = transfer_of(hold)
    assert operation is not None
    return operation.last_error if operation.state is OperationState.PARKED else None
