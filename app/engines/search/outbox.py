"""What is to be indexed anew: rows written with the change itself, drained in batches into the index."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base, db
from app.engines.generations import SUBJECTS, changed
from app.engines.jobs import ring
from app.engines.search import words
from app.engines.search.interface import Changes, SearchDocument, SearchForm
from app.engines.transactions import after_transaction, transaction
from app.kernel.errors import Unavailable

BATCH = 200
DRAIN_JOB = "house.drain-search"

Source = Callable[[Sequence[int] | None], Iterable[SearchDocument]]  # all of them when None


class SearchChange(Base):
    """One thing that changed. A row each time, not a row each thing: a change during draining stays for the next."""

    __tablename__ = "search_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[int]


def touch(kind: str, *ids: int) -> None:
    """Called by the service that changed, made or deleted these, in its transaction; then they are drained soon.

    What is searched is public: pages that rest on these are made anew.
    """
    if ids:
        if kind in SUBJECTS:
            changed(kind, *ids)
        after_transaction(partial(ring, DRAIN_JOB))
        db.session.execute(insert(SearchChange), [{"kind": kind, "subject": subject} for subject in ids])


def pending() -> int:
    return db.session.scalar(select(func.count()).select_from(SearchChange)) or 0


def drain(index: SearchForm, sources: Mapping[str, Source], batch: int = BATCH) -> int:
    """Indexes up to `batch` changes and returns how many rows that settled; 0 when nothing waits.

    A thing its source does not give back, or of a kind without a source, leaves the index. Stopped half way, the
    rows stay and are done again, to the same effect. The index is written outside of any transaction. An index that is
    lost, damaged or made by older rules is built anew first.
    """
    if _is_unsound(index):
        rebuild(index, chain.from_iterable(source(None) for source in sources.values()))
    if not pending():
        return 0
    db.session.rollback()  # what stands now; nobody waits while it is read
    rows = db.session.execute(
        select(SearchChange.id, SearchChange.kind, SearchChange.subject).order_by(SearchChange.id).limit(batch)
    ).all()
    asked: dict[str, set[int]] = defaultdict(set)
    for _, kind, subject in rows:
        asked[kind].add(subject)
    documents = [document for kind, ids in asked.items() if kind in sources for document in sources[kind](sorted(ids))]
    db.session.rollback()
    there = {document.key for document in documents}
    gone = sorted({(kind, subject) for _, kind, subject in rows} - there)
    index.apply(Changes(documents, gone))
    unknown = words.unknown_in(documents)
    db.session.rollback()
    with transaction():
        words.learn(unknown)
        db.session.execute(delete(SearchChange).where(SearchChange.id.in_([row.id for row in rows])))
    return len(rows)


def _is_unsound(index: SearchForm) -> bool:
    try:
        return index.stats().outdated
    except Unavailable:
        return True


def rebuild(index: SearchForm, documents: Iterable[SearchDocument]) -> int:
    """Index and words from nothing but these documents; returns how many. Changes meanwhile are drained afterwards."""
    counted: Counter[words.Entry] = Counter()

    def counting() -> Iterator[SearchDocument]:
        for document in documents:
            counted.update(words.words_of(document))
            yield document

    count = index.rebuild(counting())
    with transaction():
        words.relearn(counted)
    return count
