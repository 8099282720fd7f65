"""The pages as people use them: finding, saving, proposing, deciding, forming a group."""

import re
from urllib.parse import quote

import pytest
from sqlalchemy import event, func, select

from app.engines.db import db
from app.engines.housekeeping import rebuild_search
from app.engines.mail import Letter
from app.engines.transactions import transaction
from projectbank.models import FoundingGroup, GroupInvitation, GroupMember, SavedSheet, Sheet, SheetDecision, SheetText
from projectbank.services.deciding import return_sheet
from projectbank.services.writing import edit_sheet
from tests.browsing import post, sign_in, sign_out, text_of
from tests.builders.accounts import a_person, actor_of, an_operator
from tests.builders.projectbank import a_group, a_sheet, invited, some_facts, some_words

IDEA = {
    "title": "Miellerie de la plaine",
    "pitch": "Extraire le miel ensemble.",
    "region": "MA-04",
    "sector": "agri_beekeeping",
    "need": "Le miel part en vrac.",
    "investment": "250 000",
    "members_min": "5",
    "jobs": "4",
    "sdgs": ["8", "15"],
    "key": "form-1",
}


def statements(client, address):
    """How many statements a page takes."""
    seen = []

    def note(_connection, _cursor, statement, *_more):
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert client.get(address).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len([one for one in seen if not one.startswith(("BEGIN", "PRAGMA", "SET"))])


def key_of(page):
    return re.search(r'name="key"[^>]*value="([^"]+)"', page.get_data(as_text=True))[1]


@pytest.fixture
def bank(app):
    """Three published sheets of different places, fields, sizes and kinds, found by search."""
    author = a_person("Auteur")
    both = {"fr": some_words("Presse à huile d’argan"), "ar": some_words("معصرة زيت أركان")}
    a_sheet(author, texts=both, region="MA-09", sector="argan", investment=41_000_000, sdgs=(5, 8))
    a_sheet(author, "Rucher partagé", region="MA-04", sector="agri_beekeeping", investment=26_000_000, sdgs=(15,))
    a_sheet(author, "Atelier de couture", region="MA-04", sector="craft_embroidery", investment=33_000_000, sdgs=(5,))
    a_sheet(author, "Secret", state="submitted")
    rebuild_search()
    return author


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Atelier de couture", "Rucher partagé", "Presse à huile d’argan"]),
        ("?region=MA-04", ["Atelier de couture", "Rucher partagé"]),
        ("?region=MA-04&sector=agriculture", ["Rucher partagé"]),
        ("?sdg=5&sort=large", ["Presse à huile d’argan", "Atelier de couture"]),
        ("?investment_min=300 000&sort=small", ["Atelier de couture", "Presse à huile d’argan"]),
        ("?investment_max=260000", ["Rucher partagé"]),
        ("?q=argan", ["Presse à huile d’argan"]),
        ("?q=" + quote("زيت أركان"), ["Presse à huile d’argan"]),
        ("?q=apiculture", ["Rucher partagé"]),
        ("?q=souss", ["Presse à huile d’argan"]),
        ("?region=MA-12", []),
        ("?q=zzzz", []),
        ("?page=9999&sdg=x&investment_min=abc&sort=nothing&region=%27", []),
    ],
)
def test_a_founder_finds_sheets_by_words_place_field_goal_and_money(client, bank, query, titles):
    page = client.get("/fr/projects" + query).get_data(as_text=True)
    assert re.findall(r'class="card-title"><a [^>]*>([^<]+)</a>', page) == titles


def test_facets_count_what_each_choice_would_show(client, bank):
    page = text_of(client.get("/fr/projects?region=MA-09"))
    assert 'name="region" value="MA-04"><span>Rabat-Salé-Kénitra</span> <span class="muted small">2</span>' in page
    assert 'name="sdg" value="5"><span>5. Égalité entre les sexes</span> <span class="muted small">1</span>' in page
    assert "1 projet" in page


def test_a_sheet_without_arabic_says_in_which_language_it_is_read(client, bank):
    page = text_of(client.get("/ar/projects/rucher-partage"))
    assert "لم يُترجم هذا المشروع بعد. تقرؤونه بـ: Français." in page
    assert '<div class="prose" dir="auto" lang="fr">' in page
    assert "pas encore traduit" not in text_of(client.get("/fr/projects/rucher-partage"))
    assert "معصرة زيت أركان" in text_of(client.get("/ar/projects/presse-a-huile-d-argan"))


