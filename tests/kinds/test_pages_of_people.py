"""Pages of accounts, baskets, the checkout, lessons of every kind, and what is said when something is not taken."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from academy.models import Lesson, LessonFile
from academy.services.contents import LessonFacts, LessonWordsGiven, add_lesson, add_part
from academy.services.courses import CourseFacts, CourseWords, create_course, publish_course, submit_course
from academy.services.learning import enrol
from academy.services.quizzes import begin_attempt, hand_in
from app.accounts.models import Contact, OrganisationText
from app.accounts.queries.typed import ContactValue
from app.accounts.services.members import invite
from app.engines import sessions
from app.engines.db import db
from app.engines.housekeeping import rebuild_search
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from catalog.models import DeliveryZone, Product, ProductPicture, ProductText
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services.products import create_product, publish, withdraw
from tests.builders.academy import a_course, the_lesson
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator, joins
from tests.builders.catalog import a_product, variant_of, variants_of
from tests.builders.long_work import a_long_work
from tests.builders.orders import CASABLANCA, CONTACT, a_purchase, costs, orders_of, pay_key, puts
from tests.kinds.pressing import Stage
from tests.kinds.rare import RareShops, a_size_of, rare_pages
from tests.kinds.written import Page, check_written, standing_still
from tests.schema import empty_tables

pytestmark = pytest.mark.sqlite_only
LESSONS = ("text", "picture", "audio", "video", "download")
MEDIA = {"picture": "image/webp", "audio": "audio/mpeg", "video": "video/mp4", "download": "application/pdf"}


class Village:
    """A cooperative that has said everything of itself, goods of every sort, a basket with every trouble."""

    def __init__(self, house: Flask) -> None:
        names = ("chair", "buyer", "learner", "newcomer")
        self.people = {name: a_person(name.title(), f"{name}@example.org", instructor=name == "chair") for name in names}
        self.people["office"] = an_operator("Samira")
        self.shop = a_cooperative(
            "Tifawin",
            chair=self.people["chair"],
            phone="+212528000117",
            mail="tifawin@example.org",
            commune="Aït Baha",
            address="3, place du Souk",
            founded=2009,
            members=24,
            women=23,
            labels=["Bio"],
        )
        joins(self.people["chair"], self.shop, "seller")
        self._person()
        self._goods()
        self._basket()
        self._courses()
        self._long_work()
        self.shop_id = self.shop.id
        self.rare = RareShops(house, self.shop.id, self.people["chair"])
        rebuild_search()  # what is suggested is counted by the index: nothing of another test may stand in it
        self.stage = Stage(house, self.people | self.rare.people)
        self.stage.browsers |= self.rare.browsers

    def _person(self) -> None:
        buyer, newcomer = self.people["buyer"].id, ContactValue("mail", "newcomer@example.org")
        with transaction() as session:
            more = Contact(person_id=buyer, kind="phone", value="+212612345678", verified_at=now())
            session.add(more)
            for agent in ("Mozilla/5.0 (X11; Linux) Firefox/130.0", "Mozilla/5.0 (iPhone) Safari/605.1"):
                sessions.start_session(sessions.new_token(), {}, buyer, agent, now())
            invite(actor_of(self.people["chair"]), self.shop.id, newcomer, "packer", "the-secret", "http://x", now())
            session.flush()
            self.contact = more.id
            words = {"pitch": "Huile et savons", "story": "Née en 2009.\n\nVingt-quatre familles.", "source": False}
            session.add(OrganisationText(organisation_id=self.shop.id, language="ar", name="تيفاوين", **words, stale=True))
            row = session.get_one(OrganisationText, (self.shop.id, "fr"))
            row.pitch, row.story = "De l’huile pressée à la main", "Née en 2009."

    def _goods(self) -> None:
        sizes = [
            VariantFacts(9_000, "ml", 100, {"fr": "Petit flacon"}, stock=0, sku="H-100", weight_grams=180),
            VariantFacts(16_000, "ml", 250, stock=3, sku="H-250"),
            VariantFacts(45_000, "ml", 1000, {"fr": "Bidon", "ar": "قنينة"}, stock=40, barcode="6111234567895"),
        ]
        said = TextFacts("Huile d’argane", "Pressée à froid.\n\nDouce.", "Argane", "À l’abri de la lumière")
        with transaction() as session:
            facts = ProductFacts("argan-oil", labels=("Bio",), origin="MA-09")
            self.oil = create_product(SYSTEM, self.shop.id, {"fr": said, "en": TextFacts("Argan oil")}, sizes, facts)
            publish(SYSTEM, self.oil)
            session.get_one(ProductText, (self.oil, "en")).stale = True
            stems = enumerate(("pictures/ab/one", "pictures/ab/two"), 1)
            session.add_all(
                ProductPicture(product_id=self.oil, position=n, stem=stem, width=800, height=600) for n, stem in stems
            )
            session.get_one(Product, self.oil).picture_stem = "pictures/ab/one"
        self.goods = {name: a_product(self.shop.id, name, 3_000, stock=9) for name in ("Savon", "Cumin", "Anis", "Safran")}
        with transaction() as session:
            home = {"organisation_id": self.shop.id, "currency": "MAD", "days_min": 1, "days_max": 2}
            here = DeliveryZone(**home, position=1, kind="delivery", regions=[CASABLANCA], fee=2_500, free_from=50_000)
            session.add_all([here, DeliveryZone(**home, position=2, kind="pickup", regions=[], place="Souk", fee=0)])

    def _basket(self) -> None:
        buyer, chair = actor_of(self.people["buyer"]), actor_of(self.people["chair"])
        small = {name: variant_of(made) for name, made in self.goods.items()}
        paid = a_purchase({variants_of(self.oil)[2]: 1}, "card", buyer)
        self.pay, self.number = pay_key(paid.id), paid.number
        self.order = orders_of(a_purchase({variants_of(self.oil)[2]: 1}, "cash", buyer))[0].number
        puts(actor_of(self.people["learner"]), {small["Savon"]: 2, variants_of(self.oil)[1]: 1})
        puts(buyer, {small["Savon"]: 2, small["Cumin"]: 1, small["Anis"]: 12, variants_of(self.oil)[1]: 3})
        costs(small["Savon"], 3_500)
        with transaction():
            withdraw(chair, self.goods["Cumin"])

    def _long_work(self) -> None:
        price = {"line": 7, "code": "catalog-row-price", "facts": {"value": "abc", "column": "prix"}}
        counts = {"line": 9, "code": "catalog-note-no-count", "facts": {}}
        role = {"line": None, "code": "role-missing", "facts": {"roles": "chair, seller"}}
        whose = (self.shop.id, self.people["chair"].id)
        self.work = {
            "under way": a_long_work(*whose),
            "done": a_long_work(*whose, "done", total=312, problems=[price], drafts=9, notes=[counts]),
            "called off": a_long_work(*whose, "cancelled"),
            "stopped": a_long_work(*whose, "stopped", problems=[role]),
        }

    def _courses(self) -> None:
        teacher, learner = self.people["chair"], actor_of(self.people["learner"])
        words = {"fr": CourseWords("Tenir les comptes", "Ce qui entre, ce qui sort.", ["Lire un compte", "Le tenir"])}
        with transaction():
            course = create_course(SYSTEM, "morocco", CourseFacts("intermediate", "argan"), words, owner_id=teacher.id)
            part = add_part(SYSTEM, course.id, {"fr": "Premiers pas"})
            self.lessons = [
                add_lesson(SYSTEM, course.id, part, LessonFacts(kind, 4, required=kind != "video"), told(kind), f"a-{kind}")
                for kind in LESSONS
            ]
        with transaction() as session:
            for lesson in session.scalars(select(Lesson).where(Lesson.course_id == course.id, Lesson.kind != "text")):
                file = {"file_key": f"lessons/{lesson.kind}", "name": f"{lesson.kind}.bin", "size": 120_000}
                session.add(LessonFile(lesson_id=lesson.id, language="fr", media_type=MEDIA[lesson.kind], **file))
        with transaction():
            submit_course(SYSTEM, course.id)
            publish_course(SYSTEM, course.id)
            enrol(learner, course.id)
        other = a_course("Prix", owner=teacher)
        self.course, self.other = course.slug, other.slug
        with transaction():
            enrol(learner, other.id)
            self.attempt = begin_attempt(learner, the_lesson(other, "quiz-1").id)
        with transaction():
            hand_in(learner, self.attempt)


def told(kind: str) -> dict[str, LessonWordsGiven]:
    return {"fr": LessonWordsGiven(f"Une leçon, {kind}", "## Un titre\n\n- *un*\n- deux", "Ce qui est dit", "Une ruche")}


@pytest.fixture(scope="module")
def village(_house: Flask) -> Iterator[Village]:
    with _house.app_context(), standing_still():
        empty_tables(_house.config["INSTANCE"] / "empty.db")
        yield Village(_house)
        db.session.remove()


LISTS = ("market", "cooperatives", "academy")
ACCOUNT = ("", "contacts/new", "password", "preferences", "sessions", "organisations", "organisations/new")


def pages_to_read(village: Village) -> dict[str, Page]:
    """What one reads of oneself, on the way to an order, and where something typed is not taken."""
    account, course = "/fr/account", f"/fr/academy/courses/{village.course}"
    sell = "/fr/sell/tifawin"
    typed: dict[str, Any] = {**CONTACT, "region": CASABLANCA, "region_shown": CASABLANCA, "step": "recap", "method": "cash"}
    wrong = {"contact": "nobody", "password": "x", "name": ""}
    return {
        "sign in": Page("guest", "/fr/sign-in?next=/fr/orders"),
        "sign in, mistaken": Page("guest", "/fr/sign-in", {"contact": "buyer@example.org", "password": "not this one"}),
        "sign in, empty": Page("guest", "/fr/sign-in", {"contact": "", "password": ""}),
        **{name: Page("guest", f"/fr/{name}") for name in ("sign-up", "forgotten-password", "confirm", "new-password")},
        "sign-up, mistaken": Page("guest", "/fr/sign-up", wrong),
        "forgotten-password, mistaken": Page("guest", "/fr/forgotten-password", wrong),
        "sign in in Arabic": Page("guest", "/ar/sign-in", whole=True),
        **{f"account, {part or 'name'}": Page("buyer", f"{account}/{part}") for part in ACCOUNT},
        "account, name, mistaken": Page("buyer", f"{account}/", {"name": ""}),
        "account of the chair": Page("chair", f"{account}/", whole=True),
        "account, password, mistaken": Page("buyer", f"{account}/password", {"current": "x", "password": "short"}),
        "account, contact, mistaken": Page("buyer", f"{account}/contacts/new", wrong),
        "account, removing a contact": Page("buyer", f"{account}/contacts/{village.contact}/remove"),
        "account, organisation, mistaken": Page("buyer", f"{account}/organisations/new", {"name": ""}),
        "invited": Page("newcomer", "/fr/join/the-secret"),
        "invited, a guest": Page("guest", "/fr/join/the-secret"),
        "invited, no more": Page("guest", "/fr/join/another-secret"),
        "facts, mistaken": Page("chair", f"{sell}/facts", {"phone": "12", "members": "many", "founded": "1800"}),
        "bank, mistaken": Page("chair", f"{sell}/bank", {"account": "12"}),
        "words in Arabic": Page("chair", f"{sell}/words/ar"),
        "members": Page("chair", f"{sell}/members"),
        "invitation, mistaken": Page("chair", f"{sell}/members/invite", wrong),
        "desk, organisation": Page("office", "/fr/desk/organisations/tifawin"),
        "desk, return without a reason": Page("office", "/fr/desk/organisations/tifawin/suspend", {"reason": ""}),
        "desk, letters": Page("guest", "/fr/demo/letters"),
        "the pieces": Page("guest", "/fr/design"),
        "basket with every trouble": Page("buyer", "/fr/basket"),
        "basket, empty": Page("newcomer", "/fr/basket"),
        "basket, ready": Page("learner", "/en/basket"),
        "checkout with trouble": Page("buyer", f"/fr/checkout?region={CASABLANCA}"),
        "checkout": Page("learner", f"/fr/checkout?region={CASABLANCA}"),
        "checkout elsewhere": Page("learner", "/fr/checkout?region=MA-01"),
        "checkout, mistaken": Page("learner", "/fr/checkout", {**typed, "phone": "12", "mail": "x", "terms": ""}),
        "checkout, nothing in it": Page("guest", "/fr/checkout"),
        "recap": Page("learner", "/fr/checkout", {**typed, f"delivery_{village.shop_id}": "delivery-1"}),
        "recap, the total has changed": Page(
            "learner",
            "/fr/checkout",
            {**typed, f"delivery_{village.shop_id}": "delivery-1", "step": "place", "key": "k" * 32, "total_seen": "1"},
        ),
        "order of what has another name by now": Page("chair", f"/en/sell/tifawin/orders/{village.order}"),
        "to pay": Page("buyer", f"/fr/pay/{village.pay}"),
        "bought, to pay": Page("buyer", f"/fr/orders/{village.number}"),
        **{f"oil in {code}": Page("guest", f"/{code}/market/products/huile-d-argane") for code in ("fr", "en", "ar")},
        "oil, a size": Page("guest", "/fr/market/products/huile-d-argane?variant=3"),
        "soap": Page("guest", "/fr/market/products/savon"),
        "cumin": Page("guest", "/fr/market/products/cumin"),
        "cooperative": Page("guest", "/fr/cooperatives/tifawin"),
        "cooperative in Arabic": Page("guest", "/ar/cooperatives/tifawin"),
        "market by price": Page("guest", "/fr/market?sort=cheap&in_stock=1"),
        "market, narrowed": Page(
            "guest", "/fr/market?price_min=30&price_max=95,50&cooperative=tifawin&region=MA-09&sort=dear"
        ),
        **{f"{name}, nothing of the kind": Page("guest", f"/fr/{name}?q=zanzibar") for name in LISTS},
        **{f"{name}, no such page": Page("guest", f"/fr/{name}?in_stock=1&page=9") for name in LISTS},
        **{f"{name}, nothing yet": Page("newcomer", f"/fr/{name}") for name in ("orders", "academy/mine", "academy/teach")},
        **{f"{name}, nothing of the kind": Page("chair", f"{sell}/{name}?q=zanzibar") for name in ("orders", "products")},
        "desk, no such order": Page("office", "/fr/desk/orders?q=T2026ZZZZZZ"),
        "cooperatives": Page("guest", "/ar/cooperatives"),
        "oil, editing": Page("chair", f"{sell}/products/{village.oil}"),
        "oil, words": Page("chair", f"{sell}/products/{village.oil}/words?to=en"),
        "oil, pictures": Page("chair", f"{sell}/products/{village.oil}/pictures"),
        "stock": Page("chair", f"{sell}/stock"),
        "delivery": Page("chair", f"{sell}/delivery"),
        "delivery, mistaken": Page("chair", f"{sell}/delivery", {"z1-kind": "delivery", "z1-fee": "x"}),
        **{f"long work, {name}": Page("chair", f"{account}/work/{work}") for name, work in village.work.items()},
        "long work in Arabic": Page("chair", f"/ar/account/work/{village.work['under way']}"),
        "long work of others": Page("buyer", f"{account}/work/{village.work['done']}"),
        "office with work under way": Page("chair", f"{sell}/"),
        "import, no file": Page("chair", f"{sell}/products/import", {}),
        "course": Page("learner", course),
        **{f"lesson, {kind}": Page("learner", f"{course}/a-{kind}") for kind in LESSONS},
        "lesson, video, in Arabic": Page("learner", course.replace("/fr/", "/ar/") + "/a-video"),
        **{f"writing, {kind}": Page("chair", f"/fr/academy/teach/{village.course}/lessons/a-{kind}") for kind in LESSONS},
        "result, nothing answered": Page("learner", f"/fr/academy/attempts/{village.attempt}/result"),
        "quiz again": Page("learner", f"/fr/academy/courses/{village.other}/quiz-1"),
        "my courses": Page("learner", "/fr/academy/mine"),
        "academy": Page("guest", "/fr/academy?sector=argan"),
        "no such page": Page("guest", "/fr/nowhere", whole=True),
        "not for me": Page("buyer", f"{sell}/"),
        "not for a guest": Page("guest", "/fr/orders"),
        "no such legal page": Page("guest", "/fr/legal/nothing"),
        "terms": Page("guest", "/fr/legal/contact"),
        **rare_pages(village.rare, village.goods, a_size_of(village.goods["Savon"])),
    }


def test_pages_of_people_are_as_they_were_written(village: Village, write_pages: bool) -> None:
    check_written("people", village.stage.browsers, pages_to_read(village), write_pages, village.stage.ids)
