"""The office's stock and delivery table."""

from collections.abc import Sequence

from flask import flash, g, redirect, render_template, request, url_for

from app.engines.language import language, translate
from app.engines.place import here
from app.engines.transactions import transaction
from app.kernel.actor import CHAIR, PACKER, SELLER
from app.kernel.clock import now
from app.kernel.errors import Invalid, Refusal
from app.kernel.money import minor_digits
from app.kernel.text import one_line
from app.kernel.typed import own_whole, whole
from app.web.access import access, office
from app.web.addresses import PAGE
from app.web.errors import refusal_text
from app.web.paging import Page, page_number
from app.web.visitor import actor
from catalog.forms.zones import ZoneLine
from catalog.queries.delivery import promises, zones_of
from catalog.queries.office import STOCK_PAGE_SIZE, stock_list
from catalog.rules.products import MAX_STOCK, MAX_ZONES, require_within
from catalog.services.variants import count_stock
from catalog.services.zones import write_zones
from catalog.views.blueprint import catalog
from catalog.views.office import Answer
from catalog.views.showing import promise_rows

NEW_ZONES = 2


@catalog.get(f"{PAGE}/sell/<slug>/stock")
@access(office(SELLER, CHAIR, PACKER))
def stock(slug: str) -> Answer:
    """What there is of each variant, to be counted."""
    return _stock_page({}, {})


def _stock_page(typed: dict[int, str], errors: dict[int, str], status: int = 200) -> Answer:
    number = page_number()
    lines, total = stock_list(g.office.id, language(), number, now())
    page = render_template(
        "catalog/office_stock.html", page=Page(lines, number, STOCK_PAGE_SIZE, total), typed=typed, errors=errors
    )
    return (page, status) if status != 200 else page


@catalog.post(f"{PAGE}/sell/<slug>/stock")
@access(office(SELLER, CHAIR, PACKER))
def save_stock(slug: str) -> Answer:
    """The counts that differ from what was shown are written; all of them, or none."""
    typed, counted, seen, errors = {}, {}, {}, {}
    for name, sent in request.form.items():
        variant_id = own_whole(name.removeprefix("stock_")) if name.startswith("stock_") else None
        if variant_id is None:
            continue
        text, shown = one_line(sent), request.form.get(f"was_{variant_id}", "").strip()
        if text == shown:
            continue
        typed[variant_id] = text
        try:
            counted[variant_id] = require_within(whole(text), 0, MAX_STOCK, "stock")
        except Invalid as refusal:
            errors[variant_id] = refusal_text(refusal)
            continue
        was = own_whole(shown)
        if was is not None:
            seen[variant_id] = was
    if errors:
        return _stock_page(typed, errors, 422)
    try:
        with transaction():
            count_stock(actor(), g.office.id, counted, seen)
    except Refusal as refusal:
        subject = refusal.facts.get("subject")
        if not isinstance(subject, int):
            raise
        return _stock_page(typed, {subject: refusal_text(refusal)}, refusal.status)
    flash(translate("The stock is counted."), "success")
    return redirect(url_for("catalog.stock", slug=slug, page=request.args.get("page")), 303)


@catalog.get(f"{PAGE}/sell/<slug>/delivery")
@access(office(SELLER, CHAIR))
def delivery(slug: str) -> Answer:
    """Where the cooperative delivers, for how much, how fast."""
    digits = minor_digits(here().currency)
    zones = zones_of(g.office.id)
    lines = [ZoneLine(formdata=None, prefix=f"z{number}-").fill(zone, digits) for number, zone in enumerate(zones, 1)]
    lines += [
        ZoneLine(formdata=None, prefix=f"z{number}-").fill()
        for number in range(len(zones) + 1, min(MAX_ZONES, len(zones) + NEW_ZONES) + 1)
    ]
    return _zones_page(lines)


def _zones_page(lines: Sequence[ZoneLine], status: int = 200) -> Answer:
    territory = here()
    page = render_template(
        "catalog/office_delivery.html",
        lines=lines,
        currency=territory.currency,
        usual=promise_rows(promises(0, territory.key), territory.key),
        regions=len(territory.regions),
    )
    return (page, status) if status != 200 else page


@catalog.post(f"{PAGE}/sell/<slug>/delivery")
@access(office(SELLER, CHAIR))
def save_delivery(slug: str) -> Answer:
    """The table as it was typed; no line in use means the usual table."""
    numbers = [number for number in range(1, MAX_ZONES + NEW_ZONES + 1) if f"z{number}-kind" in request.form]
    lines = [ZoneLine(prefix=f"z{number}-").fill() for number in numbers]
    used = [line for line in lines if line.kind.data]
    sound = [line.validate() for line in used]  # every line, so that each shows its own errors
    if not all(sound):
        return _zones_page(lines, 422)
    try:
        with transaction():
            write_zones(actor(), g.office.id, [line.zone() for line in used])
    except Refusal as refusal:
        _show(refusal, used)
        return _zones_page(lines, refusal.status)
    flash(translate("The delivery table is kept."), "success")
    return redirect(url_for("catalog.delivery", slug=slug), 303)


def _show(refusal: Refusal, used: Sequence[ZoneLine]) -> None:
    """A refusal names its field with the number of the line: "fee_2"; so do those that come with it."""
    for one in (refusal, *(refusal.also if isinstance(refusal, Invalid) else ())):
        name, _sign, number = (one.field or "").rpartition("_")
        position = own_whole(number) or 0
        line = used[position - 1] if 1 <= position <= len(used) else None
        if line is None:
            raise refusal
        line.show(type(one)(one.code, name, **one.facts))
