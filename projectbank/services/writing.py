"""Writing sheets: proposals, edits with an optimistic version, sending to the office."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import delete, select

from app.accounts.models import Person
from app.engines.db import db
from app.engines.generations import changed
from app.engines.journal import record
from app.engines.search import outbox
from app.engines.slugs import free_slug
from app.kernel.actor import Actor, require_person
from app.kernel.clock import now
from app.kernel.errors import Conflict, Faults, Invalid, NotFound
from app.kernel.text import random_code, slug_of
from app.territories.loading import UnknownCode, territory_named
from projectbank.models import Sheet, SheetSdg, SheetText
from projectbank.permissions import require_write
from projectbank.queries.sheet_page import facts_of, texts_of
from projectbank.rules import (
    EDITABLE,
    SHEET,
    SheetFacts,
    TextFacts,
    check_facts,
    check_text,
    require_complete,
)
from projectbank.services.lines import write_lines

SHEET_KIND = "sheet"
FIRST_VERSION = 1
PLAIN = (
    "kind",
    "region",
    "province",
    "sector",
    "investment",
    "own_part",
    "members_min",
    "members_target",
    "jobs",
    "category",
)


def lock_person(person_id: int) -> None:
    """One person's own writes come one after the other: a form sent twice at once is not two things."""
    db.session.execute(select(Person.id).where(Person.id == person_id).with_for_update())


def locked_sheet(sheet_id: int) -> Sheet:
    """The sheet as it stands now, locked: it will change. Raises NotFound."""
    sheet = db.session.scalar(
        select(Sheet).where(Sheet.id == sheet_id).with_for_update().execution_options(populate_existing=True)
    )
    if sheet is None:
        raise NotFound()
    changed("sheet", sheet.id)
    return sheet


def check_said(facts: SheetFacts, texts: Mapping[str, TextFacts], territory: str) -> None:
    """Raises Invalid for everything that breaks a rule."""
    faults = Faults()
    faults.read(check_facts, facts)
    faults.read(check_territory, facts, territory)
    for text in texts.values():
        faults.read(check_text, text)
    faults.refuse()


def check_new(facts: SheetFacts, texts: Mapping[str, TextFacts], source: str, territory: str) -> None:
    """The same for a new sheet, which needs the language its author wrote."""
    check_said(facts, texts, territory)
    if source not in texts:
        raise Invalid("title-needed", "title")


def create_sheet(
    actor: Actor,
    facts: SheetFacts,
    texts: Mapping[str, TextFacts],
    territory: str,
    source: str,
    *,
    author_id: int | None = None,
    slug: str | None = None,
    form_key: str | None = None,
    external_key: str | None = None,
    external_digest: str | None = None,
) -> int:
    """A new draft in the territory; returns its id. `source` is the language its author wrote."""
    check_new(facts, texts, source, territory)
    moment = now()
    sheet = Sheet(
        slug=free_slug(Sheet.slug, slug_of(slug or texts[source].title), reserved=RESERVED),
        reference=_free_reference(),
        state=SHEET.first,
        version=FIRST_VERSION,
        territory=territory,
        currency=territory_named(territory).currency,
        author_id=author_id or actor.person_id,
        form_key=form_key,
        external_key=external_key,
        external_digest=external_digest,
        created_at=moment,
        changed_at=moment,
        **{name: getattr(facts, name) for name in PLAIN},
    )
    db.session.add(sheet)
    db.session.flush()
    changed("sheet", sheet.id)
    write_texts(sheet.id, texts, source)
    write_sdgs(sheet.id, facts)
    write_lines(sheet.id, facts)
    record(actor, "create", "sheet", sheet.id)
    return sheet.id


def propose(
    actor: Actor, facts: SheetFacts, text: TextFacts, language: str, territory: str, form_key: str, send: bool
) -> int:
    """A person's idea, kept as a draft or sent at once; returns its id. The same form again is the same idea.

    Conflict "edited-meanwhile", with the sheet's id, when an old form comes again after the idea was changed or returned.
    """
    person_id = require_person(actor)
    lock_person(person_id)
    known = db.session.scalar(select(Sheet).where(Sheet.form_key == form_key))
    if known is not None and known.author_id != person_id:
        raise NotFound()
    if known is not None and known.state not in EDITABLE:
        return known.id
    if known is not None:
        sheet_id = known.id
        if known.state != SHEET.first or not _says(known, facts, text):
            if (known.state, known.version) != (SHEET.first, FIRST_VERSION):
                raise Conflict("edited-meanwhile", sheet=known.id)
            edit_sheet(actor, known.id, FIRST_VERSION, facts, text)
    else:
        sheet_id = create_sheet(actor, facts, {language: text}, territory, language, form_key=form_key)
    if send:
        submit_sheet(actor, sheet_id)
    return sheet_id


