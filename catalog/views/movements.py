"""What happened to the stock of a product, and changing it by hand."""

import secrets

from flask import flash, g, redirect, render_template, url_for

from app.engines.language import language, translate
from app.engines.transactions import transaction
from app.kernel.actor import CHAIR, PACKER, SELLER
from app.kernel.clock import now
from app.kernel.errors import NotFound, Refusal
from app.web.access import access, office
from app.web.addresses import PAGE
from app.web.paging import Page, page_number
from app.web.visitor import actor
from catalog.forms.stock import MovementForm
from catalog.queries.movements import PAGE_SIZE, movements, sizes_with_stock
from catalog.queries.product import product_by_id
from catalog.rules.stock import REASONS
from catalog.services.stock import move_stock
from catalog.views.blueprint import catalog
from catalog.views.office import Answer, own_product


@catalog.get(f"{PAGE}/sell/<slug>/products/<int:product_id>/stock")
@access(office(SELLER, CHAIR, PACKER))
def product_stock(slug: str, product_id: int) -> Answer:
    """Every change of the stock of its sizes, newest first."""
    return _page(product_id, MovementForm(formdata=None, form_key=secrets.token_hex(16)))


def _page(product_id: int, form: MovementForm, status: int = 200) -> Answer:
    view = product_by_id(own_product(product_id), language(), now(), pictured=False)
    if view is None:
        raise NotFound()
    sizes, number = sizes_with_stock(product_id, language()), page_number()
    lines, total = movements(product_id, language(), number)
    page = render_template(
        "catalog/office_movements.html",
        product=view,
        words=view.words(language()),
        sizes=sizes,
        form=form.fill(sizes),
        page=Page(lines, number, PAGE_SIZE, total),
        reasons=REASONS,
    )
    return (page, status) if status != 200 else page


@catalog.post(f"{PAGE}/sell/<slug>/products/<int:product_id>/stock")
@access(office(SELLER, CHAIR, PACKER))
def do_move_stock(slug: str, product_id: int) -> Answer:
    """So many more or fewer of a size, for a reason; the same form again changes nothing."""
    form = MovementForm().fill(sizes_with_stock(own_product(product_id), language()))
    if not form.validate():
        return _page(product_id, form, 422)
    try:
        with transaction():
            move_stock(actor(), g.office.id, form.variant.data, form.reason.data, form.number.data, form.form_key.data)
    except Refusal as refusal:
        refusal.field = "number"
        form.show(refusal)
        return _page(product_id, form, refusal.status)
    flash(translate("The stock is changed."), "success")
    return redirect(url_for("catalog.product_stock", slug=slug, product_id=product_id), 303)
