"""No text of the house is untranslated, and no translation loses a value."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

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
            method = {".py": "python", ".html": "jinja2.ext:babel_extract", ".txt": "jinja2.ext:babel_extract"}.get(path.suffix)
            if method and (path.suffix == ".py" or "/templates/" in name):
                for _, message, _, _ in extract(
                    method, io.BytesIO(path.read_bytes()), KEYWORDS, options={"encoding": "utf-8", "silent": "false"}
                ):
                    yield message[0] if isinstance(message, tuple) else message


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


def test_every_text_has_its_chinese() -> None:
    known = chinese()

    assert sorted({text for text in texts() if not known.get(text)}) == []


def test_no_text_of_the_catalogue_is_left_over() -> None:
    assert sorted(set(chinese()) - set(texts())) == []


def test_a_translation_keeps_its_values() -> None:
    lost = [
        english
        for english, translated in chinese().items()
        if not set(PLACEHOLDER.findall(translated)) <= set(PLACEHOLDER.findall(english)) | {"%(num)s"}
    ]

    assert lost == []
