"""What Flask keeps of the running request, itself: a look through one of its proxies costs as much as writing an address."""

from flask.ctx import RequestContext, _AppCtxGlobals
from flask.globals import _cv_request, app_ctx, request_ctx


def request_context() -> RequestContext | None:
    """Request, session and application; None outside a request, such as in a mail that a task writes."""
    return _cv_request.get(None)


def this_request() -> RequestContext:
    """The same where there is one. Raises: RuntimeError outside a request."""
    context: RequestContext = request_ctx._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - see above
    return context


def kept() -> _AppCtxGlobals:
    """Flask's `g`. Raises: RuntimeError outside an application."""
    return app_ctx._get_current_object().g  # type: ignore[attr-defined]  # noqa: SLF001 - see above
