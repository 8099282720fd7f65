"""Certificates: one by its code for anyone, the latest for the office."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from academy.models import Certificate, Course, Enrolment
from app.engines.db import db
from app.kernel.text import best_language


@dataclass(frozen=True)
class CertificateShown:
    """What a certificate says. Name and titles are as they were when it was issued."""

    id: int
    code: str
    person_id: int
    person_name: str
    territory: str
    course_titles: Mapping[str, Any]
    minutes: int
    language: str
    issued_at: datetime
    revoked_at: datetime | None
    revoked_reason: str | None

    def title(self, language: str) -> str:
        spoken = best_language(self.course_titles, language, self.language)
        return str(self.course_titles[spoken]) if spoken else ""


_SHOWN = (
    select(
        Certificate.id,
        Certificate.code,
        Enrolment.person_id,
        Certificate.person_name,
        Course.territory,
        Certificate.course_titles,
        Certificate.minutes,
        Certificate.language,
        Certificate.issued_at,
        Certificate.revoked_at,
        Certificate.revoked_reason,
    )
    .join(Enrolment, Enrolment.id == Certificate.enrolment_id)
    .join(Course, Course.id == Enrolment.course_id)
)


def certificate_by_code(code: str) -> CertificateShown | None:
    """The certificate of a code in its normal form; one statement."""
    row = db.session.execute(_SHOWN.where(Certificate.code == code)).first()
    return CertificateShown(*row) if row else None


def latest_certificates(limit: int = 50) -> list[CertificateShown]:
    """The latest certificates, newest first."""
    rows = db.session.execute(_SHOWN.order_by(Certificate.issued_at.desc(), Certificate.id.desc()).limit(limit))
    return [CertificateShown(*row) for row in rows]
