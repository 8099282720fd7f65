"""Those who have something of a lot: the list as a file, and writing to all of them."""

import csv
import io

from flask import flash, g, redirect, url_for
from werkzeug.wrappers import Response

from app.engines.language import language, translate
from app.engines.transactions import transaction
from app.kernel.actor import CHAIR, SELLER
from app.kernel.clock import now
from app.kernel.text import msg
from app.web.access import access, office
from app.web.addresses import PAGE
from app.web.visitor import actor
from catalog.queries import guarded, lot_of
from orders.permissions import HANDLERS
from orders.queries.lots import all_buyers_of_lot
from orders.services.recalls import ask_to_tell
from orders.views.blueprint import orders
from orders.views.showing import STAGES, told

HEADS = (
    msg("Order"),
    msg("State"),
    msg("Of this lot"),
    msg("Buyer"),
    msg("Phone"),
    msg("Mail address"),
    msg("Language"),
)


@orders.get(f"{PAGE}/sell/<slug>/lots/<int:lot_id>/buyers.csv")
@access(office(*HANDLERS))
def lot_buyers(slug: str, lot_id: int) -> Response:
    """Order, state, how many, name, telephone, mail and language of each; safe to open in a spreadsheet."""
    lot_of(g.office.id, lot_id, language(), now())
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([translate(head) for head in HEADS])
    for one in all_buyers_of_lot(g.office.id, lot_id):
        cells = (one.number, told(STAGES, one.stage)[0], str(one.quantity), one.name, one.phone, one.mail, one.language)
        writer.writerow([guarded(cell or "") for cell in cells])
    return Response(
        out.getvalue().encode("utf-8-sig"),
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename=lot-{lot_id}-buyers.csv"},
    )


@orders.post(f"{PAGE}/sell/<slug>/lots/<int:lot_id>/tell")
@access(office(SELLER, CHAIR))
def tell_lot_buyers(slug: str, lot_id: int) -> Response:
    """Each of them is written to; pressed again, nobody is told twice."""
    with transaction():
        ask_to_tell(actor(), g.office.id, lot_id)
    flash(translate(msg("They are written to now, each once.")), "success")
    return redirect(url_for("catalog.one_lot", slug=slug, lot_id=lot_id), 303)
