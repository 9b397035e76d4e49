"""The two ways in which people work a page: pointing with a mouse, and by Tab, arrows, Enter and Space alone."""

from typing import Protocol

from playwright.sync_api import Locator, Page, expect

MOST_TABS = 400
IS_FOCUSED = "element => element === document.activeElement"
# The middle of the focused control must not lie under a sticky bar (WCAG 2.4.11), and its focus must be drawn.
IS_SEEN = """element => {
  const box = element.getBoundingClientRect();
  const x = Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1), y = Math.min(Math.max(box.y + box.height / 2, 0), innerHeight - 1);
  const above = document.elementFromPoint(x, y);
  const style = getComputedStyle(element);
  const isDrawn = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  return {isFree: above !== null && (above === element || element.contains(above) || above.contains(element)), isDrawn};
}"""


class Hand(Protocol):
    """How somebody works a page."""

    page: Page

    def press(self, control: Locator) -> None: ...

    def write(self, field: Locator, text: str) -> None: ...

    def tick(self, box: Locator) -> None: ...

    def choose(self, select: Locator, label: str) -> None: ...


class Mouse:
    """Points and clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, control: Locator) -> None:
        """A link or a button."""
        control.click()

    def write(self, field: Locator, text: str) -> None:
        """Replace what stands in a field."""
        field.fill(text)

    def tick(self, box: Locator) -> None:
        """A tick box or one of several answers."""
        box.check()

    def choose(self, select: Locator, label: str) -> None:
        """An answer of a list."""
        select.select_option(label=label)


class Keys:
    """Tab, arrows, Enter and Space; letters only into the field that has the focus."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, control: Locator) -> None:
        """Go on by Tab until the control has the focus, and see it there. Raises: AssertionError when Tab never comes by."""
        control.wait_for(state="attached")
        wanted = control.element_handle()
        for _ in range(MOST_TABS):
            if wanted.evaluate(IS_FOCUSED):
                seen = wanted.evaluate(IS_SEEN)
                assert seen["isFree"], f"{self.page.url}: the focus on {control} lies under something"
                assert seen["isDrawn"], f"{self.page.url}: the focus on {control} cannot be seen"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{self.page.url}: Tab does not reach {control}")

    def press(self, control: Locator) -> None:
        """Enter on a link or a button."""
        self.reach(control)
        self.page.keyboard.press("Enter")

    def write(self, field: Locator, text: str) -> None:
        """Replace what stands in a field: Tab into it has selected that already."""
        self.reach(field)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def tick(self, box: Locator) -> None:
        """Space on a tick box; of several answers Tab finds one, and the arrows the others."""
        if box.get_attribute("type") == "radio":
            self._choose_radio(box)
        else:
            self.reach(box)
            self.page.keyboard.press("Space")
        expect(box).to_be_checked()

    def _choose_radio(self, radio: Locator) -> None:
        name = radio.get_attribute("name")
        group = self.page.locator(f'input[type="radio"][name="{name}"]')
        chosen = self.page.locator(f'input[type="radio"][name="{name}"]:checked')
        self.reach(chosen if chosen.count() else group.first)
        wanted = radio.element_handle()
        for _ in range(group.count()):
            if wanted.evaluate(IS_FOCUSED):
                self.page.keyboard.press("Space")
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{self.page.url}: the arrows do not reach {radio}")

    def choose(self, select: Locator, label: str) -> None:
        """Arrows in a closed list."""
        self.reach(select)
        for _ in range(select.locator("option").count()):
            if select.evaluate("list => list.selectedOptions[0]?.label") == label:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{self.page.url}: {select} has no {label}")
