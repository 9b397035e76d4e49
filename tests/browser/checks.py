"""What every page must hold in a real browser: axe-core finds nothing, no sideways scroll, one h1, a title."""

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakSet

from playwright.sync_api import BrowserContext, Page

from tests.browser import colours, targets

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
HOLD_AXE = f"window.axeSource = {json.dumps(AXE)};"
"""For the documents of a window: half a megabyte then goes to the browser once, and not for each page again. Yet each document reads
it, which takes 20 ms: a window has it from the first look at one of its pages on.
"""
HAS_AXE = """() => {
  if (typeof axe !== "object" && window.axeSource) (0, eval)(window.axeSource);
  return typeof axe === "object";
}"""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Only what is wrong, and without selectors: the markup says as well where it is. That spares a third of the time; our pages have no frames.
BEGIN_AXE = """([leftOut, options]) => {
  const areClear = ARE_CLEAR;
  if (options.runOnly.type === "tag" && areClear()) options.rules["target-size"] = {enabled: false};
  const context = {include: document, exclude: [leftOut]};
  window.found = axe.run(context, options).then(found => found.violations.map(v => ({
    id: v.id, help: v.help, nodes: v.nodes.map(n => n.html.slice(0, 200))})));
}""".replace("ARE_CLEAR", targets.CLEAR)
# In a long list the rows behind the sixth are like those before.
LEFT_OUT = "main :is(li, tbody > tr):nth-child(n + 7)"
QUICKLY = {"resultTypes": ["violations"], "reporter": "no-passes", "selectors": False, "preload": False, "iframes": False}
# Rows that are made to scroll by themselves, and heads that are only heard, may be longer than their box.
MEASURE = """async () => {
  // The window may just have become another: what follows its size has followed after the second frame.
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  const runsOver = element => element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1 &&
    getComputedStyle(element).overflowX === "visible" && !element.closest(".vh, svg, .restack > thead, .tabs, .chips, .params");
  const isShut = open => open.getBoundingClientRect().right > open.closest(".tabs").getBoundingClientRect().right + 1;
  const over = [...document.querySelectorAll("body *")].filter(runsOver);
  return {
    width: document.documentElement.scrollWidth, inner: innerWidth,
    shut: [...document.querySelectorAll(".tabs [aria-current]")].filter(isShut).map(open => open.textContent),
    headings: document.querySelectorAll("h1").length, title: document.title, lang: document.documentElement.lang,
    over: over.filter(element => !over.some(other => other !== element && element.contains(other)))
      .slice(0, 3).map(element => element.outerHTML.slice(0, 160)),
  };
}"""
HEIGHT, MOST_HEIGHT = 900, 12_000

_holding: WeakSet[BrowserContext] = WeakSet()
"""The windows whose documents hold axe-core."""


@dataclass(frozen=True)
class Way:
    """One way of looking at a page."""

    name: str
    width: int
    is_dark: bool = False
    language: str = "en"
    has_axe: bool = True

    @property
    def has_colours(self) -> bool:
        """Whether axe-core looks at colours: in one language is enough."""
        return self.has_axe and self.language == "en"


DESKTOP, DARK, PHONE = Way("1280", 1280), Way("1280-dark", 1280, is_dark=True), Way("360", 360)
CHINESE_PHONE = Way("360-zh", 360, language="zh-Hans")
MEASURED = Way("360-measured", 360, has_axe=False)
"""Only measured: English words are the longer ones. Where axe-core looks at the same page in Chinese, it need not look twice."""


@dataclass
class Look:
    """One look at the page that is open. Between its begin and its end axe-core works, and another page may be begun."""

    page: Page
    way: Way
    new_pairs: list[str] = field(default_factory=list)
    """Colours on grounds that axe-core looks at for the first time."""

    def begin(self) -> list[str]:
        """Show the page in this way and let axe-core begin. Returns what can be seen to be wrong already."""
        page, way = self.page, self.way
        page.emulate_media(color_scheme="dark" if way.is_dark else "light")
        if not way.is_dark:  # the dark follows the light, in the same window
            page.set_viewport_size({"width": way.width, "height": HEIGHT})
        if way.has_colours:
            self.new_pairs = colours.unjudged(page, LEFT_OUT)
        if self.new_pairs and not way.is_dark:  # a colour is only seen where it stands in the window: else axe-core scrolls to each text
            height: int = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": way.width, "height": min(height, MOST_HEIGHT)})
        if self._has_axe:
            self._begin_axe()
        # The theme moves nothing: what can be measured has been, in the light.
        return [] if way.is_dark else [f"{way.name} {page.url}: {fault}" for fault in self._measured()]

    @property
    def _has_axe(self) -> bool:
        return self.way.has_axe and (bool(self.new_pairs) or not self.way.is_dark)

    def _begin_axe(self) -> None:
        if not self.page.evaluate(HAS_AXE):
            self.page.evaluate(AXE)
            if self.page.context not in _holding:
                _holding.add(self.page.context)
                self.page.context.add_init_script(HOLD_AXE)
        # The theme changes colours and nothing else, the language everything but colours: each is asked for what it can break.
        only = {"type": "rule", "values": colours.RULES} if self.way.is_dark else {"type": "tag", "values": TAGS}
        rules = {} if self.new_pairs else {rule: {"enabled": False} for rule in colours.RULES}
        self.page.evaluate(BEGIN_AXE, [LEFT_OUT, {"runOnly": only, "rules": rules} | QUICKLY])

    def _measured(self) -> list[str]:
        facts = self.page.evaluate(MEASURE)
        found = []
        if facts["width"] > facts["inner"]:
            found.append(f"scrolls sideways: {facts['width']} px in {facts['inner']}")
        if facts["over"]:
            found.append(f"text runs over its box: {facts['over']}")
        if facts["shut"]:
            found.append(f"the open tab is out of sight: {facts['shut']}")
        if facts["headings"] != 1:
            found.append(f"has {facts['headings']} h1")
        if not facts["title"].strip():
            found.append("has no title")
        if facts["lang"] != self.way.language:
            found.append(f"is in the language {facts['lang']}")
        return found

    def end(self) -> list[str]:
        """What axe-core found on the page."""
        if not self._has_axe:
            return []
        violations: list[dict[str, Any]] = self.page.evaluate("window.found")
        if not any(violation["id"] in colours.RULES for violation in violations):
            colours.keep_sound(self.new_pairs)
        return [f"{self.way.name} {self.page.url}: {v['id']} ({v['help']}): {'; '.join(v['nodes'][:3])}" for v in violations]


def faults_of(page: Page, way: Way) -> list[str]:
    """Everything that is wrong with the page that is open, looked at in this way."""
    look = Look(page, way)
    return look.begin() + look.end()


def keep_picture(page: Page, name: str, way: Way) -> None:
    """For people to look at, when `MILLGATE_SHOTS` names a folder."""
    folder = os.environ.get("MILLGATE_SHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(full_page=True, path=Path(folder) / f"{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')}-{way.name}.png")
