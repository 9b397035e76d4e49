"""Templates that are compiled once and kept: by language, for one state of the code, and never in the way of a page."""

from pathlib import Path
from types import CodeType

import pytest
from flask import Flask
from jinja2 import DictLoader

from marketplace.core import compiled, i18n
from marketplace.core.compiled import STATES_KEPT, KeptTemplates, state_of_code
from marketplace.core.templating import LanguageEnvironment

PAGE = {"page.html": "<p>{{ _('Add to cart') }} {{ what }}</p>"}


@pytest.fixture
def compiles(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is compiled."""
    names: list[str] = []
    real = LanguageEnvironment._compile

    def spied(self: LanguageEnvironment, source: str, filename: str) -> CodeType:
        names.append(filename)
        return real(self, source, filename)

    monkeypatch.setattr(LanguageEnvironment, "_compile", spied)
    return names


def shown(home: Path, language: str = "en", templates: dict[str, str] | None = None) -> str:
    """The page as a fresh process shows it."""
    app = Flask(__name__)
    app.jinja_environment = LanguageEnvironment
    app.jinja_loader = DictLoader(templates or PAGE)
    app.jinja_env.bytecode_cache = KeptTemplates(home)
    app.jinja_env.globals["_"] = i18n.gettext
    with i18n.speaking(language):
        return app.jinja_env.get_template("page.html").render(what=1)


def test_a_second_process_compiles_nothing(tmp_path: Path, compiles: list[str]) -> None:
    first = shown(tmp_path)
    after_first = len(compiles)

    assert (shown(tmp_path), len(compiles)) == (first, after_first)
    assert (first, after_first) == ("<p>Add to cart 1</p>", 1)


def test_each_language_has_its_own(tmp_path: Path, compiles: list[str]) -> None:
    english = shown(tmp_path)
    chinese = shown(tmp_path, "zh_Hans")

    assert chinese == f"<p>{i18n.catalogue('zh_Hans').gettext('Add to cart')} 1</p>" != english
    assert (shown(tmp_path), shown(tmp_path, "zh_Hans"), len(compiles)) == (english, chinese, 2)


def test_a_changed_source_is_compiled_anew(tmp_path: Path, compiles: list[str]) -> None:
    shown(tmp_path)

    assert shown(tmp_path, templates={"page.html": "{{ what }}!"}) == "1!"


def test_another_state_of_the_code_keeps_its_own(tmp_path: Path, compiles: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for state in range(STATES_KEPT + 2):
        monkeypatch.setattr(compiled, "state_of_code", lambda state=state: f"state-{state}")
        shown(tmp_path)

    assert len(compiles) == STATES_KEPT + 2
    assert sorted(folder.name for folder in (tmp_path / "compiled").iterdir()) == [f"state-{n}" for n in range(2, STATES_KEPT + 2)]


@pytest.mark.parametrize("rubbish", [b"", b"j2", b"\x00" * 5_000])
def test_what_is_damaged_is_compiled_and_mended(tmp_path: Path, compiles: list[str], rubbish: bytes) -> None:
    whole = shown(tmp_path)
    [kept] = [path for path in (tmp_path / "compiled").rglob("*") if path.is_file()]
    good = kept.read_bytes()
    for damaged in (rubbish, good[: len(good) // 2]):
        kept.write_bytes(damaged)

        assert shown(tmp_path) == whole
        assert kept.read_bytes() == good
    assert len(compiles) == 3


def test_a_folder_that_cannot_be_written_stops_no_page(tmp_path: Path) -> None:
    (tmp_path / "compiled").write_text("a file stands where the folder should be")

    assert shown(tmp_path) == "<p>Add to cart 1</p>"


def test_any_changed_file_of_the_code_is_another_state(tmp_path: Path) -> None:
    for name in (*compiled.SOURCES, "elsewhere"):
        (tmp_path / name).mkdir()
    template = tmp_path / "search" / "page.html"
    template.write_text("one")

    def state() -> str:
        state_of_code.cache_clear()
        return state_of_code(tmp_path)

    states = [state()]
    template.write_text("other")
    states.append(state())
    (tmp_path / "translations" / "messages.po").write_text("")
    states.append(state())
    (tmp_path / "elsewhere" / "note").write_text("")
    (tmp_path / "search" / "__pycache__").mkdir()
    (tmp_path / "search" / "__pycache__" / "page.pyc").write_text("")
    states.append(state())
    state_of_code.cache_clear()

    assert len(set(states)) == 3
    assert states[2] == states[3]
