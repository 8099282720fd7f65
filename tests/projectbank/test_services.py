"""Sheets are written, sent and decided on a real database; refused, they leave no trace."""

import pytest
from sqlalchemy import func, select

from app.engines.db import db
from app.engines.journal import JournalLine
from app.engines.mail import Letter
from app.engines.search.outbox import SearchChange
from app.engines.transactions import transaction
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from projectbank.models import SavedSheet, Sheet, SheetDecision, SheetText
from projectbank.queries.checks import broken_groups, incomplete_sheets, unexplained_states
from projectbank.rules import SheetFacts, TextFacts
from projectbank.services.deciding import publish_sheet, return_sheet, withdraw_sheet
from projectbank.services.importing import import_sheet
from projectbank.services.saving import save_sheet, unsave_sheet
from projectbank.services.writing import create_sheet, edit_sheet, propose, submit_sheet
from tests.builders.accounts import a_person, actor_of, an_operator
from tests.builders.projectbank import a_sheet, some_facts, some_words


def do(service, person, *arguments, **options):
    actor = actor_of(person)
    with transaction():
        return service(actor, *arguments, **options)


def state_of(sheet_id):
    return db.session.execute(select(Sheet.state, Sheet.version).where(Sheet.id == sheet_id)).one()


def address(code):
    return f"http://localhost/{code}/here"


def count(table):
    return db.session.scalar(select(func.count()).select_from(table))


def test_an_idea_goes_from_draft_to_the_public_pages(app):
    author, office = a_person("Ilyas"), an_operator()
    sheet_id = do(create_sheet, author, some_facts(), {"fr": some_words("Miel d’Ouezzane")}, "morocco", "fr")
    assert state_of(sheet_id) == ("draft", 1)
    do(submit_sheet, author, sheet_id)
    assert state_of(sheet_id) == ("submitted", 1)
    do(publish_sheet, office, sheet_id, 1, address)
    assert state_of(sheet_id) == ("published", 1)
    letter = db.session.scalars(select(Letter)).one()
    assert letter.subject == "Votre idée est publiée : Miel d’Ouezzane"
    assert "http://localhost/fr/here" in letter.body
    verbs = select(JournalLine.verb).where(JournalLine.subject_kind == "sheet").order_by(JournalLine.id)
    assert db.session.scalars(verbs).all() == ["create", "submit", "published"]
    assert db.session.execute(select(SearchChange.kind, SearchChange.subject)).all() == [("sheet", sheet_id)]
    assert [*incomplete_sheets(), *unexplained_states(), *broken_groups()] == []


def test_the_author_reads_the_reason_in_their_language_changes_and_sends_again(app):
    author, office = a_person("Ilyas", language="ar"), an_operator()
    sheet_id = a_sheet(author, state="submitted")
    do(return_sheet, office, sheet_id, 1, "  Ajoutez un devis.  ", address)
    assert state_of(sheet_id).state == "returned"
    letter = db.session.scalars(select(Letter)).one()
    assert letter.language == "ar"
    assert "كتب المكتب: \u2068Ajoutez un devis.\u2069" in letter.body
    assert do(edit_sheet, author, sheet_id, 1, some_facts(), some_words("Miel, avec devis")) == 2
    do(submit_sheet, author, sheet_id)
    assert state_of(sheet_id) == ("submitted", 2)
    assert list(unexplained_states()) == []


def test_no_one_of_the_office_decides_about_their_own_idea(app):
    operator = an_operator()
    sheet_id = a_sheet(operator, state="submitted")
    for service, more in ((publish_sheet, ()), (return_sheet, ("Non.",))):
        with pytest.raises(NotAllowed, match="own-idea"):
            do(service, operator, sheet_id, 1, *more)
    assert state_of(sheet_id).state == "submitted"
    assert count(SheetDecision) == 0


def test_a_stranger_can_neither_change_nor_send_nor_publish(app):
    sheet_id, stranger = a_sheet(a_person("Ilyas"), "Miel", state="draft"), a_person("Rachid")
    for service, more in ((edit_sheet, (1, some_facts(), some_words("Volé"))), (submit_sheet, ()), (publish_sheet, (1,))):
        with pytest.raises(NotFound):
            do(service, stranger, sheet_id, *more)
    assert state_of(sheet_id) == ("draft", 1)
    assert db.session.scalar(select(SheetText.title)) == "Miel"


def test_the_second_of_two_decisions_is_refused(app):
    sheet_id = a_sheet(a_person("Ilyas"), state="submitted")
    do(publish_sheet, an_operator(), sheet_id, 1)
    with pytest.raises(Conflict, match="move-not-possible"):
        do(return_sheet, an_operator("Driss"), sheet_id, 1, "Trop cher.")
    assert state_of(sheet_id).state == "published"
    assert db.session.scalars(select(SheetDecision.decision)).all() == ["published"]


def test_what_was_changed_after_it_was_read_is_not_decided(app):
    author, office = a_person("Ilyas"), an_operator()
    sheet_id = a_sheet(author, state="submitted")
    do(return_sheet, office, sheet_id, 1, "Précisez.")
    do(edit_sheet, author, sheet_id, 1, some_facts(), some_words())
    do(submit_sheet, author, sheet_id)
    with pytest.raises(Conflict, match="edited-meanwhile"):
        do(publish_sheet, office, sheet_id, 1)
    assert state_of(sheet_id) == ("submitted", 2)


