"""Mail: three files make a message, a job sends it. At least once, with a Message-ID made from the job's id.

`SMTP_URL` is `smtp://host:port`, or `file:///folder` in development, where `/dev/mail` shows what was sent.
"""

import re
import smtplib
import time
from dataclasses import dataclass
from email.headerregistry import HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import Policy, default
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app, render_template
from sqlalchemy import func, select

from marketplace.core import clock, i18n
from marketplace.core.breaker import Breaker
from marketplace.core.db import db
from marketplace.core.errors import Unavailable
from marketplace.core.jobs import KEPT_FROM, Job, JobState

TIMEOUT_SECONDS = 20
FAILURES, PAUSE_SECONDS = 3, 30.0
"""A silent server would hold every worker for its time limit, letter after letter, and with them what is no letter."""
ANSWERS = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)


class MailDown(Unavailable):
    """The mail server does not take the message now."""

    code = "mail_down"


@dataclass(frozen=True, slots=True)
class Letter:
    """A written message: subject, plain text and HTML for one reader."""

    to: str
    subject: str
    text: str
    html: str
    stop_url: str | None = None
    """Where letters of this kind are ended: by its page, and by a POST without session and form token (RFC 8058)."""


class _OneLine(UniqueUnstructuredHeader):
    """An address in a header, in one piece: folded it would be written as encoded words, which no mail program reads as an address."""

    def fold(self, *, policy: Policy) -> str:
        return f"List-Unsubscribe: {self}{policy.linesep}"


_headers = HeaderRegistry()
_headers.map_to_type("list-unsubscribe", _OneLine)  # type: ignore[arg-type]  # the registry adds `BaseHeader` itself
POLICY = default.clone(header_factory=_headers)


def write(template: str, *, to: str, locale: str, time_zone: str, **values: Any) -> Letter:
    """Write `templates/emails/<template>/{subject.txt,body.txt,body.html}` in the reader's language and zone.

    Links come from the configured base URL, never from a request (robustness.md 15): templates use `link(path)`. `stop_url` stands at the
    end of the message and in its header.
    """
    base = current_app.config["BASE_URL"].rstrip("/")
    values["link"] = lambda path: base + path
    with i18n.speaking(locale, time_zone):
        subject = render_template(f"emails/{template}/subject.txt", **values)
        body = render_template(f"emails/{template}/body.txt", **values)
        html = render_template(f"emails/{template}/body.html", **values)
    return Letter(to, re.sub(r"\s+", " ", subject).strip(), body, html, values.get("stop_url"))


def send(letter: Letter, job_id: UUID) -> None:
    """Hand the message to the server or the folder. Raises: MailDown. Called by a task, outside `transaction()`."""
    made = Breaker(limit=FAILURES, pause=PAUSE_SECONDS, clock=time.monotonic)
    breaker: Breaker = current_app.extensions.setdefault("mail.breaker", made)
    if breaker.is_open:
        raise MailDown("the mail server is left alone for a while")
    host = urlsplit(current_app.config["BASE_URL"]).hostname or "localhost"
    message = EmailMessage(POLICY)
    message["From"] = f"Millgate <no-reply@{host}>" if "." in host else "Millgate <no-reply@millgate.example>"
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{job_id}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.stop_url:
        message["List-Unsubscribe"] = f"<{letter.stop_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    where = urlsplit(current_app.config["SMTP_URL"])
    try:
        if where.scheme == "file":
            folder = Path(where.path)
            folder.mkdir(parents=True, exist_ok=True)
            # Same name for the same job: a message that is sent twice stands there once.
            partial = folder / f".{job_id}.part"
            partial.write_bytes(message.as_bytes())
            partial.rename(folder / f"{job_id}.eml")
        else:
            with smtplib.SMTP(where.hostname or "localhost", where.port or 25, timeout=TIMEOUT_SECONDS) as server:
                if where.username:
                    server.starttls()
                    server.login(where.username, where.password or "")
                server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        if not isinstance(error, ANSWERS):  # a refused letter says nothing about the next one
            breaker.failed()
        raise MailDown(f"mail is not taken: {type(error).__name__}") from error
    breaker.succeeded()


def why_not_ready() -> str | None:
    """What the mail server says, while letters wait because of it; one that is refused by itself says nothing of the server."""
    refused = [f"%: {answer.__name__}" for answer in ANSWERS]
    waiting, reason = db.session.execute(
        select(func.count(), func.min(Job.last_error)).where(
            Job.state == JobState.QUEUED,
            Job.attempts > 0,
            Job.run_at < KEPT_FROM,
            Job.last_error.startswith(f"{MailDown.__name__}: "),
            *(Job.last_error.not_like(answer) for answer in refused),
        )
    ).one()
    if not waiting:
        return None
    # The first by the alphabet: "mail is not taken", with its cause, before "the mail server is left alone".
    reason = (reason or "").removeprefix(f"{MailDown.__name__}: ")
    return i18n.ngettext("%(num)s letter waits (%(reason)s)", "%(num)s letters wait (%(reason)s)", waiting, reason=reason)
