"""The workshop of instructors and the office's desk, in a browser without script."""

import io

import pytest
from PIL import Image
from sqlalchemy import func, select

from academy.models import Course, CourseModule, Lesson, LessonFile, Question, QuestionOption
from academy.services.contents import LessonFacts, LessonWordsGiven, StoredFile, add_lesson, set_file
from academy.services.courses import publish_course, submit_course, withdraw_course
from app.engines.db import db
from app.engines.files.store import all_keys, new_key, put
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from tests.browsing import post, sign_in, text_of
from tests.builders.academy import a_course, finishes, reads, the_lesson
from tests.builders.accounts import a_person, actor_of, an_operator

MP3 = b"ID3\x04\0\0\0\0\0\0" + bytes(range(256)) * 40


def fetch(client, address, **options):
    """The whole answer, its file closed."""
    return client.get(address, buffered=True, **options)


def count(model):
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model))


def a_teacher(name="Khadija"):
    return a_person(name, instructor=True)


@pytest.fixture
def teacher(client):
    """An instructor who is signed in."""
    person = a_teacher()
    sign_in(client, person)
    return person


def test_only_instructors_find_the_workshop(app, client):
    address = "/fr/academy/teach"
    assert client.get(address).status_code == 302
    sign_in(client, a_person())
    assert client.get(address).status_code == 404
    sign_in(client, a_teacher())
    assert "Vous n’avez pas encore écrit de cours" in text_of(client.get(address))


def test_an_instructor_writes_a_course_from_the_title_to_the_office(app, client, teacher):
    form = {
        "key": "form-1",
        "level": "beginner",
        "sector": "argan",
        "drawing": "course",
        "title_fr": "Savons à l'argane",
        "summary_fr": "En bref",
        "outcomes_fr": "Peser\n\nMélanger",
    }
    made = post(client, "/fr/academy/teach/new", **form)
    assert post(client, "/fr/academy/teach/new", **form).location == made.location == "/fr/academy/teach/savons-a-l-argane"
    workshop = made.location
    assert post(client, f"{workshop}/parts", title_fr="Première partie").status_code == 303
    part = db.session.scalars(select(CourseModule.id)).one()
    assert (
        post(
            client,
            f"{workshop}/parts/{part}/lessons/new?kind=text",
            minutes="5",
            required="y",
            title_fr="Peser",
            body_fr="Le **poids**",
        ).status_code
        == 303
    )
    quiz = post(
        client,
        f"{workshop}/parts/{part}/lessons/new?kind=quiz",
        minutes="3",
        required="y",
        pass_percent="60",
        title_fr="Testez",
    )
    assert quiz.location == f"{workshop}/lessons/testez"
    page = post(client, f"{workshop}/submit")
    assert (page.status_code, "Un quiz n’a pas encore de question." in text_of(page)) == (409, True)
    for kind, fields in (
        ("choice", {"option_a_fr": "Oui", "right_a": "y", "option_b_fr": "Non"}),
        ("several", {"option_a_fr": "Un", "right_a": "y", "option_b_fr": "Deux", "right_b": "y", "option_c_fr": "Trois"}),
        ("true_false", {"option_a_fr": "Vrai", "option_b_fr": "Faux", "right_b": "y"}),
        ("numeric", {"value": "12,5", "tolerance": "0,1"}),
    ):
        assert (
            post(client, f"{quiz.location}/questions/new?kind={kind}", prompt_fr=f"Question {kind} ?", **fields).status_code
            == 303
        )
    assert (count(Question), count(QuestionOption)) == (4, 7)
    assert "Question numeric ?" in text_of(client.get(quiz.location))
    assert post(client, f"{workshop}/submit").status_code == 303
    course = db.session.scalars(select(Course)).one()
    assert (course.state, course.lessons, course.minutes, course.sector) == ("submitted", 2, 8, "argan")
    assert "ne peut pas être modifié" in text_of(client.get(workshop))


