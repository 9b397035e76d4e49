"""Lines of history in plain words.

Acts of this room have sentences; those of other rooms are put together from what they are about and what was done
(`vendor.certificate_refused`: “Shop: certificate refused”), so that most new acts of theirs are understood without a word here.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from marketplace.accounts.docks import DAYS, hours_text
from marketplace.accounts.permissions import ROLE_WORDS, known_roles
from marketplace.accounts.telling_fields import FIELDS, INNER_FIELDS, VALUES
from marketplace.accounts.telling_words import DONE, PARTS, THINGS
from marketplace.core import i18n
from marketplace.core.i18n import gettext, lazy

SENTENCES = {
    "session.opened": lazy("Logged in: %(way)s, %(device)s"),
    "session.ended": lazy("Ended a session"),
    "session.others_ended": lazy("Ended all other sessions: %(sessions)s"),
    "session.company_switched": lazy("Changed from one company to another"),
    "person.address_confirmed": lazy("Confirmed the e-mail address"),
    "person.new_address_asked": lazy("Asked for another e-mail address: %(email)s"),
    "person.address_changed": lazy("Changed the e-mail address to %(email)s"),
    "person.password_changed": lazy("Changed the password"),
    "person.password_reset": lazy("Set a new password by the link of a mail"),
    "person.edited": lazy("Changed their own settings"),
    "person.shut_out": lazy("Shut out by the platform"),
    "person.let_in": lazy("Let in again by the platform"),
    "company.visited": lazy("The platform's support acts as the company: %(reason)s"),
    "company.visit_ended": lazy("The platform's support is gone again"),
    "person.two_step_on": lazy("Turned the second step on"),
    "person.two_step_off": lazy("Turned the second step off"),
    "person.recovery_code_used": lazy("Used a code of the sheet in place of the app"),
    "person.recovery_codes_renewed": lazy("Made a new sheet of codes"),
    "person.passkey_added": lazy("Added the passkey %(passkey)s"),
    "person.passkey_removed": lazy("Removed the passkey %(passkey)s"),
    "member.added": lazy("%(person)s became a member: %(roles)s"),
    "member.invited": lazy("Invited %(email)s: %(roles)s"),
    "member.invitation_withdrawn": lazy("Withdrew the invitation of %(email)s"),
    "member.roles_changed": lazy("Changed the roles of %(person)s: %(roles)s"),
    "member.placed": lazy("Said where %(person)s works: unit %(unit)s, address %(location)s"),
    "member.removed": lazy("Ended the membership of %(person)s"),
    "unit.added": lazy("Added the unit %(name)s"),
    "unit.edited": lazy("Changed the unit %(name)s"),
    "unit.removed": lazy("Removed the unit %(name)s"),
    "company.opened": lazy("Opened the account of %(name)s"),
    "company.edited": lazy("Changed the company's profile"),
    "company.selling_started": lazy("Opened the selling side"),
    "company.buying_started": lazy("Opened the buying side"),
    "company.number_added": lazy("Added the tax number %(number)s"),
    "company.number_removed": lazy("Removed the tax number %(number)s"),
    "location.added": lazy("Added the delivery address %(name)s"),
    "location.edited": lazy("Changed a delivery address"),
    "location.made_default": lazy("Made %(name)s the default address"),
    "location.removed": lazy("Removed the delivery address %(name)s"),
    "exemption.added": lazy("Added the exemption certificate %(number)s, %(jurisdiction)s"),
    "exemption.removed": lazy("Removed the exemption certificate %(number)s, %(jurisdiction)s"),
    "purchase.placed": lazy("Placed an order"),
    "vendor.change_asked": lazy("Asked for a change of what was checked"),
    "vendor.change_withdrawn": lazy("Withdrew a change of what was checked"),
    "vendor.change_data_asked": lazy("The platform asked for more about a change: %(reason)s"),
    "vendor.change_refused": lazy("The platform refused a change of what was checked: %(reason)s"),
    "vendor.change_confirmed": lazy("The platform confirmed a change of what was checked"),
    "vendor.facts_changed": lazy("A change of what was checked is in force"),
    "payout_account.bank_first": lazy("Bank details of the payout account noticed: %(bank)s"),
    "payout_account.bank_changed": lazy("Changed bank details noticed, payouts wait: %(bank)s"),
    "payout_account.bank_taken_back": lazy("The bank details are again those in force: %(bank)s"),
    "payout_account.bank_confirmed": lazy("The platform confirmed the new bank details: %(bank)s"),
    "payout_account.bank_refused": lazy("The platform refused the new bank details: %(reason)s"),
    "payout_account.bank_in_force": lazy("New bank details are in force: %(bank)s"),
    "payout_account.bank_checked": lazy("How the bank details were checked: %(how_checked)s"),
    "payout_account.stopped": lazy("Stopped all payouts"),
    "payout_account.resumed": lazy("The platform let payouts go on"),
    "transfer.sent": lazy("Paid out %(order)s to %(bank)s"),
    "vendor_order.accepted_by_buyer": lazy("Goods accepted"),
}
WAYS = {
    "password": lazy("password"),
    "code": lazy("password and code"),
    "recovery_code": lazy("password and code of the sheet"),
    "passkey": lazy("passkey"),
    "link": lazy("link of a mail"),
}
NAMES = ("number", "order_number", "claim", "name", "title", "sku", "scheme", "release_of")
"""Fields that say which thing it was, the best first."""
SILENT = frozenset({"currency", "company", "state", "device", "way", "sessions", "variants", "version", "scheme", "request"})
"""What the sentence has said already, or what is said for programs."""
FOR_PROGRAMS = frozenset({"currency", "intent", "into_slug", "key", "request", "setting", "sha256", "slug", "way"})
"""What readers who want every detail are spared: it stands within the sums or the sentence, or is the code of something named."""
OPENING_DAYS = "hours.days"
CODED = frozenset(
    {
        "accepted_by", "access", "address", "agreement", "answer", "by", "decision", "delivered_by", "kind", "list", "look_up", "owners",
        "payout_account", "reason", "registry", "source", "standing", "state", "stock_display", "tax_class", "tax_id", "type",
    }
)  # fmt: skip
"""Fields in which programs write words of their own; people write into some of them as well."""
CODE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}")
LONGEST = 160


@dataclass(frozen=True, slots=True)
class Changed:
    """A field with what stood there before and what stands there now; `is_known` when its name is a word of ours."""

    field: str
    before: str
    after: str
    is_known: bool


def sentence(act: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """What was done, in the reader's language."""
    facts = {**before, **after}
    if act in SENTENCES:
        values: dict[str, str] = defaultdict(lambda: "–")
        values.update({name: _written(name, value, facts) for name, value in facts.items() if value not in (None, "", [], {})})
        if "way" in facts:
            values["way"] = gettext(WAYS.get(str(facts["way"]), WAYS["password"]))
        said = gettext(SENTENCES[act]) % values
        # An act about somebody's account that another hand did says whose.
        return f"{said} · {facts['person']}" if act.startswith("person.") and facts.get("person") else said
    said = composed(act) or plain(act)
    named = next((facts[name] for name in NAMES if facts.get(name)), None)
    which = i18n.text(named) if isinstance(named, dict) else str(named) if named else None
    return f"{said} · {_short(which)}" if which else said


