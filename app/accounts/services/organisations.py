"""Organisations: founding one, its facts, its words, its picture."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Membership, Organisation, OrganisationText, Person
from app.accounts.permissions import EDITORS, require_roles
from app.accounts.rules.organisations import FIXED_FACTS, FIXED_IN, KINDS, ORGANISATION, drawing_of
from app.accounts.services.identifiers import borne_by, checked_identifiers, refuse_taken, write_identifiers
from app.accounts.services.secrets import void_secrets
from app.accounts.signals import organisation_changed
from app.engines.db import db
from app.engines.journal import record
from app.engines.search.outbox import touch
from app.engines.slugs import free_slug
from app.kernel import names
from app.kernel.actor import CHAIR, Actor, require_person
from app.kernel.contacts import mail_value, phone_value
from app.kernel.errors import Conflict, Faults, Invalid, NotFound
from app.kernel.text import LANGUAGES, one_line, paragraphs, slug_of
from app.kernel.typed import plain
from app.territories.loading import Territory, UnknownCode, territory_named

FIRST_YEAR = 1900
NAME_LONGEST, PITCH_LONGEST, STORY_LONGEST, LINE_LONGEST = 120, 300, 5000, 200
MEMBERS_MOST = 1_000_000


@dataclass(frozen=True)
class OrganisationFacts:
    """What an organisation is, without words. `founded` is a year; codes and kinds of numbers are the territory's."""

    kind: str
    region: str
    sector: str
    province: str | None = None
    commune: str | None = None
    postcode: str | None = None
    address: str | None = None
    founded: int | None = None
    members: int | None = None
    women: int | None = None
    phone: str | None = None
    mail: str | None = None
    identifiers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Words:
    """An organisation's words in one language."""

    name: str
    pitch: str = ""
    story: str = ""


def found_organisation(
    actor: Actor, facts: OrganisationFacts, words: Words, language: str, moment: datetime, territory_key: str
) -> int:
    """A draft with its founder as chair; `language` is the one the words are written in. Returns the id. Raises Refusal."""
    person_id = require_person(actor)
    again = _same_draft(person_id, facts.kind, checked_words(words).name)
    if again is not None:
        return again
    organisation = add_organisation(facts, {language: words}, language, moment, territory_key)
    db.session.add(Membership(organisation_id=organisation.id, person_id=person_id, role=CHAIR, since=moment))
    void_secrets("roles-given", person_id, organisation_id=organisation.id)
    record(actor, "found", "organisation", organisation.id)
    return organisation.id


def _same_draft(person_id: int, kind: str, name: str) -> int | None:
    """The draft this person has already founded under this name: a form sent twice founds once."""
    db.session.scalars(select(Person.id).where(Person.id == person_id).with_for_update()).one()
    return db.session.scalar(
        select(Organisation.id)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .join(OrganisationText, OrganisationText.organisation_id == Organisation.id)
        .where(
            Membership.person_id == person_id,
            Membership.role == CHAIR,
            Organisation.kind == kind,
            Organisation.state == ORGANISATION.first,
            OrganisationText.name == name,
        )
        .limit(1)
    )


def add_organisation(
    facts: OrganisationFacts,
    words: Mapping[str, Words],
    source: str,
    moment: datetime,
    territory_key: str,
    slug: str | None = None,
) -> Organisation:
    """The rows of a new organisation, checked; `source` is the language its words were first written in."""
    territory = territory_named(territory_key)
    clean = checked_facts(facts, territory, moment, {})
    said = {language: checked_words(one) for language, one in words.items()}
    refuse_taken(territory, clean.identifiers, None)
    organisation = Organisation(
        slug=free_slug(Organisation.slug, slug or slug_of(said[source].name)),
        state=ORGANISATION.first,
        territory=territory.key,
        drawing=_drawing(territory, clean.sector),
        labels=[],
        picture_stem=None,
        created_at=moment,
        verified_at=None,
        **_columns(clean),
    )
    db.session.add(organisation)
    _write_unique(organisation, territory, clean, {})
    for language, own in said.items():
        db.session.add(
            OrganisationText(
                organisation_id=organisation.id,
                language=language,
                name=own.name,
                pitch=own.pitch,
                story=own.story,
                source=language == source,
            )
        )
    touch("organisation", organisation.id)
    return organisation


