"""The practice stand-in itself: its interface by the official library, its pages in a browser, its file."""

import multiprocessing
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import stripe
from flask import Flask
from werkzeug.test import Client

from app.payments.gateway.transport import InProcessClient
from app.practice.balance import SIGNS
from app.practice.cards import CARDS, digits_add_up
from app.practice.posting import post_into
from app.practice.server import create_practice, mount_practice, the_practice
from app.practice.words import WORDS
from tests.writings import WRITINGS

KEY = "sk_test_practice_of_the_tests"
START = 1_772_452_800
BACK = "http://house.test/back"


def a_provider(path: Path, **settings: Any) -> Flask:
    settings.setdefault("clock", lambda: START)
    settings.setdefault("public_url", "http://localhost")
    return create_practice(path, secret_key=KEY, webhook_secret="whsec_x", fee_per_mille=0, **settings)


def a_client(provider: Flask) -> Any:
    client = stripe.StripeClient(KEY, http_client=InProcessClient(provider.wsgi_app), max_network_retries=3)
    return client.v1


@pytest.fixture
def provider(tmp_path: Path) -> Iterable[Flask]:
    built = a_provider(tmp_path / "practice.db")
    yield built
    assert the_practice(built).check() == []


@pytest.fixture
def v1(provider: Flask) -> Any:
    return a_client(provider)


def a_session(v1: Any, **more: Any) -> Any:
    product = {"name": "Huile d’argan"}
    line = {"quantity": 2, "price_data": {"currency": "mad", "unit_amount": 4_500, "product_data": product}}
    basis = {"mode": "payment", "line_items": [line], "success_url": BACK, "cancel_url": "http://house.test/basket"}
    return v1.checkout.sessions.create({**basis, **more})


def a_payment(v1: Any, amount: int = 10_000, token: str = "pm_card_visa") -> Any:
    return v1.payment_intents.create({"amount": amount, "currency": "cad", "payment_method": token, "confirm": True})


def an_account(v1: Any, provider: Flask) -> Any:
    account = v1.accounts.create({"type": "express", "country": "CA", "email": "coop@example.org"})
    link = v1.account_links.create(
        {"account": account.id, "refresh_url": BACK, "return_url": BACK, "type": "account_onboarding"}
    )
    assert provider.test_client().post(link.url).location == BACK
    return v1.accounts.retrieve(account.id)


def test_a_declined_card_is_a_card_error_with_the_banks_word(v1: Any) -> None:
    for token, code, decline in [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ]:
        with pytest.raises(stripe.CardError) as declined:
            a_payment(v1, token=token)
        assert declined.value.code == code
        assert declined.value.error is not None
        assert declined.value.error.decline_code == decline
    assert [charge.status for charge in v1.charges.list().data] == ["failed", "failed", "failed"]
    assert v1.balance.retrieve().available[0].amount == 0


