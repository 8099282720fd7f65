"""What can be found of organisations: name, sentence, story; region, commune and sector as classes."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from app.accounts.models import Organisation, OrganisationText
from app.engines.db import db
from app.engines.search.interface import SearchDocument
from app.territories.loading import territory_named

CHUNK = 500


def organisation_documents(ids: Sequence[int] | None) -> Iterator[SearchDocument]:
    """The documents of verified organisations among the ids (all when None)."""
    wanted = list(ids) if ids is not None else list(db.session.scalars(select(Organisation.id).order_by(Organisation.id)))
    for start in range(0, len(wanted), CHUNK):
        yield from _documents(wanted[start : start + CHUNK])


def _documents(ids: Sequence[int]) -> Iterator[SearchDocument]:
    text = OrganisationText
    texts: dict[int, list[tuple[str, str, str]]] = {}
    for id_, language, name, pitch, story in db.session.execute(
        select(text.organisation_id, text.language, text.name, text.pitch, text.story).where(text.organisation_id.in_(ids))
    ):
        texts.setdefault(id_, []).append((language, name, f"{pitch} {story}"))
    rows = db.session.execute(
        select(Organisation.id, Organisation.territory, Organisation.region, Organisation.sector, Organisation.commune)
        .where(Organisation.id.in_(ids), Organisation.state == "verified")
        .order_by(Organisation.id)
    )
    for id_, key, region, sector, commune in rows:
        territory = territory_named(key)
        named = (*territory.region(region).names.values(), *territory.sector(sector).names.values())
        classes = (*named, commune) if commune else named
        said = texts.get(id_, [])
        yield SearchDocument(
            "organisation",
            id_,
            {language: name for language, name, _body in said},
            {language: body for language, _name, body in said},
            classes,
        )
