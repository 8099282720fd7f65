"""The filters beside a list, as `web/forms.html` writes them, for a view that keeps them while their counts stand still."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app
from markupsafe import Markup


def filters(
    action: str, groups: Sequence[Any], hidden: Mapping[str, str | None], total: int, q: str | None = None
) -> Markup:
    """The form with its groups of choices; `hidden` goes on with them, `total` stands on its button."""
    written: Any = current_app.jinja_env.get_template("web/forms.html").module
    return Markup(written.facets(action, groups, q=q, hidden=hidden, total=total))