def test_bad_input_keeps_what_was_typed_and_writes_nothing(app, client, teacher):
    refused = post(
        client,
        "/fr/academy/teach/new",
        key="k",
        level="beginner",
        sector="",
        drawing="course",
        title_fr="",
        summary_fr="Gardé <b>",
    )
    assert (refused.status_code, "Gardé &lt;b&gt;" in refused.text) == (422, True)
    assert "Écrivez un titre dans une langue au moins." in text_of(refused)
    assert post(client, "/fr/academy/teach/new", key="k", level="expert", title_fr="Un").status_code == 422
    assert count(Course) == 0
    course = a_course(owner=teacher, state="draft")
    workshop, part = f"/fr/academy/teach/{course.slug}", the_lesson(course, "lecon-1").module_id
    lessons, questions = count(Lesson), count(Question)
    for address, fields in (
        (f"{workshop}/parts", {"title_fr": "x" * 141}),
        (f"{workshop}/parts/{part}/lessons/new", {"minutes": "0", "title_fr": "Titre gardé"}),
        (f"{workshop}/parts/{part}/lessons/new", {"minutes": "beaucoup", "title_fr": "Titre gardé"}),
        (f"{workshop}/parts/{part}/lessons/new", {"minutes": "5"}),
        (
            f"{workshop}/lessons/quiz-1/questions/new?kind=choice",
            {"prompt_fr": "Titre gardé", "option_a_fr": "Seule", "right_a": "y"},
        ),
        (f"{workshop}/lessons/quiz-1/questions/new?kind=numeric", {"prompt_fr": "Titre gardé", "value": "cent"}),
        (
            f"{workshop}/lessons/quiz-1/questions/new?kind=numeric",
            {"prompt_fr": "Titre gardé", "value": "1", "tolerance": "-1"},
        ),
    ):
        refused = post(client, address, **fields)
        assert refused.status_code == 422, address
        assert all(text in refused.text for text in fields.values() if text == "Titre gardé")
    assert (count(Lesson), count(Question), count(CourseModule)) == (lessons, questions, 1)


def test_another_instructors_course_is_not_there(app, client):
    owner, other = a_teacher(), a_teacher("Omar")
    course = a_course(owner=owner, state="draft")
    quiz, part = the_lesson(course, "quiz-1"), the_lesson(course, "lecon-1").module_id
    question = db.session.scalars(select(Question.id).where(Question.lesson_id == quiz.id).limit(1)).one()
    home = f"/fr/academy/teach/{course.slug}"
    reading = [
        "",
        "/facts",
        "/learners",
        f"/parts/{part}",
        f"/parts/{part}/lessons/new",
        "/lessons/lecon-1",
        "/lessons/quiz-1/questions/new",
        f"/lessons/quiz-1/questions/{question}",
    ]
    writing = [
        "/facts",
        "/parts",
        f"/parts/{part}",
        f"/parts/{part}/move",
        f"/parts/{part}/remove",
        f"/parts/{part}/lessons/new",
        "/submit",
        "/withdraw",
        "/lessons/lecon-1",
        "/lessons/lecon-1/move",
        "/lessons/lecon-1/remove",
        "/lessons/lecon-1/file",
        "/lessons/quiz-1/questions/new",
        f"/lessons/quiz-1/questions/{question}",
        f"/lessons/quiz-1/questions/{question}/remove",
    ]
    for person in (other, an_operator(), a_person()):
        sign_in(client, person)
        assert {client.get(home + path).status_code for path in reading} == {404}
        assert {post(client, home + path, title_fr="Volé", minutes="5").status_code for path in writing} == {404}
    sign_in(client, owner)
    assert {client.get(home + path).status_code for path in reading} == {200}
    assert "Volé" not in text_of(client.get(home))


def test_a_part_of_another_course_is_not_there(app, client, teacher):
    mine, foreign = a_course("Le mien", owner=teacher, state="draft"), a_course("Autre", state="draft")
    part = the_lesson(foreign, "lecon-1").module_id
    for path in (f"parts/{part}", f"parts/{part}/move", f"parts/{part}/remove", f"parts/{part}/lessons/new?kind=text"):
        assert post(client, f"/fr/academy/teach/{mine.slug}/{path}", title_fr="Volé", minutes="5").status_code == 404


def with_file_lesson(teacher, kind):
    course = a_course(owner=teacher, state="draft", quizzes=0)
    with transaction():
        add_lesson(
            SYSTEM,
            course.id,
            the_lesson(course, "lecon-1").module_id,
            LessonFacts(kind, 4),
            {"fr": LessonWordsGiven("Avec fichier", "Texte", "Transcription", "Un pot")},
            "fichier",
        )
    return course, f"/fr/academy/teach/{course.slug}/lessons/fichier/file"


def upload(client, address, content, name, language=""):
    return post(client, address, language=language, file=(io.BytesIO(content), name))


