"""The operator's list of purchases, found by number."""

from flask import render_template
from werkzeug.wrappers import Response

from app.engines.language import language
from app.payments.queries import METHODS
from app.web.access import access, operator
from app.web.addresses import PAGE
from app.web.paging import Page, page_number
from app.web.reading import words
from orders.queries.office import desk_purchases
from orders.queries.sellers import sellers
from orders.views.blueprint import orders
from orders.views.showing import STAGES, STATUSES, told

SIZE = 30


@orders.get(f"{PAGE}/desk/orders")
@access(operator)
def desk_orders() -> str | Response:
    """All purchases, latest first, with the order of each cooperative."""
    q, number = words(limit=30), page_number()
    rows, count = desk_purchases(q, (number - 1) * SIZE, SIZE)
    known = sellers((order.organisation_id for row in rows for order in row.orders), language())
    return render_template(
        "orders/desk_orders.html",
        page=Page(rows, number, SIZE, count),
        q=q,
        sellers=known,
        methods=METHODS,
        statuses={row.id: told(STATUSES, row.status) for row in rows},
        stages={word: told(STAGES, word) for word in STAGES},
    )
