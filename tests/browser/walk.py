"""Which pages there are: found by following links as each kind of reader, one or more for every view of the application."""

import re
from collections import Counter, deque
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from flask import Flask
from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException

from tests.browser.checks import Look, Way, keep_picture
from tests.visitor import Visitor

KEPT = {"orders.show_purchase": 3, "orders.show_vendor_order": 3, "catalogue.show_product": 2}
"""Pages of one view that are kept, where it is more than one: those with several faces."""
OPENED = KEPT | {
    "orders.show_purchase": 8,
    "reviews.write_review": 8,
    "reviews.show_review": 4,
    "admin.show_order": 12,
    "vendors.show_case": 8,
    "catalogue.show_category": 4,
    "orders.show_buyer_document": 8,
    "orders.show_vendor_document": 8,
    "orders.show_staff_document": 8,
}
"""Pages of one view that are opened for each reader, where it is more than one: only some of them lead on to rare views."""


@dataclass(frozen=True)
class Stop:
    """A page to look at: who looks, and where."""

    reader: str
    path: str
    endpoint: str

    @property
    def name(self) -> str:
        """For pictures and for messages."""
        return f"{self.endpoint} {self.reader} {self.path}"


class Links(HTMLParser):
    """The addresses that a page leads to."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href")
        if tag == "a" and address:
            self.found.append(address)


class Map:
    """The views of the application by address."""

    def __init__(self, app: Flask) -> None:
        self.urls = app.url_map.bind("localhost")
        self.views = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}

    def endpoint(self, path: str) -> str | None:
        """The view behind a path; None for a stranger's or a missing one."""
        try:
            return str(self.urls.match(path, method="GET")[0])
        except HTTPException:
            return None


def walk(visitor: Visitor, reader: str, where: Map, starts: Iterable[str], kept: Counter[str]) -> tuple[list[Stop], list[str]]:
    """Follow links from the starts. Returns the pages to look at and the links that fail.

    Each view is opened for each reader, and kept once for all readers together (`kept` goes from one to the next); starts are always kept.
    """
    begins = list(starts)
    waiting = deque(begins)
    opened: Counter[str] = Counter()
    seen: set[str] = set()
    stops: list[Stop] = []
    dead: list[str] = []
    led: dict[str, str] = {}
    while waiting:
        path = waiting.popleft()
        view = where.endpoint(urlsplit(path).path)
        is_start = path in begins
        if path in seen or not (is_start or (view is not None and opened[view] < OPENED.get(view, 1))):
            continue
        answer = visitor.get(path)
        seen.add(path)
        if answer.history:  # the page is the one that it led to
            landed = urlsplit(answer.url)
            path = landed.path + (f"?{landed.query}" if landed.query else "")
            view = where.endpoint(landed.path)
        if answer.history and path in seen:
            continue
        seen.add(path)
        if answer.status_code >= 400 and not is_start:
            dead.append(f"{reader}: {led[path]} leads to {path}, which answers {answer.status_code}")
            continue
        stop = Stop(reader, path, view or f"error.{answer.status_code}")
        opened[stop.endpoint] += 1
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        if is_start or kept[stop.endpoint] < KEPT.get(stop.endpoint, 1):
            kept[stop.endpoint] += 1
            stops.append(stop)
        for link in inside(answer.text, answer.url):
            led.setdefault(link, path)
            waiting.append(link)
    return stops, dead


def inside(text: str, address: str) -> list[str]:
    """The links of a page that stay on this server, without their anchors; a page of another language is the same page."""
    links = Links()
    links.feed(text)
    here = urlsplit(address).netloc
    found = []
    for link in links.found:
        parts = urlsplit(urljoin(address, link))
        if parts.netloc == here and not re.search(r"(^|&)lang=", parts.query):
            found.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return found


def look_at(pages: Sequence[Page], stops: Iterable[Stop], ways: Sequence[Way]) -> list[str]:
    """Look at the pages in several windows: while axe-core works in one, another is brought to its page. Returns what is wrong."""
    waiting, idle = deque(stops), list(pages)
    working: deque[tuple[Page, Generator[None, None, list[str]]]] = deque()
    faults: list[str] = []
    while waiting or working:
        while idle and waiting:
            page = idle.pop()
            working.append((page, _look(page, waiting.popleft(), ways)))
        page, look = working.popleft()
        try:
            next(look)
        except StopIteration as done:
            faults += done.value
            idle.append(page)
        else:
            working.append((page, look))
    return faults


def _look(page: Page, stop: Stop, ways: Sequence[Way]) -> Generator[None, None, list[str]]:
    language = ""
    faults = []
    for way in ways:
        if way.language != language:
            language = way.language
            page.goto(in_language(stop.path, language))
        look = Look(page, way)
        faults += look.begin()
        yield
        faults += look.end()
        keep_picture(page, stop.name, way)
    return faults


def in_language(path: str, language: str) -> str:
    """The address at which a page is shown in a language, whatever the reader had before."""
    return f"{path}{'&' if '?' in path else '?'}lang={language}"
