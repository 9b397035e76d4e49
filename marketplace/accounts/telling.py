"""Lines of history in plain words.

Acts of this room have sentences; those of other rooms are put together from what they are about and what was done
(`vendor.certificate_refused`: “Shop: certificate refused”), so that most new acts of theirs are understood without a word here.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from marketplace.accounts.docks import DAYS, hours_text
from marketplace.accounts.permissions import ROLE_WORDS, known_roles
from marketplace.accounts.telling_words import DONE, FIELDS, PARTS, THINGS
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
FOR_PROGRAMS = frozenset({"currency"})
"""What readers who want every detail are spared: it stands within the sums."""
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
    which = next((str(facts[name]) for name in NAMES if facts.get(name)), None)
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
    """The fields that changed, before and after, as people write them; those in `silent` are left out."""
    facts = {**before, **after}
    found = []
    for name in dict.fromkeys([*before, *after]):
        old, new = (_written(name, values.get(name), facts) for values in (before, after))
        if name in silent or name.endswith("_id") or old == new:
            continue
        word = name.removesuffix("_minor").removesuffix("_at").removesuffix("_on")
        is_known = word in FIELDS
        found.append(Changed(gettext(FIELDS[word]) if is_known else word.replace("_", " "), old, new, is_known))
    return found


def _written(name: str, value: Any, facts: Mapping[str, Any]) -> str:
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if name == "roles" and isinstance(value, list):
        return ", ".join(gettext(ROLE_WORDS[role]) for role in known_roles(value))
    if name == "country" and isinstance(value, str):
        return i18n.country(value)
    if name == "language" and isinstance(value, str):
        return i18n.LOCALES.get(value, value)
    if name == "dock_hours" and isinstance(value, dict) and set(value) <= set(DAYS):
        return hours_text(value)
    if name.endswith("_minor") and isinstance(value, int) and isinstance(facts.get("currency"), str):
        return i18n.money(value, facts["currency"])
    if isinstance(value, str):
        return _moment(value)
    if isinstance(value, list):
        return _short(", ".join(str(each) for each in value))
    return _short(str(value))


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
