"""States, checklist and history in words, for the pages of this room."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.dates import format_date

from marketplace.accounts import telling
from marketplace.core import audit, clock, i18n
from marketplace.core.audit import AuditEvent
from marketplace.core.files import StoredFile
from marketplace.core.i18n import country, country_codes, gettext, lazy, locale, ngettext, number
from vendors import queries
from vendors.certificates import Standing
from vendors.levels import is_valid
from vendors.lists import CAPACITY_UNITS, TERMS
from vendors.models import Certificate, CertificateScope, ListKind, LookUp, RequirementState, Vendor, VendorState
from vendors.requirements import KINDS, LOOK_UPS, METHODS
from vendors.schemas import KIND_WORDS
from vendors.week import DAY_NAMES, runs, working_days

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
STANDINGS = {
    Standing.SENT: (lazy("Being checked"), None),
    Standing.REFUSED: (lazy("Refused"), "late"),
    Standing.WITHDRAWN: (lazy("Withdrawn"), "off"),
    Standing.AHEAD: (lazy("Valid later"), None),
    Standing.VALID: (lazy("Valid"), "done"),
    Standing.EXPIRED: (lazy("Expired"), "late"),
}
SCOPES = {
    CertificateScope.COMPANY: lazy("Whole company"),
    CertificateScope.SITE: lazy("Site"),
    CertificateScope.PRODUCTS: lazy("Products"),
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
    "vendor.appeal_filed": lazy("Appealed against a decision"),
    "vendor.appeal_assigned": lazy("Appeal taken or given back"),
    "vendor.appeal_withdrawn": lazy("Appeal of a decision withdrawn"),
    "vendor.appeal_upheld": lazy("Appeal answered: the decision stands"),
    "vendor.appeal_granted": lazy("Appeal granted: the decision is undone"),
    "vendor.change_asked": lazy("Change of checked facts asked for"),
    "vendor.change_assigned": lazy("Change taken or given back"),
    "vendor.change_withdrawn": lazy("Change withdrawn"),
    "vendor.change_data_asked": lazy("More asked for about a change"),
    "vendor.change_refused": lazy("Change refused"),
    "vendor.change_confirmed": lazy("Change confirmed"),
    "vendor.facts_changed": lazy("Changed facts in force"),
    "vendor.application_reopened": lazy("Application is looked at again"),
    "vendor.recheck_due": lazy("New identity check asked for"),
    "company.opened": lazy("Company opened"),
    "payout_account.opened": lazy("Payout account opened"),
    "payout_account.changed": lazy("Payout account: news of the provider"),
    "vendor.payout_account_active": lazy("Payout account active"),
    "vendor.payout_account_inactive": lazy("Payout account stopped"),
    "vendor.case_assigned": lazy("Case taken"),
    "vendor.case_given_back": lazy("Case given back"),
    "vendor.second_reader_asked": lazy("Second reader asked for"),
    "vendor.level_checked": lazy("Level given"),
    "vendor.level_proposed": lazy("Level recorded, second reader asked for"),
    "vendor.level_refused": lazy("Level refused by the second reader"),
    "vendor.level_taken_back": lazy("Level taken back before the second reading"),
    "vendor.level_withdrawn": lazy("Level withdrawn"),
    "vendor.certificate_sent": lazy("Certificate sent"),
    "vendor.certificate_assigned": lazy("Certificate taken or given back"),
    "vendor.certificate_examined": lazy("Certificate looked at"),
    "vendor.certificate_recorded": lazy("Certificate checked"),
    "vendor.certificate_refused": lazy("Certificate refused"),
    "vendor.certificate_withdrawn": lazy("Certificate withdrawn"),
    "vendor.certificate_ended": lazy("Certificate ended"),
    "vendor.exposure_capped": lazy("Cap of first orders changed"),
    "vendor.shop_edited": lazy("Shop edited"),
    "vendor.capabilities_edited": lazy("What the shop is best at changed"),
    "vendor.holiday_set": lazy("Holiday changed"),
    "vendor.shipping_added": lazy("Shipping method added"),
    "vendor.shipping_edited": lazy("Shipping method changed"),
    "vendor.shipping_removed": lazy("Shipping method removed"),
    "vendor.shipping_preferred": lazy("Shipping method put first"),
}
"""The acts that `services` record about a vendor."""


LEVELS = (lazy("Listed"), lazy("Identity checked"), lazy("Documents checked"), lazy("Site audited"), lazy("Proven by orders"))


def level_word(n: int) -> str:
    """What a level means, in words."""
    return gettext(LEVELS[n])


def short_day(on: date) -> str:
    """A day without its year, for the scale of a plot: `23 Nov`."""
    is_chinese = locale() == "zh_Hans"
    return str(format_date(on, "MM-dd" if is_chinese else "d MMM", locale="zh_Hans_CN" if is_chinese else "en_GB"))


def kind_word(kind: str) -> str:
    """Maker, distributor …; a word of the vendor's own stays as it is."""
    return gettext(KIND_WORDS[kind]) if kind in KIND_WORDS else kind