def test_an_answer_is_replayed_for_the_same_key_even_a_decline(v1: Any) -> None:
    params = {"amount": 500, "currency": "cad", "payment_method": "pm_card_visa_chargeDeclined", "confirm": True}
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            v1.payment_intents.create(params, {"idempotency_key": "one"})
    assert len(v1.charges.list().data) == 1
    made = v1.customers.create({"name": "Aïcha"}, {"idempotency_key": "two"})
    again = v1.customers.create({"name": "Aïcha"}, {"idempotency_key": "two"})
    assert made.id == again.id
    assert again.last_response.headers["idempotent-replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        v1.customers.create({"name": "Zineb"}, {"idempotency_key": "two"})
    assert [customer.name for customer in v1.customers.list().data] == ["Aïcha"]


def test_a_refused_request_frees_its_key(v1: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        v1.payment_intents.create({"amount": 0, "currency": "cad"}, {"idempotency_key": "one"})
    assert v1.payment_intents.create({"amount": 5, "currency": "cad"}, {"idempotency_key": "one"}).amount == 5


def test_mistakes_are_named_as_the_provider_names_them(v1: Any) -> None:
    cases = [
        (lambda: v1.customers.create({"colour": "red"}), "parameter_unknown", "colour"),
        (lambda: v1.payment_intents.create({"currency": "cad"}), "parameter_missing", "amount"),
        (lambda: v1.charges.retrieve("ch_nothing"), "resource_missing", "id"),
        (lambda: v1.charges.list({"limit": 101}), "parameter_invalid_integer", "limit"),
        (lambda: a_session(v1, success_url="javascript:alert(1)"), "url_invalid", "success_url"),
        (lambda: a_session(v1, cancel_url="http://house.test;script-src *"), "url_invalid", "cancel_url"),
        (lambda: a_session(v1, expires_at=START + 1799), None, "expires_at"),
        (lambda: a_session(v1, expires_at=START + 86_401), None, "expires_at"),
    ]
    for call, code, param in cases:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            call()
        assert (refused.value.code, refused.value.param) == (code, param)
    assert v1.payment_intents.list().data == []
    assert v1.checkout.sessions.list().data == []


def test_lists_go_on_where_they_stopped(v1: Any) -> None:
    made = [a_payment(v1, amount).id for amount in (100, 200, 300, 400, 500)]
    first = v1.payment_intents.list({"limit": 2})
    assert ([intent.id for intent in first.data], first.has_more) == (made[:2:-1], True)
    rest = v1.payment_intents.list({"limit": 9, "starting_after": first.data[-1].id})
    assert ([intent.id for intent in rest.data], rest.has_more) == (made[2::-1], False)
    back = v1.payment_intents.list({"limit": 1, "ending_before": rest.data[0].id})
    assert ([intent.id for intent in back.data], back.has_more) == ([made[3]], True)
    assert [intent.id for intent in v1.payment_intents.list({"limit": 2}).auto_paging_iter()] == made[::-1]
    assert [charge.amount for charge in v1.charges.list({"payment_intent": made[1]}).data] == [200]


def test_ids_are_expanded_into_objects(v1: Any) -> None:
    intent = v1.payment_intents.retrieve(a_payment(v1).id, {"expand": ["latest_charge.balance_transaction"]})
    assert intent.latest_charge.balance_transaction.net == 10_000
    with pytest.raises(stripe.InvalidRequestError):
        v1.payment_intents.retrieve(intent.id, {"expand": ["nonsense"]})


def test_money_goes_to_an_account_back_and_to_the_bank(v1: Any, provider: Flask) -> None:
    account = an_account(v1, provider)
    assert (account.charges_enabled, account.payouts_enabled) == (True, True)
    charge = a_payment(v1).latest_charge
    params = {"amount": 9_000, "currency": "cad", "destination": account.id, "source_transaction": charge}
    transfer = v1.transfers.create(params)
    with pytest.raises(stripe.InvalidRequestError) as beyond:
        v1.transfers.create({**params, "amount": 1_001})
    assert beyond.value.code == "amount_too_large"
    v1.transfers.reversals.create(transfer.id, {"amount": 2_000})
    theirs = {"stripe_account": account.id}
    with pytest.raises(stripe.InvalidRequestError) as poor:
        v1.payouts.create({"amount": 7_001, "currency": "cad"}, theirs)
    assert poor.value.code == "balance_insufficient"
    payout = v1.payouts.create({"amount": 6_500, "currency": "cad"}, theirs)

    assert v1.balance.retrieve(None, theirs).available[0].amount == 500
    assert v1.balance.retrieve().available[0].amount == 3_000
    with pytest.raises(stripe.InvalidRequestError) as gone:
        v1.transfers.reversals.create(transfer.id, {"amount": 501})
    assert gone.value.code == "balance_insufficient"
    assert v1.transfers.retrieve(transfer.id).amount_reversed == 2_000
    assert [line.amount for line in v1.balance_transactions.list({}, theirs).data] == [-6_500, -2_000, 9_000]
    assert payout.status == "in_transit"
    with pytest.raises(stripe.InvalidRequestError):
        v1.payouts.retrieve(payout.id)


def test_an_account_that_has_not_told_its_details_receives_nothing(v1: Any) -> None:
    a_payment(v1)
    account = v1.accounts.create({"type": "express"})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        v1.transfers.create({"amount": 1, "currency": "cad", "destination": account.id})
    assert refused.value.code == "insufficient_capabilities_for_transfer"
    assert v1.transfers.list().data == []
    with pytest.raises(stripe.PermissionError):
        v1.balance.retrieve(None, {"stripe_account": "acct_stranger"})


def test_payouts_arrive_after_two_days(tmp_path: Path) -> None:
    clock = [START]
    provider = a_provider(tmp_path / "p.db", clock=lambda: clock[0])
    v1 = a_client(provider)
    a_payment(v1)
    payout = v1.payouts.create({"amount": 10_000, "currency": "cad"})
    clock[0] += 2 * 86_400 - 1
    the_practice(provider).advance()
    assert v1.payouts.retrieve(payout.id).status == "in_transit"
    clock[0] += 1
    the_practice(provider).advance()
    assert v1.payouts.retrieve(payout.id).status == "paid"
    assert v1.events.list({"type": "payout.paid"}).data[0].data.object.id == payout.id


def test_a_dispute_takes_the_money_and_gives_it_back_when_won(v1: Any, provider: Flask) -> None:
    practice = the_practice(provider)
    won, lost = a_payment(v1), a_payment(v1, 3_000)
    first = practice.dispute(won.latest_charge)
    v1.disputes.close(practice.dispute(lost.latest_charge, "product_not_received"))
    assert v1.balance.retrieve().available[0].amount == 0
    with pytest.raises(stripe.InvalidRequestError) as disputed:
        v1.refunds.create({"charge": won.latest_charge})
    assert disputed.value.code == "charge_disputed"
    for _ in range(2):
        practice.rule(first, won=True)
    assert v1.balance.retrieve().available[0].amount == 10_000
    assert [dispute.status for dispute in v1.disputes.list().data] == ["lost", "won"]


def test_an_intent_without_a_page_goes_through_the_banks_challenge(v1: Any, provider: Flask) -> None:
    intent = v1.payment_intents.create({"amount": 700, "currency": "cad"})
    intent = v1.payment_intents.confirm(
        intent.id, {"payment_method": "pm_card_threeDSecure2Required", "return_url": BACK + "?order=1"}
    )
    assert (intent.status, intent.next_action.type) == ("requires_action", "redirect_to_url")
    answer = provider.test_client().post(intent.next_action.redirect_to_url.url, data={"answer": "approve"})
    assert answer.location == f"{BACK}?order=1&payment_intent={intent.id}&redirect_status=succeeded"
    assert v1.payment_intents.retrieve(intent.id).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError) as done:
        v1.payment_intents.cancel(intent.id)
    assert done.value.code == "payment_intent_unexpected_state"


def test_the_check_finds_a_balance_that_somebody_changed(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    provider = a_provider(path)
    a_payment(a_client(provider))
    assert the_practice(provider).check() == []
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE balance SET amount = amount + 1")
    assert the_practice(provider).check() == ["balance of platform cad is 10001, its transactions sum to 10000"]
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE balance SET amount = amount - 1")
        db.execute("""UPDATE thing SET body = json_set(body, '$.amount_refunded', 5) WHERE kind = 'charge'""")
    assert len(the_practice(provider).check()) == 1
    assert set(SIGNS) == {"charge", "refund", "transfer", "transfer_reversal", "payout"}


def _pay_in_another_process(path: Path, times: int) -> None:
    v1 = a_client(a_provider(path))
    for _ in range(times):
        a_payment(v1, 100)


def test_two_processes_share_the_file_and_it_survives_them(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_pay_in_another_process, args=(path, 10)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    later = a_provider(path)
    assert a_client(later).balance.retrieve().available[0].amount == 2_000
    assert the_practice(later).check() == []


def test_the_page_speaks_the_buyers_language_and_says_that_it_is_practice(v1: Any, provider: Flask) -> None:
    expected = [("fr", "ltr", "90,00\xa0MAD"), ("ar", "rtl", "90,00\xa0د.م."), ("en", "ltr", "MAD\xa090.00")]
    for language, direction, amount in expected:
        page = provider.test_client().get(a_session(v1, locale=language).url)
        assert f'<html lang="{language}" dir="{direction}">' in page.text
        assert WORDS[language]["no_money"] in page.text
        assert amount in page.text
        assert page.headers["Content-Security-Policy"] == (
            "default-src 'none'; style-src 'self'; form-action 'self' http://house.test;"
            " base-uri 'none'; frame-ancestors 'none'"
        )
        assert "<script" not in page.text
        assert " style=" not in page.text
        assert page.headers["Cache-Control"] == "no-store"
        assert WORDS[language]["minutes_left"] not in page.text
    assert WORDS["fr"].keys() == WORDS["ar"].keys() == WORDS["en"].keys()
    soon = provider.test_client().get(a_session(v1, locale="fr", expires_at=START + 1800).url)
    assert "Temps restant, en minutes\u00a0: <bdi>30</bdi>" in soon.text
    auto = provider.test_client().get(a_session(v1).url, headers={"Accept-Language": "ar-MA,fr;q=0.5"})
    assert 'dir="rtl"' in auto.text


def test_a_card_typed_by_hand(v1: Any, provider: Flask) -> None:
    session, browser = a_session(v1, locale="fr"), provider.test_client()
    good = {"number": "4242 4242 4242 4242", "month": "3", "year": "2026", "cvc": "123"}
    words = WORDS["fr"]
    for wrong, problem in [
        ({"number": "4242 4242 4242 4241"}, "bad_number"),
        ({"number": "5555 5555 5555 4444"}, "real_number"),
        ({"number": ""}, "bad_number"),
        ({"month": "13"}, "bad_month"),
        ({"year": "26"}, "bad_year"),
        ({"month": "2"}, "past_date"),
        ({"cvc": "12"}, "bad_cvc"),
    ]:
        page = browser.post(session.url, data={**good, **wrong})
        assert page.status_code == 422
        assert words[problem] in page.text
        assert 'aria-invalid="true"' in page.text
        assert f'value="{wrong.get("year", "2026")}"' in page.text
        assert 'value="123"' not in page.text
    assert browser.post(session.url, data={}).status_code == 422
    assert v1.charges.list().data == []
    assert browser.post(session.url, data={**good, "number": "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"}).location == BACK
    assert v1.charges.list().data[0].payment_method_details.card.last4 == "4242"


@pytest.mark.parametrize("writing", WRITINGS)
def test_a_card_is_the_same_in_every_writing(provider: Flask, v1: Any, writing: str) -> None:
    card = {"number": "4242 4242 4242-4242", "month": "3", "year": "2026", "cvc": "123"}
    typed = {name: WRITINGS[writing](text) for name, text in card.items()}
    session = a_session(v1, locale="ar")
    assert provider.test_client().post(session.url, data=typed).location == BACK


def test_unknown_pages_and_addresses(provider: Flask, v1: Any) -> None:
    browser = provider.test_client()
    for address in ("/pay/cs_test_nothing", "/challenge/pi_nothing?key=x", "/onboarding/link_nothing", "/nothing"):
        assert browser.get(address).status_code == 404
    assert browser.post("/pay/cs_test_nothing", data={"card": "success"}).status_code == 404
    assert browser.get("/v1/charges").status_code == 401
    headers = {"Authorization": f"Bearer {KEY}"}
    assert browser.get("/v1/nothing", headers=headers).json["error"]["type"] == "invalid_request_error"
    assert browser.get("/v1/nothing", headers=headers).status_code == 404


def test_every_practice_card_has_a_good_check_digit() -> None:
    assert all(digits_add_up(card.number) for card in CARDS)
    assert len({card.number for card in CARDS}) == len({card.token for card in CARDS}) == len(CARDS)


def test_mounted_in_a_house_it_tells_it_at_once_and_keeps_its_interface_inside(tmp_path: Path) -> None:
    house = Flask("house_of_the_tests")
    heard: list[str] = []

    @house.get("/fr/market")
    def market() -> str:
        return "market"

    @house.post("/webhooks/stripe")
    def webhook() -> str:
        heard.append("signed")
        return "thank you"

    provider = a_provider(
        tmp_path / "p.db",
        public_url="/practice",
        webhook_url="http://house.test/webhooks/stripe",
        post=post_into(house.wsgi_app),
    )
    session = a_session(a_client(provider), locale="ar")
    browser = Client(mount_practice(house.wsgi_app, provider))
    assert session.url == f"/practice/pay/{session.id}"
    assert browser.get("/fr/market").text == "market"
    page = browser.get(session.url)
    assert page.status_code == 200
    assert 'href="/practice/look.css"' in page.text
    with closing(browser.get("/practice/look.css")) as look:
        assert look.mimetype == "text/css"
    assert browser.get("/practice/v1/charges", headers={"Authorization": f"Bearer {KEY}"}).status_code == 404
    assert heard == []

    assert browser.post(session.url, data={"card": "success"}).location == BACK

    assert heard == ["signed"] * 4
    assert the_practice(provider).undelivered() == 0
