"""Pure rules of returns: what the policy that the buyer saw at checkout allows for a line. Source: product.md §8."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marketplace.core.i18n import lazy
from marketplace.core.money import share_bp
from marketplace.orders.models import ProblemKind
from payments.shares import Parts

DEFECTS = frozenset({ProblemKind.DAMAGED, ProblemKind.WRONG})
DEFECT_ONLY, NOTHING = "defect only", "none"
NOTHING_TO_RETURN = lazy("Nothing arrived that could be sent back.")
WINDOW_OVER = lazy("The time to send goods back, %(days)s days from delivery, was over when this was reported.")
CUSTOM_GOODS = lazy("Custom goods are taken back only when they are defective.")
ONLY_DEFECTS = lazy("Only defective goods are taken back.")
NO_RETURNS = lazy("The return policy of this order does not take goods back.")


@dataclass(frozen=True, slots=True)
class ReturnTerms:
    """How a line may go back. `refused` says why not (a text of the catalogue, `days` its value); the others are the policy's."""

    refused: str | None
    days: int
    paid_by: str
    """vendor or buyer: who pays the freight back"""
    restocking_bp: int


def return_terms(
    policy: Mapping[str, Any], kind: ProblemKind, *, is_custom: bool, delivered_at: datetime | None, reported_at: datetime
) -> ReturnTerms:
    """What the policy says for a problem with a line: a policy without a window takes nothing back; custom goods follow their own rule."""
    days = int(policy.get("window_days") or 0)
    accepts = str((policy.get("custom_goods") if is_custom else policy.get("accepts")) or "").strip().lower()
    refused: str | None = None
    if kind is ProblemKind.MISSING or delivered_at is None:
        refused = NOTHING_TO_RETURN
    elif days == 0 or accepts == NOTHING:
        refused = NO_RETURNS
    elif kind not in DEFECTS and accepts == DEFECT_ONLY:
        refused = CUSTOM_GOODS if is_custom else ONLY_DEFECTS
    elif reported_at > delivered_at + timedelta(days=days):
        refused = WINDOW_OVER
    return ReturnTerms(refused, days, str(policy.get("freight_paid_by") or "vendor"), int(policy.get("restocking_bp") or 0))


def after_restocking(value: Parts, restocking_bp: int) -> Parts:
    """What a return gives back: the value less the restocking fee on its goods and their tax; freight is not restocked."""
    return value - Parts(share_bp(value.goods_minor, restocking_bp), 0, share_bp(value.tax_minor, restocking_bp))
