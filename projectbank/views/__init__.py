"""The pages of the project bank."""

from projectbank.views import desk, groups, listing, mine, sheet
from projectbank.views.blueprint import projectbank

__all__ = ["desk", "groups", "listing", "mine", "projectbank", "sheet"]