def composed(act: str) -> str | None:
    """`product.picture_added` as “Product: picture added”; None when a word of it is not known."""
    thing, _, rest = act.partition(".")
    parts = rest.split("_")
    for place in range(len(parts)):
        part, done = "_".join(parts[:place]), "_".join(parts[place:])
        if thing in THINGS and done in DONE and (not part or part in PARTS):
            values = {"thing": gettext(THINGS[thing]), "done": gettext(DONE[done])}
            if part:
                return gettext("%(thing)s: %(part)s %(done)s", part=gettext(PARTS[part]), **values)
            return gettext("%(thing)s: %(done)s", **values)
    return None


def about(act: str) -> str:
    """What kind of act it is, without what it was done to, for filters: “Shop: certificate refused”."""
    return gettext(SENTENCES[act]) if act in SENTENCES else composed(act) or plain(act)


def plain(act: str) -> str:
    """An act of which no word is known, without its punctuation."""
    return act.replace(".", ": ").replace("_", " ")


def changes(before: Mapping[str, Any], after: Mapping[str, Any], *, silent: frozenset[str] = SILENT) -> list[Changed]:
    """The fields that changed, before and after, as people write them; ids and those in `silent` are left out."""
    facts = {**before, **after}
    found = []
    for name in dict.fromkeys([*before, *after]):
        old, new = (_written(name, values.get(name), facts) for values in (before, after))
        if name in silent or name.endswith(("_id", "_ids")) or old == new:
            continue
        found.append(Changed(field(name), old, new, all(part in FIELDS for part in _word(name).split("."))))
    return found


