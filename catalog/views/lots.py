"""The lots of a product in the office: received, counted, called back."""

import secrets
from collections.abc import Callable

from flask import flash, g, redirect, render_template, url_for
from wtforms import Field

from app.engines.language import language, translate
from app.engines.transactions import transaction
from app.kernel.actor import CHAIR, PACKER, SELLER
from app.kernel.clock import now
from app.kernel.errors import NotFound, Refusal
from app.kernel.typed import own_whole
from app.web.access import access, office
from app.web.addresses import PAGE
from app.web.forms import Form
from app.web.pages.cards import cards
from app.web.paging import Page, page_number
from app.web.visitor import actor
from catalog.forms.lots import LotCountForm, LotForm, RecallForm, ShelfForm
from catalog.permissions import may_edit
from catalog.queries.lots import PAGE_SIZE, lot_of, lots_of, shelf_days_of
from catalog.queries.movements import sizes_with_stock
from catalog.queries.product import product_by_id
from catalog.services.lots import count_lot, recall_lot, receive_lot, set_shelf_days
from catalog.views.blueprint import catalog
from catalog.views.office import Answer, own_product


@catalog.get(f"{PAGE}/sell/<slug>/products/<int:product_id>/lots")
@access(office(SELLER, CHAIR, PACKER))
def product_lots(slug: str, product_id: int) -> Answer:
    """The lots of its sizes, the latest to expire first."""
    return _lots_page(product_id)


def _lots_page(product_id: int, form: LotForm | None = None, shelf: ShelfForm | None = None, status: int = 200) -> Answer:
    view = product_by_id(own_product(product_id), language(), now(), pictured=False)
    if view is None:
        raise NotFound()
    sizes, number, moment = sizes_with_stock(product_id, language()), page_number(), now()
    lines, total = lots_of(product_id, language(), moment, number)
    new = form or LotForm(formdata=None, form_key=secrets.token_hex(16)).fill(sizes)
    page = render_template(
        "catalog/office_lots.html",
        product=view,
        words=view.words(language()),
        form=new,
        shelf=shelf or ShelfForm(formdata=None, days=shelf_days_of(product_id)),
        may_edit=may_edit(actor(), g.office.id),
        moment=moment,
        page=Page(lines, number, PAGE_SIZE, total),
    )
    return (page, status) if status != 200 else page


@catalog.post(f"{PAGE}/sell/<slug>/products/<int:product_id>/lots")
@access(office(SELLER, CHAIR, PACKER))
def do_receive_lot(slug: str, product_id: int) -> Answer:
    """So many came in a lot; the same form again changes nothing."""
    form = LotForm().fill(sizes_with_stock(own_product(product_id), language()))
    came = form.data
    deed = lambda: receive_lot(  # noqa: E731  # carried out once the form holds
        actor(), g.office.id, came["variant"], came["lot"], came["best_before"], came["number"], came["form_key"]
    )
    if not _carried_out(form, form.lot, deed):
        return _lots_page(product_id, form=form, status=422)
    flash(translate("The lot is in the stock."), "success")
    return redirect(url_for("catalog.product_lots", slug=slug, product_id=product_id), 303)


@catalog.post(f"{PAGE}/sell/<slug>/products/<int:product_id>/lots/days")
@access(office(SELLER, CHAIR))
def save_shelf_days(slug: str, product_id: int) -> Answer:
    """How long what is sold must keep."""
    own_product(product_id)
    form = ShelfForm()
    if not _carried_out(form, form.days, lambda: set_shelf_days(actor(), g.office.id, product_id, form.days.data)):
        return _lots_page(product_id, shelf=form, status=422)
    flash(translate("Kept. It holds for every lot of this product."), "success")
    return redirect(url_for("catalog.product_lots", slug=slug, product_id=product_id), 303)


def _carried_out(form: Form, field: Field, deed: Callable[[], object]) -> bool:
    """The deed, if the form holds; what refuses it stands beside its field, or this one."""
    if not form.validate():
        return False
    try:
        with transaction():
            deed()
    except Refusal as refusal:
        if refusal.status not in (409, 422):
            raise
        if refusal.field not in form.data:
            refusal.field = field.short_name
        form.show(refusal)
        return False
    return True


@catalog.get(f"{PAGE}/sell/<slug>/lots/<int:lot_id>")
@access(office(SELLER, CHAIR, PACKER))
def one_lot(slug: str, lot_id: int) -> Answer:
    """One lot: what is left of it, who has it, and calling it back."""
    return _lot_page(lot_id)


def _lot_page(lot_id: int, count: LotCountForm | None = None, recall: RecallForm | None = None, status: int = 200) -> Answer:
    moment = now()
    lot = lot_of(g.office.id, lot_id, language(), moment)
    view = product_by_id(lot.product_id, language(), moment, pictured=False)
    if view is None:
        raise NotFound()
    page = render_template(
        "catalog/office_lot.html",
        lot=lot,
        words=view.words(language()),
        count=count or LotCountForm(formdata=None, seen=str(lot.left)),
        recall=recall or RecallForm(formdata=None),
        on_sale=lot.recalled_at is None and lot.sells_until > moment,
        may_edit=may_edit(actor(), g.office.id),
        cards=cards("lot", lot_id),
    )
    return (page, status) if status != 200 else page


@catalog.post(f"{PAGE}/sell/<slug>/lots/<int:lot_id>/count")
@access(office(SELLER, CHAIR, PACKER))
def do_count_lot(slug: str, lot_id: int) -> Answer:
    """A person has counted the lot."""
    lot_of(g.office.id, lot_id, language(), now())
    form = LotCountForm()
    seen = own_whole(form.seen.data)
    if not _carried_out(form, form.number, lambda: count_lot(actor(), g.office.id, lot_id, form.number.data, seen)):
        return _lot_page(lot_id, count=form, status=422)
    flash(translate("The stock is counted."), "success")
    return redirect(url_for("catalog.one_lot", slug=slug, lot_id=lot_id), 303)


@catalog.post(f"{PAGE}/sell/<slug>/lots/<int:lot_id>/recall")
@access(office(SELLER, CHAIR))
def do_recall_lot(slug: str, lot_id: int) -> Answer:
    """Nothing of the lot is sold from now on; pressed twice it is one recall."""
    lot_of(g.office.id, lot_id, language(), now())
    form = RecallForm()
    if not _carried_out(form, form.reason, lambda: recall_lot(actor(), g.office.id, lot_id, form.reason.data)):
        return _lot_page(lot_id, recall=form, status=422)
    flash(translate("The lot is recalled. Nothing of it is sold any more."), "success")
    return redirect(url_for("catalog.one_lot", slug=slug, lot_id=lot_id), 303)
