"""The provider's notices: signature first, then what the provider says now, then the effect with the event's id, once."""

from flask import Response, jsonify, request

from app.engines.transactions import transaction
from app.kernel.clock import now
from app.payments.queries.payables import payment_by_session
from app.payments.services import settlement
from app.payments.views.pay import pay, the_gateway
from app.web.access import access, token


@pay.post("/webhooks/stripe")
@access(token)
def stripe_event() -> Response:
    """Answer 200 to duplicates and unknown kinds; the order of arrival is never trusted."""
    gateway = the_gateway()
    event = gateway.read_event(request.get_data(), request.headers.get("Stripe-Signature"), now())
    ours = event.session_id is not None and payment_by_session(event.session_id) is not None
    state = gateway.payment_state(event.session_id) if ours and event.session_id else None
    with transaction():
        fresh = settlement.note_event(event, now())
        if fresh and state is not None:
            settlement.finalise(state)
    return jsonify(received=True, fresh=fresh)


stripe_event.csrf_exempt = True  # type: ignore[attr-defined]  # a function may bear attributes; its type cannot say so
