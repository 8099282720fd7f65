"""The deeds of accounts: people, their contacts and sessions, organisations and their members, verification."""

from datetime import timedelta
from functools import partial

from sqlalchemy import insert, update

from app.accounts.models import Code, Invitation, OrganisationIdentifier, Paper, Person, Verification
from app.accounts.queries.people import person_of
from app.accounts.queries.typed import ContactValue
from app.accounts.services import (
    bank,
    codes,
    demo_house,
    entry_cards,
    erasure,
    first_run,
    members,
    organisations,
    own_data,
    papers,
    people,
    undelivered,
    verification,
)
from app.accounts.services.codes import Asked
from app.engines.db import db
from app.engines.mail import Letter
from app.kernel.actor import SYSTEM, Actor
from app.kernel.clock import now
from app.kernel.text import LANGUAGES
from projectbank.models import FoundingGroup
from projectbank.services import groups
from tests.builders.papers import a_stored_paper
from tests.kinds.deeds import Deed, Line, Prepare, deed, latest, line
from tests.kinds.world import World

MAIL = ContactValue("mail", "nora@example.org")
WORDS = organisations.Words("Tafilalt")
FACTS = organisations.OrganisationFacts("association", "MA-09", "argan")
RIB = "225010000000000026137768"


def asks(service: str) -> Prepare:
    def prepare(world: World) -> Deed:
        actor = world.actor("buyer" if service == "ask_contact" else "guest")
        given = {"ask_sign_up": (MAIL, "Nora", "a hash", now())}.get(service, (MAIL, now()))
        purpose = {"ask_sign_up": "sign-up", "ask_reset": "reset", "ask_contact": "contact"}[service]
        call = getattr(codes, service)
        return deed(actor, lambda: call(actor, *given), "ask-code", "code", purpose=purpose)

    return prepare


def asks_sign_in(world: World) -> Deed:
    actor, person = world.actor("guest"), person_of(world["buyer"])
    call = partial(codes.ask_sign_in, actor, MAIL, person, "a hash", now())
    return deed(actor, call, "ask-code", "code", latest(Code), purpose="sign-in")


def of_refused(verb: str, service: str) -> Prepare:
    def prepare(world: World) -> Deed:
        actor = world.actor("office")
        values = {"channel": "mail", "subject": "…", "body": "…", "language": "fr", "written_at": now()}
        letters = [Letter(recipient="nobody@example.org", refused_at=now(), refusal="550", **values) for _ in range(2)]
        db.session.add_all(letters)
        db.session.flush()
        call = getattr(undelivered, service)
        return Deed(
            lambda: call(actor, letters[1].id), lambda count: [line(actor, verb, "letter", letters[1].id, count=count)]
        )

    return prepare


def adds_person(world: World, service: str) -> Deed:
    actor = world.actor("guest" if service == "finish_sign_up" else "office")
    asked = Asked("sign-up", MAIL, None, {"name": "Nora", "password_hash": "a hash", "language": "ar"})
    if service == "finish_sign_up":
        return deed(actor, lambda: people.finish_sign_up(actor, asked, now()), "add-person", "person")
    return deed(actor, lambda: people.add_person(actor, "Nora", MAIL, None, "fr", now()), "add-person", "person")


def first_operator(world: World) -> Deed:
    actor = world.actor("office")
    db.session.execute(update(Person).values(is_operator=False))

    def lines(made: int) -> list[Line]:
        return [line(actor, "add-person", "person", made), line(actor, "first-operator", "person", made)]

    return Deed(lambda: first_run.add_first_operator(actor, "Nora", MAIL, "a hash", "fr", now()), lines)


def demo_people(world: World) -> Deed:
    actor = world.actor("office")
    faces = [demo_house.DemoFace("Nora", "nora@demo.example"), demo_house.DemoFace("Omar", "omar@demo.example")]
    return Deed(
        lambda: demo_house.add_demo_people(actor, faces, "a hash", now()),
        lambda made: [line(actor, "add-person", "person", one) for one in made.values()],
    )


