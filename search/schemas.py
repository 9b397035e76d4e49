"""What may come in by the address of a result page. A wrong value there is no fault of the reader: it counts as not said."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import BeforeValidator, Field
from werkzeug.datastructures import MultiDict

from marketplace.core.forms import FormSchema, one_line
from marketplace.core.ids import parse_id
from search.lexical.exclusions import with_signs
from search.query import Sort

TEXT_LIMIT, VALUE_LIMIT, VALUES = 200, 200, 50
LEAD_DAYS = (2, 7, 14, 30)
DEEPEST_PAGE = 400
ATTRIBUTE = "a."
"""Names of the filters over attributes begin so: `a.material=brass`, `a.length.from=20`."""

Value = TypeVar("Value")


def clean(value: object) -> str:
    """Text as one line, and no longer than one."""
    return one_line(str(value or ""))[:TEXT_LIMIT]


def _question(value: object) -> str:
    return with_signs(clean(value))


def _whole(value: object) -> int | None:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _each(read: Callable[[object], Value | None]) -> Callable[[object], tuple[Value, ...]]:
    def read_all(values: object) -> tuple[Value, ...]:
        listed: Iterable[object] = values if isinstance(values, list | tuple) else ()
        found = (read(value) for value in list(listed)[:VALUES])
        return tuple(dict.fromkeys(value for value in found if value is not None))

    return read_all


def _word(value: object) -> str | None:
    return clean(value)[:VALUE_LIMIT] or None


def _page(value: object) -> int:
    return min(max(_whole(value) or 1, 1), DEEPEST_PAGE)


LANDED = "landed"
"""The order by landed price as an address names it. No engine knows it: `search.landing` makes it of the order by price."""


def _sort(value: object) -> Sort:
    if value == LANDED:
        return Sort.PRICE
    return next((sort for sort in Sort if sort.value == value), Sort.RELEVANCE)


def _id(value: object) -> UUID | None:
    return parse_id(str(value))


Words = Annotated[tuple[str, ...], BeforeValidator(_each(_word))]
End = Annotated[str, BeforeValidator(clean)]
"""An end of a range as it was typed; `search.ranges` reads it."""
Said = Annotated[bool, BeforeValidator(lambda value: str(value) == "1")]


class SearchInput(FormSchema):
    """One result page: words, filters, order, page. `attributes`, and `bounds` as they were typed, are by attribute code."""

    q: Annotated[str, BeforeValidator(_question)] = ""
    exact: Said = False
    every: Said = False
    """Only what has every word."""
    cat: Words = ()
    maker: Words = ()
    level: Annotated[tuple[int, ...], BeforeValidator(_each(_whole))] = ()
    country: Words = ()
    cert: Words = ()
    ships: Said = False
    stock: Said = False
    sample: Said = False
    moq: Said = False
    terms: Words = ()
    ontime: Words = ()
    rating: Words = ()
    price: Words = ()
    price_from: End = ""
    price_to: End = ""
    lead: Annotated[tuple[int, ...], BeforeValidator(_each(_whole))] = ()
    sort: Annotated[Sort, BeforeValidator(_sort)] = Sort.RELEVANCE
    """What an engine orders by."""
    landed: bool = False
    """The page orders by landed price, out of what an engine orders by price."""
    page: Annotated[int, BeforeValidator(_page)] = 1
    attributes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    bounds: dict[str, tuple[str, str]] = Field(default_factory=dict)

    @classmethod
    def read(cls, args: "MultiDict[str, str]") -> "SearchInput":
        """The page that an address asks for."""
        several = ("cat", "maker", "level", "country", "cert", "lead", "terms", "ontime", "rating", "price")
        typed: dict[str, Any] = {name: args.getlist(name) for name in several}
        typed |= {name: args[name] for name in cls.model_fields if name in args and name not in (*several, "attributes", "bounds")}
        typed["landed"] = args.get("sort") == LANDED
        attributes: dict[str, tuple[str, ...]] = {}
        bounds: dict[str, tuple[str, str]] = {}
        for name in list(args)[:VALUES]:
            if name.startswith(ATTRIBUTE):
                code = clean(name.removeprefix(ATTRIBUTE))
                base, _, end = code.rpartition(".")
                if end in ("from", "to") and base:
                    low, high = bounds.get(base, ("", ""))
                    value = clean(args[name])
                    bounds[base] = (value, high) if end == "from" else (low, value)
                elif code:
                    attributes[code] = _each(_word)(args.getlist(name))
        return cls(
            **typed,
            attributes={code: values for code, values in attributes.items() if values},
            bounds={code: ends for code, ends in bounds.items() if any(ends)},
        )


class CompareInput(FormSchema):
    """Variants side by side. A list of results also says which of its boxes it `showed` ticked: of those, what is not sent is taken out."""

    variant: Annotated[tuple[UUID, ...], BeforeValidator(_each(_id))] = ()
    showed: Annotated[tuple[UUID, ...], BeforeValidator(_each(_id))] = ()
    remove: Annotated[tuple[UUID, ...], BeforeValidator(_each(_id))] = ()
    differ: Said = False
    shared: Said = False
    """The address was made for others: whoever opens it reads public goods at public prices."""

    @classmethod
    def read(cls, args: "MultiDict[str, str]") -> "CompareInput":
        """What an address asks for."""
        return cls(
            variant=args.getlist("variant"),  # type: ignore[arg-type]
            showed=args.getlist("showed"),  # type: ignore[arg-type]
            remove=args.getlist("remove"),  # type: ignore[arg-type]
            differ=args.get("differ", ""),  # type: ignore[arg-type]
            shared=args.get("shared", ""),  # type: ignore[arg-type]
        )

    def with_kept(self, before: Iterable[UUID]) -> tuple[UUID, ...]:
        """What is asked for first, then what was kept `before`, without what is taken out."""
        out = {*self.remove, *(set(self.showed) - set(self.variant))}
        return tuple(variant_id for variant_id in dict.fromkeys([*self.variant, *before]) if variant_id not in out)
