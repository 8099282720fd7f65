"""What a buyer sees: the hosted payment page, the bank's challenge, and the page where an account joins."""

import hmac
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

from babel.localedata import exists
from babel.numbers import format_currency, get_currency_precision
from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.practice.api import practice
from app.practice.cards import BY_NAME, BY_TOKEN, OFFERED, Card
from app.practice.checkout import answer_session, fresh_session, pay_session, session_of
from app.practice.connect import complete_account
from app.practice.intents import answer_challenge
from app.practice.language import preferred_language
from app.practice.store import Body
from app.practice.typed_card import read_typed_card
from app.practice.words import WORDS

pages = Blueprint("pages", __name__)

# English sets the code apart from the figures, which the pattern of the locale does not.
PATTERNS = {"en": "¤\xa0#,##0.00"}
# A page with more minutes left than this does not count them.
COUNTED_BELOW = 90
# The provider counts these in hundredths although the currency has no smaller unit.
IN_HUNDREDTHS = frozenset({"ISK", "UGX"})


@pages.after_request
def guard(answer: Response) -> Response:
    """Nothing but our own stylesheet; forms may lead back to the house's origin and nowhere else."""
    back = " ".join(sorted({"'self'", *g.get("origins", ())}))
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; form-action {back}; base-uri 'none'; frame-ancestors 'none'"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "same-origin"
    if request.endpoint != "pages.look":
        answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.get("/look.css")
def look() -> Response:
    """The stylesheet of these pages."""
    return pages.send_static_file("practice.css")


@pages.get("/pay/<session_id>")
def show_payment(session_id: str) -> ResponseReturnValue:
    """The payment page; once the payment is complete, the way back to the house."""
    with practice().work() as work:
        found = work.shelf.find(session_id, "checkout.session")
        session = None if found is None else fresh_session(work.of(work.shelf.account_of(session_id)), found)
        intent = work.shelf.find(session["payment_intent"]) if session and session["payment_intent"] else None
    if session is None:
        return _missing()
    return _payment(session, intent, {})


@pages.post("/pay/<session_id>")
def pay(session_id: str) -> ResponseReturnValue:
    """A practice card was chosen or typed."""
    now = datetime.fromtimestamp(practice().clock(), UTC)
    card: Card | None = BY_NAME.get(request.form.get("card", ""))
    problems: dict[str, str] = {}
    if card is None:
        card, problems = read_typed_card(request.form, now.year, now.month)
    with practice().work() as work:
        session = work.shelf.find(session_id, "checkout.session")
        if session is None:
            return _missing()
        intent = None
        if card is not None:
            account = work.shelf.account_of(session_id)
            session, intent = pay_session(work.of(account), session, card)
    if card is None:
        return _payment(session, None, problems)
    _tell_house()
    _remember_origins(session)
    if intent is not None and intent["status"] == "requires_action":
        return redirect(intent["next_action"]["redirect_to_url"]["url"], 303)
    return redirect(_way_back(session) if session["status"] == "complete" else session["url"], 303)


@pages.get("/challenge/<intent_id>")
def show_challenge(intent_id: str) -> ResponseReturnValue:
    """The bank's 3-D Secure page."""
    with practice().look() as work:
        intent = _challenged(work.shelf.find(intent_id, "payment_intent"))
        session = None if intent is None else session_of(work, intent)
    if intent is None:
        return _missing()
    if intent["status"] != "requires_action":
        return _after_challenge(session, intent, None)
    _remember_origins(session, intent)
    card = BY_TOKEN[intent["payment_method"]]
    return _page(
        "challenge",
        _language(session),
        amount=_money(intent["amount"], intent["currency"], _language(session)),
        card=card,
        key=intent["client_secret"],
    )


@pages.post("/challenge/<intent_id>")
def answer(intent_id: str) -> ResponseReturnValue:
    """The cardholder confirms or refuses."""
    approved = request.form.get("answer") == "approve"
    with practice().work() as work:
        intent = _challenged(work.shelf.find(intent_id, "payment_intent"))
        if intent is None:
            return _missing()
        owner = work.of(work.shelf.account_of(intent_id))
        back = (intent["next_action"] or {}).get("redirect_to_url", {}).get("return_url")
        session = session_of(owner, intent)
        if session is None:
            intent = answer_challenge(owner, intent, approved=approved)
        else:
            session = answer_session(owner, session, intent, approved=approved)
    _tell_house()
    _remember_origins(session)
    if session is None and back:
        g.origins = {_origin(back)}
    return _after_challenge(session, intent, back)


