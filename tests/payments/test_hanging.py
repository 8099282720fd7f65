"""A card provider that hangs, or refuses our key: nobody waits long, nobody is told what the office alone can mend."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.console.data import check
from app.factory import create_app
from app.kernel.errors import Invalid
from app.kernel.money import Money
from app.payments.gateway import InProcessClient, PatientClient, ProviderUnavailable, StripeGateway
from app.payments.gateway.amounts import LEAST, least_charge
from app.payments.gateway.line import Line
from app.payments.gateway.refusals import ProviderBusy
from app.payments.queries.alarms import alarms_for_a_person
from app.settings import PRACTICE_KEY
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, an_operator
from tests.builders.orders import a_guest, a_purchase, a_variant, recap, wanted_by
from tests.builders.payments import a_payable, come_back, open_page, pay_with
from tests.builders.relays import Silent

HTTP = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"


@pytest.fixture(params=[b"", b"H"])
def hanging(request: pytest.FixtureRequest) -> Iterator[Silent]:
    """Accepts and is silent, or begins an answer that never ends."""
    provider = Silent(request.param)
    yield provider
    provider.close()


def gateway_to(provider: Silent, seconds: float = 0.6, at_once: int = 4, first_wait: float = 0.2) -> StripeGateway:
    return StripeGateway(
        "sk_test_far",
        "whsec_far",
        http_client=PatientClient(seconds, at_once, [f"127.0.0.1:{provider.port}"]),
        seconds=seconds,
        first_wait=first_wait,
        address=f"http://127.0.0.1:{provider.port}",
    )


def seconds_of(call: Callable[[], Any], raises: type[Exception] = ProviderUnavailable) -> float:
    begun = time.monotonic()
    with pytest.raises(raises):
        call()
    return time.monotonic() - begun


def test_a_call_has_one_time_in_all_and_after_three_failures_none_is_made_for_a_growing_while(hanging: Silent) -> None:
    gateway = gateway_to(hanging)
    ask = lambda: gateway.expire_checkout("cs_test_1")  # noqa: E731  # of several requests, it has one time too
    assert [0.5 < seconds_of(ask) < 1.2 for _ in range(3)] == [True] * 3
    assert gateway.line.closed()
    assert max(seconds_of(ask) for _ in range(20)) < 0.05
    waits = []
    for _ in range(2):
        begun = time.monotonic()
        while gateway.line.closed():
            time.sleep(0.02)
        waits.append(time.monotonic() - begun)
        with ThreadPoolExecutor(4) as buyers:
            asked = sorted(buyers.map(lambda _: seconds_of(ask), range(4)))
        assert asked[2] < 0.3
        assert asked[3] > 0.5, "one of them was the probe, however long it lasts"
        assert seconds_of(ask) < 0.05
    assert waits[1] > 1.4 * waits[0]


def test_a_bounded_number_asks_at_once_and_who_finds_no_place_is_told_at_once(hanging: Silent) -> None:
    gateway = gateway_to(hanging, at_once=2)

    def ask(_number: int) -> tuple[bool, float]:
        begun = time.monotonic()
        try:
            gateway.payment_state("cs_test_1")
        except ProviderUnavailable as away:
            return isinstance(away, ProviderBusy), time.monotonic() - begun
        raise AssertionError("nobody answers there")

    with ThreadPoolExecutor(8) as buyers:
        answers = list(buyers.map(ask, range(8)))
    assert sorted(busy for busy, _seconds in answers) == [False] * 2 + [True] * 6
    assert max(seconds for busy, seconds in answers if busy) < 0.4
    assert not gateway.line.closed(), "that all were busy is no failure of the provider"


def test_one_probe_at_a_time_and_an_answer_opens_the_line() -> None:
    line = Line(first_wait=0.1)
    for _ in range(3):
        with pytest.raises(ProviderUnavailable), line.call():
            raise ProviderUnavailable
    time.sleep(0.12)
    with line.call(), pytest.raises(ProviderUnavailable), line.call():
        raise AssertionError("the second must not get in")
    assert not line.closed()
    assert line.key_refused is False
    with pytest.raises(ProviderUnavailable), line.call():
        raise ProviderUnavailable
    assert not line.closed(), "one failure alone closes nothing"


@pytest.fixture
def with_gateway(app: Flask) -> Iterator[Callable[[StripeGateway], None]]:
    before = app.extensions["card_gateway"]
    yield lambda gateway: app.extensions.update(card_gateway=gateway)
    app.extensions["card_gateway"] = before


def test_a_buyer_reads_that_cards_cannot_be_taken_and_where_to_pay_otherwise(
    client: FlaskClient, with_gateway: Callable[[StripeGateway], None], hanging: Silent
) -> None:
    payable = a_payable()
    gateway = gateway_to(hanging, seconds=0.3, first_wait=30)
    with_gateway(gateway)
    for _ in range(3):
        answer = post(client, f"/fr/pay/{payable.key}")
        assert answer.status_code == 503
        page = text_of(answer)
        assert "impossible pour le moment" in page
        assert "Rien n’a été débité" in page
        assert f'href="{payable.done_url}"' in answer.get_data(as_text=True), "the way to another method"
    begun = time.monotonic()
    assert post(client, f"/fr/pay/{payable.key}").status_code == 503
    assert "impossible pour le moment" in text_of(client.get(f"/fr/pay/{payable.key}"))
    assert time.monotonic() - begun < 0.3


def test_a_refused_key_is_an_alarm_for_the_office_and_no_sentence_to_the_buyer(
    app: Flask, client: FlaskClient, with_gateway: Callable[[StripeGateway], None], caplog: pytest.LogCaptureFixture
) -> None:
    payable, right = a_payable(), app.extensions["card_gateway"]
    provider = app.extensions["practice"].wsgi_app
    with_gateway(StripeGateway("sk_test_wrong", "whsec", http_client=InProcessClient(provider)))
    answer = post(client, f"/en/pay/{payable.key}")
    assert answer.status_code == 503
    page = text_of(answer)
    assert "Cards cannot be taken just now" in page
    assert "our key" not in page
    assert "STRIPE" not in page
    assert "card key refused" in caplog.text
    told = "The card service refuses our key: no card can be charged. Correct the setting TIWIZI_STRIPE_SECRET_KEY."
    assert alarms_for_a_person() == [told]
    result = app.test_cli_runner().invoke(check)
    assert (result.exit_code, result.output.splitlines()) == (0, [f"needs a person: {told}", "Everything holds."])
    office = app.test_client()
    sign_in(office, an_operator("Samira"))
    assert "refuse notre clé" in text_of(office.get("/fr/desk/"))
    with_gateway(StripeGateway(PRACTICE_KEY, right.webhook_secret, http_client=InProcessClient(provider)))
    assert come_back(client, pay_with(app, open_page(client, payable))) == 303
    assert alarms_for_a_person() == []
    assert "refuse notre clé" not in text_of(office.get("/fr/desk/"))


def test_a_key_without_its_webhook_secret_is_an_alarm(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "STRIPE_SECRET_KEY", "sk_live_some")
    monkeypatch.setitem(app.config, "STRIPE_WEBHOOK_SECRET", "")
    told = "The card service cannot tell us what was paid: the setting TIWIZI_STRIPE_WEBHOOK_SECRET is missing."
    assert alarms_for_a_person() == [told]


def test_it_stands_in_the_log_at_the_start(tmp_path: Any, settings_of: Any, caplog: pytest.LogCaptureFixture) -> None:
    create_app(settings_of(INSTANCE=tmp_path, STRIPE_SECRET_KEY="sk_live_some"))
    assert "cards without TIWIZI_STRIPE_WEBHOOK_SECRET" in caplog.text


def test_a_demonstration_with_a_real_key_does_not_say_practice(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    payable = a_payable()
    assert "Practice mode" in text_of(client.get(f"/en/pay/{payable.key}"))
    monkeypatch.setitem(app.config, "PRACTICE", False)
    assert "ractice" not in text_of(client.get(f"/en/pay/{payable.key}"))


def test_a_total_below_the_least_of_the_provider_is_said_while_the_basket_is_whole(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [least_charge(code) for code in ("MAD", "CAD", "XOF")] == [Money(600, "MAD"), Money(50, "CAD"), Money(100, "XOF")]
    variant = a_variant(a_cooperative("Tifawin").id, 12_000, 10)
    total = a_purchase({variant: 1}, method="card").total
    monkeypatch.setitem(LEAST, "MAD", total + 1)
    buyer = a_guest()
    with pytest.raises(Invalid, match="too-little-for-cards"):
        a_purchase({variant: 1}, method="card", actor=buyer)
    assert wanted_by(buyer) == {variant: 1}
    assert a_purchase({variant: 1}, method="cash").total == total
    monkeypatch.setitem(LEAST, "MAD", total)
    assert a_purchase({variant: 1}, method="card").total == total


def test_the_checkout_says_it_before_the_recap(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = a_variant(a_cooperative("Tifawin").id, 12_000, 10)
    post(client, "/fr/basket/lines", variant=variant, quantity=1)
    monkeypatch.setitem(LEAST, "MAD", 1_000_000)
    with pytest.raises(AssertionError, match="La carte est acceptée à partir de"):
        recap(client, method="card")
    assert recap(client, method="cash")