def method_word(method: str) -> str:
    """How a level was checked."""
    return gettext(METHODS[method]) if method in METHODS else method


def scheme_word(scheme: str) -> str:
    """`iso-9001` as it stands on papers: ISO 9001."""
    return scheme.replace("-", " ").upper() if re.fullmatch(r"[a-z]{2,6}(-[0-9]+)?", scheme) else scheme


@dataclass(frozen=True, slots=True)
class Hours:
    """When a shop answers, by its own clock."""

    days: str
    opens: str
    closes: str
    now: str
    zone: str
    is_open: bool


def week_words(days: frozenset[int]) -> str:
    """Weekdays in the reader's language: `Mon–Fri, Sun`."""
    names = Locale.parse("zh_Hans_CN" if locale() == "zh_Hans" else "en_GB").days["format"]["abbreviated"]
    return gettext(", ").join(names[first] if first == last else f"{names[first]}–{names[last]}" for first, last in runs(days))


def weekdays() -> list[tuple[str, str]]:
    """(number, name) of each day of the week in the reader's language, for a form."""
    names = Locale.parse("zh_Hans_CN" if locale() == "zh_Hans" else "en_GB").days["stand-alone"]["wide"]
    return [(str(day), str(names[day])) for day in range(len(DAY_NAMES))]


def hours_now(vendor: Vendor, zone: str) -> Hours | None:
    """The opening hours with the time there; None when they are not stated."""
    opens, closes = str(vendor.hours.get("open") or ""), str(vendor.hours.get("close") or "")
    if not opens or not closes:
        return None
    local = clock.now().astimezone(ZoneInfo(zone if zone in available_timezones() else "UTC"))
    days = working_days(vendor.hours.get("days"))
    is_away = (
        vendor.holiday_from is not None and vendor.holiday_until is not None and vendor.holiday_from <= local.date() <= vendor.holiday_until
    )
    is_day = local.weekday() in days and local.date() not in vendor.closed_days and not is_away
    is_open = is_day and opens.zfill(5) <= local.strftime("%H:%M") < closes.zfill(5)
    return Hours(week_words(days), opens, closes, local.strftime("%H:%M"), local.tzname() or "UTC", is_open)


def term_words(terms: list[str]) -> list[str]:
    """Payment terms in the reader's language."""
    return [gettext(TERMS[term]) for term in TERMS if term in terms]


def scope_words(certificate: Certificate) -> str:
    """What a certificate speaks of."""
    kind = gettext(SCOPES[certificate.scope_kind])
    return kind + gettext(": ") + certificate.scope if certificate.scope else kind


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a shop says it is best at, in words."""

    lists: list[tuple[str, list[str]]]
    facts: list[tuple[str, str]]


def capability_words(capabilities: dict[str, Any]) -> Capabilities:
    """Chosen entries by list, and numbers with their units; what is not stated is left out."""
    chosen = []
    names = queries.all_entries() if capabilities else {}
    for name, kind, title in (
        ("processes", ListKind.PROCESS, gettext("Processes")),
        ("materials", ListKind.MATERIAL, gettext("Materials")),
        ("industries", ListKind.INDUSTRY, gettext("Industries")),
    ):
        known = {entry.key: entry.name for entry in names.get(kind, [])}
        words = [known[key] for key in capabilities.get(name, []) if key in known]
        if words:
            chosen.append((title, words))
    facts = []
    if capabilities.get("capacity_month"):
        unit = str(capabilities["capacity_unit"])
        facts.append((gettext("Capacity a month"), f"{number(capabilities['capacity_month'])} {gettext(CAPACITY_UNITS[unit])}"))
    first, last = capabilities.get("lot_from"), capabilities.get("lot_to")
    if first and last:
        facts.append((gettext("Lot sizes"), gettext("%(first)s to %(last)s pieces", first=number(first), last=number(last))))
    elif first:
        facts.append((gettext("Lot sizes"), ngettext("from %(num)s piece", "from %(num)s pieces", first)))
    elif last:
        facts.append((gettext("Lot sizes"), ngettext("up to %(num)s piece", "up to %(num)s pieces", last)))
    if capabilities.get("tolerance_um"):
        facts.append((gettext("Closest tolerance"), f"±{capabilities['tolerance_um'] / 1000:g} mm"))
    if capabilities.get("largest_mm"):
        facts.append((gettext("Largest part"), f"{number(capabilities['largest_mm'])} mm"))
    return Capabilities(chosen, facts)


@dataclass(frozen=True, slots=True)
class Word:
    """A state as it is shown."""

    text: str
    tone: str | None


def standing_word(standing: Standing) -> Word:
    """Where a certificate stands, for the vendor and the desk."""
    text, tone = STANDINGS[standing]
    return Word(gettext(text), tone)


def look_up_word(look_up: LookUp | None) -> Word | None:
    """What a register said; None when nobody has looked."""
    if look_up is None:
        return None
    text, tone = LOOK_UPS[look_up]
    return Word(gettext(text), tone)


def state_word(state: VendorState) -> Word:
    """A vendor's state for the desk."""
    text, tone = STATES[state]
    return Word(gettext(text), tone)


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """A line of the checklist as it is shown."""

    kind: str
    name: str
    points: list[tuple[str, str]]
    register: str
    ticked: frozenset[str]
    look_up: Word | None
    look_up_value: str | None
    look_up_at: str | None
    look_up_note: str | None
    looked_up_at: datetime | None
    is_ours: bool
    needs_document: bool
    value: str | None
    state: Word
    is_passed: bool
    is_failed: bool
    reason: str | None
    document: StoredFile | None
    decided_at: datetime | None


