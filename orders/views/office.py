"""Orders in a cooperative's office: lists by what is to be done, one order, and its next step."""

from flask import flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts.queries import load_visitor
from app.engines.language import language, translate
from app.engines.transactions import transaction
from app.kernel.errors import Invalid, NotFound, Refusal
from app.kernel.text import msg
from app.kernel.typed import own_whole
from app.web.access import access, office
from app.web.addresses import PAGE
from app.web.errors import refusal_text
from app.web.forms import Form
from app.web.paging import Page, page_number
from app.web.reading import choice, words
from app.web.visitor import actor
from catalog.queries import TakenLot, offers_of, taken_by
from orders.forms import ParcelForm, ReasonForm
from orders.permissions import HANDLERS, READERS, may_do, may_see_parcel, may_see_payout
from orders.queries.office import TABS, OfficeOrder, office_orders, stage_counts
from orders.queries.office import office_order as read_order
from orders.rules import states
from orders.services.confirming import answer_for_buyer
from orders.services.fulfilment import move
from orders.views.blueprint import orders
from orders.views.showing import (
    ACTIONS,
    PAYMENTS,
    STAGES,
    action_words,
    picture_of,
    promise_words,
    stage_of,
    timeline,
    told,
)
from orders.views.showing import TABS as TAB_WORDS

SIZE = 30
Answer = str | Response
READING = office(*READERS)


def landing(person_id: int) -> str | None:
    """The orders of the first verified organisation in which the person packs or ships."""
    card = load_visitor(person_id, language())
    for place in card.workplaces if card else ():
        if place.state == "verified" and place.roles & set(HANDLERS):
            return url_for("orders.office_list", slug=place.slug)
    return None


@orders.get(f"{PAGE}/sell/<slug>/orders")
@access(READING)
def office_list(slug: str) -> Answer:
    """The orders of this cooperative that wait for one step."""
    tab, q, number = choice("state", tuple(TABS), "new"), words(limit=30), page_number()
    rows, count = office_orders(g.office.id, tab, q, (number - 1) * SIZE, SIZE)
    return render_template(
        "orders/office_list.html",
        office=g.office,
        page=Page(rows, number, SIZE, count),
        tab=tab,
        q=q,
        counts=stage_counts(g.office.id),
        tabs_of={key: translate(text) for key, text in TAB_WORDS.items()},
        stages={word: told(STAGES, word) for word in STAGES},
        payments={word: told(PAYMENTS, word) for word in PAYMENTS},
        parcel=may_see_parcel(actor(), g.office.id),
    )


def _lots(number: str) -> dict[int, list[TakenLot]]:
    """{variant: from which lots it is to be packed}"""
    lots: dict[int, list[TakenLot]] = {}
    for taken in taken_by(number):
        lots.setdefault(taken.variant_id, []).append(taken)
    return lots


def _order_page(
    office_order: OfficeOrder, status: int = 200, forms: dict[str, Form] | None = None, problem: str | None = None
) -> Response:
    order, me = office_order.order, actor()
    given = forms or {}
    allowed = [action for action in order.actions if may_do(me, g.office.id, action)]
    version = {"version": str(order.version)}
    return make_response(
        render_template(
            "orders/office_order.html",
            office=g.office,
            names=offers_of([line.variant_id for line in order.lines], language()),
            office_order=office_order,
            order=order,
            actions=allowed,
            words=action_words(order),
            problem=problem,
            stage=stage_of(order),
            payment=told(PAYMENTS, order.axes.payment),
            steps_of=timeline(order),
            promised=promise_words(order.way, order.promised_from, order.promised_to),
            picture_of=picture_of,
            lots_of=_lots(order.number),
            reason_form=given.get("reason") or ReasonForm(formdata=None, data=version),
            failed_action=request.form.get("action"),
            parcel_form=given.get("parcel") or ParcelForm(formdata=None, data=version),
            payout=may_see_payout(me, g.office.id),
            parcel=may_see_parcel(me, g.office.id),
        ),
        status,
    )


@orders.get(f"{PAGE}/sell/<slug>/orders/<number>")
@access(READING)
def office_one(slug: str, number: str) -> Answer:
    """One order: what to pack, for whom, what to collect, and the next step."""
    return _order_page(read_order(g.office.id, number))


def _form_for(action: str) -> tuple[str, Form | None]:
    if action in states.NEEDS_REASON:
        return "reason", ReasonForm()
    return ("parcel", ParcelForm()) if action == "ship" else ("", None)


@orders.post(f"{PAGE}/sell/<slug>/orders/<number>/<action>")
@access(office(*HANDLERS))
def take_step(slug: str, number: str, action: str) -> Answer:
    """The next step of an order, as it was shown at `version`; sent twice it is one step."""
    office_order = read_order(g.office.id, number)
    version = own_whole(request.form.get("version"))
    if action not in ACTIONS or version is None:
        raise NotFound()
    name, form = _form_for(action)
    if form is not None and not form.validate():
        return _order_page(office_order, 422, {name: form})
    typed = form.data if form is not None else {}
    try:
        with transaction():
            if action in states.CALLING:
                answer_for_buyer(actor(), office_order.order.id, action, version)
            else:
                move(
                    actor(),
                    office_order.order.id,
                    action,
                    version,
                    reason=typed.get("reason") or "",
                    carrier=typed.get("carrier") or "",
                    tracking=typed.get("tracking") or "",
                )
    except Invalid as refusal:
        if form is None:
            raise
        form.show(refusal)
        return _order_page(office_order, 422, {name: form})
    except Refusal as refusal:
        if refusal.status != 409:
            raise
        return _order_page(read_order(g.office.id, number), 409, problem=refusal_text(refusal))
    told = msg("Done. The goods are free again.") if action == "lapse" else msg("Done. The buyer has been told.")
    flash(translate(told), "success")
    return redirect(url_for("orders.office_one", slug=slug, number=number), 303)
