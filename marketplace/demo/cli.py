"""Commands of the demo: seed the companies and the catalogue, play the history, print the log-ins. Refused in production."""

import itertools
from datetime import datetime
from functools import partial

import click
from flask import current_app
from sqlalchemy import select

from marketplace.accounts.models import Company
from marketplace.accounts.passwords import hash_password
from marketplace.accounts.permissions import Permission
from marketplace.app import create_app
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue import services as catalogue_services
from marketplace.catalogue.models import Category
from marketplace.core import clock, files, jobs, once
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db, outside, transaction
from marketplace.core.files import StoredFile
from marketplace.core.jobs import Job
from marketplace.core.memory import keep_what_stands
from marketplace.demo import history, papers, progress
from marketplace.demo.cast import Cast, NotSeeded
from marketplace.demo.companies import CompanySeeder
from marketplace.demo.listings import listing_of
from marketplace.demo.player import Player
from marketplace.demo.prices import PriceSeeder
from marketplace.demo.progress import SCOPE
from marketplace.demo.searching import search_around, seed_search_rules
from marketplace.demo.simulator import SimulatorControl
from marketplace.demo.watching import seed_watching
from marketplace.demo.world import Calendar, World
from marketplace.pricing import services as pricing
from marketplace.pricing import shipped
from marketplace.worker import run_job
from payments import calls
from vendors.models import Certificate

CHUNK = 500
SETTLED = frozenset({"vendors.open_application", "vendors.mark_recheck_due"})


@click.group("demo")
def group() -> None:
    """The demo world; refused in production."""
    if current_app.config["PRODUCTION"]:
        raise click.ClickException("the demo is refused in production")


@group.command("logins")
def logins() -> None:
    """Print who can log in."""
    click.echo(progress.logins_text())


@group.command("seed")
@click.option("--companies", is_flag=True, help="Companies, people, categories, products, payout accounts.")
@click.option("--history", "with_history", is_flag=True, help="The purchases and reviews.")
def seed(*, companies: bool, with_history: bool) -> None:
    """Seed what is named, or everything; what is there already is left alone."""
    is_all = not companies and not with_history
    if companies or is_all:
        seed_companies(World())
    if with_history or is_all:
        play_history(World())


def calendar() -> Calendar:
    """Day 0 of this world: the instant at which its seeding began, kept for later runs."""
    with transaction():
        found = once.claim(SCOPE, "day 0", {})
        if found is None:
            found = {"at": clock.now().isoformat()}
            once.answer(SCOPE, "day 0", found)
    return Calendar(datetime.fromisoformat(found["at"]))


def seed_companies(world: World) -> None:
    """Everything that stands before the first purchase. Each part is written once; a run that was killed goes on."""
    home = current_app.config["SETTINGS"].home
    seeder = CompanySeeder(world, calendar(), hash_password(progress.PASSWORD))
    with jobs.kept_back(), transaction():
        if once.claim(SCOPE, "companies", {}) is None:
            _seed_all(seeder)
            _settle_jobs()
    _store_papers()
    with transaction():
        if once.claim(SCOPE, "categories", {}) is None:
            catalogue_services.load_categories(world.catalogue)
            pricing.load_tax_rates(shipped.tax_rates(), actor=SYSTEM)
            rates = world.companies["indicative_rates_eur"]
            first_day = seeder.calendar.day(-365)
            pricing.load_rates(rates, valid_from=first_day, source="Indicative rates of the demo", actor=SYSTEM)
            pricing.load_duty_rates(shipped.duty_rates(), actor=SYSTEM)
    cast = Cast.find(world)
    _seed_case(seeder, cast)
    _seed_products(seeder, cast)
    with transaction():
        if once.claim(SCOPE, "price lists", {}) is None:
            PriceSeeder(world, cast, seeder.calendar).seed()
    with transaction():
        if once.claim(SCOPE, "watching", {}) is None:
            seed_watching(cast)
    with transaction():
        if once.claim(SCOPE, "search rules", {}) is None:
            seed_search_rules(cast)
    with clock.at(seeder.calendar.instant(-365)):  # the story changes bank details that were in force before it
        opened = calls.open_operator_payout_accounts([cast.companies[row["key"]] for row in world.companies["vendors"]])
    progress.write_logins(home)
    click.echo(f"companies {len(cast.companies) + 1}, payout accounts {opened}")


