"""The list of those who have something of a lot, as a file."""

import csv
import io

from flask import g
from werkzeug.wrappers import Response

from app.engines.language import language, translate
from app.kernel.clock import now
from app.kernel.text import msg
from app.web.access import access, office
from app.web.addresses import PAGE
from catalog.queries import guarded, lot_of
from orders.permissions import HANDLERS
from orders.queries.lots import all_buyers_of_lot
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
