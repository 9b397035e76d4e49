"""Templates compiled once per language: a fixed text is translated when its template is compiled, not each time it is shown.

`{{ _("Add to cart") }}` is most of what a page calls; folded, it is part of the bytes around it. Texts with values stay calls.
"""

from collections.abc import Callable, Collection, Mapping, MutableMapping
from functools import lru_cache, partial
from types import CodeType, FunctionType
from typing import Any

from flask.templating import Environment
from jinja2 import Environment as BaseEnvironment
from jinja2 import Template, nodes
from jinja2.environment import TemplateModule
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, Macro, missing
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
    kind = type(value)
    if kind is str:
        return _escape_inner(value)
    return value if kind is Markup else escape(value)


class PageContext(Context):
    """What a template's calls go through."""

    def call(self, called: Callable[..., Any], /, *args: Any, **values: Any) -> Any:
        """A macro or a plain function, at once; whatever else can be called is asked first what it wants, as the base does with all."""
        kind: Any = type(called)
        if kind is not Macro and (kind is not FunctionType or hasattr(called, "jinja_pass_arg")):
            return super().call(called, *args, **values)
        values.pop("_block_vars", None)
        values.pop("_loop_vars", None)
        return _expanded(called, self.eval_ctx, args, values) if kind is Macro else called(*args, **values)


def _expanded(macro: Any, eval_ctx: EvalContext, args: tuple[Any, ...], values: dict[str, Any]) -> Any:
    """What a macro writes. One that takes its arguments and nothing more is given them as `Macro` gives them, in a third of the time."""
    open_places = macro._argument_count - len(args)  # noqa: SLF001 - as the base does
    is_plain = not (macro.caller or macro.catch_kwargs or macro.catch_varargs) and open_places >= 0
    if not is_plain or not eval_ctx.autoescape:
        return macro(eval_ctx, *args, **values)
    if open_places == 0 and not values:
        return _markup(macro._func(*args))  # noqa: SLF001
    rest = [values.pop(name, missing) for name in macro.arguments[len(args) :]]
    if values:
        return macro(eval_ctx, *args, **values)  # which says what it does not take
    return _markup(macro._func(*args, *rest))  # noqa: SLF001


_markup: Callable[[str], Markup] = partial(str.__new__, Markup)


class Including(NodeTransformer):
    """Puts the nodes of an included template where it is included: a page includes ten, and each is looked up and given all names anew."""

    def __init__(self, environment: "LanguageEnvironment") -> None:
        self._environment = environment

    def visit_Include(self, node: nodes.Include) -> nodes.Node:  # noqa: N802 - the name that the visitor looks for
        """An include of a fixed name that sees this template's names becomes what it includes."""
        name = node.template.value if isinstance(node.template, nodes.Const) else None
        if not isinstance(name, str) or not node.with_context or node.ignore_missing or self._environment.loader is None:
            return node
        source, filename, _ = self._environment.loader.get_source(self._environment, name)
        included = self._environment._parse(source, name, filename)  # noqa: SLF001 - ours, below
        # A template with blocks is a page of its own.
        return node if included.find(nodes.Block) or included.find(nodes.Extends) else nodes.Scope(included.body, lineno=node.lineno)


CONTEXTS = "_contexts"
"""The name by which the contexts of a page know of each other."""


class PageTemplate(Template):
    """A template whose output is escaped by `shown`."""

    _known: frozenset[str]
    """The names of its globals, which stay as they are."""
    _module: TemplateModule | None

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
        # Each page copies the names of its templates, and one by one where they are a chain of two mappings, as the base has them.
        template = cls._from_namespace(environment, namespace, dict(globals))
        template._uptodate = uptodate  # noqa: SLF001 - as the base does
        template._known = frozenset(template.globals)  # type: ignore[attr-defined]  # noqa: SLF001 - ours
        return template

    def render(self, *args: Any, **values: Any) -> str:
        """The page. Its context goes with it: macros of the page itself hold the context that holds them, and whatever the page was given
        would wait for Python's search for cycles, seven milliseconds of it every hundred and fifty products.
        """
        contexts: list[Context] = []
        context = self.new_context(dict(*args, **values, **{CONTEXTS: contexts}))
        contexts.append(context)
        try:
            return self.environment.concat(self.root_render_func(context))
        except Exception:  # noqa: BLE001 - raised again by what follows, with the lines of the template
            self.environment.handle_exception()
        finally:
            while contexts:
                contexts.pop().vars.clear()

    def make_module(
        self,
        vars: dict[str, Any] | None = None,  # noqa: A002 - the base's name
        shared: bool = False,  # noqa: FBT001, FBT002 - the base's signature
        locals: Mapping[str, Any] | None = None,  # noqa: A002 - the base's name
    ) -> TemplateModule:
        """The macros of this template, for an import with context: what they see of the page goes when the page is written."""
        context = self.new_context(vars, shared, locals)
        if vars:
            vars.get(CONTEXTS, []).append(context)
        return TemplateModule(self, context)

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        # What an import of macros gives. The base subtracts the names of all globals one by one, each time, to find that none is new.
        if self._module is not None and (ctx is None or ctx.globals_keys <= self._known):
            return self._module
        return super()._get_default_module(ctx)


class LanguageEnvironment(Environment):
    """The environment of the running language; its copies share filters, globals and loader, and keep their own templates."""

    template_class = PageTemplate
    context_class = PageContext
    language: str | None = None
    copies: dict[str, "LanguageEnvironment"] | None = None
    _ready: dict[str, Template] | None = None
    """The templates of this copy by name, where a file that changes is not looked for."""

    def speaking(self, language: str) -> "LanguageEnvironment":
        """The copy for a language."""
        if self.copies is None:
            self.copies = {}
        copy = self.copies.get(language)
        if copy is None:
            copy = self.overlay()
            copy.language, copy._ready = language, None if self.auto_reload else {}  # noqa: SLF001 - another of this class
            copy = self.copies.setdefault(language, copy)
        return copy

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - the base's name
    ) -> Template:
        """A template by name. A page asks for a dozen, most for their macros, each time."""
        if self._ready is None or globals is not None or not isinstance(name, str):
            return super().get_template(name, parent, globals)
        known = self._ready.get(name)
        if known is None:
            known = self._ready[name] = super().get_template(name, parent)
        return known

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
            Including(self).visit(parsed)
        return parsed


def country_choice(chosen: str, without: Collection[str] = ()) -> Markup:
    """The options of a field that asks for a country, sorted by name: two hundred and fifty of them, written once for each choice."""
    known = i18n.country_codes()
    # What a form was sent is anything: only countries are kept.
    return _country_choice(i18n.locale(), chosen if chosen in known else "", known.intersection(without))


@lru_cache(maxsize=1024)
def _country_choice(_language: str, chosen: str, without: frozenset[str]) -> Markup:
    option, selected = Markup('<option value="{}">{}</option>'), Markup('<option value="{}" selected>{}</option>')
    shown = [(code, name) for code, name in i18n.countries() if code not in without]
    return Markup("").join((selected if code == chosen else option).format(code, name) for code, name in shown)
