"""Organisations as pages of every module show them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from app.accounts.models import Membership, Organisation, OrganisationText
from app.accounts.queries.identifiers import public_identifiers
from app.accounts.rules.organisations import SELLERS
from app.engines.db import db
from app.kernel.errors import NotFound
from app.kernel.text import best_language


@dataclass(frozen=True)
class OrganisationCard:
    """An organisation in a list. `language` is the one its words are in; `picture` is a stem or None."""

    id: int
    slug: str
    kind: str
    state: str
    territory: str
    region: str
    province: str | None
    commune: str | None
    sector: str
    drawing: str
    picture: str | None
    language: str
    name: str
    pitch: str


@dataclass(frozen=True)
class OrganisationPage:
    """Everything public about an organisation. `founded` is a year; `stale` when the source has moved on since."""

    card: OrganisationCard
    story: str
    stale: bool
    languages: tuple[str, ...]
    postcode: str | None
    address: str | None
    founded: int | None
    members: int | None
    women: int | None
    phone: str | None
    mail: str | None
    labels: tuple[str, ...]
    created_at: datetime
    verified_at: datetime | None
    identifiers: Mapping[str, str]


@dataclass(frozen=True)
class Filters:
    """What a directory is narrowed to. `ids` come from the search index, best first; None means no words were asked."""

    regions: Collection[str] = ()
    sectors: Collection[str] = ()
    ids: Sequence[int] | None = None
    kinds: Collection[str] = field(default_factory=lambda: SELLERS)


CARD = (
    Organisation.id,
    Organisation.slug,
    Organisation.kind,
    Organisation.state,
    Organisation.territory,
    Organisation.region,
    Organisation.province,
    Organisation.commune,
    Organisation.sector,
    Organisation.drawing,
    Organisation.picture_stem,
)
FACTS = (
    Organisation.postcode,
    Organisation.address,
    Organisation.founded,
    Organisation.members,
    Organisation.women,
    Organisation.phone,
    Organisation.mail,
    Organisation.created_at,
    Organisation.verified_at,
)


def organisation_card(ids: Iterable[int], language: str) -> dict[int, OrganisationCard]:
    """{id: card} of the organisations that exist, in any state; two statements."""
    wanted = set(ids)
    return cards_of(select(*CARD).where(Organisation.id.in_(wanted)), language) if wanted else {}


def cards_of(statement: Select[*tuple[Any, ...]], language: str) -> dict[int, OrganisationCard]:
    rows = db.session.execute(statement).all()
    words = _words([row[0] for row in rows], language)
    cards = {}
    for row in rows:
        spoken, name, pitch = words.get(row[0], (language, row[1], ""))
        cards[row[0]] = _card(row, spoken, name, pitch)
    return cards


def _card(row: Sequence[Any], language: str, name: str, pitch: str) -> OrganisationCard:
    """A row that begins with the columns of CARD, with its words."""
    facts: Sequence[Any] = (*row[: len(CARD)], language, name, pitch)
    return OrganisationCard(*facts)


def _words(ids: Sequence[int], language: str) -> dict[int, tuple[str, str, str]]:
    """{id: (language, name, pitch)} in the language, else in the source, else in any."""
    text = OrganisationText
    rows = db.session.execute(
        select(text.organisation_id, text.language, text.name, text.pitch, text.source).where(text.organisation_id.in_(ids))
    )
    spoken: dict[int, dict[str, tuple[str, str]]] = {}
    sources: dict[int, str] = {}
    for id_, code, name, pitch, source in rows:
        spoken.setdefault(id_, {})[code] = (name, pitch)
        if source:
            sources[id_] = code
    words = {}
    for id_, texts in spoken.items():
        best = best_language(texts, language, sources.get(id_)) or language
        words[id_] = (best, *texts[best])
    return words


def organisation_by_slug(slug: str, language: str, states: Collection[str] = ("verified",)) -> OrganisationPage:
    """The public facts and words of an organisation in one of the states; three statements. Raises NotFound."""
    there = (Organisation.slug == slug, Organisation.state.in_(states))
    row = db.session.execute(select(*CARD, *FACTS, Organisation.labels).where(*there)).first()
    if row is None:
        raise NotFound()
    texts = texts_of(row[0])
    source = next((text.language for text in texts.values() if text.source), None)
    best = best_language(texts, language, source)
    text = texts[best] if best else TextLine(language, slug, "", "", True, False)
    card = _card(row, text.language, text.name, text.pitch)
    labels = tuple(row.labels or ())
    facts = {column.key: getattr(row, column.key) for column in FACTS}
    numbers = public_identifiers([row.id]).get(row.id, {})
    return OrganisationPage(card, text.story, text.stale, tuple(texts), labels=labels, identifiers=numbers, **facts)


@dataclass(frozen=True)
class TextLine:
    """An organisation's words in one language."""

    language: str
    name: str
    pitch: str
    story: str
    source: bool
    stale: bool


