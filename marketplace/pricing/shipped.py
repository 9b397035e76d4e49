"""The tables that ship with the product: tax, duty, Incoterms. An operator checks them before use."""

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).parent / "reference"


def tax_rates() -> list[dict[str, str]]:
    """The rows of `reference/vat.csv`, as `services.load_tax_rates` takes them."""
    with (REFERENCE / "vat.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def duty_rates() -> list[dict[str, str]]:
    """The rows of `reference/duty.csv`, as `services.load_duty_rates` takes them: examples, all of them."""
    with (REFERENCE / "duty.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


@cache
def incoterms() -> dict[str, dict[str, Any]]:
    """Incoterms 2020 by code: who pays the main carriage, who clears and pays duty."""
    rules: list[dict[str, Any]] = json.loads((REFERENCE / "incoterms.json").read_text(encoding="utf-8"))["rules"]
    return {rule["code"]: rule for rule in rules}
