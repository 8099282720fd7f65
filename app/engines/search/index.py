"""The embedded form of search: one whoosh index in a folder, one folded field, one writer, one searcher a process."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from mmap import ACCESS_READ, mmap
from pathlib import Path
from threading import RLock
from typing import Any

from whoosh import columns, fields, formats
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import StructFile
from whoosh.index import FileIndex
from whoosh.reading import SegmentReader
from whoosh.system import pack_uint
from whoosh.writing import CLEAR, LockError, SegmentWriter

from app.engines.search.analysis import Analysis
from app.engines.search.interface import Changes, Found, SearchDocument, Stats
from app.engines.search.reading import Opened, impact
from app.engines.search.sounds import MARK
from app.kernel.errors import Refusal, Unavailable

REFRESH_SECONDS = 1.0
WRITER_WAIT_SECONDS = 10.0
WRITER_MEMORY_MB = 32
MOST_SEGMENTS = 6
OPENING_TRIES = 20
SEGMENT = ".seg"
TOO_FEW = 3  # fewer found than this with all words: any word will do


class Words(fields.FieldType):  # type: ignore[misc]  # whoosh has no types
    """A field that gets its words counted and analysed; no positions, so that a query reads little."""

    def __init__(self) -> None:
        super().__init__(formats.Frequency(), None, scorable=True)

    def index(self, value: dict[str, int], **_options: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        length = sum(count for word, count in value.items() if word[0] != MARK)  # sounds repeat what is there
        for word, count in value.items():
            yield word.encode(), count, impact(count, length), pack_uint(count)


def _schema() -> fields.Schema:
    return fields.Schema(
        key=fields.ID(unique=True), kind=fields.ID(), number=fields.COLUMN(columns.NumericColumn("q")), words=Words()
    )


class _Folder(FileStorage):  # type: ignore[misc]  # whoosh has no types
    """Remembers what it opened: whoosh forgets to close a file that it cannot make sense of.

    Segments are mapped here and read where they lie: of one that whoosh maps itself it keeps a whole copy beside the map.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._opened: list[StructFile] = []

    def open_file(self, name: str, **options: Any) -> Any:
        if name.endswith(".toc"):
            return StructFile(BytesIO(Path(self.folder, name).read_bytes()), name=name)
        if name.endswith(SEGMENT):
            with Path(self.folder, name).open("rb") as written:
                file = StructFile(mmap(written.fileno(), 0, access=ACCESS_READ), name=name)
        else:
            file = super().open_file(name, **options)
        self._opened.append(file)
        return file

    def close_files(self) -> None:
        for file in self._opened:
            if not file.is_closed:
                file.close()


