"""Which colours stand on which ground. Contrast depends on nothing else, so that axe-core judges each pair once, not on every page again."""

from playwright.sync_api import Page

PAIRS = """leftOut => {
  const layers = new Map([[null, ""]]);
  // What lies under a text: grounds, veils, and boxes that are moved over others (what only screen readers see is one of these).
  const under = element => {
    if (!layers.has(element)) {
      const style = getComputedStyle(element);
      const isMoved = style.position !== "static" && style.position !== "relative";
      const own = [
        style.backgroundColor === "rgba(0, 0, 0, 0)" ? "" : style.backgroundColor,
        style.backgroundImage === "none" ? "" : style.backgroundImage,
        style.opacity === "1" ? "" : style.opacity,
        isMoved ? style.position + element.className : "",
        element.matches(":disabled, [aria-disabled=true], [aria-hidden=true]") ? "off" : "",
      ].filter(Boolean);
      layers.set(element, under(element.parentElement) + (own.length ? `/${own}` : ""));
    }
    return layers.get(element);
  };
  const bearers = new Set(document.querySelectorAll("input:not([type=hidden]), select, textarea"));
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) if (texts.currentNode.data.trim()) bearers.add(texts.currentNode.parentElement);
  const pairs = new Set();
  for (const bearer of bearers) {
    const style = getComputedStyle(bearer), around = getComputedStyle(bearer.parentElement);
    const control = bearer.closest("label")?.control;
    const isLink = bearer.matches("a");
    const pair = [
      style.color, style.fontSize, style.fontWeight, style.textShadow, control?.disabled ?? "",
      isLink ? around.color + around.fontWeight + style.textDecorationLine + style.display : "", under(bearer),
    ].join(";");
    if (!pairs.has(pair) && bearer.checkVisibility({visibilityProperty: true}) && !bearer.closest(leftOut)) pairs.add(pair);
  }
  return [...pairs];
}"""
RULES = ["color-contrast", "link-in-text-block"]

_sound: set[str] = set()
"""The pairs of pages on which axe-core found no fault of colour."""


def unjudged(page: Page, left_out: str) -> list[str]:
    """The pairs of the open page that axe-core has not found sound yet; those within `left_out` (CSS) are none of it."""
    pairs: list[str] = page.evaluate(PAIRS, left_out)
    return [pair for pair in pairs if pair not in _sound]


def keep_sound(pairs: list[str]) -> None:
    """Axe-core has looked at a page with these pairs and found nothing wrong with its colours."""
    _sound.update(pairs)
