"""Only our own pages write: the browser says so, and of who is signed in the form's token fits cookie and session."""

import itertools

import pytest
from itsdangerous import Signer

from app.accounts.queries import person_names
from app.engines import sessions
from app.engines.transactions import transaction
from app.kernel.clock import now
from tests.browsing import HOST, csrf_of, sign_in
from tests.builders.accounts import a_person
from tests.house.forms_typed import forms_of

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


FORM_OF_ALL = "/fr/sign-in"  # a page with a form that everybody sees


def test_the_page_of_a_visitor_is_the_same_for_everyone(app):
    pages = [app.test_client().get(FORM_OF_ALL) for _ in range(2)]
    assert pages[0].data == pages[1].data
    assert "csrf_token" not in pages[0].get_data(as_text=True)
    assert pages[0].headers.getlist("Set-Cookie") == []


def test_a_page_of_who_is_signed_in_brings_token_and_cookie_along(app):
    person, client = a_person("Nadia"), app.test_client()
    sign_in(client, person)
    page = client.get("/fr/account/")
    token = token_of_page(page)
    cookie = next(line for line in page.headers.getlist("Set-Cookie") if line.startswith("tiwizi-csrf="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    other_tab = token_of_page(client.get("/fr/account/"))
    assert other_tab != token, "pages are compressed: a token that stays could be guessed from their length"
    for number, one in enumerate((token, other_tab)):
        assert client.post("/fr/account/", data={"csrf_token": one, "name": f"N. {number}"}).status_code == 303
    value = cookie.split("tiwizi-csrf=")[1].split(";")[0]
    assert value not in page.get_data(as_text=True)
    assert client.post("/fr/account/", data={"csrf_token": value, "name": "Another"}).status_code == 400
    assert person_names([person.id]) == {person.id: "N. 1"}


SITES = ["", "same-origin", "same-site", "cross-site", "none"]
ORIGINS = ["", "http://localhost", "null", "https://evil.example"]


def fate(who: str, site: str, origin: str, token: bool) -> str:
    """What becomes of a form: "written", "asked" once more, or "refused"."""
    if origin == "https://evil.example" or site == "cross-site":
        return "refused"
    if who == "signed in":
        return "written" if token else "asked" if site == "same-origin" or origin == "http://localhost" else "refused"
    if origin == "null" or site == "same-site":
        return "refused"
    said = site == "same-origin" or origin == "http://localhost"
    return "written" if said or token else "asked"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("token", [False, True])
@pytest.mark.parametrize("who", ["visitor", "guest with a basket", "signed in"])
def test_what_the_browser_says_decides(rooms_house, seen, who, token, method):
    """Sec-Fetch-Site × Origin, for each kind of visitor, with the token of a page of ours or without."""
    wrong = []
    for site, origin in itertools.product(SITES, ORIGINS):
        visit = rooms_house.test_client()
        if who == "signed in":
            begin_session(visit, _user_id="1")
        elif who == "guest with a basket":
            begin_session(visit, guest="g1")
        fields = {
            "title": "what was <typed>",
            "password": "do not tell",
            **({"csrf_token": csrf_of(visit)} if token else {}),
        }
        seen.writes = 0
        answer = send(visit, method, {"Sec-Fetch-Site": site, "Origin": origin}, **fields)
        page = answer.get_data(as_text=True)
        asked = "what was &lt;typed&gt;" in page and "do not tell" not in page
        found = "written" if seen.writes else "asked" if asked else "refused"
        if found != fate(who, site, origin, token) or answer.status_code != (200 if seen.writes else 400):
            wrong.append((site, origin, found, answer.status_code))
    assert wrong == []


def begin_session(visit, **data: str) -> None:
    token = sessions.new_token()
    with visit.application.app_context(), transaction():
        sessions.start_session(token, data, None, "tests", now())
    visit.set_cookie("tiwizi", token, domain=HOST)


def test_a_form_of_a_browser_that_says_nothing_is_sent_by_a_second_press(visit, seen):
    fields = {"title": "A <title>", "password": "do not tell"}
    asked = visit.post(WRITE, data=fields)
    page = asked.get_data(as_text=True)
    assert (asked.status_code, seen.writes) == (400, 0)
    form = next(form for form in forms_of(page) if form.action == WRITE)
    assert [one.name for one in form.controls if one.kind == "password"] == ["password"]
    again = {**dict(form.hidden()), "password": "typed again"}
    assert again["title"] == "A <title>"
    assert (visit.post(WRITE, data=again).data, seen.writes) == (b"written", 1)
    begin_session(visit, _user_id="1")
    assert (visit.post(WRITE, data=again).status_code, seen.writes) == (400, 1), "the visitor's token is worth nothing now"


def test_a_button_without_words_is_asked_once_more_too(visit, seen):
    form = next(form for form in forms_of(visit.post(WRITE).get_data(as_text=True)) if form.action == WRITE)
    assert visit.post(WRITE, data=dict(form.hidden())).data == b"written"
    assert seen.writes == 1


def test_a_visitors_form_sent_after_a_sign_in_in_another_tab_is_asked_once_more(app):
    """A basket is begun in one tab, somebody signs in in another, and the form of the first is sent."""
    client = app.test_client()
    sign_in(client, a_person("Nadia"))
    answer = client.post("/fr/account/", data={"name": "Nadia the <second>"})
    assert answer.status_code == 400
    assert "Nadia the &lt;second&gt;" in answer.get_data(as_text=True)


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
    before = csrf_of(client)
    person = a_person("Samira", "operator@demo.tiwizi.example", operator=True, demo=True)
    assert client.post("/fr/demo/sign-in", data={"csrf_token": before, "person": "operator"}).status_code == 303
    assert client.post("/fr/account/", data={"csrf_token": before, "name": "Another"}).status_code == 400
    within = token_of_page(client.get("/fr/account/"))
    assert client.post("/fr/sign-out", data={"csrf_token": within}).status_code == 303
    silent = {"Origin": "", "Sec-Fetch-Site": ""}
    refused = client.post("/fr/demo/sign-in", data={"csrf_token": within, "person": "operator"}, headers=silent)
    assert refused.status_code == 400
    assert person_names([person.id]) == {person.id: "Samira"}


def test_every_route_that_writes_is_guarded_but_the_signed_webhook(app):
    exempt = {endpoint for endpoint, view in app.view_functions.items() if getattr(view, "csrf_exempt", False)}
    assert exempt <= {"payments.stripe_event"}