class SearchIndex:
    """Whoosh in `folder`. Carries about 50,000 documents; safe for several processes and threads."""

    def __init__(self, folder: Path | str, writer_wait: float = WRITER_WAIT_SECONDS) -> None:
        self.folder = Path(folder)
        self._writer_wait = writer_wait
        self._analysis = Analysis()
        self._opened: Opened | None = None
        self._checked = 0.0
        self._lock = RLock()  # whoosh's searchers are not made for threads

    def apply(self, changes: Changes) -> None:
        """Raises Unavailable "search-busy" when another process writes for longer than `writer_wait` seconds."""
        if not changes.documents and not changes.deleted:
            return
        with self._damage(), self._writer() as writer:
            latest = {document.key: document for document in changes.documents}
            for kind, number in (*latest, *changes.deleted):
                writer.delete_by_term("key", f"{kind}:{number}")
            for document in latest.values():
                self._add(writer, document)
            writer.commit(mergetype=_few_segments)

    def rebuild(self, documents: Iterable[SearchDocument]) -> int:
        """Readers keep the old index until the new one stands; killed half way, the old one stays."""
        with self._writer(afresh=True) as writer:
            for document in documents:
                self._add(writer, document)
            count = int(writer.doc_count())
            writer.commit(mergetype=CLEAR)
            self._mark.write_text(self._analysis.fingerprint)
        return count

    def optimise(self) -> None:
        with self._writer() as writer:
            writer.commit(optimize=True)

    def ids(self, kind: str, query: str, limit: int | None = None) -> Found:
        """All words first; any word only when too few are found. Never raises over what was typed."""
        wanted = self._analysis.wanted(query)
        if not wanted or limit == 0:
            return Found([], 0, False)
        with self._lock, self._damage():
            opened = self._current()
            words, broadened = opened.understood(wanted, kind, self._analysis.equivalents)
            ids = opened.best(words, kind, every=True)
            answer = opened.serial, kind, words, limit
            if len(ids) >= TOO_FEW or sum(word.needed for word in words) < 2:
                return Found(list(ids[:limit]), len(ids), broadened, answer)
            more = opened.best(words, kind, every=False, without=frozenset(ids))
        return Found([*ids, *more][:limit], len(ids) + len(more), broadened or bool(more), answer)

    def count(self, kind: str, query: str) -> int:
        """How many documents `ids` would give if it neither listened nor widened; nothing is ordered or kept for it."""
        wanted = self._analysis.wanted(query)
        with self._lock, self._damage():
            return self._current().count(wanted, kind)

    def stats(self) -> Stats:
        with self._lock, self._damage():
            opened = self._current()
            mark = self._mark.read_text() if self._mark.exists() else ""
            size = 0
            for file in self.folder.iterdir():
                with suppress(FileNotFoundError):  # the writer of another process tidies up
                    size += file.stat().st_size
            return Stats(
                documents=opened.documents,
                segments=len(opened.segments),
                bytes=size,
                outdated=mark != self._analysis.fingerprint,
            )

    def close(self) -> None:
        with self._lock:
            if self._opened:
                self._opened.close()
                self._opened = None

    @contextmanager
    def _damage(self) -> Iterator[None]:
        """Turns whatever whoosh raises over broken files, even a bare Exception, into the one refusal that callers know.

        Without its mark the index counts as outdated, and whoever drains next builds it anew.
        """
        try:
            yield
        except Refusal:
            raise
        except Exception as broken:
            self._mark.unlink(missing_ok=True)
            raise Unavailable("search-damaged") from broken

    @property
    def _mark(self) -> Path:
        return self.folder / "rules.txt"

    def _add(self, writer: SegmentWriter, document: SearchDocument) -> None:
        writer.add_document(
            key=f"{document.kind}:{document.id}", kind=document.kind, number=document.id,
            words=self._analysis.terms(document),
        )  # fmt: skip

    def _current(self) -> Opened:
        """The opened index, looked after at most once a second."""
        now = time.monotonic()
        if self._opened is None or now - self._checked >= REFRESH_SECONDS:
            index = self._index()
            if self._opened is None or index.latest_generation() != self._opened.generation:
                with _closing_what_fails(index.storage):
                    fresh = Opened(index)
                self.close()
                self._opened = fresh
            self._checked = now
        return self._opened

    def _index(self) -> FileIndex:
        storage = _Folder(str(self.folder))
        if not any(self.folder.glob("_MAIN_*.toc")):
            self._create(storage)
        for _ in range(OPENING_TRIES):
            with suppress(FileNotFoundError):  # replaced by a writer between being listed and being read
                return FileIndex(storage, _schema())
            time.sleep(0.01)
        return FileIndex(storage, _schema())

    def _create(self, storage: FileStorage) -> None:
        """Two processes may come here at once: the second finds the work done."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = storage.lock("MAIN_CREATE")
        lock.acquire(blocking=True)
        try:
            if not any(self.folder.glob("_MAIN_*.toc")):
                self._mark.unlink(missing_ok=True)  # new or lost: nothing in it yet of what should be found
                FileIndex.create(storage, _schema())
        finally:
            lock.release()

    @contextmanager
    def _writer(self, afresh: bool = False) -> Iterator[SegmentWriter]:
        with self._damage():
            writer = self._open_writer(afresh)
        try:
            yield writer
        except BaseException:
            if not writer.is_closed:
                writer.cancel()
            writer.storage.close_files()
            raise
        with self._lock:
            self._checked = 0.0

    def _open_writer(self, afresh: bool) -> SegmentWriter:
        try:
            return self._new_writer()
        except LockError as busy:
            raise Unavailable("search-busy") from busy
        except Exception:
            if not afresh:
                raise
            for toc in self.folder.glob("_MAIN_*.toc"):
                toc.unlink()
            return self._new_writer()

    def _new_writer(self) -> SegmentWriter:
        index = self._index()
        with _closing_what_fails(index.storage):
            return index.writer(timeout=self._writer_wait, limitmb=WRITER_MEMORY_MB)


@contextmanager
def _closing_what_fails(folder: _Folder) -> Iterator[None]:
    try:
        yield
    except BaseException:
        folder.close_files()
        raise


def _few_segments(writer: SegmentWriter, segments: list[Any]) -> list[Any]:
    """Small segments are merged into the new one: each kept is at least as large as all smaller ones together.

    Whoosh's own rule lets batches pile up; many segments are what makes searching slow.
    """
    by_size = sorted(segments, key=lambda segment: segment.doc_count_all())
    gathered = writer.doc_count()
    merged = 0
    for position, segment in enumerate(by_size):
        size = segment.doc_count_all()
        if size <= 2 * gathered or len(by_size) - position >= MOST_SEGMENTS or segment.deleted_count() * 2 > size:
            gathered += size
            merged = position + 1
    for segment in by_size[:merged]:
        reader = SegmentReader(writer.storage, writer.schema, segment)
        writer.add_reader(reader)
        reader.close()
    return by_size[merged:]
