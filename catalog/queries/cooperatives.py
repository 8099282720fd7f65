"""Cooperatives as strangers find them: the directory and one cooperative's page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import aliased

from app.accounts.models import Organisation, OrganisationText
from app.accounts.queries import public_identifiers
from app.engines.db import db
from app.engines.journal import JournalLine
from app.kernel.text import best_language
from catalog.models import ON_SALE, Product

PAGE_SIZE = 24
KINDS = ("cooperative", "union")


@dataclass(frozen=True)
class CooperativeCard:
    """A cooperative in the directory; `products` counts what it lists."""

    id: int
    slug: str
    name: str
    pitch: str
    region: str
    sector: str
    drawing: str
    picture_stem: str | None
    products: int


@dataclass(frozen=True)
class Directory:
    """A page of the directory, with how many cooperatives each region and sector would show."""

    cards: Sequence[CooperativeCard]
    total: int
    regions: Mapping[str, int]
    sectors: Mapping[str, int]


@dataclass(frozen=True)
class CooperativeView:
    """A cooperative's page; `language` is the one its words are really in."""

    id: int
    slug: str
    kind: str
    state: str
    name: str
    pitch: str
    story: str
    language: str
    region: str
    territory: str
    province: str | None
    commune: str | None
    sector: str
    drawing: str
    founded: int | None
    members: int | None
    women: int | None
    identifiers: Mapping[str, str]
    picture_stem: str | None


def _open() -> list[ColumnElement[bool]]:
    return [Organisation.state == "verified", Organisation.kind.in_(KINDS)]


def directory(
    regions: Sequence[str],
    sectors: Sequence[str],
    hits: Sequence[int] | None,
    language: str,
    number: int,
    size: int = PAGE_SIZE,
) -> Directory:
    """The verified cooperatives, by name; those found first come first. Three statements, four of a search."""
    base = _open() + ([Organisation.id.in_(hits)] if hits is not None else [])
    grouped = db.session.execute(
        select(Organisation.region, Organisation.sector, func.count())
        .where(*base)
        .group_by(Organisation.region, Organisation.sector)
    ).all()
    by_region: dict[str, int] = {}
    by_sector: dict[str, int] = {}
    total = 0
    for region, sector, count in grouped:
        here, ours = not regions or region in regions, not sectors or sector in sectors
        by_region[region] = by_region.get(region, 0) + (count if ours else 0)
        by_sector[sector] = by_sector.get(sector, 0) + (count if here else 0)
        total += count if here and ours else 0
    conditions = base + ([Organisation.region.in_(regions)] if regions else [])
    conditions += [Organisation.sector.in_(sectors)] if sectors else []
    cards = _cards(conditions, language, hits, number, size) if total else []
    return Directory(cards, total, {k: n for k, n in by_region.items() if n}, {k: n for k, n in by_sector.items() if n})


def _cards(
    conditions: Sequence[ColumnElement[bool]], language: str, hits: Sequence[int] | None, number: int, size: int
) -> list[CooperativeCard]:
    words, source = aliased(OrganisationText), aliased(OrganisationText)
    name = func.coalesce(words.name, source.name, Organisation.slug)
    products = (
        select(func.count())
        .select_from(Product)
        .where(Product.organisation_id == Organisation.id, ON_SALE)
        .scalar_subquery()
    )
    asked = (
        select(
            Organisation.id,
            Organisation.slug,
            name.label("name"),
            func.coalesce(words.pitch, source.pitch, ""),
            Organisation.region,
            Organisation.sector,
            Organisation.drawing,
            Organisation.picture_stem,
            products,
        )
        .outerjoin(words, and_(words.organisation_id == Organisation.id, words.language == language))
        .outerjoin(source, and_(source.organisation_id == Organisation.id, source.source))
    )
    # The page first: counting the products of all would cost more than all the rest.
    ids: Sequence[int]
    if hits is not None:
        there = set(db.session.scalars(select(Organisation.id).where(*conditions)))
        ids = [organisation_id for organisation_id in hits if organisation_id in there][(number - 1) * size : number * size]
    else:
        ids = db.session.scalars(
            select(Organisation.id)
            .outerjoin(words, and_(words.organisation_id == Organisation.id, words.language == language))
            .outerjoin(source, and_(source.organisation_id == Organisation.id, source.source))
            .where(*conditions)
            .order_by(name, Organisation.id)
            .limit(size)
            .offset((number - 1) * size)
        ).all()
    known = {row.id: row for row in db.session.execute(asked.where(Organisation.id.in_(ids)))}
    return [CooperativeCard(*known[organisation_id]) for organisation_id in ids if organisation_id in known]


def region_counts() -> dict[str, int]:
    """How many verified cooperatives each region has."""
    rows = db.session.execute(select(Organisation.region, func.count()).where(*_open()).group_by(Organisation.region))
    return dict(rows.all())


def cooperative_by_slug(slug: str, language: str) -> CooperativeView | None:
    """An organisation's page; the door decides who may see it. Three statements."""
    row: Any = db.session.execute(
        select(
            Organisation.id,
            Organisation.slug,
            Organisation.kind,
            Organisation.state,
            Organisation.region,
            Organisation.territory,
            Organisation.province,
            Organisation.commune,
            Organisation.sector,
            Organisation.drawing,
            Organisation.founded,
            Organisation.members,
            Organisation.women,
            Organisation.picture_stem,
        ).where(Organisation.slug == slug)
    ).first()
    if row is None:
        return None
    texts = {
        text.language: text
        for text in db.session.execute(
            select(
                OrganisationText.language,
                OrganisationText.name,
                OrganisationText.pitch,
                OrganisationText.story,
                OrganisationText.source,
            ).where(OrganisationText.organisation_id == row.id)
        )
    }
    source = next((code for code, text in texts.items() if text.source), None)
    shown = best_language(set(texts), language, source)
    text: Any = texts[shown] if shown else None
    return CooperativeView(
        row.id,
        row.slug,
        row.kind,
        row.state,
        text.name if text else row.slug,
        text.pitch if text else "",
        text.story if text else "",
        shown or language,
        row.region,
        row.territory,
        row.province,
        row.commune,
        row.sector,
        row.drawing,
        row.founded,
        row.members,
        row.women,
        public_identifiers([row.id]).get(row.id, {}),
        row.picture_stem,
    )


# What changes what their page says of them; goods are changes of their own pages.
TOLD_ANEW = ("edit-facts", "edit-words", "remove-number", "reinstate", "set-picture", "verify", "write-delivery-zones")
_last_change = (
    select(func.max(JournalLine.at))
    .where(
        JournalLine.subject_kind == "organisation",
        JournalLine.subject_id == Organisation.id,
        JournalLine.verb.in_(TOLD_ANEW),
    )
    .correlate(Organisation)
    .scalar_subquery()
)
# The addresses' ends of all cooperatives and unions that have a page, each with its last change, oldest first.
VERIFIED_SLUGS = (
    select(Organisation.slug, func.coalesce(_last_change, Organisation.verified_at))
    .where(Organisation.state == "verified", Organisation.kind.in_(KINDS))
    .order_by(Organisation.id)
)
