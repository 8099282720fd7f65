"""Private papers: the kinds of an organisation's file, who opens them, how many there may be."""

from datetime import timedelta

from app.kernel.actor import CHAIR, TREASURER
from app.kernel.text import msg

ORGANISATION = "organisation"  # what a paper of the file is about
# What an organisation's file may hold; other modules have kinds of their own.
FILE_KINDS = {
    "statutes": msg("Statutes"),
    "registration": msg("Proof of registration"),
    "minutes": msg("Minutes of an assembly"),
    "members": msg("List of members"),
    "account": msg("Proof of the bank account"),
    "other-paper": msg("Another paper"),
}
FILE_ROLES = (CHAIR, TREASURER)
NUMBER_LONGEST = 60
PAPERS_MOST = 200  # papers of an organisation that are kept
OPEN_FOR = timedelta(minutes=10)  # a paper that was opened is shown for so long
