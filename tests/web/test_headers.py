"""Every answer carries the policy: nothing inline, no other host, no frame, no guessing of kinds."""

import pytest

PATHS = [
    "/fr/",
    "/ar/sign-in",
    "/fr/nothing",
    "/healthz",
    "/fr/rooms/broken",
    "/fr/rooms/abort/400",
    "/robots.txt",
    "/static/tiwizi.css",
    "/",
]


@pytest.mark.parametrize("path", PATHS)
def test_the_policy_stands_on_every_answer(visit, path):
    answer = visit.get(path)
    answer.close()
    headers = answer.headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert {policy[name] for name in ("default-src", "object-src", "base-uri", "frame-ancestors")} == {"'none'"}
    assert {policy[name] for name in ("script-src", "style-src", "connect-src", "font-src")} == {"'self'"}
    assert policy["img-src"] == "'self' data:"
    assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"]) == ("nosniff", "DENY")
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "Server" not in headers or "Python" not in headers["Server"]


def test_forms_go_to_us_or_to_the_card_provider(visit):
    policy = visit.get("/fr/").headers["Content-Security-Policy"]
    assert policy.split("form-action ")[1] in {"'self' https://checkout.stripe.com", "'self' http://localhost"}


def test_private_pages_are_not_kept_and_our_files_are(visit):
    assert visit.get("/fr/sign-in").headers["Cache-Control"] == "no-store"
    assert visit.get("/fr/rooms/mine").headers["Cache-Control"] == "no-store"
    style = visit.get("/fr/").get_data(as_text=True).split('rel="stylesheet" href="')[1].split('"')[0]
    answer = visit.get(style)
    answer.close()
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
