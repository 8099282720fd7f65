"""The notices a person may turn off, and the ways they come."""

from app.kernel.contacts import MAIL, PHONE
from app.kernel.text import msg

NOTICE_KINDS = {
    "orders": msg("Orders and parcels"),
    "groups": msg("Groups and projects"),
    "courses": msg("Courses"),
    "news": msg("News of the movement"),
}
NOTICE_CHANNELS = {MAIL: msg("By mail"), PHONE: msg("By text message")}
