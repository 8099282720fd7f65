"""Only our own pages write: the form's token equals the signed cookie, and the browser says it is our origin."""

import pytest
from itsdangerous import Signer

from app.accounts.queries import person_names
from tests.browsing import HOST, csrf_of, sign_in
from tests.builders.accounts import a_person

WRITE = "/fr/rooms/write"


def send(visit, method: str = "post", headers: dict[str, str] | None = None, **fields: str):
    return getattr(visit, method)(WRITE, data=fields, headers=headers)


def token_of_page(page) -> str:
    return page.get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]


def test_our_own_form_is_accepted(visit, seen):
    assert send(visit, csrf_token=csrf_of(visit)).data == b"written"
    assert send(visit, headers={"X-CSRF-Token": csrf_of(visit), "Origin": "http://localhost"}).status_code == 200
    assert seen.writes == 2


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_without_a_token_nothing_is_written(visit, seen, method):
    csrf_of(visit)
    assert send(visit, method).status_code == 400
    assert seen.writes == 0


@pytest.mark.parametrize("token", ["", "x", "token-of-the-tests", "token-of-the-tests.forged", "é", "x" * 5_000])
def test_a_wrong_token_is_refused(visit, seen, token):
    csrf_of(visit)
    assert send(visit, csrf_token=token).status_code == 400
    assert seen.writes == 0


def test_a_token_needs_its_cookie(visit, seen):
    token = csrf_of(visit)
    visit.delete_cookie("tiwizi-csrf", domain=HOST)
    assert send(visit, csrf_token=token).status_code == 400
    assert seen.writes == 0


@pytest.mark.parametrize(("secret", "salt"), [("another secret, long enough to be one", "csrf"), (None, "other")])
def test_a_cookie_that_we_did_not_sign_is_refused_with_any_token(visit, seen, secret, salt):
    forged = Signer(secret or visit.application.config["SECRET_KEY"], salt=salt).sign("planted").decode()
    visit.set_cookie("tiwizi-csrf", forged, domain=HOST)
    assert send(visit, csrf_token=forged).status_code == 400
    assert seen.writes == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:8080"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_another_site_is_refused_even_with_a_token(visit, seen, headers):
    assert send(visit, headers=headers, csrf_token=csrf_of(visit)).status_code == 400
    assert seen.writes == 0


def test_a_page_with_a_form_brings_token_and_cookie_along(visit, seen):
    page = visit.get("/fr/sign-in")
    token = page.get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]
    cookie = next(line for line in page.headers.getlist("Set-Cookie") if line.startswith("tiwizi-csrf="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    other_tab = visit.get("/fr/sign-in").get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]
    assert other_tab != token, "pages are compressed: a token that stays could be guessed from their length"
    assert send(visit, csrf_token=token).status_code == 200
    assert send(visit, csrf_token=other_tab).status_code == 200
    value = cookie.split("tiwizi-csrf=")[1].split(";")[0]
    assert value not in page.get_data(as_text=True)
    assert send(visit, csrf_token=value).status_code == 400


def test_a_form_is_bound_to_the_session_it_was_shown_in(app):
    """Whoever plants cookie and token of their own session in another browser writes nothing there."""
    hers, his = a_person("Nadia"), a_person("Omar")
    thief, victim = app.test_client(), app.test_client()
    sign_in(thief, his)
    sign_in(victim, hers)
    token = csrf_of(thief)
    victim.set_cookie("tiwizi-csrf", thief.get_cookie("tiwizi-csrf", domain=HOST).value, domain=HOST)
    refused = victim.post("/fr/account/", data={"csrf_token": token, "name": "Omar’s"})
    assert refused.status_code == 400
    assert victim.post("/fr/account/", data={"csrf_token": csrf_of(victim), "name": "Nadia B."}).status_code == 303
    assert person_names([hers.id, his.id]) == {hers.id: "Nadia B.", his.id: "Omar"}


def test_signing_in_and_out_makes_the_tokens_from_before_worth_nothing(app):
    client = app.test_client()
    before = token_of_page(client.get("/fr/sign-in"))
    person = a_person("Samira", "operator@demo.tiwizi.example", operator=True, demo=True)
    assert client.post("/fr/demo/sign-in", data={"csrf_token": before, "person": "operator"}).status_code == 303
    assert client.post("/fr/account/", data={"csrf_token": before, "name": "Another"}).status_code == 400
    within = token_of_page(client.get("/fr/account/"))
    assert client.post("/fr/sign-out", data={"csrf_token": within}).status_code == 303
    assert client.post("/fr/demo/sign-in", data={"csrf_token": within, "person": "operator"}).status_code == 400
    assert person_names([person.id]) == {person.id: "Samira"}


def test_every_route_that_writes_is_guarded_but_the_signed_webhook(app):
    exempt = {endpoint for endpoint, view in app.view_functions.items() if getattr(view, "csrf_exempt", False)}
    assert exempt <= {"payments.stripe_event"}