@pages.get("/onboarding/<link_id>")
def show_onboarding(link_id: str) -> ResponseReturnValue:
    """Where an account gives its details; practice asks for none."""
    with practice().look() as work:
        link = work.shelf.find(link_id, "account_link")
    if link is None:
        return _missing()
    if link["expires_at"] <= practice().clock():
        return redirect(link["refresh_url"], 303)
    g.origins = {_origin(link["return_url"])}
    return _page("onboarding", _language(None), back=link["return_url"])


@pages.post("/onboarding/<link_id>")
def complete_onboarding(link_id: str) -> ResponseReturnValue:
    """The account may be paid from now on."""
    with practice().work() as work:
        link = work.shelf.find(link_id, "account_link")
        if link is None:
            return _missing()
        account = work.shelf.find(link["account"], "account")
        if account is not None and link["expires_at"] > work.now:
            complete_account(work, account)
    _tell_house()
    g.origins = {_origin(link["return_url"])}
    return redirect(link["return_url"], 303)


def _payment(session: Body, intent: Body | None, problems: dict[str, str]) -> ResponseReturnValue:
    if session["status"] == "complete":
        return redirect(_way_back(session), 303)
    language = _language(session)
    if session["status"] == "expired":
        return _page("expired", language, 410, back=session["cancel_url"])
    _remember_origins(session)
    error = intent["last_payment_error"] if intent else None
    why = (error["decline_code"] if error["code"] == "card_declined" else error["code"]) if error else None
    if why is not None and f"why_{why}" not in WORDS[language]:
        why = "other"
    minutes = (session["expires_at"] - practice().clock()) // 60
    return _page(
        "pay",
        language,
        422 if problems else 200,
        amount=_money(session["amount_total"], session["currency"], language),
        lines=session["practice"]["lines"],
        cards=OFFERED,
        why=None if problems else why,
        problems=problems,
        typed=request.form if problems else {},
        back=session["cancel_url"],
        minutes=minutes if minutes <= COUNTED_BELOW else None,
    )


def _page(name: str, language: str, status: int = 200, **values: Any) -> Response:
    words = WORDS[language]
    body = render_template(
        f"{name}.html", words=words, language=language, direction="rtl" if language == "ar" else "ltr", **values
    )
    return make_response(body, status)


def _missing() -> Response:
    return _page("missing", _language(None), 404)


def _language(session: Body | None) -> str:
    """The session's language, or the browser's best of ours."""
    if session is not None and session["locale"] in WORDS:
        return str(session["locale"])
    return preferred_language(request.accept_languages.values())


def _money(amount: int, currency: str, language: str) -> str:
    """Minor units as people write them."""
    code = currency.upper()
    digits = 2 if code in IN_HUNDREDTHS else get_currency_precision(code)
    return format_currency(Decimal(amount).scaleb(-digits), code, PATTERNS.get(language), _locale(language, code))


def _locale(language: str, currency: str) -> str:
    """The language as it is written where the currency is at home: its code begins with the country's."""
    local = f"{language}_{currency[:2]}"
    return local if exists(local) else language


def _way_back(session: Body) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _after_challenge(session: Body | None, intent: Body, back: str | None) -> ResponseReturnValue:
    """After the bank's page: the house when it is paid, else the payment page again; without a session, ``back``."""
    if session is not None:
        return redirect(_way_back(session) if session["status"] == "complete" else session["url"], 303)
    if not back:
        return _missing()
    ended = "succeeded" if intent["status"] == "succeeded" else "failed"
    mark = "&" if urlsplit(back).query else "?"
    return redirect(back + mark + urlencode({"payment_intent": intent["id"], "redirect_status": ended}), 303)


def _challenged(intent: Body | None) -> Body | None:
    """The intent, if the visitor holds its key."""
    key = request.args.get("key", "") or request.form.get("key", "")
    if intent is None or not hmac.compare_digest(key.encode(), intent["client_secret"].encode()):
        return None
    return intent


def _remember_origins(session: Body | None, intent: Body | None = None) -> None:
    addresses = [session["success_url"], session["cancel_url"]] if session else []
    if intent is not None and intent["next_action"]:
        addresses.append(intent["next_action"]["redirect_to_url"]["return_url"])
    g.origins = {_origin(address) for address in addresses if address} - {""}


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _tell_house() -> None:
    """Post the events at once, as a provider does; what the house does not accept now is tried again later."""
    if practice().post is not None:
        practice().deliver()
