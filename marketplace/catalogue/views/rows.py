"""Rows of the product page that are written here and placed by the template: there are thirty, and a macro for each takes longer."""

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup
from markupsafe import _escape_inner as e  # of a plain text and nothing else

from marketplace.catalogue import attributes
from marketplace.catalogue.attributes import Definition
from marketplace.core import i18n
from marketplace.core.i18n import gettext


def attribute_rows(specifications: Iterable[tuple[Definition, Mapping[str, Any] | None]]) -> Markup:
    """A table row for each attribute, with its value or the word that it is not stated."""
    not_stated = f'<span class="unknown">{e(gettext("Not stated"))}</span>'
    written = []
    for definition, stored in specifications:
        value = not_stated if stored is None else e(attributes.shown(definition, stored))
        written.append(f'\n  <tr><th scope="row">{words(definition.name)}</th><td>{value}</td></tr>')
    return Markup("".join(written))  # noqa: S704 - each part was escaped


def words(by_language: Mapping[str, str]) -> str:
    """A text kept by language, escaped, as the macro `words` shows it: marked where it is in another language than the page."""
    lang = i18n.text_lang(by_language)
    text = e(i18n.text(by_language))
    return f'<span lang="{e(lang)}">{text}</span>' if lang else text
