"""What an operator does from a terminal."""

from app.console.data import backup, check, demo, jobs, restore, search, verify_journal
from app.console.server import run
from app.console.transfer import export_group, import_group

HOUSE_COMMANDS = (run, check, backup, restore, demo, jobs, search, verify_journal, import_group, export_group)
