"""A certificate: issued once, saved as PDF by its owner, checked by anyone at its address."""

import unicodedata
from pathlib import Path

from flask import Response, current_app, flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from academy.queries.certificates import CertificateShown, certificate_by_code
from academy.rules.certificates import normal_code, spoken_code
from academy.services.certificates import issue_certificate
from academy.views.blueprint import academy, seen_course
from academy.views.catalogue import minutes_text
from app.engines import language as speech
from app.engines.language import DIRECTIONS, LANGUAGES, day, language, speaking, translate
from app.engines.pdf import qr_code, render
from app.engines.place import stand_in
from app.engines.transactions import transaction
from app.kernel.errors import NotFound
from app.web.access import access, public, signed_in
from app.web.addresses import PAGE
from app.web.visitor import actor

TEMPLATE = Path(__file__).parents[1] / "templates" / "academy" / "certificate.typ"


@academy.post(f"{PAGE}/academy/courses/<slug>/certificate")
@access(signed_in)
def get_certificate(slug: str) -> AnyResponse:
    """Issue it, once; a second request finds the first."""
    head, _state = seen_course(slug)
    with transaction():
        issue_certificate(actor(), head.id)
    flash(translate("Your certificate is ready."), "success")
    return redirect(url_for("academy.course", slug=slug, _anchor="certificate"), 303)


@academy.get(f"{PAGE}/academy/certificates/<code>.pdf")
@access(signed_in)
def certificate_pdf(code: str) -> Response:
    """One page in the language asked for, else in the one it was issued in; for its owner and the office."""
    found = certificate_by_code(normal_code(code))
    who = actor()
    if found is None or (found.person_id != who.person_id and not who.operator):
        raise NotFound()
    wanted = request.args.get("lang", "")
    with speaking(wanted if wanted in LANGUAGES else found.language, found.territory):
        content = render(TEMPLATE, certificate_data(found), found.issued_at)
    response = make_response(content)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="certificate-{found.code}.pdf"'
    return response


def address_of(code: str) -> str:
    """Where anyone can check it."""
    return f"{current_app.config['PUBLIC_URL']}/verify/{code}"


def certificate_data(certificate: CertificateShown) -> dict[str, str]:
    """Everything the document says, in the language in force."""
    return {
        "lang": language(),
        "dir": DIRECTIONS[language()],
        "issuer": current_app.config["OPERATOR_NAME"] or current_app.config["SITE_NAME"],
        "heading": translate("Certificate of completion"),
        "certifies": translate("This is to certify that"),
        "name": certificate.person_name,
        "name_dir": direction_of(certificate.person_name) or DIRECTIONS[language()],
        "completed": translate("has completed and passed the course"),
        "course": certificate.title(language()),
        "length": translate("A course of %(length)s", length=minutes_text(certificate.minutes)),
        "date": translate("Issued on %(day)s", day=day(certificate.issued_at)),
        "check": translate("Check this certificate at"),
        "address": address_of(certificate.code),
        "code_label": translate("Code"),
        "code": spoken_code(certificate.code),
        "qr": qr_code(address_of(certificate.code)),
        "revoked": translate("This certificate was revoked on %(day)s", day=day(certificate.revoked_at))
        if certificate.revoked_at
        else "",
    }


def direction_of(text: str) -> str | None:
    """The direction of a text's first letter that has one: an Arabic page must not move the full stop of “Amina B.”."""
    strong = next((direction for direction in map(unicodedata.bidirectional, text) if direction in ("L", "R", "AL")), None)
    return None if strong is None else "ltr" if strong == "L" else "rtl"


def speak_as_asked() -> None:
    """An address without a language: `?lang=`, else what the browser prefers."""
    wanted = request.args.get("lang", "")
    if wanted in LANGUAGES:
        g.lang = wanted
        speech.speak(wanted)


@academy.get("/verify")
@access(public)
def ask_for_code() -> AnyResponse:
    """Type a code."""
    speak_as_asked()
    typed = request.args.get("code", "").strip()
    if normal_code(typed):
        return redirect(url_for("academy.verify", code=normal_code(typed), lang=language()), 303)
    return _verify_page(None, typed[:40], 404 if typed else 200)


@academy.get("/verify/<code>")
@access(public)
def verify(code: str) -> AnyResponse:
    """Whose certificate this is, for which course, and whether it is valid; for anyone, without an account."""
    speak_as_asked()
    found = certificate_by_code(normal_code(code)) if normal_code(code) else None
    if found is not None:
        stand_in(found.territory)
    return _verify_page(found, code[:40], 200 if found else 404)


def _verify_page(certificate: CertificateShown | None, typed: str, status: int) -> AnyResponse:
    tongues = [
        (code, name, _address_in(code, certificate.code if certificate else typed)) for code, name in LANGUAGES.items()
    ]
    response = make_response(
        render_template(
            "academy/verify.html",
            certificate=certificate,
            typed=typed,
            languages=tongues,
            frame=None,  # the one that pages share leads to other addresses
            alternates=[(code, href) for code, _name, href in tongues],
            title_of=certificate.title(language()) if certificate else "",
            code=spoken_code(certificate.code) if certificate else "",
            length=minutes_text(certificate.minutes) if certificate else "",
        ),
        status,
    )
    response.vary.add("Accept-Language")
    return response


def _address_in(code: str, certificate: str) -> str:
    return (
        url_for("academy.verify", code=certificate, lang=code) if certificate else url_for("academy.ask_for_code", lang=code)
    )
