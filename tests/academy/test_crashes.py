"""Killed half way: nothing half-written, and trying again gives what was asked for."""

import signal
import subprocess
import sys

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

SCRIPT = """
import sys
from pathlib import Path
from academy.services.certificates import issue_certificate
from academy.services.learning import enrol
from app.engines.transactions import transaction
from app.factory import create_app
from app.kernel.actor import Actor
from app.settings import read_settings

instance, address, crash_at, person, course = sys.argv[1:]
house = create_app(read_settings({}, INSTANCE=Path(instance), DATABASE_URL=address, CRASH_AT=crash_at, SECRET_KEY="x" * 40))
act = {"enrolled": enrol, "certificate-issued": issue_certificate}[crash_at]
with house.app_context(), transaction():
    act(Actor("person", int(person)), int(course))
"""


def killed_at(app, name, person, course):
    """Another process of the house does it and is killed at the crash point."""
    arguments = [app.config["INSTANCE"], app.config["DATABASE_URL"], name, person.id, course.id]
    done = subprocess.run([sys.executable, "-c", SCRIPT, *map(str, arguments)], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    db.session.rollback()


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_killed_while_enrolling_nothing_stands_and_the_next_click_enrols(app):
    person, course = a_person(), a_course()
    killed_at(app, "enrolled", person, course)
    assert count(Enrolment) == 0
    with transaction():
        enrol(actor_of(person), course.id)
    assert count(Enrolment) == 1


def test_killed_while_certifying_there_is_neither_certificate_nor_letter(app):
    person, course = a_person(), a_course()
    finishes(person, course)
    killed_at(app, "certificate-issued", person, course)
    assert (count(Certificate), count(Letter)) == (0, 0)
    with transaction():
        issue_certificate(actor_of(person), course.id)
    assert (count(Certificate), count(Letter)) == (1, 1)
    assert list(invariants.certificates_are_earned()) == []
