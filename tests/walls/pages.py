"""What a refused form still holds, and where it says what is wrong."""

from html.parser import HTMLParser


class Held(HTMLParser):
    """The values that stand in a page's controls, by name, and what the summary of errors leads to."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.values: dict[str, list[str]] = {}
        self.shown: set[str] = set()
        self.ids: set[str] = set()
        self.marked: set[str] = set()
        self.ticked: set[str] = set()
        self.leads_to: list[str] = []
        self.messages: list[str] = []
        self.has_alert = False
        self._select: str | None = None
        self._text_area: str | None = None
        self._text = ""
        self._in_summary = 0

    @classmethod
    def of(cls, page: str) -> "Held":
        """Read a page. Its frame holds nothing that was typed into the form, but fields of its own, such as the words of a search."""
        held = cls()
        held.feed(page[max(0, page.find("<main")) :])
        held.close()
        return held

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if given.get("id"):
            self.ids.add(given["id"])
        if given.get("aria-invalid") == "true":
            self.marked |= {given.get("id", ""), given.get("name", "")}
        name = given.get("name", "")
        if tag == "input" and name:
            kind = given.get("type", "text")
            if kind != "hidden":
                self.shown.add(name)
            if kind in ("checkbox", "radio"):
                self.ticked.add(name)
            if kind not in ("checkbox", "radio") or "checked" in given:
                self.values.setdefault(name, []).append(given.get("value", ""))
        elif tag == "textarea":
            self._text_area, self._text = name, ""
            self.shown.add(name)
        elif tag == "select":
            self._select = name
            self.shown.add(name)
        elif tag == "option" and self._select and "selected" in given:
            self.values.setdefault(self._select, []).append(given.get("value", ""))
        elif tag == "button" and name:
            self.values.setdefault(name, []).append(given.get("value", ""))
        self.has_alert |= given.get("role") == "alert"
        if tag == "div" and (self._in_summary or given.get("class") == "errors"):
            self._in_summary += 1
        if tag == "a" and self._in_summary:
            self.leads_to.append(given.get("href", "").removeprefix("#"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text_area is not None:
            self.values.setdefault(self._text_area, []).append(self._text)
            self._text_area = None
        elif tag == "select":
            self._select = None
        elif tag == "div" and self._in_summary:
            self._in_summary -= 1

    def handle_data(self, data: str) -> None:
        if self._text_area is not None:
            self._text += data
        elif self._in_summary and data.strip():
            self.messages.append(data.strip())

    def lacks(self, name: str, value: str) -> bool:
        """Whether a typed value is gone. Blanks at its ends do not count."""
        return value.strip() not in {held.strip() for held in self.values.get(name, [])}
