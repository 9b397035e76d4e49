"""The shared templates alone: real filters, real forms, no database, as an error page has to render."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template, render_template_string
from werkzeug.datastructures import MultiDict

from marketplace.core import i18n
from marketplace.core.forms import Form, FormSchema, WholeNumber
from marketplace.core.links import own_address, query_string

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "marketplace" / "templates"
IMPORTS = """
{% from "macros/forms.html" import error_summary, field, number, select, choices, text_area, button, form_bar %}
{% from "macros/page.html" import query %}
{% from "macros/pagination.html" import pages %}
{% from "macros/tables.html" import sort_head, cell %}
{% from "macros/status.html" import share %}
{% from "macros/money.html" import bar %}
"""


class OfferInput(FormSchema):
    """A small form with one of each trouble."""

    title: str
    minimum: WholeNumber
    unit: str = "pcs"
    password: str = ""


@dataclass(frozen=True)
class Part:
    """A part of a bar."""

    tone: str
    share: float


@pytest.fixture(scope="module")
def bare() -> Flask:
    """An application with the shared templates and nothing behind them."""
    app = Flask("bare", template_folder=str(TEMPLATES), static_folder=str(ROOT / "marketplace" / "static"))
    app.secret_key = "of the tests"
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(i18n.filters())
    app.jinja_env.globals.update(
        _=i18n.gettext,
        ngettext=i18n.ngettext,
        static_url=lambda name: f"/static/{name}",
        page_url=lambda _endpoint: None,
        csrf_token=lambda: "token",
        once_token=lambda: "once",
        own_address=own_address,
        log_in_url=lambda: None,
        query_string=query_string,
    )
    return app


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with i18n.speaking("en"):
        yield


def shown(app: Flask, source: str, *, path: str = "/", **values: Any) -> str:
    """The source with the macros in reach, as HTML."""
    with app.test_request_context(path):
        # A string has no file name: without one the environment escapes.
        return render_template_string((source if source.startswith("{% extends") else IMPORTS + source), **values)


def refused() -> Form[OfferInput]:
    """A form that was sent with a wrong number."""
    form = Form(OfferInput, MultiDict({"title": 'Bolt "M8" <b>', "minimum": "750 or so", "unit": "box", "password": "long secret"}))
    assert not form.is_valid()
    return form


def test_summary_leads_to_the_control_and_the_control_names_its_error(bare: Flask) -> None:
    html = shown(
        bare, '{{ error_summary(form, {"minimum": "Minimum order"}) }}{{ number(form, "minimum", "Minimum order", "pcs") }}', form=refused()
    )

    assert '<a href="#minimum">Minimum order: Write a whole number, such as 500.</a>' in html
    described = re.search(r'<input id="minimum"[^>]*aria-describedby="([^"]+)"[^>]*aria-invalid="true"', html)
    assert described
    assert set(described[1].split()) == {"minimum-unit", "minimum-error"} <= set(re.findall(r' id="([^"]+)"', html))


def test_summary_shows_a_refusal_of_the_whole_form_without_a_link(bare: Flask) -> None:
    form = Form(OfferInput, MultiDict({"title": "Bolt", "minimum": "5"}))
    form.add_error("form", "Somebody was faster.")

    assert "<li>Somebody was faster.</li>" in re.sub(r">\s+<", "><", shown(bare, "{{ error_summary(form) }}", form=form))


def test_what_was_typed_stands_in_the_field_escaped(bare: Flask) -> None:
    html = shown(bare, '{{ field(form, "title", "Title") }}{{ number(form, "minimum", "Minimum") }}', form=refused())

    assert 'value="Bolt &#34;M8&#34; &lt;b&gt;"' in html
    assert 'value="750 or so"' in html


def test_password_is_never_sent_back(bare: Flask) -> None:
    html = shown(bare, '{{ field(form, "password", "Password", type="password") }}', form=refused())

    assert "long secret" not in html


def test_chosen_options_stay_chosen(bare: Flask) -> None:
    html = shown(
        bare,
        '{{ select(form, "unit", "Unit", [("pcs", "pieces"), ("Packed", [("box", "boxes")])]) }}'
        '{{ choices(form, "unit", "Unit", [("pcs", "pieces"), ("box", "boxes")]) }}',
        form=refused(),
    )

    assert '<optgroup label="Packed"><option value="box" selected>boxes</option></optgroup>' in html
    assert re.findall(r'<input type="radio"[^>]*value="(\w+)" checked', html) == ["box"]


def test_text_that_begins_with_an_empty_line_keeps_it(bare: Flask) -> None:
    form = Form(OfferInput, MultiDict({"title": "\nBolt", "minimum": "5"}))

    # A browser drops the first line break after the tag.
    assert re.search(r"<textarea[^>]*>\n\nBolt</textarea>", shown(bare, '{{ text_area(form, "title", "Title") }}', form=form))


def test_disabled_button_says_why(bare: Flask) -> None:
    html = shown(bare, '{{ button("Import", "main", refused="Waits for the dry run.") }}')

    reason = re.search(r'disabled aria-describedby="([^"]+)"', html)
    assert reason
    assert f'id="{reason[1]}">Waits for the dry run.' in html


def test_query_changes_one_name_and_keeps_the_others(bare: Flask) -> None:
    html = shown(
        bare,
        "{{ query({'sort': '-price', 'material': none}, drop=['page']) }}",
        path="/search?q=a%26b&material=a2&cat=1&cat=2&page=3&endpoint=x&_external=1&sort=price",
    )

    assert html.strip() == "?q=a%26b&amp;cat=1&amp;cat=2&amp;endpoint=x&amp;_external=1&amp;sort=-price"


@pytest.mark.parametrize(
    ("sort", "link", "state"),
    [("price", "-price", 'aria-sort="ascending"'), ("-price", "price", 'aria-sort="descending"'), ("name", "price", "")],
)
def test_sort_head_offers_the_other_direction(bare: Flask, sort: str, link: str, state: str) -> None:
    html = shown(bare, '{{ sort_head("Price", "price", sort) }}', sort=sort)

    assert f'href="?sort={link}"' in html
    assert state in html
    assert bool(state) == ("aria-sort" in html)


def test_pages_show_the_first_the_last_and_the_near(bare: Flask) -> None:
    html = shown(bare, "{{ pages(5, 25, 1234) }}", path="/search?q=bolt&page=5")

    assert "101–125 of 1,234" in html
    assert re.findall(r'aria-label="Page (\d+)"', html) == ["1", "3", "4", "5", "6", "7", "50"]
    assert re.findall(r'<a href="([^"]*)" aria-current="page"', html) == ["?q=bolt&amp;page=5"]


def test_few_cases_have_no_share_and_nothing_is_unknown_not_blank(bare: Flask) -> None:
    html = shown(bare, "{{ share(0.97, 214) }}|{{ share(1.0, 9) }}|{{ share(none, 0) }}|{{ cell(none) }}|{{ cell(0) }}")

    known, few, none, unknown, zero = html.strip().split("|")
    assert "97\u00a0%" in known
    assert "too few" in few
    assert "too few" in none
    assert "Unknown" in unknown
    assert zero == "0"


def test_parts_of_a_bar_lie_side_by_side(bare: Flask) -> None:
    html = shown(bare, '{{ bar(parts, "said") }}', parts=[Part("done", 0.3), Part("done", 0.325), Part("held", 0.375)])

    assert re.findall(r'<rect class="[\w-]+" x="([\d.]+)%" width="([\d.]+)%"', html) == [("0", "30.0"), ("30.0", "32.5"), ("62.5", "37.5")]


@pytest.mark.parametrize("status", sorted(path.stem for path in (TEMPLATES / "errors").glob("[0-9]*.html")))
def test_error_page_needs_nothing_but_the_frame(bare: Flask, status: str) -> None:
    with bare.test_request_context("/orders/1", method="POST"):
        html = render_template(f"errors/{status}.html", message="", request_id="7f3a19c2")

    assert html.count("<h1>") == 1
    assert '<nav class="nav' not in html
    assert ("7f3a19c2" in html) == (status == "500")


def test_title_says_error_first_when_the_form_was_refused(bare: Flask) -> None:
    html = shown(bare, '{% extends "layouts/form.html" %}{% block title %}Log in & go{% endblock %}', form=refused())

    assert "<title>Error: Log in & go – Millgate</title>" in html


def test_every_layout_renders_for_a_visitor(bare: Flask) -> None:
    for layout in ("buyer", "vendor", "desk", "public", "form"):
        html = shown(
            bare,
            '{% extends "layouts/' + layout + '.html" %}{% block title %}x{% endblock %}{% block aside %}Sum{% endblock %}',
            viewer=None,
            nav=[],
        )
        assert html.count("<main ") == html.count("</main>") == html.count("<aside ") == 1
        assert html.count("<div") == html.count("</div>")


def test_no_page_template_holds_inline_code() -> None:
    for path in TEMPLATES.rglob("*.html"):
        source = path.read_text()
        assert not re.search(r"\sstyle=|\son\w+=\"|<script(?![^>]*src=)", source), path
        assert "emails" in path.parts or "<style" not in source, path


def written() -> list[Path]:
    """Pages and mails; printed documents get their words from the code."""
    return [path for path in TEMPLATES.rglob("*.*") if path.suffix in (".html", ".txt")]


def test_every_shared_text_is_written_in_chinese() -> None:
    texts = {match[1] for path in written() for match in re.finditer(r"""_\(\s*["'](.+?)["']\s*[,)]""", path.read_text())} | {
        match[1] for path in written() for match in re.finditer(r'ngettext\("(.+?)", "', path.read_text())
    }
    chinese = i18n.catalogue("zh_Hans")

    missing = [text for text in texts if chinese.ngettext(text, text, 1) == text and chinese.gettext(text) == text]

    assert len(texts) > 80
    assert not missing
