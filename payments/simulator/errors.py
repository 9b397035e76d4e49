"""Refusals, in Stripe's words and shape."""

import re
from typing import Any


class StripeError(Exception):
    """An answer other than 200.

    `executed` says that the endpoint had begun to work, so that the answer is kept under the idempotency key (Stripe keeps no refusal of
    parameters). `keeps_writes` is for a declined payment: the failed attempt is part of the record.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        executed: bool = False,
        keeps_writes: bool = False,
        should_retry: bool | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.kind, self.code, self.param = status, message, kind, code, param
        self.executed, self.keeps_writes, self.should_retry, self.extra = executed, keeps_writes, should_retry, extra or {}

    def body(self, *, version: int = 1) -> dict[str, Any]:
        """The error as JSON; v2 errors always carry a code and no parameter."""
        if version == 2:
            return {"error": {"type": self.kind, "code": self.code or self.kind, "message": self.message}}
        error: dict[str, Any] = {"message": self.message, "type": self.kind}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://docs.stripe.com/error-codes#{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        return {"error": {**error, **self.extra}}


def missing(kind: str, object_id: str, param: str = "id", *, status: int = 404) -> StripeError:
    """No such object: 404 for one named in the address, 400 for one named in a parameter."""
    return StripeError(status, f"No such {kind}: '{object_id}'", code="resource_missing", param=param)


def refused(message: str, *, code: str | None = None, param: str | None = None) -> StripeError:
    """A rule of the endpoint says no; the answer is replayed under the same idempotency key."""
    return StripeError(400, message, code=code, param=param, executed=True)


def invalid(message: str, *, code: str | None = None, param: str | None = None) -> StripeError:
    """A parameter cannot be taken; nothing is kept."""
    return StripeError(400, message, code=code, param=param)


def check_address(address: str | None, param: str) -> None:
    """Only web addresses, since pages link to them. Raises StripeError 400 `url_invalid`."""
    if address is not None and not re.fullmatch(r"https?://[^\s\"<>]+", address):
        raise invalid("Not a valid URL", code="url_invalid", param=param)