def _drawing(territory: Territory, sector: str) -> str:
    return drawing_of(sector, territory.sector(sector).parent)


def _columns(facts: OrganisationFacts) -> dict[str, Any]:
    return {name: value for name, value in asdict(facts).items() if name != "identifiers"}


def _write_unique(
    organisation: Organisation, territory: Territory, facts: OrganisationFacts, borne: Mapping[str, str]
) -> None:
    """The row, and the numbers that are not `borne` so already."""
    given = facts.identifiers
    kinds = [kind for kind in territory.public_identifiers if given.get(kind.key) != borne.get(kind.key)]
    try:
        db.session.flush()
        new = {kind.key: given[kind.key] for kind in kinds if kind.key in given}
        write_identifiers(organisation.id, territory, kinds, new)
    except IntegrityError:  # the same number or slug was taken in this very moment
        raise Conflict("number-taken") from None


def checked_facts(
    facts: OrganisationFacts, territory: Territory, moment: datetime, borne: Mapping[str, str]
) -> OrganisationFacts:
    """The facts as they are stored, `borne` the numbers that stand. Raises Invalid with everything that is wrong."""
    faults = Faults()
    _check_codes(facts, territory, faults)
    _check_counts(facts, territory.day_of(moment).year, faults)
    clean = replace(
        facts,
        province=facts.province or None,
        commune=faults.read(_line, facts.commune, "commune"),
        postcode=faults.read(_line, plain(facts.postcode or "").upper(), "postcode", 12),
        address=faults.read(_line, facts.address, "address"),
        phone=faults.read(phone_value, facts.phone, territory.country) if facts.phone else None,
        mail=faults.read(mail_value, facts.mail) if facts.mail else None,
        identifiers=faults.read(checked_identifiers, territory, facts.identifiers, borne) or {},
    )
    faults.refuse()
    return clean


def _check_codes(facts: OrganisationFacts, territory: Territory, faults: Faults) -> None:
    with faults.noted():
        if facts.kind not in KINDS:
            raise Invalid("choose-one", "kind")
    with faults.noted():
        _known(territory.sector, facts.sector, "sector")
    with faults.noted():
        _known(territory.region, facts.region, "region")
        if facts.province and facts.province not in {one.code for one in territory.provinces_of(facts.region)}:
            raise Invalid("province-elsewhere", "province")


def _known(named: Callable[[str], object], code: str, field: str) -> None:
    try:
        named(code)
    except UnknownCode:
        raise Invalid("choose-one", field) from None


def _check_counts(facts: OrganisationFacts, this_year: int, faults: Faults) -> None:
    with faults.noted():
        if facts.founded is not None and not FIRST_YEAR <= facts.founded <= this_year:
            raise Invalid("year-out-of-range", "founded", first=FIRST_YEAR, last=this_year)
    for name, value in (("members", facts.members), ("women", facts.women)):
        with faults.noted():
            if value is not None and not 0 <= value <= MEMBERS_MOST:
                raise Invalid("number-out-of-range", name, most=MEMBERS_MOST)
    with faults.noted():
        if facts.women is not None and facts.members is not None and facts.women > facts.members:
            raise Invalid("more-women-than-members", "women")


def _line(text: str | None, field: str, longest: int = LINE_LONGEST) -> str | None:
    line = one_line(text or "")
    if len(line) > longest:
        raise Invalid("text-too-long", field, limit=longest)
    return line or None


