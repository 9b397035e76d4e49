"""Every page speaks only through the catalogue of texts: in the pseudo-locale each text of ours is marked by full-width letters, so what
is left in plain letters is data, a number, a code, or a word that nobody can translate (decisions.md 15).

The worlds of the tenant matrix hold something of every kind, and its cases say how the owner of each page opens it.
"""

import re
from html.parser import HTMLParser
from zoneinfo import available_timezones

import pytest
from babel import Locale
from flask import Flask
from sqlalchemy import text

from marketplace.core.db import db
from marketplace.core.i18n import LOCALES
from marketplace.core.regions import US_STATES
from tests.pages import VOID
from tests.walls.case import Case
from tests.walls.cases import CASES
from tests.walls.house import House
from tests.walls.probes import Probes, describe
from tests.walls.side import World

pytestmark = pytest.mark.committed
WORD = re.compile(r"[A-Za-z]{2,}")
SAID = ("aria-label", "alt", "placeholder", "title", "data-label", "data-one", "data-many", "content")
# Text that is no sentence of ours: what programs wrote into a log is shown as code or with translate="no".
UNHEARD = {"script", "style", "code", "svg"}
CODE = re.compile(r"[A-Z]{2,5}|.*[0-9@_/\\].*|https?:.*|[a-z]+(\.[a-z_]+)+")


UNITS = ("kg", "g", "mm", "cm", "m", "km", "ml", "kB", "KB", "MB")
A_CODE = re.compile(r"[a-z_]+(\.[a-z_]+)*")
COLUMNS = text(
    "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' "
    "AND data_type IN ('text', 'jsonb') AND table_name NOT IN ('alembic_version', 'audit_events', 'once_keys')"
)
TEXTS = {
    "text": 'SELECT DISTINCT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL',
    "jsonb": """SELECT DISTINCT v #>> '{{}}' FROM "{table}", jsonb_path_query("{column}", 'strict $.** ? (@.type() == "string")') v""",
}


class Heard(HTMLParser):
    """What a page says: its texts, and the attributes that are read out or shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag != "meta" or values.get("name") == "description":
            self.texts += [values[name] or "" for name in SAID if name in values]
        if tag not in VOID:
            # A text with a language of its own is data, as is what somebody has typed.
            is_data = tag == "textarea" or values.get("translate") == "no" or ("lang" in values and tag != "html")
            self._open.append((tag, tag in UNHEARD or is_data))

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(is_silent for _, is_silent in self._open):
            self.texts.append(data)


def plain_words(page: str, known: frozenset[str]) -> set[str]:
    """The words of a page in plain letters that are neither data nor codes."""
    heard = Heard()
    heard.feed(page)
    found = set()
    for said in heard.texts:
        for token in said.split():
            bare = token.strip(".,;:!?()[]“”‘’\"'…·–-+%")
            if not bare or CODE.fullmatch(bare):
                continue
            found |= {word for word in WORD.findall(bare) if word.lower() not in known}
    return found


def words_of_data() -> frozenset[str]:
    """What people have written into the database, and the names of places, days, zones and units that nobody of ours has written.

    Values such as `in_production` are codes: a page that shows one as it is has forgotten its word.
    """
    english, british = Locale("en"), Locale("en", "GB")  # pages write dates the British way: Sept
    said = [
        *english.territories.values(),
        *english.currencies.values(),
        *LOCALES.values(),
        *available_timezones(),
        *UNITS,
        *US_STATES.values(),
        "Millgate",
    ]
    for kind in ("format", "stand-alone"):
        for width in ("abbreviated", "wide"):
            said += [*english.months[kind][width].values(), *british.months[kind][width].values(), *english.days[kind][width].values()]
    with db.engine.connect() as connection:
        connection.execute(text("SET ROLE millgate_jobs"))
        for table, column, kind in connection.execute(COLUMNS).all():
            values = TEXTS[kind].format(table=table, column=column)
            said += [value for value in connection.execute(text(values)).scalars() if kind == "jsonb" or not A_CODE.fullmatch(value)]
    return frozenset(word.lower() for value in said for word in WORD.findall(value))


@pytest.fixture(scope="module")
def probes(world: World) -> Probes:
    """What asks the worlds of the tenant matrix."""
    return Probes(world, House(world.app))


@pytest.fixture(scope="module")
def known(world: World) -> frozenset[str]:
    """The words of the data."""
    with world.app.app_context():
        return words_of_data()


def test_a_word_outside_the_catalogue_is_found() -> None:
    page = '<main><h1>Ｃａｒｔ Bolts</h1><p>EUR 12.00 · ORD-2026-000042 · pump_a</p><button aria-label="Remove">×</button></main>'

    assert plain_words(page, frozenset({"bolts"})) == {"Remove"}


@pytest.mark.parametrize("case", [case for case in CASES if case.method == "GET"], ids=lambda case: case.name)
def test_a_page_says_nothing_in_plain_letters(app: Flask, probes: Probes, known: frozenset[str], case: Case) -> None:
    side = probes.world.sides["a"]

    answer = probes.ask(case, side, probes.owner_of(case, side), query={"lang": "pseudo"})

    assert answer.is_done, describe(answer)
    if answer.headers.get("Content-Type", "").startswith("text/html") and answer.status == 200:
        assert plain_words(answer.text, known) == set()
