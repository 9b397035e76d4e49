"""Claims, line by line: opened by the buyer, answered by the vendor, agreed, granted, or decided by the platform (product.md §8)."""

from marketplace.orders.services.claims.agreeing import (
    accept_answer,
    answer_line,
    grant_unanswered,
    hand_over_as_buyer,
    hand_over_as_vendor,
    hand_over_by_clock,
    remind_to_answer_claim,
    withdraw_line,
)
from marketplace.orders.services.claims.deciding import refund_after_problem, release_after_problem, split_after_problem
from marketplace.orders.services.claims.opening import ClaimedLine, line_refusals, report_problem
from marketplace.orders.services.claims.parcels import (
    confirm_replacement,
    confirm_return,
    go_on_by_clock,
    send_replacement,
    send_return,
)
from marketplace.orders.services.claims.ruling import (
    accept_ruling_as_buyer,
    accept_ruling_as_vendor,
    appeal_as_buyer,
    appeal_as_vendor,
    carry_out_ruling,
    rule_on_claim,
)

__all__ = [
    "ClaimedLine",
    "accept_answer",
    "accept_ruling_as_buyer",
    "accept_ruling_as_vendor",
    "answer_line",
    "appeal_as_buyer",
    "appeal_as_vendor",
    "carry_out_ruling",
    "confirm_replacement",
    "confirm_return",
    "go_on_by_clock",
    "grant_unanswered",
    "hand_over_as_buyer",
    "hand_over_as_vendor",
    "hand_over_by_clock",
    "line_refusals",
    "refund_after_problem",
    "release_after_problem",
    "remind_to_answer_claim",
    "report_problem",
    "rule_on_claim",
    "send_replacement",
    "send_return",
    "split_after_problem",
    "withdraw_line",
]
