"""Nothing is open by default: the house does not start with a route that does not say who may enter."""

import pytest
from flask import Blueprint

from app.factory import create_app, merged
from app.module import Module
from app.web.access import access, public, refuse_undeclared, rule_of


def a_module(declared: bool) -> Module:
    blueprint = Blueprint("extra", __name__)

    def page() -> str:
        return "page"

    blueprint.get("/fr/extra")(access(public)(page) if declared else page)
    return Module(name="extra", blueprints=[blueprint])


@pytest.mark.parametrize("declared", [True, False])
def test_a_new_route_without_a_rule_stops_the_start(tmp_path, monkeypatch, declared):
    monkeypatch.setattr("app.factory.load_modules", lambda names: [a_module(declared)])
    if declared:
        assert create_app(INSTANCE=tmp_path).test_client().get("/fr/extra").data == b"page"
        return
    with pytest.raises(RuntimeError, match=r"without an access rule: extra\.page"):
        create_app(INSTANCE=tmp_path)


def test_every_route_of_the_house_has_a_known_rule(app):
    kinds = {"public", "signed-in", "operator", "instructor", "office", "demo", "token"}
    rules = {rule.endpoint: rule_of(app, rule.endpoint) for rule in app.url_map.iter_rules()}
    assert {endpoint for endpoint, rule in rules.items() if rule is None or rule.kind not in kinds} == set()
    refuse_undeclared(app)


def test_an_office_route_names_the_organisation(app):
    """The rule of an office reads the organisation from the address: without a slug it would let nobody in."""
    for rule in app.url_map.iter_rules():
        declared = rule_of(app, rule.endpoint)
        if declared is not None and declared.kind == "office":
            assert "slug" in rule.arguments, rule
            assert declared.roles <= {"chair", "treasurer", "seller", "packer", "member"}, rule


def test_every_page_begins_with_its_language(app):
    """Addresses without a language are files, machines' doors and what is printed on paper."""
    bare = {"/", "/robots.txt", "/sitemap.xml", "/healthz", "/readyz", "/metrics", "/favicon.ico", "/verify"}
    prefixes = ("/static/", "/pictures/", "/files/", "/webhooks/", "/verify/", "/api/", "/media/", "/academy/files/")
    for rule in app.url_map.iter_rules():
        if "lang" not in rule.arguments:
            assert rule.rule in bare or rule.rule.startswith(prefixes), rule


def test_a_writing_route_never_also_answers_get(app):
    """GET changes nothing; a form's page and its sending are two handlers."""
    for rule in app.url_map.iter_rules():
        assert not ({"GET"} & rule.methods and {"POST", "PUT", "PATCH", "DELETE"} & rule.methods), rule


def test_a_word_that_two_modules_declare_stops_the_start() -> None:
    with pytest.raises(RuntimeError, match="refusal declared twice: reason-needed"):
        merged("refusal", [{"reason-needed": "Say why."}, {"other": "."}, {"reason-needed": "Give a reason."}])
    assert merged("refusal", [{"one": "1"}, {"two": "2"}]) == {"one": "1", "two": "2"}
