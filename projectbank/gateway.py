"""Our own file of project sheets, JSON or CSV, read into plain values.

JSON: one sheet, a list of sheets, or {"sheets": [...]}; texts are objects by language, amounts whole minor units.
CSV: one sheet a line, comma or semicolon, UTF-8; `titles.fr`, `pitches.ar` … for texts, goals and courses parted by spaces;
the lists (equipment, risks, evidence) are JSON inside their cell.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from app.kernel import typed
from app.kernel.errors import Invalid
from app.kernel.text import LANGUAGES, bad_characters, one_line, paragraphs
from projectbank.rules import EquipmentFacts, EvidenceFacts, RiskFacts, SheetFacts, TextFacts

LARGEST_FILE = 32 * 1024 * 1024
MOST_COLUMNS, MOST_SHEETS = 1_000, 20_000
_TEXTS = {
    "title": "titles",
    "pitch": "pitches",
    "summary": "summaries",
    "need": "needs",
    "market": "market",
    "permits": "permits",
}
_WHOLE = ("investment", "own_part", "members_min", "members_target", "jobs")
_KEYS = ("region", "province", "sector", "category")


@dataclass(frozen=True)
class SheetRow:
    """A sheet of a file; `source` is the language its first title is in, `digest` tells whether it changed."""

    slug: str
    facts: SheetFacts
    texts: Mapping[str, TextFacts]
    source: str
    digest: str


def rows_of(path: Path) -> Iterator[Mapping[str, Any]]:
    """The rows of a file as they stand. Raises Invalid("file-not-readable")."""
    if path.stat().st_size > LARGEST_FILE:
        raise Invalid("file-not-readable", reason="larger than 32 MB")
    try:
        text = path.read_text(encoding="utf-8-sig")
        return iter(_csv_rows(text) if path.suffix.lower() == ".csv" else _json_rows(text))
    except (UnicodeDecodeError, ValueError, csv.Error, RecursionError) as trouble:
        raise Invalid("file-not-readable", reason=f"{type(trouble).__name__}: {trouble}") from None


def _json_rows(text: str) -> list[Mapping[str, Any]]:
    content = json.loads(text)
    if isinstance(content, dict):
        content = content.get("sheets", [content])
    if not isinstance(content, list):
        raise ValueError("neither a sheet nor a list of sheets")
    if len(content) > MOST_SHEETS:
        raise ValueError(f"more than {MOST_SHEETS} sheets")
    return content


def _csv_rows(text: str) -> list[Mapping[str, Any]]:
    """A row costs what stands in it, however many columns there are."""
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
    names = next(reader, [])
    if len(names) > MOST_COLUMNS:
        raise ValueError(f"more than {MOST_COLUMNS} columns")
    rows: list[Mapping[str, Any]] = [
        _unflattened(names, cells) for cells in islice((cells for cells in reader if cells), MOST_SHEETS + 1)
    ]
    if len(rows) > MOST_SHEETS:
        raise ValueError(f"more than {MOST_SHEETS} sheets")
    return rows


def _unflattened(names: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in zip(names, cells, strict=False):
        if not value.strip():
            continue
        head, _, language = name.strip().partition(".")
        if language:
            fields.setdefault(head, {})[language] = value.strip()
        elif head in ("sdgs", "training"):
            fields[head] = value.split()
        elif head in ("equipment", "risks", "evidence"):
            fields[head] = _list_in(value)
        else:
            fields[head] = value.strip()
    return fields


def _list_in(cell: str) -> Any:
    """The list in a cell; what is no JSON stays text, and its row is refused."""
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def sheet_of(row: Any) -> SheetRow:
    """A row as plain values. Raises Invalid with the field that cannot be read."""
    if not isinstance(row, Mapping):
        raise Invalid("row-not-a-sheet")
    slug = row.get("slug")
    if not isinstance(slug, str) or not slug.strip() or len(slug) > 80 or bad_characters(slug):
        raise Invalid("field-not-readable", "slug", name="slug")
    said = {name: _names(row, key, one_line if name == "title" else paragraphs) for name, key in _TEXTS.items()}
    titles = said["title"]
    if not titles:
        raise Invalid("field-not-readable", "titles", name="titles")
    texts = {code: TextFacts(**{name: words.get(code, "") for name, words in said.items()}) for code in titles}
    whole = {name: _whole(row.get(name), name) for name in _WHOLE}
    keys = {name: _word(row.get(name), name) for name in _KEYS}
    facts = SheetFacts(
        kind=_word(row.get("kind", "model"), "kind") or "model",
        region=keys["region"],
        province=keys["province"],
        sector=keys["sector"],
        category=keys["category"],
        investment=whole["investment"],
        own_part=whole["own_part"],
        members_min=whole["members_min"],
        members_target=whole["members_target"],
        jobs=whole["jobs"],
        sdgs=tuple(_whole(number, "sdgs") or 0 for number in _list(row, "sdgs")),
        training=tuple(_word(course, "training") or "" for course in _list(row, "training")),
        equipment=tuple(_equipment(line) for line in _list(row, "equipment")),
        risks=tuple(_risk(line) for line in _list(row, "risks")),
        evidence=tuple(_evidence(line) for line in _list(row, "evidence")),
    )
    plain = json.dumps(row, sort_keys=True, ensure_ascii=False, default=str)
    return SheetRow(slug.strip(), facts, texts, next(iter(titles)), _digest(plain))


def _digest(plain: str) -> str:
    """Of the whole row, unknown fields included, which may hold what no text of ours may."""
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def _names(row: Mapping[str, Any], key: str, cleaned: Callable[[str], str] = paragraphs) -> dict[str, str]:
    """Texts by language, French first; one in which nobody sees anything is none."""
    names = row.get(key) or {}
    if not isinstance(names, Mapping) or any(not isinstance(text, str) or bad_characters(text) for text in names.values()):
        raise Invalid("field-not-readable", key, name=key)
    return {code: text for code in LANGUAGES if (text := cleaned(names.get(code, "")))}


def _word(value: Any, name: str) -> str | None:
    if value is not None and (not isinstance(value, str) or len(value) > 200 or bad_characters(value)):
        raise Invalid("field-not-readable", name, name=name)
    return one_line(value or "") or None


def _whole(value: Any, name: str) -> int | None:
    """A whole number, in a table as people type it."""
    if isinstance(value, str):
        return _typed(value, name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise Invalid("field-not-readable", name, name=name)
    return value


def _typed(text: str, name: str) -> int:
    try:
        return typed.whole(text, name)
    except Invalid as refusal:
        raise refusal if refusal.code == "number-ambiguous" else Invalid("field-not-readable", name, name=name) from None


def _list(row: Mapping[str, Any], name: str) -> list[Any]:
    value = row.get(name) or []
    if not isinstance(value, list):
        raise Invalid("field-not-readable", name, name=name)
    return value


def _line(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Invalid("field-not-readable", name, name=name)
    return value


def _equipment(value: Any) -> EquipmentFacts:
    line = _line(value, "equipment")
    return EquipmentFacts(
        _names(line, "names", one_line),
        _whole(line.get("quantity"), "equipment") or 0,
        _whole(line.get("unit_price"), "equipment") or 0,
        _whole(line.get("life_years"), "equipment"),
    )


def _risk(value: Any) -> RiskFacts:
    line = _line(value, "risks")
    return RiskFacts(
        _names(line, "texts"),
        _names(line, "answers"),
        _whole(line.get("likelihood"), "risks") or 0,
        _whole(line.get("impact"), "risks") or 0,
    )


def _evidence(value: Any) -> EvidenceFacts:
    line = _line(value, "evidence")
    source = _word(line.get("source"), "evidence") or ""
    return EvidenceFacts(_names(line, "figure"), _whole(line.get("year"), "evidence"), source)
