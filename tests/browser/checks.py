"""What every page must hold in a real browser: axe-core finds nothing, no sideways scroll, one h1, a title."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The theme changes colours and nothing else, the language everything but colours: each is asked for what it can break.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
RUN_AXE = """options => axe.run(document, options).then(found => found.violations.map(v => ({
  id: v.id, help: v.help, nodes: v.nodes.map(n => n.target.join(" ") + " | " + n.html.slice(0, 200))})))"""
# Rows that are made to scroll by themselves, and heads that are only heard, may be longer than their box.
MEASURE = """() => {
  const runsOver = element => element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1 &&
    getComputedStyle(element).overflowX === "visible" && !element.closest(".vh, svg, .restack > thead, .tabs, .chips, .params");
  const over = [...document.querySelectorAll("body *")].filter(runsOver);
  return {
    height: document.documentElement.scrollHeight, width: document.documentElement.scrollWidth, inner: innerWidth,
    headings: document.querySelectorAll("h1").length, title: document.title,
    over: over.filter(element => !over.some(other => other !== element && element.contains(other)))
      .slice(0, 3).map(element => element.outerHTML.slice(0, 160)),
  };
}"""
HEIGHT, MOST_HEIGHT = 900, 12_000


@dataclass(frozen=True)
class Way:
    """One way of looking at a page."""

    name: str
    width: int
    is_dark: bool = False


PHONE, DESKTOP, DARK = Way("360", 360), Way("1280", 1280), Way("1280-dark", 1280, is_dark=True)
CHINESE = Way("1280-zh", 1280)


def _axe(page: Page, options: dict[str, Any]) -> list[str]:
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE)
    return [f"{v['id']} ({v['help']}): {'; '.join(v['nodes'][:3])}" for v in page.evaluate(RUN_AXE, options)]


def faults_of(page: Page, way: Way) -> list[str]:
    """Everything that is wrong with the page that is open, looked at in this way. The window becomes as tall as the page."""
    page.emulate_media(color_scheme="dark" if way.is_dark else "light")
    page.set_viewport_size({"width": way.width, "height": HEIGHT})
    page.set_viewport_size({"width": way.width, "height": min(page.evaluate(MEASURE)["height"], MOST_HEIGHT)})
    facts = page.evaluate(MEASURE)
    only = {"type": "rule", "values": COLOUR_RULES} if way.is_dark else {"type": "tag", "values": TAGS}
    rules = {rule: {"enabled": False} for rule in COLOUR_RULES} if way is CHINESE else {}
    found = _axe(page, {"runOnly": only, "rules": rules, "resultTypes": ["violations"]})
    if facts["width"] > facts["inner"]:
        found.append(f"scrolls sideways: {facts['width']} px in {facts['inner']}")
    if facts["over"]:
        found.append(f"text runs over its box: {facts['over']}")
    if facts["headings"] != 1:
        found.append(f"has {facts['headings']} h1")
    if not facts["title"].strip():
        found.append("has no title")
    return [f"{way.name} {page.url}: {fault}" for fault in found]


def keep_picture(page: Page, name: str, way: Way) -> None:
    """For people to look at, when `MILLGATE_SHOTS` names a folder."""
    folder = os.environ.get("MILLGATE_SHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')}-{way.name}.png")
