"""What a cooperative says of the columns of its files, kept for the next file with the same ones."""

import re
from collections.abc import Mapping

from sqlalchemy import delete, select

from app.engines.db import db
from app.engines.journal import record
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import Invalid
from catalog.gateway.headers import MOST_ASKED, STARTS_WITH, fields_of
from catalog.models import ImportMapping
from catalog.rules.products import MAX_STOCK, require_within
from catalog.services.products import office_of

MOST_MAPPINGS = 50  # of one cooperative; the oldest go
_DIGEST = re.compile(r"[0-9a-f]{64}")


def remember_columns(
    actor: Actor, organisation_id: int, headers: str, said: Mapping[str, str], starts_with: int | None = None
) -> None:
    """{our field: column} for files with just these headers (gateway.headers.digest_of); others say nothing to us.

    `starts_with`: where no column says how many there are, so many there are of what is new.

    Raises Invalid.
    """
    office_of(actor, organisation_id)
    if not _DIGEST.fullmatch(headers) or len(said) > MOST_ASKED or not set(said) <= fields_of("guessed"):
        raise Invalid("catalog-map-wrong", "map", problem="{field: column}")
    begins = {} if starts_with is None else {STARTS_WITH: require_within(starts_with, 0, MAX_STOCK, "each")}
    kept_columns = {**said, **{name: str(count) for name, count in begins.items()}}
    db.session.execute(
        delete(ImportMapping).where(ImportMapping.organisation_id == organisation_id, ImportMapping.headers == headers)
    )
    db.session.add(ImportMapping(organisation_id=organisation_id, headers=headers, columns=kept_columns, said_at=now()))
    db.session.flush()
    kept = (
        select(ImportMapping.headers)
        .where(ImportMapping.organisation_id == organisation_id)
        .order_by(ImportMapping.said_at.desc(), ImportMapping.headers)
        .limit(MOST_MAPPINGS)
    )
    latest = db.session.scalars(kept).all()
    db.session.execute(
        delete(ImportMapping).where(ImportMapping.organisation_id == organisation_id, ImportMapping.headers.not_in(latest))
    )
    record(actor, "remember-columns", "organisation", organisation_id, columns=len(said), **begins)
