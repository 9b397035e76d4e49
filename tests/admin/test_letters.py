"""Messages kept as files: `/dev/mail` in development, nothing anywhere else."""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.admin.letters import with_links


@pytest.fixture
def development(app: Flask, tmp_path: Path) -> Iterator[Path]:
    """The application as it runs in development, with a folder for mail."""
    before = app.config["DEVELOPMENT"], app.config["SMTP_URL"]
    app.config["DEVELOPMENT"], app.config["SMTP_URL"] = True, tmp_path.as_uri()
    yield tmp_path
    app.config["DEVELOPMENT"], app.config["SMTP_URL"] = before


def keep(folder: Path, subject: str, *, to: str = "m.lindqvist@halden.example") -> str:
    message = EmailMessage()
    message["To"], message["Subject"] = to, subject
    message.set_content("Confirm here:\nhttp://localhost/confirm/abc.\nThank you")
    message.add_alternative("<script>alert(1)</script>", subtype="html")
    name = str(uuid4())
    (folder / f"{name}.eml").write_bytes(message.as_bytes())
    return name


def test_there_is_no_mail_outside_development(client: FlaskClient) -> None:
    assert client.get("/dev/mail").status_code == 404
    assert client.get(f"/dev/mail/{uuid4()}").status_code == 404


def test_there_is_no_mail_where_it_is_really_sent(client: FlaskClient, app: Flask, development: Path) -> None:
    app.config["SMTP_URL"] = "smtp://localhost:25"

    assert client.get("/dev/mail").status_code == 404


def test_a_kept_message_is_listed_and_read_with_its_links(client: FlaskClient, development: Path) -> None:
    name = keep(development, "Confirm your address")

    assert "Confirm your address" in client.get("/dev/mail").get_data(as_text=True)
    page = client.get(f"/dev/mail/{name}").get_data(as_text=True)
    assert '<a href="http://localhost/confirm/abc">' in page
    assert "alert(1)" not in page


def test_the_list_is_narrowed_by_recipient(client: FlaskClient, development: Path) -> None:
    keep(development, "To the buyer")
    keep(development, "To the factory", to="karin@norrvik.example")

    page = client.get("/dev/mail?to=NORRVIK").get_data(as_text=True)

    assert "To the factory" in page
    assert "To the buyer" not in page


@pytest.mark.parametrize("name", ["..%2Fsecrets", "nothing", "ed2002de-90f4-4789-9e2c-8e3bebfdf7f4", "....eml"])
def test_only_messages_of_the_folder_are_read(client: FlaskClient, development: Path, name: str) -> None:
    assert client.get(f"/dev/mail/{name}").status_code == 404


def test_a_full_stop_after_an_address_is_not_part_of_it() -> None:
    assert with_links("See https://a.example/x. Then go") == (
        ("See ", None),
        ("https://a.example/x", "https://a.example/x"),
        (". Then go", None),
    )
