"""The learner's pages as a browser without script sees them."""

import io
import re
import shutil
import subprocess

import pytest
from PIL import Image
from sqlalchemy import event, func, select

from academy.models import Answer, Certificate, Completion, Enrolment, QuizAttempt
from academy.queries.quizzes import live_questions
from academy.search import COURSE_KIND
from academy.services import courses
from academy.services.certificates import issue_certificate, revoke_certificate
from academy.services.courses import CourseFacts, CourseWords
from academy.views.certificates import direction_of
from app.engines.db import db
from app.engines.search.outbox import drain
from app.engines.transactions import transaction
from tests.browsing import post, sign_in, sign_out, text_of
from tests.builders.academy import JAR, OIL, a_course, finishes, passes, reads, the_lesson
from tests.builders.accounts import a_person, actor_of, an_operator

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="the tools of poppler are not installed")


def count(model):
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model))


def statements_of(client, address):
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("BEGIN", "ROLLBACK", "COMMIT")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert client.get(address).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def search_is_up_to_date(app):
    while drain(app.extensions["search"], app.extensions["search_kinds"]):
        pass


@pytest.mark.parametrize("lang", ["fr", "ar", "en"])
def test_everybody_reads_the_catalogue_a_course_and_its_lessons(app, client, lang):
    course = a_course()
    for address, words in [
        (f"/{lang}/academy", {"fr": "Prix et marges", "ar": "الأثمان", "en": "Prix et marges in English"}[lang]),
        (f"/{lang}/academy/courses/{course.slug}", {"fr": "13 minutes", "ar": "13 دقيقة", "en": "13 minutes"}[lang]),
        (
            f"/{lang}/academy/courses/{course.slug}/lecon-1",
            {"fr": "Ce que dit la leçon 1", "ar": "نص", "en": "Leçon 1"}[lang],
        ),
        (f"/{lang}/academy/courses/{course.slug}/quiz-1", {"fr": "4 questions", "ar": "4 أسئلة", "en": "4 questions"}[lang]),
    ]:
        page = client.get(address)
        assert (page.status_code, words in text_of(page)) == (200, True), address


def test_a_lesson_in_another_language_says_so(app, client):
    course = a_course()
    assert "is not written in your language yet" in text_of(client.get(f"/en/academy/courses/{course.slug}/lecon-1"))
    assert "pas encore écrite dans votre langue" not in text_of(client.get(f"/fr/academy/courses/{course.slug}/lecon-1"))


def test_the_catalogue_finds_filters_and_says_when_nothing_fits(app, client):
    a_course("Huile d'argane", level="advanced", sector="argan")
    a_course("Tenir une assemblée")
    a_course("Secret d'argane", state="draft")
    search_is_up_to_date(app)
    for query in ("argane", "ARGAN", "huile d’argane"):
        found = text_of(client.get("/fr/academy", query_string={"q": query}))
        assert ("Huile d&#39;argane" in found, "Tenir une" in found, "Secret" in found) == (True, False, False)
    assert "Tenir une" not in text_of(client.get("/fr/academy?level=advanced"))
    assert "Huile" not in text_of(client.get("/fr/academy?level=beginner"))
    assert "Huile" in text_of(client.get("/fr/academy?sector=argan&level=nonsense"))
    assert "Aucun cours ne correspond" in text_of(client.get("/fr/academy?q=zzzz"))
    assert app.extensions["search"].ids(COURSE_KIND, "assemblée").total == 1


@pytest.mark.parametrize("state", ["draft", "submitted"])
def test_an_unpublished_course_is_seen_by_its_instructor_and_the_office_only(app, client, state):
    teacher, other, office = a_person("Khadija", instructor=True), a_person("Omar", instructor=True), an_operator()
    course = a_course(owner=teacher, state=state)
    addresses = [f"/fr/academy/courses/{course.slug}", f"/fr/academy/courses/{course.slug}/lecon-1"]
    for person, status in ((None, 404), (other, 404), (teacher, 200), (office, 200)):
        sign_out(client) if person is None else sign_in(client, person)
        assert [client.get(address).status_code for address in addresses] == [status, status]


