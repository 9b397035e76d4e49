"""The operator's numbers of product.md, with typed defaults. `Settings` is the process; `Policy` is the trade.

Each number has a unit in its name and its meaning below it. A row of `policy_settings` overrides a default; read at most once a second.
"""

import time
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, ask, fixed

MAX_AGE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Policy:
    """Every default an operator can change. Source: product.md §3, §4, §8–§11."""

    platform_currency: str = "EUR"
    platform_country: str = "SE"
    operator_name: str = "Sample operator AB"
    operator_phone: str = "+46 10 123 45 00"
    operator_hours: str = "Mon–Fri 08:00–17:00 CET"
    commission_bp: int = 400
    """Share of the goods that the platform keeps, frozen at placement."""
    inspection_days: int = 10
    """Days from delivery in which the buyer can report a problem; 1 to 30."""
    accept_business_days: int = 1
    accept_reminder_hours: int = 20
    accept_cancel_days: int = 5
    unpaid_reminder_days: int = 3
    unpaid_cancel_days: int = 5
    card_reservation_minutes: int = 60
    hold_limit_days: int = 90
    """How long the provider lets money be held; payments.md §1.2."""
    close_after_days: int = 30
    claim_answer_days: int = 3
    """How long the vendor has to answer a claim; from then on either side may hand it to the platform."""
    claim_grant_days: int = 3
    """How long after its deadline an unanswered line of a claim is granted."""
    claim_hand_over_days: int = 7
    """When a claim that is not agreed goes to the platform by itself, counted from its opening."""
    claim_decide_days: int = 10
    """How long the platform has to decide a claim."""
    claim_appeal_days: int = 5
    """How long either side may appeal against a decision about a claim; until then the money stays where it is."""
    claim_after_acceptance_days: int = 30
    """How long after acceptance claims are possible."""
    return_send_days: int = 14
    """How long agreed goods have to be sent: back by the buyer, or again by the vendor."""
    claim_parcel_days: int = 21
    """When a parcel of a claim counts as arrived though nobody has confirmed it."""
    change_answer_business_days: int = 2
    """How long the other side has to answer a change that was proposed after placement."""
    new_vendor_orders: int = 5
    new_vendor_order_limit_minor: int = 500_000
    """Cap of each of a new vendor's first orders, in the platform's currency."""
    bank_change_hours: int = 72
    """How long nothing is transferred to a vendor whose bank details were changed; a verifier's check comes on top (product.md §9)."""
    first_answer_business_hours: int = 16
    """Service level of the verification desk."""
    decision_appeal_days: int = 183
    """How long a vendor may appeal against a decision about it: six months, as EU law gives it (decision 0034)."""
    decision_answer_business_days: int = 5
    """How long the platform has to answer such an appeal, in days of the desk."""
    fact_change_business_days: int = 5
    """How long the desk has to answer a change of a vendor's checked facts, such as a new legal name (decision 0037)."""
    review_window_days: int = 60
    review_edit_days: int = 30
    review_reply_days: int = 30
    score_prior_weight: int = 7
    score_prior_tenths: int = 35
    score_minimum_reviews: int = 3
    compare_limit: int = 6
    search_record_days: int = 90
    """How long searches are kept, without names."""
    cart_line_limit: int = 999


class PolicySetting(Base):
    """One number that the operator has changed."""

    __tablename__ = "policy_settings"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None]


_settings = fixed(select(PolicySetting.key, PolicySetting.value))
_cache: dict[str, Any] = {"policy": Policy(), "read_at": float("-inf")}


def current() -> Policy:
    """The numbers in force, at most a second old."""
    if time.monotonic() - _cache["read_at"] > MAX_AGE_SECONDS:
        known = {f.name for f in fields(Policy)}
        changed = {key: value["value"] for key, value in ask(_settings, {}) if key in known}
        _cache["policy"] = replace(Policy(), **changed)
        _cache["read_at"] = time.monotonic()
    policy: Policy = _cache["policy"]
    return policy


def forget() -> None:
    """Read the table again at the next call; after a change in this process, and between tests."""
    _cache["read_at"] = float("-inf")
