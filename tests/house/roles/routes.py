"""Every route of the house with arguments that name somebody's private thing, and who may use it."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.routing import Rule as UrlRule
from werkzeug.test import TestResponse

from app.web.access import Rule, rule_of
from tests.house.roles.world import OFFICE, OPERATORS, World

INSTRUCTORS = {"instructor", *OPERATORS}

# What a parameter means: by endpoint, by blueprint, or everywhere. "=x" is the value itself; else a name of World.values.
MEANING = {
    "filename": "=tiwizi.css",
    "folder": "=ca",
    "name": "=canarypicturesmall.webp",
    "language": "=fr",
    "contact_id": "contact_id",
    "session_id": "session_id",
    "letter_id": "letter_id",
    "notice_id": "notice_id",
    "product_id": "product_id",
    "picture_id": "picture_id",
    "sheet_id": "sheet_id",
    "group_id": "group_id",
    "attempt_id": "attempt_id",
    "lost_id": "lost_id",
    "act_id": "act_id",
    "work_id": "work_id",
    "paper_id": "paper_id",
    "proof_id": "proof_id",
    "lot_id": "lot_id",
    "catalog.key": "=igp",
    "accounts.ticket": "=not-a-ticket",
    "passkey_id": "passkey_id",
    "question_id": "question_id",
    "part_id": "part_id",
    "lesson_id": "lesson_id",
    "pages.legal.key": "=terms",
    "sitemaps.sitemap.name": "=product",
    "sitemaps.sitemap.number": "=1",
    "accounts.slug": "ours",
    "catalog.slug": "ours",
    "orders.slug": "ours",
    "accounts.invitation_id": "invitation_id",
    "accounts.person_id": "member_id",
    **dict.fromkeys((f"accounts.{name}_card.person_id" for name in ("office", "do_office", "desk", "do_desk")), "card_id"),
    "accounts.code": "=fr",
    "accounts.secret": "=not-a-secret",
    "accounts.key": "=not-a-key",
    "payments.key": "pay_key",
    "catalog.goods_for_merchants.number": "=1",
    "catalog.product.slug": "draft_slug",
    "catalog.cooperative.slug": "=unverified",
    "projectbank.slug": "sheet_slug",
    "projectbank.invitation_id": "group_invitation",
    "projectbank.person_id": "group_member",
    "projectbank.secret": "group_secret",
    "academy.slug": "course_slug",
    "academy.key": "lesson_key",
    "academy.code": "certificate",
    "academy.start_attempt.key": "quiz_key",
    "orders.number": "number",
    "orders.office_one.number": "order_number",
    "orders.take_step.number": "order_number",
    "orders.take_step.action": "=accept",
    "move": "=publish",
    "catalog.move_picture.move": "=remove",
    "accounts.desk.slug": "ours",
    "accounts.desk_remove_number.kind": "=neq",
}

# Things of one person: everybody else is a stranger to them.
OWNED = {
    "accounts.remove_contact": {"buyer"},
    "accounts.ask_remove_contact": {"buyer"},
    "accounts.end_session": {"buyer"},
    "notices.open_notice": {"buyer"},
    "accounts.do_remove_passkey": {"buyer"},
    "accounts.do_agree_act": {"chair", "treasurer"},
    "accounts.do_stop_act": {"chair", "treasurer"},
    "accounts.long_work": {"chair", "seller"},
    "accounts.do_cancel_long_work": {"chair", "seller"},
    "accounts.do_open_paper": {"chair", "treasurer", *OPERATORS},
    "projectbank.group": {"founder", "learner"},
    "projectbank.invite_member": {"founder"},
    "projectbank.revoke": {"founder"},
    "projectbank.remove": {"founder"},
    "projectbank.ready": {"founder"},
    "projectbank.dissolve": {"founder"},
    "projectbank.leave": {"founder", "learner"},
    "projectbank.edit": {"founder"},
    "projectbank.send_changes": {"founder"},
    "academy.attempt": {"learner"},
    "academy.answer_question": {"learner"},
    "academy.hand_in_attempt": {"learner"},
    "academy.attempt_result": {"learner"},
    "academy.certificate_pdf": {"learner", *OPERATORS},
    "orders.show": {"buyer", *OPERATORS},
    "orders.cancel": {"buyer"},
    "orders.drop": {"buyer"},
}

# Opened by what stands in the address (a secret, a public slug), or a deed that is everybody's own.
OPEN_KINDS = ("public", "demo", "token")
EVERYBODYS = {
    "projectbank.save",
    "projectbank.unsave",
    "projectbank.found_group",
    "projectbank.accept",
    "projectbank.invitation",
    "accounts.do_join",
    "accounts.join",
    "accounts.paper_file",
    "accounts.first_run",
    "accounts.do_first_run",
    "payments.pay_page",
    "payments.start",
    "payments.come_back",
    "payments.stripe_event",
}
ANYBODYS_COURSE = (
    "start",
    "done",
    "attempt",
    "certificate",
)  # on a published course each learner writes in their own enrolment


@dataclass(frozen=True)
class Route:
    """A rule of the map with its rule of entry and the address of a private thing."""

    endpoint: str
    methods: frozenset[str]
    entry: Rule
    parameters: frozenset[str]
    pattern: str
    address: str
    crossed: str | None  # the second cooperative's slug with the first one's ids

    @property
    def reads(self) -> bool:
        return "GET" in self.methods


class Untaught(AssertionError):
    """A route has a parameter of which the matrix does not know what it means."""


def meaning(rule: UrlRule, parameter: str, world: World) -> Any:
    blueprint = rule.endpoint.split(".")[0]
    for key in (f"{rule.endpoint}.{parameter}", f"{blueprint}.{parameter}", parameter):
        if key in MEANING:
            word = MEANING[key]
            return word[1:] if word.startswith("=") else world.ours if word == "ours" else world.values[word]
    raise Untaught(f"{rule.rule}: tell tests/house/roles/routes.py what <{parameter}> of {rule.endpoint} is")


def arguments(rule: UrlRule, world: World) -> dict[str, Any]:
    values = {name: meaning(rule, name, world) for name in rule.arguments if name != "lang"}
    if "lang" in rule.arguments:
        values["lang"] = "fr"
    if "/teach/" in rule.rule or "/desk/courses/" in rule.rule:
        values.update({"slug": world.values["draft_course"]} if "slug" in values else {})
        values.update({"key": world.values["own_quiz"]} if "key" in values else {})
    return values


def all_routes(house: Flask, world: World) -> list[Route]:
    """Every route; raises Untaught for one that the matrix cannot visit."""
    adapter = house.url_map.bind("localhost")
    routes = []
    for rule in house.url_map.iter_rules():
        entry = rule_of(house, rule.endpoint)
        assert entry is not None
        values = arguments(rule, world)
        methods = frozenset(rule.methods or ()) - {"HEAD", "OPTIONS"}
        address = adapter.build(rule.endpoint, values, method=sorted(methods)[0])
        crossed = None
        if entry.kind == "office" and set(values) - {"slug", "lang", "code"}:
            crossed = adapter.build(rule.endpoint, {**values, "slug": world.theirs}, method=sorted(methods)[0])
        routes.append(
            Route(rule.endpoint, methods, entry, frozenset(rule.arguments) - {"lang"}, rule.rule, address, crossed)
        )
    return routes


def entitled(route: Route, people: set[str]) -> set[str] | None:
    """The people who may use the route on the private thing its address names; None when it is no private thing."""
    if route.entry.kind == "office":
        return {name for name, held in OFFICE.items() if not route.entry.roles or held & route.entry.roles}
    if route.entry.kind == "operator":
        return OPERATORS
    if route.entry.kind == "instructor":
        return INSTRUCTORS if route.parameters else {*INSTRUCTORS, "instructor2"}
    if route.endpoint in OWNED:
        return OWNED[route.endpoint]
    if (
        route.entry.kind == "signed-in"
        and route.parameters
        and route.endpoint not in EVERYBODYS
        and route.pattern.split("/")[-1] not in ANYBODYS_COURSE
    ):
        raise Untaught(f"{route.pattern}: whose is {route.endpoint}? Tell tests/house/roles/routes.py")
    return None if route.entry.kind in OPEN_KINDS or route.parameters else people


def broke(answer: TestResponse) -> bool:
    """Is it a fault of ours? /readyz says in JSON that nobody works here: its 503 is its answer."""
    told = answer.get_json(silent=True) if answer.status_code == 503 else None
    return answer.status_code >= 500 and not (isinstance(told, dict) and told.get("status") == "not ready")