def test_a_learner_goes_through_a_course_and_comes_back_where_they_were(app, client):
    person, course = a_person(), a_course()
    home = f"/fr/academy/courses/{course.slug}"
    sign_in(client, person)
    begun = post(client, f"{home}/start")
    assert (begun.status_code, begun.location) == (303, f"{home}/lecon-1")
    done = post(client, f"{home}/lecon-1/done")
    assert (done.status_code, done.location) == (303, f"{home}/lecon-2")
    assert post(client, f"{home}/start").location == f"{home}/lecon-2"
    page = text_of(client.get(home))
    assert "Continuer : Leçon 2" in page
    assert "33 % terminés" in page
    assert "33 % terminés" in text_of(client.get(f"{home}/lecon-2"))
    assert "1 sur 3" in text_of(client.get("/fr/academy/mine"))
    post(client, f"{home}/lecon-1/done")
    assert (count(Enrolment), count(Completion)) == (1, 1)


def test_guests_are_sent_to_sign_in_and_nothing_is_kept(app, client):
    course = a_course()
    home = f"/fr/academy/courses/{course.slug}"
    for address in (f"{home}/start", f"{home}/lecon-1/done", f"{home}/quiz-1/attempt", f"{home}/certificate"):
        answer = post(client, address)
        assert answer.status_code in (302, 303)
        assert "/fr/sign-in" in answer.location
    assert client.get("/fr/academy/mine").status_code == 302
    assert count(Enrolment) == 0


def begin(client, course):
    return post(client, f"/fr/academy/courses/{course.slug}/quiz-1/attempt").location


def test_each_answer_is_saved_by_its_own_form_and_the_next_question_comes(app, client):
    person, course = a_person(), a_course()
    sign_in(client, person)
    attempt = begin(client, course)
    assert begin(client, course) == attempt
    ids = live_questions(the_lesson(course, "quiz-1").id)
    assert "Quelle huile ?" in text_of(client.get(attempt))
    saved = post(client, f"{attempt}/answers/{ids[0]}", **{f"q{ids[0]}-answer": "b"})
    assert (saved.status_code, saved.location) == (303, f"{attempt}?q=2")
    page = client.get(f"{attempt}?q=1")
    assert re.search(r'value="b"[^>]* checked', page.text)
    assert "Votre réponse à la question 1 est enregistrée." in text_of(page)
    together = text_of(client.get(f"{attempt}?all=1"))
    assert all(f'id="question-{place}"' in together for place in (1, 2, 3, 4))
    assert "3 questions n’ont pas encore de réponse" in together
    saved = post(client, f"{attempt}/answers/{ids[1]}", **{"all": "1", f"q{ids[1]}-answer": ["a", "c"]})
    assert saved.location == f"{attempt}?all=1#question-2"
    assert count(Answer) == 2


def test_a_wrong_number_is_refused_beside_its_field_and_kept(app, client):
    person, course = a_person(), a_course(questions=[OIL, JAR])
    sign_in(client, person)
    attempt = begin(client, course)
    oil, jar = live_questions(the_lesson(course, "quiz-1").id)
    post(client, f"{attempt}/answers/{oil}", **{f"q{oil}-answer": "a"})
    refused = post(client, f"{attempt}/answers/{jar}", **{"all": "1", f"q{jar}-answer": "douze <b>DH</b>"})
    assert refused.status_code == 422
    assert 'value="douze &lt;b&gt;DH&lt;/b&gt;"' in refused.text
    assert f'id="q{jar}-answer-error"' in refused.text
    assert "Écrivez un nombre, par exemple 12,5 ou 12.5." in text_of(refused)
    assert re.search(r'value="a"[^>]* checked', refused.text)
    for question, values in ((oil, []), (oil, ["zz"]), (jar, [""])):
        assert post(client, f"{attempt}/answers/{question}", **{f"q{question}-answer": values}).status_code == 422
    assert [(a.question_id, a.given) for a in db.session.scalars(select(Answer))] == [(oil, {"options": ["a"]})]