def registers(world: World) -> Deed:
    actor = world.actor("office")
    return deed(
        actor,
        lambda: demo_house.register_verified_organisation(
            actor, FACTS, {"fr": WORDS}, "fr", [(world["buyer"], "chair")], now(), "morocco"
        ),
        "register",
        "organisation",
    )


def registers_many(world: World) -> Deed:
    actor = world.actor("office")
    row = {"slug": "tiznit", "kind": "cooperative", "territory": "morocco", "region": "MA-09", "sector": "argan"}
    row |= {"drawing": "argan-oil", "labels": []}
    text = {"language": "fr", "name": "Tiznit", "pitch": "", "story": "", "source": True}
    chair = {"name": "Omar", "mail": "omar@many.example"}
    call = partial(demo_house.add_many_verified, actor, [row], [[text]], [chair], [{"local_register": "RC 7"}], now())
    return Deed(call, lambda _: [line(actor, "register-many", "organisation", None, count=1)])


def in_office(actor: Actor, verb: str, organisation_id: int, call: object, **facts: object) -> Deed:
    return deed(actor, call, verb, "organisation", organisation_id, **facts)  # type: ignore[arg-type]


def invites(world: World) -> Deed:
    chair, ours = world.actor("chair"), world["ours"]
    call = partial(members.invite, chair, ours, MAIL, "packer", "a-secret", "http://x", now())
    return in_office(chair, "invite", ours, call, invitation=latest(Invitation))


def withdraws_invitation(world: World) -> Deed:
    chair, ours = world.actor("chair"), world["ours"]
    members.invite(chair, ours, MAIL, "packer", "a-secret", "http://x", now())
    open_one = latest(Invitation)()
    call = partial(members.withdraw_invitation, chair, ours, open_one)
    return in_office(chair, "withdraw-invitation", ours, call, invitation=open_one)


def joins(world: World) -> Deed:
    chair, buyer, ours = world.actor("chair"), world.actor("buyer"), world["ours"]
    members.invite(chair, ours, MAIL, "packer", "a-secret", "http://x", now())
    call = partial(members.accept_invitation, buyer, "a-secret", now())
    return in_office(buyer, "join", ours, call, invitation=latest(Invitation))


def sets_roles(world: World) -> Deed:
    chair, ours, seller = world.actor("chair"), world["ours"], world["seller"]
    call = partial(members.set_roles, chair, ours, seller, ["packer", "member"], now())
    return in_office(chair, "set-roles", ours, call, person=seller, roles="member packer")


def leaves(world: World) -> Deed:
    seller, ours = world.actor("seller"), world["ours"]
    call = partial(members.leave, seller, ours, now())
    return in_office(seller, "set-roles", ours, call, person=seller.person_id, roles="")


def founds(world: World) -> Deed:
    buyer = world.actor("buyer")
    return deed(
        buyer,
        lambda: organisations.found_organisation(buyer, FACTS, WORDS, "fr", now(), "morocco"),
        "found",
        "organisation",
    )


def of_draft(verb: str, do: str, **facts: object) -> Prepare:
    """What the chair does with the facts, words and money of an organisation."""

    def prepare(world: World) -> Deed:
        chair, ours = world.actor("chair"), world["draft"]
        calls = {
            "edit_facts": lambda: organisations.edit_facts(chair, ours, FACTS, now()),
            "edit_words": lambda: organisations.edit_words(chair, ours, "ar", WORDS),
            "set_picture": lambda: organisations.set_picture(chair, ours, "pictures/x"),
            "set_bank": lambda: bank.set_bank(chair, ours, RIB),
            "submit_organisation": lambda: verification.submit_organisation(chair, ours, now()),
        }
        return in_office(chair, verb, ours, calls[do], **facts)

    return prepare


