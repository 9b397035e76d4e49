"""Commands about people: the first administrator of a new platform."""

import secrets

import click

from marketplace.accounts import queries, services
from marketplace.accounts.passwords import hash_password
from marketplace.core import policy
from marketplace.core.audit import SYSTEM
from marketplace.core.db import transaction


@click.group("accounts")
def group() -> None:
    """People and companies."""


@group.command("open-platform")
@click.option("--email", required=True, help="Address of the first administrator; a link to set the password goes there.")
@click.option("--name", required=True, help="Their name.")
def open_platform(email: str, name: str) -> None:
    """Make the operator's company and its administrator; may be called again for another administrator."""
    numbers = policy.current()
    # Nobody knows this password: the first one is set by the link.
    password_hash = hash_password(secrets.token_urlsafe(32))
    with transaction():
        company_id = services.open_platform(
            email.strip().lower(),
            name=name,
            password_hash=password_hash,
            company_name=numbers.operator_name,
            country=numbers.platform_country,
            currency=numbers.platform_currency,
            actor=SYSTEM,
        )
    if company_id is None:
        raise click.ClickException("somebody has this address already")
    click.echo(f"{email}: a link to set the password is on its way")


@group.command("turn-off-second-step")
@click.option("--email", required=True, help="Address of somebody who has lost app and sheet, and has proved by phone who they are.")
def turn_off_second_step(email: str) -> None:
    """Let the password alone open an account again; the person is told by mail, and it stands in the history."""
    person = queries.find_person_by_email(email.strip().lower())
    if person is None or not queries.ways_of(person.id).has_app:
        raise click.ClickException("nobody with a second step has this address")
    with transaction():
        services.turn_off_app(person.id, actor=SYSTEM)
    click.echo(f"{email}: the second step is off")
