"""Runs migrations on the database of the application, SQLite and PostgreSQL alike."""

from alembic import context
from flask import current_app
from sqlalchemy import inspect

from app.engines.generations import Generation, renew_epoch

database = current_app.extensions["migrate"].db


def run() -> None:
    """Each run is one transaction; SQLite gets batch mode, since it cannot alter columns in place.

    What processes have kept of pages was made of the older schema: it holds no longer.
    """
    applied = []
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Said before any transaction begins: a table that is copied into its new shape would lose its children.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            context.configure(
                connection=connection,
                target_metadata=database.metadata,
                render_as_batch=True,
                compare_type=True,
                on_version_apply=lambda step, **_facts: applied.append(step),
            )
            with context.begin_transaction():
                context.run_migrations()
                if applied and inspect(connection).has_table(Generation.__tablename__):
                    renew_epoch(connection)
    database.engine.dispose()


run()