def texts_of(organisation_id: int) -> dict[str, TextLine]:
    """{language: words} of an organisation, the source first."""
    text = OrganisationText
    rows = db.session.execute(
        select(text.language, text.name, text.pitch, text.story, text.source, text.stale)
        .where(text.organisation_id == organisation_id)
        .order_by(text.source.desc(), text.language)
    )
    return {row[0]: TextLine(*row) for row in rows}


def names_of_organisation(organisation_id: int) -> dict[str, str]:
    """{language: name}, the source first."""
    rows = db.session.execute(
        select(OrganisationText.language, OrganisationText.name)
        .where(OrganisationText.organisation_id == organisation_id)
        .order_by(OrganisationText.source.desc(), OrganisationText.language)
    )
    return dict(rows.all())


def _conditions(filters: Filters, but: str = "") -> list[ColumnElement[bool]]:
    """The conditions of a directory, without the one a facet counts over."""
    conditions = [Organisation.state == "verified", Organisation.kind.in_(filters.kinds)]
    if filters.regions and but != "region":
        conditions.append(Organisation.region.in_(filters.regions))
    if filters.sectors and but != "sector":
        conditions.append(Organisation.sector.in_(filters.sectors))
    if filters.ids is not None:
        conditions.append(Organisation.id.in_(filters.ids))
    return conditions


def verified_organisations(
    language: str, filters: Filters = Filters(), page: int = 1, size: int = 24
) -> tuple[list[OrganisationCard], int]:
    """One page of the directory and how many there are in all; best match first when words were asked, else the newest."""
    conditions = _conditions(filters)
    if filters.ids is not None:
        there = set(db.session.scalars(select(Organisation.id).where(*conditions)))
        ranked = [id_ for id_ in filters.ids if id_ in there]
        shown = ranked[(page - 1) * size : page * size]
        cards = organisation_card(shown, language)
        return [cards[id_] for id_ in shown], len(ranked)
    count = db.session.scalar(select(func.count()).select_from(Organisation).where(*conditions)) or 0
    newest = (Organisation.verified_at.desc(), Organisation.id.desc())
    statement = select(*CARD).where(*conditions).order_by(*newest).limit(size).offset((page - 1) * size)
    return list(cards_of(statement, language).values()), count


def region_counts(filters: Filters = Filters()) -> dict[str, int]:
    """{region: verified organisations}, the other filters applied."""
    return _counts(Organisation.region, filters, "region")


def sector_counts(filters: Filters = Filters()) -> dict[str, int]:
    """{sector: verified organisations}, the other filters applied."""
    return _counts(Organisation.sector, filters, "sector")


def _counts(column: Any, filters: Filters, name: str) -> dict[str, int]:
    rows = db.session.execute(select(column, func.count()).where(*_conditions(filters, name)).group_by(column))
    return dict(rows.all())


def people_with_role(organisation_id: int, roles: Collection[str]) -> list[int]:
    """The ids of the people who hold one of the roles, longest first."""
    rows = db.session.execute(
        select(Membership.person_id, func.min(Membership.id))
        .where(Membership.organisation_id == organisation_id, Membership.role.in_(roles))
        .group_by(Membership.person_id)
        .order_by(func.min(Membership.id))
    )
    return [person_id for person_id, _first in rows]


def organisation_state(organisation_id: int) -> str:
    """The state of an organisation. Raises NotFound."""
    found = db.session.scalar(select(Organisation.state).where(Organisation.id == organisation_id))
    if found is None:
        raise NotFound()
    return found


def organisation_ids(slugs: Collection[str]) -> Mapping[str, int]:
    """{slug: id} of the slugs that exist."""
    rows = db.session.execute(select(Organisation.slug, Organisation.id).where(Organisation.slug.in_(slugs)))
    return dict(rows.all())
