"""The checks see what is wrong: a check that never fails proves nothing about pages that pass."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser import colours
from tests.browser.checks import DARK, DESKTOP, LEFT_OUT, PHONE, Way, faults_of
from tests.browser.people import Windows

SOUND = """<!doctype html><html lang="en"><head><title>Sound</title></head><body><main><h1>Sound</h1>{}</main></body></html>"""
DIM = "<style>@media (prefers-color-scheme: dark) { main { background: #222; color: #444 } }</style><p>Dim words.</p>"
BOX = '<p style="inline-size:4rem;white-space:nowrap">{}</p>'


@pytest.fixture
def blank(windows: Windows) -> Iterator[Page]:
    """A window without a page of ours, and so without its security policy."""
    page = windows.new()
    yield page
    page.context.close()


def test_a_sound_page_has_no_faults(blank: Page) -> None:
    blank.set_content(SOUND.format("<p>Nothing is wrong here.</p>"))

    assert faults_of(blank, DESKTOP) + faults_of(blank, PHONE) == []


@pytest.mark.parametrize(
    ("content", "way", "fault"),
    [
        ('<input name="q">', DESKTOP, "label"),
        ('<p style="color:#aaa">Pale words on white.</p>', DESKTOP, "color-contrast"),
        ('<p style="inline-size:50rem">As wide as a desk.</p>', PHONE, "scrolls sideways"),
        (BOX.format("More words than the box is wide"), DESKTOP, "text runs over its box"),
        ("<h1>Another head</h1>", DESKTOP, "has 2 h1"),
        (DIM, DARK, "color-contrast"),
    ],
    ids=["label", "contrast", "sideways", "over", "heads", "dark"],
)
def test_a_fault_is_found(content: str, way: Way, fault: str, blank: Page) -> None:
    blank.set_content(SOUND.format(content))

    assert any(fault in found for found in faults_of(blank, way))


def test_colours_are_judged_once_and_their_faults_each_time(blank: Page) -> None:
    pale, plain = '<p class="pale" style="color:#aaa">Pale words.</p>', "<p>Words of one more page.</p>"
    for content, is_faulty in ((plain, False), (pale, True), (plain + pale, True), (f'<div style="background:#222">{plain}</div>', True)):
        blank.set_content(SOUND.format(content))
        assert any("color-contrast" in found for found in faults_of(blank, DESKTOP)) is is_faulty, content
    blank.set_content(SOUND.format(plain))

    assert colours.unjudged(blank, LEFT_OUT) == []


@pytest.mark.parametrize("where", ["background:#333", "opacity:0.3", "position:absolute", "background:linear-gradient(red, blue)"])
def test_the_same_words_on_another_ground_are_another_pair(where: str, blank: Page) -> None:
    blank.set_content(SOUND.format("<p>Words.</p>"))
    faults_of(blank, DESKTOP)

    blank.set_content(SOUND.format(f'<div style="{where}"><p>Words.</p></div>'))

    assert len(colours.unjudged(blank, LEFT_OUT)) == 1


def test_a_breach_of_the_security_policy_is_found(windows: Windows) -> None:
    page = windows.of(None)
    page.goto("/")

    page.evaluate("fetch('http://127.0.0.1:9/').catch(() => null)")

    assert any("Content Security Policy" in fault for fault in windows.faults.taken())
