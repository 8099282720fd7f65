"""What services refuse, each in its word: done twice, too late, by the wrong one, with something missing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import select, update

from academy.models import CourseModule, Lesson, QuizAttempt
from academy.services import certificates, contents, courses, learning, questions, quizzes
from academy.services.contents import LessonFacts, LessonWordsGiven, StoredFile
from academy.services.courses import CourseFacts, CourseWords
from app.accounts.models import ActWaiting, LongWorkUnderWay, Membership, Person
from app.accounts.queries.typed import ContactValue
from app.accounts.services import bank, blocking, factors, long_work, members, passkeys, people, second_person
from app.engines.db import db
from app.engines.long_work import Portion, packed
from app.kernel.clock import now
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services import products
from orders.models import Order
from orders.services import basket, checkout, confirming, fulfilment
from projectbank.rules import SheetFacts
from projectbank.rules import TextFacts as Words
from projectbank.services import bulk, deciding, groups, importing, saving, writing
from tests.builders.academy import OIL
from tests.builders.orders import TERMS, a_wish
from tests.builders.projectbank import some_facts, some_words
from tests.kinds.deeds import latest
from tests.kinds.deeds_of_learning import RIGHT
from tests.kinds.deeds_of_safety import KEY, NEW, OLD, SECRET, code
from tests.kinds.deeds_of_shops import FEE, PRICE, version_of, waits
from tests.kinds.world import World, later

Does = Callable[[World], Any]
MEMBER = ContactValue("mail", "member@example.org")
NORA = ContactValue("mail", "nora@example.org")
WORDS = {"fr": CourseWords("Tenir la caisse")}
LESSON = {"fr": LessonWordsGiven("Une leçon")}


def twice(does: Does) -> Does:
    def again(world: World) -> None:
        does(world)
        db.session.flush()
        does(world)

    return again


def by(who: str, service: Callable[..., Any], *given: Any) -> Does:
    """The service by this person; what is given may be told by the world."""
    return lambda w: service(w.actor(who), *(one(w) if callable(one) else one for one in given))


def of(name: str) -> Callable[[World], Any]:
    return lambda world: world[name]


def then(first: Does, second: Does) -> Does:
    def both(world: World) -> None:
        first(world)
        db.session.flush()
        second(world)

    return both


# accounts


def asks_account(world: World) -> None:
    """The chair asks for another account; a treasurer may agree."""
    bank.set_bank(world.actor("chair"), world["ours"], OLD)
    db.session.execute(update(Membership).where(Membership.role == "seller").values(role="treasurer"))
    bank.set_bank(world.actor("chair"), world["ours"], NEW)


def agrees(who: str) -> Does:
    return lambda w: second_person.agree_act(w.actor(who), latest(ActWaiting)(), now())


def begins_work(rows: int) -> Does:
    pieces = [Portion(rows, {"own": False, "known": {}, "rows": []})]
    return by(
        "seller", long_work.begin_long_work, "catalog.import", of("ours"), lambda _w: packed(pieces), lambda _w: later()
    )


def calls_off(world: World) -> None:
    long_work.cancel_long_work(world.actor("seller"), latest(LongWorkUnderWay)(), later())


def eleven_keys(world: World) -> None:
    for number in range(11):
        passkeys.add_passkey(world.actor("buyer"), "localhost", replace(KEY, credential_id=f"key {number}"), "Clé", now())


def adds_key(world: World) -> None:
    passkeys.add_passkey(world.actor("buyer"), "localhost", KEY, "Clé", now())


def signs_in_late(world: World) -> None:
    db.session.execute(update(Person).where(Person.id == world["buyer"]).values(standing=7))
    people.note_sign_in(world.actor("buyer"), world["buyer"], 0, None)


# goods and orders


def makes(facts: ProductFacts, *sizes: VariantFacts, title: str = "Cumin") -> Does:
    goods = sizes or (VariantFacts(900),)
    return by("seller", products.create_product, of("ours"), {"fr": TextFacts(title)}, list(goods), facts)


def edits_late(world: World) -> None:
    late = version_of(products.Product, world["product"]) + 1
    products.write_texts(world.actor("seller"), world["product"], late, {"fr": TextFacts("Huile")})


def no_words_left(world: World) -> None:
    there = version_of(products.Product, world["product"])
    products.write_texts(world.actor("seller"), world["product"], there, {"fr": TextFacts("")})


def moves(action: str, version: int = 0, who: str = "seller") -> Does:
    def does(world: World) -> None:
        order = db.session.get_one(Order, world["cash_order"], populate_existing=True)
        fulfilment.move(world.actor(who), order.id, action, order.version + version, "Épuisé", "", "")

    return does


def cancels(version: int = 0) -> Does:
    def does(world: World) -> None:
        order = db.session.get_one(Order, world["cash_order"], populate_existing=True)
        fulfilment.cancel_as_buyer(world.actor("buyer"), order.id, order.version + version)

    return does


def buys(count: int = 2, total: int = 2 * PRICE + FEE, **facts: Any) -> Does:
    def does(world: World) -> None:
        buyer = world.actor("buyer")
        if count:
            basket.add(buyer, world["variant"], count)
            db.session.flush()
        checkout.prepare(buyer, replace(a_wish(buyer, total=total), **facts), TERMS)

    return does


def answers_late(world: World) -> None:
    purchase = waits(world)
    purchase.expires_at = now()
    db.session.flush()
    confirming.send_code_again(world.actor("guest"), purchase.id)


# ideas and courses


def address(language: str) -> str:
    return f"http://localhost/{language}"


def judges(service: Callable[..., Any], name: str, version: int, *reason: str) -> Does:
    return by("office", service, of(name), version, *reason, lambda _w: address)


def writes(name: str, version: int) -> Does:
    return by("founder", writing.edit_sheet, of(name), version, some_facts(), some_words("Un moulin"))


def ends_group(world: World) -> None:
    groups.dissolve_group(world.actor("founder"), world["group"])


def another_course(world: World) -> int:
    return db.session.scalars(select(Lesson.id).where(Lesson.course_id == world["learnt"])).first() or 0


def a_full_part(world: World) -> int:
    return db.session.scalars(select(CourseModule.id).where(CourseModule.course_id == world["writing"])).first() or 0


def hands_in(world: World) -> None:
    quizzes.hand_in(world.actor("learner"), world["attempt"])


def answers(world: World) -> None:
    row = db.session.get_one(QuizAttempt, world["attempt"])
    quizzes.save_answer(world.actor("learner"), world["attempt"], row.question_ids[0], RIGHT[0])


def teacher(service: Callable[..., Any], *given: Any) -> Does:
    return by("instructor", service, *given)


ACCOUNTS: dict[str, tuple[Does, str]] = {
    "blocked twice": (twice(by("office", blocking.block_person, of("buyer"), "Volé", lambda _w: now())), "already-blocked"),
    "opened while open": (by("office", blocking.unblock_person, of("buyer"), "Erreur", lambda _w: now()), "not-blocked"),
    "a wrong first code of an app": (
        by("buyer", factors.set_up_app, SECRET, "000000", lambda _w: now()),
        "factor-code-wrong",
    ),
    "the last factor of who needs one": (
        then(
            by("buyer", factors.set_up_app, SECRET, lambda _w: code(), lambda _w: now()),
            by("buyer", factors.remove_app, True, lambda _w: now()),
        ),
        "factor-needed",
    ),
    "no app to remove": (by("buyer", factors.remove_app, False, lambda _w: now()), "not-found"),
    "another file while one is under way": (then(begins_work(1), begins_work(2)), "long-work-under-way"),
    "called off twice": (then(begins_work(1), twice(calls_off)), "long-work-ended"),
    "an invitation to who holds the role": (
        by(
            "chair",
            members.invite,
            of("ours"),
            ContactValue("mail", "seller@example.org"),
            "seller",
            "s",
            "http://x",
            lambda _w: now(),
        ),
        "already-in-role",
    ),
    "an invitation to no role": (
        by("chair", members.invite, of("ours"), NORA, "king", "s", "http://x", lambda _w: now()),
        "choose-one",
    ),
    "the eleventh passkey": (eleven_keys, "too-many-passkeys"),
    "a passkey that is another's": (twice(adds_key), "passkey-taken"),
    "signed in under an old password": (signs_in_late, "sign-in-refused"),
    "one's own act agreed to": (then(asks_account, agrees("chair")), "act-needs-another"),
    "an act agreed to twice": (then(asks_account, twice(agrees("seller"))), "act-ended"),
    "an act of strangers": (then(asks_account, agrees("buyer")), "not-found"),
}

GOODS: dict[str, tuple[Does, str]] = {
    "a region of elsewhere": (makes(ProductFacts(origin="QC-06")), "catalog-unknown-region"),
    "a kind of goods nobody knows": (makes(ProductFacts("gold")), "catalog-unknown-category"),
    "a unit nobody knows": (makes(ProductFacts(), VariantFacts(900, unit="ell")), "catalog-unknown-unit"),
    "a barcode with a wrong last digit": (
        makes(ProductFacts(), VariantFacts(900, barcode="6111234567894")),
        "catalog-barcode-wrong",
    ),
    "two sizes of one number": (
        makes(ProductFacts(), VariantFacts(900, sku="A"), VariantFacts(800, sku="A")),
        "catalog-sku-taken",
    ),
    "a number of other goods": (twice(makes(ProductFacts(), VariantFacts(900, sku="A"))), "catalog-sku-taken"),
    "goods without a size": (
        by("seller", products.create_product, of("ours"), {"fr": TextFacts("Cumin")}, lambda _w: [], ProductFacts()),
        "catalog-variant-missing",
    ),
    "goods without a name": (makes(ProductFacts(), title=""), "catalog-title-missing"),
    "an old version of goods": (edits_late, "catalog-edited-meanwhile"),
    "the last words of goods": (no_words_left, "catalog-title-missing"),
    "a step nobody knows": (moves("sing"), "action-unknown"),
    "a step of an old version": (moves("accept", -1), "order-moved-on"),
    "a step that is not the next": (moves("ship"), "move-not-possible"),
    "a buyer who is late": (
        then(moves("accept"), then(moves("pack"), then(moves("ship"), cancels()))),
        "too-late-to-cancel",
    ),
    "a buyer with an old page": (cancels(-1), "order-moved-on"),
    "nothing in the basket": (buys(0), "basket-empty"),
    "another total": (buys(total=PRICE), "total-changed"),
    "a way of paying nobody knows": (buys(method="gold"), "method-unknown"),
    "a code when the time is over": (answers_late, "confirmation-over"),
}

IDEAS: dict[str, tuple[Does, str]] = {
    "an old version decided": (judges(deciding.publish_sheet, "sent", 9), "edited-meanwhile"),
    "an idea published that is": (judges(deciding.publish_sheet, "sheet", 1), "move-not-possible"),
    "an old version written": (writes("idea", 9), "edited-meanwhile"),
    "a published idea written": (writes("sheet", 1), "move-not-possible"),
    "an idea without the language of its author": (
        by("founder", writing.create_sheet, some_facts(), {"fr": some_words("X")}, "morocco", "ar"),
        "title-needed",
    ),
    "an idea kept that nobody sees": (by("buyer", saving.save_sheet, of("idea")), "not-found"),
    "a member invited": (by("founder", groups.invite, of("group"), MEMBER, "s", lambda _w: address), "already-a-member"),
    "invited twice": (
        twice(by("founder", groups.invite, of("group"), NORA, "s", lambda _w: address)),
        "already-invited",
    ),
    "invited by a member": (by("member", groups.invite, of("group"), NORA, "s", lambda _w: address), "founder-only"),
    "a founder who leaves": (by("founder", groups.leave_group, of("group")), "founder-stays"),
    "a founder taken out": (by("founder", groups.remove_member, of("group"), of("founder")), "founder-stays"),
    "a stranger taken out": (by("founder", groups.remove_member, of("group"), of("buyer")), "not-found"),
    "left when it is dissolved": (then(ends_group, by("member", groups.leave_group, of("group"))), "group-dissolved"),
    "taken out when it is dissolved": (
        then(ends_group, by("founder", groups.remove_member, of("group"), of("member"))),
        "group-dissolved",
    ),
    "invited when it is dissolved": (
        then(ends_group, by("founder", groups.invite, of("group"), NORA, "s", lambda _w: address)),
        "group-dissolved",
    ),
    "joined when it is dissolved": (
        then(ends_group, by("newcomer", groups.accept_invitation, of("secret"), lambda _w: address)),
        "group-dissolved",
    ),
}

COURSES: dict[str, tuple[Does, str]] = {
    "a published course changed": (
        teacher(courses.change_course, of("course"), CourseFacts("beginner"), WORDS),
        "course-not-writable",
    ),
    "a course of another changed": (
        by("buyer", courses.change_course, of("writing"), CourseFacts("beginner"), WORDS),
        "not-found",
    ),
    "a course without a title": (
        teacher(courses.change_course, of("writing"), CourseFacts("beginner"), {"fr": CourseWords("")}),
        "course-needs-title",
    ),
    "a level nobody knows": (teacher(courses.change_course, of("writing"), CourseFacts("royal"), WORDS), "choice-unknown"),
    "a sector nobody knows": (
        teacher(courses.change_course, of("writing"), CourseFacts("beginner", "gold"), WORDS),
        "choice-unknown",
    ),
    "revoked twice": (
        twice(by("office", certificates.revoke_certificate, of("certificate"), "Erreur")),
        "certificate-already-revoked",
    ),
    "a certificate before the end": (by("buyer", certificates.issue_certificate, of("course")), "lessons-missing"),
    "a part with lessons removed": (teacher(contents.remove_part, of("writing"), a_full_part), "part-not-empty"),
    "a part without a title": (teacher(contents.add_part, of("writing"), {"fr": " "}), "title-missing"),
    "a lesson without a title": (
        teacher(contents.add_lesson, of("writing"), of("part"), LessonFacts("text", 3), {"fr": LessonWordsGiven(" ")}),
        "title-missing",
    ),
    "a lesson of a kind nobody knows": (
        teacher(contents.add_lesson, of("writing"), of("part"), LessonFacts("song", 3), LESSON),
        "choice-unknown",
    ),
    "a file for words alone": (
        teacher(contents.set_file, of("writing"), of("lesson"), StoredFile("", "files/x", "audio/ogg", "ogg", 9)),
        "lesson-has-no-file",
    ),
    "a question without words": (
        teacher(questions.add_question, of("quiz"), replace(OIL, prompts={"fr": " "})),
        "prompt-missing",
    ),
    "a question of a kind nobody knows": (
        teacher(questions.add_question, of("quiz"), replace(OIL, kind="song")),
        "choice-unknown",
    ),
    "a lesson asked like a quiz": (by("learner", quizzes.begin_attempt, of("open_lesson")), "not-a-quiz"),
    "a quiz ticked like a lesson": (by("learner", learning.complete_lesson, of("open_quiz")), "quiz-is-not-ticked"),
    "an answer when all is handed in": (then(hands_in, answers), "attempt-handed-in"),
    "an answer of another": (
        by("buyer", quizzes.save_answer, of("attempt"), of("asked"), lambda _w: ["a"]),
        "not-found",
    ),
    "a draft taken": (by("buyer", learning.enrol, of("writing")), "not-found"),
}

# Every way into the bank asks the same rules of an idea.
WAYS_IN: dict[str, Callable[[SheetFacts, Words], Does]] = {
    "created": lambda facts, words: by("founder", writing.create_sheet, facts, {"fr": words}, "morocco", "fr"),
    "proposed": lambda facts, words: by("buyer", writing.propose, facts, words, "fr", "morocco", "a form", False),
    "edited": lambda facts, words: by("founder", writing.edit_sheet, of("idea"), 1, facts, words),
    "imported": lambda facts, words: by(
        "office", importing.import_sheet, of("office"), "four", "first", facts, {"fr": words}, "fr", "morocco"
    ),
    "published in bulk": lambda facts, words: by(
        "office", bulk.add_published, of("founder"), [bulk.Ready("four-1", facts, {"fr": words})], "fr", "morocco"
    ),
}
AN_IDEA = some_words("Un four solaire")
WRONG: dict[str, tuple[SheetFacts, Words, str]] = {
    "four goals": (some_facts(sdgs=(1, 2, 3, 4)), AN_IDEA, "too-many-goals"),
    "a region of elsewhere": (some_facts(region="QC-06"), AN_IDEA, "not-in-the-list"),
    "no title": (some_facts(), replace(AN_IDEA, title=""), "title-needed"),
    "a title of eighty-one": (some_facts(), replace(AN_IDEA, title="n" * 81), "text-too-long"),
}
THE_SAME = {
    f"an idea {way} with {what}": (does(facts, words), word)
    for way, does in WAYS_IN.items()
    for what, (facts, words, word) in WRONG.items()
}

REFUSED = ACCOUNTS | GOODS | IDEAS | COURSES | THE_SAME
