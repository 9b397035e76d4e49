"""What every answer carries: the policy of its content, its number, how long it may be kept. With it the request is counted and logged."""

from time import perf_counter
from urllib.parse import urlsplit, urlunsplit

import structlog
from flask import Response

from marketplace.core import metrics
from marketplace.core.context import kept, this_request

log = structlog.get_logger()

POLICY_HEADER = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SAFE_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()"),
)
FRAMING_POLICY_HEADER = f"{POLICY_HEADER}; frame-src 'self'"
FILE_POLICY_HEADER = "default-src 'none'; sandbox; frame-ancestors 'none'"
FRAMED_FILE_POLICY_HEADER = "default-src 'none'; sandbox; frame-ancestors 'self'"


def carry(response: Response) -> Response:
    """Put them on the answer of the running request, and count and log it."""
    context, noted, headers = this_request(), kept(), response.headers
    endpoint, app, method = context.request.endpoint, context.app, context.request.method
    view = app.view_functions.get(endpoint or "")
    headers.setdefault("Content-Security-Policy", FRAMING_POLICY_HEADER if hasattr(view, "frames_files") else POLICY_HEADER)
    for name, value in SAFE_HEADERS:
        headers.add(name, value)
    headers["X-Request-Id"] = noted.get("request_id", "")
    if response.location and urlsplit(response.location).netloc:
        # Only the router writes such a redirect, with the host that the request named; ours are paths of this house.
        moved = urlsplit(response.location)
        response.location = urlunsplit(("", "", moved.path, moved.query, ""))
    if app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    if endpoint == "static":
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
    headers.setdefault("Cache-Control", "no-store")
    seconds = perf_counter() - noted.get("started", perf_counter())
    metrics.observe_request(endpoint, method, response.status_code, seconds)
    log.info("request", method=method, endpoint=endpoint, status=response.status_code, ms=round(seconds * 1000, 1))
    return response
