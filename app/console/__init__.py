"""What an operator does from a terminal."""

from app.console.data import backup, check, demo, jobs, restore, search, verify_journal
from app.console.server import run

HOUSE_COMMANDS = (run, check, backup, restore, demo, jobs, search, verify_journal)
