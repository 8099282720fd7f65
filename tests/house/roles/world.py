"""A world with two cooperatives and all demo people, with a canary in every private field."""

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from academy.models import Course, Lesson, Question
from academy.services.certificates import issue_certificate
from academy.services.quizzes import begin_attempt
from app.accounts.demo.loading import load
from app.accounts.models import (
    ActWaiting,
    Contact,
    Invitation,
    LostFactor,
    Membership,
    Organisation,
    OrganisationIdentifier,
    OrganisationText,
    Passkey,
    Person,
)
from app.accounts.services.entry_cards import Met, add_person_met
from app.engines import sessions
from app.engines.db import db
from app.engines.files import store
from app.engines.mail import Letter
from app.engines.mail import post as write_letter
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from app.notices.models import Notice
from catalog.models import Product, ProductPicture
from catalog.services.bulk import waive_in_bulk
from orders.models import Order
from projectbank.models import GroupInvitation, Sheet
from tests.builders.academy import a_course, finishes
from tests.builders.accounts import a_person, actor_of, joins
from tests.builders.catalog import a_product, variant_of
from tests.builders.long_work import a_long_work
from tests.builders.lots import a_lot
from tests.builders.orders import a_purchase, orders_of, pay_key
from tests.builders.papers import a_paper
from tests.builders.projectbank import a_group, a_sheet, invited
from tests.builders.proofs import a_sent_proof

DEMO = (
    "buyer",
    "chair",
    "treasurer",
    "seller",
    "packer",
    "seller2",
    "founder",
    "learner",
    "instructor",
    "mentor",
    "funder",
    "evaluator",
    "operator",
    "operator2",
)
OPERATORS = {"operator", "operator2"}
OFFICE = {"chair": {"chair"}, "treasurer": {"treasurer"}, "seller": {"seller"}, "packer": {"packer"}}

# What must not be seen, and by whom it may be: everybody else who sees it has found a leak.
CANARIES = {
    "canarystreet": {"buyer", "chair", "seller", "packer", *OPERATORS},
    "699887766": {"buyer", "chair", "seller", "packer", *OPERATORS},
    "canarybuyer": {"buyer", "chair", "seller", "packer", *OPERATORS},
    "canarycontact": {"buyer"},
    "canarynotice": {"buyer"},
    "canaryrib": {"chair", "treasurer", *OPERATORS},
    "canarydraft": {"chair", "seller", "packer", "treasurer"},
    "canarygroup": {"founder", "learner"},
    "canaryinvited": {"founder"},
    "canarysheet": {"founder", *OPERATORS},
    "canarycourse": {"instructor", *OPERATORS},
    "canaryoffice": {"chair"},
    "canaryunverified": {"mentor", *OPERATORS},
}


@dataclass
class World:
    """Who lives here, and the ids and slugs that routes ask for."""

    people: dict[str, int] = field(default_factory=dict)
    ours: str = ""
    theirs: str = ""
    values: dict[str, Any] = field(default_factory=dict)


def build(house: Flask) -> World:
    """The demo's people and cooperatives, and one private thing of each kind."""
    load("small", lambda *_: None)
    world = World(
        {
            value.split("@")[0]: person_id
            for value, person_id in db.session.execute(
                select(Contact.value, Contact.person_id).where(Contact.value.endswith("@demo.tiwizi.example"))
            )
        }
    )
    assert set(world.people) >= set(DEMO)
    for name in ("stranger", "chair2", "instructor2"):
        world.people[name] = a_person(name.title(), instructor=name == "instructor2").id
    people = {name: db.session.get_one(Person, person_id) for name, person_id in world.people.items()}
    ours, theirs = organisation_of(people["chair"], "chair"), organisation_of(people["seller2"], "seller")
    joins(people["chair2"], theirs, "chair")
    world.ours, world.theirs = ours.slug, theirs.slug
    for part in (the_catalogue, the_order, the_projects, the_academy, the_accounts, plain_addresses):
        part(world, people, ours)
    db.session.remove()
    return world


def organisation_of(person: Person, role: str) -> Organisation:
    return db.session.scalars(
        select(Organisation)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == person.id, Membership.role == role)
    ).one()


def the_catalogue(world: World, people: dict[str, Person], ours: Organisation) -> None:
    with transaction():
        waive_in_bulk(SYSTEM, [ours.id], "What it sells is permitted")
    draft = a_product(ours.id, "Canarydraft", published=False)
    public = a_product(ours.id, "Huile d’argane", stock=50)
    with transaction() as session:
        picture = ProductPicture(product_id=draft, position=1, **picture_facts())
        session.add(picture)
    for size in ("small", "medium", "large"):
        store.put(f"pictures/ca/canarypicture{size}.webp", b"RIFF")
    world.values.update(
        product_id=draft,
        public_product=db.session.get_one(Product, public).slug,
        variant=variant_of(public),
        draft_slug=db.session.get_one(Product, draft).slug,
        picture_id=picture.id,
    )


def picture_facts() -> dict[str, Any]:
    values = {"stem": "pictures/ca/canarypicture", "width": 10, "height": 10, "alt": "", "content_hash": "x"}
    return {name: value for name, value in values.items() if name in ProductPicture.__table__.c}


def the_order(world: World, people: dict[str, Person], ours: Organisation) -> None:
    facts = {"name": "Canarybuyer", "phone": "+212699887766", "street": "Canarystreet 12"}
    cash = a_purchase({world.values["variant"]: 1}, actor=actor_of(people["buyer"]), **facts)
    card = a_purchase({world.values["variant"]: 1}, "card", actor=actor_of(people["buyer"]), **facts)
    with transaction() as session:
        told = session.scalars(select(Notice).where(Notice.person_id == people["buyer"].id)).one()
        told.subject = "Canarynotice"
        world.values["notice_id"] = told.id
    world.values.update(number=cash.number, pay_key=pay_key(card.id), order_number=orders_of(cash)[0].number)
    assert db.session.scalar(select(Order.organisation_id).where(Order.purchase_id == cash.id)) == ours.id