def test_the_result_explains_every_answer_and_one_may_try_again(app, client):
    person, course = a_person(), a_course(questions=[OIL, JAR])
    sign_in(client, person)
    attempt = begin(client, course)
    oil, jar = live_questions(the_lesson(course, "quiz-1").id)
    post(client, f"{attempt}/answers/{jar}", **{f"q{jar}-answer": "١٢٫٥٠"})
    assert client.get(f"{attempt}/result").location == attempt
    handed = post(client, f"{attempt}/hand-in")
    assert (handed.status_code, handed.location) == (303, f"{attempt}/result")
    page = text_of(client.get(handed.location))
    for words in (
        "Réponses justes : 1 sur 2",
        "Pas encore réussi",
        "70",
        "pas de réponse",
        "Argane",
        "450 ÷ 36 = 12,50.",
        "L&#39;argane vient du Souss.",
    ):
        assert words in page
    assert client.get(attempt).location == f"{attempt}/result"
    assert post(client, f"{attempt}/hand-in").status_code == 303
    assert post(client, f"{attempt}/answers/{oil}", **{f"q{oil}-answer": "a"}).status_code == 409
    assert begin(client, course) != attempt
    assert count(QuizAttempt) == 2


def test_nobody_sees_the_attempt_of_another(app, client):
    me, other, office, course = a_person("Amina"), a_person("Brahim"), an_operator(), a_course()
    attempt = passes(me, course)
    address = f"/fr/academy/attempts/{attempt}"
    question = live_questions(the_lesson(course, "quiz-1").id)[0]
    for person in (other, office):
        sign_in(client, person)
        assert client.get(address).status_code == 404
        assert client.get(f"{address}/result").status_code == 404
        assert post(client, f"{address}/answers/{question}", **{f"q{question}-answer": "a"}).status_code == 404
        assert post(client, f"{address}/hand-in").status_code == 404
    sign_in(client, me)
    assert client.get(f"{address}/result").status_code == 200
    assert client.get("/fr/academy/attempts/999/result").status_code == 404


def certified(person, course):
    finishes(person, course)
    with transaction():
        return issue_certificate(actor_of(person), course.id)


def test_the_certificate_comes_when_everything_is_done_and_only_once(app, client):
    person, course = a_person(), a_course()
    home = f"/fr/academy/courses/{course.slug}"
    sign_in(client, person)
    reads(person, course, "lecon-1", "lecon-2")
    refused = post(client, f"{home}/certificate")
    assert (refused.status_code, count(Certificate)) == (409, 0)
    assert "Obtenir mon certificat" not in text_of(client.get(home))
    passes(person, course)
    assert "Obtenir mon certificat" in text_of(client.get(home))
    for _ in range(2):
        assert post(client, f"{home}/certificate").status_code == 303
    code = db.session.scalars(select(Certificate.code)).one()
    assert f"/verify/{code}" in client.get(home).text


@pytest.mark.parametrize(
    ("lang", "words"),
    [("fr", "Ce certificat est valable"), ("ar", "هذه الشهادة صالحة"), ("en", "This certificate is valid")],
)
def test_a_stranger_checks_a_certificate_however_the_code_is_typed(app, client, lang, words):
    code = certified(a_person("Fatima-Zahra Aït Benhaddou"), a_course())
    for typed in (code, code.lower(), f"{code[:4]}-{code[4:8]}-{code[8:]}", f"{code[:4]} {code[4:8]} {code[8:]}"):
        page = client.get(f"/verify/{typed}?lang={lang}")
        assert page.status_code == 200
        assert words in text_of(page)
        assert "Fatima-Zahra Aït Benhaddou" in text_of(page)
    assert words in text_of(client.get(f"/verify/{code}", headers={"Accept-Language": lang}))
    assert client.get(f"/verify?code=+{code.lower()}+&lang={lang}").location == f"/verify/{code}?lang={lang}"


