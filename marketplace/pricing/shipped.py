"""The tax table that ships with the product; an operator checks it before use."""

import csv
from pathlib import Path

REFERENCE = Path(__file__).parent / "reference"


def tax_rates() -> list[dict[str, str]]:
    """The rows of `reference/vat.csv`, as `services.load_tax_rates` takes them."""
    with (REFERENCE / "vat.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))
