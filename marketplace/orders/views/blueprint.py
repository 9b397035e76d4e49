"""The blueprint that the modules of this door share."""

from flask import Blueprint

bp = Blueprint("orders", __name__)
