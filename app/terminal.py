"""What an operator does from a terminal: the commands of the house, and of each of its modules."""

import gc
import sys
from typing import Any

import click
from flask.cli import FlaskGroup
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.console import HOUSE_COMMANDS
from app.factory import create_app
from app.settings import SettingsError


def _create() -> object:
    try:
        house = create_app()
    except SettingsError as trouble:
        sys.exit(f"tiwizi: {trouble}")
    gc.freeze()  # what was loaded stays, and is never looked through again
    gc.enable()
    return house


FLASK_OPTIONS = ("env_file", "app", "debug")


class Terminal(FlaskGroup):
    """Whoever forgot a step, or whose database is away, reads one line and no traceback. Flask's options are not ours."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.params = [option for option in self.params if option.name not in FLASK_OPTIONS]

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (OperationalError, ProgrammingError) as trouble:
            said = " ".join(str(trouble.orig).split())
            sys.exit(f"tiwizi: the database: {said}. Is it there? `tiwizi run` or `tiwizi db upgrade` makes its tables.")


@click.group(
    cls=Terminal,
    create_app=_create,
    add_default_commands=False,
    add_version_option=False,
    load_dotenv=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
def main() -> None:
    """Tiwizi: cooperatives sell, groups start, members learn."""


for command in HOUSE_COMMANDS:
    main.add_command(command)
