"""The card gateway when the line breaks, when webhooks arrive (or are forged), and whether everything adds up."""

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.kernel.money import Money
from app.payments.gateway import (
    EventRefused,
    InProcessClient,
    ProviderKeyRefused,
    ProviderUnavailable,
    StripeGateway,
)
from app.practice.delivery import sign
from tests.builders.card_side import NOON, SECRET, CardSide


@pytest.fixture
def house(tmp_path: Path) -> Iterator[CardSide]:
    built = CardSide(tmp_path / "practice.db")
    yield built
    assert built.practice.check() == []


# Signed by the provider, and of a shape that no version of it has had.
ODD = (
    b'{"id": null, "type": "x", "created": 1, "data": {"object": {"id": "cs_1", "object": "checkout.session"}}}',
    b'{"id": "evt_1", "type": "x", "created": 1e30, "data": {"object": {"id": "cs_1", "object": "checkout.session"}}}',
    b'{"id": "evt_1", "type": "x", "created": 1, "data": {"object": {"id": ["cs_1"], "object": "checkout.session"}}}',
    b'{"id": "evt_1", "type": ["x"], "created": 1, "data": {"object": {"id": "cs_1", "object": "checkout.session"}}}',
)


def test_a_provider_that_fails_once_is_asked_again(house: CardSide) -> None:
    asked: list[str] = []

    def shaky(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        asked.append(environ["PATH_INFO"])
        if len(asked) == 1:
            # The effect happened, the answer was lost.
            list(house.provider.wsgi_app(environ, lambda *_: None))
            raise ConnectionResetError("line broke")
        return house.provider.wsgi_app(environ, start)

    page = house.start(gateway=house.gateway_on(shaky))
    assert len(asked) == 2
    assert page.url == f"http://localhost/pay/{page.id}"
    assert house.count("checkout.session") == 1


def test_a_provider_that_does_not_answer(house: CardSide) -> None:
    def dead(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        raise ConnectionRefusedError("nobody there")

    def broken(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("503 Service Unavailable", [("Content-Type", "text/html")])
        return [b"<h1>maintenance</h1>"]

    for application in (dead, broken):
        with pytest.raises(ProviderUnavailable) as unavailable:
            house.start(gateway=house.gateway_on(application, retries=0))
        assert unavailable.value.status == 503
    assert house.count("checkout.session") == 0


def test_a_wrong_secret_key_is_refused(house: CardSide) -> None:
    stranger = StripeGateway("sk_test_wrong", SECRET, http_client=InProcessClient(house.provider.wsgi_app))
    with pytest.raises(ProviderKeyRefused):
        house.start(gateway=stranger)
    assert stranger.line.key_refused is True
    assert stranger.line.closed(), "no other buyer waits to hear the same"
    assert house.count("checkout.session") == 0


def test_the_payment_event_is_signed_and_names_what_to_read(house: CardSide) -> None:
    page = house.start()
    house.choose(page, "success")
    assert house.practice.deliver(house.accept) == 4
    events = [house.gateway.read_event(body, signature, house.now()) for body, signature in house.received]

    assert [event.kind for event in events] == ["other", "other", "payment_succeeded", "checkout_completed"]
    completed = events[-1]
    assert completed.session_id == page.id
    assert completed.reference == "T-1001"
    assert completed.payment_id == house.gateway.payment_state(page.id).payment_id
    assert completed.created == NOON
    assert events[2].reference == "T-1001"
    assert events[2].payment_id == completed.payment_id
    assert house.practice.undelivered() == 0


def test_forged_changed_and_old_events_are_refused(house: CardSide) -> None:
    house.choose(house.start(), "success")
    house.practice.deliver(house.accept)
    body, good = house.received[-1]
    read, now = house.gateway.read_event, house.now()
    assert read(body, good, now).kind == "checkout_completed"

    cases = [
        (body, sign(body, "whsec_of_a_thief", house.seconds), now, "bad-signature"),
        (body.replace(b"12050", b"00001"), good, now, "bad-signature"),
        (body, good.replace(f"t={house.seconds}", f"t={house.seconds + 60}"), now, "bad-signature"),
        (body, None, now, "bad-signature"),
        (body, "", now, "bad-signature"),
        (body, "t=soon,v1=1", now, "bad-signature"),
        (body, good, now + timedelta(minutes=5, seconds=1), "too-old"),
        (body, good, now - timedelta(minutes=5, seconds=1), "too-old"),
        (b"\xff\xfe", good, now, "unreadable"),
        (b"[]", sign(b"[]", SECRET, house.seconds), now, "unreadable"),
        (b"{", sign(b"{", SECRET, house.seconds), now, "unreadable"),
        *((odd, sign(odd, SECRET, house.seconds), now, "unreadable") for odd in ODD),
    ]
    for payload, signature, at, why in cases:
        with pytest.raises(EventRefused) as refused:
            read(payload, signature, at)
        assert (refused.value.why, refused.value.status) == (why, 400)


def test_an_event_delivered_three_times_is_the_same_event(house: CardSide) -> None:
    house.choose(house.start(), "success")
    answers = iter([500, 0, 200])

    def stubborn(url: str, body: bytes, headers: dict[str, str]) -> int:
        if json.loads(body)["type"] != "checkout.session.completed":
            return 200
        house.received.append((body, headers["Stripe-Signature"]))
        status = next(answers)
        if status == 0:
            raise ConnectionRefusedError("the house is down")
        return status

    assert house.practice.deliver(stubborn) == 3
    assert house.practice.deliver(stubborn) == 0
    for later in (10, 60):
        house.seconds += later
        house.practice.deliver(stubborn)

    assert len(house.received) == 3
    events = {house.gateway.read_event(body, signature, house.now()).id for body, signature in house.received}
    assert len(events) == 1
    assert house.practice.undelivered() == 0


def test_everything_that_happens_adds_up(house: CardSide) -> None:
    paid = house.start("a")
    house.choose(paid, "declined")
    house.choose(paid, "success")
    disputed = house.start("b", Money(990, "MAD"))
    house.choose(disputed, "disputed")
    abroad = house.start("c", Money(4_200, "CAD"))
    house.choose(abroad, "success")
    left = house.start("d")
    house.gateway.expire_checkout(left.id)
    house.gateway.refund(str(house.gateway.payment_state(paid.id).payment_id), Money(50, "MAD"), "r")
    assert house.practice.check() == []
    with house.practice.look() as work:
        # 120.50 - 3.49 - 0.50, then 9.90 - 0.29 - 9.90 taken back; 42.00 - 1.22.
        assert (work.balance_in("mad"), work.balance_in("cad")) == (11_701 - 50 - 29, 4_078)
