"""The house's own lines in the menus."""

from app.kernel.text import msg
from app.module import Entry

HOUSE_MENU = (
    Entry("account", 10, msg("My path"), "pages.my_path", "path"),
    Entry("desk", 10, msg("Desk"), "pages.desk", "desk"),
)
