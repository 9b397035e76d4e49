"""Forms: the one way in for what people type. A pydantic schema checks the shape; the form keeps everything that was typed.

Messages are texts of the catalogue, chosen by the type of the error (decisions.md 15). Lists of rows are sent as `tiers-0-price`.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError
from werkzeug.datastructures import MultiDict

from marketplace.core import i18n
from marketplace.core.i18n import gettext, lazy

MAX_FIELD_CHARS = 20_000
MAX_ROWS = 1_000
BIGGEST = 2**62

MESSAGES = {
    "missing": lazy("Fill this in."),
    "string_too_short": lazy("Fill this in."),
    "string_too_long": lazy("This is too long: at most %(max_length)s characters."),
    "string_pattern_mismatch": lazy("This is not written as it should be."),
    "string_type": lazy("Write text here."),
    "too_long": lazy("These are too many: at most %(max_length)s."),
    "too_short": lazy("Choose at least one."),
    "int_parsing": lazy("Write a whole number, such as 500."),
    "int_type": lazy("Write a whole number, such as 500."),
    "int_from_float": lazy("Write a whole number, such as 500."),
    "bool_parsing": lazy("Choose yes or no."),
    "decimal_parsing": lazy("Write a number, such as 12.50."),
    "greater_than": lazy("This must be more than %(gt)s."),
    "greater_than_equal": lazy("This must be at least %(ge)s."),
    "less_than": lazy("This must be less than %(lt)s."),
    "less_than_equal": lazy("This must be at most %(le)s."),
    "enum": lazy("Choose one of the list."),
    "literal_error": lazy("Choose one of the list."),
    "uuid_parsing": lazy("Choose one of the list."),
    "uuid_type": lazy("Choose one of the list."),
    "date_from_datetime_parsing": lazy("Write a day, such as 2026-12-28."),
    "date_parsing": lazy("Write a day, such as 2026-12-28."),
    "date_type": lazy("Write a day, such as 2026-12-28."),
}
_LIMIT = re.compile(r"(?:Decimal\(')?(-?[0-9]+(?:\.[0-9]+)?)(?:'\))?")
_LIMIT_DAY = re.compile(r"datetime\.date\((\d+), (\d+), (\d+)\)")
BOUNDS = frozenset({"gt", "ge", "lt", "le"})
FALLBACK = lazy("This is not right.")
UNSEEN = dict.fromkeys([0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
"""Marks without width that come along with copied text: a number with one is none, and one that turns the direction makes a name lie."""
UNREADABLE = lazy("This holds characters that cannot be stored.")
TOO_LONG = lazy("This is too long: at most %(max_length)s characters.")


class FormSchema(BaseModel):
    """Parent of every `…Input`: text is trimmed, unknown fields are ignored, values do not change afterwards."""

    model_config = ConfigDict(str_strip_whitespace=True, extra="ignore", frozen=True)


def refuse(message: str, **values: object) -> PydanticCustomError:
    """An error of a schema's own validator; `message` is a text of the catalogue."""
    return PydanticCustomError("own", "{message}", {"message": message, "values": values})


def _written_day(value: object) -> object:
    if isinstance(value, str) and value.strip() and not re.fullmatch(r"\d{4}-\d\d-\d\d", value.strip(), re.ASCII):
        raise refuse(MESSAGES["date_parsing"])
    return value


WrittenDay = Annotated[date, BeforeValidator(_written_day)]
"""A day as a form sends it, `2026-12-28`; a bare number, which pydantic would read as seconds since 1970, is none."""

NOT_NEGATIVE = lazy("This must not be negative.")
TOO_MANY_DECIMALS = lazy("This has too many decimals: at most 6.")
TOO_LARGE = lazy("This number is too large.")
_NEGATIVE = re.compile(r"[-\u2212]\s*\d.*", re.DOTALL)
_GROUPED = re.compile(r"\d{1,3}(?:[ ,\u00a0\u202f']\d{3})+|\d+")


WIDE = str.maketrans("０１２３４５６７８９．，", "0123456789.,")
"""Figures of a Chinese keyboard and their narrow kin."""


def whole_number(value: object) -> object:
    """`5,000` and `5 000` are 5000. Signs, exponents and decimals are refused by what is left over."""
    if isinstance(value, str):
        written = value.strip().translate(WIDE)
        if (_GROUPED.fullmatch(written) and written.isascii()) or re.fullmatch(r"\d{1,3}(?:[\u00a0\u202f]\d{3})+", written):
            digits = re.sub(r"\D", "", written)
            if len(digits) > 19 or int(digits) > BIGGEST:
                raise refuse(TOO_LARGE)
            return int(digits)
        if _NEGATIVE.fullmatch(written):
            raise refuse(NOT_NEGATIVE)
        raise refuse(lazy("Write a whole number, such as 500."))
    return value


