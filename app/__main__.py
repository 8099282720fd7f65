"""The `tiwizi` command: starts the house and everything an operator does from a terminal."""

import sys

import click
from flask.cli import FlaskGroup

from app.console import HOUSE_COMMANDS
from app.factory import create_app
from app.settings import SettingsError


def _create() -> object:
    try:
        return create_app()
    except SettingsError as trouble:
        sys.exit(f"tiwizi: {trouble}")


@click.group(cls=FlaskGroup, create_app=_create, add_default_commands=False, add_version_option=False,
             load_dotenv=False, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Tiwizi: cooperatives sell, groups start, members learn."""


for command in HOUSE_COMMANDS:
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="tiwizi")
