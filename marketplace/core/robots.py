"""Programs that say what they are, and pages that are fetched before anybody asked for them: nobody looks at those."""

import re

from marketplace.core.context import this_request

ROBOTS = re.compile(r"bot\b|crawl|spider|slurp|curl/|wget/|python-|headless|lighthouse|monitor", re.IGNORECASE)
"""Whoever does not say so is taken for a person."""


def is_robot() -> bool:
    """Whether this request comes from a program that says so, or from a browser that fetches ahead."""
    headers = this_request().request.headers
    is_ahead = "prefetch" in headers.get("Sec-Purpose", headers.get("Purpose", ""))
    return is_ahead or ROBOTS.search(headers.get("User-Agent", "")) is not None