def test_a_sound_is_stored_heard_in_pieces_and_replaced(app, client, teacher):
    course, address = with_file_lesson(teacher, "audio")
    assert upload(client, address, MP3, "../../voix.exe").status_code == 303
    row = db.session.scalars(select(LessonFile)).one()
    assert (row.media_type, row.name, row.size, row.language) == ("audio/mpeg", "fichier.mp3", len(MP3), "")
    media = f"/academy/files/{row.lesson_id}/all"
    whole = fetch(client, media)
    assert (whole.status_code, whole.data, whole.mimetype) == (200, MP3, "audio/mpeg")
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["Accept-Ranges"] == "bytes"
    piece = fetch(client, media, headers={"Range": "bytes=10-19"})
    assert (piece.status_code, piece.data, piece.headers["Content-Range"]) == (206, MP3[10:20], f"bytes 10-19/{len(MP3)}")
    assert fetch(client, media, headers={"Range": "bytes=99999999-"}).status_code == 416
    page = text_of(client.get(f"/fr/academy/courses/{course.slug}/fichier"))
    assert ("<audio" in page, media in page, "Transcription" in page) == (True, True, True)
    assert upload(client, address, MP3 + b"2", "b.mp3").status_code == 303
    assert count(LessonFile) == 1
    assert len(fetch(client, media).data) == len(MP3) + 1


def test_a_download_comes_as_an_attachment_in_the_readers_language(app, client, teacher):
    course, address = with_file_lesson(teacher, "download")
    upload(client, address, "prix;quantité".encode(), "a.csv", "fr")
    upload(client, address, "الثمن;الكمية".encode(), "a.csv", "ar")
    lesson_id = the_lesson(course, "fichier").id
    for lang, text in (("fr", "prix"), ("ar", "الثمن"), ("en", "prix")):
        page = client.get(f"/{lang}/academy/courses/{course.slug}/fichier").text
        media = f"/academy/files/{lesson_id}/{'ar' if lang == 'ar' else 'fr'}"
        assert media in page
        answer = fetch(client, media)
        assert (text in answer.get_data(as_text=True), answer.headers["Content-Type"]) == (True, "text/csv; charset=utf-8")
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=fichier-")
    assert fetch(client, f"/academy/files/{lesson_id}/en").status_code == 404


def test_a_picture_is_made_anew(app, client, teacher):
    course, address = with_file_lesson(teacher, "picture")
    out = io.BytesIO()
    Image.new("RGB", (2000, 1000), "orange").save(out, "JPEG", comment=b"secret")
    assert upload(client, address, out.getvalue(), "a.jpg").status_code == 303
    row = db.session.scalars(select(LessonFile)).one()
    assert (row.media_type, row.width, row.height) == ("image/webp", 1600, 800)
    page = client.get(f"/fr/academy/courses/{course.slug}/fichier").text
    assert f'src="/{row.file_key}large.webp"' in page
    assert 'alt="Un pot"' in page
    assert fetch(client, f"/{row.file_key}small.webp").mimetype == "image/webp"
    assert fetch(client, f"/academy/files/{row.lesson_id}/all").status_code == 404


