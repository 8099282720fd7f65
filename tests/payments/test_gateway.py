"""The card gateway on the practice stand-in, through the unchanged official library: paying, walking away, refunds, keys."""

import threading
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from app.kernel.money import Money
from app.payments.gateway import HostedPage, ProviderRefused, ProviderUnavailable
from app.practice.idempotency import claim_key, fingerprint_of
from tests.builders.card_side import CardSide


@pytest.fixture
def house(tmp_path: Path) -> Iterator[CardSide]:
    built = CardSide(tmp_path / "practice.db")
    yield built
    assert built.practice.check() == []


def test_a_buyer_pays_and_the_house_sees_it(house: CardSide) -> None:
    page = house.start()
    before = house.gateway.payment_state(page.id)
    assert (before.status, before.payment_id, before.amount, before.currency) == ("open", None, 12_050, "MAD")

    assert house.choose(page, "success") == f"http://house.test/fr/checkout/done?session={page.id}"

    state = house.gateway.payment_state(page.id)
    assert (state.status, state.amount, state.currency, state.reference) == ("paid", 12_050, "MAD", "T-1001")
    assert state.payment_id is not None
    assert state.payment_id.startswith("pi_")
    # 2.9 % of 120.50 is 3.49 (half up), 117.01 is left.
    with house.practice.look() as work:
        assert work.balance_in("mad") == 11_701


def test_a_declined_card_leaves_the_page_open_for_another(house: CardSide) -> None:
    page = house.start()
    assert house.choose(page, "declined") == page.url
    assert house.gateway.payment_state(page.id).status == "open"
    assert "La banque a refusé la carte." in house.browser().get(page.url).text
    with house.practice.look() as work:
        assert work.balance_in("mad") == 0

    assert house.choose(page, "success").startswith("http://house.test/")

    assert house.gateway.payment_state(page.id).status == "paid"
    with house.practice.look() as work:
        assert [charge["status"] for charge in work.shelf.all("charge")] == ["succeeded", "failed"]
        assert work.balance_in("mad") == 11_701


def test_the_bank_asks_and_the_buyer_confirms(house: CardSide) -> None:
    page = house.start()
    challenge = house.choose(page, "challenge")
    assert challenge.startswith("http://localhost/challenge/pi_")
    assert house.gateway.payment_state(page.id).status == "open"
    browser = house.browser()
    assert "Oui, je confirme le paiement" in browser.get(challenge).text

    answer = browser.post(challenge, data={"answer": "approve"})

    assert answer.location == f"http://house.test/fr/checkout/done?session={page.id}"
    assert house.gateway.payment_state(page.id).status == "paid"
    assert browser.post(challenge, data={"answer": "refuse"}).status_code == 303
    assert house.gateway.payment_state(page.id).status == "paid"
    assert house.count("charge") == 1


def test_the_bank_asks_and_the_buyer_refuses(house: CardSide) -> None:
    page = house.start()
    challenge = house.choose(page, "challenge")

    answer = house.browser().post(challenge, data={"answer": "refuse"})

    assert answer.location == page.url
    assert house.gateway.payment_state(page.id).status == "open"
    assert "confirmation demandée par la banque a été refusée" in house.browser().get(page.url).text
    with house.practice.look() as work:
        assert work.balance_in("mad") == 0


def test_a_challenge_is_shown_to_nobody_without_its_key(house: CardSide) -> None:
    challenge = house.choose(house.start(), "challenge")
    bare = challenge.split("?", 1)[0]
    assert house.browser().get(bare).status_code == 404
    assert house.browser().post(bare + "?key=guess", data={"answer": "approve"}).status_code == 404
    with house.practice.look() as work:
        assert work.balance_in("mad") == 0


def test_a_buyer_walks_away_and_the_page_expires_by_itself(house: CardSide) -> None:
    page = house.start()
    assert 'href="http://house.test/fr/checkout"' in house.browser().get(page.url).text
    house.seconds += 45 * 60 - 1
    assert house.gateway.payment_state(page.id).status == "open"
    house.seconds += 1

    assert house.gateway.payment_state(page.id).status == "expired"

    late = house.browser().get(page.url)
    assert late.status_code == 410
    assert "Rien n’a été prélevé" in late.text
    house.choose(page, "success")
    assert house.count("charge") == 0


def test_the_house_closes_a_page_whose_hold_has_ended(house: CardSide) -> None:
    page = house.start()
    house.choose(page, "declined")
    assert house.gateway.expire_checkout(page.id).status == "expired"
    assert house.gateway.expire_checkout(page.id).status == "expired"
    house.choose(page, "success")
    assert house.gateway.payment_state(page.id).status == "expired"
    with house.practice.look() as work:
        assert work.balance_in("mad") == 0


def test_closing_a_paid_page_says_that_it_is_paid(house: CardSide) -> None:
    page = house.start()
    house.choose(page, "success")
    assert house.gateway.expire_checkout(page.id).status == "paid"


@pytest.mark.parametrize(("good", "status", "balance"), [(True, "paid", 11_701), (False, "failed", 0)])
def test_a_bank_that_answers_late(house: CardSide, good: bool, status: str, balance: int) -> None:
    page = house.start()
    house.choose(page, "slow")
    waiting = house.gateway.payment_state(page.id)
    assert waiting.status == "processing"
    house.practice.settle(str(waiting.payment_id), succeeded=good)
    assert house.gateway.payment_state(page.id).status == status
    with house.practice.look() as work:
        assert work.balance_in("mad") == balance


