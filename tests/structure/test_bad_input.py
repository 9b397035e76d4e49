"""Bad input, made from the cases of the tenant matrix: never a fault of ours, a message at the field, nothing typed is lost.

Here a fixed sample in which every kind of nonsense comes round; `dev.py prove bad_input` tries everything (robustness.md 8, 18).
"""

from dataclasses import replace

import pytest
from flask import Flask

from tests.factories.accounts import PASSWORD
from tests.walls.case import Upload
from tests.walls.cases import CASES
from tests.walls.cases.accounts import ADDRESS
from tests.walls.cases.vendors import APPLICATION
from tests.walls.house import Answer, House
from tests.walls.inputs import SHOWN_RAW, VALUES
from tests.walls.judging import Judge
from tests.walls.pages import Held
from tests.walls.people import VISITOR, Principal
from tests.walls.rows import differences, rows
from tests.walls.shops import PDF
from tests.walls.side import World
from tests.walls.tries import BODIES, Try, multipart, rotating, valid

pytestmark = pytest.mark.committed
DOCUMENT = next(case for case in CASES if case.label == "with a document")
SAMPLE: dict[str, list[Try]] = {}
for one in rotating():
    SAMPLE.setdefault(one.case.name, []).append(one)


@pytest.fixture(scope="module")
def judge(world: World) -> Judge:
    """What sends nonsense to the worlds."""
    return Judge(world, House(world.app))


@pytest.mark.parametrize("name", SAMPLE)
def test_nonsense_is_answered(app: Flask, judge: Judge, name: str) -> None:
    found = [line for one in SAMPLE[name] for line in judge.judge(one)]

    assert not found, "\n".join(found)


