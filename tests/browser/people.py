"""Who walks through the pages: the demo's log-ins, and browser windows that stay open for the whole session."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, Response, WebError, expect

from marketplace.core.i18n import TAGS, catalogue
from tests.visitor import Visitor

SECONDS = 1_000
PATIENCE_MS = 30 * SECONDS
# A slow machine is no fault of a page: what is expected is waited for as long as a page is.
expect.set_options(timeout=PATIENCE_MS)
BETWEEN_LOOKS_MS = 250
HEIGHT = 900
# People of the demo who are not printed with the log-ins; everybody in it has the same password.
PALLWERK, GRATHOF = "uwe.pall@pallwerk.example", "franz.grathof@grathof.example"
KURETANI, OWNER, ASHGRAVE = "haruto.kuretani@kuretani.example", "britta.falk@halden.example", "ruth.calder@ashgrave.example"
ADMIN, SUPPORT, VERIFIER = "edda.nystrom@millgate.example", "hana.kolar@millgate.example", "t.mori@millgate.example"
CLAIRE = "claire.vaucelle@vaucelle.example"
PLACEHOLDER = re.compile(r"%\\\((\w+)\\\)s|%\((\w+)\)s")


@dataclass(frozen=True)
class LogIns:
    """What `up` prints: e-mail by role (buyer, factory, verifier, finance) and the password of them all."""

    buyer: str
    factory: str
    verifier: str
    finance: str
    password: str

    @classmethod
    def read(cls, home: Path) -> "LogIns":
        """From the file that a person would look into."""
        lines = (home / "logins.txt").read_text(encoding="utf-8").splitlines()
        by_role = {line.split(":")[0].strip().lower(): line.split()[1] for line in lines if "@" in line}
        return cls(password=lines[1].strip(), **by_role)


@dataclass(frozen=True)
class Words:
    """The texts of the house in a reader's language, so that one walk serves every language."""

    locale: str = "en"

    @property
    def tag(self) -> str:
        """The language tag of the pages."""
        return TAGS[self.locale]

    def __call__(self, text: str, **values: object) -> str:
        """The text as the page writes it."""
        said = catalogue(self.locale).gettext(text)
        return said % values if values else said

    def like(self, text: str) -> re.Pattern[str]:
        """A pattern for the text with anything in its values; the plural of a count is looked up by its singular."""
        texts = catalogue(self.locale)
        said = texts.gettext(text)
        if said == text:  # before Python 3.11.5 a plural is not found by its singular
            said = texts.ngettext(text, text, 1)
        parts = re.split(r"%\(\w+\)s", said)
        return re.compile(".+".join(re.escape(part) for part in parts))


@dataclass
class Faults:
    """What no page may do: complain to the console, break its own security policy, fail, or ask for something that is not there."""

    found: list[tuple[str, str]] = field(default_factory=list)
    """Address and what went wrong."""
    refused: set[str] = field(default_factory=set)
    """Pages that were opened on purpose and answered 4xx at some time: a 404 page is no fault by itself, nor a refused form."""

    def watch(self, context: BrowserContext) -> None:
        """Listen to all pages of a window."""
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("response", self._response)
        context.on("requestfailed", self._failed)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.found.append((str(message.location.get("url", "")), message.text))

    def _error(self, error: WebError) -> None:
        self.found.append((error.page.url if error.page else "", str(error.error)))

    def _response(self, response: Response) -> None:
        if response.request.is_navigation_request() and 400 <= response.status < 500:
            self.refused.add(response.url)
        if response.status >= 500:
            self.found.append((response.url, f"answered {response.status}"))

    def _failed(self, request: Request) -> None:
        # A page that is left while its pictures still load, or an act that became a download, is no fault.
        if request.failure not in ("net::ERR_ABORTED", None):
            self.found.append((request.url, str(request.failure)))

    def taken(self) -> list[str]:
        """The faults since the last call, without the browser's remark that a page opened on purpose answered 4xx."""
        said = [f"{address}: {what}" for address, what in self.found if not ("Failed to load resource" in what and address in self.refused)]
        self.found.clear()
        return said


class Windows:
    """Opens browser windows and keeps them: one for each person, width and way of reading."""

    def __init__(self, browser: Browser, url: str, log_ins: LogIns) -> None:
        self.browser, self.url, self.log_ins = browser, url, log_ins
        self.faults = Faults()
        self._pages: dict[tuple[object, ...], Page] = {}
        self._states: dict[str, Any] = {}

    def new(self, *, width: int = 1280, has_scripts: bool = True, state: Any = None) -> Page:
        """A fresh window."""
        context = self.browser.new_context(
            base_url=self.url,
            viewport={"width": width, "height": HEIGHT},
            java_script_enabled=has_scripts,
            storage_state=state,
            color_scheme="light",
            reduced_motion="reduce",
            locale="en-GB",
        )
        context.set_default_timeout(PATIENCE_MS)
        self.faults.watch(context)
        return context.new_page()

    def of(self, email: str | None, purpose: str = "") -> Page:
        """The window of somebody who has logged in (None: of a visitor), the same one every time for a purpose."""
        key = (email, purpose)
        if key not in self._pages:
            self._pages[key] = self.new(state=self.state(email) if email else None)
        return self._pages[key]

    def visitor(self, email: str | None) -> Visitor:
        """The same person over plain HTTP, in the same session."""
        visitor = Visitor(self.url)
        for cookie in self.state(email)["cookies"] if email else ():
            # Where the server's own would lie, so that a later one takes its place.
            visitor.http.cookies.set(cookie["name"], cookie["value"], domain=urlsplit(self.url).hostname, path="/")
        return visitor

    def state(self, email: str) -> Any:
        """The cookies of somebody who has logged in once for all windows."""
        if email not in self._states:
            visitor = Visitor(self.url)
            visitor.log_in(email, self.log_ins.password)
            cookies = [{"name": name, "value": value, "url": self.url} for name, value in visitor.http.cookies.items()]
            self._states[email] = {"cookies": cookies, "origins": []}
            visitor.close()
        return self._states[email]

    def close(self) -> None:
        """Close what is open."""
        for page in self._pages.values():
            page.context.close()


def reload_until(page: Page, shown: Locator, tries: int = 100) -> None:
    """Load the page again until work behind the pages has reached it: a worker answers soon, at no moment that could be known.

    Not at once again: the page would take the processor from the worker that it waits for. Raises: AssertionError when it does not come.
    """
    for _ in range(tries):
        if shown.count():
            return
        page.wait_for_timeout(BETWEEN_LOOKS_MS)
        page.reload()
    seen = page.locator("main").inner_text()[:2_000]
    raise AssertionError(f"{page.url} does not come to show {shown}:\n{seen}")
