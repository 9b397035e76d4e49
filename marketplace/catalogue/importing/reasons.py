"""What is wrong with the rows of a product, in the words of the file that they stand in (pure)."""

import re
from collections.abc import Iterable, Mapping, Sequence

from marketplace.catalogue.faults import Fault
from marketplace.catalogue.importing.cells import ATTRIBUTE
from marketplace.catalogue.importing.mapping import LABELS
from marketplace.core.i18n import gettext

_FIELD = re.compile(r"(?:variants-(?P<variant>\d+)-)?(?P<name>attr-.+|\w*)")
_COLUMNS = {
    "weight": ("weight_g",),
    **dict.fromkeys(("length", "width", "height"), ("dims_mm",)),
    "category_id": ("category",),
    "tiers": ("tiers", "price"),
    "price": ("price", "tiers"),
    "title_en": ("title_en", "title", "title_zh"),
}
"""Field of the form → the columns it may stand in; any other field is a column of the same name."""


def said(faults: Iterable[Fault], heads: Mapping[str, str], skus: Sequence[str] = ()) -> str:
    """Each fault on a line of its own, behind the name that the file gives to its column.

    `heads`: column → head in the file; a column that the file lacks goes by what people call it. `skus` are the product's variants: a
    fault of a further one says whose it is.
    """
    return "\n".join(dict.fromkeys(_line(fault, heads, skus) for fault in faults))


def _line(fault: Fault, heads: Mapping[str, str], skus: Sequence[str]) -> str:
    found = _FIELD.match(fault.field)
    variant, name = (found["variant"], found["name"]) if found else (None, "")
    words = fault.words()
    if head := _head(name, fault, heads):
        words = gettext("%(label)s: %(text)s", label=head, text=words)
    if variant and int(variant) < len(skus):
        words = gettext("%(label)s: %(text)s", label=skus[int(variant)], text=words)
    return words


def _head(name: str, fault: Fault, heads: Mapping[str, str]) -> str:
    if name.startswith("attr-"):
        code = name.removeprefix("attr-")
        # Who names the attribute in its words needs no head before them.
        return heads.get(ATTRIBUTE + code) or ("" if {"name", "code"} & fault.values.keys() else code)
    columns = _COLUMNS.get(name, (name,))
    return next((heads[column] for column in columns if column in heads), gettext(LABELS[columns[0]]) if columns[0] in LABELS else name)
