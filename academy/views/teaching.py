"""The workshop of instructors: own courses, a course's facts, its parts, handing it to the office, its learners."""

import secrets

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from academy.forms.teaching import CourseForm, PartForm, course_values
from academy.permissions import require_owner
from academy.queries.courses import CourseHead, course_head, outline
from academy.queries.teaching import course_words, learners_of, own_courses, part_titles
from academy.rules.courses import COURSE, WRITABLE
from academy.rules.lessons import LESSONS
from academy.services import contents, courses
from academy.services.courses import CourseFacts
from academy.views.blueprint import TONES, academy, kind_name, refused, state_name
from academy.views.catalogue import lessons_text, minutes_text
from app.engines.language import language, translate
from app.engines.place import here
from app.engines.transactions import transaction
from app.kernel.errors import NotFound, Refusal
from app.territories.loading import territory_named
from app.web.access import access, instructor
from app.web.addresses import PAGE
from app.web.documents import warn_of_boxes
from app.web.paging import Page, page_number
from app.web.visitor import actor

TEACH = f"{PAGE}/academy/teach"
PAGE_SIZE = 24


def own_course(slug: str) -> CourseHead:
    """The instructor's own course; another's is not there."""
    head = course_head(slug, language())
    if head is None:
        raise NotFound()
    require_owner(actor(), head.owner_id)
    return head


@academy.get(TEACH)
@access(instructor)
def teach() -> str:
    """My courses as an instructor."""
    number = page_number()
    items, total = own_courses(actor().person_id or 0, language(), (number - 1) * PAGE_SIZE, PAGE_SIZE)
    return render_template(
        "academy/teach.html",
        page=Page(items, number, PAGE_SIZE, total),
        state_name=state_name,
        tones=TONES,
        lessons_text=lessons_text,
    )


@academy.get(f"{TEACH}/new")
@access(instructor)
def new_course() -> str:
    """A form for a new course; its key makes the form sent twice one course."""
    form = CourseForm(here(), formdata=None, data={"key": secrets.token_hex(8), "level": "beginner"})
    return render_template("academy/course_form.html", form=form, course=None)


@academy.post(f"{TEACH}/new")
@access(instructor)
def create_course() -> tuple[str, int] | Response:
    form = CourseForm(here())
    if not form.validate():
        return render_template("academy/course_form.html", form=form, course=None), 422
    try:
        with transaction():
            made = courses.create_course(actor(), here().key, form.facts(), form.words(), form_key=(form.key.data or None))
    except Refusal as refusal:
        return refused(form, refusal, "academy/course_form.html", course=None)
    flash(translate("The course is there. Now add its parts and lessons."), "success")
    warn_of_boxes(*(words.title for words in form.words().values()))
    return redirect(url_for("academy.workshop", slug=made.slug), 303)


@academy.get(f"{TEACH}/<slug>")
@access(instructor)
def workshop(slug: str) -> str:
    """A course as its instructor works on it."""
    return workshop_page(own_course(slug), PartForm(formdata=None))


def workshop_page(head: CourseHead, form: PartForm) -> str:
    """The parts and lessons with what can be done to them; `form` adds a part."""
    parts = [
        (part, [(one, kind_name(one.kind), minutes_text(one.minutes)) for one in part.lessons])
        for part in outline(head.id, language())
    ]
    return render_template(
        "academy/workshop.html",
        course=head,
        parts=parts,
        form=form,
        state=state_name(head.state),
        tone=TONES[head.state],
        writable=head.state in WRITABLE,
        may_submit=COURSE.knows(head.state, "submit"),
        may_withdraw=COURSE.knows(head.state, "withdraw"),
        kinds=[(name, translate(kind.label)) for name, kind in LESSONS.items()],
    )


@academy.get(f"{TEACH}/<slug>/facts")
@access(instructor)
def edit_course(slug: str) -> str:
    """Title, summary and outcomes in each language; level, sector, drawing."""
    head = own_course(slug)
    values = course_values(CourseFacts(head.level, head.sector, head.drawing), course_words(head.id))
    return render_template(
        "academy/course_form.html", form=CourseForm(territory_named(head.territory), formdata=None, data=values), course=head
    )


