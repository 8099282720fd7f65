"""A cooperative's office: its list of products, a new one, and the moves of one."""

import secrets
from collections.abc import Sequence
from typing import BinaryIO

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.engines.files.pictures import Picture, remove_picture, store_picture
from app.engines.language import language, translate
from app.engines.place import here
from app.engines.transactions import transaction
from app.kernel.actor import CHAIR, SELLER
from app.kernel.clock import now
from app.kernel.errors import Invalid, NotFound, Refusal
from app.kernel.text import msg
from app.web import reading
from app.web.access import access, office, signed_in
from app.web.addresses import PAGE
from app.web.errors import refusal_text
from app.web.paging import Page, page_number
from app.web.safety import takes_files
from app.web.visitor import actor, visitor
from catalog.forms.product import QuickForm, uploads
from catalog.queries.office import PAGE_SIZE, STATES, office_list, product_of_form, product_of_office, waits_for_permit
from catalog.rules import categories
from catalog.rules.products import MAX_PICTURES
from catalog.services.products import create_product, discard, publish, withdraw
from catalog.views.blueprint import catalog
from catalog.views.showing import picture_address

STATE_WORDS = {
    "published": (msg("On sale"), "good"),
    "draft": (msg("Draft"), "neutral"),
    "withdrawn": (msg("Not on sale"), "wait"),
}
KEPT = msg("The draft is kept. Publish it when it is ready.")
WAITS = (msg("Waits for its permit"), "wait")  # published, and sold as soon as it has it
PUBLISHED = {
    False: msg("The product is on sale."),
    True: msg("The product is published. It is sold as soon as its permit is verified."),
}
MOVES = {
    "publish": (publish, PUBLISHED[False]),
    "withdraw": (withdraw, msg("The product is no longer on sale.")),
    "discard": (discard, msg("The product was thrown away.")),
}
SELLING = ("publish", "another")  # what the buttons of a new product say
Answer = str | tuple[str, int] | Response


def own_product(product_id: int) -> int:
    """The id, if the product is this office's; a stranger's is not there."""
    if not product_of_office(g.office.id, product_id):
        raise NotFound()
    return product_id


def store_all(contents: Sequence[BinaryIO]) -> list[Picture]:
    """Every picture re-encoded, or none kept. Raises Invalid or Unavailable beside the field "pictures"."""
    stored: list[Picture] = []
    try:
        if len(contents) > MAX_PICTURES:
            raise Invalid("catalog-too-many-pictures", "pictures", limit=MAX_PICTURES)
        for content in contents:
            stored.append(store_picture(content))
    except Refusal as refusal:
        forget(stored)
        refusal.field = "pictures"
        raise
    return stored


def forget(pictures: Sequence[Picture]) -> None:
    """The files of pictures that no product took."""
    for picture in pictures:
        remove_picture(picture.stem)


@catalog.get(f"{PAGE}/sell/products")
@access(signed_in)
def my_products() -> Response:
    """To the products of the first cooperative in which the visitor sells; without one, to founding or joining one."""
    me = visitor()
    for cooperative in me.offices if me else ():
        if cooperative.roles & {SELLER, CHAIR}:
            return redirect(url_for("catalog.office_products", slug=cooperative.slug))
    return redirect(url_for("catalog.cooperatives"))


@catalog.get(f"{PAGE}/sell/<slug>/products")
@access(office(SELLER, CHAIR))
def office_products(slug: str) -> str:
    """Everything the cooperative has listed or is writing."""
    q, number = reading.words("q"), page_number()
    state = reading.choice("state", STATES, "") or None
    listing = office_list(g.office.id, state, q, language(), number, now())
    tabs = [
        (
            translate("All products"),
            url_for("catalog.office_products", slug=slug, q=q or None),
            state is None,
            sum(listing.states.values()),
        )
    ]
    tabs += [
        (
            translate(STATE_WORDS[key][0]),
            url_for("catalog.office_products", slug=slug, state=key, q=q or None),
            state == key,
            listing.states.get(key, 0),
        )
        for key in STATES
    ]
    return render_template(
        "catalog/office_products.html",
        q=q,
        state=state,
        state_tabs=tabs,
        state_words=STATE_WORDS,
        waits=WAITS,
        page=Page(listing.lines, number, PAGE_SIZE, listing.total),
        picture_address=picture_address,
    )


@catalog.get(f"{PAGE}/sell/<slug>/products/new")
@access(office(SELLER, CHAIR))
def new_product(slug: str) -> str:
    """The short form; behind another product, it begins with that one's kind."""
    kind = reading.choice("kind", frozenset(categories.tree()), "") or None
    return _new_page(QuickForm(formdata=None, form_key=secrets.token_hex(16), category=kind).fill())


def _new_page(form: QuickForm) -> str:
    return render_template(
        "catalog/office_new.html", form=form, currency=here().currency, roots=categories.children(), spoken=language()
    )


@catalog.post(f"{PAGE}/sell/<slug>/products/new")
@access(office(SELLER, CHAIR))
@takes_files
def create_new_product(slug: str) -> Answer:
    """A draft, or on sale at once when asked for. The same form again leads to the same product."""
    form, then = QuickForm().fill(), request.form.get("then")
    sound = form.validate()
    variant = form.variant()
    if not sound or variant is None:
        return _new_page(form), 422
    known = product_of_form(g.office.id, form.form_key.data)
    if known is not None:
        return redirect(url_for("catalog.edit_product", slug=slug, product_id=known), 303)
    pictures: list[Picture] = []
    try:
        pictures = store_all(uploads(form.pictures))
        with transaction():
            product_id = create_product(
                actor(), g.office.id, form.texts(), [variant], form.facts(), pictures, form.form_key.data
            )
            if then in SELLING:
                publish(actor(), product_id)
    except Refusal as refusal:
        forget(pictures)
        form.show(refusal)
        return _new_page(form), refusal.status
    said = PUBLISHED[waits_for_permit(product_id, now())] if then in SELLING else KEPT
    flash(translate(said), "success")
    if then == "another":
        return redirect(url_for("catalog.new_product", slug=slug, kind=form.category.data), 303)
    return redirect(url_for("catalog.edit_product", slug=slug, product_id=product_id), 303)


@catalog.post(f"{PAGE}/sell/<slug>/products/<int:product_id>/<any(publish,withdraw,discard):move>")
@access(office(SELLER, CHAIR))
def move_product(slug: str, product_id: int, move: str) -> Response:
    """Publish, take off sale, or throw away."""
    service, said = MOVES[move]
    try:
        with transaction():
            service(actor(), own_product(product_id))
        waits = move == "publish" and waits_for_permit(product_id, now())
        flash(translate(PUBLISHED[True] if waits else said), "success")
    except Invalid as refusal:
        flash(refusal_text(refusal), "error")
        return redirect(url_for("catalog.edit_product", slug=slug, product_id=product_id), 303)
    if move == "discard":
        return redirect(url_for("catalog.office_products", slug=slug), 303)
    return redirect(url_for("catalog.edit_product", slug=slug, product_id=product_id), 303)
