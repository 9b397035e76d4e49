"""The blueprint that all views of the room share."""

from flask import Blueprint

bp = Blueprint("payments", __name__)
