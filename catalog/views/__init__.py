"""The pages of the catalogue."""

from catalog.views import (
    cooperatives,
    desk_proofs,
    desk_requirements,
    editing,
    feeds,
    importing,
    lots,
    market,
    movements,
    office,
    product,
    proofs,
    stock,
)
from catalog.views.blueprint import catalog

__all__ = [
    "catalog",
    "cooperatives",
    "desk_proofs",
    "desk_requirements",
    "editing",
    "feeds",
    "importing",
    "lots",
    "market",
    "movements",
    "office",
    "product",
    "proofs",
    "stock",
]
