"""Practice: an attempt is begun, answered question by question, handed in, and explained."""

from collections.abc import Sequence
from decimal import Decimal

from flask import flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from academy.forms.answers import answer_form
from academy.queries.courses import course_head, lessons_of, outline
from academy.queries.learning import standing
from academy.queries.quizzes import AnswerShown, AttemptHead, QuestionShown, answers_of, attempt_head, questions_shown
from academy.rules.certificates import missing_for_certificate
from academy.rules.courses import OPEN_TO_LEARNERS
from academy.rules.kinds import KINDS
from academy.rules.questions import seed_of
from academy.services.quizzes import begin_attempt, hand_in, save_answer
from academy.views.blueprint import academy, read_course
from app.engines.language import language, number, translate
from app.engines.transactions import transaction
from app.kernel.errors import Invalid, NotFound
from app.web.access import access, signed_in
from app.web.addresses import PAGE
from app.web.forms import Form
from app.web.reading import whole, yes
from app.web.visitor import actor

ATTEMPT = f"{PAGE}/academy/attempts/<int:attempt_id>"


@academy.post(f"{PAGE}/academy/courses/<slug>/<key>/attempt")
@access(signed_in)
def start_attempt(slug: str, key: str) -> Response:
    """Go on with the open attempt, or begin one."""
    head, _state = read_course(slug)
    lesson = next((one for one in lessons_of(outline(head.id, language())) if one.key == key), None)
    if lesson is None:
        raise NotFound()
    with transaction():
        attempt_id = begin_attempt(actor(), lesson.id)
    return redirect(url_for("academy.attempt", attempt_id=attempt_id), 303)


def own_attempt(attempt_id: int) -> AttemptHead:
    """The visitor's attempt; a stranger's is not there."""
    head = attempt_head(attempt_id)
    if head is None or head.person_id != actor().person_id:
        raise NotFound()
    return head


@academy.get(ATTEMPT)
@access(signed_in)
def attempt(attempt_id: int) -> str | Response:
    """The questions, one at a time or all on one page."""
    head = own_attempt(attempt_id)
    if head.state == "handed_in":
        return redirect(url_for("academy.attempt_result", attempt_id=attempt_id), 303)
    return _questions_page(head, whole("q", 1, len(head.question_ids)), yes("all"))


def _questions_page(
    head: AttemptHead, asked: int | None, all_at_once: bool, typed: tuple[int, Invalid] | None = None
) -> str:
    """The page; `typed` is the question whose answer was just refused, and why."""
    questions = questions_shown(head.question_ids, language())
    answers = answers_of(head.id)
    positions = {question.id: position for position, question in enumerate(questions, 1)}
    unanswered = [position for id_, position in positions.items() if id_ not in answers]
    current = asked or (unanswered[0] if unanswered else 1)
    shown = questions if all_at_once else questions[current - 1 : current]
    course = course_head(head.slug, language())
    return render_template(
        "academy/attempt.html",
        attempt=head,
        course=course,
        all_at_once=all_at_once,
        current=current,
        of=len(questions),
        answered=len(questions) - len(unanswered),
        unanswered=unanswered,
        shown=[
            (
                positions[question.id],
                question,
                KINDS[question.kind],
                _form_of(head, question, answers.get(question.id), typed),
                answers.get(question.id),
            )
            for question in shown
        ],
        dots=[(position, id_ in answers) for id_, position in positions.items()],
    )


def _form_of(
    head: AttemptHead, question: QuestionShown, answer: AnswerShown | None, typed: tuple[int, Invalid] | None
) -> Form:
    """The question with its options as this attempt lays them out."""
    position, of = head.question_ids.index(question.id) + 1, len(head.question_ids)
    label = question.prompt or translate("Question %(place)s of %(of)s", place=number(position), of=number(of))
    refused = typed if typed is not None and typed[0] == question.id else None
    by_key = {option.key: option for option in question.options}
    options = [by_key[key] for key in KINDS[question.kind].laid_out(list(by_key), seed_of(head.id, question.id))]
    given = None if answer is None else answer.given
    form = answer_form(question.kind, f"q{question.id}", label, options, given, typed=refused is not None)
    if refused is not None:
        form.show(refused[1])
    return form


