"""Cards that this module gives to pages of the house."""

from collections.abc import Mapping
from typing import Any

from flask import url_for

from app.accounts.queries import organisation_card
from app.engines.language import language
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.web.page_cache import holds_until
from app.web.regions import region_maps
from catalog.permissions import may_edit
from catalog.queries.cooperatives import region_counts
from catalog.queries.market import newest
from catalog.queries.offers import next_return
from catalog.queries.office import office_figures
from catalog.queries.proofs import next_end, proofs_waiting
from catalog.views.goods import goods_in_a_grid
from catalog.views.showing import kinds_of_goods

NEWEST = 8


def market_card(_actor: Actor, _subject_id: int | None) -> Mapping[str, Any]:
    """Home: search, kinds of goods, newest products."""
    holds_until(next_return, now())
    holds_until(next_end, now())
    return {"categories": kinds_of_goods(), "goods": goods_in_a_grid(newest(NEWEST))}


def regions_card(_actor: Actor, _subject_id: int | None) -> Mapping[str, Any] | None:
    """Home: where the cooperatives are."""
    counts = region_counts()
    if not counts:
        return None
    return {
        "map": region_maps(counts, None, lambda code: url_for("catalog.cooperatives", region=code)),
        "total": sum(counts.values()),
    }


def office_card(actor: Actor, organisation_id: int | None) -> Mapping[str, Any] | None:
    """A cooperative's office: how many products stand where, and what runs out."""
    if organisation_id is None:
        return None
    return {"figures": office_figures(organisation_id, now()), "edits": may_edit(actor, organisation_id)}


def desk_card(actor: Actor, _subject_id: int | None) -> Mapping[str, Any] | None:
    """The desk: how many proofs wait to be read."""
    return {"waiting": proofs_waiting()} if actor.operator else None


def file_card(actor: Actor, organisation_id: int | None) -> Mapping[str, Any] | None:
    """The desk's file of an organisation: the way to what it has proved."""
    if organisation_id is None or not actor.operator:
        return None
    return {"card": organisation_card([organisation_id], language())[organisation_id]}
