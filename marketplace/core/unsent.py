"""A form of ours that could not be taken: its token belongs to an earlier session, or nobody is logged in any more.

What was typed is not lost (decisions.md 45): the answer shows it and sends it again to the same address with a fresh token. It stands in
the page alone and is stored nowhere on the server. Passwords and cards are never put into the page, files cannot be: they are asked for anew.
"""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import request

from marketplace.core.forms import printable
from marketplace.core.i18n import gettext
from marketplace.core.ids import parse_id
from marketplace.core.links import own_path

TOKEN = "csrf_token"  # noqa: S105 - the name of a field
LOST = "_lost"
"""Says of a field which files were chosen in it, `field:names`, so that it is also known when the form is sent on twice."""
UNSEEN = frozenset({"_once", "next", "seen", "version", "cart_version", "revision", "stamp", "told", "from"})
"""What a page sends along by itself: kept, and no news to whoever typed."""
NEVER_KEPT = frozenset({"passkey", "card", "cvc", "identity"})
"""Words in the names of fields that no page may hold, or that are asked for again on the way (`identity_…`)."""


class Line(NamedTuple):
    """A field as somebody reads it: `name` as it is sent, `label` in words, `text` what was typed or the names of its files."""

    name: str
    label: str
    text: str


class Unsent(NamedTuple):
    """What a form held: `kept` goes on as it is, `shown` is what people typed of it; `passwords` and `files` are to be given again."""

    address: str
    kept: list[tuple[str, str]]
    shown: list[Line]
    passwords: list[Line]
    files: list[Line]


def is_from_own_page() -> bool:
    """Whether the browser vouches that a page of this house sent the request: no other can write these headers. Who says nothing may be
    anybody, and whoever may be anybody gets no page on which a click does what they filled in.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    return bool(site or origin) and site in (None, "same-origin") and origin in (None, request.host_url.rstrip("/"))


def unsent() -> Unsent | None:
    """What the form of this request held, if a page of ours sent it and somebody typed something."""
    if request.method != "POST" or not is_from_own_page():
        return None
    sent = [
        (name, printable(value))
        for name, value in request.form.items(multi=True)
        if name not in (TOKEN, LOST) and not NEVER_KEPT & _words(name)
    ]
    kept = [(name, value) for name, value in sent if "password" not in _words(name)]
    found = Unsent(
        address=own_path(request.full_path.rstrip("?"), "/"),
        kept=kept,
        shown=[Line(name, _label(name), value) for name, value in kept if name not in UNSEEN and value.strip() and parse_id(value) is None],
        passwords=[Line(name, _label(name), "") for name in dict.fromkeys(name for name, _ in sent) if "password" in _words(name)],
        files=[Line(name, _label(name), text) for name, text in _files().items()],
    )
    return found if found.shown or found.passwords or found.files else None


def way_back() -> str:
    """The page of this house that the form stood on; the start where that is not known."""
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host or not parts.path.startswith("/") or parts.path.startswith("//"):
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _files() -> dict[str, str]:
    """The names of the files by the field that they were chosen in, now or when the form was first sent."""
    lost = dict(told.split(":", 1) for told in request.form.getlist(LOST) if ":" in told)
    chosen = {name: ", ".join(file.filename for file in files if file.filename) for name, files in request.files.lists()}
    return {name: printable(text) for name, text in (lost | {name: text for name, text in chosen.items() if text}).items()}


def _words(name: str) -> set[str]:
    return set(re.split(r"[^a-z]+", name.lower()))


def _label(name: str) -> str:
    """The name of a field in words, in the reader's language where the catalogue has them: `tiers-0-price` is Tiers 1 Price."""
    parts = [part.replace("_", " ").strip() for part in name.split("-")]
    return " ".join(str(int(part) + 1) if part.isdecimal() else gettext(part.capitalize()) for part in parts if part)
