"""At the doors: however people write it, each form and filter reads the same, and says so where it cannot know."""

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from academy.models import Answer, Course, CourseModule, Question
from academy.queries.quizzes import live_questions
from app.accounts.models import Attempt, Organisation, Person
from app.accounts.queries import person_with_contact
from app.console.transfer import import_group
from app.engines.db import db
from app.engines.mail import Letter
from app.kernel.contacts import ContactValue
from catalog.models import Product, Variant
from orders.models import BasketLine, Purchase
from projectbank.models import Sheet
from tests.browsing import post, sign_in, text_of
from tests.builders.academy import JAR, a_course, the_lesson
from tests.builders.accounts import a_cooperative, a_person, joins
from tests.builders.orders import CONTACT, a_variant, place, recap

ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
PASSWORD = "la pluie sur les figuiers"
NOTHING = ["\u3164", "\u200b\u200b", "\u2800", "\u00ad\u2060"]
EITHER = "Cela peut se lire 1500 ou 1,5. Écrivez celui que vous voulez dire."


def rows(table):
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table))


def seller_of(client, slug="tifawin"):
    """A shop whose seller sits at this browser."""
    shop, person = a_cooperative("Tifawin", slug=slug), a_person("Yasmine")
    joins(person, shop, "seller")
    sign_in(client, person)
    return shop


@pytest.mark.parametrize("written", ["{}", "\u200e{}\u200e", "{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}", "'{}", "{},"])
def test_the_digits_of_a_code_may_be_arabic(app, client, written):
    fields = {"name": "Nadia Chraibi", "contact": "\u200fNadia@Example.org", "password": PASSWORD, "terms": "y"}
    assert post(client, "/ar/sign-up", **fields).status_code == 303
    db.session.rollback()
    letter = db.session.scalars(select(Letter)).one()
    assert letter.recipient == "nadia@example.org"
    code = next(word for word in letter.body.split() if word.isdigit() and len(word) == 6)
    assert post(client, "/ar/confirm", code=written.format(code.translate(ARABIC))).status_code == 303
    db.session.rollback()
    assert person_with_contact(ContactValue("mail", "nadia@example.org")) is not None


def test_a_person_is_counted_once_however_the_contact_is_typed(app, client, monkeypatch):
    monkeypatch.setitem(app.config, "RATE_LIMITS", True)
    for mail in ("nadia@exämple.org", "NADIA@EXÄMPLE.ORG", "nadia@xn--exmple-cua.org,", "\u202anadia@exämple.org\u202c"):
        assert post(client, "/fr/sign-in", contact=mail, password=PASSWORD).status_code == 422
    for phone in ("0612345678", "+212 6-12-34-56-78", "٠٦١٢٣٤٥٦٧٨", "\u200e0612345678"):
        assert post(client, "/fr/forgotten-password", contact=phone).status_code == 303
    for kind, attempts in (("sign-in-contact", 4), ("code-contact", 4), ("code-everywhere", 4)):
        subjects = db.session.scalars(select(Attempt.subject).where(Attempt.kind == kind)).all()
        assert (len(subjects), len(set(subjects))) == (attempts, 1), kind


def buying(client):
    """A basket with one good, ready for the checkout."""
    oil = a_variant(a_cooperative("Tifawin", chair=a_person("Aïcha")).id, 12_000, 10)
    assert post(client, "/fr/basket/lines", variant=oil, quantity="٢").status_code == 303
    assert [line.count for line in db.session.scalars(select(BasketLine))] == [2]


@pytest.mark.parametrize(
    "mail", ["\u200fNadia@example.org", "nadia@example.org,", "'nadia@example.org", "nadia@exam\u200bple.org"]
)
def test_the_checkout_keeps_an_address_clean(app, client, mail):
    buying(client)
    answer = place(client, recap(client, mail=mail, phone="\u200e٠٦١٢–٣٤٥–٦٧٨"))
    assert answer.status_code == 303
    purchase = db.session.scalars(select(Purchase)).one()
    assert (purchase.mail, purchase.phone) == ("nadia@example.org", "+212612345678")
    assert set(db.session.scalars(select(Letter.recipient))) >= {"nadia@example.org"}
    assert not any("\u200f" in one or "," in one for one in db.session.scalars(select(Letter.recipient)))


@pytest.mark.parametrize(
    "mail",
    ["<nadia@example.org>", "mailto:nadia@example.org", "=?utf-8?q?omar=40other.org?=@example.org", '"nadia"@example.org'],
)
def test_the_checkout_refuses_what_may_be_another_address(app, client, mail):
    buying(client)
    fields = recap(client)
    assert (place(client, {**fields, "mail": mail}).status_code, rows(Purchase), rows(Letter)) == (422, 0, 0)
    page = text_of(post(client, "/fr/checkout", **{**CONTACT, **fields, "mail": mail, "step": "recap"}))
    assert "Ce n’est pas une adresse électronique." in page


def test_an_author_s_number_that_may_be_two_is_asked_again(app, client):
    teacher = a_person("Khadija", instructor=True)
    course = a_course(owner=teacher, state="draft", questions=[JAR])
    sign_in(client, teacher)
    address = f"/fr/academy/teach/{course.slug}/lessons/quiz-1/questions/new?kind=numeric"
    answer = post(client, address, prompt_fr="Combien de pots ?", value="1.500", tolerance="0")
    assert (answer.status_code, EITHER in text_of(answer), rows(Question)) == (422, True, 1)
    assert 'value="1.500"' in text_of(answer)
    assert post(client, address, prompt_fr="Combien de pots ?", value="١٥٠٠", tolerance="0").status_code == 303
    assert db.session.scalars(select(Question.value).order_by(Question.id.desc())).first() == "1500"


