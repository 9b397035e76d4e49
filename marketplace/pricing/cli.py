"""Commands of the operator: load the tables that ship with the product."""

import csv
import json
from datetime import date, datetime
from pathlib import Path

import click

from marketplace.core import clock
from marketplace.core.audit import SYSTEM
from marketplace.core.db import transaction
from marketplace.pricing import services, shipped


@click.group("pricing")
def group() -> None:
    """Tax rates, duty rates and indicative exchange rates."""


@group.command("load-taxes")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load_taxes(file: Path | None) -> None:
    """Load tax rates from a CSV file, by default the shipped one. The operator checks them before use."""
    if file is None:
        rows = shipped.tax_rates()
    else:
        with file.open(encoding="utf-8", newline="") as source:
            rows = list(csv.DictReader(source))
    with transaction():
        count = services.load_tax_rates(rows, actor=SYSTEM)
    click.echo(json.dumps({"rows": count}))


@group.command("load-duties")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load_duties(file: Path | None) -> None:
    """Load duty rates from a CSV file (country, hs, rate_bp, valid_from, example), by default the shipped examples."""
    if file is None:
        rows = shipped.duty_rates()
    else:
        with file.open(encoding="utf-8", newline="") as source:
            rows = list(csv.DictReader(source))
    with transaction():
        count = services.load_duty_rates(rows, actor=SYSTEM)
    click.echo(json.dumps({"rows": count}))


@group.command("load-rates")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", required=True, help="Where the rates come from, as buyers will read it.")
@click.option("--from", "valid_from", type=click.DateTime(["%Y-%m-%d"]), help="First day; default: today.")
def load_rates(file: Path, source: str, valid_from: datetime | None) -> None:
    """Load indicative rates from a JSON file {"USD": 0.924, …}: one unit in the platform's currency."""
    day: date = valid_from.date() if valid_from else clock.now().date()
    with transaction():
        services.load_rates(json.loads(file.read_text(encoding="utf-8")), valid_from=day, source=source, actor=SYSTEM)
