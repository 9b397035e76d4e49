"""The mails that the suite's folder holds."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask


def letters_to(app: Flask, address: str) -> list[EmailMessage]:
    """What was sent to an address, the oldest first."""
    folder = Path(urlsplit(app.config["SMTP_URL"]).path)
    files = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns) if folder.exists() else []
    # The folder holds the letters of all tests so far: only those that name the address are taken apart.
    written = [raw for path in files if f"To: {address}".encode() in (raw := path.read_bytes())]
    letters = [message_from_bytes(raw, policy=policy.default) for raw in written]
    return [letter for letter in letters if isinstance(letter, EmailMessage) and letter["To"] == address]


def text_of(letter: EmailMessage) -> str:
    """The plain part."""
    part = letter.get_body(("plain",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


def link_in(letter: EmailMessage, beginning: str) -> str:
    """The path of the link that begins so."""
    found = re.search(r"http://localhost(" + re.escape(beginning) + r"[\w/-]*)", text_of(letter))
    assert found, text_of(letter)
    return found[1]
