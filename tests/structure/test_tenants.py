"""The tenant matrix, made from the URL map: object × principal × read and write, each with its positive control (robustness.md 3).

Two complete worlds stand in one database; connections are those of the pages' role, so row security is live. A new route fails here
until `tests/walls/cases` says how its owner succeeds.
"""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from marketplace.core.db import STAFF_ROLE, Base, db
from search.engines.tantivy import TantivyEngine
from search.index import EXTENSION
from tests.walls.case import Case
from tests.walls.cases import CASES, WITHOUT_CASE
from tests.walls.house import House, unused
from tests.walls.people import VISITOR, Principal
from tests.walls.probes import Probes, describe
from tests.walls.side import STAFF, World

pytestmark = pytest.mark.committed
FLOOR, FLOOR_OF_ALL = 5_000, 10_000
EVERY = 4
ONE = {VISITOR, *STAFF}
"""Principals that both sides share."""
by_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.fixture(scope="module")
def probes(world: World, pytestconfig: pytest.Config) -> Probes:
    """What asks both worlds: every fourth stranger, or all for `dev.py prove tenants`."""
    with world.app.app_context():
        made = Probes(world, House(world.app), every=1 if pytestconfig.getoption("everybody") else EVERY)
        made.still()
    return made


def routes(app: Flask) -> list[tuple[str, str, str]]:
    """(address, method, endpoint) of everything that answers."""
    return [
        (rule.rule, method, rule.endpoint)
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def test_every_route_has_a_case(app: Flask) -> None:
    known = {(case.endpoint, case.method) for case in CASES} | set(WITHOUT_CASE)

    missing = [
        f"{method} {rule} ({endpoint}): add a Case with a body that works for its owner to tests/walls/cases"
        for rule, method, endpoint in routes(app)
        if (endpoint, method) not in known
    ]
    assert missing == []


def test_every_case_has_a_route(app: Flask) -> None:
    there = {(endpoint, method) for _, method, endpoint in routes(app)}

    assert sorted({(case.endpoint, case.method) for case in CASES} - there) == []


def test_no_address_has_two_views(app: Flask) -> None:
    answers: dict[tuple[str, str], list[str]] = {}
    for rule, method, endpoint in routes(app):
        answers.setdefault((rule, method), []).append(endpoint)

    assert {where: views for where, views in answers.items() if len(views) > 1} == {}


def test_a_write_of_anybody_is_noticed(app: Flask, probes: Probes) -> None:
    who, company = probes.world.people["a.owner"], probes.world.sides["a"].ids["buyer_company"]
    renamed = text("UPDATE companies SET name = :name WHERE id = :id RETURNING (SELECT old.name FROM companies old WHERE old.id = :id)")
    seen = [probes.unchanged(who)]
    name = "Renamed AB"
    for _ in ("there", "and back"):
        with db.engine.begin() as connection:
            connection.execute(text(f"SET LOCAL ROLE {STAFF_ROLE}"))
            name = connection.execute(renamed, {"name": name, "id": company}).scalar_one()
        seen.append(probes.unchanged(who))
    with probes.house.undone() as connection:
        inside = [probes._since(connection)]
        connection.execute(text(f"SET LOCAL ROLE {STAFF_ROLE}"))
        connection.execute(renamed, {"name": "Renamed AB", "id": company})
        inside.append(probes._since(connection))

    line = f"{who.name} changed {('companies', company)}"
    assert (seen, inside) == ([[], [line], [line]], [[], [("companies", company)]])
    assert probes.unchanged(who) == []


@by_case
def test_the_owner_is_served_and_looking_changes_nothing(app: Flask, probes: Probes, case: Case) -> None:
    found = [line for side, _ in probes.sides() for line in probes.control(case, side)]

    assert not found, "\n".join(found)


@by_case
def test_a_stranger_gets_nothing(app: Flask, probes: Probes, case: Case) -> None:
    probes.tally.cases.add(case.name)
    found: list[str] = []
    if case.strangers != "bearer" and not (case.strangers == "served" and case.method == "POST"):
        for side, _ in probes.sides():
            for who in probes.strangers(case, side):
                found += probes.stranger(case, side, who)

    assert not found, "\n".join(found)


@pytest.mark.parametrize("case", [case for case in CASES if case.method == "POST"], ids=lambda case: case.name)
def test_fields_that_nobody_asked_for_do_nothing(app: Flask, probes: Probes, case: Case) -> None:
    found = probes.extra_fields(case, probes.world.sides["a"])

    assert not found, "\n".join(found)


@by_case
def test_a_smuggled_id_does_nothing(app: Flask, probes: Probes, case: Case) -> None:
    found = [line for side, _ in probes.sides() for line in probes.smuggled(case, side)]

    assert not found, "\n".join(found)


@by_case
def test_a_child_of_somebody_else_is_not_found(app: Flask, probes: Probes, case: Case) -> None:
    found = [line for side, _ in probes.sides() for line in probes.nested(case, side)]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("case", [c for c in CASES if c.method == "POST" and c.writes and c.owner not in ONE], ids=lambda case: case.name)
def test_a_token_of_one_company_means_nothing_for_another(app: Flask, probes: Probes, case: Case) -> None:
    found = probes.same_token(case, probes.world.sides["a"])

    assert not found, "\n".join(found)


@pytest.mark.parametrize("case", [c for c in CASES if c.owner == "owner"], ids=lambda case: case.name)
def test_an_address_that_is_not_confirmed_opens_nothing(app: Flask, probes: Probes, case: Case) -> None:
    found = probes.unconfirmed(case, probes.world.sides["a"])

    assert not found, "\n".join(found)


HIDDEN_LISTINGS = ("draft", "checking", "refused", "paused", "retired", "suspended")
READERS = ("visitor", "b.owner", "b.vendor", "b.viewer", "a.covendor", "a.quality", "staff.support")


@pytest.mark.parametrize("state", HIDDEN_LISTINGS)
def test_a_listing_that_is_not_on_sale_is_nowhere(app: Flask, probes: Probes, state: str) -> None:
    side, found = probes.world.sides["a"], []
    for name in READERS:
        who = probes.world.people[name]
        for path, query in (
            (f"/products/{side.ids[f'{state}_slug']}", {}),
            ("/compare", {"variant": side.ids[f"{state}_variant"]}),
            ("/search/why", {"variant": side.ids[f"{state}_variant"], "q": "bolt"}),
            ("/search", {"q": f"MPN-a-{state}"}),
        ):
            probes.tally.made["hidden listing"] += 1
            found += same_as_unused(probes, who, path, query)

    assert not found, "\n".join(found)


def same_as_unused(probes: Probes, who: Principal, path: str, query: dict[str, str]) -> list[str]:
    """What tells the last part of the path, or the first value of the query, from one that nothing has."""
    asked = next(iter(query.values()), "") or path.rpartition("/")[2]
    none = unused(asked)
    answer = probes.house.send(who, "GET", path, query=query)
    twin = probes.house.send(
        who, "GET", path.replace(asked, none), query={name: none if value == asked else value for name, value in query.items()}
    )
    found = probes.leaks(answer, who, asked)
    if answer.like(asked) != twin.like(none):
        found.append(f"{who.name} can tell {asked} from an unused one at {path}: {describe(answer)}, {describe(twin)}")
    return found


@pytest.mark.parametrize("state", ["applicant", "case", "suspended"])
def test_a_shop_that_is_not_approved_is_nowhere(app: Flask, probes: Probes, state: str) -> None:
    found = []
    for name in READERS:
        probes.tally.made["hidden shop"] += 1
        found += same_as_unused(probes, probes.world.people[name], f"/shops/{probes.world.sides['a'].ids[f'{state}_shop']}", {})

    assert not found, "\n".join(found)


def test_a_listing_for_registered_readers_is_hidden_from_visitors_only(app: Flask, probes: Probes) -> None:
    path = f"/products/{probes.world.sides['a'].ids['registered_slug']}"

    assert same_as_unused(probes, probes.world.people[VISITOR], path, {}) == []
    assert probes.house.send(probes.world.people["b.owner"], "GET", path).status == 200


@pytest.mark.parametrize("key", [*HIDDEN_LISTINGS, "contract"])
def test_what_is_hidden_cannot_be_put_into_a_cart(app: Flask, probes: Probes, key: str) -> None:
    found = []
    for name in ("b.owner", "b.vendor", "a.covendor"):
        probes.tally.made["hidden variant"] += 1
        who, variant = probes.world.people[name], probes.world.sides["a"].ids[f"{key}_variant"]
        none = unused(variant)
        answer, twin = (
            probes.house.send(who, "POST", "/cart/lines", body={"variant_id": wanted, "quantity": "10"}) for wanted in (variant, none)
        )
        if answer.status != 404 or answer.like(variant, none) != twin.like(variant, none):
            found.append(f"{name} got {describe(answer)} for {key}, {describe(twin)} for an unused one")
        found += probes.unchanged(who)

    assert not found, "\n".join(found)


GOODS, TRADE = ("product", "sku", "description"), ("reference", "note", "buyer name", "carrier", "claim", "product", "sku")
SEARCHES = {
    "/search": ((VISITOR, "b.owner", "b.vendor"), GOODS),
    "/search/suggest": ((VISITOR, "b.owner", "b.vendor"), GOODS),
    "/orders": (("b.owner", "b.vendor", "a.covendor"), TRADE),
    "/orders.csv": (("b.owner", "a.covendor"), TRADE),
    "/portal/orders": (("b.vendor", "a.covendor"), TRADE),
    "/portal/products": (("b.vendor", "a.covendor"), GOODS),
}
"""Path → (who looks, for words of which meanings)."""


@pytest.mark.parametrize("path", SEARCHES)
def test_looking_for_a_private_word_tells_nothing(app: Flask, probes: Probes, path: str) -> None:
    found, marks = [], probes.world.marks
    names, kinds = SEARCHES[path]
    for who in (probes.world.people[name] for name in names):
        plain = probes.house.send(who, "GET", path, query={"q": "zqnothingqz"}).like("zqnothingqz")
        for word in list(marks.hidden_from(who.company))[::2]:
            meaning = marks.meanings[word]
            if meaning.startswith("a ") and any(kind in meaning for kind in kinds):
                probes.tally.made["word"] += 1
                if probes.house.send(who, "GET", path, query={"q": word}).like(word) != plain:
                    found.append(f"{who.name} learns at {path} that there is a {meaning}")

    assert not found, "\n".join(found)


@pytest.mark.parametrize("key", ["contract product", "contract sku", "suspended product", "draft product"])
def test_a_correction_never_offers_a_private_word(app: Flask, probes: Probes, key: str) -> None:
    word = next(word for word, meaning in probes.world.marks.meanings.items() if meaning == f"a {key}")
    found = []
    for name in (VISITOR, "b.owner", "a.covendor"):
        who = probes.world.people[name]
        for typed in (word[:-2] + "x" + word[-2:], word[:8] + word[9:], word[:-3], word.replace("x", "xx", 1)):
            probes.tally.made["misspelt word"] += 1
            found += probes.leaks(probes.house.send(who, "GET", "/search", query={"q": f"bolt {typed}"}), who)

    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", [VISITOR, "b.owner", "b.vendor", "a.covendor", "a.quality"])
def test_a_category_without_the_index_hides_the_same(app: Flask, probes: Probes, name: str, tmp_path: Path) -> None:
    who, there = probes.world.people[name], app.extensions[EXTENSION]
    app.extensions[EXTENSION] = TantivyEngine(tmp_path / "nothing")
    try:
        probes.tally.made["index down"] += 1
        answer = probes.house.send(who, "GET", "/categories/wall-bolts")
    finally:
        app.extensions[EXTENSION] = there

    assert answer.status == 200
    assert probes.world.sides["b"].ids["live_slug"] in answer.text
    assert probes.leaks(answer, who) == []


def test_the_link_of_an_invitation_serves_nobody_else_who_is_signed_in(app: Flask, probes: Probes) -> None:
    path = f"/invitations/{probes.world.sides['a'].ids['invitation_token']}"
    found = []
    for name in ("b.owner", "a.viewer", "a.vendor", "staff.admin"):
        probes.tally.made["link"] += 1
        answer = probes.house.send(probes.world.people[name], "POST", path, body={"name": "X", "password": "p" * 20, "rules": "1"})
        assert answer.status in (303, 403, 404, 409)
        found += probes.unchanged(probes.world.people[name])

    assert not found, "\n".join(found)


@pytest.mark.parametrize("company", ["buyer_company", "vendor_company", "covendor_company", ""])
def test_the_second_wall_shows_and_changes_own_rows_only(app: Flask, probes: Probes, company: str) -> None:
    a, b = probes.world.sides["a"], probes.world.sides["b"]
    for table in closed_tables():
        foreign = {key for name, key in a.rows if name == table}
        with db.engine.begin() as connection:
            connection.execute(text("SELECT set_config('app.company', :company, true)"), {"company": b.ids.get(company, "")})
            key = key_of(table)
            seen = {str(one) for one in connection.execute(text(f"SELECT {key} FROM {table} t")).scalars()}  # noqa: S608 - a table of ours
            public = shown_to_all(table, is_signed_in=bool(company))
            assert foreign, f"{table} holds nothing of the other side, so this proves nothing"
            assert not (seen & foreign) - public, f"{company or 'nobody'} sees rows of others in {table}"
            probes.tally.made["row security"] += len(foreign)
            # What nobody may change at all, such as an invoice, is closed by its grants.
            may_write = connection.execute(text("SELECT has_table_privilege('millgate_app', :name, 'UPDATE')"), {"name": table}).scalar()
            if not public and may_write:
                first = Base.metadata.tables[table].primary_key.columns[0].name
                write = text(f"UPDATE {table} t SET {first} = {first} WHERE {key} = ANY(:ids)")  # noqa: S608 - as above
                changed = connection.execute(write, {"ids": list(foreign)})
                assert changed.rowcount == 0, f"{company or 'nobody'} can write rows of others in {table}"


SHOWN = {
    "files": """SELECT t.id::text FROM files t WHERE t.access = 'public' OR (t.access = 'registered' AND :signed_in)
        UNION SELECT file_id::text FROM product_pictures
        UNION SELECT v.file_id::text FROM product_document_versions v JOIN product_documents d ON d.id = v.document_id
        WHERE d.access = 'public' OR (d.access = 'registered' AND :signed_in)""",
    "product_documents": "SELECT t.id::text FROM product_documents t WHERE :signed_in IS NOT NULL",
    "product_document_versions": """SELECT {key} FROM product_document_versions t JOIN product_documents d ON d.id = t.document_id
        WHERE d.access = 'public' OR (d.access = 'registered' AND :signed_in)""",
}
"""Rows that are shown to others on purpose: who sees the product that they belong to is a matter of the first wall."""


def shown_to_all(table: str, *, is_signed_in: bool) -> set[str]:
    """Keys of the rows of a table that others may read."""
    if table not in SHOWN:
        return set()
    with db.engine.begin() as connection:
        connection.execute(text(f"SET LOCAL ROLE {STAFF_ROLE}"))
        query = text(SHOWN[table].format(key=key_of(table)))
        return set(connection.execute(query, {"signed_in": is_signed_in}).scalars())


def key_of(table: str) -> str:
    """The primary key as text, as `rows` writes it."""
    return "concat_ws('/', " + ", ".join(f't."{column.name}"' for column in Base.metadata.tables[table].primary_key) + ")"


def closed_tables() -> list[str]:
    """The tables with row security."""
    with db.engine.begin() as connection:
        return list(connection.execute(text("SELECT relname FROM pg_class WHERE relrowsecurity ORDER BY relname")).scalars())


def test_the_second_wall_lets_a_company_see_its_own(app: Flask, probes: Probes) -> None:
    a = probes.world.sides["a"]
    for table, company in (
        ("payments", "buyer"),
        ("purchases", "buyer"),
        ("carts", "buyer"),
        ("holds", "vendor"),
        ("vendor_orders", "vendor"),
    ):
        with db.engine.begin() as connection:
            connection.execute(text("SELECT set_config('app.company', :company, true)"), {"company": a.ids[f"{company}_company"]})
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0  # noqa: S608 - a table of ours


@pytest.mark.parametrize("name", ["visitor", "b.owner", "staff.admin"])
def test_mail_of_development_is_absent(app: Flask, probes: Probes, name: str) -> None:
    who = probes.world.people[name]

    assert probes.house.send(who, "GET", "/dev/mail").status == 404
    assert probes.house.send(who, "GET", "/dev/mail/1.eml").status == 404


def test_the_matrix_is_as_large_as_published(
    app: Flask, probes: Probes, capsys: pytest.CaptureFixture[str], pytestconfig: pytest.Config
) -> None:
    if len(probes.tally.cases) < len(CASES):
        pytest.skip("only a part of the matrix was asked for")
    with capsys.disabled():
        print(f"\ntenant probes: {probes.tally.total} ({', '.join(f'{n} {kind}' for kind, n in probes.tally.made.most_common())})")

    assert probes.tally.total >= (FLOOR_OF_ALL if pytestconfig.getoption("everybody") else FLOOR)
