"""Where the provider's messages arrive."""

from flask import current_app, jsonify, request
from werkzeug.wrappers import Response

from marketplace.core.db import transaction
from marketplace.core.web import csrf, public
from payments import services
from payments.signatures import read_event
from payments.views.blueprint import bp


@bp.post("/payments/stripe/events")
@public
def receive_stripe_event() -> Response:
    """Verify on the raw body, store once, answer; a job does the rest."""
    message = read_event(
        request.get_data(cache=False), request.headers.get("Stripe-Signature", ""), current_app.config["SETTINGS"].stripe_webhook_secret
    )
    with transaction():
        services.store_provider_event(message)
    return jsonify(received=True)


# A machine writes here; its signature stands for the token of a form.
csrf.exempt(receive_stripe_event)
