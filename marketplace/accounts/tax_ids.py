"""Tax and registry numbers, checked by their check digits (python-stdnum). Whether a number is in use, only a register knows."""

from functools import lru_cache
from importlib import import_module
from typing import Any

from stdnum import get_cc_module
from stdnum.exceptions import ValidationError

EU = frozenset(
    {
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    }
)
PREFIXES = {code: code for code in EU} | {"GR": "EL", "GB": "GB", "NO": "NO"}
"""What stands before a VAT number on papers; Greece's differs from its country code."""

REGISTRIES = {"SE": "orgnr", "NO": "orgnr", "DE": "handelsregisternummer", "FI": "ytunnus", "FR": "siren", "US": "ein"}
"""Countries whose registry number is another one than the VAT number."""


class TaxIDWrong(Exception):
    """The number does not fit the country's pattern or its check digits."""


@lru_cache(maxsize=256)
def _modules(country: str) -> tuple[Any, ...]:
    found: list[Any] = [get_cc_module(country.lower(), "vat")]
    if country in REGISTRIES:
        found.append(import_module(f"stdnum.{country.lower()}.{REGISTRIES[country]}"))
    return tuple(module for module in found if module is not None)


def check_tax_id(country: str, value: str, scheme: str | None = None) -> dict[str, str]:
    """The number as it is stored: {scheme, value, display}. Raises: TaxIDWrong.

    `scheme` is the module of python-stdnum that checks it (`se.vat`, `se.orgnr`), by default the first of the country that fits,
    or `<country>.unchecked` where none exists.
    """
    written = " ".join(value.split())
    modules = [m for m in _modules(country) if scheme is None or _scheme(m) == scheme]
    if not modules and scheme is None:
        if not 4 <= len(written) <= 40:
            raise TaxIDWrong
        return {"scheme": f"{country.lower()}.unchecked", "value": written, "display": written}
    for module in modules:
        try:
            compact = str(module.validate(written))
        except (ValidationError, ValueError):
            continue
        prefix = PREFIXES.get(country, "") if module is _modules(country)[0] else ""
        return {"scheme": _scheme(module), "value": compact, "display": compact if compact.startswith(prefix) else prefix + compact}
    raise TaxIDWrong


def _scheme(module: Any) -> str:
    return str(module.__name__).removeprefix("stdnum.")


def vat_id(country: str, tax_ids: list[dict[str, str]]) -> str | None:
    """The company's VAT number as it stands on papers, or None: a registry number is none, nor is one that nobody can check."""
    modules = _modules(country)
    scheme = _scheme(modules[0]) if modules else None
    return next((t["display"] for t in tax_ids if t["scheme"] == scheme), None)


def scheme_of(country: str, kind: str) -> str | None:
    """The scheme that checks a kind of number in a country: `vat` or `registry`; None when any that fits will do, or none is known."""
    modules = _modules(country)
    place = {"vat": 0, "registry": 1}.get(kind)
    return _scheme(modules[place]) if place is not None and place < len(modules) else None


def kind_of(scheme: str) -> str:
    """What a stored scheme is: `vat`, `registry`, or `other` where no form is known."""
    country = scheme.partition(".")[0].rstrip("_").upper()
    schemes = [_scheme(module) for module in _modules(country)] if len(country) == 2 else []
    if scheme not in schemes:
        return "other"
    return "vat" if scheme == schemes[0] else "registry"


def is_checked_by_form(scheme: str) -> bool:
    """Whether the number's pattern and check digits were compared."""
    return not scheme.endswith(".unchecked")