@pytest.mark.parametrize("code", ["ABCDEFGHJKMN", "abc", "x" * 500, "<script>", "%00"])
def test_an_unknown_code_says_so(app, client, code):
    page = client.get(f"/verify/{code}?lang=fr")
    assert page.status_code == (400 if code == "%00" else 404)
    assert "<script>" not in page.text
    if code != "%00":
        assert "Il n’y a pas de certificat avec ce code" in text_of(page)


@pytest.mark.parametrize("typed", ["..", "a/b", "ABCD EFGH JKMN PQRS", "<b>"])
def test_what_cannot_be_a_code_is_told_where_it_was_typed(app, client, typed):
    page = client.get("/verify", query_string={"code": typed, "lang": "fr"})
    assert page.status_code == 404
    assert "Il n’y a pas de certificat avec ce code" in text_of(page)


def test_a_learner_keeps_course_and_certificate_in_sight_while_it_is_rewritten(app, client):
    teacher, done, half = a_person("Khadija", instructor=True), a_person("Amina"), a_person("Brahim")
    course = a_course(owner=teacher)
    code = certified(done, course)
    reads(half, course, "lecon-1")
    with transaction():
        courses.withdraw_course(actor_of(teacher), course.id)
        courses.change_course(actor_of(teacher), course.id, CourseFacts("beginner"), {"fr": CourseWords("Prix et marges")})
    address = f"/fr/academy/courses/{course.slug}"
    sign_in(client, done)
    assert f"/fr/academy/certificates/{code}.pdf" in client.get(address).text
    sign_in(client, half)
    page = client.get(address)
    assert "Ce cours est en cours de réécriture." in text_of(page)
    assert "lecon-1" not in page.text
    assert client.get(f"{address}/lecon-1").status_code == 409
    assert client.get("/fr/academy/mine").status_code == 200
    sign_in(client, a_person())
    assert client.get(address).status_code == 404
    assert client.get(f"{address}/lecon-1").status_code == 404


def test_a_revoked_certificate_says_so_with_the_reason(app, client):
    person, office = a_person(), an_operator()
    code = certified(person, a_course())
    with transaction():
        revoke_certificate(actor_of(office), db.session.scalars(select(Certificate.id)).one(), "Une autre a répondu.")
    page = text_of(client.get(f"/verify/{code}?lang=fr"))
    assert ("Ce certificat est révoqué" in page, "Une autre a répondu." in page, "Ce certificat est valable" in page) == (
        True,
        True,
        False,
    )


def test_the_pdf_is_for_its_owner_and_the_office(app, client):
    me, other, office, course = a_person("Amina"), a_person("Brahim"), an_operator(), a_course()
    address = f"/fr/academy/certificates/{certified(me, course)}.pdf"
    assert client.get(address).status_code == 302
    for person, status in ((other, 404), (me, 200), (office, 200)):
        sign_in(client, person)
        answer = client.get(address)
        assert answer.status_code == status
    assert (answer.mimetype, answer.data[:5], answer.headers["X-Content-Type-Options"]) == (
        "application/pdf",
        b"%PDF-",
        "nosniff",
    )
    assert client.get("/fr/academy/certificates/ABCDEFGHJKMN.pdf").status_code == 404


@pytest.mark.parametrize(
    ("name", "direction"), [("Amina B.", "ltr"), ("فاطمة Aït (2)", "rtl"), ("(٢) Zoé", "ltr"), ("— 12 —", None)]
)
def test_a_name_runs_in_its_own_direction(name, direction):
    assert direction_of(name) == direction