def decimal_number(value: object) -> object:
    """`1,250.50`, `1250.5` and `1250,5` as a Decimal; no sign, no exponent, at most 6 decimals."""
    if isinstance(value, str):
        written = value.strip().translate(WIDE).replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
        if re.fullmatch(r"[1-9]\d{0,2}(?:(,\d{3})+|('\d{3})+)(\.\d+)?", written):
            written = re.sub("[,']", "", written)
        elif re.fullmatch(r"\d+,\d{1,2}|\d+,\d{4,6}|0,\d{3}", written):  # no thousand begins with a nought
            written = written.replace(",", ".")
        if _NEGATIVE.fullmatch(written):
            raise refuse(NOT_NEGATIVE)
        if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", written):
            raise refuse(lazy("Write a number, such as 12.50."))
        if len(written.partition(".")[2]) > 6:
            raise refuse(TOO_MANY_DECIMALS)
        if len(written) > 24:
            raise refuse(TOO_LARGE)
        try:
            return Decimal(written)
        except InvalidOperation as error:
            raise refuse(lazy("Write a number, such as 12.50.")) from error
    return value


WholeNumber = Annotated[int, BeforeValidator(whole_number)]
DecimalNumber = Annotated[Decimal, BeforeValidator(decimal_number)]


Schema = TypeVar("Schema", bound=FormSchema)
Row = TypeVar("Row", bound=BaseModel)


class Form(Generic[Schema]):
    """What was typed, what it means, and what is wrong with it.

    `data` is the schema after `is_valid()`; `value(name)` is what stands in the field, also when it is refused.
    """

    def __init__(self, schema: type[Schema], typed: MultiDict[str, str] | None = None, *, initial: Mapping[str, Any] | None = None) -> None:
        self.schema = schema
        self.typed = typed
        self.initial = initial or {}
        self.messages: dict[str, str] = {}
        self._data: Schema | None = None
        self._row_numbers: dict[str, list[int]] = {}

    @property
    def data(self) -> Schema:
        """The checked content; only after `is_valid()` said yes."""
        if self._data is None:
            raise RuntimeError("data of a form that is not valid")
        return self._data

    def is_valid(self) -> bool:
        """Check what was typed against the schema, once."""
        if self.typed is None:
            return False
        unreadable = self._unreadable()
        try:
            self._data = self.schema.model_validate(self._structure(unreadable))
        except ValidationError as error:
            for problem in error.errors(include_url=False):
                self.messages.setdefault(self._field_name(problem["loc"]), _message(dict(problem)))
        self.messages.update(unreadable)
        if self.messages:
            self._data = None
        return not self.messages

    def readable(self, instead: Mapping[str, Any]) -> Schema | None:
        """What can be read of a form that is refused, so that further rules can be told with what is wrong already.

        Refused values are as if they had not been sent, and of a list only the rows before the first refused one stand; `instead` stands
        for fields that may not be missing. None where that is no whole either.
        """
        if self._unreadable():
            return None
        structure = self._structure({})
        try:
            return self.schema.model_validate(structure)
        except ValidationError as error:
            for name, *place in (problem["loc"] for problem in error.errors(include_url=False)):
                if place and isinstance(place[0], int) and str(name) in self._row_numbers:
                    structure[str(name)] = structure[str(name)][: place[0]]
                else:
                    structure.pop(str(name), None)
        try:
            return self.schema.model_validate({**instead, **structure})
        except ValidationError:
            return None

    def readable_rows(self, name: str, schema: type[Row], instead: Mapping[str, Any]) -> list[Row]:
        """The rows of a list that can be read, so that the rules of each are told with what is wrong in its shape already.

        What is refused of a row is as if it had not been sent; `instead` stands for fields that may not be missing. A row that cannot
        be read even so is left out.
        """
        rows = self._rows(name, schema, self._unreadable())
        return [found for row in rows if (found := _readable_row(schema, row, instead)) is not None]

    def add_error(self, name: str, message: str) -> None:
        """Put a refusal of the rules beside the field that it is about. `message` is already in the reader's language."""
        self.messages[name] = message

    def value(self, name: str) -> str:
        """What stands in the field."""
        if self.typed is not None and (name in self.typed or not self.initial):
            return printable(self.typed.get(name, ""))
        value = self.initial.get(name) if self.typed is None else None
        return "" if value is None else str(value)

    def values(self, name: str) -> list[str]:
        """All values of a field that can be sent more than once."""
        if self.typed is not None:
            return [printable(v) for v in self.typed.getlist(name)]
        value = self.initial.get(name) or []
        return [str(v) for v in value] if isinstance(value, (list, tuple, set, frozenset)) else [str(value)]

    def rows(self, name: str, *, blank: int = 1) -> list[str]:
        """Prefixes of the rows of a list field (`tiers-0`, `tiers-1` …), with some blank ones to fill in."""
        names = self.typed if self.typed is not None else self.initial
        used = {int(m[1]) for m in (re.match(rf"{name}-(\d{{1,4}})-", key) for key in names) if m}
        count = min((max(used) + 1 if used else 0) + (0 if self.typed is not None and used else blank), MAX_ROWS)
        return [f"{name}-{i}" for i in range(count)]

    def error(self, name: str) -> str | None:
        """What is wrong with the field."""
        return self.messages.get(name)

    @property
    def errors(self) -> list[tuple[str, str]]:
        """(field, message) of everything that is wrong, in the order of the schema."""
        order = {name: i for i, name in enumerate(self.schema.model_fields)}
        return sorted(self.messages.items(), key=lambda item: order.get(item[0].split("-")[0], len(order)))

    def _unreadable(self) -> dict[str, str]:
        found = {}
        for name, values in (self.typed or MultiDict()).lists():
            for value in values:
                if not can_be_stored(value):
                    found[name] = gettext(UNREADABLE)
                elif len(value) > MAX_FIELD_CHARS:
                    found[name] = gettext(TOO_LONG, max_length=MAX_FIELD_CHARS)
        return {name: text for name, text in found.items() if name.split("-")[0] in self.schema.model_fields}

    def _structure(self, unreadable: Mapping[str, str]) -> dict[str, Any]:
        typed = self.typed or MultiDict()
        out: dict[str, Any] = {}
        for name, info in self.schema.model_fields.items():
            row = _row_schema(info.annotation)
            if row is not None:
                out[name] = self._rows(name, row, unreadable)
            elif get_origin(info.annotation) in (list, set, frozenset, tuple):
                out[name] = [value for sent in typed.getlist(name) if (value := _seen(sent)).strip()]
            elif name in typed and name not in unreadable and (value := _seen(typed[name])).strip():
                out[name] = value
        return out

    def _rows(self, name: str, schema: type[BaseModel], unreadable: Mapping[str, str]) -> list[dict[str, str]]:
        typed = self.typed or MultiDict()
        numbers = sorted({int(m[1]) for m in (re.match(rf"{name}-(\d{{1,4}})-", key) for key in typed) if m})
        rows = []
        # Blank rows are no rows; the others remember where they stood, so that an error names the row that was typed.
        self._row_numbers[name] = []
        for number in numbers[:MAX_ROWS]:
            fields = {field: f"{name}-{number}-{field}" for field in schema.model_fields}
            row = {field: value for field, key in fields.items() if (value := _seen(typed.get(key, ""))).strip() and key not in unreadable}
            if row:
                rows.append(row)
                self._row_numbers[name].append(number)
        return rows

    def _field_name(self, location: tuple[int | str, ...]) -> str:
        parts = list(location)
        if len(parts) > 1 and isinstance(parts[1], int) and str(parts[0]) in self._row_numbers:
            parts[1] = self._row_numbers[str(parts[0])][parts[1]]
        elif len(parts) > 1:
            parts = parts[:1]  # one message for a field that is sent several times
        return "-".join(str(part) for part in parts) or "form"


