"""Home, my path, the operator's desk, legal pages, the design page."""

from flask import Blueprint, current_app, g, redirect, render_template, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.engines import language as speech
from app.engines.mail import latest_letters
from app.engines.place import here
from app.engines.transactions import transaction
from app.kernel.errors import NotFound
from app.territories.legal import LEGAL_KEYS, legal_text
from app.web.access import access, demo, operator, public, signed_in
from app.web.addresses import PAGE
from app.web.carrying import take_typed
from app.web.design_samples import samples
from app.web.page_cache import kept
from app.web.pages.cards import cards, path_steps
from app.web.prose import prose
from app.web.typed_again import shown_to_author

pages = Blueprint("pages", __name__)


@pages.get("/")
@access(public)
def root() -> AnyResponse:
    """The address without a language goes to the visitor's."""
    response = redirect(url_for("pages.home", lang=g.lang))
    response.vary.add("Accept-Language")
    return response


@pages.get(f"{PAGE}/")
@access(public)
@kept("market", "cooperatives", "projects", "academy", "pages", "settings")
def home() -> str:
    """The first page."""
    return render_template("web/home.html", cards=cards("home"))


@pages.get(f"{PAGE}/my-path")
@access(signed_in)
def my_path() -> str:
    """The thread from idea to first sale, each step ticked by what really happened."""
    return render_template("web/my_path.html", steps=path_steps(), cards=cards("path"))


@pages.get(f"{PAGE}/typed")
@access(signed_in)
def what_was_typed() -> AnyResponse:
    """The form that a sign-in came between, with what was typed; once."""
    typed = take_typed()
    if typed is None:
        return redirect(url_for("pages.my_path"), 303)
    with transaction():
        session.keep()  # type: ignore[attr-defined]  # the session is ours (app.web.sessions)
    return shown_to_author(typed, 200)


@pages.get(f"{PAGE}/desk/")
@access(operator)
def desk() -> str:
    """The operator's desk: what waits."""
    return render_template("web/desk.html", cards=cards("desk"))


@pages.get(f"{PAGE}/legal/<key>")
@access(public)
@kept("pages", "settings")
def legal(key: str) -> str:
    """Terms, privacy, legal notice, contact: texts of the territory, with their version."""
    if key not in LEGAL_KEYS:
        raise NotFound()
    config = current_app.config
    values = {
        "instance_name": config["SITE_NAME"],
        "instance_host": config["PUBLIC_URL"].split("://", 1)[-1],
        "operator_name": config["OPERATOR_NAME"],
        "operator_address": config["OPERATOR_ADDRESS"],
        "operator_mail": config["OPERATOR_MAIL"],
        "operator_phone": config["OPERATOR_PHONE"],
        "operator_identifier": config["OPERATOR_IDENTIFIER"],
        "director_name": config["DIRECTOR_NAME"],
        "data_contact": config["DATA_CONTACT"],
        "data_declaration": config["DATA_DECLARATION"],
        "host_name": config["HOST_NAME"],
        "host_address": config["HOST_ADDRESS"],
        "letters_days": str(config["KEEP_LETTERS_DAYS"]),
        "notices_days": str(config["KEEP_NOTICES_DAYS"]),
        "unread_days": str(config["KEEP_UNREAD_NOTICES_DAYS"]),
        "cards_days": str(config["KEEP_UNUSED_CARDS_DAYS"]),
    }
    text = legal_text(here().key, key, speech.language(), {k: v for k, v in values.items() if v})
    return render_template("web/legal.html", text=text, body=prose(text.markdown))


@pages.get(f"{PAGE}/design")
@access(demo)
def design() -> str:
    """Every piece of the look in every state."""
    return render_template("web/design.html", **samples())


@pages.get(f"{PAGE}/demo/letters")
@access(demo)
def letters() -> str:
    """The demo's letter box: what would have been sent."""
    return render_template("web/letters.html", letters=latest_letters())