def test_a_refund_in_parts_never_more_than_was_paid(house: CardSide) -> None:
    page = house.start()
    house.choose(page, "success")
    payment = str(house.gateway.payment_state(page.id).payment_id)

    first = house.gateway.refund(payment, Money(5_000, "MAD"), "refund-1", "requested_by_customer")
    assert (first.status, first.amount, first.currency, first.payment_id) == ("succeeded", 5_000, "MAD", payment)
    with pytest.raises(ProviderRefused) as refused:
        house.gateway.refund(payment, Money(7_051, "MAD"), "refund-2")
    assert refused.value.provider_code == "amount_too_large"
    with pytest.raises(ProviderRefused) as mistaken:
        house.gateway.refund(payment, Money(100, "CAD"), "refund-3")
    assert mistaken.value.provider_code == "currency_mismatch"
    assert house.count("refund") == 1

    again = house.gateway.refund(payment, Money(5_000, "MAD"), "refund-1", "requested_by_customer")
    assert again == first
    assert house.count("refund") == 1
    house.gateway.refund(payment, Money(7_050, "MAD"), "refund-4")
    with pytest.raises(ProviderRefused) as empty:
        house.gateway.refund(payment, Money(1, "MAD"), "refund-5")
    assert empty.value.provider_code == "charge_already_refunded"
    # The fee of 3.49 is not given back.
    with house.practice.look() as work:
        assert work.balance_in("mad") == -349


def test_a_payment_that_was_never_made_is_not_refunded(house: CardSide) -> None:
    page = house.start()
    house.choose(page, "declined")
    payment = str(house.gateway.payment_state(page.id).payment_id)
    with pytest.raises(ProviderRefused) as refused:
        house.gateway.refund(payment, Money(100, "MAD"), "refund-1")
    assert refused.value.provider_code == "payment_intent_unexpected_state"
    with pytest.raises(ProviderRefused) as unknown:
        house.gateway.refund("pi_unknown", Money(100, "MAD"), "refund-2")
    assert unknown.value.provider_code == "resource_missing"
    assert house.count("refund") == 0


def test_the_same_key_twice_is_one_page_and_one_charge(house: CardSide) -> None:
    first, second = house.start("checkout-1"), house.start("checkout-1")
    assert first == second
    house.choose(first, "success")
    house.choose(second, "success")
    house.choose(second, "success")
    assert house.start("checkout-1") == first
    assert (house.count("checkout.session"), house.count("charge")) == (1, 1)


def test_the_same_key_for_another_amount_is_refused(house: CardSide) -> None:
    house.start("checkout-1")
    with pytest.raises(ProviderRefused) as refused:
        house.start("checkout-1", Money(12_051, "MAD"))
    assert refused.value.provider_code == "idempotency_error"
    assert house.count("checkout.session") == 1


def test_two_threads_with_one_key_make_one_page(house: CardSide) -> None:
    pages: list[HostedPage] = []
    gate = threading.Barrier(2)

    def start() -> None:
        gate.wait()
        pages.append(house.start("checkout-1"))

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pages) == 2
    assert pages[0] == pages[1]
    assert house.count("checkout.session") == 1


def test_two_clicks_at_once_are_one_charge(house: CardSide) -> None:
    page = house.start()
    gate = threading.Barrier(4)

    def click() -> None:
        gate.wait()
        house.choose(page, "success")

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert house.count("charge") == 1
    with house.practice.look() as work:
        assert work.balance_in("mad") == 11_701


def test_a_key_whose_first_request_is_under_way_means_try_again(house: CardSide) -> None:
    """The other request has claimed the key and dies before it answers; a minute later the key is free."""
    statuses: list[str] = []

    def beside_another(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = BytesIO(body)
        with house.practice.store.writing() as shelf:
            claim_key(shelf, "", "checkout-1", fingerprint_of(environ["PATH_INFO"], body.decode()), house.seconds)
        return house.provider.wsgi_app(environ, lambda status, *rest: statuses.append(status) or start(status, *rest))

    with pytest.raises(ProviderUnavailable):
        house.start("checkout-1", gateway=house.gateway_on(beside_another, retries=0))
    assert statuses == ["409 CONFLICT"]
    assert house.count("checkout.session") == 0

    house.seconds += 60
    house.start("checkout-1")
    assert house.count("checkout.session") == 1


@pytest.mark.parametrize("amount", [Money(0, "MAD"), Money(-5, "MAD"), Money(1_005, "TND")])
def test_amounts_no_card_can_be_charged(house: CardSide, amount: Money) -> None:
    with pytest.raises(ProviderRefused) as refused:
        house.start(amount=amount)
    assert refused.value.provider_code == "amount_invalid"
    assert house.count("checkout.session") == 0


@pytest.mark.parametrize(
    ("amount", "sent"), [(Money(650, "XOF"), 650), (Money(12_340, "TND"), 12_340), (Money(500, "ISK"), 50_000)]
)
def test_currencies_with_other_decimals(house: CardSide, amount: Money, sent: int) -> None:
    page = house.start(amount=amount)
    with house.practice.look() as work:
        assert work.get("checkout.session", page.id)["amount_total"] == sent
    state = house.gateway.payment_state(page.id)
    assert Money(state.amount, state.currency) == amount