def _readable_row(schema: type[Row], row: Mapping[str, Any], instead: Mapping[str, Any]) -> Row | None:
    try:
        return schema.model_validate(row)
    except ValidationError as error:
        refused = {str(problem["loc"][0]) for problem in error.errors(include_url=False) if problem["loc"]}
    kept = {name: value for name, value in row.items() if name not in refused}
    try:
        return schema.model_validate(kept | {name: instead[name] for name in refused if name in instead})
    except ValidationError:
        return None


def _row_schema(annotation: Any) -> type[BaseModel] | None:
    if get_origin(annotation) is list:
        inner = get_args(annotation)[0]
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            return inner
    return None


def _seen(value: str) -> str:
    """What was typed without the marks that nobody sees. Browsers send a line's end as two signs, and count it as one."""
    return value.translate(UNSEEN).replace("\r\n", "\n")


def can_be_stored(text: str) -> bool:
    """Whether a text has neither NUL, which PostgreSQL cannot hold, nor half a sign (a lone surrogate), which UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def one_line(text: str) -> str:
    """Text that is told by its words: what cannot be shown is a space, and spaces are single, none at the ends.

    What is kept so and what is asked for so are the same, whichever spaces either was written with.
    """
    shown = text if text.isprintable() else "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(shown.split())


def printable(value: str) -> str:
    """What can be put back into a page: lone surrogates and NUL cannot be written as UTF-8 or HTML. The form refuses what replaces them."""
    return value.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _message(problem: dict[str, Any]) -> str:
    context = problem.get("ctx", {})
    if problem["type"] == "own":
        own: str = context["message"]
        return gettext(own, **context["values"])
    if problem["type"] == "value_error":
        return gettext(FALLBACK)
    values = {name: _bound(value) if name in BOUNDS else value for name, value in context.items() if name != "error"}
    return gettext(MESSAGES.get(problem["type"], FALLBACK), **values)


def _bound(value: object) -> str:
    """A limit as people write it; pydantic hands it over as it stands in a program: `Decimal('1000')`, `datetime.date(2100, 12, 31)`."""
    written = str(value)
    if on := _LIMIT_DAY.fullmatch(written):
        return i18n.day(date(*map(int, on.groups())))
    digits = _LIMIT.fullmatch(written)
    return i18n.number(Decimal(digits[1])) if digits else written