def _says(sheet: Sheet, facts: SheetFacts, text: TextFacts) -> bool:
    """Does the sheet say this already?"""
    return source_text(sheet.id) == text and facts_of(sheet) == replace(facts, sdgs=tuple(sorted(set(facts.sdgs))))


def edit_sheet(actor: Actor, sheet_id: int, version: int, facts: SheetFacts, text: TextFacts) -> int:
    """The author's new words and figures in the source language; returns the version. Lists that the form has not stay.

    Conflict "edited-meanwhile" when the sheet has changed since `version` was shown; "move-not-possible" once it was sent.
    """
    sheet = locked_sheet(sheet_id)
    require_write(actor, sheet.author_id)
    if sheet.state not in EDITABLE:
        raise Conflict("move-not-possible", states="sheet", state=sheet.state, move="edit")
    if sheet.version != version:
        raise Conflict("edited-meanwhile")
    check_facts(facts)
    check_territory(facts, sheet.territory)
    check_text(text)
    for name in PLAIN:
        setattr(sheet, name, getattr(facts, name))
    row = db.session.scalars(select(SheetText).where(SheetText.sheet_id == sheet.id, SheetText.source)).one()
    if any(getattr(row, name) != value for name, value in vars(text).items()):
        _mark_stale(sheet.id)
    for name, value in vars(text).items():
        setattr(row, name, value)
    write_sdgs(sheet.id, facts)
    sheet.version += 1
    sheet.changed_at = now()
    record(actor, "edit", "sheet", sheet.id, version=sheet.version)
    return sheet.version


def submit_sheet(actor: Actor, sheet_id: int) -> None:
    """Hand the sheet to the office. Invalid "sheet-incomplete" names what is missing; sent twice it is sent once."""
    sheet = locked_sheet(sheet_id)
    require_write(actor, sheet.author_id)
    if sheet.state == "submitted":
        return
    state = SHEET.after(sheet.state, "submit")
    db.session.flush()
    require_complete(facts_of(sheet), source_text(sheet.id))
    sheet.state, sheet.submitted_at = state, now()
    record(actor, "submit", "sheet", sheet.id, version=sheet.version)


def source_text(sheet_id: int) -> TextFacts:
    """The words in the language the author wrote."""
    return next(text for text, source in texts_of(sheet_id).values() if source)


def touch(sheet: Sheet) -> None:
    """The search learns or forgets the sheet."""
    outbox.touch(SHEET_KIND, sheet.id)


def check_territory(facts: SheetFacts, territory: str) -> None:
    """Region, province and sector are the territory's. Raises Invalid on the field."""
    home = territory_named(territory)
    field = "region"
    try:
        if facts.region:
            home.region(facts.region)
        if facts.province:
            field = "province"
            if home.province(facts.province).region != facts.region:
                raise Invalid("not-in-the-list", "province")
        if facts.sector:
            field = "sector"
            home.sector(facts.sector)
    except UnknownCode:
        raise Invalid("not-in-the-list", field) from None


def write_texts(sheet_id: int, texts: Mapping[str, TextFacts], source: str) -> None:
    """Write the words of a sheet that has none yet."""
    db.session.add_all(
        SheetText(sheet_id=sheet_id, language=language, source=language == source, **vars(text))
        for language, text in texts.items()
    )


def _mark_stale(sheet_id: int) -> None:
    """Translations tell of an older text from now on."""
    rows = db.session.scalars(select(SheetText).where(SheetText.sheet_id == sheet_id, SheetText.source.is_(False)))
    for row in rows:
        row.stale = True


def write_sdgs(sheet_id: int, facts: SheetFacts) -> None:
    """Write the goals of a sheet in the place of those it had."""
    db.session.execute(delete(SheetSdg).where(SheetSdg.sheet_id == sheet_id))
    db.session.add_all(SheetSdg(sheet_id=sheet_id, number=number) for number in sorted(set(facts.sdgs)))
    db.session.flush()


# Addresses under /projects that are pages of their own.
RESERVED = frozenset({"propose", "mine", "groups", "invitations"})


def _free_reference() -> str:
    """What is written on paper and read aloud: P and six letters."""
    while True:
        reference = f"P-{random_code(6)}"
        if db.session.scalar(select(Sheet.id).where(Sheet.reference == reference)) is None:
            return reference
