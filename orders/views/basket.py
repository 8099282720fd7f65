"""The basket: guests have one by the key of their session, which is made when something is put in."""

import secrets

from flask import flash, g, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app.engines.language import language, translate
from app.engines.transactions import transaction
from app.kernel.actor import Actor
from app.kernel.errors import Invalid
from app.kernel.text import msg
from app.kernel.typed import own_whole
from app.web.access import access, public, safe_next
from app.web.addresses import PAGE
from app.web.errors import refusal_text
from app.web.visitor import actor, visitor
from orders.forms import CountForm
from orders.queries.baskets import BasketView, view_basket
from orders.services import basket as services
from orders.views.blueprint import orders
from orders.views.showing import picture_of

Answer = str | Response


def buyer() -> Actor:
    """The actor with a basket: a guest's first write makes the key of the session."""
    if visitor() is None and not session.get("guest"):
        session["guest"] = secrets.token_urlsafe(24)
        g.pop("actor", None)
    return actor()


def basket_page(status: int = 200, problem: str | None = None, seen: BasketView | None = None) -> Response:
    """The basket as it was `seen` in this request, else as it is now, with what went wrong above it."""
    seen = seen or view_basket(actor(), language())
    page = render_template("orders/basket.html", basket=seen, picture_of=picture_of, problem=problem, added=_added(seen))
    return make_response(page, status)


def _added(seen: BasketView) -> str | None:
    """What has just been put in, by the address: a word in the session would be one more write for each look."""
    variant_id = own_whole(request.args.get("added"))
    items = (item for group in seen.groups for item in group.items)
    offer = next((item.offer for item in items if item.offer.variant_id == variant_id), None)
    return _is_in_basket(offer.title) if offer else None


def _is_in_basket(title: str) -> str:
    return translate(msg("“%(title)s” is in your basket."), title=title)


@orders.get(f"{PAGE}/basket")
@access(public)
def basket() -> Answer:
    """What lies in it, by cooperative, with today's prices and stock."""
    return basket_page()


@orders.post(f"{PAGE}/basket/lines")
@access(public)
def add_to_basket() -> Answer:
    """Put so many of a variant in; then to the basket."""
    form = CountForm()
    if not form.validate() or not form.quantity.data:
        return _not_understood(form)
    with transaction():
        title = services.add(buyer(), form.variant.data, form.quantity.data)
        wanted = safe_next(request.form.get("next"))
        if wanted:
            flash(_is_in_basket(title), "success")
    return redirect(wanted or url_for("orders.basket", added=form.variant.data), 303)


def _not_understood(form: CountForm) -> Response:
    texts = [text for field in form for text in field.errors]
    return basket_page(422, texts[0] if texts else refusal_text(Invalid("count-out-of-range", most=999)))


@orders.post(f"{PAGE}/basket/change")
@access(public)
def change_basket() -> Answer:
    """Another quantity; 0 takes the line out."""
    form, remove = CountForm(), "remove" in request.form
    if not (form.variant.validate(form) if remove else form.validate()):
        return _not_understood(form)
    with transaction():
        services.change(buyer(), form.variant.data, 0 if remove else form.quantity.data)
        flash(translate(msg("Your basket is up to date.")), "success")
    return redirect(url_for("orders.basket"), 303)
