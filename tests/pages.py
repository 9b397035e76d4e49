"""What every page of any test must hold: title, one h1, a label for each control, a token in each form, no inline code."""

import re
from collections import Counter
from html.parser import HTMLParser

from werkzeug.test import TestResponse

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Page(HTMLParser):
    """The facts of a page that a rule speaks of."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.headings = 0
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.controls: list[dict[str, str | None]] = []
        self.post_forms: list[set[str]] = []
        self.inline: list[str] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self._form_fields: set[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag not in VOID:
            self._open.append(tag)
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag == "h1":
            self.headings += 1
        if tag == "label" and values.get("for"):
            self.labels.add(str(values["for"]))
        if tag == "form":
            self._form_fields = set()
            if (values.get("method") or "get").lower() == "post":
                self.post_forms.append(self._form_fields)
        if tag in {"input", "select", "textarea"}:
            if self._form_fields is not None:
                self._form_fields.add(values.get("name") or "")
            if values.get("type") not in {"hidden", "submit"}:
                self.controls.append(values | {"in_label": "yes" if "label" in self._open else None})
        self.inline += [f"{tag} {name}" for name in values if name.startswith("on") or name == "style"]
        if tag == "script" and not values.get("src"):
            self.inline.append("script")
        if tag == "style":
            self.inline.append("style")

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            if self._open.pop() == tag:
                break
        if tag == "form":
            self._form_fields = None

    def handle_data(self, data: str) -> None:
        if "title" in self._open and "svg" not in self._open:
            self.title += data
        elif "script" not in self._open and "style" not in self._open:
            self.words.append(data)


def read_page(response: TestResponse) -> Page:
    """The page of an answer."""
    page = Page()
    page.feed(response.get_data(as_text=True))
    return page


def check_page(response: TestResponse) -> None:
    """Fail when the page breaks a rule of the house."""
    page = read_page(response)
    where = response.request.path
    assert page.title.strip(), f"{where} has no title"
    assert page.headings == 1, f"{where} has {page.headings} h1"
    assert not page.inline, f"{where} has inline code: {page.inline}"
    repeated = {i for i, times in Counter(page.ids).items() if times > 1}
    assert not repeated, f"{where} repeats the ids {repeated}"
    for control in page.controls:
        named = control.get("aria-label") or control.get("aria-labelledby") or control.get("in_label") or control.get("id") in page.labels
        assert named, f"{where} has a control without a label: {control}"
    for fields in page.post_forms:
        assert "csrf_token" in fields, f"{where} has a POST form without its token"
    assert re.match(r"<!doctype html>", response.get_data(as_text=True), re.IGNORECASE), f"{where} has no doctype"
