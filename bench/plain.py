"""The yardstick: a plain Flask page without database, served as the product is."""

from flask import Flask

app = Flask(__name__)
BODY = "<!doctype html><html lang=en><title>Plain</title><h1>Plain</h1>" + "<p>A line of text.</p>" * 20


@app.get("/")
def page() -> str:
    """A page of one kilobyte."""
    return BODY