def test_a_learner_s_number_that_may_be_two_is_asked_again_and_costs_nothing(app, client):
    course = a_course(questions=[JAR])
    sign_in(client, a_person())
    attempt = post(client, f"/fr/academy/courses/{course.slug}/quiz-1/attempt").location
    [question] = live_questions(the_lesson(course, "quiz-1").id)
    answer = post(client, f"{attempt}/answers/{question}", **{f"q{question}-answer": "1.500"})
    assert (answer.status_code, EITHER in text_of(answer), rows(Answer)) == (422, True, 0)
    assert post(client, f"{attempt}/answers/{question}", **{f"q{question}-answer": "\u200e١٢٫٥٠"}).status_code == 303
    assert post(client, f"{attempt}/hand-in").status_code == 303
    assert "1 sur 1" in text_of(client.get(f"{attempt}/result"))


QUICK = {
    "form_key": "k" * 32,
    "category": "honey",
    "title": "Miel",
    "quantity": "500",
    "unit": "g",
    "stock": "1",
    "then": "draft",
}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"price": "1.500"}, EITHER),
        ({"price": "12", "stock": "1,500"}, EITHER),
        ({"price": "12", "quantity": "1.500", "unit": "kg"}, EITHER),
        ({"price": "douze"}, "Écrivez un montant"),
    ],
)
def test_a_seller_s_number_that_may_be_two_is_asked_again(app, client, given, sentence):
    seller_of(client)
    answer = post(client, "/fr/sell/tifawin/products/new", **{**QUICK, **given})
    assert (answer.status_code, sentence in text_of(answer), rows(Product)) == (422, True, 0)


def test_a_seller_s_numbers_are_read_in_any_digits(app, client):
    seller_of(client)
    fields = {**QUICK, "price": "\u200f١٢٫٥٠ درهم", "quantity": "۱٫۵", "unit": "kg", "stock": "١ ٢٠٠"}
    assert post(client, "/ar/sell/tifawin/products/new", **fields).status_code == 303
    variant = db.session.scalars(select(Variant)).one()
    assert (variant.price, variant.unit, variant.quantity) == (1250, "g", 1500)


def test_a_filter_that_may_be_two_sums_says_so(app, client):
    a_variant(a_cooperative("Tifawin").id, 12_000, 10, "Huile")
    for address in ("/fr/market?price_min=1.500", "/fr/market?price_max=1,500", "/fr/projects?investment_min=1.500"):
        answer = client.get(address)
        assert (answer.status_code, EITHER in text_of(answer)) == (422, True), address
    for query, there in (
        ("price_min=١٠٠", True),
        ("price_min=١٢١", False),
        ("price_max=1 500,00", True),
        ("price_min=x", True),
    ):
        answer = client.get(f"/fr/market?{query}")
        assert (answer.status_code, "Huile" in text_of(answer)) == (200, there), query


def test_a_row_that_may_be_two_numbers_is_refused_with_both(app, tmp_path: Path):
    a_cooperative("Tifawin", slug="tifawin")
    file = tmp_path / "goods.csv"
    file.write_text('title,price,stock\nMiel,"1.500",3\nHuile,"12,50",٤\nCumin,12,"1,500"\nThé 1.500 kg,12,1\n')
    words = ["products", str(file), "--cooperative", "tifawin", "--json"]
    last = json.loads(app.test_cli_runner().invoke(import_group, words).output.strip().splitlines()[-1])
    assert (last["created"], last["refused"]) == (1, 3)
    assert last["problems"] == [
        {"place": "line 2", "reason": "“1.500” can be read as 1500 or as 1.5."},
        {"place": "line 4", "reason": "“1,500” can be read as 1500 or as 1.5."},
        {"place": "line 5", "reason": "“Thé 1.500 kg” can be read as 1500 or as 1.5."},
    ]


@pytest.mark.parametrize("nothing", NOTHING)
def test_a_name_or_title_of_nothing_visible_is_none(app, client, nothing):
    sign_up = {"name": nothing, "contact": "nadia@example.org", "password": PASSWORD, "terms": "y"}
    assert post(client, "/fr/sign-up", **sign_up).status_code == 422
    person = a_person("Khadija", instructor=True)
    course = a_course(owner=person, state="draft")
    shop = seller_of(client)
    assert post(client, "/fr/sell/tifawin/products/new", **{**QUICK, "price": "12", "title": nothing}).status_code == 422
    assert post(client, f"/fr/sell/{shop.slug}/words/fr", name=nothing, pitch="", story="").status_code == 422
    sign_in(client, person)
    assert post(client, "/fr/account/", name=nothing).status_code == 422
    found = {"kind": "cooperative", "name": nothing, "sector": "argan", "region": "MA-09"}
    assert post(client, "/fr/account/organisations/new", **found).status_code == 422
    assert post(client, "/fr/projects/propose", title=nothing, key="form-1").status_code == 422
    made = {"key": "form-1", "level": "beginner", "sector": "", "drawing": "course", "title_fr": nothing}
    assert post(client, "/fr/academy/teach/new", **made).status_code == 422
    assert post(client, f"/fr/academy/teach/{course.slug}/parts", title_fr=nothing).status_code == 422
    counted = (rows(Product), rows(Organisation), rows(Sheet), rows(Course), rows(CourseModule), rows(Letter))
    assert counted == (0, 1, 0, 1, 1, 0)
    assert sorted(db.session.scalars(select(Person.name))) == ["Khadija", "Yasmine"]
