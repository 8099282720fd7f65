"""Writing lessons and questions, and putting files to lessons."""

from flask import flash, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from academy.forms.teaching import OPTION_KEYS, LessonFileForm, LessonForm, QuestionForm
from academy.queries.courses import CourseHead
from academy.queries.teaching import LessonDraft, QuestionDraft, lesson_draft, question_drafts
from academy.rules.courses import WRITABLE
from academy.rules.kinds import FIRST_KIND, KINDS
from academy.rules.lessons import FIRST_LESSON, LESSONS, LessonKind
from academy.rules.media import FILE_BYTES, media_type
from academy.rules.questions import QuestionKind
from academy.services import contents, questions
from academy.services.contents import StoredFile
from academy.views.blueprint import academy, refused
from academy.views.teaching import TEACH, own_course, step
from app.engines.files.pictures import key_of, store_picture
from app.engines.files.store import new_key, put
from app.engines.language import translate
from app.engines.transactions import transaction
from app.kernel.errors import Conflict, Invalid, NotFound, Refusal
from app.kernel.sources import size_of
from app.web.access import access, instructor
from app.web.reading import choice
from app.web.safety import takes_files
from app.web.visitor import actor

LESSON = f"{TEACH}/<slug>/lessons/<key>"


@academy.get(f"{TEACH}/<slug>/parts/<int:part_id>/lessons/new")
@access(instructor)
def new_lesson(slug: str, part_id: int) -> str:
    """A form for a new lesson of one kind."""
    kind = _lesson_kind()
    return render_template(
        "academy/lesson_form.html",
        form=LessonForm(formdata=None),
        kind=kind,
        course=own_course(slug),
        part_id=part_id,
        lesson=None,
    )


@academy.post(f"{TEACH}/<slug>/parts/<int:part_id>/lessons/new")
@access(instructor)
def create_lesson(slug: str, part_id: int) -> tuple[str, int] | Response:
    head, kind, form = own_course(slug), _lesson_kind(), LessonForm()
    facts = {"kind": kind, "course": head, "part_id": part_id, "lesson": None}
    if not form.validate():
        return render_template("academy/lesson_form.html", form=form, **facts), 422
    try:
        with transaction():
            made = contents.add_lesson(actor(), head.id, part_id, form.facts(kind), form.words())
    except Refusal as refusal:
        return refused(form, refusal, "academy/lesson_form.html", **facts)
    flash(translate("The lesson is there."), "success")
    if kind.asks or kind.with_file:
        return redirect(url_for("academy.edit_lesson", slug=slug, key=made.key), 303)
    return redirect(url_for("academy.workshop", slug=slug), 303)


def _lesson_kind() -> LessonKind:
    """The kind of lesson that an author has pressed."""
    return LESSONS[choice("kind", tuple(LESSONS), FIRST_LESSON)]


def _own_lesson(slug: str, key: str) -> tuple[CourseHead, LessonDraft]:
    head = own_course(slug)
    draft = lesson_draft(head.id, key)
    if draft is None:
        raise NotFound()
    return head, draft


def _lesson_page(
    head: CourseHead, draft: LessonDraft, form: LessonForm | None = None, file_form: LessonFileForm | None = None
) -> str:
    """The lesson with its files or its questions."""
    kind = LESSONS[draft.kind]
    if form is None:
        values: dict[str, object] = {
            "minutes": draft.minutes,
            "required": draft.required,
            "pass_percent": draft.pass_percent,
        }
        values |= {f"{name}_{code}": text for code, words in draft.texts.items() for name, text in words.items()}
        form = LessonForm(formdata=None, data=values)
    return render_template(
        "academy/lesson_form.html",
        form=form,
        kind=kind,
        course=head,
        lesson=draft,
        part_id=draft.module_id,
        file_form=file_form or LessonFileForm(formdata=None),
        limit=FILE_BYTES // (1024 * 1024),
        thumbs={file.language: f"/{key_of(file.file_key, 'small')}" for file in draft.files},
        questions=question_drafts(draft.id) if kind.asks else [],
        writable=head.state in WRITABLE,
        question_kinds=[(one.name, translate(one.label)) for one in KINDS.values()],
    )


@academy.get(LESSON)
@access(instructor)
def edit_lesson(slug: str, key: str) -> str:
    """A lesson's words, and its file or its questions."""
    return _lesson_page(*_own_lesson(slug, key))


@academy.post(LESSON)
@access(instructor)
def change_lesson(slug: str, key: str) -> tuple[str, int] | Response:
    head, draft = _own_lesson(slug, key)
    form = LessonForm()
    if not form.validate():
        return _lesson_page(head, draft, form), 422
    try:
        with transaction():
            contents.change_lesson(actor(), head.id, draft.id, form.facts(LESSONS[draft.kind]), form.words())
    except Refusal as refusal:
        form.show(refusal)
        return _lesson_page(head, draft, form), refusal.status
    flash(translate("Saved."), "success")
    return redirect(url_for("academy.edit_lesson", slug=slug, key=key), 303)


@academy.post(f"{LESSON}/move")
@access(instructor)
def move_lesson(slug: str, key: str) -> Response:
    """One place up or down within its part."""
    head, draft = _own_lesson(slug, key)
    with transaction():
        contents.move_lesson(actor(), head.id, draft.id, step())
    return redirect(url_for("academy.workshop", slug=slug, _anchor=f"part-{draft.module_id}"), 303)


@academy.post(f"{LESSON}/remove")
@access(instructor)
def remove_lesson(slug: str, key: str) -> Response:
    """No longer part of the course."""
    head, draft = _own_lesson(slug, key)
    with transaction():
        contents.remove_lesson(actor(), head.id, draft.id)
    flash(translate("The lesson is removed."), "success")
    return redirect(url_for("academy.workshop", slug=slug), 303)


