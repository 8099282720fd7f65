"""Killed half way: nothing half-written, and trying again gives what was asked for."""

from sqlalchemy import func, select

from academy.models import Certificate, Enrolment
from academy.queries import invariants
from academy.services.certificates import issue_certificate
from academy.services.learning import enrol
from app.engines.db import db
from app.engines.mail import Letter
from app.engines.transactions import transaction
from tests.builders.academy import a_course, finishes
from tests.builders.accounts import a_person, actor_of
from tests.builders.dying import killed_at


def dies(app, name, deed, person, course):
    """Another process of the house does it and is killed at the crash point."""
    actor, course_id = actor_of(person), course.id

    def act():
        with transaction():
            deed(actor, course_id)

    assert killed_at(app, name, act)
    db.session.rollback()


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_killed_while_enrolling_nothing_stands_and_the_next_click_enrols(app):
    person, course = a_person(), a_course()
    dies(app, "enrolled", enrol, person, course)
    assert count(Enrolment) == 0
    with transaction():
        enrol(actor_of(person), course.id)
    assert count(Enrolment) == 1


def test_killed_while_certifying_there_is_neither_certificate_nor_letter(app):
    person, course = a_person(), a_course()
    finishes(person, course)
    dies(app, "certificate-issued", issue_certificate, person, course)
    assert (count(Certificate), count(Letter)) == (0, 0)
    with transaction():
        issue_certificate(actor_of(person), course.id)
    assert (count(Certificate), count(Letter)) == (1, 1)
    assert list(invariants.certificates_are_earned()) == []