def decides(verb: str, name: str, service: str, *reason: str) -> Prepare:
    def prepare(world: World) -> Deed:
        office, organisation_id = world.actor("office"), world[name]
        from_id = latest(Verification)
        call = partial(getattr(verification, service), office, organisation_id, *reason, now())
        return in_office(office, verb, organisation_id, call, verification=from_id)

    return prepare


def removes_number(world: World) -> Deed:
    office, bearer = world.actor("office"), world["ours"]
    row = {"organisation_id": bearer, "territory": "morocco", "kind": "neq", "value": "1160000001"}
    db.session.execute(insert(OrganisationIdentifier).values(row))
    call = partial(verification.remove_foreign_number, office, bearer, "neq")
    return deed(office, call, "remove-number", "organisation", bearer, kind="neq")


def of_person(verb: str, do: str, **facts: object) -> Prepare:
    """What a person does with the own account."""

    def prepare(world: World) -> Deed:
        buyer = world.actor("buyer")
        asked = Asked("contact", MAIL, buyer.person_id, {})
        calls = {
            "add_own_contact": lambda: people.add_own_contact(buyer, asked, now()),
            "remove_own_contact": lambda: people.remove_own_contact(buyer, world["contact"]),
            "note_sign_in": lambda: people.note_sign_in(buyer, world["buyer"], 0, None),
            "note_export": lambda: own_data.note_export(buyer, world["buyer"]),
            "note_sign_out": lambda: people.note_sign_out(buyer),
            "set_password": lambda: people.set_password(buyer, world["buyer"], "another hash"),
            "rename": lambda: people.rename(buyer, "Nora"),
            "set_preferences": lambda: people.set_preferences(buyer, LANGUAGES_SPOKEN[1], {"mail": ["news"]}),
            "end_own_session": lambda: people.end_own_session(buyer, world["session"]),
            "end_other_sessions": lambda: people.end_other_sessions(buyer, world["session"]),
        }
        return deed(buyer, calls[do], verb, "person", world["buyer"], **facts)

    return prepare


LANGUAGES_SPOKEN = tuple(LANGUAGES)


def refused_sign_in(world: World) -> Deed:
    actor = world.actor("guest")
    call = partial(people.note_refused_sign_in, actor, world["buyer"])
    return deed(actor, call, "refuse-sign-in", "person", world["buyer"])


def erases(world: World) -> Deed:
    learner = world.actor("learner")
    call = partial(erasure.erase_person, learner, world["learner"], "counted", now())
    return deed(learner, call, "erase", "person", world["learner"])


def erases_founder(world: World) -> Deed:
    """Who is alone in the own group dissolves it by going."""
    groups.leave_group(world.actor("member"), world["group"])
    db.session.flush()
    founder = world.actor("founder")
    call = partial(erasure.erase_person, founder, world["founder"], "counted", now())
    erased = line(founder, "erase", "person", world["founder"])
    return Deed(call, lambda _: [erased, line(SYSTEM, "dissolve", "group", world["group"])])


def erases_member(world: World) -> Deed:
    """Who is erased by the office leaves a ready group, which is forming again; a dissolved one stays as it was."""
    founder, office, member, group = (*map(world.actor, ("founder", "office", "member")), world["group"])
    over = a_second_group(world)
    groups.make_ready(founder, group)
    db.session.flush()
    call = partial(erasure.erase_person, office, world["member"], "counted", now())
    left = line(SYSTEM, "left", "group", group, person=member.person_id)
    assert over != group
    return Deed(
        call, lambda _: [line(office, "erase", "person", world["member"]), left, line(SYSTEM, "reopen", "group", group)]
    )


def a_second_group(world: World) -> int:
    """One in which the member was when it was dissolved."""
    founder, member = world.actor("buyer"), world.actor("member")
    groups.start_group(founder, world["sheet"], "Les ruches")
    db.session.flush()
    made = latest(FoundingGroup)()
    groups.invite(founder, made, ContactValue("mail", "member@example.org"), "a-second-secret", str)
    db.session.flush()
    groups.accept_invitation(member, "a-second-secret", str)
    groups.dissolve_group(founder, made)
    db.session.flush()
    return made


