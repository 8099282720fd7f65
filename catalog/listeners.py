"""What the catalogue does when something has happened to a cooperative, or to stock."""

from collections.abc import Mapping
from typing import Any

from catalog.queries.offers import STOCK
from catalog.services.listing import relist, stock_moved, touch_organisation


def on_organisation_verified(_sender: object, organisation_id: int, **_facts: Any) -> None:
    """Its products appear, in the same transaction."""
    relist(organisation_id)


def on_organisation_suspended(_sender: object, organisation_id: int, **_facts: Any) -> None:
    """Its products vanish, in the same transaction."""
    relist(organisation_id)


def on_organisation_reinstated(_sender: object, organisation_id: int, **_facts: Any) -> None:
    """Its products are back, in the same transaction."""
    relist(organisation_id)


def on_organisation_changed(_sender: object, organisation_id: int, **_facts: Any) -> None:
    """Its name or place changed: found by the new one."""
    touch_organisation(organisation_id)


def on_counts_changed(kind: str, counts: Mapping[int, tuple[int | None, int]], **_facts: Any) -> None:
    """Goods were held, sold or given back, and pages that say how many are left may say it anew."""
    if kind == STOCK:
        stock_moved(counts)
