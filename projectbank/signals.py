"""What has happened in the project bank; ids only."""

from blinker import Namespace

_projectbank = Namespace()

# A sheet is on the public pages. Sent by services.publish_sheet; sheet_id.
sheet_published = _projectbank.signal("sheet-published")
# A founding group has begun on a sheet. Sent by services.start_group; group_id, sheet_id, person_id.
group_started = _projectbank.signal("group-started")
