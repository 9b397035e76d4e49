"""The blueprint that the pages of this room share."""

from flask import Blueprint

bp = Blueprint("vendors", __name__)
