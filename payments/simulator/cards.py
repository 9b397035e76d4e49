"""Stripe's published test cards and what each of them does. Source: docs.stripe.com/testing"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from payments.simulator.errors import StripeError
from payments.simulator.store import Body, new_id


@dataclass(frozen=True)
class Card:
    """A test card. `declined` is Stripe's (code, decline_code, message), `secure` asks for the 3-D Secure page."""

    number: str
    brand: str = "visa"
    declined: tuple[str, str | None, str] | None = None
    secure: bool = False
    at_once: bool = False  # the money is available without the usual two days

    @property
    def last4(self) -> str:
        """The four digits that receipts show."""
        return self.number[-4:]


_DECLINED = "Your card was declined."
CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242"),
        Card("5555555555554444", brand="mastercard"),
        Card("4000000000000077", at_once=True),
        Card("4000000000000002", declined=("card_declined", "generic_decline", _DECLINED)),
        Card("4000000000009995", declined=("card_declined", "insufficient_funds", "Your card has insufficient funds.")),
        Card("4000000000000069", declined=("expired_card", None, "Your card has expired.")),
        Card("4000000000000127", declined=("incorrect_cvc", None, "Your card's security code is incorrect.")),
        Card("4000000000000119", declined=("processing_error", None, "An error occurred while processing your card. Try again in a little bit.")),
        Card("4000002760003184", secure=True),
        Card("4000002500003155", secure=True),
    )
}  # fmt: skip
# The names that stand for a card where there is no page, as `payment_method` of a PaymentIntent.
NAMED = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_bypassPending": "4000000000000077",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_chargeDeclinedIncorrectCvc": "4000000000000127",
    "pm_card_chargeDeclinedProcessingError": "4000000000000119",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_threeDSecure2Required": "4000002760003184",
}


def card(number: str) -> Card:
    """The test card of that number; spaces are allowed. Raises StripeError 402 for any other number, as Stripe's test mode does."""
    digits = re.sub(r"[\s-]", "", number)
    found = CARDS.get(digits)
    if found is not None:
        return found
    if not re.fullmatch(r"\d{12,19}", digits) or not _luhn(digits):
        raise declined(("incorrect_number", None, "Your card number is incorrect."))
    message = "Your card was declined. Your request was in test mode, but used a non test card."
    raise declined(("card_declined", "test_mode_live_card", message))


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits))]
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


def declined(reason: tuple[str, str | None, str], **extra: object) -> StripeError:
    """Stripe's 402 for a card that does not pay."""
    code, decline_code, message = reason
    more: Body = {**({"decline_code": decline_code} if decline_code else {}), **extra}
    return StripeError(402, message, kind="card_error", code=code, executed=True, keeps_writes=True, extra=more)


def payment_method(blank: Body, used: Card, *, expiry: tuple[int, int], name: str | None, email: str | None) -> Body:
    """A `payment_method` object for the card. `expiry` is (month, year)."""
    month, year = expiry
    details = {
        "brand": used.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "display_brand": used.brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": f"sim{used.last4}",
        "funding": "credit",
        "generated_from": None,
        "last4": used.last4,
        "networks": {"available": [used.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    return {**blank, "id": new_id("pm"), "type": "card", "card": details, "billing_details": billing(name, email)}


def billing(name: str | None, email: str | None) -> Body:
    """`billing_details` as charges and payment methods have them."""
    return {"address": None, "email": email, "name": name, "phone": None, "tax_id": None}


def charge_details(used: Body, *, authenticated: bool) -> Body:
    """`payment_method_details` of a charge, from the payment method's `card`."""
    same = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "regulated_status", "wallet")
    details = {name: used[name] for name in same}
    secure = None
    if authenticated:
        secure = {
            "authentication_flow": "challenge",
            "electronic_commerce_indicator": "05",
            "exemption_indicator": None,
            "result": "authenticated",
            "result_reason": None,
            "transaction_id": new_id("3ds"),
            "version": "2.2.0",
        }
    details.update(installments=None, mandate=None, network=used["brand"], network_token=None, three_d_secure=secure)
    return {"type": "card", "card": details}


def default_expiry(now: int) -> tuple[int, int]:
    """A month that has not passed, for cards used without a page."""
    return 12, datetime.fromtimestamp(now, UTC).year + 3