def unsaid(text: str, found: Iterable[Changed]) -> list[Changed]:
    """Those changes that the sentence `text` has not told already."""
    return [change for change in found if (change.before and change.after) or (change.before or change.after) not in text]


def _word(name: str) -> str:
    return name.removesuffix("_minor").removesuffix("_at").removesuffix("_on")


def field(name: str) -> str:
    """What a field of a line of history is called (`owners.look_up`: “Owners, Looked up”); without a word, its name without punctuation."""
    word = _word(name)
    if word in FIELDS:
        return gettext(FIELDS[word])
    return gettext(", ").join(map(field, word.split("."))) if "." in word else word.replace("_", " ")


def told(written: str) -> str:
    """What a program wrote, in words (`failed: torn`: “failed: torn”); what a person wrote, as it is."""
    code, colon, reason = written.partition(": ")
    word = VALUES.get(code) or DONE.get(code)
    if word:
        return f"{gettext(word)}{colon}{reason}"
    return written.replace("_", " ") if CODE.fullmatch(written) else _moment(written)


def _written(name: str, value: Any, facts: Mapping[str, Any]) -> str:
    if value in (None, "", [], {}) or _is_id(value):
        return ""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if name.partition(".")[0] in CODED and isinstance(value, str):
        return told(value)
    if name == "roles" and isinstance(value, list):
        return gettext(", ").join(gettext(ROLE_WORDS[role]) for role in known_roles(value))
    if name == "country" and isinstance(value, str):
        return i18n.country(value)
    if name == "language" and isinstance(value, str):
        return i18n.LOCALES.get(value, value)
    if name == "dock_hours" and isinstance(value, dict) and set(value) <= set(DAYS):
        return hours_text(value)
    if name.endswith("_minor") and isinstance(value, int) and isinstance(facts.get("currency"), str):
        return i18n.money(value, facts["currency"])
    if name.endswith("_bp") and isinstance(value, int):
        return f"{i18n.number(value / 100)}{i18n.NBSP}%"
    if isinstance(value, str):
        return _moment(value)
    if isinstance(value, list):
        return _short(gettext(", ").join(filter(None, (_written(name, each, facts) for each in value))))
    if isinstance(value, dict):
        return _short(i18n.text(value) if {"en", "zh-Hans"} & set(value) else "; ".join(_pairs(name, value)))
    return _short(str(value))


def _pairs(outer: str, values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        path = f"{outer}.{name}"
        text = i18n.week(value) if path == OPENING_DAYS and isinstance(value, str) else _written(name, value, values)
        if text:
            yield f"{gettext(INNER_FIELDS[path]) if path in INNER_FIELDS else field(name)}: {text}"


def _is_id(value: Any) -> bool:
    """Whether it says which row is meant, which tells people nothing."""
    return isinstance(value, str) and ID.fullmatch(value) is not None


def _moment(value: str) -> str:
    """A day or an instant as people write it, any other text as it is."""
    try:
        if len(value) == 10:
            return i18n.day(date.fromisoformat(value))
        moment = datetime.fromisoformat(value) if "T" in value[:11] else None
    except ValueError:
        return _short(value)
    return i18n.instant(moment) if moment is not None and moment.tzinfo is not None else _short(value)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
