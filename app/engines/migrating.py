"""The schema is made and changed by migrations only, on every form of the database."""

import logging

from flask_migrate import upgrade


def upgrade_database() -> None:
    """Bring the database to the newest schema."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    upgrade()
