"""States, checklist and history in words, for the pages of this room."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale

from marketplace.core import clock
from marketplace.core.audit import AuditEvent
from marketplace.core.files import StoredFile
from marketplace.core.i18n import gettext, lazy, locale
from vendors import queries
from vendors.models import RequirementState, VendorState
from vendors.requirements import KINDS, METHODS
from vendors.schemas import KIND_WORDS, RETURN_WORDS

STATES = {
    VendorState.INVITED: (lazy("Invited"), None),
    VendorState.DATA_NEEDED: (lazy("Data needed"), "need"),
    VendorState.UNDER_REVIEW: (lazy("Under review"), None),
    VendorState.APPROVED: (lazy("Approved"), "done"),
    VendorState.REFUSED: (lazy("Refused"), "late"),
    VendorState.SUSPENDED: (lazy("Suspended"), "late"),
    VendorState.RECHECK_DUE: (lazy("Recheck due"), "need"),
}
LINE_STATES = {
    RequirementState.OPEN: (lazy("Not given yet"), "need"),
    RequirementState.PROVIDED: (lazy("Given, not checked"), None),
    RequirementState.PASSED: (lazy("Passed"), "done"),
    RequirementState.FAILED: (lazy("Failed"), "late"),
}
ACTS = {
    "vendor.application_opened": lazy("Application opened"),
    "vendor.agreement_signed": lazy("Agreement signed"),
    "vendor.application_submitted": lazy("Application sent"),
    "vendor.requirements_checked": lazy("Checklist worked on"),
    "vendor.approved": lazy("Approved, level 1 given"),
    "vendor.admitted": lazy("Admitted by the operator, level 1 given"),
    "vendor.data_asked": lazy("More data asked for"),
    "vendor.refused": lazy("Refused"),
    "vendor.suspended": lazy("Suspended"),
    "vendor.suspension_lifted": lazy("Suspension lifted"),
    "vendor.recheck_due": lazy("Identity check ran out"),
    "vendor.payout_account_active": lazy("Payout account active"),
    "vendor.payout_account_inactive": lazy("Payout account stopped"),
    "vendor.level_checked": lazy("Level checked"),
    "vendor.certificate_recorded": lazy("Certificate recorded"),
    "vendor.shop_edited": lazy("Shop edited"),
    "vendor.shipping_added": lazy("Shipping method added"),
    "vendor.shipping_edited": lazy("Shipping method changed"),
    "vendor.shipping_removed": lazy("Shipping method removed"),
    "vendor.shipping_preferred": lazy("Shipping method put first"),
}
"""The acts that `services` record about a vendor."""


def kind_word(kind: str) -> str:
    """Maker, distributor …; a word of the vendor's own stays as it is."""
    return gettext(KIND_WORDS[kind]) if kind in KIND_WORDS else kind


def return_word(written: object) -> str:
    """What is taken back, in the reader's language where the words are usual ones."""
    text = str(written or "")
    return gettext(RETURN_WORDS[text]) if text in RETURN_WORDS else text


def method_word(method: str) -> str:
    """How a level was checked."""
    return gettext(METHODS[method]) if method in METHODS else method


def scheme_word(scheme: str) -> str:
    """`iso-9001` as it stands on papers: ISO 9001."""
    return scheme.replace("-", " ").upper() if re.fullmatch(r"[a-z]{2,6}(-[0-9]+)?", scheme) else scheme


def language_names(codes: list[str]) -> str:
    """Languages in the reader's own."""
    names = Locale.parse("zh_Hans_CN" if locale() == "zh_Hans" else "en_GB").languages
    return ", ".join(str(names.get(code, code)) for code in codes)


@dataclass(frozen=True, slots=True)
class Hours:
    """When a shop answers, by its own clock."""

    days: str
    opens: str
    closes: str
    now: str
    zone: str
    is_open: bool


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def hours_now(hours: dict[str, Any], zone: str) -> Hours | None:
    """The opening hours with the time there; None when they are not stated."""
    opens, closes = str(hours.get("open") or ""), str(hours.get("close") or "")
    if not opens or not closes:
        return None
    local = clock.now().astimezone(ZoneInfo(zone if zone in available_timezones() else "UTC"))
    first, _, last = str(hours.get("days") or "Mon-Fri").lower().replace("–", "-").partition("-")
    span = [WEEKDAYS.index(part[:3]) if part[:3] in WEEKDAYS else 0 for part in (first.strip(), (last or first).strip())]
    is_day = span[0] <= local.weekday() <= span[1]
    is_open = is_day and opens.zfill(5) <= local.strftime("%H:%M") < closes.zfill(5)
    return Hours(str(hours.get("days") or "Mon-Fri"), opens, closes, local.strftime("%H:%M"), local.tzname() or "UTC", is_open)


@dataclass(frozen=True, slots=True)
class Word:
    """A state as it is shown."""

    text: str
    tone: str | None


def state_word(state: VendorState) -> Word:
    """A vendor's state for the desk."""
    text, tone = STATES[state]
    return Word(gettext(text), tone)


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """A line of the checklist as it is shown."""

    kind: str
    name: str
    check: str
    is_ours: bool
    needs_document: bool
    value: str | None
    state: Word
    is_passed: bool
    is_failed: bool
    reason: str | None
    document: StoredFile | None
    decided_at: datetime | None


def requirement_rows(vendor_id: UUID) -> list[RequirementRow]:
    """The whole checklist in its order, also before an application is begun."""
    lines = queries.requirements_of(vendor_id)
    documents = queries.documents_of(vendor_id)
    rows = []
    for kind, about in KINDS.items():
        line = lines.get(kind)
        text, tone = LINE_STATES[line.state if line else RequirementState.OPEN]
        rows.append(
            RequirementRow(
                kind=kind,
                name=gettext(about.name),
                check=gettext(about.check),
                is_ours=about.is_ours,
                needs_document=about.needs_document,
                value=line.value if line else None,
                state=Word(gettext(text), tone),
                is_passed=line is not None and line.state is RequirementState.PASSED,
                is_failed=line is not None and line.state is RequirementState.FAILED,
                reason=line.reason if line else None,
                document=documents.get(line.file_id) if line and line.file_id else None,
                decided_at=line.decided_at if line else None,
            )
        )
    return rows


def history_steps(events: list[AuditEvent]) -> list[dict[str, Any]]:
    """The history of a vendor for the macro `steps`, the newest first."""
    steps = []
    for event in reversed(events):
        reason = event.after.get("reason") or ", ".join(
            f"{gettext(KINDS[kind].name)} – {text}" for kind, text in event.after.items() if kind in KINDS
        )
        note = " · ".join(part for part in (event.actor_name if event.actor_id else "", str(reason or "")) if part)
        steps.append({"text": gettext(ACTS.get(event.act, event.act)), "at": event.at, "note": note, "is_done": True})
    return steps