def address_words(written: str) -> str:
    """An address as the application keeps it, its country by name."""
    place, _, code = written.rpartition(", ")
    return f"{place}, {country(code)}" if code in country_codes() else written


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
                points=[(key, gettext(point)) for key, point in about.points.items()],
                register=gettext(about.register) if about.register else "",
                ticked=frozenset(line.ticked) if line else frozenset(),
                look_up=look_up_word(line.look_up) if line else None,
                look_up_value=line.look_up.value if line and line.look_up else None,
                look_up_at=line.look_up_at if line else None,
                look_up_note=line.look_up_note if line else None,
                looked_up_at=line.looked_up_at if line else None,
                is_ours=about.is_ours,
                needs_document=about.needs_document,
                value=(address_words(line.value) if kind == "address" else line.value) if line and line.value else None,
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
        is_ours = event.act in ACTS
        said = gettext(ACTS[event.act]) if is_ours else telling.sentence(event.act, event.before, event.after)
        note = " · ".join(part for part in (event.actor_name if event.actor_id else "", *(_details(event) if is_ours else ())) if part)
        steps.append({"text": said, "at": event.at, "note": note, "is_done": True})
    return steps


def happened_last(vendor_id: UUID) -> str:
    """What was done last to a vendor, when and by whom, for a reader who comes second."""
    steps = history_steps(audit.history_of(vendor_id, company_id=None)[-1:])
    return " · ".join(part for part in (steps[0]["text"], i18n.instant(steps[0]["at"]), steps[0]["note"]) if part) if steps else ""


def _details(event: AuditEvent) -> list[str]:
    """What a line of history says beside its act."""
    after = event.after
    found = []
    for key, said in after.items():
        kind, _, what = key.partition(".")
        if kind not in KINDS:
            continue
        state, _, reason = str(said or "").partition(": ")
        if what == "look_up":
            word = look_up_word(LookUp(state)) if state else None
            found.append(f"{gettext(KINDS[kind].name)} – {word.text if word else gettext('Not looked up')}")
        elif state in set(RequirementState):
            word_text = gettext(LINE_STATES[RequirementState(state)][0])
            found.append(f"{gettext(KINDS[kind].name)} – {word_text}{f': {reason}' if reason else ''}")
    if after.get("scheme"):
        found.append(" ".join(str(after[name]) for name in ("scheme", "number") if after.get(name)))
    if event.act.startswith("vendor.level_") and after.get("level"):
        found.append(gettext("Level %(n)s", n=after["level"]))
    if event.act != "payout_account.changed":  # its reason is a code of the provider
        found += [telling.told(str(after[name])) for name in ("checked_by", "auditor", "name", "reason") if after.get(name)]
    return found


def level_rows(vendor_id: UUID) -> list[dict[str, Any]]:
    """Every check of a level in words, the newest first: id, level, whether it counts today, who, how, from, until, points, note."""
    today = clock.now().date()
    return [
        {
            "id": check.id,
            "level": check.level,
            "is_valid": is_valid(check, today),
            "checked_by": check.checked_by,
            "how": method_word(check.method),
            "checked_on": check.checked_on,
            "valid_until": check.valid_until,
            "points": check.points,
            "note": check.note,
            "photo_ids": check.photo_ids,
            "withdrawn_at": check.withdrawn_at,
            "withdrawn_reason": check.withdrawn_reason,
        }
        for check in queries.level_checks_of(vendor_id)
    ]
