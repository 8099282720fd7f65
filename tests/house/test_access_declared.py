"""Nothing is open by default: the house does not start with a route that does not say who may enter."""

import pytest
from flask import Blueprint

from app.factory import create_app, merged
from app.module import Module
from app.web.access import access, public, refuse_undeclared, rule_of

# Who may enter, told here a second time: who adds a route or changes its rule says so here.
RULES: dict[str, str] = {
    "demo": "accounts.demo_sign_in notices.every_letter pages.design pages.letters",
    "instructor": """
        academy.add_part academy.change_course academy.change_lesson academy.change_part academy.change_question
        academy.create_course academy.create_lesson academy.create_question academy.edit_course academy.edit_lesson
        academy.edit_part academy.edit_question academy.learners academy.move_lesson academy.move_part
        academy.new_course academy.new_lesson academy.new_question academy.remove_lesson academy.remove_part
        academy.remove_question academy.submit_course academy.teach academy.upload_file academy.withdraw_course
        academy.workshop
    """,
    "office": "accounts.leave_organisation accounts.office accounts.office_members",
    "office chair": """
        accounts.do_office_card accounts.do_office_new_person accounts.office_card accounts.office_new_person
        accounts.invite_member accounts.office_member accounts.save_member accounts.submit_to_office accounts.withdraw
    """,
    "office chair packer seller": """
        catalog.do_count_lot catalog.do_move_stock catalog.do_receive_lot catalog.one_lot catalog.product_lots
        catalog.product_stock catalog.save_stock catalog.stock orders.lot_buyers orders.take_step
    """,
    "office chair packer seller treasurer": "orders.office_list orders.office_one",
    "office chair seller": """
        accounts.drop_picture accounts.office_facts accounts.office_picture accounts.office_words accounts.save_facts
        accounts.save_picture accounts.save_words catalog.create_new_product catalog.delivery catalog.edit_pictures
        catalog.do_attest catalog.do_send_proof catalog.do_withdraw_proof catalog.new_proof catalog.proofs
        catalog.edit_product catalog.edit_words catalog.export_file catalog.import_file catalog.import_page
        catalog.export_sheet
        catalog.move_picture catalog.move_product catalog.new_product catalog.office_products catalog.save_delivery
        catalog.do_recall_lot catalog.save_shelf_days orders.tell_lot_buyers
        catalog.save_pictures catalog.save_product catalog.save_words catalog.say_columns
    """,
    "office chair treasurer": """
        accounts.drop_paper accounts.office_bank accounts.office_papers accounts.save_bank accounts.save_paper
    """,
    "operator": """
        academy.desk_certificate academy.desk_certificates academy.desk_course academy.desk_courses academy.give_back
        academy.publish academy.revoke academy.take_out accounts.desk_organisation accounts.desk_organisations
        accounts.desk_reinstate accounts.desk_remove_number accounts.desk_return accounts.desk_suspend
        accounts.desk_send_letters_again accounts.desk_settle_letters
        accounts.desk_agree_lost accounts.desk_block accounts.desk_end_sessions accounts.desk_letters accounts.desk_people
        accounts.desk_person accounts.desk_refuse_lost accounts.desk_unblock
        accounts.desk_card accounts.desk_new_person accounts.do_desk_card accounts.do_desk_new_person
        accounts.desk_verify catalog.desk_add_requirement catalog.desk_change_requirement catalog.desk_cooperative_proofs
        catalog.desk_list_proofs catalog.desk_new_requirement catalog.desk_one_proof catalog.desk_refuse_proof
        catalog.desk_requirement catalog.desk_requirements catalog.desk_revoke_proof catalog.desk_verify_proof
        catalog.desk_waive orders.desk_orders pages.desk projectbank.decide projectbank.desk_project
        projectbank.desk_projects projectbank.withdraw
    """,
    "public": """
        academy.academy academy.ask_for_code academy.course academy.lesson academy.lesson_media academy.verify
        accounts.confirm accounts.do_confirm accounts.do_forgotten accounts.do_reset accounts.do_sign_in
        accounts.do_entry_card accounts.entry_card
        accounts.do_sign_in_code accounts.sign_in_code
        accounts.do_lost_factor accounts.do_second_step accounts.give_up_second_step accounts.lost_factor
        accounts.second_step
        accounts.do_sign_up accounts.forgotten accounts.join accounts.reset accounts.sign_in accounts.sign_up
        catalog.cooperative catalog.cooperatives catalog.market catalog.product catalog.goods_for_merchants
        catalog.new_goods catalog.new_goods_of catalog.opensearch catalog.suggest files.picture files.static
        health.healthz health.readyz orders.add_to_basket orders.basket orders.change_basket orders.checkout
        orders.take_checkout pages.home pages.legal pages.root projectbank.project projectbank.projects sitemaps.index
        sitemaps.robots sitemaps.sitemap
    """,
    "signed-in": """
        notices.list_notices notices.open_notice notices.read_all
        academy.answer_question academy.attempt academy.attempt_result academy.certificate_pdf academy.finish_lesson
        academy.get_certificate academy.hand_in_attempt academy.my_learning academy.start_attempt academy.start_course
        accounts.do_cancel_long_work accounts.long_work
        accounts.acts accounts.ask_again accounts.do_agree_act accounts.do_ask_again accounts.do_new_passkey
        accounts.do_print_codes accounts.do_remove_app accounts.do_remove_passkey accounts.do_set_up_app
        accounts.do_stop_act accounts.do_withdraw_lost accounts.new_passkey accounts.print_codes_page
        accounts.second_factor accounts.set_up_app_page
        accounts.account accounts.ask_remove_contact accounts.confirm_contact accounts.do_confirm_contact
        accounts.do_join accounts.do_new_contact accounts.do_new_organisation accounts.do_password accounts.do_erase
        accounts.end_session accounts.erase
        accounts.end_sessions accounts.new_contact accounts.new_organisation accounts.organisations accounts.own_data
        accounts.do_open_paper accounts.paper_file accounts.password
        accounts.preferences accounts.remove_contact accounts.save_account accounts.save_preferences accounts.sessions
        accounts.sign_out accounts.take_own_data
        catalog.my_products orders.my_orders pages.my_path pages.what_was_typed projectbank.accept projectbank.dissolve
        projectbank.edit projectbank.found_group projectbank.group projectbank.invite_member projectbank.leave
        projectbank.my_projects projectbank.propose projectbank.ready projectbank.remove projectbank.revoke
        projectbank.save projectbank.send_changes projectbank.send_proposal projectbank.unsave
    """,
    "token": """
        accounts.do_first_run accounts.first_run health.metrics orders.cancel orders.confirm orders.send_code
        orders.drop orders.show payments.come_back
        payments.pay_page payments.start payments.stripe_event projectbank.invitation
    """,
}


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


def test_no_route_lets_in_anybody_unseen(app):
    told = {endpoint: rule for rule, endpoints in RULES.items() for endpoint in endpoints.split()}
    declared = {rule.endpoint: rule_of(app, rule.endpoint) for rule in app.url_map.iter_rules()}
    assert {endpoint: " ".join([rule.kind, *sorted(rule.roles)]) for endpoint, rule in declared.items()} == told


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