@academy.post(f"{ATTEMPT}/answers/<int:question_id>")
@access(signed_in)
def answer_question(attempt_id: int, question_id: int) -> Response:
    """Store one answer at once; then the next question without one."""
    head = own_attempt(attempt_id)
    if question_id not in head.question_ids:
        raise NotFound()
    position, all_at_once = head.question_ids.index(question_id) + 1, request.form.get("all") == "1"
    try:
        with transaction():
            save_answer(actor(), attempt_id, question_id, request.form.getlist(f"q{question_id}-answer"))
    except Invalid as refusal:
        return make_response(_questions_page(head, position, all_at_once, (question_id, refusal)), 422)
    flash(translate("Your answer to question %(place)s is saved.", place=number(position)), "success")
    if all_at_once:
        return redirect(url_for("academy.attempt", attempt_id=attempt_id, all=1, _anchor=f"question-{position}"), 303)
    known = set(answers_of(attempt_id))
    later = [other for other, id_ in enumerate(head.question_ids, 1) if id_ not in known]
    following = next((other for other in later if other > position), later[0] if later else position)
    return redirect(url_for("academy.attempt", attempt_id=attempt_id, q=following), 303)


@academy.post(f"{ATTEMPT}/hand-in")
@access(signed_in)
def hand_in_attempt(attempt_id: int) -> Response:
    """Mark it; sent twice, the first marks stand."""
    with transaction():
        hand_in(actor(), attempt_id)
    return redirect(url_for("academy.attempt_result", attempt_id=attempt_id), 303)


@academy.get(f"{ATTEMPT}/result")
@access(signed_in)
def attempt_result(attempt_id: int) -> str | Response:
    """What was right, what was not, and why."""
    head = own_attempt(attempt_id)
    if head.result is None:
        return redirect(url_for("academy.attempt", attempt_id=attempt_id), 303)
    course, state = course_head(head.slug, language()), standing(head.person_id, head.course_id)
    lessons = lessons_of(outline(head.course_id, language()))
    index = next((index for index, one in enumerate(lessons) if one.id == head.lesson_id), None)
    answers = answers_of(attempt_id)
    missing = missing_for_certificate([one.line for one in lessons], state.completed, state.passed)
    return render_template(
        "academy/attempt_result.html",
        attempt=head,
        course=course,
        result=head.result,
        state=state,
        earned=not missing and course is not None and course.state in OPEN_TO_LEARNERS,
        lesson=lessons[index] if index is not None else None,
        following=lessons[index + 1] if index is not None and index + 1 < len(lessons) else None,
        lines=[
            _result_line(question, answers.get(question.id)) for question in questions_shown(head.question_ids, language())
        ],
    )


def _result_line(question: QuestionShown, answer: AnswerShown | None) -> dict[str, object]:
    """A question with what was answered, what is right, and why."""
    kind, asked = KINDS[question.kind], question.asked
    return {
        "prompt": question.prompt,
        "piece": kind.piece,
        "given": _told(question, kind.said(answer.given, asked.keys)) if answer else [],
        "right_answers": _told(question, kind.truth(asked)),
        "is_right": bool(answer and answer.right),
        "explanation": question.explanation,
    }


def _told(question: QuestionShown, said: Sequence[str | Decimal]) -> list[str]:
    """Options by their texts, numbers as the reader writes them."""
    texts = {option.key: option.text for option in question.options}
    return [texts.get(one, one) if isinstance(one, str) else number(_plain(one)) for one in said]


def _plain(value: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent."""
    return value.quantize(Decimal(1)) if value == value.to_integral() else value.normalize()
