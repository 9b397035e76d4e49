"""Messages kept as files in development: what `/dev/mail` shows."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

NAME = re.compile(r"[0-9a-f-]{36}")
LINK = re.compile(r"https?://[^\s<>\"']+")
SHOWN = 200


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A message as it lies in the folder. `parts` are pieces of its text; those with an address are links."""

    name: str
    to: str
    subject: str
    sent_at: datetime
    parts: tuple[tuple[str, str | None], ...] = ()


def list_letters(folder: Path, *, to: str) -> list[KeptLetter]:
    """The newest messages, newest first; `to` narrows to a part of the recipient's address."""
    files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime, reverse=True) if folder.is_dir() else []
    letters = []
    for file in files:
        letter = _read(file, with_text=False)
        if to.lower() in letter.to.lower():
            letters.append(letter)
        if len(letters) == SHOWN:
            break
    return letters


def read_letter(folder: Path, name: str) -> KeptLetter | None:
    """One message by its name, which is the id of the job that sent it."""
    file = folder / f"{name}.eml"
    return _read(file, with_text=True) if NAME.fullmatch(name) and file.is_file() else None


def _read(file: Path, *, with_text: bool) -> KeptLetter:
    with file.open("rb") as source:
        message = BytesParser(EmailMessage, policy=policy.default).parse(source, headersonly=not with_text)
    body = message.get_body(("plain",)) if with_text else None
    return KeptLetter(
        name=file.stem,
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        sent_at=datetime.fromtimestamp(file.stat().st_mtime, UTC),
        parts=with_links(str(body.get_content())) if body is not None else (),
    )


def with_links(text: str) -> tuple[tuple[str, str | None], ...]:
    """The text cut at its addresses: (words, None) and (address, address)."""
    parts: list[tuple[str, str | None]] = []
    at = 0
    for found in LINK.finditer(text):
        address = found.group().rstrip(".,;:)")
        parts += [(text[at : found.start()], None), (address, address)]
        at = found.start() + len(address)
    return (*parts, (text[at:], None))