@academy.post(f"{LESSON}/file")
@access(instructor)
@takes_files
def upload_file(slug: str, key: str) -> tuple[str, int] | Response:
    """Check the file by its content, store it, then put it to the lesson."""
    head, draft = _own_lesson(slug, key)
    form = LessonFileForm()
    try:
        if head.state not in WRITABLE:
            raise Conflict("course-not-writable")
        stored = _stored(LESSONS[draft.kind], form)
        with transaction():
            contents.set_file(actor(), head.id, draft.id, stored)
    except Refusal as refusal:
        form.show(Invalid(refusal.code, refusal.field or "file", **refusal.facts))
        return _lesson_page(head, draft, file_form=form), refusal.status
    flash(translate("The file is stored."), "success")
    return redirect(url_for("academy.edit_lesson", slug=slug, key=key), 303)


def _stored(kind: LessonKind, form: LessonFileForm) -> StoredFile:
    """The uploaded file in the store; a picture is made anew in three sizes. Raises Invalid."""
    if not form.file.data:
        raise Invalid("file-missing", "file")
    uploaded, language = form.file.data.stream, form.language.data or ""
    size = size_of(uploaded)
    if kind.made_anew:
        picture = store_picture(uploaded)
        return StoredFile(language, picture.stem, "image/webp", "webp", size, picture.width, picture.height)
    ending, media = media_type(kind, uploaded, form.file.data.filename or "")
    file_key = new_key("lessons", ending)
    put(file_key, uploaded)
    return StoredFile(language, file_key, media, ending, size)


def _question_values(draft: QuestionDraft) -> dict[str, object]:
    values: dict[str, object] = {"kind": draft.kind, "value": draft.value, "tolerance": draft.tolerance}
    values |= {f"prompt_{code}": text for code, text in draft.prompts.items()}
    values |= {f"explanation_{code}": text for code, text in draft.explanations.items()}
    for slot, (_key, right, texts) in zip(OPTION_KEYS, draft.options, strict=False):
        values[f"right_{slot}"] = right
        values |= {f"option_{slot}_{code}": text for code, text in texts.items()}
    return values


def _question_page(
    head: CourseHead, lesson: LessonDraft, form: QuestionForm, kind: QuestionKind, question_id: int | None
) -> str:
    return render_template(
        "academy/question_form.html",
        form=form.fit(kind),
        course=head,
        lesson=lesson,
        kind=kind,
        slots=OPTION_KEYS[: kind.slots],
        question_id=question_id,
    )


@academy.get(f"{LESSON}/questions/new")
@access(instructor)
def new_question(slug: str, key: str) -> str:
    """A form for a new question of one kind."""
    head, lesson = _own_lesson(slug, key)
    kind = _asked_kind()
    values: dict[str, object] = {"kind": kind.name}
    for slot, texts in zip(OPTION_KEYS, kind.begun_with, strict=False):
        values |= {f"option_{slot}_{code}": text for code, text in texts.items()}
    return _question_page(head, lesson, QuestionForm(formdata=None, data=values), kind, None)


@academy.post(f"{LESSON}/questions/new")
@access(instructor)
def create_question(slug: str, key: str) -> Response:
    head, lesson = _own_lesson(slug, key)
    return _save_question(head, lesson, _asked_kind(), None)


def _asked_kind() -> QuestionKind:
    """The kind of question that an author has pressed."""
    return KINDS[choice("kind", tuple(KINDS), FIRST_KIND)]


@academy.get(f"{LESSON}/questions/<int:question_id>")
@access(instructor)
def edit_question(slug: str, key: str, question_id: int) -> str:
    """A question in all its languages."""
    head, lesson = _own_lesson(slug, key)
    draft = _own_question(lesson, question_id)
    form = QuestionForm(formdata=None, data=_question_values(draft))
    return _question_page(head, lesson, form, KINDS[draft.kind], question_id)


def _own_question(lesson: LessonDraft, question_id: int) -> QuestionDraft:
    found = next((one for one in question_drafts(lesson.id) if one.id == question_id), None)
    if found is None:
        raise NotFound()
    return found


@academy.post(f"{LESSON}/questions/<int:question_id>")
@access(instructor)
def change_question(slug: str, key: str, question_id: int) -> Response:
    head, lesson = _own_lesson(slug, key)
    return _save_question(head, lesson, KINDS[_own_question(lesson, question_id).kind], question_id)


def _save_question(head: CourseHead, lesson: LessonDraft, kind: QuestionKind, question_id: int | None) -> Response:
    form = QuestionForm()
    if not form.validate():
        return make_response(_question_page(head, lesson, form, kind, question_id), 422)
    try:
        with transaction():
            if question_id is None:
                questions.add_question(actor(), lesson.id, form.given(kind))
            else:
                questions.change_question(actor(), lesson.id, question_id, form.given(kind))
    except Refusal as refusal:
        form.show(refusal)
        return make_response(_question_page(head, lesson, form, kind, question_id), refusal.status)
    flash(translate("The question is saved."), "success")
    return redirect(url_for("academy.edit_lesson", slug=head.slug, key=lesson.key, _anchor="questions"), 303)


@academy.post(f"{LESSON}/questions/<int:question_id>/remove")
@access(instructor)
def remove_question(slug: str, key: str, question_id: int) -> Response:
    """No longer asked."""
    _head, lesson = _own_lesson(slug, key)
    with transaction():
        questions.remove_question(actor(), lesson.id, question_id)
    flash(translate("The question is removed."), "success")
    return redirect(url_for("academy.edit_lesson", slug=slug, key=key, _anchor="questions"), 303)
