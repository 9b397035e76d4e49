"""Lets the official client talk to OpenSearch: for tests of the adapter only, never in production wiring.

The client asks for a vendor media type that the server refuses, and wants to see the name of the product it was made for.
"""

from typing import Any

from elastic_transport import HttpHeaders, Urllib3HttpNode
from elastic_transport._node import NodeApiResponse

LEGACY_BM25 = {"type": "LegacyBM25"}
"""OpenSearch's own BM25 lacks a constant factor that Elasticsearch has: without it constant boosts would count 2.2 times more."""


class OpenSearchNode(Urllib3HttpNode):
    """A connection that says what each side wants to hear."""

    def perform_request(  # type: ignore[override]
        self, method: str, target: str, body: bytes | None = None, headers: HttpHeaders | None = None, **options: Any
    ) -> NodeApiResponse:
        plain = HttpHeaders(headers or {})
        for name, value in plain.items():
            if "vnd.elasticsearch" in value:
                plain[name] = "application/x-ndjson" if "ndjson" in value else "application/json"
        meta, data = super().perform_request(method, target, body, plain, **options)
        meta.headers["x-elastic-product"] = "Elasticsearch"
        return NodeApiResponse(meta, data)