def checked_words(words: Words) -> Words:
    """Name, pitch and story within their lengths. Raises Invalid."""
    name, pitch, story = names.name(words.name), one_line(words.pitch), paragraphs(words.story)
    faults = Faults()
    with faults.noted():
        if not 2 <= len(name) <= NAME_LONGEST:
            raise Invalid("organisation-name-needed", "name", longest=NAME_LONGEST)
    for field_name, text, longest in (("pitch", pitch, PITCH_LONGEST), ("story", story, STORY_LONGEST)):
        with faults.noted():
            if len(text) > longest:
                raise Invalid("text-too-long", field_name, limit=longest)
    faults.refuse()
    return Words(name, pitch, story)


def locked_organisation(organisation_id: int) -> Organisation:
    """The organisation, locked until the transaction ends. Raises NotFound."""
    found = db.session.scalar(
        select(Organisation)
        .where(Organisation.id == organisation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound()
    return found


def edit_facts(actor: Actor, organisation_id: int, facts: OrganisationFacts, moment: datetime) -> None:
    """New facts; kind and official numbers stand still while the office checks or has checked them. Raises Refusal."""
    require_roles(actor, organisation_id, *EDITORS)
    organisation = locked_organisation(organisation_id)
    territory = territory_named(organisation.territory)
    borne = borne_by(organisation_id)
    clean = checked_facts(facts, territory, moment, borne)
    if organisation.state in FIXED_IN:
        _refuse_fixed(organisation, territory, clean, borne)
    new = {kind: value for kind, value in clean.identifiers.items() if value != borne.get(kind)}
    refuse_taken(territory, new, organisation_id)
    for name, value in _columns(clean).items():
        setattr(organisation, name, value)
    organisation.drawing = _drawing(territory, clean.sector)
    _write_unique(organisation, territory, clean, borne)
    _announce_change(organisation_id)
    record(actor, "edit-facts", "organisation", organisation_id)


def _refuse_fixed(
    organisation: Organisation, territory: Territory, facts: OrganisationFacts, borne: Mapping[str, str]
) -> None:
    for name in FIXED_FACTS:
        if getattr(facts, name) != getattr(organisation, name):
            raise Conflict("fact-is-fixed", name)
    for kind in territory.public_identifiers:
        if facts.identifiers.get(kind.key) != borne.get(kind.key):
            raise Conflict("fact-is-fixed", kind.key)


def edit_words(actor: Actor, organisation_id: int, language: str, words: Words) -> None:
    """The words in one language. A change of the source marks the translations as behind it. Raises Refusal."""
    require_roles(actor, organisation_id, *EDITORS)
    if language not in LANGUAGES:
        raise NotFound()
    clean = checked_words(words)
    locked_organisation(organisation_id)
    texts = {
        text.language: text
        for text in db.session.scalars(select(OrganisationText).where(OrganisationText.organisation_id == organisation_id))
    }
    own = texts.get(language)
    if own is None:
        db.session.add(
            OrganisationText(
                organisation_id=organisation_id,
                language=language,
                name=clean.name,
                pitch=clean.pitch,
                story=clean.story,
                source=not texts,
            )
        )
    else:
        changed = (own.name, own.pitch, own.story) != (clean.name, clean.pitch, clean.story)
        own.name, own.pitch, own.story, own.stale = clean.name, clean.pitch, clean.story, False
        if own.source and changed:
            for other in texts.values():
                other.stale = other is not own
    _announce_change(organisation_id)
    record(actor, "edit-words", "organisation", organisation_id, language=language)


def set_picture(actor: Actor, organisation_id: int, stem: str | None) -> str | None:
    """The stem of a picture stored before, or None to show the drawing. Returns the stem that is no longer used."""
    require_roles(actor, organisation_id, *EDITORS)
    organisation = locked_organisation(organisation_id)
    before, organisation.picture_stem = organisation.picture_stem, stem
    _announce_change(organisation_id)
    record(actor, "set-picture", "organisation", organisation_id)
    return before


def _announce_change(organisation_id: int) -> None:
    touch("organisation", organisation_id)
    organisation_changed.send("accounts", organisation_id=organisation_id)
