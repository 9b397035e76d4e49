"""Templates are compiled once per language, and say what they said before."""

import gc
import re
from weakref import ref

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import DictLoader, Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from marketplace.core import i18n
from marketplace.core.templating import LanguageEnvironment, country_choice

PAGES = {
    "page.html": '{% from "macro.html" import label %}{{ _("Cart") }}|{{ label() }}|{{ value }}|{{ _("%(n)s days", n=3) }}',
    "outer.html": '{% set n = 2 %}{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}{% for i in (1, 2) %}{% include "inner.html" %}{% endfor %}{{ n }}',
    "inner.html": '{% set n = 3 %}{% from "macro.html" import label %}{{ i }}{{ n }}{{ twice(value) }}{{ label() }}{% include "least.html" %}',
    "least.html": "{{ n }}{{ given(1, b=value) }}{{ lister()|join }}",
    "paged.html": '{% include "whole.html" %}{% include name %}',
    "whole.html": "{% block body %}{{ value }}{% endblock %}",
    "own.html": "{% macro counted(x) %}{{ count(x) }}{% endmacro %}{{ counted(value) }}",
    "borrowing.html": '{% from "seeing.html" import counted with context %}{{ counted() }}',
    "seeing.html": "{% macro counted() %}{{ count(value) }}{% endmacro %}",
    "macro.html": "{% macro label() %}{{ _('Orders') }}{% endmacro %}",
}


@pytest.fixture
def environment() -> LanguageEnvironment:
    """An environment of two templates."""
    app = Flask("templating")
    app.jinja_environment = LanguageEnvironment
    app.jinja_env.loader = DictLoader(PAGES)
    app.jinja_env.globals["_"] = i18n.gettext
    made = app.jinja_env
    assert isinstance(made, LanguageEnvironment)
    return made


def test_each_reader_gets_the_language_of_the_moment(environment: LanguageEnvironment) -> None:
    with i18n.speaking("en"):
        english = environment.get_template("page.html").render(value="<&>")
    with i18n.speaking("zh_Hans"):
        chinese = environment.get_template("page.html").render(value="<&>")
        expected = [i18n.gettext("Cart"), i18n.gettext("Orders"), "&lt;&amp;&gt;", i18n.gettext("%(n)s days", n=3)]

    assert english == "Cart|Orders|&lt;&amp;&gt;|3 days"
    assert chinese == "|".join(expected)
    assert chinese != english


@pytest.mark.parametrize("page", ["outer.html", "paged.html"])
def test_an_include_and_a_call_give_what_they_give_without_us(environment: LanguageEnvironment, page: str) -> None:
    @pass_context
    def lister(context: Context) -> list[str]:
        return [str(context["value"])]

    values = {"value": "<&>", "name": "least.html", "n": 7, "given": lambda a, b: f"{a}{b}", "lister": lister}
    plain = Environment(loader=DictLoader(PAGES), autoescape=True)
    plain.globals["_"] = i18n.gettext

    assert environment.get_template(page).render(values) == plain.get_template(page).render(values)


def test_what_is_markup_stays_markup(environment: LanguageEnvironment) -> None:
    assert "|<b>|" in environment.get_template("page.html").render(value=Markup("<b>"))


def test_filters_and_globals_are_those_of_all_languages(environment: LanguageEnvironment) -> None:
    environment.get_template("page.html")
    environment.globals["later"] = "seen"

    assert environment.speaking("en").globals["later"] == "seen"


def test_the_choice_of_a_country_names_all_others_and_the_chosen_one(app: Flask) -> None:
    with app.test_request_context("/"):
        options = country_choice("SE", ["DE"])

    assert options.count("<option") == len(i18n.countries()) - 1
    assert '<option value="SE" selected>Sweden</option>' in options
    assert options.count("selected") == 1
    assert 'value="DE"' not in options


def test_what_is_no_country_chooses_none_and_is_not_kept(app: Flask) -> None:
    with app.test_request_context("/"):
        kept = [country_choice(typed, [typed]) for typed in ("x" * 1_000_000, "", "<b>")]

    assert kept[0] is kept[1] is kept[2]
    assert "selected" not in kept[0]


def test_a_page_in_two_languages_differs_only_where_it_speaks(client: FlaskClient) -> None:
    chinese = client.get("/nowhere?lang=zh").get_data(as_text=True)
    english = client.get("/nowhere?lang=en").get_data(as_text=True)

    assert english != chinese
    assert english.count("<a ") == chinese.count("<a ")


class Given:
    """Something that a page is given."""


@pytest.mark.parametrize("page", ["own.html", "borrowing.html"])
def test_a_page_leaves_nothing_for_the_search_for_cycles(environment: LanguageEnvironment, page: str) -> None:
    """A macro of the page, or one that sees it, holds a context, which holds the macro: whatever was given would stay until the search."""
    given = Given()
    alive = ref(given)
    gc.disable()
    try:
        with i18n.speaking("en"):
            assert environment.get_template(page).render(value=[given], count=len) == "1"
        del given
        assert alive() is None
    finally:
        gc.enable()


def test_no_page_sets_a_name_that_all_pages_call(app: Flask) -> None:
    called = {name for name, value in app.jinja_env.globals.items() if callable(value)}
    loader = app.jinja_env.loader
    assert loader is not None
    names = [name for name in loader.list_templates() if name.endswith((".html", ".txt"))]
    set_by = {name: set(re.findall(r"{%-?\s*set\s+(\w+)", loader.get_source(app.jinja_env, name)[0])) & called for name in names}

    assert len(names) > 100
    assert {name: found for name, found in set_by.items() if found} == {}