def test_what_is_not_published_is_seen_by_its_author_and_the_office_alone(client, bank):
    assert client.get("/fr/projects/secret").status_code == 404
    sign_in(client, a_person("Rachid"))
    assert client.get("/fr/projects/secret").status_code == 404
    sign_in(client, bank)
    assert "Seuls son auteur et l’office voient cette page." in text_of(client.get("/fr/projects/secret"))
    sign_in(client, an_operator())
    assert client.get("/fr/projects/secret").status_code == 200


def test_saving_is_found_again_and_let_go(client, bank):
    sign_in(client, a_person("Salma"))
    for _ in range(2):
        assert post(client, "/fr/projects/rucher-partage/save").status_code == 303
    assert db.session.scalar(select(func.count()).select_from(SavedSheet)) == 1
    assert "Rucher partagé" in text_of(client.get("/fr/projects?saved=1"))
    assert "Atelier de couture" not in text_of(client.get("/fr/projects?saved=1"))
    assert post(client, "/fr/projects/rucher-partage/unsave").status_code == 303
    assert "Rien de gardé pour l’instant" in text_of(client.get("/fr/projects/mine"))


def test_an_idea_is_proposed_sent_once_and_waits_at_the_office(client, app):
    founder = a_person("Ilyas")
    sign_in(client, founder)
    form = {**IDEA, "key": key_of(client.get("/fr/projects/propose"))}
    for _ in range(2):
        answer = post(client, "/fr/projects/propose", do="send", **form)
        assert (answer.status_code, answer.location) == (303, "/fr/projects/mine")
    sheet = db.session.scalars(select(Sheet)).one()
    assert (sheet.state, sheet.investment, sheet.members_min, sheet.author_id) == ("submitted", 25_000_000, 5, founder.id)
    assert "Chez l’office" in text_of(client.get("/fr/projects/mine"))
    sign_in(client, an_operator())
    assert "Miellerie de la plaine" in text_of(client.get("/fr/desk/projects"))


def test_an_idea_may_serve_any_of_the_17_goals(client, app):
    sign_in(client, a_person("Ilyas"))
    page = client.get("/fr/projects/propose").get_data(as_text=True)
    offered = re.findall(r'<input[^>]*name="sdgs"[^>]*value="(\d+)"', page)
    assert offered == [str(number) for number in range(1, 18)]


def test_an_incomplete_idea_is_kept_as_a_draft_but_not_sent_and_nothing_typed_is_lost(client, app):
    sign_in(client, a_person("Ilyas"))
    answer = post(client, "/fr/projects/propose", title="Miellerie", need="Le miel <b>part</b>", do="send", key="k")
    page = text_of(answer)
    assert answer.status_code == 422
    assert page.count("L’office en a besoin pour lire votre idée.") == 12  # six fields, beside each and in the summary
    assert "Le miel &lt;b&gt;part&lt;/b&gt;" in page
    assert db.session.scalar(select(func.count()).select_from(Sheet)) == 0
    assert post(client, "/fr/projects/propose", title="Miellerie", do="save", key="k").status_code == 303
    assert db.session.scalar(select(Sheet.state)) == "draft"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("investment", "beaucoup", "Écrivez un montant"),
        ("members_min", "cinq", "Écrivez un nombre entier en chiffres."),
        ("members_min", "1", "Une coopérative a besoin de plus d’un membre."),
        ("title", "", "Donnez un titre à votre idée."),
        ("sdgs", ["1", "2", "3", "4"], "Choisissez au plus 3 objectifs différents."),
        ("investment", "9" * 15, "Ce montant est hors limites."),
    ],
)
def test_bad_input_is_refused_beside_its_field_and_writes_nothing(client, app, field, value, words):
    sign_in(client, a_person("Ilyas"))
    answer = post(client, "/fr/projects/propose", do="send", **{**IDEA, field: value})
    assert (answer.status_code, words in text_of(answer)) == (422, True)
    assert "Miellerie" in text_of(answer) or field == "title"
    assert db.session.scalar(select(func.count()).select_from(Sheet)) == 0


@pytest.mark.parametrize(
    ("field", "value"), [("region", "MA-99"), ("sector", "magic"), ("sdgs", "99"), ("pitch", "x" * 161)]
)
def test_what_the_form_did_not_offer_is_refused(client, app, field, value):
    sign_in(client, a_person("Ilyas"))
    assert post(client, "/fr/projects/propose", do="send", **{**IDEA, field: value}).status_code == 422
    assert db.session.scalar(select(func.count()).select_from(Sheet)) == 0


