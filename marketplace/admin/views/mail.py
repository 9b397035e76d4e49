"""The mail of development: messages that were kept as files instead of being sent."""

from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app, render_template

from marketplace.admin import letters
from marketplace.admin.views.blueprint import asked, bp
from marketplace.core.errors import NotFound
from marketplace.core.web import public


def _folder() -> Path:
    """Where messages lie. Raises: NotFound outside development, and where mail is really sent."""
    where = urlsplit(current_app.config["SMTP_URL"])
    if not current_app.config["DEVELOPMENT"] or where.scheme != "file":
        raise NotFound
    return Path(where.path)


@bp.get("/dev/mail")
@public
def list_mail() -> str:
    """All kept messages, newest first."""
    folder = _folder()
    to = asked("to")
    return render_template("admin/list_mail.html", letters=letters.list_letters(folder, to=to), to=to)


@bp.get("/dev/mail/<name>")
@public
def show_letter(name: str) -> str:
    """One message as text, with its links."""
    letter = letters.read_letter(_folder(), name)
    if letter is None:
        raise NotFound
    return render_template("admin/show_letter.html", letter=letter)
