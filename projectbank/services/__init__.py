"""What the project bank does, as verbs. Each takes the actor first and works in the caller's transaction."""

from projectbank.services.deciding import publish_sheet, return_sheet, withdraw_sheet
from projectbank.services.groups import accept_invitation, invite, leave_group, make_ready, remove_member, start_group
from projectbank.services.saving import save_sheet, unsave_sheet
from projectbank.services.writing import create_sheet, edit_sheet, propose, submit_sheet

__all__ = [
    "accept_invitation",
    "create_sheet",
    "edit_sheet",
    "invite",
    "leave_group",
    "make_ready",
    "propose",
    "publish_sheet",
    "remove_member",
    "return_sheet",
    "save_sheet",
    "start_group",
    "submit_sheet",
    "unsave_sheet",
    "withdraw_sheet",
]