@academy.post(f"{TEACH}/<slug>/facts")
@access(instructor)
def change_course(slug: str) -> tuple[str, int] | Response:
    head = own_course(slug)
    form = CourseForm(territory_named(head.territory))
    if not form.validate():
        return render_template("academy/course_form.html", form=form, course=head), 422
    try:
        with transaction():
            courses.change_course(actor(), head.id, form.facts(), form.words())
    except Refusal as refusal:
        return refused(form, refusal, "academy/course_form.html", course=head)
    flash(translate("Saved."), "success")
    warn_of_boxes(*(words.title for words in form.words().values()))
    return redirect(url_for("academy.workshop", slug=slug), 303)


@academy.post(f"{TEACH}/<slug>/parts")
@access(instructor)
def add_part(slug: str) -> tuple[str, int] | Response:
    """A new part at the end."""
    head = own_course(slug)
    form = PartForm()
    if not form.validate():
        return workshop_page(head, form), 422
    try:
        with transaction():
            contents.add_part(actor(), head.id, form.titles())
    except Refusal as refusal:
        form.show(refusal)
        return workshop_page(head, form), refusal.status
    return redirect(url_for("academy.workshop", slug=slug), 303)


@academy.get(f"{TEACH}/<slug>/parts/<int:part_id>")
@access(instructor)
def edit_part(slug: str, part_id: int) -> str:
    """A part's title in each language."""
    head = own_course(slug)
    _own_part(head, part_id)
    form = PartForm(formdata=None, data={f"title_{code}": title for code, title in part_titles(part_id).items()})
    return render_template("academy/part_form.html", form=form, course=head, part_id=part_id)


def _own_part(head: CourseHead, part_id: int) -> None:
    if part_id not in {part.id for part in outline(head.id, language())}:
        raise NotFound()


@academy.post(f"{TEACH}/<slug>/parts/<int:part_id>")
@access(instructor)
def change_part(slug: str, part_id: int) -> tuple[str, int] | Response:
    head = own_course(slug)
    _own_part(head, part_id)
    form = PartForm()
    if not form.validate():
        return render_template("academy/part_form.html", form=form, course=head, part_id=part_id), 422
    try:
        with transaction():
            contents.rename_part(actor(), head.id, part_id, form.titles())
    except Refusal as refusal:
        return refused(form, refusal, "academy/part_form.html", course=head, part_id=part_id)
    return redirect(url_for("academy.workshop", slug=slug), 303)


@academy.post(f"{TEACH}/<slug>/parts/<int:part_id>/move")
@access(instructor)
def move_part(slug: str, part_id: int) -> Response:
    """One place up or down."""
    head = own_course(slug)
    with transaction():
        contents.move_part(actor(), head.id, part_id, step())
    return redirect(url_for("academy.workshop", slug=slug, _anchor=f"part-{part_id}"), 303)


def step() -> int:
    """-1 for up, 1 for down."""
    return -1 if request.form.get("step") == "-1" else 1


@academy.post(f"{TEACH}/<slug>/parts/<int:part_id>/remove")
@access(instructor)
def remove_part(slug: str, part_id: int) -> Response:
    """An empty part goes."""
    head = own_course(slug)
    with transaction():
        contents.remove_part(actor(), head.id, part_id)
    flash(translate("The part is removed."), "success")
    return redirect(url_for("academy.workshop", slug=slug), 303)


@academy.post(f"{TEACH}/<slug>/submit")
@access(instructor)
def submit_course(slug: str) -> tuple[str, int] | Response:
    """Hand it to the office; what is missing is told on the same page."""
    head = own_course(slug)
    try:
        with transaction():
            courses.submit_course(actor(), head.id)
    except Refusal as refusal:
        form = PartForm(formdata=None)
        form.show(refusal)
        return workshop_page(head, form), refusal.status
    flash(translate("The office has your course. You will hear when it is published or returned."), "success")
    return redirect(url_for("academy.workshop", slug=slug), 303)


@academy.post(f"{TEACH}/<slug>/withdraw")
@access(instructor)
def withdraw_course(slug: str) -> Response:
    """Out of the catalogue; those who have begun may finish."""
    head = own_course(slug)
    with transaction():
        courses.withdraw_course(actor(), head.id)
    flash(translate("The course is withdrawn. Those who have begun it can still finish."), "success")
    return redirect(url_for("academy.workshop", slug=slug), 303)


@academy.get(f"{TEACH}/<slug>/learners")
@access(instructor)
def learners(slug: str) -> str:
    """Who takes the course and how far they are."""
    head = own_course(slug)
    number = page_number()
    items, total = learners_of(head.id, (number - 1) * PAGE_SIZE, PAGE_SIZE)
    return render_template("academy/learners.html", course=head, page=Page(items, number, PAGE_SIZE, total))
