"""A browser without scripts over real HTTP: keeps cookies, reads forms, sends them with their tokens. For proofs on a running world."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import requests

TIMEOUT = (5, 30)


@dataclass
class PageForm:
    """A form as it stands on a page: where it goes and what is filled in."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class FormReader(HTMLParser):
    """Reads the forms of a page with their present values."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[PageForm] = []
        self._select: str | None = None
        self._text_area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {k: v or "" for k, v in attrs}
        if tag == "form":
            self.forms.append(PageForm(values.get("action", ""), values.get("method", "get").lower()))
        if not self.forms:
            return
        fields = self.forms[-1].fields
        if tag == "input" and values.get("name"):
            kind = values.get("type", "text")
            if kind in ("checkbox", "radio") and "checked" not in values:
                return
            fields[values["name"]] = values.get("value", "on" if kind in ("checkbox", "radio") else "")
        elif tag == "select":
            self._select = values.get("name")
        elif tag == "option" and self._select and ("selected" in values or self._select not in fields):
            fields[self._select] = values.get("value", "")
        elif tag == "textarea":
            self._text_area = values.get("name")
            if self._text_area:
                fields[self._text_area] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        if tag == "textarea":
            self._text_area = None

    def handle_data(self, data: str) -> None:
        if self._text_area and self.forms:
            self.forms[-1].fields[self._text_area] += data


class Visitor:
    """One person with a browser."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.http = requests.Session()

    def get(self, path: str) -> requests.Response:
        """Open a page, following redirects."""
        return self.http.get(self.base + path if path.startswith("/") else path, timeout=TIMEOUT)

    def form(self, path: str, action: str) -> PageForm:
        """The form of a page whose address is `action`, else the first that begins with it. Raises LookupError with the page's answer."""
        page = self.get(path)
        reader = FormReader()
        reader.feed(page.text)
        for found in sorted(reader.forms, key=lambda one: one.action.removeprefix(self.base) != action):
            if (found.action or path).removeprefix(self.base).startswith(action):
                found.action = found.action or path
                return found
        raise LookupError(f"{path} answered {page.status_code} and has no form for {action}: {[f.action for f in reader.forms]}")

    def send(self, form: PageForm, **changes: str) -> requests.Response:
        """Send a form with some fields changed; the redirect after the act is not followed."""
        return self._post(form, form.fields | changes)

    def send_file(self, form: PageForm, name: str, content: bytes, *, field: str = "file", **changes: str) -> requests.Response:
        """Send a form with a file in one of its fields."""
        return self._post(form, {key: value for key, value in (form.fields | changes).items() if key != field}, {field: (name, content)})

    def _post(self, form: PageForm, fields: dict[str, str], files: dict[str, tuple[str, bytes]] | None = None) -> requests.Response:
        address = self.base + form.action if form.action.startswith("/") else form.action
        return self.http.post(address, data=fields, files=files, timeout=TIMEOUT, allow_redirects=False)

    def log_in(self, email: str, password: str) -> None:
        """Sign in. Raises AssertionError when it is refused."""
        answer = self.send(self.form("/log-in", "/log-in"), email=email, password=password)
        assert answer.status_code == 303, f"log-in of {email} answered {answer.status_code}"

    def close(self) -> None:
        """Let the connections go."""
        self.http.close()
