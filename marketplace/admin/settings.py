"""Pure: what each number of the trade means, its unit and its bounds; the defaults stand in `core/policy.py` (product.md, page top).

Shares are kept in basis points and read and typed as percentages: 400 is `4.00 %`.
"""

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.numbers import list_currencies

from marketplace.core import i18n
from marketplace.core.forms import decimal_number, refuse, whole_number
from marketplace.core.i18n import lazy
from marketplace.core.policy import Policy

COUNTRIES = frozenset(code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha())


@dataclass(frozen=True, slots=True)
class Setting:
    """A number or a text of `Policy`. `low` and `high` bound a number; a text has at most `high` characters."""

    key: str
    group: str
    meaning: str
    unit: str = ""
    low: int = 0
    high: int = 365

    @property
    def default(self) -> Any:
        """The value of product.md."""
        return getattr(Policy(), self.key)

    @property
    def is_text(self) -> bool:
        """Whether it is words and not a number."""
        return isinstance(self.default, str)

    @property
    def is_percent(self) -> bool:
        """Whether it is a share, kept in basis points."""
        return self.unit == PERCENT

    def written(self, value: Any) -> str:
        """A value as people read it: `4.00 %`, `1,000`, or the words."""
        if self.is_text or not isinstance(value, int):
            return str(value)
        return f"{self.in_field(value)}{i18n.NBSP}%" if self.is_percent else i18n.number(value)

    def in_field(self, value: Any) -> str:
        """A value as it stands in the field. Both our languages write a point before the decimals."""
        return f"{Decimal(value) / 100:.2f}" if self.is_percent else str(value)


PLATFORM, ORDERS, CLAIMS, VENDORS, REVIEWS, LIMITS = (
    lazy("The platform"),
    lazy("Orders and money"),
    lazy("Claims and returns"),
    lazy("Vendors"),
    lazy("Reviews"),
    lazy("Limits"),
)
DAYS, BUSINESS_DAYS, HOURS, BUSINESS_HOURS, MINUTES = (
    lazy("days"),
    lazy("business days"),
    lazy("hours"),
    lazy("business hours"),
    lazy("minutes"),
)
PERCENT, MINOR_UNITS, PIECES = lazy("per cent"), lazy("minor units (cents)"), lazy("pieces")