def test_what_resembles_it_is_shown_before_an_idea_is_sent(client, bank):
    sign_in(client, a_person("Ilyas"))
    answer = post(client, "/fr/projects/propose", do="send", **{**IDEA, "title": "Un rucher partagé"})
    page = text_of(client.get(answer.location))
    assert "Quelque chose de semblable existe déjà" in page
    assert "/fr/projects/rucher-partage" in page
    mine = db.session.scalar(select(Sheet.id).where(Sheet.state == "draft"))
    again = post(client, answer.location, do="send", **{**IDEA, "title": "Un rucher partagé", "anyway": "1", "version": "1"})
    assert again.location == "/fr/projects/mine"
    assert db.session.get(Sheet, mine, populate_existing=True).state == "submitted"


def test_a_change_made_elsewhere_answers_409_and_keeps_what_was_typed(client, app):
    author = a_person("Ilyas")
    sheet_id = a_sheet(author, "Miel", state="draft")
    actor = actor_of(author)
    with transaction():
        edit_sheet(actor, sheet_id, 1, some_facts(), some_words("Miel changé ailleurs"))
    sign_in(client, author)
    form = {**IDEA, "title": "Miel tapé ici", "version": "1"}
    answer = post(client, f"/fr/projects/mine/{sheet_id}", do="save", **form)
    page = text_of(answer)
    assert answer.status_code == 409
    assert 'value="Miel tapé ici"' in page
    assert "Cela a été modifié entre-temps." in page
    assert db.session.scalar(select(SheetText.title)) == "Miel changé ailleurs"
    assert post(client, f"/fr/projects/mine/{sheet_id}", do="save", **{**form, "version": "2"}).status_code == 303
    assert db.session.scalar(select(SheetText.title)) == "Miel tapé ici"


def test_an_old_form_sent_again_overwrites_nothing_that_came_after_it(client, app):
    author = a_person("Ilyas")
    sign_in(client, author)
    for title in ("Miel", "Miel", "Miel de thym"):  # sent twice, then changed with the browser's back button
        assert post(client, "/fr/projects/propose", do="save", **{**IDEA, "title": title}).status_code == 303
    sheet = db.session.scalars(select(Sheet)).one()
    address, actor = f"/fr/projects/mine/{sheet.id}", actor_of(author)
    with transaction():
        edit_sheet(actor, sheet.id, 2, some_facts(), some_words("Miel changé ensuite"))
    answer = post(client, "/fr/projects/propose", do="send", **{**IDEA, "title": "Vieux titre"})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, f'action="{address}"' in page, 'value="Vieux titre"' in page) == (409, True, True)
    assert db.session.scalar(select(SheetText.title)) == "Miel changé ensuite"
    assert db.session.scalar(select(Sheet.state)) == "draft"
    assert post(client, address, do="send", **{**IDEA, "title": "Vieux titre", "version": "3"}).status_code == 303
    assert db.session.scalar(select(Sheet.state)) == "submitted"


def test_a_returned_idea_is_not_sent_again_by_reloading_the_page(client, app):
    author, office = a_person("Ilyas"), actor_of(an_operator())
    sign_in(client, author)
    assert post(client, "/fr/projects/propose", do="send", **IDEA).status_code == 303
    with transaction():
        return_sheet(office, db.session.scalar(select(Sheet.id)), 1, "Ajoutez un devis.")
    answer = post(client, "/fr/projects/propose", do="send", **IDEA)
    assert (answer.status_code, "Ajoutez un devis." in text_of(answer)) == (409, True)
    assert db.session.scalar(select(Sheet.state)) == "returned"


def test_who_decides_too_late_keeps_the_reason_they_wrote(client, app):
    author, first = a_person("Ilyas"), actor_of(an_operator("Driss"))
    sheet_id = a_sheet(author, "Miel", state="submitted")
    with transaction():
        return_sheet(first, sheet_id, 1, "Précisez.")
    sign_in(client, an_operator("Salma"))
    answer = post(client, f"/fr/desk/projects/{sheet_id}", decision="return", reason="Il manque un devis.", version="1")
    page = text_of(answer)
    assert (answer.status_code, "Il manque un devis." in page) == (409, True)
    assert "Ce n’est plus possible" in page
    assert db.session.scalars(select(SheetDecision.reason)).all() == ["Précisez."]


