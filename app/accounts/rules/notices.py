"""The notices a person may turn off, and the ways they come."""

from app.kernel.contacts import MAIL, PHONE
from app.kernel.text import msg

NOTICE_KINDS = {
    "orders": msg("Orders and parcels"),
    "groups": msg("Groups and projects"),
    "courses": msg("Courses"),
    "news": msg("News of the movement"),
}
LETTERS_TO = "letters_to"  # among the preferences: the contact that letters go to, by its id
NOTICE_CHANNELS = {MAIL: msg("By mail"), PHONE: msg("By text message")}
