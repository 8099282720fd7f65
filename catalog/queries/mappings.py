"""What a cooperative has said of the columns of its files."""

from sqlalchemy import select

from app.engines.db import db
from catalog.models import ImportMapping


def columns_said(organisation_id: int) -> dict[str, dict[str, str]]:
    """{digest of a file's headers: {our field: column}}"""
    asked = select(ImportMapping.headers, ImportMapping.columns).where(ImportMapping.organisation_id == organisation_id)
    return {headers: dict(columns) for headers, columns in db.session.execute(asked)}