def the_projects(world: World, people: dict[str, Person], ours: Organisation) -> None:
    public = a_sheet(people["founder"], "Une miellerie")
    waiting = a_sheet(people["founder"], "Canarysheet", state="submitted")
    group = a_group(people["founder"], public, people["learner"], name="Canarygroup")
    secret = invited(people["founder"], group, "canaryinvited@example.org")
    world.values.update(
        sheet_slug=db.session.get_one(Sheet, public).slug,
        sheet_id=waiting,
        group_id=group,
        group_secret=secret,
        group_invitation=db.session.scalars(select(GroupInvitation.id).order_by(GroupInvitation.id.desc())).first(),
    )


def the_academy(world: World, people: dict[str, Person], ours: Organisation) -> None:
    public = a_course("Prix et marges", owner=people["instructor"])
    draft = a_course("Canarycourse", owner=people["instructor"], state="submitted")
    lesson = db.session.scalars(select(Lesson).where(Lesson.course_id == public.id, Lesson.kind == "quiz")).one()
    with transaction():
        attempt = begin_attempt(actor_of(people["learner"]), lesson.id)
    other = a_course("Tenir la caisse", owner=people["instructor"])
    finishes(people["learner"], other)
    with transaction():
        world.values["certificate"] = issue_certificate(actor_of(people["learner"]), other.id)
    own = db.session.scalars(select(Lesson).where(Lesson.course_id == draft.id, Lesson.kind == "quiz")).one()
    question = db.session.scalars(select(Question.id).where(Question.lesson_id == own.id)).first()
    world.values.update(
        course_slug=public.slug,
        draft_course=draft.slug,
        lesson_key="lecon-1",
        quiz_key=lesson.key,
        own_quiz=own.key,
        part_id=own.module_id,
        attempt_id=attempt,
        question_id=question,
        lesson_id=lesson.id,
        finished_course=other.slug,
    )


def the_accounts(world: World, people: dict[str, Person], ours: Organisation) -> None:
    world.values["paper_id"] = a_paper(people["chair"], ours)
    world.values["lot_id"] = a_lot(ours, people["chair"], variant_of(int(world.values["product_id"])))
    world.values["proof_id"] = a_sent_proof(people["chair"], ours, "igp")
    with transaction() as session:
        account = session.get_one(OrganisationIdentifier, (ours.id, "rib"))
        account.value = "CANARYRIB0123456789012345"
        contact = Contact(person_id=people["buyer"].id, kind="mail", value="canarycontact@example.org", verified_at=now())
        invitation = Invitation(
            organisation_id=ours.id,
            kind="mail",
            contact="canaryoffice@example.org",
            role="packer",
            token_hash="0" * 64,
            invited_by=people["chair"].id,
            expires_at=now().replace(year=2100),
            used_at=None,
        )
        unverified = Organisation(
            slug="unverified",
            kind="cooperative",
            state="submitted",
            territory="morocco",
            region="MA-09",
            sector="argan",
            created_at=now(),
        )
        session.add_all([contact, invitation, unverified])
        session.flush()
        session.add(OrganisationText(organisation_id=unverified.id, language="fr", name="Canaryunverified", source=True))
        session.add(Membership(organisation_id=unverified.id, person_id=people["mentor"].id, role="chair", since=now()))
        sessions.start_session(sessions.new_token(), {}, people["buyer"].id, "Firefox", now())
        session.flush()
        row = session.scalars(
            select(sessions.SessionRow.id).where(sessions.SessionRow.person_id == people["buyer"].id)
        ).one()
        lost = LostFactor(person_id=people["packer"].id, state="asked", asked_at=now())
        waiting = ActWaiting(
            kind="bank",
            subject_id=ours.id,
            open_key=f"bank:{ours.id}",
            facts={"account": "225010000000000026137768", "before": account.value},
            state="waiting",
            asked_by=people["chair"].id,
            asked_at=now(),
        )
        key = Passkey(person_id=people["buyer"].id, name="x", rp_id="x", credential_id="x", public_key="x", sign_count=0)
        key.created_at = now()
        session.add_all([lost, waiting, key])
        write_letter("mail", "canarycontact@example.org", "Canaryletter", "Canaryletter", "fr")
        letter = session.scalars(select(Letter).where(Letter.recipient == "canarycontact@example.org")).one()
        letter.refused_at, letter.refusal = now(), "SMTPRecipientsRefused 550"
    with transaction():
        met = Met("Itto", "fr", "came to our workshop", None, ours.id, "member")
        card = add_person_met(actor_of(people["chair"]), met, "a form", now())
    world.values.update(
        card_id=card.person_id,
        contact_id=contact.id,
        session_id=row,
        letter_id=letter.id,
        invitation_id=invitation.id,
        lost_id=lost.id,
        act_id=waiting.id,
        work_id=a_long_work(ours.id, people["chair"].id),
        passkey_id=key.id,
        member_id=people["packer"].id,
        group_member=people["learner"].id,
    )


def plain_addresses(world: World, people: dict[str, Person], ours: Organisation) -> None:
    """An address that is asked for stands in its own error page: canaries live in the words, not in the addresses."""
    with transaction() as session:
        for model, key, slug in ((Product, "draft_slug", "a-draft"), (Course, "draft_course", "a-course-in-work")):
            session.execute(update(model).where(model.slug == world.values[key]).values(slug=slug))
            world.values[key] = slug
