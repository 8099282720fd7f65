"""The notices a person may turn off, and the ways they come."""

from app.kernel.text import msg

NOTICE_KINDS = {
    "orders": msg("Orders and parcels"),
    "groups": msg("Groups and projects"),
    "courses": msg("Courses"),
    "news": msg("News of the movement"),
}
NOTICE_CHANNELS = {"mail": msg("By mail"), "phone": msg("By text message")}