FILES = {
    "nothing": ("extract.pdf", b""),
    "a page": ("extract.pdf", b"<html><script>alert(1)</script></html>"),
    "a drawing with a script": ("extract.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    "a program": ("extract.pdf.exe", b"MZ" + b"\0" * 200),
    "an archive": ("extract.pdf", b"PK\x03\x04" + b"\0" * 200),
    "zeros that pack well": ("extract.pdf", bytes(2_000_000)),
    "more than ten megabytes": ("extract.pdf", PDF + b" " * (10 * 1024 * 1024)),
    "a text": ("extract.pdf", b"only words"),
}
NAMES = (
    "../../../../etc/passwd.pdf", "..\\..\\x.pdf", "a\0b.pdf", "x" * 4_000 + ".pdf", "\u202efdp.exe", "a\r\nX-Evil: 1.pdf", '"; x="y.pdf', "CON",
    "👩‍👩‍👧.pdf", ".", "/", " ", "<script>alert(1)</script>.pdf",
)  # fmt: skip


def send_document(judge: Judge, name: str, content: bytes) -> tuple[Answer, Principal]:
    """The applicant's form with a document."""
    who = judge.world.people["a.applicant"]
    body = valid(DOCUMENT, judge.world.sides["a"]) | {"registry_file": Upload(name, content)}
    content_type, raw = multipart(body, {})
    return judge.house.send(who, "POST", "/portal/application", raw=raw, content_type=content_type), who


@pytest.mark.parametrize("kind", FILES)
def test_a_file_of_another_kind_is_refused_at_its_field(app: Flask, judge: Judge, kind: str) -> None:
    with judge.house.undone() as connection:
        before = rows(connection)
        answer, _ = send_document(judge, *FILES[kind])
        added = [key for key in differences(before, rows(connection)) if key[0] == "files"]

    assert (answer.status, answer.fault) in {(422, None), (303, None)}
    assert added == []
    if kind != "nothing":
        held = Held.of(answer.text)
        assert answer.status == 422
        assert held.leads_to == ["registry_file"]
        assert not [name for name, value in APPLICATION.items() if held.lacks(name, value)]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_the_name_of_a_file_is_only_ever_shown(app: Flask, judge: Judge, name: str) -> None:
    with judge.house.undone() as connection:
        before = rows(connection)
        answer, who = send_document(judge, name.replace("\r\n", "%0D%0A"), PDF)
        added = [key for key in differences(before, rows(connection)) if key[0] == "files"]
        assert answer.status in (303, 422), answer.fault
        for _, file_id in added:
            given = judge.house.send(who, "GET", f"/files/{file_id}")
            said = given.headers["Content-Disposition"]
            assert given.status == 200
            assert said.startswith("attachment")
            assert not set("\r\n\0") & set(said)
            assert ".." not in said.replace("...", "") or "/" not in said
            assert given.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")


COOKIES = {
    "nonsense": "millgate=nonsense",
    "signed by somebody else": "millgate=eyJfdXNlcl9pZCI6ImEifQ.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb",
    "large": "millgate=" + "x" * 60_000,
    "many": "; ".join(f"c{n}=x" for n in range(2_000)),
    "unreadable": 'millgate=\xff\xfe\x00; theme=\x01; lang="',
    "without a name": "=x; ;;; =",
    "theme": "theme=<script>alert(1)</script>",
}


@pytest.mark.parametrize("kind", COOKIES)
@pytest.mark.parametrize("path", ["/status", "/log-in", "/cart", "/search?q=bolt"])
def test_a_cookie_of_nonsense_is_no_session(app: Flask, judge: Judge, kind: str, path: str) -> None:
    who = replace(judge.world.people[VISITOR], cookie=COOKIES[kind])

    answer = judge.house.send(who, "GET", path)

    assert answer.status in ((303,) if path == "/cart" else (200,)), answer.fault
    assert not [raw for raw in SHOWN_RAW if raw in answer.text]


def test_values_in_an_own_session_are_checked_like_any_other(app: Flask, judge: Judge) -> None:
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    values: tuple[object, ...] = ("NaN", "-1", "1" + "0" * 30, "\0", "x" * 3_000, 5, None, True, "zh", "pseudo", "../x")
    for value in values:
        cookie = serializer.dumps({"quantity": value, "ship_to": value, "lang": value, "mail_to": value})
        who = replace(judge.world.people[VISITOR], cookie=f"{app.config['SESSION_COOKIE_NAME']}={cookie}")
        for path in ("/search?q=bolt", "/ship-to", "/mail-sent", f"/products/{judge.world.sides['a'].ids['live_slug']}"):
            answer = judge.house.send(who, "GET", path)
            assert answer.status < 500, f"{path} with {value!r} in the session: {answer.fault}"


HEADERS = {
    "Accept-Language": (
        "*",
        "xx-YY;q=abc",
        "zh;q=" + "9" * 500,
        ",,,;;;",
        "en" * 20_000,
        "\xff\xfe",
        "../../etc",
        "zh-Hans-CN-x-" + "a" * 900,
    ),
    "Accept": ("*", "text/html;q=NaN", ";;;", "application/json", "x" * 20_000, "\xff"),
    "Referer": ("javascript:alert(1)", "\xff", "x" * 20_000),
    "User-Agent": ("\xff\xfe", "<script>alert(1)</script>", "x" * 20_000),
    "X-Forwarded-For": ("nonsense", "1.2.3.4, ' OR 1=1 --", "x" * 20_000),
    "X-Forwarded-Host": ("evil.example",),
    "Forwarded": ("host=evil.example",),
    "Range": ("bytes=0-99999999999999", "bytes=-1", "nonsense"),
    "If-Modified-Since": ("nonsense", "Thu, 99 Foo 9999 99:99:99 GMT"),
    "If-None-Match": ('"', "*"),
    "X-HTTP-Method-Override": ("DELETE",),
    "Stripe-Signature": ("t=x,v1=y", "t=" + "9" * 400 + ",v1=", "\xff", "t=1"),
    "Cookie": ("", ";", "a"),
    "Content-Length": ("-1", "nonsense"),
}


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_of_nonsense_does_no_harm(app: Flask, judge: Judge, header: str) -> None:
    for value in HEADERS[header]:
        for name, method, path in ((VISITOR, "GET", "/search?q=bolt"), ("a.owner", "GET", "/orders"), (VISITOR, "POST", "/log-in")):
            answer = judge.house.send(
                judge.world.people[name], method, path, headers={header: value}, raw=b"" if method == "POST" else None
            )
            assert answer.status < 500, f"{header}: {value[:40]!r} at {path}: {answer.fault}"
            assert "evil.example" not in f"{answer.text} {answer.headers}", f"{header} comes back at {path}"
            assert not [raw for raw in SHOWN_RAW if raw in answer.text]


@pytest.mark.parametrize("signature", HEADERS["Stripe-Signature"])
def test_an_event_that_is_not_signed_is_refused(app: Flask, judge: Judge, signature: str) -> None:
    for body in (b"", b"{}", b"\xff\xfe", b"[" * 50_000, b'{"id": "evt_1"}'):
        headers = {"Stripe-Signature": signature}
        answer = judge.house.send(judge.world.people[VISITOR], "POST", "/payments/stripe/events", raw=body, headers=headers)

        assert 400 <= answer.status < 500, f"{body[:20]!r}: {answer.status} {answer.fault}"


@pytest.mark.parametrize(("name", "path"), [(VISITOR, "/log-in"), ("a.owner", "/orders"), (VISITOR, "/shops"), (VISITOR, "/nothing-here")])
def test_no_page_is_built_from_the_host(app: Flask, judge: Judge, name: str, path: str) -> None:
    answer = judge.house.send(judge.world.people[name], "GET", path, headers={"Host": "evil.example"})

    assert answer.status < 500
    assert "evil.example" not in f"{answer.text} {answer.headers}"


@pytest.mark.parametrize("path", ["//orders", "/orders//x", "/company//locations"])
def test_a_redirect_never_names_the_host(app: Flask, judge: Judge, path: str) -> None:
    answer = judge.house.send(judge.world.people["a.owner"], "GET", "/orders", raw_path=path.encode(), headers={"Host": "evil.example"})

    assert answer.status < 500
    assert "evil.example" not in str(answer.headers)


def test_links_of_mails_come_from_the_configured_address(app: Flask, judge: Judge) -> None:
    with judge.house.undone() as connection:
        before = rows(connection)
        body = {"email": judge.world.sides["a"].ids["owner_mail"]}
        answer = judge.house.send(judge.world.people[VISITOR], "POST", "/forgot-password", body=body, headers={"Host": "evil.example"})
        after = rows(connection)
    written = [after[key] for key in differences(before, after) if key in after and key[0] == "jobs"]

    assert answer.status == 303
    assert written
    assert not [row for row in written if "evil.example" in row]


AWAY = (
    "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "http:evil.example", "/\tevil.example",
    "\t//evil.example", "javascript:alert(1)", "/%0d%0aSet-Cookie:x=1", "/\r\nSet-Cookie: x=1", "http:///evil.example", "//evil.example@/", " //evil.example",
    "/\u2028/evil.example", "data:text/html,x", "/\x00/evil.example", "//\u3002evil.example", "https:/evil.example", "/.//evil.example",
)  # fmt: skip
"""Where no `next` may lead."""
LEADERS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("POST", "/log-in", VISITOR, {"email": "owner_mail", "password": PASSWORD}),
    ("GET", "/log-in", "a.owner", {}),
    ("GET", "/theme", VISITOR, {"theme": "dark"}),
    ("POST", "/ship-to", VISITOR, {"country": "DE"}),
    ("POST", "/cart/lines", "a.owner", {"variant_id": "live_variant", "quantity": "10"}),
    ("POST", "/company/locations/new", "a.owner", ADDRESS),
)