@needs_poppler
def test_the_longest_name_of_one_word_stays_within_the_frame(app, client):
    person, course = a_person("W" * 80), a_course()
    code = certified(person, course)
    sign_in(client, person)
    content = client.get(f"/fr/academy/certificates/{code}.pdf").data
    word = re.search(r'xMin="([\d.]+)".*xMax="([\d.]+)".*>W{80}<', poppler("pdftotext", content, "-bbox", "-", "-").decode())
    assert 85 < float(word[1]) < float(word[2]) < 842 - 85  # points: the margins of a landscape page


def poppler(tool, content, *options):
    return subprocess.run([tool, *options], input=content, capture_output=True, check=True).stdout


@needs_poppler
@pytest.mark.parametrize(
    ("lang", "name", "heading", "title"),
    [
        ("fr", "Zoé #strong[Œuvré] *b*", "Certificat de formation", "Prix et marges"),
        ("ar", "فاطمة الزهراء", "شهادة إتمام دورة", "الأثمان"),
        ("en", "Amina", "Certificate of completion", "Prix et marges in English"),
        ("fr", "ⵜⵉⵣⵉⵔⵉ ⴰⵢⵜ", "Certificat de formation", "Prix et marges"),
        ("ar", "ⵜⵉⵣⵉⵔⵉ", "شهادة إتمام دورة", "الأثمان"),
        ("en", "山田 🌿", "Certificate of completion", "Prix et marges in English"),
    ],
)
def test_the_pdf_says_who_and_what_on_one_page(app, client, lang, name, heading, title):
    person, course = a_person(name), a_course()
    code = certified(person, course)
    sign_in(client, person)
    content = client.get(f"/fr/academy/certificates/{code}.pdf?lang={lang}").data
    facts = poppler("pdfinfo", content, "-").decode()
    assert f"{heading}: {name}, {title}" in facts
    assert re.search(r"^Pages: +1$", facts, re.MULTILINE)
    text = " ".join(poppler("pdftotext", content, "-layout", "-", "-").decode().split())
    assert f"http://localhost/verify/{code}" in text
    assert f"{code[:4]}-{code[4:8]}-{code[8:]}" in text
    if lang == "ar":
        # The font draws dots apart from letters, so that the extracted words have doubled letters: look at the script.
        assert len(re.findall(r"[\u0620-\u064a]", text)) > 60
    else:
        assert all(words in text for words in (name, heading, title))
    picture = Image.open(io.BytesIO(poppler("pdftoppm", content, "-r", "40", "-png", "-singlefile", "-")))
    assert picture.width > picture.height
    assert len(set(picture.convert("RGB").resize((60, 42)).get_flattened_data())) > 50


def test_pages_take_few_statements_and_no_more_for_more_lessons(app, client):
    person = a_person()
    small, large = a_course("Petit", texts=2, quizzes=1), a_course("Grand", texts=40, quizzes=8)
    for course in (small, large):
        reads(person, course, "lecon-1")
        passes(person, course)
    sign_in(client, person)
    few, many = (
        [
            statements_of(client, address)
            for address in (
                f"/fr/academy/courses/{course.slug}",
                f"/fr/academy/courses/{course.slug}/lecon-2",
                f"/fr/academy/courses/{course.slug}/quiz-1",
            )
        ]
        for course in (small, large)
    )
    assert few == many
    assert max(many) <= 12


def test_lists_take_no_more_statements_for_more_courses(app, client):
    person = a_person()
    pages = ["/fr/academy", "/fr/academy/mine", "/fr/", "/fr/my-path"]
    reads(person, a_course("Premier"), "lecon-1")
    sign_in(client, person)
    few = [statements_of(client, page) for page in pages]
    for number in range(12):
        reads(person, a_course(f"Cours {number}", quizzes=0), "lecon-1")
    many = [statements_of(client, page) for page in pages]
    assert few == many
    assert max(many[:2]) <= 12