def test_the_office_returns_an_idea_with_a_reason_and_publishes_it_later(client, app):
    author, office = a_person("Ilyas"), an_operator()
    sheet_id = a_sheet(author, "Miel", state="submitted")
    sign_in(client, office)
    desk = f"/fr/desk/projects/{sheet_id}"
    refused = post(client, desk, decision="return", reason=" ", version="1")
    assert (refused.status_code, "Dites pourquoi" in text_of(refused)) == (422, True)
    assert post(client, desk, decision="return", reason="Ajoutez un <devis>.", version="1").status_code == 303
    assert post(client, desk, decision="publish", version="1").status_code == 409
    assert f"http://localhost/fr/projects/mine/{sheet_id}" in db.session.scalar(select(Letter.body))
    sign_in(client, author)
    assert "Ajoutez un &lt;devis&gt;." in text_of(client.get("/fr/projects/mine"))
    assert "Ajoutez un &lt;devis&gt;." in text_of(client.get(f"/fr/projects/mine/{sheet_id}"))
    assert post(client, f"/fr/projects/mine/{sheet_id}", do="send", **{**IDEA, "version": "1"}).status_code == 303
    sign_in(client, office)
    assert post(client, desk, decision="publish", version="2").status_code == 303
    sign_out(client)
    assert "Miellerie de la plaine" in text_of(client.get("/fr/projects/miel"))


def test_the_office_cannot_decide_its_own_and_sees_no_drafts(client, app):
    office = an_operator()
    own, draft = a_sheet(office, state="submitted"), a_sheet(a_person("Ilyas"), state="draft")
    sign_in(client, office)
    assert post(client, f"/fr/desk/projects/{own}", decision="publish", version="1").status_code == 403
    assert "C’est votre propre idée" in text_of(client.get(f"/fr/desk/projects/{own}"))
    assert client.get(f"/fr/desk/projects/{draft}").status_code == 404


def test_a_group_from_the_first_click_to_ready(client, bank):
    founder, salma = a_person("Ilyas"), a_person("Salma")
    with transaction() as session:
        session.execute(Sheet.__table__.update().values(members_min=2))
    sign_in(client, founder)
    empty = post(client, "/fr/projects/rucher-partage/group", name="  ")
    assert (empty.status_code, "Donnez à votre groupe un nom" in text_of(empty)) == (422, True)
    answers = [post(client, "/fr/projects/rucher-partage/group", name="Les abeilles").location for _ in range(2)]
    assert answers[0] == answers[1]
    group = answers[0]
    wrong = post(client, f"{group}/invite", contact="pas une adresse")
    assert (wrong.status_code, 'value="pas une adresse"' in text_of(wrong)) == (422, True)
    assert post(client, f"{group}/invite", contact="+212 661-234567").status_code == 303
    assert post(client, f"{group}/invite", contact="Salma@Example.org").status_code == 303
    again = post(client, f"{group}/invite", contact="salma@example.org")
    assert (again.status_code, "Ce contact a déjà une invitation en cours." in text_of(again)) == (409, True)
    assert db.session.scalars(select(Letter.recipient).order_by(Letter.id)).all() == ["+212661234567", "salma@example.org"]
    link = re.search(r"http://localhost(\S+)", db.session.scalars(select(Letter.body).order_by(Letter.id.desc())).first())[1]
    sign_out(client)
    assert "Se connecter pour rejoindre" in text_of(client.get(link))
    sign_in(client, salma)
    assert client.get(group).status_code == 404
    for _ in range(2):
        assert post(client, link).location == group
    assert "Salma" in text_of(client.get(group))
    assert "salma@example.org" not in text_of(client.get(group))
    sign_in(client, a_person("Rachid"))
    assert "Cette invitation n’est plus ouverte" in text_of(client.get(link))
    assert post(client, link).status_code == 409
    sign_in(client, founder)
    assert post(client, f"{group}/ready").status_code == 303
    assert db.session.scalar(select(FoundingGroup.state)) == "ready"
    assert "Prêt" in text_of(client.get("/fr/my-path"))


def test_a_founder_cannot_flood_a_mailbox_by_taking_invitations_back(client, bank, monkeypatch):
    founder = a_person("Ilyas")
    sheet_id = db.session.scalar(select(Sheet.id).where(Sheet.state == "published"))
    sign_in(client, founder)
    group = f"/fr/projects/groups/{a_group(founder, sheet_id)}"
    monkeypatch.setitem(client.application.config, "RATE_LIMITS", True)
    answers = []
    for _ in range(42):
        answers.append(post(client, f"{group}/invite", contact="amie@example.org").status_code)
        post(client, f"{group}/invitations/{db.session.scalar(select(func.max(GroupInvitation.id)))}/revoke")
    assert answers == [303] * 5 + [429] * 37
    assert db.session.scalar(select(func.count()).select_from(Letter)) == 5
    answers = [post(client, f"{group}/invite", contact=f"amie{n}@example.org").status_code for n in range(3)]
    assert answers == [303] * 3