@pytest.mark.parametrize(("method", "path", "name", "body"), LEADERS, ids=[f"{method} {path}" for method, path, _, _ in LEADERS])
def test_next_leads_to_own_paths_only(app: Flask, judge: Judge, method: str, path: str, name: str, body: dict[str, str]) -> None:
    side = judge.world.sides["a"]
    sent = {field: side.ids.get(value, value) for field, value in body.items()}
    for target in AWAY:
        with judge.house.undone():
            who = judge.world.people[name]
            if method == "POST":
                answer = judge.house.send(who, "POST", path, body=sent | {"next": target})
            else:
                answer = judge.house.send(who, "GET", path, query={"next": target})
        location = answer.location
        assert answer.status == 303, f"{target!r}: {answer.status} {answer.fault}"
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\")), f"{target!r} leads to {location!r}"
        assert not set("\r\n\t\0\\") & set(location), f"{target!r} leads to {location!r}"


def test_the_way_back_from_the_log_in_names_no_other_house(app: Flask, judge: Judge) -> None:
    answer = judge.house.send(judge.world.people[VISITOR], "GET", "/cart", raw_path=b"/cart", raw_query=b"x=%0d%0a&y=//evil.example")

    assert answer.status == 303
    assert answer.location.startswith("/log-in?next=%2Fcart") or answer.location.startswith("/log-in?next=/cart")


def test_the_sample_is_as_large_as_published(app: Flask, judge: Judge, capsys: pytest.CaptureFixture[str]) -> None:
    if sum(judge.made.values()) < sum(len(tries) for tries in SAMPLE.values()):
        pytest.skip("only a part of the sample was sent")
    with capsys.disabled():
        seconds, slowest = judge.slowest
        print(f"\nbad inputs: {sum(judge.made.values())} ({dict(judge.made)}); the slowest took {seconds:.2f} s: {slowest}")

    assert {one.kind for tries in SAMPLE.values() for one in tries} >= set(VALUES)
    assert {one.kind for tries in SAMPLE.values() for one in tries} >= set(BODIES)
