"""Templates compiled once per language: a fixed text is translated when its template is compiled, not each time it is shown.

`{{ _("Add to cart") }}` is most of what a page calls; folded, it is part of the bytes around it. Texts with values stay calls.
"""

from collections.abc import Callable, Collection, MutableMapping
from functools import lru_cache
from types import CodeType
from typing import Any

from flask.templating import Environment
from jinja2 import Environment as BaseEnvironment
from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, _escape_inner, escape

from marketplace.core import i18n

GETTEXT = ("_", "gettext")


class Folding(NodeTransformer):
    """Puts the text of one language in place of each call that has no values."""

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the name that the visitor looks for
        """A call of gettext with one fixed text becomes that text."""
        self.generic_visit(node)
        is_fixed = isinstance(node.node, nodes.Name) and node.node.name in GETTEXT and len(node.args) == 1
        if not is_fixed or node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
            return node
        text = node.args[0]
        if not isinstance(text, nodes.Const) or not isinstance(text.value, str):
            return node
        return nodes.Const(i18n.gettext(text.value), lineno=node.lineno)


def shown(value: Any) -> str:
    """A value as it stands in a page. Most are plain texts, which need no wrapping: what a template yields is joined and nothing else."""
    return _escape_inner(value) if type(value) is str else escape(value)


class PageTemplate(Template):
    """A template whose output is escaped by `shown`."""

    @classmethod
    def from_code(
        cls,
        environment: BaseEnvironment,
        code: CodeType,
        globals: MutableMapping[str, Any],  # noqa: A002 - the base's name
        uptodate: Callable[[], bool] | None = None,
    ) -> "Template":
        """The template of a piece of compiled code."""
        namespace: dict[str, Any] = {"environment": environment, "__file__": code.co_filename}
        exec(code, namespace)  # noqa: S102 - what the compiler has just written
        namespace["escape"] = shown
        template = cls._from_namespace(environment, namespace, globals)
        template._uptodate = uptodate  # noqa: SLF001 - as the base does
        return template


class LanguageEnvironment(Environment):
    """The environment of the running language; its copies share filters, globals and loader, and keep their own templates."""

    template_class = PageTemplate
    language: str | None = None
    copies: dict[str, "LanguageEnvironment"] | None = None

    def speaking(self, language: str) -> "LanguageEnvironment":
        """The copy for a language."""
        if self.copies is None:
            self.copies = {}
        copy = self.copies.get(language)
        if copy is None:
            copy = self.overlay()
            copy.language = language
            copy = self.copies.setdefault(language, copy)
        return copy

    def _load_template(self, name: str, globals: MutableMapping[str, Any] | None) -> Template:  # noqa: A002 - the base's name
        # `pseudo` marks texts, so it is a language of its own here.
        language = i18n.locale()
        if self.language != language:
            return self.speaking(language)._load_template(name, globals)  # noqa: SLF001 - another of this class
        return super()._load_template(name, globals)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed = super()._parse(source, name, filename)
        # Text given as a string has no name and is kept in no cache: it may be shown in any language.
        if self.language is not None and name is not None:
            Folding().visit(parsed)
        return parsed


def country_choice(chosen: str, without: Collection[str] = ()) -> Markup:
    """The options of a field that asks for a country, sorted by name: two hundred and fifty of them, written once per language."""
    written = _country_choice(i18n.locale())
    parts = [text.replace('">', '" selected>', 1) if code == chosen else text for code, text in written if code not in without]
    return Markup("".join(parts))  # noqa: S704 - each part was escaped


@lru_cache(maxsize=4)
def _country_choice(_language: str) -> tuple[tuple[str, str], ...]:
    option = Markup('<option value="{}">{}</option>')
    return tuple((code, str(option.format(code, name))) for code, name in i18n.countries())
