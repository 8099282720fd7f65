"""Limits at their edge: what is done with a size, the last size that is taken, and the word of the refusal beyond it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import insert, update

from academy.models import Course, Question
from academy.services import certificates, contents, courses, questions
from academy.services.contents import LessonFacts, LessonWordsGiven
from academy.services.courses import CourseFacts, CourseWords
from academy.services.questions import OptionGiven
from app.accounts.models import Invitation, Person
from app.accounts.queries.typed import ContactValue
from app.accounts.services import members, organisations, papers, people, verification
from app.engines.db import db
from app.engines.files.pictures import Picture
from app.kernel.clock import now
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services import lots, products, stock, variants, zones
from orders.models import Basket, BasketLine, Order
from orders.services import basket, fulfilment
from projectbank.models import GroupInvitation, GroupMember
from projectbank.rules import EquipmentFacts, EvidenceFacts, RiskFacts
from projectbank.services import deciding, groups, writing
from tests.builders.academy import OIL
from tests.builders.projectbank import some_facts, some_words
from tests.kinds.deeds_of_people import FACTS, WORDS
from tests.kinds.deeds_of_shops import version_of
from tests.kinds.world import World


@dataclass(frozen=True)
class Edge:
    """`does` it with a size; `last` is the last size that is taken, `step` leads beyond it."""

    does: Callable[[World, int], object]
    last: int
    refused: str
    step: int = 1


def letters(size: int) -> str:
    return "n" * size


# people and organisations


def of_organisation(**facts: Callable[[int], Any]) -> Callable[[World, int], object]:
    def does(world: World, size: int) -> None:
        told = replace(FACTS, **{name: tell(size) for name, tell in facts.items()})
        organisations.edit_facts(world.actor("chair"), world["draft"], told, now())

    return does


def of_words(**words: Callable[[int], str]) -> Callable[[World, int], object]:
    def does(world: World, size: int) -> None:
        told = replace(WORDS, **{name: tell(size) for name, tell in words.items()})
        organisations.edit_words(world.actor("chair"), world["draft"], "fr", told)

    return does


def mail_of(size: int) -> str:
    """An address of so many letters: 64 before the sign, then labels of at most 50."""
    domain = "e" * 47 + "."
    rest = size - 65 - 3 * len(domain)
    return f"{letters(64)}@{domain * 3}{'f' * (rest - 4)}.org"


def invites(world: World, size: int) -> None:
    """So many open invitations in all."""
    chair, ours = world.actor("chair"), world["ours"]
    row = {"organisation_id": ours, "kind": "mail", "role": "packer", "invited_by": world["chair"], "used_at": None}
    row["expires_at"] = now().replace(year=2100)
    open_ones = [{**row, "contact": f"{n}@example.org", "token_hash": f"hash {n}"} for n in range(size - 1)]
    db.session.execute(insert(Invitation), open_ones)
    members.invite(chair, ours, ContactValue("mail", "last@example.org"), "packer", "last", "http://x", now())


# goods and orders


def words_of_product(part: str) -> Callable[[World, int], object]:
    def does(world: World, size: int) -> None:
        text = replace(TextFacts("Huile"), **{part: letters(size)})
        products.write_texts(world.actor("seller"), world["product"], product_version(world), {"fr": text})

    return does


def product_version(world: World) -> int:
    return version_of(products.Product, world["product"])


def of_variant(**facts: Callable[[int], Any]) -> Callable[[World, int], object]:
    def does(world: World, size: int) -> None:
        told = replace(VariantFacts(900), **{name: tell(size) for name, tell in facts.items()})
        make(world, [told])

    return does


def make(world: World, goods: list[VariantFacts], facts: ProductFacts | None = None) -> None:
    seller = world.actor("seller")
    products.create_product(seller, world["ours"], {"fr": TextFacts("Cumin")}, goods, facts or ProductFacts())


def pictures(world: World, size: int) -> None:
    """Two are there already."""
    more = [Picture(f"pictures/more{n}", 9, 9) for n in range(size - 2)]
    products.add_pictures(world.actor("seller"), world["product"], more)


def of_zone(**facts: Callable[[int], Any]) -> Callable[[World, int], object]:
    def does(world: World, size: int) -> None:
        zone = zones.ZoneFacts("pickup", (), 0, 0, 60, place="Souk")
        told = replace(zone, **{name: tell(size) for name, tell in facts.items()})
        zones.write_zones(world.actor("seller"), world["ours"], [told])

    return does


def many_zones(world: World, size: int) -> None:
    table = [zones.ZoneFacts("pickup", (), 0, 0, 1, place="Souk")] * size
    zones.write_zones(world.actor("seller"), world["ours"], table)


def fills_basket(world: World, size: int) -> None:
    """So many lines; the last one is put in by the service."""
    founder, goods = world.actor("founder"), [VariantFacts(900) for _ in range(30)]
    ids: list[int] = []
    for slug in ("a", "b"):
        seller = world.actor("seller")
        made = products.create_product(seller, world["ours"], {"fr": TextFacts(f"Cumin {slug}")}, goods, ProductFacts())
        products.publish(seller, made)
        db.session.flush()
        ids += list(db.session.scalars(variants.select(variants.Variant.id).where(variants.Variant.product_id == made)))
    row = Basket(person_id=founder.person_id, changed_at=now())
    db.session.add(row)
    db.session.flush()
    db.session.add_all(BasketLine(basket_id=row.id, variant_id=id_, count=1, price_seen=900) for id_ in ids[: size - 1])
    db.session.flush()
    basket.add(founder, ids[size - 1], 1)


def adds_up(world: World, size: int) -> None:
    """Put in twice: the sum is what counts."""
    basket.add(world.actor("founder"), world["variant"], size - 1)
    db.session.flush()
    basket.add(world.actor("founder"), world["variant"], 1)


def refuses(world: World, size: int) -> None:
    order = db.session.get_one(Order, world["cash_order"])
    fulfilment.move(world.actor("seller"), order.id, "refuse", order.version, letters(size))


def ships(field: str) -> Callable[[World, int], object]:
    def does(world: World, size: int) -> None:
        for action, said in (("accept", {}), ("pack", {}), ("ship", {field: letters(size)})):
            order = db.session.get_one(Order, world["cash_order"], populate_existing=True)
            fulfilment.move(world.actor("seller"), order.id, action, order.version, **said)
            db.session.flush()

    return does


# ideas and groups


def of_idea(**facts: Callable[[int], Any]) -> Callable[[World, int], object]:
    def does(world: World, size: int) -> None:
        told = replace(some_facts(), **{name: tell(size) for name, tell in facts.items()})
        writing.edit_sheet(world.actor("founder"), world["idea"], 1, told, some_words("Moulin"))

    return does


def words_of_idea(part: str) -> Callable[[World, int], object]:
    def does(world: World, size: int) -> None:
        text = replace(some_words("Moulin"), **{part: letters(size)})
        writing.edit_sheet(world.actor("founder"), world["idea"], 1, some_facts(), text)

    return does


def members_of_group(world: World, size: int) -> None:
    """Two are in and one is invited; one more is invited by the service."""
    row = {"group_id": world["group"], "role": "member", "state": "active", "since": now()}
    person = {"name": "N", "language": "fr", "password_hash": None, "is_operator": False, "is_instructor": False}
    person |= {"is_demo": False, "preferences": {}, "created_at": now()}
    if size > 4:
        made = db.session.scalars(insert(Person).returning(Person.id), [person] * (size - 4)).all()
        db.session.execute(insert(GroupMember), [{**row, "person_id": one} for one in made])
    invites_to_group(world)


def invitations_of_group(world: World, size: int) -> None:
    row = {"group_id": world["group"], "kind": "mail", "invited_by": world["founder"], "invited_at": now()}
    row |= {"expires_at": now().replace(year=2100), "used_at": None, "used_by": None}
    open_ones = [{**row, "contact": f"{n}@example.org", "token_hash": f"hash {n}"} for n in range(size - 2)]
    db.session.execute(insert(GroupInvitation), open_ones)
    invites_to_group(world)


def invites_to_group(world: World) -> None:
    contact = ContactValue("mail", "last@example.org")
    groups.invite(world.actor("founder"), world["group"], contact, "last", lambda _language: "http://x")


# courses


def of_course(**words: Callable[[int], Any]) -> Callable[[World, int], object]:
    def does(world: World, size: int) -> None:
        told = replace(CourseWords("Prix"), **{name: tell(size) for name, tell in words.items()})
        courses.change_course(world.actor("instructor"), world["writing"], CourseFacts("beginner"), {"fr": told})

    return does


def of_lesson(part: str) -> Callable[[World, int], object]:
    def does(world: World, size: int) -> None:
        facts, words = LessonFacts("quiz", 3, pass_percent=70), LessonWordsGiven("Quiz")
        if part in ("minutes", "pass_percent"):
            facts = replace(facts, **{part: size})
        else:
            words = replace(words, **{part: letters(size)})
        contents.change_lesson(world.actor("instructor"), world["writing"], world["quiz"], facts, {"fr": words})

    return does


def of_question(part: str) -> Callable[[World, int], object]:
    def does(world: World, size: int) -> None:
        told = {
            "prompts": lambda: {"prompts": {"fr": letters(size)}},
            "explanations": lambda: {"explanations": {"fr": letters(size)}},
            "options": lambda: {"options": [OptionGiven("a", {"fr": letters(size)}, True), OIL.options[1]]},
        }[part]()
        questions.change_question(world.actor("instructor"), world["quiz"], world["question"], replace(OIL, **told))

    return does


def many_lessons(world: World, size: int) -> None:
    db.session.execute(update(Course).where(Course.id == world["writing"]).values(lessons=size - 1))
    contents.add_lesson(
        world.actor("instructor"), world["writing"], world["part"], LessonFacts("text", 3), {"fr": LessonWordsGiven("Une")}
    )


def many_questions(world: World, size: int) -> None:
    row = {"lesson_id": world["quiz"], "kind": "choice", "removed": False, "value": None, "tolerance": None}
    more = [{**row, "key": f"more{n}", "position": 10 + n} for n in range(size - 5)]
    db.session.execute(insert(Question), more)
    questions.add_question(world.actor("instructor"), world["quiz"], OIL)


def reason_of(
    who: str, service: Any, *before: str, moment: bool = False, version: bool = False
) -> Callable[[World, int], object]:
    def does(world: World, size: int) -> None:
        given = [world[name] for name in before] + ([1] if version else [])
        service(world.actor(who), *given, letters(size), *([now()] if moment else []))

    return does


def gives_papers(world: World, size: int) -> None:
    """So many papers of the file, each another one."""
    chair, ours = world.actor("chair"), world["ours"]
    for number in range(size):
        stored = ("papers/ab/none.webp", f"{number}".encode())
        papers.add_file_paper(chair, ours, "other-paper", "", None, stored, now())


def numbers_paper(world: World, size: int) -> None:
    stored = ("papers/ab/none.webp", b"paper")
    papers.add_file_paper(world.actor("chair"), world["ours"], "statutes", letters(size), None, stored, now())


ACCOUNTS = {
    "papers of an organisation": Edge(gives_papers, 200, "too-many-papers"),
    "a number on a paper": Edge(numbers_paper, 60, "text-too-long"),
    "a person's name": Edge(lambda w, n: people.rename(w.actor("buyer"), letters(n)), 80, "name-needed"),
    "a person's name at the least": Edge(lambda w, n: people.rename(w.actor("buyer"), letters(n)), 2, "name-needed", -1),
    "an organisation's name": Edge(of_words(name=letters), 120, "organisation-name-needed"),
    "an organisation's name at the least": Edge(of_words(name=letters), 2, "organisation-name-needed", -1),
    "an organisation's sentence": Edge(of_words(pitch=letters), 300, "text-too-long"),
    "an organisation's story": Edge(of_words(story=letters), 5000, "text-too-long"),
    "a commune": Edge(of_organisation(commune=letters), 200, "text-too-long"),
    "a street": Edge(of_organisation(address=letters), 200, "text-too-long"),
    "a postcode": Edge(of_organisation(postcode=letters), 12, "text-too-long"),
    "a registration number": Edge(
        of_organisation(identifiers=lambda n: {"local_register": "7" * n}), 40, "identifier-not-valid"
    ),
    "members": Edge(of_organisation(members=int), 1_000_000, "number-out-of-range"),
    "members at the least": Edge(of_organisation(members=int), 0, "number-out-of-range", -1),
    "women among members": Edge(of_organisation(members=lambda _n: 7, women=int), 7, "more-women-than-members"),
    "the year of founding": Edge(of_organisation(founded=int), 1900, "year-out-of-range", -1),
    "this year": Edge(of_organisation(founded=lambda n: now().year + n), 0, "year-out-of-range"),
    "a mail address": Edge(of_organisation(mail=mail_of), 254, "mail-not-understood"),
    "open invitations": Edge(invites, 30, "too-many-invitations"),
    "a decision's reason": Edge(
        reason_of("office", verification.return_organisation, "waiting", moment=True), 2000, "text-too-long"
    ),
    "a decision's reason at the least": Edge(
        reason_of("office", verification.suspend_organisation, "ours", moment=True), 1, "reason-needed", -1
    ),
}
CATALOG = {
    **{
        f"a product's {part}": Edge(words_of_product(part), most, "catalog-text-too-long")
        for part, most in (("title", 255), ("description", 5000), ("ingredients", 5000), ("storage", 5000))
    },
    "a size's name": Edge(of_variant(names=lambda n: {"fr": letters(n)}), 771, "catalog-text-too-long"),
    "an article number": Edge(of_variant(sku=letters), 64, "catalog-text-too-long"),
    "a label": Edge(
        lambda w, n: make(w, [VariantFacts(900)], ProductFacts(labels=(letters(n),))), 80, "catalog-text-too-long"
    ),
    "a price": Edge(of_variant(price=int), 10_000_000_000, "catalog-price-out-of-range"),
    "a price at the least": Edge(of_variant(price=int), 1, "catalog-price-out-of-range", -1),
    "a quantity": Edge(of_variant(quantity=int), 1_000_000, "catalog-out-of-range"),
    "a quantity at the least": Edge(of_variant(quantity=int), 1, "catalog-out-of-range", -1),
    "a weight": Edge(of_variant(weight_grams=int), 1_000_000, "catalog-out-of-range"),
    "a stock": Edge(of_variant(stock=int), 10_000_000, "catalog-out-of-range"),
    "a stock at the least": Edge(of_variant(stock=int), 0, "catalog-out-of-range", -1),
    "a counted stock": Edge(
        lambda w, n: variants.count_stock(w.actor("packer"), w["ours"], {w["variant"]: n}),
        10_000_000,
        "catalog-out-of-range",
    ),
    "a change of stock": Edge(
        lambda w, n: stock.move_stock(w.actor("packer"), w["ours"], w["variant"], "made", n), 1, "catalog-out-of-range", -1
    ),
    "pieces of a lot": Edge(
        lambda w, n: lots.receive_lot(w.actor("packer"), w["ours"], w["variant"], "L", date(2099, 1, 1), n, "key"),
        1,
        "catalog-out-of-range",
        -1,
    ),
    "the code of a lot": Edge(
        lambda w, n: lots.receive_lot(w.actor("packer"), w["ours"], w["variant"], "L" * n, date(2099, 1, 1), 1, "key"),
        40,
        "catalog-lot-code",
    ),
    "days that a lot must keep": Edge(
        lambda w, n: lots.set_shelf_days(w.actor("seller"), w["ours"], w["product"], n), 3650, "catalog-out-of-range"
    ),
    "sizes": Edge(lambda w, n: make(w, [VariantFacts(900)] * n), 2_000, "catalog-too-many-variants"),
    "sizes at the least": Edge(lambda w, n: make(w, [VariantFacts(900)] * n), 1, "catalog-variant-missing", -1),
    "pictures": Edge(pictures, 5, "catalog-too-many-pictures"),
    "rows of delivery": Edge(many_zones, 20, "catalog-too-many-zones"),
    "days of delivery": Edge(of_zone(days_max=int), 60, "catalog-out-of-range"),
    "the shortest delivery": Edge(of_zone(days_min=int), 60, "catalog-out-of-range"),
    "a fee": Edge(of_zone(fee=int), 10_000_000_000, "catalog-out-of-range"),
    "free delivery": Edge(of_zone(free_from=int), 1, "catalog-out-of-range", -1),
    "a place to collect": Edge(of_zone(place=letters), 120, "catalog-text-too-long"),
}
ORDERS = {
    "lines in a basket": Edge(fills_basket, 50, "basket-full"),
    "a count": Edge(lambda w, n: basket.add(w.actor("founder"), w["variant"], n), 999, "count-out-of-range"),
    "a count at the least": Edge(lambda w, n: basket.add(w.actor("founder"), w["variant"], n), 1, "count-out-of-range", -1),
    "a count that adds up": Edge(adds_up, 999, "count-out-of-range"),
    "a reason to refuse": Edge(refuses, 500, "text-too-long"),
    "a reason to refuse at the least": Edge(refuses, 1, "reason-needed", -1),
    "a carrier": Edge(ships("carrier"), 80, "text-too-long"),
    "a tracking number": Edge(ships("tracking"), 80, "text-too-long"),
}
LINE = EquipmentFacts({"fr": "Pot"}, 1, 1)
RISK = RiskFacts({"fr": "Gel"}, {"fr": "Serre"}, 1, 1)
FIGURE = EvidenceFacts({"fr": "7"}, 2020, "HCP")
MONEY = 10**13


def one(thing: Any, name: str, tell: Callable[[int], Any]) -> Callable[[int], Any]:
    return lambda size: (replace(thing, **{name: tell(size)}),)


def in_french(size: int) -> dict[str, str]:
    return {"fr": letters(size)}


IDEAS = {
    **{
        f"an idea's {part}": Edge(words_of_idea(part), most, "text-too-long")
        for part, most in (
            ("title", 80),
            ("pitch", 160),
            ("summary", 1200),
            ("need", 2000),
            ("market", 2000),
            ("permits", 2000),
        )
    },
    "goals": Edge(of_idea(sdgs=lambda n: tuple(range(1, n + 1))), 3, "too-many-goals"),
    "the last goal": Edge(of_idea(sdgs=lambda n: (n,)), 17, "too-many-goals"),
    "the first goal": Edge(of_idea(sdgs=lambda n: (n,)), 1, "too-many-goals", -1),
    "a sum": Edge(of_idea(investment=int), MONEY, "amount-out-of-range"),
    "a sum at the least": Edge(of_idea(investment=int), 1, "amount-out-of-range", -1),
    "the own part": Edge(of_idea(own_part=int), 25_000_000, "own-part-too-large"),
    "members of an idea": Edge(of_idea(members_min=int), 10_000, "sheet-number-out-of-range"),
    "members of an idea at the least": Edge(of_idea(members_min=int), 2, "members-too-few", -1),
    "members hoped for": Edge(of_idea(members_target=int), 5, "target-below-minimum", -1),
    "jobs": Edge(of_idea(jobs=int), 10_000, "sheet-number-out-of-range"),
    "jobs at the least": Edge(of_idea(jobs=int), 0, "sheet-number-out-of-range", -1),
    "group name": Edge(lambda w, n: groups.start_group(w.actor("buyer"), w["sheet"], letters(n)), 80, "group-name-needed"),
    "people in a group": Edge(members_of_group, 60, "group-full"),
    "open invitations of a group": Edge(invitations_of_group, 30, "group-full"),
    "an office's reason": Edge(reason_of("office", deciding.return_sheet, "sent", version=True), 2000, "text-too-long"),
    "lines of equipment": Edge(of_idea(equipment=lambda n: (LINE,) * n), 50, "too-many-lines"),
    "lines of risks": Edge(of_idea(risks=lambda n: (RISK,) * n), 50, "too-many-lines"),
    "lines of figures": Edge(of_idea(evidence=lambda n: (FIGURE,) * n), 50, "too-many-lines"),
    "lines of training": Edge(of_idea(training=lambda n: tuple(f"c{i}" for i in range(n))), 50, "too-many-lines"),
    "years of equipment": Edge(of_idea(equipment=one(LINE, "life_years", int)), 100, "sheet-number-out-of-range"),
    "pieces of equipment": Edge(of_idea(equipment=one(LINE, "quantity", int)), 10_000, "amount-out-of-range"),
    "the price of equipment": Edge(
        of_idea(equipment=one(LINE, "unit_price", int)), 25_000_000, "equipment-above-investment"
    ),
    "the name of equipment": Edge(of_idea(equipment=one(LINE, "names", in_french)), 200, "text-too-long"),
    "a risk's words": Edge(of_idea(risks=one(RISK, "texts", in_french)), 2000, "text-too-long"),
    "a risk's answer": Edge(of_idea(risks=one(RISK, "answers", in_french)), 2000, "text-too-long"),
    "a risk's likelihood": Edge(of_idea(risks=one(RISK, "likelihood", int)), 5, "risk-out-of-scale"),
    "a risk's impact": Edge(of_idea(risks=one(RISK, "impact", int)), 5, "risk-out-of-scale"),
    "a figure's words": Edge(of_idea(evidence=one(FIGURE, "figures", in_french)), 2000, "text-too-long"),
    "a figure's last year": Edge(of_idea(evidence=one(FIGURE, "year", int)), 2200, "sheet-number-out-of-range"),
    "a figure's first year": Edge(of_idea(evidence=one(FIGURE, "year", int)), 1900, "sheet-number-out-of-range", -1),
}
ACADEMY = {
    "a course's title": Edge(of_course(title=letters), 140, "text-too-long"),
    "a course's summary": Edge(of_course(summary=letters), 600, "text-too-long"),
    "a part's title": Edge(
        lambda w, n: contents.add_part(w.actor("instructor"), w["writing"], in_french(n)), 140, "text-too-long"
    ),
    "a lesson's title": Edge(of_lesson("title"), 140, "text-too-long"),
    "a lesson's body": Edge(of_lesson("body"), 40_000, "text-too-long"),
    "a lesson's transcript": Edge(of_lesson("transcript"), 40_000, "text-too-long"),
    "a picture in words": Edge(of_lesson("alt"), 600, "text-too-long"),
    "a lesson's minutes": Edge(of_lesson("minutes"), 600, "minutes-out-of-range"),
    "a lesson's minutes at the least": Edge(of_lesson("minutes"), 1, "minutes-out-of-range", -1),
    "the percent to pass": Edge(of_lesson("pass_percent"), 100, "percent-out-of-range"),
    "the percent to pass at the least": Edge(of_lesson("pass_percent"), 1, "percent-out-of-range", -1),
    "a question": Edge(of_question("prompts"), 600, "text-too-long"),
    "an answer to choose": Edge(of_question("options"), 300, "text-too-long"),
    "an explanation": Edge(of_question("explanations"), 1500, "text-too-long"),
    "lessons of a course": Edge(many_lessons, 200, "too-many-lessons"),
    "questions of a quiz": Edge(many_questions, 50, "too-many-questions"),
    "a reason to return": Edge(reason_of("office", courses.return_course, "handed_in"), 2000, "text-too-long"),
    "a reason to revoke": Edge(reason_of("office", certificates.revoke_certificate, "certificate"), 2000, "text-too-long"),
}
EDGES: dict[str, Edge] = ACCOUNTS | CATALOG | ORDERS | IDEAS | ACADEMY
