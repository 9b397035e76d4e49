"""What the pages of this room share: the signed-in person, money that is typed, documents that are sent."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, request

from marketplace.core import files
from marketplace.core.audit import Actor, Viewer
from marketplace.core.db import outside, transaction
from marketplace.core.errors import Unauthenticated
from marketplace.core.files import FileRefused
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, lazy
from marketplace.core.money import MAX_MINOR, exponent
from marketplace.core.web import current_viewer
from vendors import services

bp = Blueprint("vendors", __name__)
TOO_FINE = lazy("%(currency)s has %(digits)s decimals: write fewer.")
TOO_LARGE = lazy("This number is too large.")


def the_viewer() -> Viewer:
    """The signed-in person. Raises: Unauthenticated."""
    viewer = current_viewer()
    if viewer is None:
        raise Unauthenticated
    return viewer


def typed_minor(form: Form[Any], name: str, value: Decimal | None, currency: str) -> int | None:
    """A sum that was typed, in minor units; a fault is put at its field, and None returned."""
    if value is None:
        return None
    minor = value.scaleb(exponent(currency))
    if minor != minor.to_integral_value():
        form.add_error(name, gettext(TOO_FINE, currency=currency, digits=exponent(currency)))
        return None
    if minor > MAX_MINOR // 1_000_000:
        form.add_error(name, gettext(TOO_LARGE))
        return None
    return int(minor)


def written_sum(minor: int | None, currency: str) -> str:
    """A sum as it stands in a field: `1250.50`."""
    if minor is None:
        return ""
    digits = exponent(currency)
    return f"{Decimal(minor).scaleb(-digits):.{digits}f}"


def keep_documents(form: Form[Any], company_id: UUID, kinds: Sequence[str], *, actor: Actor) -> None:
    """Store the documents that came with the form, each beside its line of the checklist; a bad one is said at its field.

    The row first, then the bytes, then the link: a document that is shown beside a line is always there to be read.
    """
    for kind in kinds:
        sent = request.files.get(f"{kind}_file")
        if sent is None or not sent.filename:
            continue
        content = sent.read(files.MAX_BYTES + 1)
        try:
            files.check(content)
        except FileRefused as refusal:
            form.add_error(f"{kind}_file", gettext(refusal.text))
            continue
        with transaction():
            stored = files.record(company_id, sent.filename, content)
        outside()
        files.store(stored, content)
        with transaction():
            services.attach_document(company_id, kind, stored.id, actor=actor)
