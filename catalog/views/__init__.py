"""The pages of the catalogue."""

from catalog.views import cooperatives, editing, importing, market, office, product, stock
from catalog.views.blueprint import catalog

__all__ = ["catalog", "cooperatives", "editing", "importing", "market", "office", "product", "stock"]
