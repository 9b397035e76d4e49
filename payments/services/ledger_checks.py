"""The daily close: what the check of the books found, kept as a line of history."""

from collections.abc import Mapping, Sequence

from marketplace.core import audit
from marketplace.core.audit import SYSTEM
from payments.ledger import LEDGER_ID, Violation

KEPT = 50


def record_ledger_check(violations: Sequence[Violation], differences: Mapping[str, int]) -> None:
    """Keep what a check found: the first violations, and per currency how far the provider's balance is from ours (minor units)."""
    found = [{"rule": v.rule, "subject": v.subject, "expected": v.expected, "actual": v.actual} for v in violations[:KEPT]]
    facts = {"violations": len(violations), "first": found, "differences": dict(differences)}
    audit.record(SYSTEM, "ledger.checked", "ledger", LEDGER_ID, after=facts)
