"""What follows from what happened in academy: a letter with the certificate's address."""

from academy.models import Certificate
from academy.rules import spoken_code
from app.accounts.queries import reach, wants
from app.engines.db import db
from app.engines.language import speaking, translate
from app.engines.mail import post, site_address
from app.kernel.text import best_language

NOTICE_KIND = "courses"


def write_to_learner(_sender: object, certificate_id: int, person_id: int, **_more: object) -> None:
    """One letter per certificate, in the language its reader has chosen, unless they want none about courses."""
    certificate = db.session.get_one(Certificate, certificate_id)
    for one in reach([person_id]):
        if not wants(person_id, NOTICE_KIND, one.kind):
            continue
        with speaking(one.language):
            spoken = best_language(certificate.course_titles, one.language, certificate.language) or ""
            title = certificate.course_titles.get(spoken, "")
            body = "\n\n".join(
                (
                    translate(
                        "Well done, %(name)s: you have finished “%(course)s”.", name=certificate.person_name, course=title
                    ),
                    translate("Anyone can check your certificate at this address:"),
                    site_address(f"/verify/{certificate.code}"),
                    translate(
                        "Its code is %(code)s. You can save it as a PDF on the page of the course.",
                        code=spoken_code(certificate.code),
                    ),
                )
            )
            post(one.kind, one.value, translate("Your certificate: %(course)s", course=title), body, one.language,
                 unique_key=f"certificate:{certificate_id}:{one.kind}:{one.value}")
