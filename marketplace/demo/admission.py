"""Lets the vendors of the demo world in, with the checks of their levels, and stops the one that is suspended today."""

from uuid import UUID

from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.demo.world import Calendar, Row
from vendors import services as vendors

REASON = "demo world"
SUSPENDED_DAY = -6
LEVEL_METHODS = {1: "identity", 2: "documents", 3: "site_audit"}
"""Level 4 comes from orders alone, and the history has too few of them (decisions.md 30)."""
LEVEL_1_YEAR = 365


def checks_of(row: Row) -> list[Row]:
    """The checks of a vendor that are made by people, the earliest first."""
    checks = [check for check in row["level_checks"] if check["level"] in LEVEL_METHODS]
    return sorted(checks, key=lambda check: int(check["day"]))


def admitted_on(row: Row) -> int:
    """The day on which a vendor that has been checked was let in: that of its first check of identity."""
    return min(int(check["day"]) for check in checks_of(row) if check["level"] == 1)


def admit(row: Row, company_id: UUID, calendar: Calendar, verifier: Actor) -> None:
    """Approve a vendor on its day and record its checks, each on its own."""
    with clock.at(calendar.instant(admitted_on(row))):
        vendors.admit_by_operator(company_id, kind=row["kind"], reason=REASON, actor=verifier)
    for check in checks_of(row):
        # The admission has written the check of level 1 for 12 months; the files let it hold for longer.
        if check["level"] == 1 and check["until_day"] <= check["day"] + LEVEL_1_YEAR:
            continue
        with clock.at(calendar.instant(check["day"], 10)):
            vendors.add_level_check(
                company_id,
                check["level"],
                checked_by=check["by"],
                method=LEVEL_METHODS[check["level"]],
                checked_on=calendar.day(check["day"]),
                valid_until=calendar.day(check["until_day"]) if check["until_day"] is not None else None,
                points=check.get("points"),
                actor=verifier,
            )


def suspend(row: Row, company_id: UUID, calendar: Calendar, verifier: Actor) -> None:
    """The platform stops a vendor, as the story says."""
    with clock.at(calendar.instant(SUSPENDED_DAY)):
        vendors.suspend_vendor(company_id, reason=calendar.dated(row["state_reason"]), actor=verifier)
