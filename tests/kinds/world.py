"""A small world in which every service of the house has something to do; built once, each deed in it is undone."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from academy.models import Certificate, Lesson, Question
from academy.services.certificates import issue_certificate
from academy.services.quizzes import begin_attempt
from app.accounts.models import Contact, Organisation, Person
from app.engines import sessions
from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM, Actor, guest
from app.kernel.clock import now
from app.payments.models import Payment
from app.payments.queries import payable_for
from app.payments.services.payables import begin_visit, note_page
from catalog.models import ProductPicture
from orders.models import Purchase
from tests.builders.academy import a_course, finishes, passes, the_lesson
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator, joins
from tests.builders.catalog import a_product, variant_of
from tests.builders.orders import a_purchase, orders_of
from tests.builders.projectbank import a_group, a_sheet, invited
from tests.schema import empty_tables, keep_tables

SESSION = "cs_of_the_world"
PEOPLE = ("chair", "seller", "packer", "buyer", "founder", "member", "learner", "instructor", "newcomer")


@dataclass
class World:
    """People by name, and the ids of what is there."""

    people: dict[str, Person] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)

    def actor(self, name: str) -> Actor:
        return self.actors[name]

    def person(self, name: str) -> int:
        return self.ids[name]

    def __getitem__(self, name: str) -> Any:
        return self.ids[name]


_BUILT: dict[str, World] = {}


def the_world(house: Flask, name: str) -> World:
    """The world of this name as it was built: once in a process where a database is a file that can be put back."""
    kept = Path(house.config["INSTANCE"]) / f"{name}.db"
    if name in _BUILT:
        empty_tables(kept)
        return _BUILT[name]
    empty_tables(Path(house.config["INSTANCE"]) / "empty.db")
    world = build_world()
    if keep_tables(kept):
        _BUILT[name] = world
    return world


def build_world() -> World:
    """Everything of it, written through the services."""
    world = World()
    for name in PEOPLE:
        world.people[name] = a_person(name.title(), f"{name}@example.org", instructor=name == "instructor")
    world.people["office"] = an_operator("Samira")
    world.ids = {name: person.id for name, person in world.people.items()}
    for part in (_organisations, _goods, _orders, _ideas, _courses):
        part(world)
    world.actors = {name: actor_of(person) for name, person in world.people.items()}
    world.actors |= {"system": SYSTEM, "guest": guest("a-guest-of-the-world")}
    db.session.remove()
    return world


def _organisations(world: World) -> None:
    people, ids = world.people, world.ids
    numbers = {"local_register": "RLC-1/2026", "ice": "003114533000013"}
    papers = {"phone": "+212528000117", "commune": "Aït Baha", "identifiers": numbers}
    ours = a_cooperative("Tifawin", chair=people["chair"], slug="tifawin")
    joins(people["seller"], ours, "seller")
    joins(people["packer"], ours, "packer")
    draft = a_cooperative("Adrar", state="draft", chair=people["chair"], **papers)
    waiting = a_cooperative("Tafoukt", state="submitted", chair=people["chair"])
    closed = a_cooperative("Anzar", state="suspended", chair=people["chair"])
    ids |= {"ours": ours.id, "draft": draft.id, "waiting": waiting.id, "suspended": closed.id}
    with transaction() as session:
        second = Contact(person_id=ids["buyer"], kind="mail", value="second@example.org", verified_at=now())
        session.add(second)
        for agent in ("Firefox", "Safari"):
            sessions.start_session(sessions.new_token(), {}, ids["buyer"], agent, now())
        session.flush()
        first = select(func.min(sessions.SessionRow.id)).where(sessions.SessionRow.person_id == ids["buyer"])
        ids |= {"contact": second.id, "session": session.scalar(first)}


def _goods(world: World) -> None:
    ids = world.ids
    ids["product"] = a_product(ids["ours"], "Huile d’argane", price=12_000, stock=100)
    ids["variant"] = variant_of(ids["product"])
    ids["draft_product"] = a_product(ids["ours"], "Savon noir", price=3_000, published=False)
    with transaction() as session:
        pictures = [
            ProductPicture(product_id=ids["product"], position=place, stem=f"pictures/{place}", width=9, height=9)
            for place in (1, 2)
        ]
        session.add_all(pictures)
    ids["pictures"] = [one.id for one in pictures]


def _orders(world: World) -> None:
    ids, buyer = world.ids, actor_of(world.people["buyer"])
    cash = a_purchase({ids["variant"]: 2}, "cash", buyer)
    ids["cash"], ids["cash_order"] = cash.id, orders_of(cash)[0].id
    for name in ("card", "paid"):
        purchase = a_purchase({ids["variant"]: 1}, "card", buyer)
        payable = payable_for("purchase", purchase.id)
        assert payable is not None
        ids[name], ids[f"{name}_order"], ids[f"{name}_payable"] = purchase.id, orders_of(purchase)[0].id, payable.id
    with transaction():
        visit = begin_visit(buyer, ids["paid_payable"])
        ids["payment"] = visit.id if isinstance(visit, Payment) else visit.payment_id
        note_page(ids["payment"], SESSION, "http://localhost/practice/pay")
    assert db.session.get_one(Purchase, ids["cash"]).buyer_id == ids["buyer"]


def _ideas(world: World) -> None:
    people, ids = world.people, world.ids
    ids["idea"] = a_sheet(people["founder"], "Moulin", state="draft")
    ids["sent"] = a_sheet(people["founder"], "Laiterie", state="submitted")
    ids["sheet"] = a_sheet(people["founder"], "Miellerie", members_min=2)
    ids["group"] = a_group(people["founder"], ids["sheet"], people["member"])
    ids["secret"] = invited(people["founder"], ids["group"], "newcomer@example.org")


def _courses(world: World) -> None:
    people, ids = world.people, world.ids
    teacher = people["instructor"]
    for name, state in (("writing", "draft"), ("handed_in", "submitted"), ("course", "published"), ("learnt", "published")):
        ids[name] = a_course(f"Cours {name}", owner=teacher, state=state).id
    finishes(people["learner"], _course(ids["learnt"]))
    finishes(people["member"], _course(ids["learnt"]))
    with transaction():
        issue_certificate(actor_of(people["member"]), ids["learnt"])
        ids["certificate"] = db.session.scalars(select(Certificate.id)).one()
        ids["attempt"] = begin_attempt(actor_of(people["learner"]), the_lesson(_course(ids["course"]), "quiz-1").id)
    passes(people["buyer"], _course(ids["course"]))
    lessons = db.session.scalars(select(Lesson).where(Lesson.course_id == ids["writing"]).order_by(Lesson.position)).all()
    ids["part"] = lessons[0].module_id
    ids["lesson"], ids["second_lesson"], ids["quiz"] = (one.id for one in lessons)
    asked = select(Question.id).where(Question.lesson_id == ids["quiz"]).order_by(Question.position)
    ids["question"] = db.session.scalars(asked).first()
    open_quiz = the_lesson(_course(ids["course"]), "quiz-1").id
    ids["open_quiz"], ids["open_lesson"] = open_quiz, the_lesson(_course(ids["course"]), "lecon-1").id
    asked = select(Question.id).where(Question.lesson_id == open_quiz).order_by(Question.position)
    ids["asked"] = db.session.scalars(asked).first()


def _course(course_id: int) -> Any:
    return type("Named", (), {"id": course_id})()


def organisation(world: World, name: str) -> Organisation:
    return db.session.get_one(Organisation, world[name])


def later(minutes: int = 60) -> Any:
    return now() + timedelta(minutes=minutes)