def promotes(world: World) -> Deed:
    office, member = world.actor("office"), world["member"]
    call = partial(people.promote, office, member, instructor=True)
    return deed(office, call, "promote", "person", member, operator=0, instructor=1)


MET = entry_cards.Met("Nora", "fr", "came to the office")


def makes_card(world: World) -> Deed:
    office = world.actor("office")

    def lines(card: entry_cards.FreshCard) -> list[Line]:
        made = line(office, "make-entry-card", "person", card.person_id, organisation=0)
        return [line(office, "add-person", "person", card.person_id), made]

    return Deed(lambda: entry_cards.add_person_met(office, MET, "a form", now()), lines)


def renews_card(world: World) -> Deed:
    office = world.actor("office")
    card = entry_cards.add_person_met(office, MET, "a form", now())
    call = partial(entry_cards.renew_card, office, card.person_id, None, "lost it", "another", now())
    return deed(office, call, "make-entry-card", "person", card.person_id, organisation=0)


def uses_card(world: World) -> Deed:
    actor = world.actor("guest")
    card = entry_cards.add_person_met(world.actor("office"), MET, "a form", now())
    call = partial(entry_cards.use_card, actor, card.number, card.code, "a hash", now())
    said = [line(actor, verb, "person", card.person_id) for verb in ("use-entry-card", "set-password")]
    return Deed(call, lambda _: said)


def mistypes_card(world: World) -> Deed:
    actor = world.actor("guest")
    card = entry_cards.add_person_met(world.actor("office"), MET, "a form", now())
    call = partial(entry_cards.use_card, actor, card.number, "0000000000", "a hash", now())
    return Deed(call, lambda _: [line(actor, "refuse-entry-card", "person", card.person_id)])


def gives_paper(world: World, service: str) -> Deed:
    chair, ours = world.actor("chair"), world["ours"]
    facts = papers.PaperFacts("statutes", "organisation", ours, ("chair",))
    call = (
        partial(papers.add_file_paper, chair, ours, "statutes", "", None, a_stored_paper(), now())
        if service == "add_file_paper"
        else partial(papers.add_paper, chair, ours, facts, a_stored_paper(), now())
    )
    return in_office(chair, "add-paper", ours, call, paper=latest(Paper), kind="statutes")


def paper_of(world: World) -> int:
    facts = papers.PaperFacts("statutes", "organisation", world["ours"], ("chair",))
    return papers.add_paper(world.actor("chair"), world["ours"], facts, a_stored_paper(), now())


def opens_paper(world: World) -> Deed:
    office, paper = world.actor("office"), paper_of(world)
    return in_office(office, "open-paper", world["ours"], partial(papers.open_paper, office, paper), paper=paper)


def removes_paper(world: World) -> Deed:
    chair, ours, paper = world.actor("chair"), world["ours"], paper_of(world)
    return in_office(chair, "remove-paper", ours, partial(papers.remove_paper, chair, ours, paper, now()), paper=paper)


def erases_never_used(world: World) -> Deed:
    office, before = world.actor("office"), now() + timedelta(seconds=1)
    card = entry_cards.add_person_met(office, MET, "a form", now())
    call = partial(erasure.erase_never_used, office, card.person_id, "counted", before, now())
    return deed(office, call, "erase", "person", card.person_id)


