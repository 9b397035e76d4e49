"""The family of refusals. Rooms derive their own facts (`OutOfStock`, `PriceChanged`) from these and carry data as attributes.

422 is for the shape of what was sent, 409 for a broken rule of the trade, 404 for everything of a stranger.
`core/web.py` turns any of them into a page or a problem document; nothing else does.
"""

from marketplace.core.i18n import lazy


class MarketplaceError(Exception):
    """A refusal with an HTTP status and a stable code.

    `message` is English source text for people, translated when it is shown; `fields` maps a form field to its message.
    """

    status = 500
    code = "error"
    message = lazy("The act was refused.")

    def __init__(self, message: str | None = None, *, fields: dict[str, str] | None = None, **facts: object) -> None:
        super().__init__(message or self.message)
        self.text = message or self.message
        self.fields = fields or {}
        self.facts = facts


class Invalid(MarketplaceError):
    """What was sent has the wrong shape."""

    status = 422
    code = "invalid"
    message = lazy("Some of what was sent is not right.")


class Unauthenticated(MarketplaceError):
    """Nobody is signed in."""

    status = 401
    code = "unauthenticated"
    message = lazy("Sign in first.")


class Forbidden(MarketplaceError):
    """The person's roles do not allow the act."""

    status = 403
    code = "forbidden"
    message = lazy("Your roles do not allow this.")


class CompanyAlone(Forbidden):
    """Staff act as a company, and this would speak for it to others."""

    code = "company_alone"
    message = lazy("This speaks for the company, so only its own people can do it. Nothing was sent.")


class NotFound(MarketplaceError):
    """There is no such thing, or it belongs to somebody else: both look alike."""

    status = 404
    code = "not_found"
    message = lazy("There is nothing here.")


class Conflict(MarketplaceError):
    """A rule of the trade is broken, or somebody was faster."""

    status = 409
    code = "conflict"
    message = lazy("This cannot be done as things stand now.")


class InvalidMove(Conflict):
    """A state does not lead where it was asked to go."""

    code = "invalid_move"
    message = lazy("This step is not possible in the present state.")


class PaymentRefused(MarketplaceError):
    """The payment provider said no, definitely."""

    status = 402
    code = "payment_refused"
    message = lazy("The payment was refused.")


class TooMany(MarketplaceError):
    """Too many attempts in too short a time."""

    status = 429
    code = "too_many"
    message = lazy("Too many attempts. Wait a while and try again.")


class Unavailable(MarketplaceError):
    """Something that we need does not answer; trying again later is right."""

    status = 503
    code = "unavailable"
    message = lazy("This part is not available at the moment.")
