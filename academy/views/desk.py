"""The office's desk: courses that wait for a decision, and certificates."""

from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from academy.forms.teaching import ReasonForm
from academy.queries.certificates import CertificateShown, certificate_by_code, latest_certificates
from academy.queries.courses import CourseHead, course_head
from academy.queries.teaching import courses_in_state
from academy.rules.certificates import normal_code, spoken_code
from academy.services.certificates import revoke_certificate
from academy.services.courses import publish_course, return_course, withdraw_course
from academy.views.blueprint import academy, refused
from app.engines.language import language, translate
from app.engines.transactions import transaction
from app.kernel.errors import Conflict, NotFound, Refusal
from app.web.access import access, operator
from app.web.addresses import PAGE
from app.web.errors import refusal_text
from app.web.paging import Page, page_number
from app.web.reading import choice, words
from app.web.visitor import actor

SHOWN_STATES = ("submitted", "published", "withdrawn")
PAGE_SIZE = 24


@academy.get(f"{PAGE}/desk/courses")
@access(operator)
def desk_courses() -> str:
    """Courses that wait, longest first; those that are published or withdrawn."""
    state, number = choice("state", SHOWN_STATES, "submitted"), page_number()
    items, total = courses_in_state(state, language(), (number - 1) * PAGE_SIZE, PAGE_SIZE)
    return render_template("academy/desk_courses.html", page=Page(items, number, PAGE_SIZE, total), state=state)


def _course(slug: str) -> CourseHead:
    head = course_head(slug, language())
    if head is None or head.state == "draft":
        raise NotFound()
    return head


@academy.get(f"{PAGE}/desk/courses/<slug>")
@access(operator)
def desk_course(slug: str) -> str:
    """One course: read it, then publish or return it."""
    return _course_page(_course(slug), ReasonForm(formdata=None))


def _course_page(head: CourseHead, form: ReasonForm, problem: str | None = None) -> str:
    """The page; `problem` says why a decision was not taken."""
    read = head.submitted_at.isoformat() if head.submitted_at else ""
    return render_template("academy/desk_course.html", course=head, form=form, read=read, problem=problem)


def _read() -> datetime | None:
    """Which handing-in the office had before its eyes; what cannot be read is none that there was."""
    typed = request.form.get("read", "")
    try:
        return datetime.fromisoformat(typed) if typed else None
    except ValueError:
        raise Conflict("course-handed-in-again") from None


@academy.post(f"{PAGE}/desk/courses/<slug>/publish")
@access(operator)
def publish(slug: str) -> tuple[str, int] | Response:
    """Into the catalogue; what was handed in again meanwhile is read first."""
    head = _course(slug)
    try:
        with transaction():
            done = publish_course(actor(), head.id, _read())
    except Conflict as refusal:
        return _course_page(_course(slug), ReasonForm(formdata=None), refusal_text(refusal)), refusal.status
    waits = translate("“%(course)s” waits for a second operator: it is your own.", course=head.title)
    flash(translate("“%(course)s” is published.", course=head.title) if done else waits, "success")
    return redirect(url_for("academy.desk_courses"), 303)


@academy.post(f"{PAGE}/desk/courses/<slug>/return")
@access(operator)
def give_back(slug: str) -> tuple[str, int] | Response:
    """Back to the instructor, with the reason."""
    head, form = _course(slug), ReasonForm()
    if not form.validate():
        return _course_page(head, form), 422
    try:
        with transaction():
            return_course(actor(), head.id, form.reason.data, _read())
    except Conflict as refusal:
        return _course_page(_course(slug), form, refusal_text(refusal)), refusal.status
    except Refusal as refusal:
        form.show(refusal)
        return _course_page(head, form), refusal.status
    flash(translate("“%(course)s” is back with its instructor.", course=head.title), "success")
    return redirect(url_for("academy.desk_courses"), 303)


@academy.post(f"{PAGE}/desk/courses/<slug>/withdraw")
@access(operator)
def take_out(slug: str) -> Response:
    """Out of the catalogue."""
    head = _course(slug)
    with transaction():
        withdraw_course(actor(), head.id)
    flash(translate("The course is withdrawn. Those who have begun it can still finish."), "success")
    return redirect(url_for("academy.desk_course", slug=slug), 303)


@academy.get(f"{PAGE}/desk/certificates")
@access(operator)
def desk_certificates() -> str:
    """The latest certificates, or the one of a code."""
    q = words()
    found = certificate_by_code(normal_code(q)) if q else None
    return render_template(
        "academy/desk_certificates.html",
        q=q,
        spoken=spoken_code,
        language_now=language(),
        certificates=([found] if found else []) if q else latest_certificates(),
    )


def _certificate(code: str) -> CertificateShown:
    found = certificate_by_code(normal_code(code))
    if found is None:
        raise NotFound()
    return found


@academy.get(f"{PAGE}/desk/certificates/<code>")
@access(operator)
def desk_certificate(code: str) -> str:
    """One certificate; it can be revoked with a reason."""
    return render_template(
        "academy/desk_certificate.html",
        certificate=_certificate(code),
        form=ReasonForm(formdata=None),
        spoken=spoken_code,
        language_now=language(),
    )


@academy.post(f"{PAGE}/desk/certificates/<code>/revoke")
@access(operator)
def revoke(code: str) -> tuple[str, int] | Response:
    certificate, form = _certificate(code), ReasonForm()
    facts = {"certificate": certificate, "spoken": spoken_code, "language_now": language()}
    if not form.validate():
        return render_template("academy/desk_certificate.html", form=form, **facts), 422
    try:
        with transaction():
            revoke_certificate(actor(), certificate.id, form.reason.data)
    except Refusal as refusal:
        return refused(form, refusal, "academy/desk_certificate.html", **facts)
    flash(translate("The certificate is revoked. Its page says so from now on."), "success")
    return redirect(url_for("academy.desk_certificate", code=certificate.code), 303)