DEEDS: dict[str, Prepare] = {
    "app.accounts.services.papers.add_file_paper": lambda w: gives_paper(w, "add_file_paper"),
    "app.accounts.services.papers.add_paper": lambda w: gives_paper(w, "add_paper"),
    "app.accounts.services.papers.open_paper": opens_paper,
    "app.accounts.services.papers.remove_paper": removes_paper,
    "app.accounts.services.erasure.erase_never_used": erases_never_used,
    "app.accounts.services.entry_cards.add_person_met": makes_card,
    "app.accounts.services.entry_cards.renew_card": renews_card,
    "app.accounts.services.entry_cards.use_card": uses_card,
    "app.accounts.services.entry_cards.use_card (another code)": mistypes_card,
    "app.accounts.services.codes.ask_sign_up": asks("ask_sign_up"),
    "app.accounts.services.codes.ask_reset": asks("ask_reset"),
    "app.accounts.services.codes.ask_contact": asks("ask_contact"),
    "app.accounts.services.codes.ask_sign_in": asks_sign_in,
    "app.accounts.services.codes.ask_code": lambda w: deed(
        w.actor("guest"),
        lambda: codes.ask_code(w.actor("guest"), "order", ContactValue("mail", "n@example.org"), now())[0],
        "ask-code",
        "code",
        purpose="order",
    ),
    "app.accounts.services.demo_house.add_demo_people": demo_people,
    "app.accounts.services.demo_house.register_verified_organisation": registers,
    "app.accounts.services.demo_house.add_many_verified": registers_many,
    "app.accounts.services.first_run.add_first_operator": first_operator,
    "app.accounts.services.members.invite": invites,
    "app.accounts.services.members.withdraw_invitation": withdraws_invitation,
    "app.accounts.services.members.accept_invitation": joins,
    "app.accounts.services.members.set_roles": sets_roles,
    "app.accounts.services.members.leave": leaves,
    "app.accounts.services.organisations.found_organisation": founds,
    "app.accounts.services.organisations.edit_facts": of_draft("edit-facts", "edit_facts"),
    "app.accounts.services.organisations.edit_words": of_draft("edit-words", "edit_words", language="ar"),
    "app.accounts.services.organisations.set_picture": of_draft("set-picture", "set_picture"),
    "app.accounts.services.bank.set_bank": of_draft("set-bank", "set_bank"),
    "app.accounts.services.people.add_person": lambda world: adds_person(world, "add_person"),
    "app.accounts.services.people.finish_sign_up": lambda world: adds_person(world, "finish_sign_up"),
    "app.accounts.services.people.add_own_contact": of_person("add-contact", "add_own_contact"),
    "app.accounts.services.people.remove_own_contact": of_person("remove-contact", "remove_own_contact"),
    "app.accounts.services.people.note_sign_in": of_person("sign-in", "note_sign_in"),
    "app.accounts.services.people.note_refused_sign_in": refused_sign_in,
    "app.accounts.services.erasure.erase_person": erases,
    "app.accounts.services.erasure.erase_person (a founder)": erases_founder,
    "app.accounts.services.erasure.erase_person (a member)": erases_member,
    "app.accounts.services.own_data.note_export": of_person("export-own-data", "note_export"),
    "app.accounts.services.people.note_sign_out": of_person("sign-out", "note_sign_out"),
    "app.accounts.services.people.set_password": of_person("set-password", "set_password"),
    "app.accounts.services.people.rename": of_person("rename", "rename"),
    "app.accounts.services.people.set_preferences": of_person("set-preferences", "set_preferences"),
    "app.accounts.services.people.end_own_session": of_person("end-session", "end_own_session"),
    "app.accounts.services.people.end_other_sessions": of_person("end-other-sessions", "end_other_sessions", ended=1),
    "app.accounts.services.people.promote": promotes,
    "app.accounts.services.undelivered.settle_letters": of_refused("settle-letters", "settle_letters"),
    "app.accounts.services.undelivered.send_letters_again": of_refused("send-letters-again", "send_letters_again"),
    "app.accounts.services.verification.submit_organisation": of_draft("submit", "submit_organisation"),
    "app.accounts.services.verification.remove_foreign_number": removes_number,
    "app.accounts.services.verification.verify_organisation": decides("verify", "waiting", "verify_organisation"),
    "app.accounts.services.verification.return_organisation": decides("return", "waiting", "return_organisation", "Papier"),
    "app.accounts.services.verification.suspend_organisation": decides("suspend", "ours", "suspend_organisation", "Plainte"),
    "app.accounts.services.verification.reinstate_organisation": decides("reinstate", "suspended", "reinstate_organisation"),
}