def test_one_decision_sent_twice_is_one_decision(app):
    author, office = a_person("Ilyas"), an_operator()
    sheet_id = a_sheet(author, state="submitted")
    for _ in range(2):
        do(return_sheet, office, sheet_id, 1, "Précisez.", address)
    assert (state_of(sheet_id).state, count(SheetDecision), count(Letter)) == ("returned", 1, 1)
    with pytest.raises(Conflict, match="move-not-possible"):
        do(return_sheet, an_operator("Driss"), sheet_id, 1, "Précisez.", address)
    do(submit_sheet, author, sheet_id)
    for _ in range(2):
        do(publish_sheet, office, sheet_id, 1, address)
    assert (state_of(sheet_id).state, count(SheetDecision), count(Letter)) == ("published", 2, 2)


def test_an_incomplete_idea_stays_a_draft(app):
    author = a_person("Ilyas")
    sheet_id = do(create_sheet, author, SheetFacts(), {"fr": TextFacts("Miel")}, "morocco", "fr")
    with pytest.raises(Invalid) as refused:
        do(submit_sheet, author, sheet_id)
    assert refused.value.facts["missing"] == "pitch,need,region,sector,investment,members_min,sdgs"
    assert state_of(sheet_id).state == "draft"


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"region": "MA-99"}, "region"), ({"sector": "magic"}, "sector"), ({"province": "MA-TAR"}, "province")],
)
def test_a_place_or_field_the_territory_does_not_know_is_refused(app, facts, field):
    with pytest.raises(Invalid) as refused:
        do(create_sheet, a_person("Ilyas"), some_facts(**facts), {"fr": some_words()}, "morocco", "fr")
    assert (refused.value.code, refused.value.field) == ("not-in-the-list", field)
    assert count(Sheet) == 0


def test_the_same_form_sent_twice_is_one_idea(app):
    author = a_person("Ilyas")
    ids = {do(propose, author, some_facts(), some_words("Miel"), "fr", "morocco", "form-1", True) for _ in range(2)}
    assert len(ids) == 1
    assert state_of(ids.pop()) == ("submitted", 1)
    with pytest.raises(NotFound):
        do(propose, a_person("Rachid"), some_facts(), some_words("Autre"), "fr", "morocco", "form-1", True)
    assert count(Sheet) == 1


def test_two_ideas_of_one_title_have_two_addresses(app):
    author = a_person("Ilyas")
    a_sheet(author, "Propose", state="draft"), a_sheet(author, "Miel", state="draft"), a_sheet(author, "Miel", state="draft")
    slugs = db.session.scalars(select(Sheet.slug)).all()
    assert len(set(slugs)) == 3
    assert "propose" not in slugs


def test_an_edit_marks_translations_as_old(app):
    author = a_person("Ilyas")
    words = {"fr": some_words("Miel"), "ar": some_words("عسل")}
    sheet_id = a_sheet(author, state="draft", texts=words)
    do(edit_sheet, author, sheet_id, 1, some_facts(), some_words("Miel de thym"))
    stale = dict(db.session.execute(select(SheetText.language, SheetText.stale)).all())
    assert stale == {"fr": False, "ar": True}


def test_saving_twice_is_saving_and_drafts_cannot_be_saved(app):
    author, reader = a_person("Ilyas"), a_person("Salma")
    sheet_id, draft = a_sheet(author), a_sheet(author, state="draft")
    do(save_sheet, reader, sheet_id), do(save_sheet, reader, sheet_id)
    assert count(SavedSheet) == 1
    with pytest.raises(NotFound):
        do(save_sheet, reader, draft)
    do(unsave_sheet, reader, sheet_id), do(unsave_sheet, reader, sheet_id)
    assert count(SavedSheet) == 0


def test_a_withdrawn_sheet_leaves_the_public_pages_with_a_reason(app):
    sheet_id = a_sheet(a_person("Ilyas"))
    with pytest.raises(Invalid, match="reason-needed"):
        do(withdraw_sheet, an_operator(), sheet_id, 1, " ")
    do(withdraw_sheet, an_operator("Driss"), sheet_id, 1, "Chiffres dépassés.", address)
    assert state_of(sheet_id).state == "archived"
    assert list(unexplained_states()) == []


def test_a_file_read_twice_changes_nothing_and_a_changed_row_is_changed(app):
    office = an_operator()

    def read(digest, title):
        return do(import_sheet, office, office.id, "miel", digest, some_facts(), {"fr": some_words(title)}, "fr", "morocco")

    assert [read("a", "Miel"), read("a", "Miel"), read("b", "Miel de thym")] == ["created", "unchanged", "changed"]
    assert db.session.execute(select(Sheet.slug, Sheet.state, SheetText.title).join(SheetText)).all() == [
        ("miel", "draft", "Miel de thym")
    ]


def test_the_checks_name_what_was_broken_behind_the_back(app):
    sheet_id = a_sheet(a_person("Ilyas"), "Miel")
    with transaction() as session:
        session.get_one(Sheet, sheet_id).investment = None
        session.get_one(SheetDecision, 1).decision = "returned"
    assert list(incomplete_sheets()) == ["sheet miel (8 mandatory fields) is published without investment"]
    assert list(unexplained_states()) == ["sheet miel is published, but the last decision about it is returned"]