SETTINGS: dict[str, Setting] = {
    each.key: each
    for each in (
        Setting("platform_currency", PLATFORM, lazy("Currency of indications, facets and caps; an ISO code."), high=3),
        Setting("platform_country", PLATFORM, lazy("Where goods go for a visitor who has not said; an ISO code."), high=2),
        Setting("operator_name", PLATFORM, lazy("Name of the operator at the foot of every page."), high=80),
        Setting("operator_phone", PLATFORM, lazy("Telephone for help."), high=40),
        Setting("operator_hours", PLATFORM, lazy("When somebody answers."), high=60),
        Setting("commission_bp", ORDERS, lazy("Share of the goods that the platform keeps, frozen at placement."), PERCENT, 0, 3_000),
        Setting("inspection_days", ORDERS, lazy("Time from delivery in which the buyer can report a problem."), DAYS, 1, 30),
        Setting("accept_business_days", ORDERS, lazy("Time in which a vendor accepts an order."), BUSINESS_DAYS, 1, 10),
        Setting("accept_reminder_hours", ORDERS, lazy("When the vendor is reminded of an order to accept."), HOURS, 1, 240),
        Setting("accept_cancel_days", ORDERS, lazy("When an order that nobody accepted is cancelled and refunded."), DAYS, 1, 30),
        Setting("unpaid_reminder_days", ORDERS, lazy("When the buyer is reminded of an unpaid order."), DAYS, 1, 30),
        Setting("unpaid_cancel_days", ORDERS, lazy("When an unpaid order is cancelled and its stock given back."), DAYS, 1, 60),
        Setting("card_reservation_minutes", ORDERS, lazy("How long stock is kept while a card is being charged."), MINUTES, 30, 1_440),
        Setting("hold_limit_days", ORDERS, lazy("How long the provider lets money be held."), DAYS, 1, 90),
        Setting("close_after_days", ORDERS, lazy("When a settled order is closed."), DAYS, 1, 365),
        Setting(
            "change_answer_business_days", ORDERS, lazy("Time to answer a change that was proposed after placement."), BUSINESS_DAYS, 1, 30
        ),
        Setting("claim_answer_days", CLAIMS, lazy("Time in which the vendor answers a claim."), DAYS, 1, 30),
        Setting("claim_grant_days", CLAIMS, lazy("How long after its deadline an unanswered line is granted."), DAYS, 1, 30),
        Setting("claim_hand_over_days", CLAIMS, lazy("When a claim without agreement goes to the platform."), DAYS, 1, 60),
        Setting("claim_decide_days", CLAIMS, lazy("Time in which the platform decides a claim."), DAYS, 1, 60),
        Setting("claim_appeal_days", CLAIMS, lazy("Time in which either side may appeal against a decision."), DAYS, 1, 30),
        Setting("claim_after_acceptance_days", CLAIMS, lazy("How long after acceptance claims are possible."), DAYS, 0, 365),
        Setting("return_send_days", CLAIMS, lazy("Time in which agreed goods are sent."), DAYS, 1, 90),
        Setting("claim_parcel_days", CLAIMS, lazy("When an unconfirmed parcel of a claim counts as arrived."), DAYS, 1, 90),
        Setting("new_vendor_orders", VENDORS, lazy("First orders of a new vendor that are capped."), PIECES, 0, 100),
        Setting("new_vendor_order_limit_minor", VENDORS, lazy("Cap of each of a new vendor's first orders."), MINOR_UNITS, 0, 10**12),
        Setting("bank_change_hours", VENDORS, lazy("How long payouts wait after a vendor's bank details were changed."), HOURS, 24, 720),
        Setting(
            "first_answer_business_hours", VENDORS, lazy("Service level of the verification desk: first answer."), BUSINESS_HOURS, 1, 200
        ),
        Setting("decision_appeal_days", VENDORS, lazy("How long a vendor may appeal against a decision about it."), DAYS, 14, 730),
        Setting(
            "decision_answer_business_days", VENDORS, lazy("Time in which a person answers an appeal of a decision."), BUSINESS_DAYS, 1, 30
        ),
        Setting(
            "fact_change_business_days",
            VENDORS,
            lazy("Time in which a verifier answers a change of a vendor's name, address, owners or numbers."),
            BUSINESS_DAYS,
            1,
            30,
        ),
        Setting("review_window_days", REVIEWS, lazy("How long after delivery a review can be written."), DAYS, 1, 365),
        Setting("review_edit_days", REVIEWS, lazy("How long a review can be edited, once."), DAYS, 0, 365),
        Setting("review_reply_days", REVIEWS, lazy("How long the vendor can reply."), DAYS, 0, 365),
        Setting("score_prior_weight", REVIEWS, lazy("Weight of the neutral opinion that every score begins with."), PIECES, 0, 100),
        Setting("score_prior_tenths", REVIEWS, lazy("The neutral opinion, in tenths of a star."), lazy("tenths of a star"), 10, 50),
        Setting("score_minimum_reviews", REVIEWS, lazy("Fewer reviews than these show no score."), PIECES, 1, 50),
        Setting("compare_limit", LIMITS, lazy("Most offers side by side."), PIECES, 2, 12),
        Setting("search_record_days", LIMITS, lazy("How long searches are kept, without names."), DAYS, 1, 365),
        Setting("cart_line_limit", LIMITS, lazy("Most lines of a cart."), PIECES, 1, 999),
    )
}


def understood(setting: Setting, typed: str) -> int | str:
    """What was typed for a setting. Raises: PydanticCustomError with the words for its field."""
    if setting.is_text:
        text = " ".join(typed.split())
        if not text:
            raise refuse(lazy("Fill this in."))
        if len(text) > setting.high:
            raise refuse(lazy("This is too long: at most %(max_length)s characters."), max_length=setting.high)
        if setting.key == "platform_currency" and text not in list_currencies():
            raise refuse(lazy("Write the ISO code of a currency, such as EUR."))
        if setting.key == "platform_country" and text not in COUNTRIES:
            raise refuse(lazy("Write the ISO code of a country, such as SE."))
        return text
    number = _basis_points(typed) if setting.is_percent else whole_number(typed)
    if not isinstance(number, int) or not setting.low <= number <= setting.high:
        low, high = setting.written(setting.low), setting.written(setting.high)
        raise refuse(lazy("Write a number from %(low)s to %(high)s."), low=low, high=high)
    return number


def _basis_points(typed: str) -> int:
    """A percentage as it is kept: `4`, `4.00` and `4,5 %` are 400 and 450."""
    points = Decimal(str(decimal_number(typed.strip().removesuffix("%")))) * 100
    if points != points.to_integral_value():
        raise refuse(lazy("A percentage has at most 2 decimals."))
    return int(points)


def groups() -> list[tuple[str, list[Setting]]]:
    """The settings under their titles, in the order of the table."""
    titles = list(dict.fromkeys(each.group for each in SETTINGS.values()))
    return [(title, [each for each in SETTINGS.values() if each.group == title]) for title in titles]


def unexplained() -> set[str]:
    """Fields of `Policy` that nobody has explained here: none, or a test fails."""
    return {each.name for each in fields(Policy)} - SETTINGS.keys()