def test_a_stranger_finds_no_group_no_draft_no_desk_and_changes_nothing(client, app):
    founder = a_person("Ilyas")
    sheet_id, draft = a_sheet(founder, "Miel"), a_sheet(founder, state="draft")
    group_id = a_group(founder, sheet_id, a_person("Salma"))
    sign_in(client, a_person("Rachid"))
    for path in (
        f"projects/groups/{group_id}",
        f"projects/mine/{draft}",
        "desk/projects",
        f"desk/projects/{sheet_id}",
        "projects/groups/99",
        "projects/invitations/unknown",
        "projects/nothing-here",
    ):
        assert client.get(f"/fr/{path}").status_code == 404, path
    for path in ("leave", "dissolve", "ready", f"members/{founder.id}/remove", "invitations/1/revoke"):
        assert post(client, f"/fr/projects/groups/{group_id}/{path}").status_code == 404, path
    assert post(client, f"/fr/projects/groups/{group_id}/invite", contact="x@example.org").status_code == 404
    assert post(client, f"/fr/projects/mine/{draft}", do="save", **IDEA).status_code == 404
    assert post(client, f"/fr/desk/projects/{sheet_id}/withdraw", reason="x", version="1").status_code == 404
    assert db.session.scalar(select(func.count()).select_from(GroupMember).where(GroupMember.state == "active")) == 2


def test_who_is_not_signed_in_is_sent_to_sign_in(client, bank):
    for path in ("projects/propose", "projects/mine", "projects/groups/1"):
        assert client.get(f"/fr/{path}").location.startswith("/fr/sign-in?next="), path
    assert post(client, "/fr/projects/rucher-partage/save").location == "/fr/sign-in"
    assert client.get("/fr/projects/rucher-partage").status_code == 200


def test_pages_take_few_statements_and_no_more_when_there_are_more_sheets(client, bank):
    me = an_operator("Ilyas")
    sheet_id = a_sheet(a_person("Auteur"), "Miel")
    group_id = a_group(me, sheet_id, a_person("Salma"))
    addresses = [
        "/fr/projects",
        "/fr/projects?q=miel&sort=fit",
        "/ar/projects?region=MA-04&sdg=5",
        "/fr/projects/miel",
        "/fr/projects/mine",
        f"/fr/projects/groups/{group_id}",
        "/fr/desk/projects?state=published",
        f"/fr/desk/projects/{sheet_id}",
    ]
    sign_in(client, me)
    few = [statements(client, address) for address in addresses]
    for number in range(5):
        a_sheet(a_person("Auteur"), f"Autre miel {number}", region="MA-04", sdgs=(5,))
    rebuild_search()
    many = [statements(client, address) for address in addresses]
    assert many == few
    assert max(many) <= 12, dict(zip(addresses, many, strict=True))


def test_a_closed_invitation_and_a_withdrawn_sheet_are_told_in_words(client, app):
    founder = a_person("Ilyas")
    sheet_id = a_sheet(founder, "Miel")
    secret = invited(founder, a_group(founder, sheet_id))
    sign_in(client, an_operator())
    refused = post(client, f"/fr/desk/projects/{sheet_id}/withdraw", reason="  ", version="1")
    assert (refused.status_code, 'id="reason-error"' in text_of(refused)) == (422, True)
    assert post(client, f"/ar/desk/projects/{sheet_id}/withdraw", reason="أرقام قديمة", version="1").status_code == 303
    sign_out(client)
    assert client.get("/fr/projects/miel").status_code == 404
    assert "Miel" in text_of(client.get(f"/ar/projects/invitations/{secret}"))


def test_a_returned_idea_of_another_language_is_edited_in_its_own(client, app):
    author = a_person("Ilyas", language="ar")
    sheet_id = a_sheet(author, texts={"ar": some_words("عسل")}, state="submitted")
    office = actor_of(an_operator())
    with transaction():
        return_sheet(office, sheet_id, 1, "Précisez.")
    sign_in(client, author)
    page = text_of(client.get(f"/fr/projects/mine/{sheet_id}"))
    assert "Vous écrivez en : العربية." in page
    assert 'value="عسل"' in page
