"""The commands `import` and `export`: groups into which modules put their own files' commands."""

import click
from flask.cli import ScriptInfo


class ModuleGroup(click.Group):
    """Its commands are known once the application has loaded its modules."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        ctx.ensure_object(ScriptInfo).load_app()
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        ctx.ensure_object(ScriptInfo).load_app()
        return super().list_commands(ctx)


@click.group("import", cls=ModuleGroup)
def import_group() -> None:
    """Read a file into the database."""


@click.group("export", cls=ModuleGroup)
def export_group() -> None:
    """Write a part of the database into a file."""
