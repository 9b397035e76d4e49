"""The checks see what is wrong: a check that never fails proves nothing about pages that pass."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser import colours, targets
from tests.browser.checks import AXE, CHINESE_PHONE, DARK, DESKTOP, LEFT_OUT, PHONE, Way, faults_of
from tests.browser.people import Windows

SOUND = """<!doctype html><html lang="en"><head><title>Sound</title></head><body><main><h1>Sound</h1>{}</main></body></html>"""
DIM = "<style>@media (prefers-color-scheme: dark) { main { background: #222; color: #444 } }</style><p>Dim words.</p>"
TINY = '<button style="inline-size:14px;block-size:14px;padding:0;border:0;overflow:hidden;float:left">{}</button>'
LARGE = '<button style="inline-size:90px;block-size:30px;position:absolute;inset-inline-start:{}px;inset-block-start:{}px">Press</button>'
SMALL = LARGE.replace("90px", "12px").replace("30px", "12px")
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
        (f"<div>{TINY.format('One')}{TINY.format('Two')}</div>", DESKTOP, "target-size"),
        (f"<div>{TINY.format('One')}{TINY.format('Two')}</div>", PHONE, "target-size"),
        (f"<div>{TINY.format('One')}{TINY.format('Two')}</div>", CHINESE_PHONE, "target-size"),
        ('<a href="/"><img src="" alt=""></a>', CHINESE_PHONE, "link-name"),
    ],
    ids=[
        "label",
        "contrast",
        "sideways",
        "over",
        "heads",
        "dark",
        "small and near",
        "small and near on the phone",
        "small and near in Chinese",
        "without a name in Chinese",
    ],
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


@pytest.mark.parametrize(
    ("first", "second", "is_clear"),
    [
        (LARGE.format(0, 0), LARGE.format(90, 0), True),
        (LARGE.format(0, 0), LARGE.format(80, 20), False),
        (LARGE.format(0, 0), SMALL.format(98, 0), True),
        (LARGE.format(0, 0), SMALL.format(94, 0), False),
        (SMALL.format(0, 0), SMALL.format(26, 0), True),
        (SMALL.format(0, 0), SMALL.format(22, 0), False),
        (SMALL.format(0, 0), SMALL.format(22, 22), True),
        (LARGE.format(0, 0), LARGE.format(80, 20).replace("position", "visibility:hidden;position"), True),
    ],
    ids=["beside", "over", "small", "small and near", "both small", "both small and near", "both small, aslant", "over, not seen"],
)
def test_targets_are_clear_when_they_are_large_or_far_apart(first: str, second: str, *, is_clear: bool, blank: Page) -> None:
    for one, other in ((first, second), (second, first)):
        blank.set_content(SOUND.format(f'<div style="position:relative">{one}{other}</div>'))
        assert blank.evaluate(targets.CLEAR) is is_clear
        if is_clear:  # and then axe-core has no other opinion
            blank.evaluate(AXE)
            found = blank.evaluate("axe.run(document, {runOnly: {type: 'rule', values: ['target-size']}})")
            assert found["violations"] == []
            assert found["passes"] != []


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
