"""No text of the house is untranslated, and no translation loses a value."""

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
ROOMS = ("marketplace", "vendors", "search", "reviews", "payments")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "lazy": None}


def texts() -> Iterator[str]:
    """Every text that a reader may see, from the sources."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if name.startswith(("payments/simulator", "marketplace/supervisor")):
                continue  # programs of their own; the provider's pages are the provider's
            if path.suffix == ".py":
                yield from texts_of_python(path.read_text(encoding="utf-8"))
            elif path.suffix in (".html", ".txt") and "/templates/" in name:
                options = {"encoding": "utf-8", "silent": "false"}
                for _, message, _, _ in extract("jinja2.ext:babel_extract", io.BytesIO(path.read_bytes()), KEYWORDS, options=options):
                    yield message[0] if isinstance(message, tuple) else message


def texts_of_python(source: str) -> Iterator[str]:
    """Texts that a module asks for, also inside f-strings: there an extractor that goes by tokens sees one string and no call."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if name in KEYWORDS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


@pytest.fixture(scope="module")
def asked() -> set[str]:
    """All of them, read once."""
    return set(texts())


def chinese() -> dict[str, str]:
    """Message → Chinese text."""
    with (ROOT / "translations" / "zh_Hans" / "LC_MESSAGES" / "messages.po").open("rb") as source:
        catalogue = read_po(source, locale="zh_Hans")
    found = {}
    for message in catalogue:
        if message.id and not message.fuzzy:
            key = message.id[0] if isinstance(message.id, tuple | list) else message.id
            written = message.string[0] if isinstance(message.string, tuple | list) else message.string
            found[key] = written or ""
    return found


def test_every_text_has_its_chinese(asked: set[str]) -> None:
    known = chinese()

    assert asked
    assert sorted(text for text in asked if not known.get(text)) == []


def test_texts_are_seen_wherever_python_can_ask_for_them() -> None:
    source = """
x = f"{gettext('Plain')} {i18n.ngettext('%(num)s day', '%(num)s days', n)}"
y = f'<p>{e(gettext("Nested"))}</p>'
z = (lazy("Joined " "over parts"), gettext(word), other("None of ours"))
"""

    assert sorted(texts_of_python(source)) == ["%(num)s day", "Joined over parts", "Nested", "Plain"]


def test_no_text_of_the_catalogue_is_left_over(asked: set[str]) -> None:
    assert sorted(set(chinese()) - asked) == []


def test_a_translation_keeps_its_values() -> None:
    lost = [
        english
        for english, translated in chinese().items()
        if not set(PLACEHOLDER.findall(translated)) <= set(PLACEHOLDER.findall(english)) | {"%(num)s"}
    ]

    assert lost == []
