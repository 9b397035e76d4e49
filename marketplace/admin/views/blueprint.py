"""The one blueprint of the room, and how its pages read an address."""

from flask import Blueprint, request

bp = Blueprint("admin", __name__)
MAX_CHARS = 200


def asked(name: str) -> str:
    """What stands in the address under a name, without what cannot be searched for; a link with nonsense shows the whole list."""
    return "".join(c for c in request.args.get(name, "")[:MAX_CHARS] if c.isprintable()).strip()
