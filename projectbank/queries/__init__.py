"""What the project bank tells: lists, one sheet, groups, the office's queue. Frozen values, few statements."""

from projectbank.queries.groups import groups_of, in_a_group
from projectbank.queries.sheet_lists import Wanted, count_by, find_sheets, latest_sheets

__all__ = ["Wanted", "count_by", "find_sheets", "groups_of", "in_a_group", "latest_sheets"]
