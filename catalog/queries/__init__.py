"""Reads of the catalogue. What other modules use stands here; the pages' own reads stand in the files beside."""

from catalog.gateway.own import guarded
from catalog.queries.delivery import DeliveryChoice, delivery_choices
from catalog.queries.lots import LotLine, TakenLot, lot_of, taken_by, takers
from catalog.queries.offers import STOCK, Offer, offers_for_update, offers_of
from catalog.rules.carriages import CARRIAGES, together
from catalog.rules.ways import WAYS, Way

__all__ = [
    "CARRIAGES",
    "STOCK",
    "WAYS",
    "DeliveryChoice",
    "LotLine",
    "Offer",
    "TakenLot",
    "Way",
    "delivery_choices",
    "guarded",
    "lot_of",
    "offers_for_update",
    "offers_of",
    "taken_by",
    "takers",
    "together",
]