@pytest.mark.parametrize(
    ("kind", "content", "name", "words"),
    [
        ("audio", b"<html><script>", "a.mp3", "ne peut pas montrer ce genre de fichier"),
        ("video", MP3, "a.mp4", "ne peut pas montrer ce genre de fichier"),
        ("download", b"MZ\x90\0", "a.pdf", "ne peut pas montrer ce genre de fichier"),
        ("picture", b"%PDF-1.7", "a.png", "image"),
        ("picture", b"\x89PNG\r\n\x1a\n\0\0", "a.png", "image"),
        ("audio", b"", "", "Choisissez"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_and_not_kept(app, client, teacher, kind, content, name, words):
    _course, address = with_file_lesson(teacher, kind)
    refused = upload(client, address, content, name)
    assert (refused.status_code, words in text_of(refused)) == (422, True)
    assert count(LessonFile) == 0
    assert list(all_keys()) == []


def test_files_of_a_draft_are_for_its_instructor_and_the_office(app, client, teacher):
    course, _address = with_file_lesson(teacher, "audio")
    key = new_key("lessons", "mp3")
    put(key, MP3)
    with transaction():
        set_file(SYSTEM, course.id, the_lesson(course, "fichier").id, StoredFile("", key, "audio/mpeg", "mp3", len(MP3)))
    media = f"/academy/files/{the_lesson(course, 'fichier').id}/all"
    learner, late, office = a_person("Amina"), a_person("Brahim"), an_operator()

    def seen_by(*people):
        seen = []
        for person in people:
            sign_in(client, person)
            seen.append(fetch(client, media).status_code)
        return seen

    assert seen_by(teacher, office, learner) == [200, 200, 404]
    with transaction():
        submit_course(SYSTEM, course.id)
        publish_course(SYSTEM, course.id)
    reads(learner, course, "lecon-1")
    assert seen_by(learner, late) == [200, 200]
    with transaction():
        withdraw_course(SYSTEM, course.id)
    assert seen_by(learner, late) == [200, 404]


def test_the_instructor_sees_who_learns_and_how_far(app, client, teacher):
    course = a_course(owner=teacher)
    reads(a_person("Amina"), course, "lecon-1")
    finishes(a_person("Brahim"), course)
    page = text_of(client.get(f"/fr/academy/teach/{course.slug}/learners"))
    assert all(words in page for words in ("2 personnes suivent ce cours.", "Amina", "1 sur 3", "Brahim", "3 sur 3"))
    assert "Prix et marges" in text_of(client.get("/fr/academy/teach"))


def test_the_office_returns_with_a_reason_and_publishes(app, client):
    teacher, office = a_teacher(), an_operator()
    course = a_course(owner=teacher, state="submitted")
    desk = f"/fr/desk/courses/{course.slug}"
    for stranger in (teacher, a_person()):
        sign_in(client, stranger)
        assert client.get(desk).status_code == 404
        assert post(client, f"{desk}/publish").status_code == 404
    sign_in(client, office)
    assert "1 cours attend une décision." in text_of(client.get("/fr/desk/"))
    assert "Prix et marges" in text_of(client.get("/fr/desk/courses"))
    assert client.get(desk).status_code == 200
    assert post(client, f"{desk}/return", reason="  ").status_code == 422
    assert post(client, f"{desk}/return", reason="Ajoutez une image.").status_code == 303
    assert post(client, f"{desk}/return", reason="Encore").status_code == 404
    sign_in(client, teacher)
    assert "Ajoutez une image." in text_of(client.get(f"/fr/academy/teach/{course.slug}"))
    assert post(client, f"/fr/academy/teach/{course.slug}/submit").status_code == 303
    sign_in(client, office)
    assert post(client, f"{desk}/publish").status_code == 303
    assert post(client, f"{desk}/publish").status_code == 409
    assert db.session.get_one(Course, course.id, populate_existing=True).state == "published"
    assert "Prix et marges" in text_of(client.get("/fr/academy"))
    assert post(client, f"{desk}/withdraw").status_code == 303
    assert "Prix et marges" not in text_of(client.get("/fr/academy"))


def test_the_office_finds_and_revokes_a_certificate(app, client):
    learner, course = a_person("Amina"), a_course()
    finishes(learner, course)
    sign_in(client, learner)
    post(client, f"/fr/academy/courses/{course.slug}/certificate")
    sign_in(client, an_operator())
    page = client.get("/fr/desk/certificates")
    assert "Amina" in text_of(page)
    code = page.text.split("/fr/desk/certificates/")[1][:12]
    assert "Amina" in text_of(client.get(f"/fr/desk/certificates?q={code.lower()}"))
    assert "Amina" not in text_of(client.get("/fr/desk/certificates?q=AAAA"))
    assert post(client, f"/fr/desk/certificates/{code}/revoke", reason="").status_code == 422
    assert post(client, f"/fr/desk/certificates/{code}/revoke", reason="Erreur de personne").status_code == 303
    assert "Erreur de personne" in text_of(client.get(f"/verify/{code}?lang=fr"))
    assert post(client, f"/fr/desk/certificates/{code}/revoke", reason="Encore").status_code == 409


def test_the_steps_of_my_path_tick_what_really_happened(app, client):
    person, course = a_person(), a_course()
    sign_in(client, person)
    assert app.extensions["steps"][0].order <= 30
    step = next(one for one in app.extensions["steps"] if one.key == "training")
    assert (step.order, step.endpoint, step.done(actor_of(person))) == (30, "academy.academy", False)
    reads(person, course, "lecon-1")
    assert "Prix et marges" in text_of(client.get("/fr/my-path"))
    assert step.done(actor_of(person)) is False
    finishes(person, course)
    assert step.done(actor_of(person)) is True