def _seed_all(seeder: CompanySeeder) -> None:
    world = seeder.world
    verifier = seeder.seed_operator()
    for row in world.companies["vendors"]:
        seeder.seed_vendor(row, verifier)
    for row in world.companies["buyers"]:
        seeder.seed_buyer(row)
    for row in world.reviewers:
        if not row["is_buyer_in_companies"]:
            seeder.seed_reviewer(row)


def _store_papers() -> None:
    """Put the papers of the certificates where files lie; the rows say what stands in them, so a run that was killed goes on."""
    if once.answer_of(SCOPE, "papers") is not None:
        outside()
        return
    facts = ("scheme", "number", "issuer", "scope", "valid_from", "valid_until")
    rows = db.session.execute(
        select(Company.name.label("holder"), StoredFile, *(getattr(Certificate, name) for name in facts))
        .join(Certificate, Certificate.vendor_id == Company.id)
        .join(StoredFile, StoredFile.id == Certificate.file_id)
    ).all()
    db.session.expunge_all()  # the files are read on while no transaction is open
    outside()
    for row in rows:
        files.store(row.StoredFile, papers.certificate_paper(holder=row.holder, **{name: getattr(row, name) for name in facts}))
    with transaction():
        once.claim(SCOPE, "papers", {})


def _settle_jobs() -> None:
    """What the acts of the past left to be done later: applications are open already, and checks that ran out were made again."""
    jobs.finish_kept(Job.name.in_(SETTLED))
    jobs.hand_over()


def _seed_case(seeder: CompanySeeder, cast: Cast) -> None:
    """The applicant that waits for its check, with the paper that it has sent."""
    row = next(row for row in seeder.world.companies["vendors"] if not row["level_checks"])
    company_id = cast.companies[row["key"]]
    place = row["address"]
    facts = {
        "Company": row["legal_name"],
        "Number": row["tax_ids"][0]["display"],
        "Seat": f"{place['street']}, {place['city']}, {place['country']}",
    }
    content = papers.paper("Register extract", "Commercial register", facts)
    stored = None
    with transaction():
        if once.claim(SCOPE, "case", {}) is None:
            stored = files.record(company_id, "register-extract.pdf", content)
            db.session.flush()  # the checklist points to it
            verifier = cast.actor(cast.operator_id, Permission.VENDOR_VERIFY, is_staff=True)
            with jobs.kept_back():
                seeder.apply_for_check(row, company_id, stored.id, verifier)
            jobs.hand_over()
    if stored is not None:
        outside()
        files.store(stored, content)


def _seed_products(seeder: CompanySeeder, cast: Cast) -> None:
    """All listings, in chunks that are each taken once."""
    world = seeder.world
    definitions = catalogue.definitions_by_code([row["code"] for row in world.catalogue["attributes"]])
    category_ids = {slug: category_id for category_id, slug in db.session.execute(select(Category.id, Category.slug))}
    outside()
    rows = enumerate(world.products(), start=1)
    number = 0
    while chunk := list(itertools.islice(rows, CHUNK)):
        with transaction():
            if once.claim(SCOPE, f"products:{number}", {}) is None:
                listings = [
                    listing_of(
                        row,
                        line,
                        category_ids=category_ids,
                        company_ids=cast.companies,
                        definitions=definitions,
                        calendar=seeder.calendar,
                    )
                    for line, row in chunk
                ]
                taken = catalogue_services.import_products(listings, actor=SYSTEM, source="demo world", known=definitions)
                for refused in taken.refused:
                    raise click.ClickException(f"products.jsonl line {refused.line}, {refused.sku}: {refused.reason}")
        number += 1


def play_history(world: World) -> None:
    """The purchases that can be played so far, and the reviews with purchases of their own; says what waits and why."""
    settings = current_app.config["SETTINGS"]
    # The acts leave jobs behind that are done here, so the tasks of all rooms are needed, which a command does not have.
    app = create_app(settings, doors="tasks")
    keep_what_stands()
    with app.app_context():
        try:
            cast = Cast.find(world)
        except NotSeeded as error:
            raise click.ClickException(str(error)) from error
        simulator = SimulatorControl(settings.stripe_api_base)
        simulator.settle()
        player = Player(world, cast, calendar(), simulator=simulator, run_job=partial(run_job, app), base_url=settings.base_url)
        waiting = history.play_all(world, player, home=settings.home, say=click.echo)
        if once.answer_of(SCOPE, "searches") is None and search_around(settings.base_url):
            with transaction():
                once.claim(SCOPE, "searches", {})
    click.echo(f"{len(waiting)} wait" + "".join(f"\n  {line}" for line in waiting))
