"""Long work for tests: rows as a worker leaves them."""

from typing import Any

from app.accounts.models import LongWorkUnderWay
from app.engines.transactions import transaction
from app.kernel.clock import now


def a_long_work(organisation_id: int, person_id: int, state: str = "under-way", **facts: Any) -> int:
    """An import of 5,000 goods of which 312 rows are written; its id."""
    counts = {"created": 300, "changed": 6, "unchanged": 4, "refused": 2}
    ended = state != "under-way"
    values = {"counts": counts, "problems": [], "total": 5_000, "done": 312, **facts}
    with transaction() as session:
        work = LongWorkUnderWay(
            kind="catalog.import",
            organisation_id=organisation_id,
            started_by=person_id,
            open_key=None if ended else f"catalog.import:{organisation_id}",
            digest="0",
            state=state,
            started_at=now(),
            moved_at=now(),
            ended_at=now() if ended else None,
            **values,
        )
        session.add(work)
        session.flush()
        return work.id
